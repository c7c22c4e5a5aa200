// SPDX-License-Identifier: MIT
#include "tools/ctl/verb.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace relaxd::ctl {

namespace {

/// Columns on a terminal: characters, not bytes.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

std::string text_member(const json::object& object, std::string_view key) {
    const json::value* found = object.if_contains(key);
    return found != nullptr && found->is_string() ? std::string(found->get_string())
                                                  : std::string();
}

}  // namespace

void print(std::string_view text) {
    // A reader that has gone ends the program by SIGPIPE.
    static_cast<void>(std::fwrite(text.data(), 1, text.size(), stdout));
    if (!text.ends_with('\n')) {
        static_cast<void>(std::fputc('\n', stdout));
    }
    static_cast<void>(std::fflush(stdout));
}

void say(std::string_view sentence) {
    static_cast<void>(std::fputs(("relaxctl: " + printable(sentence) + "\n").c_str(), stderr));
}

void print_json(const json::value& value) {
    print(json::serialize(value));
}

int exit_code_of(Errc code) {
    switch (code) {
        case Errc::invalid:
        case Errc::overflow: return exit_usage;
        case Errc::refused:
        case Errc::busy: return exit_refused;
        case Errc::not_found: return exit_not_found;
        case Errc::unreachable:
        case Errc::timeout: return exit_unreachable;
        default: return exit_other;
    }
}

int exit_code_of_status(unsigned http_status) {
    switch (http_status) {
        case 400:
        case 415:
        case 421: return exit_usage;
        case 401:
        case 403:
        case 409:
        case 413: return exit_refused;
        case 404: return exit_not_found;
        case 503: return exit_unreachable;
        default: return exit_other;
    }
}

int report(const Globals& globals, const Error& error) {
    return report(globals, error, exit_code_of(error.code));
}

int report(const Globals& globals, const Error& error, int exit_code, std::string_view code) {
    say(error.sentence());
    if (globals.json) {
        print_json(wire::to_json(error, code));
    }
    return exit_code;
}

int not_built(const Globals& globals, const std::string& verb) {
    return report(globals, {Errc::not_built, "'" + verb + "' is not built yet", "", ""});
}

Result<std::string> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::error_code error;
    if (!file || std::filesystem::is_directory(path, error)) {
        return fail(
            Errc::io,
            "the file cannot be read: " + std::string(std::strerror(file ? EISDIR : errno)),
            path,
            "check the name and its permissions"
        );
    }
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (file.bad()) {
        return fail(Errc::io, "reading the file failed", path, "check the disk");
    }
    return text;
}

Result<Answer> ask(
    const Globals& globals,
    const std::string& method,
    const std::string& target,
    const std::string& body
) {
    const auto address = address_from(globals.url);
    if (!address) {
        return fail(address.error());
    }
    return send(*address, {method, target, body, globals.lease});
}

Error error_of(const Globals& globals, const Answer& answer) {
    Error error;
    switch (exit_code_of_status(answer.status)) {
        case exit_usage: error.code = Errc::invalid; break;
        case exit_refused: error.code = Errc::refused; break;
        case exit_not_found: error.code = Errc::not_found; break;
        case exit_unreachable: error.code = Errc::unreachable; break;
        default: error.code = Errc::internal;
    }
    const auto value = wire::parse(answer.body, "answer");
    const json::value* inner =
        value && value->is_object() ? value->get_object().if_contains("error") : nullptr;
    if (inner == nullptr || !inner->is_object()) {
        error.message = "relaxd answered with HTTP status " + std::to_string(answer.status);
        error.where = globals.url;
        error.hint = "is this the address of a relaxd?";
        return error;
    }
    const json::object& said = inner->get_object();
    error.message = text_member(said, "message");
    error.where = text_member(said, "where");
    error.hint = text_member(said, "hint");
    return error;
}

int report_answer(const Globals& globals, const Answer& answer, std::string_view method_file) {
    Error error = error_of(globals, answer);
    if (!method_file.empty() && error.where.starts_with("method:")) {
        error.where.replace(0, std::string_view("method").size(), method_file);
    }
    say(error.sentence());
    if (globals.json) {
        print(answer.body);
    }
    return exit_code_of_status(answer.status);
}

Asked get_json(const Globals& globals, const std::string& target) {
    Asked asked;
    auto answer = ask(globals, "GET", target);
    if (!answer) {
        asked.exit_code = report(globals, answer.error());
        return asked;
    }
    if (answer->status != 200) {
        asked.exit_code = report_answer(globals, *answer);
        return asked;
    }
    auto value = wire::parse(answer->body, target);
    if (!value) {
        asked.exit_code = report(globals, value.error(), exit_other);
        return asked;
    }
    asked.body = std::move(answer->body);
    asked.value = std::move(*value);
    return asked;
}

Result<store::RunReader> open_database(const Globals& globals) {
    auto reader = store::RunReader::open(globals.database);
    if (!reader && reader.error().code == Errc::not_found) {
        Error error = reader.error();
        error.code = Errc::io;
        return fail(error);
    }
    return reader;
}

std::string printable(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        out += byte < 0x20 || byte == 0x7F ? (c == '\n' || c == '\t' ? ' ' : '?') : c;
    }
    return out;
}

std::string rounded(double value, int digits) {
    if (!std::isfinite(value)) {
        return "-";
    }
    std::array<char, 64> text{};
    static_cast<void>(std::snprintf(text.data(), text.size(), "%.*g", digits, value));
    return text.data();
}

std::string cell(const json::value& row, std::string_view key) {
    const json::value* found = row.is_object() ? row.get_object().if_contains(key) : nullptr;
    if (found == nullptr || found->is_null()) {
        return "-";
    }
    if (found->is_string()) {
        return printable(found->get_string());
    }
    return found->is_double() ? rounded(found->get_double(), 6) : json::serialize(*found);
}

int segment_of_detail(const std::string& detail) {
    const auto value = wire::parse(detail, "event");
    const json::value* segment =
        value && value->is_object() ? value->get_object().if_contains("segment") : nullptr;
    return segment != nullptr && segment->is_int64() ? static_cast<int>(segment->get_int64()) : 0;
}

void print_table(
    const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows
) {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < header.size(); ++i) {
        widths.push_back(width_of(header[i]));
        for (const auto& row : rows) {
            widths[i] = std::max(widths[i], width_of(row[i]));
        }
    }
    const auto line_of = [&](const std::vector<std::string>& row) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += row[i];
            if (i + 1 < row.size()) {
                line += std::string(widths[i] - width_of(row[i]) + 2, ' ');
            }
        }
        return line;
    };
    print(line_of(header));
    for (const auto& row : rows) {
        print(line_of(row));
    }
}

}  // namespace relaxd::ctl
