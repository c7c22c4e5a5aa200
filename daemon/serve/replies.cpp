// SPDX-License-Identifier: MIT
//
// JSON and error responses.

#include "daemon/serve/replies.hpp"

#include <boost/json/serialize.hpp>

#include <array>
#include <memory>
#include <utility>

namespace relaxd::daemon {

namespace {

constexpr std::string_view json_type = "application/json; charset=utf-8";
/// What the laboratory's refusals begin with where the kind of the error says too little.
constexpr std::array<std::string_view, 3> code_words{
    "instrument_busy", "lease_held", "invalid_method"
};

/// The word in `code_words` that begins `message`, or nothing.
std::string_view leading_word(std::string_view message) {
    for (const std::string_view word : code_words) {
        if (message.starts_with(word)) {
            return word;
        }
    }
    return {};
}

/// The message without a code word that leads it, if anything is left.
std::string without_leading_word(const std::string& message) {
    std::string_view rest = message;
    rest.remove_prefix(leading_word(message).size());
    const auto start = rest.find_first_not_of(": ");
    return start == std::string_view::npos ? message : std::string(rest.substr(start));
}

}  // namespace

ErrorKind kind_of(const Error& error) {
    ErrorKind kind;
    const std::string_view word = leading_word(error.message);
    kind.code = std::string(word.empty() ? to_word(error.code) : word);
    switch (error.code) {
        case Errc::invalid:
        case Errc::overflow: kind.status = 400; break;
        case Errc::not_found: kind.status = 404; break;
        case Errc::refused: kind.status = 409; break;
        case Errc::not_built: kind.status = 501; break;
        case Errc::unreachable:
        case Errc::timeout:
        case Errc::busy:
        case Errc::cancelled: kind.status = 503; break;
        case Errc::corrupt:
        case Errc::io:
        case Errc::not_converged:
        case Errc::internal: kind.status = 500; break;
    }
    return kind;
}

http::Response json_response(unsigned status, const wire::json::value& body) {
    return {status, json_type, wire::json::serialize(body) + "\n"};
}

http::Response json_response(unsigned status, http::Body body) {
    return {status, json_type, std::move(body)};
}

http::Response error_response(const Error& error) {
    const ErrorKind kind = kind_of(error);
    Error told = error;
    told.message = without_leading_word(error.message);
    return json_response(kind.status, wire::json::value(wire::to_json(told, kind.code)));
}

http::Response error_response(
    unsigned status, std::string_view code, std::string message, std::string where, std::string hint
) {
    Error error;
    error.message = std::move(message);
    error.where = std::move(where);
    error.hint = std::move(hint);
    return json_response(status, wire::json::value(wire::to_json(error, code)));
}

}  // namespace relaxd::daemon
