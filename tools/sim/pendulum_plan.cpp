// SPDX-License-Identifier: MIT
#include "tools/sim/pendulum_plan.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace relaxd::tools::sim {
namespace {

constexpr std::string_view option = "--part";
constexpr std::string_view form = "write NAME=DEVICE@tcp://127.0.0.1:0 or NAME=DEVICE@pty:PATH";

tl::unexpected<Error> refused(const std::string& text, const std::string& why) {
    return fail(Errc::invalid, "'" + text + "' " + why, std::string(option), std::string(form));
}

bool is_name(std::string_view text) {
    constexpr std::string_view others = "_.-";
    return !text.empty() && std::ranges::all_of(text, [others](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               others.find(c) != std::string_view::npos;
    });
}

Result<void> take_options(const std::string& text, std::string_view options, PartPlan& plan) {
    while (!options.empty()) {
        const std::string_view one = options.substr(0, options.find('&'));
        options.remove_prefix(std::min(options.size(), one.size() + 1));
        const std::size_t sign = one.find('=');
        if (sign == std::string_view::npos || sign == 0) {
            return refused(text, "has an option that is not KEY=VALUE");
        }
        const std::string key(one.substr(0, sign));
        const std::string value(one.substr(sign + 1));
        const bool is_new = key == "faults" ? std::exchange(plan.faults, value).empty()
                                            : plan.options.emplace(key, value).second;
        if (!is_new) {
            return refused(text, "says " + key + " twice");
        }
    }
    return {};
}

struct Usual {
    std::string_view name;
    std::string_view device;
    bool has_serial_line;
};

constexpr std::array usual{
    Usual{"digitiser", "labjack_t7", false},
    Usual{"generator", "keysight_33500", false},
    Usual{"controller", "lake_shore", true},
    Usual{"gauge", "pfeiffer_tpg", true},
};

}  // namespace

Result<PartPlan> parse_part(const std::string& text) {
    PartPlan plan;
    std::string_view rest = text;
    const std::size_t at = rest.find('@');
    if (at == std::string_view::npos) {
        return refused(text, "does not say where: @ is missing");
    }
    std::string_view head = rest.substr(0, at);
    rest.remove_prefix(at + 1);
    const std::size_t sign = head.find('=');
    plan.device = head.substr(sign == std::string_view::npos ? 0 : sign + 1);
    plan.name =
        sign == std::string_view::npos ? std::string_view(plan.device) : head.substr(0, sign);
    if (!is_name(plan.name) || !is_name(plan.device)) {
        return refused(text, "has a name or a device that is not letters, digits, '_', '.' or '-'");
    }
    const std::size_t question = rest.find('?');
    if (question != std::string_view::npos) {
        if (auto taken = take_options(text, rest.substr(question + 1), plan); !taken) {
            return fail(std::move(taken.error()));
        }
        rest = rest.substr(0, question);
    }
    constexpr std::string_view pty = "pty:";
    if (rest.starts_with(pty)) {
        plan.pty = rest.substr(pty.size());
        return plan.pty.empty() ? Result<PartPlan>(refused(text, "names no path")) : plan;
    }
    auto target = parse_listen(std::string(rest), std::string(option));
    if (!target) {
        return refused(text, "is neither at tcp://ADDRESS:PORT nor at pty:PATH");
    }
    plan.tcp = *target;
    return plan;
}

Result<std::vector<PartPlan>> usual_parts(const Arguments& arguments) {
    Target first;
    first.address = "127.0.0.1";
    if (arguments.pty.empty()) {
        auto target = parse_listen(arguments.listen, "--listen");
        if (!target) {
            return fail(std::move(target.error()));
        }
        first = *target;
    }
    std::vector<PartPlan> plans;
    for (const Usual& one : usual) {
        PartPlan plan;
        plan.name = one.name;
        plan.device = one.device;
        if (!arguments.pty.empty() && one.has_serial_line) {
            plan.pty = arguments.pty + "-" + plan.name;
        } else {
            plan.tcp = first;
            if (first.port != 0) {
                plan.tcp.port = static_cast<std::uint16_t>(first.port + plans.size());
            }
        }
        plans.push_back(std::move(plan));
    }
    return plans;
}

Result<void> check_plans(const std::vector<PartPlan>& plans) {
    for (std::size_t i = 0; i < plans.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) {
            const bool is_same_port = plans[i].pty.empty() && plans[k].pty.empty() &&
                                      plans[i].tcp.port != 0 &&
                                      plans[i].tcp.port == plans[k].tcp.port &&
                                      plans[i].tcp.address == plans[k].tcp.address;
            const bool is_same_pty = !plans[i].pty.empty() && plans[i].pty == plans[k].pty;
            if (plans[i].name == plans[k].name || is_same_port || is_same_pty) {
                return fail(
                    Errc::invalid,
                    "part '" + plans[i].name + "' has name or place of another part",
                    std::string(option),
                    "give each part its own"
                );
            }
        }
    }
    return {};
}

}  // namespace relaxd::tools::sim
