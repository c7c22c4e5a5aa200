// SPDX-License-Identifier: MIT
#include "model/geometry/torsion_machine.hpp"

#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace relaxd::model {

namespace {

constexpr double two_pi = 2.0 * std::numbers::pi;
constexpr double beyond_factor = 2.0;  // of frequencies and pressures of a set: chosen
constexpr std::size_t frame_columns = 3;

const Complex i(0.0, 1.0);

void add(Covariance2& sum, Complex d, double variance) {
    sum.rr += variance * d.real() * d.real();
    sum.ri += variance * d.real() * d.imag();
    sum.ii += variance * d.imag() * d.imag();
}

/// J cov J^T of complex columns.
Covariance2 propagated(const std::vector<Complex>& columns, const std::vector<double>& covariance) {
    const std::size_t n = columns.size();
    Covariance2 sum;
    for (std::size_t a = 0; a < n; ++a) {
        for (std::size_t b = 0; b < n; ++b) {
            const double c = covariance[a * n + b];
            sum.rr += c * columns[a].real() * columns[b].real();
            sum.ri += c * columns[a].real() * columns[b].imag();
            sum.ii += c * columns[a].imag() * columns[b].imag();
        }
    }
    return sum;
}

Result<void> check_fact(const Measured& number, const char* name, bool may_be_negative) {
    if (std::isnan(number.value)) {
        return {};
    }
    if (!std::isfinite(number.value) || (number.value < 0.0 && !may_be_negative) ||
        !(number.sigma >= 0.0)) {
        return fail(
            Errc::invalid,
            std::string(name) + " cannot be " +
                (std::isfinite(number.value) ? to_text(number.value) : "infinite"),
            std::string("instrument.pendulum: ") + name,
            "SI, with a standard deviation that is not negative (" + std::string(name) + "_sigma)"
        );
    }
    return {};
}

double or_zero(double x) {
    return std::isfinite(x) ? x : 0.0;
}

Result<void> check_columns(const record::Calibration& set, bool fine) {
    if (!fine) {
        return fail(
            Errc::invalid,
            "the table is not one of kind " + set.kind,
            "calibration " + set.name,
            "make it again: relaxctl calibration make"
        );
    }
    return record::check(set);
}

}  // namespace

bool PendulumScale::is_known() const {
    return std::isfinite(angle_V_per_rad.value) && std::isfinite(torque_N_m_per_V.value);
}

double PendulumScale::relative_sigma() const {
    return is_known() ? std::hypot(
                            angle_V_per_rad.sigma / angle_V_per_rad.value,
                            torque_N_m_per_V.sigma / torque_N_m_per_V.value
                        )
                      : 0.0;
}

double scale_ratio(const record::Calibration& set, const PendulumScale& scale) {
    const record::CalibrationNumber* own = set.number(number_scale);
    if (own == nullptr || !(own->value > 0.0) || !scale.is_known()) {
        return 1.0;
    }
    return scale.stiffness_per_ratio_N_m() / own->value;
}

Measured fact_of(const std::vector<record::RunFact>& facts, std::string_view name) {
    Measured out;
    for (const record::RunFact& fact : facts) {
        if (fact.name == name) {
            out.value = fact.value;
            out.sigma = std::isfinite(fact.sigma) ? fact.sigma : 0.0;
        }
    }
    return out;
}

