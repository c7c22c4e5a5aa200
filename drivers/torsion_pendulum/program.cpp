// SPDX-License-Identifier: MIT
#include "drivers/torsion_pendulum/program.hpp"

#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>

namespace relaxd::drivers::torsion_pendulum {

using method::Mode;
using method::SegmentKind;

namespace {

constexpr double samples_per_period_min = 8.0;  ///< The third harmonic stays below the Nyquist.
constexpr double window_scans_max = 4e6;        ///< Two windows of two channels: 64 MB.
constexpr double decay_interval_min_s = 2.0;

tl::unexpected<Error> refused(std::string why, std::string hint = {}) {
    return fail(Errc::refused, std::move(why), {}, std::move(hint));
}

tl::unexpected<Error> cannot(
    const method::Executed& one, const std::string& why, std::string hint = {}
) {
    return fail(
        Errc::refused,
        "segment " + std::to_string(one.method_segment) + ", '" + one.segment.text + "': " + why,
        {},
        std::move(hint)
    );
}

/// Empty where the quantity can be set so; else why not.
std::string why_not(
    const std::vector<Quantity>& of, const std::string& name, double value, const char* whose
) {
    const Quantity* const found = find_quantity(of, name);
    if (found == nullptr || !found->is_settable) {
        return std::string("the ") + whose + " has no " + name + " to set";
    }
    const double slack = 1e-9 * std::abs(value);
    if (value < found->lowest - slack) {
        return name + " = " + to_text(value) + " is below " + to_text(found->lowest) +
               ", the lowest of the " + whose;
    }
    if (value > found->highest + slack) {
        return name + " = " + to_text(value) + " is above " + to_text(found->highest) +
               ", the highest of the " + whose;
    }
    return {};
}

class Maker {
  public:
    Maker(
        const Composition& composition,
        const Abilities& abilities,
        const method::Method& method,
        const record::Specimen& specimen
    )
        : composition_(composition), abilities_(abilities), method_(method), specimen_(specimen) {}

    Result<Program> make() {
        for (auto step : {&Maker::check_mode, &Maker::find_amplitude, &Maker::find_frequencies}) {
            if (auto done = (this->*step)(); !done) {
                return fail(done.error());
            }
        }
        const auto executed = method::expand(method_);
        if (!executed) {
            return fail(executed.error());
        }
        for (const method::Executed& one : *executed) {
            if (auto done = add(one); !done) {
                return fail(done.error());
            }
        }
        return std::move(program_);
    }

  private:
    Result<void> check_mode() {
        program_.mode = method_.mode;
        program_.cycles = method_.torsion.cycles;
        program_.windows_at_most = method_.torsion.windows_at_most;
        program_.angle_noise_rad_per_sqrtHz =
            composition_.angle_noise_V_per_sqrtHz / composition_.angle_V_per_rad.value;
        const bool is_ours = method_.mode == Mode::torsion_forced ||
                             method_.mode == Mode::torsion_free_decay ||
                             method_.mode == Mode::torsion_creep;
        if (!is_ours) {
            return refused(
                "a torsion pendulum cannot do mode '" + std::string(method::to_word(method_.mode)) +
                    "'",
                "its modes are torsion-forced, torsion-free-decay, torsion-creep"
            );
        }
        for (const std::string& clamp : {method_.clamp, specimen_.clamp}) {
            if (!clamp.empty() && clamp != "torsion") {
                return refused(
                    "a torsion pendulum has no clamp '" + clamp + "'", "write clamp = \"torsion\""
                );
            }
        }
        if (method_.amplitude_m != 0.0) {
            return refused(
                "key 'amplitude': a torsion pendulum has no displacement to set",
                "write strain_amplitude, torque_amplitude or drive_amplitude"
            );
        }
        if (method_.mode != Mode::torsion_forced && !abilities_.has_digitiser) {
            return refused(
                "mode '" + std::string(method::to_word(method_.mode)) +
                    "' needs the angle over time, and no part digitises it",
                "give the roles angle and torque to a digitiser too"
            );
        }
        return {};
    }

