// SPDX-License-Identifier: MIT
//
// chi of isothermal sweeps (ANALYSIS 4.2 A): the recipe `chi_slope` and, given a dynamic estimate,
// the model value `chi` with beta process and flow removed.

#include "model/estimate/dynamic_usable.hpp"
#include "model/estimate/estimate.hpp"
#include "model/estimate/weighted_line.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <numbers>
#include <set>

namespace relaxd::model {

namespace {

using record::ParameterState;

constexpr double band_K = 0.5;
constexpr double drift_K = 0.3;  ///< A steady drift above this within a sweep is a ramp.
constexpr std::size_t frequencies_min = 5;
constexpr double decade = std::numbers::ln10;
constexpr double share_max = 0.5;  ///< Of the loss that may be subtracted at a frequency.
constexpr double bend_max = 0.5;   ///< Of ln J'' that may be corrected for saturation.
constexpr double quadratic_max = 3.0;
constexpr double prior_sd = 0.15;         ///< Of chi, as in the dynamic fit.
constexpr double determined_share = 0.3;  ///< Of the prior sd; above it a value is a hint.
constexpr double hinted_share = 0.9;      ///< Above it a sweep has told nothing.
// Without given sigmas: the shape of the noise, its size comes from the scatter.
constexpr double storage_noise = 0.003;
constexpr double loss_noise = 0.01;
constexpr double phase_noise = 1e-4;        ///< Of E', in E''.
constexpr double few_points = 8.0;          ///< Below, the scatter may be small by chance.
constexpr double scale_of_many_min = 0.05;  ///< No instrument is quieter than that.

struct SweepPoint {
    double temperature_K;
    double ln_omega;
    double storage;
    double loss;
    double storage_sigma;
    double loss_sigma;
};

struct Sweep {
    std::vector<SweepPoint> points;
    double temperature_sum = 0.0;
    int segment = 0;
    std::uint64_t first_seq = 0;
    std::uint64_t last_seq = 0;
    bool has_sigmas = true;  ///< Of all its points.

