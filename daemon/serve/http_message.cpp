// SPDX-License-Identifier: MIT
//
// Request and response values: look-ups, and the header wrapper that refuses control bytes.

#include "daemon/serve/http_message.hpp"

#include <algorithm>

namespace relaxd::daemon::http {

namespace {

bool is_token(std::string_view name) {
    static constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    if (name.empty()) {
        return false;
    }
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               marks.find(c) != std::string_view::npos;
    });
}

bool has_control_byte(std::string_view value) {
    return std::any_of(value.begin(), value.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20U || byte == 0x7FU;
    });
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

}  // namespace

std::string lower_case(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        }
    }
    return result;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            result.push_back(text[i]);
            continue;
        }
        if (i + 2 >= text.size()) {
            return std::nullopt;
        }
        const int high = hex_digit(text[i + 1]);
        const int low = hex_digit(text[i + 2]);
        if (high < 0 || low < 0 || (high == 0 && low == 0)) {
            return std::nullopt;
        }
        result.push_back(static_cast<char>(high * 16 + low));
        i += 2;
    }
    return result;
}

std::optional<std::string_view> Request::header(std::string_view lower_case_name) const {
    const auto range = headers.equal_range(lower_case_name);
    if (range.first == range.second || std::next(range.first) != range.second) {
        return std::nullopt;
    }
    return std::string_view(range.first->second);
}

std::size_t Request::count(std::string_view lower_case_name) const {
    return headers.count(lower_case_name);
}

std::string_view Request::path() const {
    const std::string_view whole = target;
    return whole.substr(0, whole.find('?'));
}

bool Request::announces_body() const {
    if (count("transfer-encoding") > 0) {
        return true;
    }
    const auto length = header("content-length");
    return count("content-length") > 0 && length != "0";
}

bool Request::wants_websocket() const {
    const auto upgrade = header("upgrade");
    return method == "GET" && upgrade && lower_case(*upgrade) == "websocket";
}

bool HeaderList::set(std::string_view name, std::string_view value) {
    if (!is_token(name) || has_control_byte(value)) {
        return false;
    }
    const std::string wanted = lower_case(name);
    for (auto& entry : entries_) {
        if (lower_case(entry.first) == wanted) {
            entry.second = std::string(value);
            return true;
        }
    }
    entries_.emplace_back(std::string(name), std::string(value));
    return true;
}

std::optional<std::string_view> HeaderList::find(std::string_view name) const {
    const std::string wanted = lower_case(name);
    for (const auto& entry : entries_) {
        if (lower_case(entry.first) == wanted) {
            return std::string_view(entry.second);
        }
    }
    return std::nullopt;
}

Response::Response(unsigned status_code, std::string_view content_type, std::string text)
    : Response(status_code, content_type, std::make_shared<const std::string>(std::move(text))) {}

Response::Response(unsigned status_code, std::string_view content_type, Body shared)
    : status(status_code), body(std::move(shared)) {
    if (!headers.set("Content-Type", content_type)) {
        static_cast<void>(headers.set("Content-Type", "application/octet-stream"));
    }
}

}  // namespace relaxd::daemon::http