    Result<void> find_amplitude() {
        const method::TorsionSettings& asked = method_.torsion;
        Amplitude& out = program_.amplitude;
        if (method_.mode == Mode::torsion_creep) {
            return check_torque(asked.torque_N_m, "key 'torque'");
        }
        if (asked.torque_amplitude_N_m > 0.0) {
            out.drive_V = asked.torque_amplitude_N_m / composition_.torque_N_m_per_drive_V();
            return check_torque(asked.torque_amplitude_N_m, "key 'torque_amplitude'");
        }
        if (asked.drive_amplitude_V > 0.0) {
            out.drive_V = asked.drive_amplitude_V;
            return check_drive(out.drive_V, "key 'drive_amplitude'");
        }
        if (asked.deflection_rad > 0.0) {
            out.angle_rad = asked.deflection_rad;
            return {};
        }
        if (method_.strain_amplitude > 0.0) {
            const Result<double> per_rad = strain_per_rad(specimen_);
            if (!per_rad) {
                return fail(per_rad.error());
            }
            out.angle_rad = method_.strain_amplitude / *per_rad;
            return {};
        }
        return refused(
            "the method says no amplitude",
            "write strain_amplitude = \"0.001 %\", torque_amplitude = \"1e-6 N m\" or "
            "drive_amplitude = \"0.5 V\""
        );
    }

    Result<void> check_drive(double drive_V, const std::string& whose) const {
        const double limit_V = composition_.drive_limit_V;
        if (std::abs(drive_V) > limit_V * (1.0 + 1e-9)) {
            return refused(
                whose + ": " + to_text(std::abs(drive_V)) + " V at the excitation is above " +
                    to_text(limit_V) + " V, drive_limit_V",
                "the largest torque is " +
                    to_text(limit_V * composition_.torque_N_m_per_drive_V()) + " N m"
            );
        }
        return {};
    }

    Result<void> check_torque(double torque_N_m, const std::string& whose) const {
        return check_drive(torque_N_m / composition_.torque_N_m_per_drive_V(), whose);
    }

    /// Can this frequency be excited and measured?
    [[nodiscard]] std::string why_not_at(double frequency_Hz) const {
        std::string why =
            why_not(abilities_.excitation, "frequency_Hz", frequency_Hz, "excitation");
        if (!why.empty() || is_by_lock_in(composition_, abilities_, frequency_Hz)) {
            return why;
        }
        const double rate_Hz = composition_.sample_rate_Hz;
        if (frequency_Hz * samples_per_period_min > rate_Hz) {
            return to_text(frequency_Hz) + " Hz leaves fewer than " +
                   to_text(samples_per_period_min) +
                   " samples a period at sample_rate_Hz = " + to_text(rate_Hz);
        }
        const double scans = method_.torsion.cycles / frequency_Hz * rate_Hz;
        if (scans > window_scans_max) {
            return std::to_string(method_.torsion.cycles) + " cycles of " + to_text(frequency_Hz) +
                   " Hz are " + to_text(scans) + " samples, more than " +
                   to_text(window_scans_max) + "; use fewer cycles or a lower sample_rate_Hz";
        }
        return {};
    }

    Result<void> find_frequencies() {
        std::vector<double> all = method_.frequencies_Hz;
        if (method_.torsion.reference_frequency_Hz > 0.0) {
            all.push_back(method_.torsion.reference_frequency_Hz);
        }
        if (method_.mode == Mode::torsion_creep && !all.empty()) {
            return refused("mode 'torsion-creep' has no frequencies", "leave the key out");
        }
        for (const double frequency_Hz : all) {
            if (const std::string why = why_not_at(frequency_Hz); !why.empty()) {
                return refused(why);
            }
        }
        if (method_.mode != Mode::torsion_free_decay) {
            return check_offset();
        }
        if (all.size() > 1) {
            return refused(
                "a free decay is excited at one frequency, the method names " +
                    std::to_string(all.size()),
                "name one, or none to deflect by a constant torque"
            );
        }
        if (all.size() == 1) {
            program_.decay_frequency_Hz = all.front();
            return {};
        }
        return check_offset();
    }

