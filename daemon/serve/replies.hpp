// SPDX-License-Identifier: MIT
//
// Responses of the API: JSON bodies, and errors as {"error":{"code","message","where","hint"}} with
// the status of CONTRACT 5. Pure.

#pragma once

#include "daemon/serve/http_message.hpp"
#include "schema/base/result.hpp"
#include "schema/wire/wire.hpp"

#include <string>
#include <string_view>

namespace relaxd::daemon {

/// Status and code word of an error of the layers below.
struct ErrorKind {
    unsigned status = 500;
    std::string code;
};

/// A refusal whose message begins with `instrument_busy` or `lease_held` has that word as code.
[[nodiscard]] ErrorKind kind_of(const Error& error);

[[nodiscard]] http::Response json_response(unsigned status, const wire::json::value& body);
[[nodiscard]] http::Response json_response(unsigned status, http::Body body);
[[nodiscard]] http::Response error_response(const Error& error);
/// With a status and a code word of its own.
[[nodiscard]] http::Response error_response(
    unsigned status,
    std::string_view code,
    std::string message,
    std::string where = {},
    std::string hint = {}
);

}  // namespace relaxd::daemon
