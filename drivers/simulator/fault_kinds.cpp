// SPDX-License-Identifier: MIT
#include "drivers/simulator/fault_kinds.hpp"

#include "drivers/simulator/sim_reading.hpp"
#include "schema/base/nearest.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

namespace relaxd::simulator {
namespace {

constexpr std::array<std::string_view, 23> words{
    "late",
    "split",
    "merged",
    "duplicated",
    "reordered",
    "garbled",
    "truncated",
    "endless_line",
    "silence",
    "hang_up",
    "wrong_device",
    "baud_garbage",
    "half_open",
    "specimen_breaks",
    "thermocouple_opens",
    "furnace_runs_away",
    "clamp_slips",
    "phase_jump",
    "drift",
    "stuck_value",
    "not_a_number",
    "overload",
    "reboot",
};
static_assert(words.size() == static_cast<std::size_t>(FaultKind::reboot) + 1);

constexpr auto columns = [] {
    std::array<std::string_view, reading_columns.size()> names;
    for (std::size_t i = 0; i < names.size(); ++i) {
        names[i] = reading_columns[i].first;
    }
    return names;
}();

constexpr std::array<std::string_view, 6> not_numbers{
    "nan", "NaN", "-nan", "inf", "-inf", "1.#QNAN"
};

using Keys = std::vector<std::string_view>;

Keys keys_of(FaultKind kind) {
    Keys keys{"kind", "at", "every", "at_reading", "probability"};
    const auto add = [&keys](std::initializer_list<std::string_view> more) {
        keys.insert(keys.end(), more);
    };
    if (is_line_fault(kind)) {
        add({"count", "lines"});
        if (kind != FaultKind::endless_line) {
            add({"direction"});
        }
    }
    switch (kind) {
        case FaultKind::late: add({"delay"}); break;
        case FaultKind::split: add({"pieces", "delay"}); break;
        case FaultKind::merged: add({"together", "delay"}); break;
        case FaultKind::duplicated: add({"copies"}); break;
        case FaultKind::reordered: add({"places"}); break;
        case FaultKind::garbled: add({"bits"}); break;
        case FaultKind::truncated:
        case FaultKind::baud_garbage:
        case FaultKind::specimen_breaks: break;
        case FaultKind::endless_line: add({"size"}); break;
        case FaultKind::silence:
        case FaultKind::half_open: add({"duration"}); break;
        case FaultKind::hang_up: add({"refused_for"}); break;
        case FaultKind::wrong_device: add({"serial", "refused_for", "duration"}); break;
        case FaultKind::thermocouple_opens:
            add({"shows", "reacts", "reacts_after", "duration"});
            break;
        case FaultKind::furnace_runs_away: add({"cut_out", "duration"}); break;
        case FaultKind::clamp_slips: add({"displacement", "stiffness_loss"}); break;
        case FaultKind::phase_jump: add({"phase", "count", "duration"}); break;
        case FaultKind::drift: add({"column", "rate", "duration"}); break;
        case FaultKind::stuck_value: add({"column", "count", "duration"}); break;
        case FaultKind::not_a_number: add({"column", "word", "count", "duration"}); break;
        case FaultKind::overload: add({"count", "duration"}); break;
        case FaultKind::reboot: add({"back_after"}); break;
    }
    return keys;
}

using Problem = std::optional<FaultProblem>;

template <typename Number>
Problem outside(
    std::string_view key, Number value, Number low, Number high, std::string_view unit
) {
    if (value >= low && value <= high) {
        return std::nullopt;
    }
    const auto text = [](Number n) {
        if constexpr (std::is_floating_point_v<Number>) {
            return std::isfinite(n) ? to_text(n) : std::string("not a number");
        } else {
            return std::to_string(n);
        }
    };
    const std::string of_unit = unit.empty() ? "" : " " + std::string(unit);
    return FaultProblem(
        key,
        std::string(key) + " is " + text(value) + of_unit,
        "it may be " + text(low) + " to " + text(high) + of_unit
    );
}

Problem time_problem(const Fault& f) {
    const int ways = (f.at_s ? 1 : 0) + (f.at_reading ? 1 : 0) + (f.probability ? 1 : 0);
    if (ways == 0) {
        return FaultProblem(
            "",
            "this fault never happens",
            "give it one of at = \"35 min\", at_reading = 120, probability = 1e-4"
        );
    }
    if (ways > 1) {
        return FaultProblem(
            f.probability ? "probability" : "at_reading",
            "this fault has two times",
            "give it one of at, at_reading, probability"
        );
    }
    if (f.every_s && !f.at_s) {
        return FaultProblem("every", "every needs the time of the first", "add at = \"0 s\"");
    }
    if (f.at_s) {
        if (auto p = outside("at", *f.at_s, 0.0, 1e9, "s")) {
            return p;
        }
    }
    if (f.every_s) {
        if (auto p = outside("every", *f.every_s, 1.0, 1e9, "s")) {
            return p;
        }
    }
    if (f.at_reading) {
        return outside<std::uint64_t>("at_reading", *f.at_reading, 1, 1'000'000'000, "");
    }
    if (f.probability && !(*f.probability > 0.0 && *f.probability <= 1.0)) {
        return FaultProblem("probability", "a probability is above 0 and at most 1", "write 1e-4");
    }
    return std::nullopt;
}

Problem length_problem(const Fault& f) {
    if (f.count && f.duration_s) {
        return FaultProblem("count", "this fault has both count and duration", "leave one out");
    }
    if (f.count) {
        if (auto p = outside<std::uint64_t>("count", *f.count, 1, 1'000'000'000, "")) {
            return p;
        }
    }
    return f.duration_s ? outside("duration", *f.duration_s, 1e-3, 1e9, "s") : std::nullopt;
}

Problem column_problem(const Fault& f) {
    if (std::ranges::find(columns, f.column) != columns.end()) {
        return std::nullopt;
    }
    if (f.column.empty()) {
        return FaultProblem("", "this fault needs a column", "one of " + joined(columns));
    }
    return FaultProblem(
        "column",
        "unknown column '" + f.column + "'",
        "the nearest known column is '" + std::string(nearest(f.column, columns)) + "'"
    );
}

bool is_serial(std::string_view text) {
    return !text.empty() && text.size() <= 40 &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~' && c != '='; });
}

Problem byte_problem(const Fault& f) {
    switch (f.kind) {
        case FaultKind::late: return outside("delay", f.delay_s, 1e-3, 3600.0, "s");
        case FaultKind::split:
            if (auto p = outside<std::uint64_t>("pieces", f.pieces, 2, 100, "")) {
                return p;
            }
            return outside("delay", f.delay_s, 0.0, 60.0, "s");
        case FaultKind::merged:
            if (auto p = outside<std::uint64_t>("together", f.together, 2, 1000, "")) {
                return p;
            }
            return outside("delay", f.delay_s, 1e-3, 3600.0, "s");
        case FaultKind::duplicated: return outside<std::uint64_t>("copies", f.copies, 2, 100, "");
        case FaultKind::reordered: return outside<std::uint64_t>("places", f.places, 1, 100, "");
        case FaultKind::garbled: return outside<std::uint64_t>("bits", f.bits, 1, 1000, "");
        case FaultKind::endless_line:
            return outside<std::uint64_t>("size", f.size_bytes, 512, 16'000'000, "bytes");
        case FaultKind::silence:
            if (!f.duration_s) {
                return FaultProblem("", "silence needs a duration", "write duration = \"3 s\"");
            }
            return std::nullopt;
        case FaultKind::hang_up: return outside("refused_for", f.refused_s, 0.0, 1e6, "s");
        case FaultKind::wrong_device:
            if (!is_serial(f.serial)) {
                return FaultProblem(
                    "serial", "a serial is 1 to 40 printable characters without blank or =", ""
                );
            }
            return outside("refused_for", f.refused_s, 0.0, 1e6, "s");
        default: return std::nullopt;
    }
}

Problem physics_problem(const Fault& f) {
    constexpr double quarter_turn = 0.5 * std::numbers::pi;
    const double value = f.value.value_or(0.0);
    switch (f.kind) {
        case FaultKind::thermocouple_opens:
            if (f.value) {
                if (auto p = outside("shows", value, 1.0, 5000.0, "K")) {
                    return p;
                }
            }
            return outside("reacts_after", f.delay_s, 0.0, 1e6, "s");
        case FaultKind::furnace_runs_away: return outside("cut_out", value, 300.0, 2000.0, "K");
        case FaultKind::clamp_slips:
            if (auto p = outside("displacement", f.step_m, -0.01, 0.01, "m")) {
                return p;
            }
            return outside("stiffness_loss", value, 0.0, 0.99, "");
        case FaultKind::phase_jump:
            return outside("phase", value, -quarter_turn, quarter_turn, "rad");
        case FaultKind::drift:
            if (auto p = column_problem(f)) {
                return p;
            }
            return outside("rate", value, -10.0, 10.0, "a second");
        case FaultKind::stuck_value: return column_problem(f);
        case FaultKind::not_a_number:
            if (auto p = column_problem(f)) {
                return p;
            }
            if (std::ranges::find(not_numbers, f.word) == not_numbers.end()) {
                return FaultProblem(
                    "word", "unknown word '" + f.word + "'", "one of " + joined(not_numbers)
                );
            }
            return std::nullopt;
        case FaultKind::reboot: return outside("back_after", f.delay_s, 0.0, 1e6, "s");
        default: return std::nullopt;
    }
}

}  // namespace

std::span<const std::string_view> fault_words() {
    return words;
}

std::optional<FaultKind> fault_kind(std::string_view word) {
    const auto found = std::ranges::find(words, word);
    if (found == words.end()) {
        return std::nullopt;
    }
    return static_cast<FaultKind>(found - words.begin());
}

std::string_view to_word(FaultKind kind) {
    return words[static_cast<std::size_t>(kind)];
}

bool is_physics(FaultKind kind) {
    return kind >= FaultKind::specimen_breaks;
}

bool is_line_fault(FaultKind kind) {
    return kind <= FaultKind::endless_line || kind == FaultKind::baud_garbage;
}

std::span<const std::string_view> fault_keys(FaultKind kind) {
    static const std::vector<Keys> table = [] {
        std::vector<Keys> all;
        all.reserve(words.size());
        for (std::size_t k = 0; k < words.size(); ++k) {
            all.push_back(keys_of(static_cast<FaultKind>(k)));
        }
        return all;
    }();
    return table[static_cast<std::size_t>(kind)];
}

std::span<const std::string_view> fault_columns() {
    return columns;
}

Fault fault_of(FaultKind kind) {
    Fault fault;
    fault.kind = kind;
    switch (kind) {
        case FaultKind::late: fault.delay_s = 0.4; break;
        case FaultKind::split: fault.delay_s = 0.005; break;
        case FaultKind::merged: fault.delay_s = 0.2; break;
        case FaultKind::baud_garbage: fault.count = 20; break;
        case FaultKind::silence: fault.duration_s = 3.0; break;
        case FaultKind::thermocouple_opens:
            fault.value = 1645.15;  // 1372 degC, the end of type K's table: upscale burn-out
            fault.delay_s = 2.0;
            break;
        case FaultKind::furnace_runs_away: fault.value = 900.0; break;
        case FaultKind::clamp_slips: fault.value = 0.3; break;
        case FaultKind::phase_jump: fault.value = 0.05; break;
        case FaultKind::drift:
            fault.column = "dynamic_force_N";
            fault.value = 0.01 / 3600.0;
            break;
        case FaultKind::stuck_value: fault.column = "temperature_K"; break;
        case FaultKind::not_a_number:
            fault.column = "loss_modulus_Pa";
            fault.count = 1;
            break;
        case FaultKind::overload: fault.count = 1; break;
        case FaultKind::reboot: fault.delay_s = 3.0; break;
        default: break;
    }
    return fault;
}

std::optional<FaultProblem> problem_of(const Fault& fault) {
    for (const auto check : {&time_problem, &length_problem}) {
        if (Problem problem = check(fault)) {
            return problem;
        }
    }
    return is_physics(fault.kind) ? physics_problem(fault) : byte_problem(fault);
}

FaultScript FaultScript::bytes() const {
    FaultScript part;
    part.seed = seed;
    std::ranges::copy_if(faults, std::back_inserter(part.faults), [](const Fault& fault) {
        return !is_physics(fault.kind);
    });
    return part;
}

FaultScript FaultScript::physics() const {
    FaultScript part;
    part.seed = seed;
    std::ranges::copy_if(faults, std::back_inserter(part.faults), [](const Fault& fault) {
        return is_physics(fault.kind);
    });
    return part;
}

Result<void> check_faults(const FaultScript& script) {
    for (std::size_t i = 0; i < script.faults.size(); ++i) {
        if (const auto problem = problem_of(script.faults[i])) {
            return fail(
                Errc::invalid,
                std::string(to_word(script.faults[i].kind)) + ": " + problem->message,
                "faults[" + std::to_string(i) + "]",
                problem->hint
            );
        }
    }
    return {};
}

}  // namespace relaxd::simulator