// C is linear in ln p between the pressures at which it was measured, and the nearest beyond.
Complex PendulumBackground::at(Complex s_per_s, double shown_Pa, std::vector<Complex>* slopes)
    const {
    const double pressure_Pa = counted_pressure_Pa(shown_Pa);
    std::vector<Complex> by(size());
    by[inertia] = s_per_s * s_per_s;
    by[wire] = 1.0;
    by[wire_loss] = 2.0 / std::numbers::pi * std::log(s_per_s / (two_pi * i)) + i;
    std::size_t low = 0;
    std::size_t high = 0;
    double weight = 0.0;
    const std::vector<double>& p = pressures_Pa;
    if (p.size() > 1 && pressure_Pa > p.front()) {
        const auto above = std::upper_bound(p.begin(), p.end(), pressure_Pa);
        high = std::min(static_cast<std::size_t>(above - p.begin()), p.size() - 1);
        low = above == p.end() ? high : high - 1;
        weight = high == low ? 0.0 : std::log(pressure_Pa / p[low]) / std::log(p[high] / p[low]);
    }
    by[damping + low] += (1.0 - weight) * s_per_s;
    by[damping + high] += weight * s_per_s;
    Complex sum{};
    for (std::size_t k = 0; k < size(); ++k) {
        sum += values[k] * by[k];
    }
    if (slopes != nullptr) {
        *slopes = std::move(by);
    }
    return sum;
}

bool PendulumBackground::is_outside(double shown_Pa) const {
    const double pressure_Pa = counted_pressure_Pa(shown_Pa);
    return !pressures_Pa.empty() && std::isfinite(pressure_Pa) &&
           (pressure_Pa * beyond_factor < pressures_Pa.front() ||
            pressure_Pa > beyond_factor * pressures_Pa.back());
}

PendulumBackground nominal_background(const std::vector<record::RunFact>& facts) {
    const Measured I = fact_of(facts, "inertia_kg_m2");
    const Measured K = fact_of(facts, "wire_N_m");
    const Measured tan = fact_of(facts, "wire_tan_phi");
    const Measured C = fact_of(facts, "damping_N_m_s");
    const double wire = or_zero(K.value);
    const double loss = or_zero(tan.value);
    PendulumBackground out;
    out.values = {or_zero(I.value), wire, wire * loss, 0.0, or_zero(C.value)};
    const std::size_t n = out.size();
    out.covariance.assign(n * n, 0.0);
    const auto put = [&out, n](std::size_t a, std::size_t b, double c) {
        out.covariance[a * n + b] = c;
        out.covariance[b * n + a] = c;
    };
    using B = PendulumBackground;
    put(B::inertia, B::inertia, I.sigma * I.sigma);
    put(B::wire, B::wire, K.sigma * K.sigma);
    put(B::wire, B::wire_loss, loss * K.sigma * K.sigma);
    put(B::wire_loss,
        B::wire_loss,
        loss * loss * K.sigma * K.sigma + wire * wire * tan.sigma * tan.sigma);
    put(B::damping, B::damping, C.sigma * C.sigma);
    return out;
}

Result<PendulumBackground> background_of(const record::Calibration& set, double scale) {
    const std::size_t n = set.columns.size();
    const bool fine = set.kind == kind_pendulum_empty && n > PendulumBackground::damping &&
                      set.nodes.size() == 1 && set.columns.front() == "inertia_kg_m2";
    if (const auto done = check_columns(set, fine); !done) {
        return fail(done.error());
    }
    const record::CalibrationNode& node = set.nodes.front();
    PendulumBackground out;
    out.is_of_scale = true;
    out.values = node.values;
    out.covariance = node.covariance;
    for (std::size_t a = 0; a < n; ++a) {
        const double by_a = a == PendulumBackground::delay ? 1.0 : scale;
        out.values[a] *= by_a;
        for (std::size_t b = 0; b < n; ++b) {
            out.covariance[a * n + b] *= by_a * (b == PendulumBackground::delay ? 1.0 : scale);
        }
    }
    for (std::size_t k = 1; k <= n - PendulumBackground::damping; ++k) {
        if (const auto* p = set.number("pressure_" + std::to_string(k) + "_Pa")) {
            out.pressures_Pa.push_back(p->value);
        }
    }
    const bool ascends = std::is_sorted(out.pressures_Pa.begin(), out.pressures_Pa.end());
    const bool counts = out.pressures_Pa.size() == n - PendulumBackground::damping ||
                        (out.pressures_Pa.empty() && n == PendulumBackground::damping + 1);
    if (const auto done = check_columns(set, ascends && counts); !done) {
        return fail(done.error());
    }
    return out;
}