    [[nodiscard]] double temperature_K() const {
        return temperature_sum / static_cast<double>(points.size());
    }
};

bool is_usable(const record::DynamicPoint& p, double T_max_K) {
    return std::isfinite(p.temperature_K) && p.temperature_K > 0.0 &&
           !(p.temperature_K > T_max_K) && std::isfinite(p.frequency_Hz) && p.frequency_Hz > 0.0 &&
           std::isfinite(p.storage_modulus_Pa) && std::isfinite(p.loss_modulus_Pa) &&
           p.storage_modulus_Pa > 0.0 && p.loss_modulus_Pa > 0.0;
}

bool is_given(double sigma) {
    return std::isfinite(sigma) && sigma > 0.0;
}

double sigma_or(double given, double otherwise) {
    return is_given(given) ? given : otherwise;
}

std::vector<Sweep> sweeps_of(std::span<const record::DynamicPoint> points, double T_max_K) {
    std::vector<Sweep> out;
    for (const auto& p : points) {
        if (!is_usable(p, T_max_K)) {
            continue;
        }
        if (out.empty() || out.back().segment != p.segment ||
            std::abs(p.temperature_K - out.back().temperature_K()) > band_K) {
            Sweep sweep;
            sweep.segment = p.segment;
            sweep.first_seq = p.seq;
            out.push_back(sweep);
        }
        Sweep& sweep = out.back();
        sweep.points.push_back(
            {p.temperature_K,
             std::log(2.0 * std::numbers::pi * p.frequency_Hz),
             p.storage_modulus_Pa,
             p.loss_modulus_Pa,
             sigma_or(p.storage_modulus_sigma_Pa, storage_noise * p.storage_modulus_Pa),
             sigma_or(
                 p.loss_modulus_sigma_Pa,
                 loss_noise * p.loss_modulus_Pa + phase_noise * p.storage_modulus_Pa
             )}
        );
        sweep.has_sigmas = sweep.has_sigmas && is_given(p.storage_modulus_sigma_Pa) &&
                           is_given(p.loss_modulus_sigma_Pa);
        sweep.temperature_sum += p.temperature_K;
        sweep.last_seq = p.seq;
    }
    return out;
}

/// A temperature that moves steadily through the band is a ramp, not an isotherm.
bool is_ramp(const Sweep& sweep) {
    WeightedLine line;
    for (std::size_t i = 0; i < sweep.points.size(); ++i) {
        line.add(static_cast<double>(i), sweep.points[i].temperature_K, 1.0);
    }
    if (sweep.points.size() < 3) {
        return false;
    }
    const double drift = std::abs(line.slope()) * static_cast<double>(sweep.points.size() - 1);
    const double scatter = std::sqrt(line.chi2() / (line.n() - 2.0));
    return drift > drift_K && drift > 4.0 * scatter;
}

struct Span {
    std::size_t frequencies = 0;
    double decades = 0.0;
};

template <typename Points>
Span span_of(const Points& points) {
    std::set<long long> distinct;
    double low = 1e300;
    double high = -1e300;
    for (const auto& p : points) {
        distinct.insert(std::llround(p.ln_omega * 1e3));
        low = std::min(low, p.ln_omega);
        high = std::max(high, p.ln_omega);
    }
    return {distinct.size(), points.empty() ? 0.0 : (high - low) / decade};
}

struct LinePoint {
    double ln_omega;
    double y;
    double sigma;
};

/// What the standard errors of a line are multiplied with. Given sigmas are believed unless the
/// scatter is larger; otherwise the scatter is the noise, with the assumed one as a floor where the
/// points are too few to show it.
double noise_scale(const WeightedLine& line, bool has_sigmas) {
    if (has_sigmas) {
        return line.scale();
    }
    const double scatter = std::sqrt(line.chi2() / (line.n() - 2.0));
    return std::max(scatter, line.n() < few_points ? 1.0 : scale_of_many_min);
}

/// Minus the slope of a line, before it is judged.
struct Slope {
    double value = record::unknown;
    double standard_error = record::unknown;
    double quantile = 0.0;  ///< Of the two-sided 95 % interval.
    bool is_valid = false;  ///< Straight, 5 frequencies over a decade (ANALYSIS 4.2 A).
};

std::optional<Slope> slope_of(const std::vector<LinePoint>& points, bool has_sigmas) {
    WeightedLine line;
    for (const auto& p : points) {
        line.add(p.ln_omega, p.y, 1.0 / (p.sigma * p.sigma));
    }
    const Span span = span_of(points);
    if (span.frequencies < 3 || line.n() < 3.0) {
        return std::nullopt;
    }
    WeightedParabola parabola;
    for (const auto& p : points) {
        const double sigma = has_sigmas ? p.sigma : p.sigma * noise_scale(line, has_sigmas);
        parabola.add(p.ln_omega - line.mean_x(), p.y, 1.0 / (sigma * sigma));
    }
    Slope out;
    out.value = -line.slope();
    out.standard_error = line.slope_se() / line.scale() * noise_scale(line, has_sigmas);
    out.quantile = has_sigmas ? line.quantile_95() : student_95(line.n() - 2.0);
    const bool is_straight = std::abs(parabola.quadratic_over_se()) < quadratic_max;
    const bool is_wide = span.frequencies >= frequencies_min && span.decades >= 0.999;
    out.is_valid = is_straight && is_wide;
    return out;
}

/// The estimate with interval and state: `determined` is a valid line whose error is small against
/// what chi can be; a slope outside 0 … 1 is no chi, and an error as large as the prior no value.
record::ParameterEstimate estimate_of(const char* name, const std::optional<Slope>& slope) {
    record::ParameterEstimate e;
    e.name = name;
    if (!slope || !std::isfinite(slope->value) || !std::isfinite(slope->standard_error)) {
        return e;
    }
    e.shrinkage = slope->standard_error / prior_sd;
    if (e.shrinkage > hinted_share) {
        return e;
    }
    e.value = slope->value;
    e.standard_error = slope->standard_error;
    e.lower_95 = e.value - slope->quantile * e.standard_error;
    e.upper_95 = e.value + slope->quantile * e.standard_error;
    const bool is_chi = e.value > 0.0 && e.value < 1.0;
    const bool is_known = slope->is_valid && is_chi && e.shrinkage <= determined_share;
    e.state = is_known ? ParameterState::determined : ParameterState::hinted;
    return e;
}

std::vector<LinePoint> recipe_points(const Sweep& sweep) {
    std::vector<LinePoint> out;
    for (const auto& p : sweep.points) {
        const double relative = std::hypot(p.storage_sigma / p.storage, p.loss_sigma / p.loss);
        out.push_back({p.ln_omega, std::log(p.loss / p.storage), relative});
    }
    return out;
}

/// ln of the anelastic loss of the model over that of its leading power law (S1 Eq. 25b): 0 in the
/// forms `printed` and `gamma`, the saturation of the stretched exponential in `exact`.
double saturation(
    const DynamicUsable& dynamic,
    const Coordinates& q,
    const SweepPoint& p,
    const LiveModel::Value& v
) {
    if (dynamic.form != record::Form::exact) {
        return 0.0;
    }
    const LnTimes times = times_of(q, dynamic.T_ref_K, p.temperature_K);
    const double ln_x = p.ln_omega + times.ln_tau_max + std::log(times.chi) / times.chi;
    const Anelastic leading = anelastic_gamma(ln_x, times.chi);
    const std::complex<double> anelastic =
        1.0 / v.modulus_Pa - std::exp(-q[q_ln_E_u]) - v.beta_per_Pa - v.flow_per_Pa;
    return std::log(anelastic.imag() / (std::exp(q[q_ln_A_an]) * leading.value.imag()));
}

/// How much of the model's correction is applied: all, or nothing of what needs tau_max.
enum class Correction : std::uint8_t { full, beta_only };

/// Points of ln(J'' - J''_beta - J''_flow), straightened by the saturation; `keep` says which
/// points take part (empty: decide by the share and fill it), so that derivatives compare the same
/// points.
std::vector<LinePoint> model_points(
    const Sweep& sweep,
    const DynamicUsable& dynamic,
    const Coordinates& q,
    Correction correction,
    std::vector<bool>& keep
) {
    LiveModel model(dynamic.form, dynamic.T_ref_K);
    model.set(q);
    const double by_tau = correction == Correction::full ? 1.0 : 0.0;
    std::vector<LinePoint> out;
    const bool decide = keep.empty();
    for (std::size_t i = 0; i < sweep.points.size(); ++i) {
        const SweepPoint& p = sweep.points[i];
        LiveModel::Value value;
        const double square = p.storage * p.storage + p.loss * p.loss;
        const double J_loss = p.loss / square;
        const bool ok = model.at(p.temperature_K, p.ln_omega, value);
        const double bend = ok ? saturation(dynamic, q, p, value) : 0.0;
        const double removed =
            ok ? -value.beta_per_Pa.imag() - by_tau * value.flow_per_Pa.imag() : J_loss;
        const double net = J_loss - removed;
        if (decide) {
            keep.push_back(
                ok && net > 0.0 && removed < share_max * J_loss && std::abs(bend) < bend_max
            );
        }
        if (!keep[i] || !(net > 0.0) || !std::isfinite(bend)) {
            continue;
        }
        const double by_loss = (p.storage * p.storage - p.loss * p.loss) / (square * square);
        const double by_storage = -2.0 * p.storage * p.loss / (square * square);
        const double sigma = std::hypot(by_loss * p.loss_sigma, by_storage * p.storage_sigma);
        out.push_back({p.ln_omega, std::log(net) - by_tau * bend, sigma / net});
    }
    return out;
}

/// Minus the slope for other parameters of the dynamic fit.
double slope_with(
    const Sweep& sweep,
    const DynamicUsable& dynamic,
    const QpdParameters& p,
    Correction correction,
    std::vector<bool>& keep
) {
    WeightedLine line;
    const Coordinates q = coordinates_of(p, dynamic.T_ref_K);
    for (const auto& point : model_points(sweep, dynamic, q, correction, keep)) {
        line.add(point.ln_omega, point.y, 1.0 / (point.sigma * point.sigma));
    }
    return -line.slope();
}

std::optional<record::ParameterEstimate> model_chi(
    const Sweep& sweep, const DynamicUsable& dynamic
) {
    for (const auto name : {"A_beta_per_Pa", "U_beta_J_mol", "tau_beta0_s", "B"}) {
        if (dynamic.is_undetermined(name)) {
            return std::nullopt;
        }
    }
    std::vector<bool> keep;
    const std::vector<LinePoint> points =
        model_points(sweep, dynamic, dynamic.q, Correction::full, keep);
    const Span span = span_of(points);
    if (span.frequencies < frequencies_min || span.decades < 0.999) {
        return std::nullopt;
    }
    std::optional<Slope> slope = slope_of(points, sweep.has_sigmas);
    if (!slope) {
        return std::nullopt;
    }
    // The covariance of what was subtracted, by central differences of half a standard deviation.
    Eigen::VectorXd gradient(static_cast<Eigen::Index>(dynamic.names.size()));
    for (Eigen::Index k = 0; k < gradient.size(); ++k) {
        const auto& name = dynamic.names[static_cast<std::size_t>(k)];
        const double h = 0.5 * std::sqrt(dynamic.covariance(k, k));
        const double up =
            slope_with(sweep, dynamic, dynamic.moved(name, h), Correction::full, keep);
        const double down =
            slope_with(sweep, dynamic, dynamic.moved(name, -h), Correction::full, keep);
        gradient[k] = h > 0.0 ? (up - down) / (2.0 * h) : 0.0;
    }
    double variance = gradient.dot(dynamic.covariance * gradient);
    const bool above = sweep.temperature_K() > dynamic.q[q_T_g];
    if (dynamic.is_undetermined("A_vp_per_Pa") || dynamic.is_undetermined("t0_s") ||
        (above && dynamic.is_undetermined("a1_per_K"))) {
        const double without =
            slope_with(sweep, dynamic, dynamic.parameters, Correction::beta_only, keep);
        variance += (without - slope->value) * (without - slope->value);
    }
    if (!std::isfinite(variance)) {
        return std::nullopt;
    }
    slope->standard_error = std::hypot(slope->standard_error, std::sqrt(std::max(0.0, variance)));
    return estimate_of("chi", slope);
}

}  // namespace

record::FitResult fit_chi_slope(
    std::span<const record::DynamicPoint> points,
    const record::FitOptions& options,
    const record::FitResult* dynamic
) {
    record::FitResult result;
    result.model = "chi-slope";
    const auto known = usable(dynamic);
    result.form = known ? std::string(record::to_word(known->form)) : std::string();
    for (const auto& sweep : sweeps_of(points, options.T_max_K)) {
        if (span_of(sweep.points).frequencies < frequencies_min || is_ramp(sweep)) {
            continue;
        }
        record::IsothermEstimate isotherm;
        isotherm.temperature_K = sweep.temperature_K();
        isotherm.segment = sweep.segment;
        isotherm.n_points = sweep.points.size();
        isotherm.first_seq = sweep.first_seq;
        isotherm.last_seq = sweep.last_seq;
        isotherm.chi_slope =
            estimate_of("chi_slope", slope_of(recipe_points(sweep), sweep.has_sigmas));
        if (known) {
            isotherm.chi = model_chi(sweep, *known);
        }
        result.first_seq = result.isotherms.empty() ? sweep.first_seq
                                                    : std::min(result.first_seq, sweep.first_seq);
        result.last_seq = std::max(result.last_seq, sweep.last_seq);
        result.n_points += sweep.points.size();
        result.isotherms.push_back(std::move(isotherm));
    }
    if (result.isotherms.empty()) {
        result.reason =
            "no isothermal sweep: at least 5 frequencies are needed at one temperature (±0.5 K)";
        return result;
    }
    result.status = "converged";
    return result;
}

}  // namespace relaxd::model
