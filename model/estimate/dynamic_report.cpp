// SPDX-License-Identifier: MIT
#include "model/estimate/dynamic_report.hpp"

#include "model/estimate/dynamic_derived.hpp"
#include "model/estimate/dynamic_names.hpp"
#include "model/estimate/dynamic_posterior.hpp"
#include "model/estimate/dynamic_profiles.hpp"
#include "model/estimate/dynamic_residuals.hpp"
#include "model/estimate/dynamic_trades.hpp"
#include "model/fit/badness.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

namespace relaxd::model {

namespace {

using record::ParameterState;

constexpr double normal_95 = 1.959963984540054;

Eigen::Index at(std::size_t i) {
    return static_cast<Eigen::Index>(i);
}

class Publisher {
  public:
    Publisher(
        const DynamicData& data,
        const Layout& layout,
        const record::FitOptions& options,
        const DynamicPosterior& known,
        record::FitResult& result
    )
        : data_(data),
          layout_(layout),
          options_(options),
          q_(known.q),
          covariance_(known.covariance),
          shrinkage_(known.shrinkage),
          state_(known.state),
          traded_with_(known.traded_with),
          prior_covariance_(known.prior_covariance),
          result_(result) {}

    void publish() {
        publish_parameters();
        publish_derived();
        for (std::size_t i = 0; i < q_count; ++i) {
            if (i < q_plain_count || q_[i] != 0.0) {
                result_.warm_start[std::string(coordinate_name(i))] = q_[i];
            }
        }
        result_.warm_start["T_ref_K"] = layout_.T_ref_K;
    }

  private:
    [[nodiscard]] ParameterState worst(std::span<const std::size_t> coordinates) const {
        ParameterState state = ParameterState::fixed;
        for (const std::size_t i : coordinates) {
            if (badness(state_[i]) > badness(state)) {
                state = state_[i];
            }
        }
        return state;
    }

    record::ParameterEstimate estimate(
        std::string name,
        const Scalar& scalar,
        bool logarithmic,
        const std::vector<std::size_t>& coordinates
    ) const {
        record::ParameterEstimate e;
        e.name = std::move(name);
        e.state = worst(coordinates);
        for (const std::size_t i : coordinates) {
            if (state_[i] == ParameterState::fixed) {
                continue;
            }
            e.shrinkage =
                std::isfinite(e.shrinkage) ? std::max(e.shrinkage, shrinkage_[i]) : shrinkage_[i];
            if (e.traded_with.empty() && state_[i] == ParameterState::traded) {
                e.traded_with = traded_with_[i];
            }
        }
        fill(e, scalar, logarithmic);
        return e;
    }

    /// What data of one temperature tell of the hierarchy there, though not of what carries it to
    /// T_g: with the worst of the states of its own error, of A_an and of chi there.
    record::ParameterEstimate estimate_here(
        std::string name, const Scalar& scalar, const std::vector<std::size_t>& coordinates
    ) const {
        if (!layout_.is_one_temperature) {
            return estimate(std::move(name), scalar, true, coordinates);
        }
        record::ParameterEstimate e;
        e.name = std::move(name);
        const double without_data = sd(prior_covariance_, scalar);
        e.state = ParameterState::fixed;
        if (without_data > 0.0) {
            e.shrinkage = sd(covariance_, scalar) / without_data;
            e.state = state_of_shrinkage(e.shrinkage);
            const bool has_vp =
                std::find(coordinates.begin(), coordinates.end(), q_ln_A_vp) != coordinates.end();
            for (const std::size_t i : {q_ln_A_an, q_chi_Tg, has_vp ? q_ln_A_vp : q_ln_A_an}) {
                e.state = badness(state_[i]) > badness(e.state) ? state_[i] : e.state;
                e.shrinkage = std::max(e.shrinkage, shrinkage_[i]);
            }
        }
        e.traded_with = e.state == ParameterState::traded ? "A_an_per_Pa" : "";
        fill(e, scalar, true);
        return e;
    }

    static double sd(const Eigen::MatrixXd& covariance, const Scalar& scalar) {
        const Eigen::Map<const Eigen::VectorXd> g(scalar.gradient.data(), at(q_count));
        return std::sqrt(std::max(0.0, g.dot(covariance * g)));
    }

