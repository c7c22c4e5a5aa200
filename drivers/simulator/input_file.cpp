// SPDX-License-Identifier: MIT
#include "drivers/simulator/input_file.hpp"

#include <fstream>
#include <iterator>
#include <system_error>

namespace relaxd::simulator {
namespace {

constexpr std::size_t file_bytes_max = 1'000'000;

}  // namespace

Result<std::string> read_input(const std::filesystem::path& file, std::string_view what) {
    std::error_code ignored;
    const bool is_file = !std::filesystem::is_directory(file, ignored);
    std::ifstream stream(file, std::ios::binary);
    std::string text;
    if (is_file && stream) {
        text.assign(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
    }
    if (!is_file || !stream || stream.bad()) {
        return fail(
            Errc::not_found,
            "the " + std::string(what) + " cannot be read",
            file.string(),
            "check the path and its rights"
        );
    }
    if (text.size() > file_bytes_max) {
        return fail(
            Errc::invalid,
            "this is no " + std::string(what) + ": it is larger than 1 MB",
            file.string()
        );
    }
    return text;
}

}  // namespace relaxd::simulator
