// SPDX-License-Identifier: MIT
//
// check_limits: what a Q800 cannot do is refused before any byte is sent.
#include "drivers/q800_class/method_lines.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

namespace relaxd::drivers::q800_class {
namespace {

using method::Executed;
using method::Method;
using method::Mode;
using method::Segment;
using method::SegmentKind;
using record::Specimen;

constexpr double slack = 1e-9;  // a bound given in K/min must not fail by rounding

tl::unexpected<Error> refused(std::string message, std::string where, std::string hint = {}) {
    return fail(Errc::refused, std::move(message), std::move(where), std::move(hint));
}

/// The part of a sentence that names it in a message.
std::string named(const Executed& executed) {
    return "segment " + std::to_string(executed.method_segment) + " \"" + executed.segment.text +
           "\"";
}

/// One quantity between its bounds, or a refusal that says which, where and the bound.
Result<void> within(
    double value,
    double low,
    double high,
    std::string_view what,
    std::string_view unit,
    const std::string& where
) {
    if (std::isfinite(value) && value >= low * (1.0 - slack) && value <= high * (1.0 + slack)) {
        return {};
    }
    const std::string shown = std::isfinite(value) ? to_text(value) : std::string("unknown");
    return refused(
        std::string(what) + " " + shown + " " + std::string(unit) + " is outside " + to_text(low) +
            " to " + to_text(high) + " " + std::string(unit) + ", what a Q800 can do",
        where
    );
}

/// What one method is checked against.
struct Check {
    const Method& method;
    const Specimen& specimen;
    const Limits& limits;
    std::string clamp;
};

Result<void> check_mode_and_clamp(const Check& c) {
    const Method& method = c.method;
    if (method.mode == Mode::torsion_forced || method.mode == Mode::torsion_free_decay ||
        method.mode == Mode::torsion_creep) {
        return refused(
            "mode " + std::string(to_word(method.mode)) + " is not one that a q800_class executes",
            "key 'mode'",
            "it is one of a torsion pendulum"
        );
    }
    if (std::find(clamps.begin(), clamps.end(), c.clamp) == clamps.end()) {
        return refused(
            c.clamp.empty() ? "neither the method nor the specimen names a clamp"
                            : "clamp " + c.clamp + " is not one of a Q800",
            "key 'clamp'",
            "single-cantilever, dual-cantilever, 3-point-bending, tension, compression or "
            "shear-sandwich"
        );
    }
    if (!method.clamp.empty() && !c.specimen.clamp.empty() && method.clamp != c.specimen.clamp) {
        return refused(
            "the method is for clamp " + method.clamp + ", the specimen is mounted in " +
                c.specimen.clamp,
            "key 'clamp'"
        );
    }
    const bool has_length = c.clamp == "tension" || c.clamp == "compression";
    if (method.reference_length == method::ReferenceLength::current && !has_length) {
        return refused(
            "clamp " + c.clamp + " measures no length of a specimen",
            "key 'reference_length'",
            "\"current\" is for tension and compression"
        );
    }
    return check_size(c.clamp, c.specimen);
}

/// A strain by the displacement that it takes.
Result<void> check_strain(const Check& c, double strain, const std::string& where) {
    if (strain < 0.0 && is_one_way(c.clamp)) {
        return refused(
            "a strain of " + to_text(strain) + " would let the specimen go slack in clamp " +
                c.clamp + ", which loads in one direction, the positive one",
            where
        );
    }
    const double displacement_m = displacement_for_strain_m(c.clamp, c.specimen, strain);
    if (std::abs(displacement_m) > c.limits.largest_amplitude_m * (1.0 + slack)) {
        return refused(
            "a strain of " + to_text(strain) + " on this specimen takes a displacement of " +
                to_text(std::abs(displacement_m)) + " m, more than the " +
                to_text(c.limits.largest_amplitude_m) + " m of a Q800",
            where
        );
    }
    return {};
}

Result<void> check_amplitude(const Check& c, double amplitude_m, const std::string& where) {
    return within(
        amplitude_m,
        c.limits.smallest_amplitude_m,
        c.limits.largest_amplitude_m,
        "amplitude",
        "m",
        where
    );
}

Result<void> check_strain_amplitude(const Check& c, double strain, const std::string& where) {
    const double amplitude_m = displacement_for_strain_m(c.clamp, c.specimen, strain);
    if (!(strain > 0.0)) {
        return refused("a strain amplitude is greater than 0", where);
    }
    if (std::isnan(amplitude_m)) {
        return {};
    }
    const std::string sentence =
        "a strain amplitude of " + to_text(strain) + " is on this specimen an amplitude of";
    return within(
        amplitude_m,
        c.limits.smallest_amplitude_m,
        c.limits.largest_amplitude_m,
        sentence,
        "m",
        where
    );
}

Result<void> check_amplitudes(const Check& c) {
    const Method& method = c.method;
    const bool is_multi = method.mode == Mode::multi_strain;
    if (is_multi ? method.amplitudes_m.empty() && method.strain_amplitudes.empty()
                 : method.amplitude_m == 0.0 && method.strain_amplitude == 0.0) {
        return refused(
            "an oscillation needs an amplitude of displacement or strain",
            is_multi ? "key 'amplitudes'" : "key 'amplitude'",
            is_multi ? "for example amplitudes = [\"5 um\", \"10 um\"]"
                     : "for example amplitude = \"15 um\" or strain_amplitude = \"0.05 %\""
        );
    }
    Result<void> ok;
    if (!is_multi && method.amplitude_m != 0.0) {
        return check_amplitude(c, method.amplitude_m, "key 'amplitude'");
    }
    if (!is_multi) {
        return check_strain_amplitude(c, method.strain_amplitude, "key 'strain_amplitude'");
    }
    for (const double amplitude_m : method.amplitudes_m) {
        ok = ok ? check_amplitude(c, amplitude_m, "key 'amplitudes'") : ok;
    }
    for (const double strain : method.strain_amplitudes) {
        ok = ok ? check_strain_amplitude(c, strain, "key 'strain_amplitudes'") : ok;
    }
    return ok;
}

Result<void> check_frequencies(const Check& c) {
    const Mode mode = c.method.mode;
    const bool is_needed =
        mode == Mode::multi_frequency_strain || mode == Mode::aging || mode == Mode::multi_strain;
    if (is_needed && c.method.frequencies_Hz.empty()) {
        return refused(
            "mode " + std::string(to_word(mode)) + " measures at given frequencies",
            "key 'frequencies'",
            "for example frequencies = [\"1 Hz\", \"2 Hz\"]"
        );
    }
    for (const double frequency_Hz : c.method.frequencies_Hz) {
        if (auto ok = within(
                frequency_Hz,
                c.limits.lowest_frequency_Hz,
                c.limits.highest_frequency_Hz,
                "frequency",
                "Hz",
                "key 'frequencies'"
            );
            !ok) {
            return ok;
        }
    }
    return {};
}

/// Static and dynamic force together are what the motor gives.
Result<void> check_forces(const Check& c) {
    const Method& method = c.method;
    const Limits& l = c.limits;
    const auto force = [&l](double value_N, const char* what, const char* key) {
        return within(value_N, l.lowest_force_N, l.force_N, what, "N", key);
    };
    Result<void> ok;
    if (method.preload_N && *method.preload_N != 0.0) {
        ok = force(*method.preload_N, "preload", "key 'preload'");
    }
    const double greatest_N = greatest_dynamic_force_N(method, c.clamp, l.force_N);
    if (ok && method.minimum_dynamic_force_N) {
        ok = within(
            *method.minimum_dynamic_force_N,
            l.lowest_force_N,
            greatest_N,
            "minimum dynamic force",
            "N",
            "key 'minimum_dynamic_force'"
        );
    }
    if (ok && method.maximum_dynamic_force_N) {
        ok = within(
            *method.maximum_dynamic_force_N,
            l.lowest_force_N,
            greatest_N,
            "maximum dynamic force, with the static force that belongs to it,",
            "N",
            "key 'maximum_dynamic_force'"
        );
    }
    return ok;
}

Result<void> check_head(const Check& c) {
    Result<void> ok = check_mode_and_clamp(c);
    if (ok && is_oscillation(c.method.mode)) {
        ok = check_amplitudes(c);
        ok = ok ? check_frequencies(c) : ok;
    }
    ok = ok ? check_forces(c) : ok;
    if (ok && c.method.mode == Mode::isostrain) {
        ok = c.method.strain != 0.0
                 ? check_strain(c, c.method.strain, "key 'strain'")
                 : refused("mode isostrain holds a strain", "key 'strain'", "strain = \"0.1 %\"");
    }
    return ok;
}

Result<void> check_ramp(
    const Executed& executed, std::optional<double> from_K, const Limits& limits
) {
    const Segment& s = executed.segment;
    const bool cools = from_K && s.temperature_K < *from_K;
    const double bound = cools ? limits.fastest_cooling_K_per_s : limits.fastest_heating_K_per_s;
    if (s.rate_K_per_s > 0.0 && s.rate_K_per_s <= bound * (1.0 + slack)) {
        return {};
    }
    return refused(
        std::string(cools ? "cooling" : "heating") + " at " + to_text(s.rate_K_per_s * 60.0) +
            " K/min is faster than " + to_text(std::round(bound * 60.0)) +
            " K/min, the bound of a Q800",
        named(executed)
    );
}

Result<void> check_sweep(const Check& c, const Executed& executed) {
    const Segment& s = executed.segment;
    for (const double frequency_Hz : {s.frequency_first_Hz, s.frequency_last_Hz}) {
        if (auto ok = within(
                frequency_Hz,
                c.limits.lowest_frequency_Hz,
                c.limits.highest_frequency_Hz,
                "frequency",
                "Hz",
                named(executed)
            );
            !ok) {
            return ok;
        }
    }
    if (s.frequency_last_Hz < s.frequency_first_Hz) {
        return refused(
            "this instrument sweeps from low to high frequency only",
            named(executed),
            "write the lower frequency first"
        );
    }
    return {};
}

Result<void> check_stress(const Check& c, const Executed& executed) {
    const double force_N = force_for_stress_N(c.clamp, c.specimen, executed.segment.stress_Pa);
    if (std::isfinite(force_N) && std::abs(force_N) > c.limits.force_N * (1.0 + slack)) {
        return refused(
            "a stress of " + to_text(executed.segment.stress_Pa) +
                " Pa on this specimen takes about " + to_text(std::abs(force_N)) +
                " N, more than the " + to_text(c.limits.force_N) + " N of a Q800",
            named(executed)
        );
    }
    return {};
}

Result<void> check_force_ramp(const Check& c, const Executed& executed) {
    const double force_N = executed.segment.force_N;
    if (force_N < 0.0 && is_one_way(c.clamp)) {
        return refused(
            "a force of " + to_text(force_N) + " N would let the specimen go slack in clamp " +
                c.clamp + ", which loads in one direction, the positive one",
            named(executed)
        );
    }
    if (force_N == 0.0) {
        return {};
    }
    return within(
        std::abs(force_N), c.limits.lowest_force_N, c.limits.force_N, "force", "N", named(executed)
    );
}

Result<void> check_temperature(
    const Check& c, const Executed& executed, std::optional<double>& set_K
) {
    const double temperature_K = executed.segment.temperature_K;
    if (executed.segment.kind == SegmentKind::ramp) {
        if (auto ok = check_ramp(executed, set_K, c.limits); !ok) {
            return ok;
        }
    }
    set_K = temperature_K;
    return within(
        temperature_K,
        c.limits.lowest_temperature_K,
        c.limits.highest_temperature_K,
        "temperature",
        "K",
        named(executed)
    );
}

Result<void> check_segment(const Check& c, const Executed& executed, std::optional<double>& set_K) {
    const Segment& s = executed.segment;
    if (!is_possible(c.method.mode, s.kind)) {
        return refused(
            "mode " + std::string(to_word(c.method.mode)) + " cannot execute this sentence",
            named(executed)
        );
    }
    switch (s.kind) {
        case SegmentKind::ramp:
        case SegmentKind::equilibrate:
        case SegmentKind::jump: return check_temperature(c, executed, set_K);
        case SegmentKind::frequency_sweep: return check_sweep(c, executed);
        case SegmentKind::displace: return check_stress(c, executed);
        case SegmentKind::strain_rate:
        case SegmentKind::hold_strain: return check_strain(c, s.strain, named(executed));
        case SegmentKind::force_ramp: return check_force_ramp(c, executed);
        case SegmentKind::recover:
        case SegmentKind::isothermal:
        case SegmentKind::isothermal_until:
        case SegmentKind::sampling_interval:
        case SegmentKind::sampling_log:
        case SegmentKind::data_storage:
        case SegmentKind::measure_length: return {};
        case SegmentKind::increment:
        case SegmentKind::repeat_until:
        case SegmentKind::repeat_times:
        case SegmentKind::twist: break;
    }
    return refused("a q800_class cannot execute this sentence", named(executed));
}

}  // namespace

Result<void> check_limits(const Method& method, const Specimen& specimen, const Limits& limits) {
    const Check c{method, specimen, limits, clamp_of(method, specimen)};
    if (auto ok = check_head(c); !ok) {
        return ok;
    }
    auto unrolled = method::expand(method);
    if (!unrolled) {
        return fail(unrolled.error());
    }
    if (unrolled->empty()) {
        return refused("the method has no segment", "key 'segments'");
    }
    std::optional<double> set_K;
    for (const Executed& executed : *unrolled) {
        if (auto ok = check_segment(c, executed, set_K); !ok) {
            return ok;
        }
    }
    auto lines = method_lines(method, specimen);
    return lines ? Result<void>() : fail(lines.error());
}

}  // namespace relaxd::drivers::q800_class