    /// Value and interval where the state has them.
    void fill(record::ParameterEstimate& e, const Scalar& scalar, bool logarithmic) const {
        if (e.state == ParameterState::undetermined) {
            return;
        }
        const double sd = Publisher::sd(covariance_, scalar);
        e.value = logarithmic ? std::exp(scalar.value) : scalar.value;
        if (e.state == ParameterState::fixed) {
            return;
        }
        e.standard_error = logarithmic ? e.value * sd : sd;
        const double low = scalar.value - normal_95 * sd;
        const double high = scalar.value + normal_95 * sd;
        e.lower_95 = logarithmic ? std::exp(low) : low;
        e.upper_95 = logarithmic ? std::exp(high) : high;
        if (!std::isfinite(e.value) || !std::isfinite(e.standard_error) ||
            !std::isfinite(e.upper_95)) {
            e.value = e.standard_error = e.lower_95 = e.upper_95 = record::unknown;
            e.state = ParameterState::undetermined;
        }
    }

    [[nodiscard]] Scalar coordinate(std::size_t i) const {
        Scalar s;
        s.value = q_[i];
        s.gradient[i] = 1.0;
        return s;
    }

    void publish_parameters() {
        const double T_ref = layout_.T_ref_K;
        const LnT0 t0 = ln_t0_of(q_, T_ref);
        auto& out = result_.parameters;
        std::vector<Scalar> scalars;
        const auto put = [&](const char* name,
                             const Scalar& s,
                             bool logarithmic,
                             std::initializer_list<std::size_t> from) {
            out.push_back(estimate(name, s, logarithmic, from));
            scalars.push_back(s);
        };
        put("E_u_Pa", coordinate(q_ln_E_u), true, {q_ln_E_u});
        put("E_r_Pa", ln_E_r_of(q_), true, {q_ln_E_u, q_ln_A_beta});
        put("A_beta_per_Pa", coordinate(q_ln_A_beta), true, {q_ln_A_beta});
        put("U_beta_J_mol", coordinate(q_U), false, {q_U});
        put("tau_beta0_s", ln_tau_beta0_of(q_, T_ref), true, {q_U, q_ln_tau_beta_ref});
        put("B", coordinate(q_ln_B), true, {q_ln_B});
        put("A_an_per_Pa", coordinate(q_ln_A_an), true, {q_ln_A_an});
        put("A_vp_per_Pa", coordinate(q_ln_A_vp), true, {q_ln_A_vp});
        put("chi_Tg", coordinate(q_chi_Tg), false, {q_chi_Tg});
        put("a1_per_K", coordinate(q_a1), false, {q_a1});
        scalars.push_back({t0.value, t0.gradient});
        out.push_back(estimate_here(
            "t0_s", scalars.back(), {q_chi_Tg, q_ln_tau_max_Tg, q_U, q_ln_tau_beta_ref, q_T_g}
        ));
        put("T_g_K", coordinate(q_T_g), false, {q_T_g});
        for (std::size_t i = q_plain_count; i < q_count; ++i) {
            const std::string name(added_name(i));
            if (!layout_.is_shown[i] || name.empty()) {
                continue;
            }
            if (i == q_ln_tau_fast_ref) {
                put(name.c_str(), ln_tau_fast0_of(q_), true, {q_U_fast, q_ln_tau_fast_ref});
            } else {
                put(name.c_str(), coordinate(i), dynamic_name(name)->is_logarithmic, {i});
            }
        }
        if (layout_.is_shown[q_E_u_slope]) {
            put("E_u_T_ref_K", coordinate(q_E_u_T_ref), false, {q_E_u_T_ref});
        }
        restore_fixed();
        publish_correlations(scalars);
    }

    void publish_derived() {
        const double T_ref = layout_.T_ref_K;
        auto& derived = result_.derived;
        derived.push_back(
            estimate("tau_max_Tg_s", coordinate(q_ln_tau_max_Tg), true, {q_ln_tau_max_Tg})
        );
        const LnTimes times = times_of(q_, T_ref, data_.T_last_K);
        std::vector<std::size_t> of_beta = {q_ln_tau_beta_ref};
        if (!layout_.is_one_temperature) {
            of_beta.push_back(q_U);
        }
        derived.push_back(
            estimate("tau_beta_s", {times.ln_tau_beta, times.d_ln_tau_beta}, true, of_beta)
        );
        const Scalar tau_max{times.ln_tau_max, times.d_ln_tau_max};
        std::vector<std::size_t> of_max = {q_U, q_chi_Tg, q_ln_tau_max_Tg};
        if (data_.T_last_K > q_[q_T_g]) {
            of_max.insert(of_max.end(), {q_ln_tau_beta_ref, q_a1, q_T_g});
        }
        derived.push_back(estimate_here("tau_max_s", tau_max, of_max));
        const bool is_shear = data_.has_shear && !data_.has_tensile;
        for (const auto& d : derived_scalars(q_, T_ref, data_.T_last_K, is_shear, options_)) {
            derived.push_back(
                d.is_logarithm ? estimate_here(d.name, d.scalar, d.coordinates)
                               : estimate(d.name, d.scalar, d.is_logarithm, d.coordinates)
            );
            derived.back().method = d.method;
        }
        for (auto& e : defect_estimates(data_.T_last_K, options_)) {
            derived.push_back(std::move(e));
        }
    }

