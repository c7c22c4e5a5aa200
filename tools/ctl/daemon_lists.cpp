// SPDX-License-Identifier: MIT
#include "tools/ctl/daemon_lists.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace relaxd::ctl {

namespace {

constexpr const char* largest_page = "10000";

tl::unexpected<Error> not_this(const Globals& globals, const std::string& target) {
    return fail(
        Errc::corrupt,
        "relaxd answered with something else than " + target,
        globals.url,
        "is this the address of a relaxd?"
    );
}

/// A whole number that is not negative, else nothing.
std::optional<std::uint64_t> count_in(const json::value& body, const std::string& key) {
    const json::value* found = body.get_object().if_contains(key);
    if (found == nullptr || found->is_double() || !found->is_number()) {
        return std::nullopt;
    }
    boost::system::error_code error;
    const auto count = found->to_number<std::uint64_t>(error);
    return error ? std::nullopt : std::optional(count);
}

}  // namespace

std::string route_of_run(const std::string& id) {
    return "/api/v1/runs/" + percent_encoded(id);
}

Result<json::value> object_at(const Globals& globals, const std::string& target) {
    const auto answer = ask(globals, "GET", target);
    if (!answer) {
        return fail(answer.error());
    }
    if (answer->status != 200) {
        return fail(error_of(globals, *answer));
    }
    auto body = wire::parse(answer->body, target);
    if (!body || !body->is_object()) {
        return not_this(globals, target);
    }
    return std::move(*body);
}

Result<void> read_list(const Globals& globals, const List& list, const TakeRow& take) {
    std::uint64_t after = 0;
    while (true) {
        std::string target = list.route;
        target.append("?limit=").append(largest_page).append("&").append(list.cursor);
        target.append("=").append(std::to_string(after));
        const auto body = object_at(globals, target);
        if (!body) {
            return fail(body.error());
        }
        const json::value* rows = body->get_object().if_contains(list.name);
        const auto next = count_in(*body, "next_" + list.cursor);
        if (rows == nullptr || !rows->is_array() || !next) {
            return not_this(globals, target);
        }
        for (const json::value& row : rows->get_array()) {
            const auto goes_on = take(row);
            if (!goes_on) {
                return fail(goes_on.error());
            }
            if (!*goes_on) {
                return {};
            }
        }
        if (rows->get_array().empty()) {
            return {};
        }
        if (*next <= after) {
            return not_this(globals, target);  // It would never end.
        }
        after = *next;
    }
}

}  // namespace relaxd::ctl
