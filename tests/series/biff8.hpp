// SPDX-License-Identifier: MIT
//
// The numbers of an .xls workbook (BIFF8 inside an OLE2 container; [MS-CFB], [MS-XLS]): just
// enough to read a published data file in a test. Texts are left out; a cut file gives no sheets.

#pragma once

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::test {

struct Sheet {
    std::string name;
    std::map<std::pair<int, int>, double> cells;  ///< By row and column, from 0.
    int rows = 0;
};

class Biff8 {
  public:
    explicit Biff8(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        bytes_.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
        if (bytes_.size() < 512 || bytes_.compare(0, 4, "\xD0\xCF\x11\xE0") != 0) {
            return;
        }
        sector_ = std::size_t{1} << at<std::uint16_t>(bytes_, 30);
        read_fat();
        const std::string directory = chain(at<std::uint32_t>(bytes_, 48));
        for (std::size_t i = 0; i + 128 <= directory.size(); i += 128) {
            if (directory.compare(i, 16, std::string("W\0o\0r\0k\0b\0o\0o\0k\0", 16)) == 0) {
                book_ = chain(at<std::uint32_t>(directory, i + 116));
                book_.resize(
                    std::min<std::size_t>(book_.size(), at<std::uint32_t>(directory, i + 120))
                );
            }
        }
        read_sheets();
    }

    std::vector<Sheet> sheets;

  private:
    template <class T>
    static T at(const std::string& from, std::size_t offset) {
        T value{};
        if (offset + sizeof value <= from.size()) {
            std::memcpy(&value, from.data() + offset, sizeof value);
        }
        return value;
    }

    void read_fat() {
        const auto count = at<std::uint32_t>(bytes_, 44);
        for (std::uint32_t k = 0; k < count && k < 109; ++k) {
            const std::size_t start = (at<std::uint32_t>(bytes_, 76 + 4 * k) + 1) * sector_;
            for (std::size_t i = 0; i < sector_; i += 4) {
                fat_.push_back(at<std::uint32_t>(bytes_, start + i));
            }
        }
    }

    std::string chain(std::uint32_t sector) const {
        std::string out;
        while (sector < fat_.size() && out.size() <= bytes_.size()) {
            const std::size_t start = (std::size_t{sector} + 1) * sector_;
            if (start < bytes_.size()) {
                out += bytes_.substr(start, sector_);
            }
            sector = fat_[sector];
        }
        return out;
    }

    void read_sheets() {
        for (std::size_t i = 0; i + 4 <= book_.size();) {
            const auto type = at<std::uint16_t>(book_, i);
            const auto length = at<std::uint16_t>(book_, i + 2);
            if (type == 0x85) {
                Sheet sheet;
                const auto letters = at<std::uint8_t>(book_, i + 10);
                const bool is_wide = at<std::uint8_t>(book_, i + 11) != 0;
                for (std::size_t k = 0; k < letters; ++k) {
                    sheet.name += at<char>(book_, i + 12 + k * (is_wide ? 2 : 1));
                }
                read_cells(at<std::uint32_t>(book_, i + 4), sheet);
                sheets.push_back(std::move(sheet));
            }
            if (type == 0x0A) {
                return;  // end of the globals
            }
            i += 4U + length;
        }
    }

    void read_cells(std::size_t i, Sheet& sheet) const {
        for (; i + 4 <= book_.size() && at<std::uint16_t>(book_, i) != 0x0A;) {
            const auto type = at<std::uint16_t>(book_, i);
            const auto length = at<std::uint16_t>(book_, i + 2);
            const int row = at<std::uint16_t>(book_, i + 4);
            const int column = at<std::uint16_t>(book_, i + 6);
            const auto put = [&](int where, double value) {
                sheet.cells[{row, where}] = value;
                sheet.rows = std::max(sheet.rows, row + 1);
            };
            if (type == 0x203 || type == 0x06) {
                put(column, at<double>(book_, i + 10));
            } else if (type == 0x27E) {
                put(column, rk(at<std::uint32_t>(book_, i + 10)));
            } else if (type == 0xBD) {
                for (std::size_t k = 0; 6 + 6 * k <= length; ++k) {
                    put(column + static_cast<int>(k), rk(at<std::uint32_t>(book_, i + 10 + 6 * k)));
                }
            }
            i += 4U + length;
        }
    }

    static double rk(std::uint32_t word) {
        double value = 0.0;
        if ((word & 2U) != 0) {
            value = static_cast<double>(static_cast<std::int32_t>(word) >> 2);
        } else {
            const std::uint64_t bits = static_cast<std::uint64_t>(word & ~3U) << 32U;
            std::memcpy(&value, &bits, sizeof value);
        }
        return (word & 1U) != 0 ? value / 100.0 : value;
    }

    std::string bytes_;
    std::size_t sector_ = 512;
    std::vector<std::uint32_t> fat_;
    std::string book_;
};

}  // namespace relaxd::test