    /// Eliminated parameters are reported exactly as they were fixed.
    void restore_fixed() {
        const auto restore = [this](std::string_view name, double value) {
            for (auto& e : result_.parameters) {
                if (e.name == name) {
                    e = record::ParameterEstimate{};
                    e.name = name;
                    e.value = value;
                    e.state = ParameterState::fixed;
                }
            }
        };
        if (layout_.ln_tau_beta0) {
            restore("tau_beta0_s", std::exp(*layout_.ln_tau_beta0));
        }
        if (layout_.ln_t0) {
            restore("t0_s", std::exp(*layout_.ln_t0));
        }
        if (layout_.E_r_Pa) {
            restore("E_r_Pa", *layout_.E_r_Pa);
        }
        if (layout_.ln_tau_fast0) {
            restore("fast_beta.tau0_s", std::exp(*layout_.ln_tau_fast0));
        }
    }

    /// Of the reported parameters (logarithms of the positive ones) that are not fixed or
    /// undetermined.
    void publish_correlations(const std::vector<Scalar>& scalars) {
        std::vector<Eigen::VectorXd> gradients;
        for (std::size_t k = 0; k < scalars.size(); ++k) {
            const auto& e = result_.parameters[k];
            const bool repeats = e.name == "A_vp_per_Pa" && layout_.vp_is_tied;
            if (e.state == ParameterState::fixed || e.state == ParameterState::undetermined ||
                repeats) {
                continue;
            }
            result_.correlation_names.push_back(e.name);
            gradients.emplace_back(
                Eigen::Map<const Eigen::VectorXd>(scalars[k].gradient.data(), at(q_count))
            );
        }
        const auto variance = [this](const Eigen::VectorXd& a, const Eigen::VectorXd& b) {
            return a.dot(covariance_ * b);
        };
        for (std::size_t a = 0; a < gradients.size(); ++a) {
            for (std::size_t b = 0; b < gradients.size(); ++b) {
                const double scale = std::sqrt(
                    variance(gradients[a], gradients[a]) * variance(gradients[b], gradients[b])
                );
                const double r = scale > 0.0 ? variance(gradients[a], gradients[b]) / scale : 0.0;
                result_.correlations.push_back(a == b ? 1.0 : std::clamp(r, -1.0, 1.0));
            }
        }
        // Symmetric to the last bit.
        const std::size_t n = gradients.size();
        for (std::size_t a = 0; a < n; ++a) {
            for (std::size_t b = 0; b < a; ++b) {
                result_.correlations[a * n + b] = result_.correlations[b * n + a];
            }
        }
    }

    const DynamicData& data_;
    const Layout& layout_;
    const record::FitOptions& options_;
    const Coordinates& q_;
    const Eigen::MatrixXd& covariance_;
    const Coordinates& shrinkage_;
    const std::array<ParameterState, q_count>& state_;
    const std::array<std::string, q_count>& traded_with_;
    const Eigen::MatrixXd& prior_covariance_;
    record::FitResult& result_;
};

}  // namespace

bool report_dynamic(
    const DynamicData& data,
    const Layout& layout,
    const record::FitOptions& options,
    const Eigen::VectorXd& optimum,
    record::FitResult& result
) {
    const auto known = dynamic_posterior(data, layout, options.form, optimum, result);
    if (!known) {
        return false;
    }
    Publisher(data, layout, options, *known, result).publish();
    result.n_free = static_cast<int>(layout.free.size());
    ResidualContext context;
    context.flag_sd = known->flag_sd;
    context.n_free = result.n_free;
    const ParameterState T_g = known->state[q_T_g];
    if (T_g != ParameterState::undetermined) {
        context.T_g_K = known->q[q_T_g];
    }
    if (options.wants_profiles) {
        profile_intervals(data, layout, options.form, *known, result);
    }
    result.known_combinations = known_combinations(layout, *known, data.T_last_K);
    result.residuals = check_dynamic_residuals(data.rows, known->residuals, context);
    return true;
}

}  // namespace relaxd::model
