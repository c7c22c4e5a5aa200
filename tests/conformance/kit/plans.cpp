// SPDX-License-Identifier: MIT
#include "tests/conformance/kit/plans.hpp"

#include "schema/base/number.hpp"

#include <cstdlib>
#include <stdexcept>

namespace relaxd::test::kit {
namespace {

double in_s(std::chrono::milliseconds time) {
    return std::chrono::duration<double>(time).count();
}

void both(ChaosPlan& plan, Hurt hurt, double probability) {
    plan.to_host.with(hurt, probability);
    plan.to_device.with(hurt, probability);
}

void corrupt(ChaosPlan& plan, const Detects& detects, double probability) {
    if (detects.is_intact) {
        return;
    }
    if (detects.checksum) {
        both(plan, Hurt::flipped, probability);
        both(plan, Hurt::cut, probability);
    }
    both(plan, Hurt::nulled, probability);
    if (!detects.terminator.empty()) {
        plan.to_host.with(Hurt::ended_short, probability);
    }
}

void break_thrice(ChaosPlan& plan, Break kind, double seconds) {
    plan.breakages.emplace_back(40, kind, seconds);
    plan.breakages.emplace_back(120, kind, seconds);
    plan.breakages.emplace_back(200, kind, seconds);
}

bool hurt_lines(ChaosPlan& plan, const Detects& detects) {
    if (plan.name == "split") {
        both(plan, Hurt::split, 0.5);
    } else if (plan.name == "delayed") {
        both(plan, Hurt::delayed, 0.5);
    } else if (plan.name == "late") {
        plan.to_host.with(Hurt::late, 0.06);
    } else if (plan.name == "duplicated") {
        both(plan, Hurt::duplicated, detects.tags ? 0.3 : 0.05);
    } else if (plan.name == "reordered") {
        plan.to_host.with(Hurt::reordered, detects.tags ? 0.1 : 0.0);
    } else if (plan.name == "dropped") {
        both(plan, Hurt::dropped, 0.03);
    } else if (plan.name == "corrupt") {
        corrupt(plan, detects, 0.02);
    } else if (plan.name == "unasked") {
        both(plan, Hurt::junk, 0.03);
        plan.to_host.with(Hurt::stray, 0.05);
    } else {
        return false;
    }
    return true;
}

bool break_connections(ChaosPlan& plan, std::chrono::milliseconds reply) {
    if (plan.name == "half-close") {
        break_thrice(plan, Break::half_close, 0.0);
    } else if (plan.name == "half-open") {
        break_thrice(plan, Break::half_open, 1.5 * in_s(reply));
    } else if (plan.name == "hang-up") {
        break_thrice(plan, Break::hang_up, 0.05);
    } else {
        return false;
    }
    return true;
}

void everything(ChaosPlan& plan, const Detects& detects, std::chrono::milliseconds reply) {
    both(plan, Hurt::split, 0.1);
    both(plan, Hurt::delayed, 0.1);
    plan.to_host.with(Hurt::late, 0.01);
    both(plan, Hurt::duplicated, 0.03);
    plan.to_host.with(Hurt::reordered, detects.tags ? 0.02 : 0.0);
    both(plan, Hurt::dropped, 0.01);
    corrupt(plan, detects, 0.005);
    plan.to_host.with(Hurt::junk, 0.01).with(Hurt::stray, 0.01);
    plan.breakages.emplace_back(40, Break::hang_up, 0.05);
    plan.breakages.emplace_back(100, Break::half_close, 0.0);
    if (detects.serial) {
        plan.breakages.emplace_back(160, Break::wrong_device, 0.05);
    }
    plan.breakages.emplace_back(220, Break::half_open, 1.5 * in_s(reply));
}

}  // namespace

const std::vector<std::string>& plan_names() {
    static const std::vector<std::string> names{
        "split",
        "delayed",
        "late",
        "duplicated",
        "reordered",
        "dropped",
        "corrupt",
        "unasked",
        "half-close",
        "half-open",
        "hang-up",
        "everything"
    };
    return names;
}

std::uint64_t chaos_seed() {
    const char* text = std::getenv("RELAXD_CHAOS_SEED");  // NOLINT(concurrency-mt-unsafe)
    return text == nullptr ? 1 : to_count(text).value_or(1);
}

ChaosPlan plan_for(
    const std::string& name, const Detects& detects, std::chrono::milliseconds reply
) {
    ChaosPlan plan;
    plan.name = name;
    plan.seed = chaos_seed();
    plan.terminator = detects.terminator;
    plan.command_terminator = detects.command_terminator;
    plan.delay_s = 0.2 * in_s(reply);
    plan.late_from_s = 1.5 * in_s(reply);
    plan.late_to_s = 4.0 * in_s(reply);
    if (name == "everything") {
        everything(plan, detects, reply);
    } else if (name != "calm" && !hurt_lines(plan, detects) && !break_connections(plan, reply)) {
        throw std::invalid_argument("there is no plan '" + name + "'");
    }
    return plan;
}

}  // namespace relaxd::test::kit
