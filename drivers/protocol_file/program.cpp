// SPDX-License-Identifier: MIT
#include "drivers/protocol_file/program.hpp"

#include "drivers/protocol_file/part.hpp"
#include "schema/base/number.hpp"

#include <cmath>
#include <utility>

namespace relaxd::drivers::protocol_file {

using method::SegmentKind;

namespace {

tl::unexpected<Error> cannot(const method::Executed& one, const std::string& why) {
    return fail(
        Errc::refused,
        "segment " + std::to_string(one.method_segment) + ", '" + one.segment.text + "': " + why,
        {},
        "a described device does Equilibrate, Isothermal for, Ramp, Jump, Sampling, Data storage "
        "and repeats"
    );
}

bool moves_temperature(SegmentKind kind) {
    return kind == SegmentKind::equilibrate || kind == SegmentKind::ramp ||
           kind == SegmentKind::jump;
}

Result<void> check_temperature(
    const protocol::Description& description, const method::Executed& one
) {
    const Result<void> allowed =
        check_set_point(description, "set_temperature_K", one.segment.temperature_K);
    if (!allowed) {
        return cannot(one, allowed.error().message);
    }
    if (one.segment.kind == SegmentKind::equilibrate &&
        description.find_measured("temperature_K") == nullptr) {
        return cannot(one, "the device measures no temperature");
    }
    return {};
}

/// Settings of sampling change `now`, the others become a step.
Result<void> add(
    const protocol::Description& description,
    const method::Executed& one,
    Step& now,
    std::vector<Step>& steps
) {
    const method::Segment& segment = one.segment;
    if (moves_temperature(segment.kind)) {
        auto checked = check_temperature(description, one);
        if (!checked) {
            return checked;
        }
    }
    now.segment = one.number;
    now.temperature_K = segment.temperature_K;
    now.rate_K_per_s = segment.rate_K_per_s;
    now.duration_s = segment.duration_s;
    switch (segment.kind) {
        case SegmentKind::equilibrate: now.kind = StepKind::equilibrate; break;
        case SegmentKind::isothermal: now.kind = StepKind::isothermal; break;
        case SegmentKind::ramp: now.kind = StepKind::ramp; break;
        case SegmentKind::jump: now.kind = StepKind::jump; break;
        case SegmentKind::sampling_interval:
            now.interval_s = segment.interval_s;
            now.points_per_decade = 0;
            return {};
        case SegmentKind::sampling_log:
            now.points_per_decade = segment.points_per_decade;
            now.start_s = segment.start_s;
            return {};
        case SegmentKind::data_storage: now.stores = segment.on; return {};
        default: return cannot(one, "the device cannot do this");
    }
    steps.push_back(now);
    return {};
}

Result<std::optional<double>> frequency_of(
    const protocol::Description& description, const method::Method& method
) {
    const bool can_be_set = description.find_set("frequency_Hz") != nullptr;
    if (method.mode == method::Mode::torsion_creep && method.frequencies_Hz.empty()) {
        return std::optional<double>();
    }
    if (method.mode != method::Mode::torsion_forced) {
        return fail(
            Errc::refused,
            "a device described in a file cannot do mode '" +
                std::string(method::to_word(method.mode)) + "'",
            description.source,
            "use mode 'torsion-forced', or 'torsion-creep' without 'frequencies' to record only"
        );
    }
    if (method.frequencies_Hz.size() != 1) {
        return fail(
            Errc::refused,
            "the device has one frequency at a time, the method names " +
                std::to_string(method.frequencies_Hz.size()),
            description.source,
            "name one frequency a run"
        );
    }
    if (!can_be_set) {
        return fail(
            Errc::refused,
            "the device cannot be set to a frequency",
            description.source,
            "use mode 'torsion-creep' without 'frequencies' to record only"
        );
    }
    const Result<void> allowed =
        check_set_point(description, "frequency_Hz", method.frequencies_Hz.front());
    if (!allowed) {
        return fail(allowed.error());
    }
    return std::optional<double>(method.frequencies_Hz.front());
}

}  // namespace

double Step::due_s(int k) const {
    if (points_per_decade > 0 && kind == StepKind::isothermal) {
        return start_s * std::pow(10.0, static_cast<double>(k) / points_per_decade);
    }
    return static_cast<double>(k + 1) * interval_s;
}

Result<Program> program_of(const protocol::Description& description, const method::Method& method) {
    Program program;
    auto frequency = frequency_of(description, method);
    if (!frequency) {
        return fail(frequency.error());
    }
    program.frequency_Hz = *frequency;
    if (method.amplitude_m > 0.0) {
        return fail(
            Errc::refused,
            "key 'amplitude': the device has no displacement to set",
            description.source,
            "its drive is set by [start] of the description"
        );
    }
    const method::TorsionSettings& asked = method.torsion;
    if (asked.torque_amplitude_N_m != 0.0 || asked.drive_amplitude_V != 0.0 ||
        asked.torque_N_m != 0.0 || method.strain_amplitude != 0.0) {
        return fail(
            Errc::refused,
            "an amplitude or a torque is asked for, and the device has no drive to set",
            description.source,
            "its drive is set by [start] of the description"
        );
    }
    const auto executed = method::expand(method);
    if (!executed) {
        return fail(executed.error());
    }
    Step now;
    for (const method::Executed& one : *executed) {
        const Result<void> added = add(description, one, now, program.steps);
        if (!added) {
            return fail(added.error());
        }
    }
    return program;
}

}  // namespace relaxd::drivers::protocol_file