Result<PendulumMachine> PendulumMachine::make(
    const std::vector<record::RunFact>& facts,
    const PendulumScale& scale,
    std::optional<record::Calibration> empty,
    std::optional<record::Calibration> bar
) {
    for (const auto& [name, may_be_negative] :
         {std::pair{"inertia_kg_m2", false},
          std::pair{"wire_N_m", true},
          std::pair{"wire_tan_phi", false},
          std::pair{"damping_N_m_s", false},
          std::pair{"clamp_rad_per_N_m", false}}) {
        if (const auto fine = check_fact(fact_of(facts, name), name, may_be_negative); !fine) {
            return fail(fine.error());
        }
    }
    PendulumMachine out;
    out.scale_relative_sigma_ = scale.relative_sigma();
    out.background_ = nominal_background(facts);
    if (empty) {
        auto background = background_of(*empty, scale_ratio(*empty, scale));
        if (!background) {
            return fail(background.error());
        }
        out.background_ = std::move(*background);
    } else if (!(fact_of(facts, "inertia_kg_m2").value > 0.0)) {
        return fail(
            Errc::invalid,
            "the pendulum's moving inertia is not known",
            "instrument.pendulum: inertia_kg_m2",
            "say it, or name a calibration set of kind pendulum_empty"
        );
    }
    const Measured clamp = fact_of(facts, "clamp_rad_per_N_m");
    out.clamp_rad_per_N_m_ = {or_zero(clamp.value), clamp.sigma};
    if (bar) {
        const bool fine = bar->kind == kind_pendulum_bar && bar->columns.size() == frame_columns &&
                          !bar->nodes.empty() && std::isfinite(bar->nodes.front().frequency_Hz);
        if (const auto done = check_columns(*bar, fine); !done) {
            return fail(done.error());
        }
        out.bar_scale_ = scale_ratio(*bar, scale);
    }
    out.empty_ = std::move(empty);
    out.bar_ = std::move(bar);
    return out;
}

bool PendulumMachine::is_beyond(double frequency_Hz) const {
    if (!empty_) {
        return false;
    }
    const record::CalibrationNumber* low = empty_->number(number_lowest_Hz);
    const record::CalibrationNumber* high = empty_->number(number_highest_Hz);
    return (low != nullptr && frequency_Hz * beyond_factor < low->value) ||
           (high != nullptr && frequency_Hz > beyond_factor * high->value);
}

/// Clamp and electronics into `out`; false where they are the nominal ones.
bool PendulumMachine::frame_at(
    PendulumAt& out, double frequency_Hz, double temperature_K, bool with_phase
) const {
    MachineAt& m = out.machine;
    if (!bar_) {
        m.compliance_m_per_N = clamp_rad_per_N_m_.value;
        m.frame_covariance[4] = clamp_rad_per_N_m_.sigma * clamp_rad_per_N_m_.sigma;
        return false;
    }
    double lowest = bar_->nodes.front().frequency_Hz;
    double highest = lowest;
    for (const record::CalibrationNode& node : bar_->nodes) {
        lowest = std::min(lowest, node.frequency_Hz);
        highest = std::max(highest, node.frequency_Hz);
    }
    const double inside = std::clamp(frequency_Hz, lowest, highest);
    const auto at = record::calibration_at(*bar_, inside, temperature_K);
    if (!at) {
        return false;  // cannot be: it is inside
    }
    const double by = 1.0 / bar_scale_;
    m.compliance_m_per_N = Complex(at->values[1], at->values[2]) * by;
    for (std::size_t a = 0; a < frame_columns; ++a) {
        for (std::size_t b = 0; b < frame_columns; ++b) {
            m.frame_covariance[a * frame_columns + b] =
                at->covariance[a * frame_columns + b] * (a > 0 ? by : 1.0) * (b > 0 ? by : 1.0);
        }
    }
    out.angle_noise_rad = at->noise;
    if (!with_phase) {
        for (std::size_t a = 0; a < frame_columns; ++a) {
            m.frame_covariance[a] = m.frame_covariance[a * frame_columns] = 0.0;
        }
        return true;
    }
    const record::CalibrationNumber* delay = bar_->number(number_delay);
    const double omega = two_pi * frequency_Hz;
    m.phase_rad = at->values[0] + (delay == nullptr ? 0.0 : delay->value * omega);
    if (inside != frequency_Hz) {
        const double sigma = delay == nullptr ? 0.0 : or_zero(delay->sigma) * omega;
        m.frame_covariance[0] += sigma * sigma;
        out.is_outside = out.is_outside || frequency_Hz > beyond_factor * highest ||
                         frequency_Hz * beyond_factor < lowest;
    }
    return true;
}

