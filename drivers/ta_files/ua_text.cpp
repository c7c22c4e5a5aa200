// SPDX-License-Identifier: MIT
#include "drivers/ta_files/ua_text.hpp"

#include "drivers/ta_files/header.hpp"
#include "schema/base/number.hpp"

#include <algorithm>

namespace relaxd::ta_files {

namespace {

class UaTextReader {
  public:
    UaTextReader(std::string_view bytes, std::string_view source)
        : text_(to_utf8(bytes)),
          source_(source),
          half_character_(bytes.starts_with("\xFF\xFE") && bytes.size() % 2 != 0) {
        table_.format = "ta-text";
    }

    Result<table::Table> read() {
        const Lines split_lines = lines_of(text_);
        const std::vector<std::string_view>& lines = split_lines.lines;
        const auto start = std::ranges::find(lines, std::string_view("StartOfData"));
        if (start == lines.end() || (start + 1 == lines.end() && !split_lines.last_is_whole)) {
            return fail(
                Errc::corrupt,
                "there is no line StartOfData: 0 rows were read",
                source_,
                "the file is cut; export it again"
            );
        }
        const auto header_lines = static_cast<std::size_t>(start - lines.begin());
        Result<Header> header = read_header({lines.data(), header_lines}, '\t', source_);
        if (!header) {
            return fail(header.error());
        }
        targets_ = targets_of(header->signals, loading_of(header->facts, Loading::tensile));
        for (const Target& target : targets_) {
            table_.columns.push_back(target.column);
        }
        const std::size_t whole = lines.size() - (split_lines.last_is_whole ? 0 : 1);
        for (std::size_t i = header_lines + 1; i < whole; ++i) {
            if (Result<void> done = read_row(lines[i], i + 1); !done) {
                return fail(done.error());
            }
        }
        finish(*header, split_lines.last_is_whole);
        return std::move(table_);
    }

  private:
    Result<void> read_row(std::string_view line, std::size_t number) {
        if (trimmed(line).empty()) {
            return {};
        }
        const std::string where = source_ + ":" + std::to_string(number);
        const std::vector<std::string_view> cells = split(line, '\t');
        if (cells.size() != targets_.size()) {
            return fail(
                Errc::corrupt,
                "this row has " + std::to_string(cells.size()) + " numbers, the header names " +
                    std::to_string(targets_.size()) + " signals",
                where,
                "the file is damaged; export it again"
            );
        }
        record::Reading row;
        row.number = table_.rows.size() + 1;
        row.segment = 1;
        row.time_s = record::unknown;
        row.raw = std::string(line);
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const std::string_view cell = trimmed(cells[i]);
            const std::optional<double> value = to_double(cell);
            if (!value && !cell.empty()) {
                return fail(
                    Errc::corrupt,
                    "signal " + std::to_string(i + 1) + " (" + targets_[i].column + "): '" +
                        std::string(cell.substr(0, 40)) + "' is not a number",
                    where,
                    "export with a decimal point"
                );
            }
            if (value) {
                put(row, targets_[i], *value);
            }
        }
        if (row.time_s < 0.0) {
            row.flags = "marker";
        }
        table_.rows.push_back(std::move(row));
        return {};
    }

    void finish(const Header& header, bool last_is_whole) {
        table_.keys = keys_of(header);
        table_.keys["clock"] = "local wall time of the instrument's computer, zone unknown";
        table::Step step;
        step.text = "the whole export (it has no segment log)";
        step.started_utc = header.started;
        table_.steps.push_back(step);
        const std::string count = std::to_string(table_.rows.size());
        if (!last_is_whole) {
            table_.warnings.push_back(
                "the last line has no line end and may be cut: it is left out, " + count +
                " rows were read"
            );
        }
        if (last_is_whole && half_character_) {
            table_.warnings.push_back(
                "the file is cut within a character: " + count + " rows were read"
            );
        }
        if (!header.closed) {
            table_.warnings.push_back(
                "the file says OPEN: the run was not ended; " + count + " rows were read"
            );
        }
        if (table_.rows.empty()) {
            table_.warnings.emplace_back("there is no row behind StartOfData: 0 rows were read");
        }
    }

    std::string text_;
    std::string source_;
    bool half_character_;
    std::vector<Target> targets_;
    table::Table table_;
};

}  // namespace

Result<table::Table> read_ua_text(std::string_view bytes, std::string_view source) {
    return UaTextReader(bytes, source).read();
}

}  // namespace relaxd::ta_files
