// SPDX-License-Identifier: MIT
//
// A call of a driver by its name, for tests that make every call in some situation and look at how
// each ends.
#pragma once

#include "schema/base/result.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <optional>
#include <utility>

namespace relaxd::test::kit {

using Outcome = std::optional<Errc>;  ///< Nothing: it succeeded.

template <typename T>
boost::asio::awaitable<Outcome> outcome_of(boost::asio::awaitable<Result<T>> call) {
    Result<T> result = co_await std::move(call);
    Outcome outcome;
    if (!result) {
        outcome = result.error().code;
    }
    co_return outcome;
}

struct Call {
    Call(const char* what, std::function<boost::asio::awaitable<Outcome>()> how)
        : name(what), make(std::move(how)) {}
    const char* name;
    std::function<boost::asio::awaitable<Outcome>()> make;
};

}  // namespace relaxd::test::kit