    Result<void> check_offset() const {
        if (method_.mode == Mode::torsion_forced) {
            return {};
        }
        const std::string why = why_not(abilities_.excitation, "offset_V", 0.0, "excitation");
        if (!why.empty()) {
            return refused(
                "a constant torque is needed, and " + why,
                "for a free decay name a frequency to excite it at"
            );
        }
        return {};
    }

    Result<void> add(const method::Executed& one) {
        const method::Segment& segment = one.segment;
        now_.segment = one.number;
        now_.is_check = one.is_check;
        now_.duration_s = segment.duration_s;
        now_.torque_N_m = 0.0;
        now_.asks.clear();
        switch (segment.kind) {
            case SegmentKind::sampling_interval:
                now_.interval_s = segment.interval_s;
                now_.points_per_decade = 0;
                return {};
            case SegmentKind::sampling_log:
                now_.points_per_decade = segment.points_per_decade;
                now_.start_s = segment.start_s;
                return {};
            case SegmentKind::data_storage: now_.stores = segment.on; return {};
            case SegmentKind::equilibrate: now_.kind = StepKind::equilibrate; break;
            case SegmentKind::jump: now_.kind = StepKind::jump; break;
            case SegmentKind::ramp: now_.kind = StepKind::ramp; break;
            case SegmentKind::isothermal:
            case SegmentKind::isothermal_until: now_.kind = StepKind::isothermal; break;
            case SegmentKind::frequency_sweep: now_.kind = StepKind::sweep; break;
            case SegmentKind::twist:
            case SegmentKind::recover: now_.kind = StepKind::torque; break;
            default:
                return cannot(
                    one,
                    "a torsion pendulum cannot do this",
                    "it does Equilibrate, Isothermal, Ramp, Jump, Increment, Repeat, Frequency "
                    "sweep; Twist and Recover in mode torsion-creep"
                );
        }
        if (auto done = fill(one); !done) {
            return done;
        }
        program_.steps.push_back(now_);
        return {};
    }

    Result<void> fill(const method::Executed& one) {
        switch (now_.kind) {
            case StepKind::equilibrate:
            case StepKind::jump:
            case StepKind::ramp: {
                auto done = fill_temperature(one);
                return done && now_.kind == StepKind::ramp ? fill_asks(one) : done;
            }
            case StepKind::isothermal: return fill_isothermal(one);
            case StepKind::sweep: return fill_sweep(one);
            case StepKind::torque:
                now_.torque_N_m = one.segment.torque_N_m;
                return check_torque(now_.torque_N_m, "'" + one.segment.text + "'");
        }
        return {};
    }

    Result<void> fill_temperature(const method::Executed& one) {
        now_.temperature_K = one.segment.temperature_K;
        now_.rate_K_per_s = one.segment.rate_K_per_s;
        std::string why =
            why_not(abilities_.temperature, "set_temperature_K", now_.temperature_K, "controller");
        if (why.empty() && now_.kind == StepKind::ramp) {
            why = why_not(abilities_.temperature, "ramp_K_per_s", now_.rate_K_per_s, "controller");
        }
        if (!why.empty()) {
            return cannot(one, why);
        }
        return {};
    }

    /// The method's frequencies in turn, of an isotherm or a ramp.
    Result<void> fill_asks(const method::Executed& one) {
        if (program_.mode == Mode::torsion_forced) {
            for (const double frequency_Hz : method_.frequencies_Hz) {
                now_.asks.emplace_back(frequency_Hz, false);
            }
        }
        if (now_.kind == StepKind::ramp && program_.mode != Mode::torsion_forced && now_.stores) {
            return cannot(
                one,
                "a decay or a creep test in a ramp has no temperature",
                "use Jump to and Isothermal for, or Data storage off"
            );
        }
        return {};
    }

