// SPDX-License-Identifier: MIT
//
// Result and Error: how one layer tells another that the world was unkind.
//
// `Result<T>` holds a value or an `Error`. Code switches on `Error::code`; people read the rest:
// what went wrong, where (file, line, key, frame), and what to do next. The only file that names
// tl::expected.

#pragma once

#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace relaxd {

/// What kind of thing went wrong; stable, used for exit codes and HTTP status.
enum class Errc : std::uint8_t {
    invalid = 1,    ///< Input that can never work: syntax, unknown key, value out of its domain.
    not_found,      ///< No such run, instrument, file, parameter.
    refused,        ///< Understood and not allowed now: busy, wrong state, lease held, limit.
    unreachable,    ///< No connection, or the peer does not answer.
    timeout,        ///< The peer answered too late or not at all within its deadline.
    corrupt,        ///< Bytes that fail their checksum or cannot be decoded.
    io,             ///< The operating system refused: disk full, permission, broken pipe.
    busy,           ///< Held by somebody else: database in use, port locked.
    overflow,       ///< The result of valid input leaves the range of double.
    not_converged,  ///< A computation without a usable result.
    cancelled,      ///< Ended on request.
    not_built,      ///< A verb or route of the contract that does not exist yet.
    internal,       ///< A bug of ours that was caught before it could do harm.
};

/// The stable lower-case word of an `Errc`, as written in JSON and events.
[[nodiscard]] std::string_view to_word(Errc code);

/// What went wrong, for code and for people.
struct Error {
    Errc code = Errc::internal;
    std::string message;  ///< One sentence: what happened, with the values that mattered.
    std::string where;    ///< File:line, configuration key, URI, frame … ; empty if obvious.
    std::string hint;     ///< What to do next; empty if nothing can be advised.

    /// "where: message (hint)" in one line.
    [[nodiscard]] std::string sentence() const;
};

template <typename T, typename E = Error>
using Result = tl::expected<T, E>;

/// Makes the failing side of a Result: `return fail(Errc::invalid, "…", "method.toml:3", "…");`
[[nodiscard]] inline tl::unexpected<Error> fail(
    Errc code, std::string message, std::string where = {}, std::string hint = {}
) {
    return tl::unexpected<Error>(Error{code, std::move(message), std::move(where), std::move(hint)}
    );
}

/// Passes an error on unchanged.
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
    return tl::unexpected<Error>(std::move(error));
}

}  // namespace relaxd
