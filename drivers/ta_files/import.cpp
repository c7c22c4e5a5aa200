// SPDX-License-Identifier: MIT
#include "drivers/ta_files/import.hpp"

#include "drivers/ta_files/q_series.hpp"
#include "drivers/ta_files/text.hpp"
#include "drivers/ta_files/trios.hpp"
#include "drivers/ta_files/ua_text.hpp"
#include "drivers/ta_files/unit_row.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace relaxd::ta_files {

namespace {

constexpr std::size_t looked_at_bytes = 200'000;
constexpr std::uintmax_t file_bytes_max = 1'000'000'000;

Result<std::string> bytes_of(const std::string& path) {
    std::error_code ignored;
    const std::filesystem::file_status status = std::filesystem::status(path, ignored);
    if (!std::filesystem::exists(status)) {
        return fail(Errc::not_found, "there is no such file", path, "check the path");
    }
    if (std::filesystem::is_directory(status)) {
        return fail(Errc::io, "this is a folder, not a file", path, "name a file in it");
    }
    std::error_code size_error;
    const std::uintmax_t size = std::filesystem::file_size(path, size_error);
    if (!size_error && size > file_bytes_max) {
        return fail(Errc::invalid, "the file is larger than 1 GB", path, "split the export");
    }
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return fail(Errc::io, "the file cannot be opened", path, "check its rights");
    }
    std::string bytes(std::istreambuf_iterator<char>(file), {});
    if (file.bad()) {
        return fail(Errc::io, "the file cannot be read to its end", path, "check the disk");
    }
    return bytes;
}

bool has_line(std::string_view text, std::string_view line) {
    for (const std::string_view one : lines_of(text).lines) {
        if (one == line) {
            return true;
        }
    }
    return false;
}

}  // namespace

Result<table::Table> read_bytes(std::string_view bytes, std::string_view source) {
    if (is_q_series(bytes)) {
        return read_q_series(bytes, source);
    }
    if (bytes.starts_with("\xD0\xCF\x11\xE0") || bytes.starts_with("PK\x03\x04")) {
        return fail(
            Errc::invalid,
            "this is a spreadsheet, which relaxd does not read",
            std::string(source),
            "export it from TRIOS as LIMS text, or save one sheet as CSV"
        );
    }
    const std::string start = to_utf8(bytes.substr(0, looked_at_bytes));
    if (start.starts_with("CLOSED") || start.starts_with("OPEN\r") || start.starts_with("OPEN\n")) {
        return read_ua_text(bytes, source);
    }
    if (start.starts_with("[Version]")) {
        return read_trios_lims(bytes, source);
    }
    if (start.starts_with("Filename\t") || has_line(start, "[step]")) {
        return read_trios_text(bytes, source);
    }
    if (has_unit_row(start)) {
        return read_unit_row(bytes, source);
    }
    return table::read_csv(to_utf8(bytes), source);
}

Result<table::Table> read_file(const std::string& path) {
    const Result<std::string> bytes = bytes_of(path);
    if (!bytes) {
        return fail(bytes.error());
    }
    return read_bytes(*bytes, std::filesystem::path(path).filename().string());
}

}  // namespace relaxd::ta_files