PendulumAt PendulumMachine::forced(
    Complex apparent_N_m, double frequency_Hz, double temperature_K, double pressure_Pa
) const {
    PendulumAt out;
    out.is_corrected = empty_.has_value() || bar_.has_value();
    out.is_outside = is_beyond(frequency_Hz) || background_.is_outside(pressure_Pa);
    if (empty_) {
        out.torque_noise_N_m = empty_->nodes.front().noise;
    }
    const double omega = two_pi * frequency_Hz;
    MachineAt& m = out.machine;
    std::vector<Complex> slopes;
    m.known_background_N_per_m = background_.at(omega * i, pressure_Pa, &slopes);
    const bool has_bar = frame_at(out, frequency_Hz, temperature_K, true);
    if (!has_bar) {
        m.phase_rad = background_.values[PendulumBackground::delay] * omega;
    }
    const Complex turned = apparent_N_m * std::polar(1.0, -m.phase_rad);
    if (!has_bar) {
        slopes[PendulumBackground::delay] = i * omega * turned;
    }
    m.known_background_covariance = propagated(slopes, background_.covariance);
    const Complex of_scale = background_.is_of_scale ? turned - m.known_background_N_per_m : turned;
    add(m.known_background_covariance, of_scale, scale_relative_sigma_ * scale_relative_sigma_);
    return out;
}

PendulumAt PendulumMachine::decay(Complex s_per_s, double temperature_K, double pressure_Pa) const {
    PendulumAt out;
    const double frequency_Hz = s_per_s.imag() / two_pi;
    out.is_corrected = empty_.has_value() || bar_.has_value();
    out.is_outside = background_.is_outside(pressure_Pa);
    MachineAt& m = out.machine;
    std::vector<Complex> slopes;
    m.known_background_N_per_m = background_.at(s_per_s, pressure_Pa, &slopes);
    m.known_background_covariance = propagated(slopes, background_.covariance);
    static_cast<void>(frame_at(out, frequency_Hz, temperature_K, false));
    if (background_.is_of_scale) {
        add(m.known_background_covariance,
            m.known_background_N_per_m,
            scale_relative_sigma_ * scale_relative_sigma_);
    }
    return out;
}

PendulumAt PendulumMachine::steady(double temperature_K) const {
    PendulumAt out;
    out.is_corrected = empty_.has_value() || bar_.has_value();
    MachineAt& m = out.machine;
    const std::size_t n = background_.size();
    m.known_background_N_per_m = background_.values[PendulumBackground::wire];
    m.known_background_covariance.rr = background_.covariance[PendulumBackground::wire * (n + 1)];
    const double lowest_Hz = bar_ ? bar_->nodes.front().frequency_Hz : 1.0;
    static_cast<void>(frame_at(out, lowest_Hz, temperature_K, false));
    m.compliance_m_per_N = m.compliance_m_per_N.real();
    return out;
}

}  // namespace relaxd::model