    Result<void> fill_isothermal(const method::Executed& one) {
        if (program_.mode == Mode::torsion_creep) {
            now_.torque_N_m = method_.torsion.torque_N_m;
        }
        if (program_.mode == Mode::torsion_free_decay && now_.stores &&
            now_.interval_s < decay_interval_min_s) {
            return cannot(
                one,
                "a decay every " + to_text(now_.interval_s) + " s is no decay",
                "put \"Sampling interval 60 s/pt\" before it: that is one decay each minute"
            );
        }
        return fill_asks(one);
    }

    Result<void> fill_sweep(const method::Executed& one) {
        const method::Segment& segment = one.segment;
        const double reference_Hz = method_.torsion.reference_frequency_Hz;
        const int every = method_.torsion.reference_every;
        const bool has_reference = reference_Hz > 0.0;
        if (has_reference) {
            now_.asks.emplace_back(reference_Hz, true);
        }
        const std::vector<double> all = method::sweep_frequencies_Hz(
            segment.frequency_first_Hz, segment.frequency_last_Hz, segment.points_per_decade
        );
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (const std::string why = why_not_at(all[i]); !why.empty()) {
                return cannot(one, why);
            }
            const bool comes_back =
                has_reference && every > 0 && i > 0 && i % static_cast<std::size_t>(every) == 0;
            if (comes_back) {
                now_.asks.emplace_back(reference_Hz, true);
            }
            now_.asks.emplace_back(all[i], false);
        }
        if (has_reference) {
            now_.asks.emplace_back(reference_Hz, true);
        }
        return {};
    }

    const Composition& composition_;
    const Abilities& abilities_;
    const method::Method& method_;
    const record::Specimen& specimen_;
    Program program_;
    Step now_;
};

}  // namespace

const Quantity* find_quantity(const std::vector<Quantity>& quantities, const std::string& name) {
    const auto found = std::ranges::find(quantities, name, &Quantity::name);
    return found == quantities.end() ? nullptr : &*found;
}

double Step::due_s(int k) const {
    if (points_per_decade > 0) {
        return start_s * std::pow(10.0, static_cast<double>(k) / points_per_decade);
    }
    return static_cast<double>(k + 1) * interval_s;
}

bool is_by_lock_in(
    const Composition& composition, const Abilities& abilities, double frequency_Hz
) {
    if (!abilities.has_digitiser) {
        return true;
    }
    return (abilities.has_lock_in || abilities.has_analyser) &&
           frequency_Hz >= composition.lock_in_above_Hz;
}

Result<double> strain_per_rad(const record::Specimen& specimen) {
    const double length_m = specimen.length_m;
    const auto said = specimen.extra.find("diameter_m");
    const auto diameter_m =
        said == specimen.extra.end() ? std::optional<double>() : to_double(said->second);
    if (length_m > 0.0 && diameter_m && *diameter_m > 0.0) {
        return *diameter_m / 2.0 / length_m;
    }
    const double a_m = std::fmax(specimen.width_m, specimen.thickness_m);
    const double b_m = std::fmin(specimen.width_m, specimen.thickness_m);
    if (!(length_m > 0.0 && specimen.width_m > 0.0 && specimen.thickness_m > 0.0)) {
        return refused(
            "a strain needs the specimen's length, width and thickness, and one is not known",
            "say them in the specimen, or write torque_amplitude or drive_amplitude"
        );
    }
    double sum = 0.0;
    for (int n = 1; n < 40; n += 2) {  // INSTRUMENTS 8.1: 20 terms
        sum += 1.0 / (n * n * std::cosh(n * std::numbers::pi * a_m / (2.0 * b_m)));
    }
    const double kappa = 1.0 - 8.0 / (std::numbers::pi * std::numbers::pi) * sum;
    return kappa * b_m / length_m;
}

Result<Program> program_of(
    const Composition& composition,
    const Abilities& abilities,
    const method::Method& method,
    const record::Specimen& specimen
) {
    return Maker(composition, abilities, method, specimen).make();
}

}  // namespace relaxd::drivers::torsion_pendulum
