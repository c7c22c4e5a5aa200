// SPDX-License-Identifier: MIT
//
// fit_aging: tan delta at constant temperature falls as a stretched exponential (S2 Eq. 12,
// ANALYSIS 4.2 E); the storage modulus, where it is there, gets the same law with its own tau.

#include "model/series/aging_data.hpp"
#include "model/series/decay_fit.hpp"
#include "model/series/series.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace relaxd::model {

namespace {

constexpr double start_uncertainty_s = 120.0;

DecaySetup tan_delta_setup() {
    DecaySetup out;
    out.name_0 = "tan_delta_0";
    out.name_inf = "tan_delta_inf";
    out.what = "tan delta";
    return out;
}

DecaySetup modulus_setup(bool is_shear) {
    DecaySetup out;
    const std::string shear = is_shear ? "shear_" : "";
    out.name_0 = shear + "storage_modulus_0_Pa";
    out.name_inf = shear + "storage_modulus_inf_Pa";
    out.name_tau = "tau_storage_s";
    out.name_beta = "beta_storage";
    out.what = "the storage modulus";
    out.inf_prior_mean = 1.0;
    out.inf_prior_sd = 0.2;
    return out;
}

std::vector<DecayRow> moved(const std::vector<DecayRow>& rows, double by_s) {
    std::vector<DecayRow> out;
    for (DecayRow row : rows) {
        row.time_s += by_s;
        if (row.time_s >= 0.0) {
            out.push_back(row);
        }
    }
    return out;
}

/// Half the change of each estimate between t = 0 two minutes earlier and later.
class StartUncertainty {
  public:
    StartUncertainty(
        const std::vector<DecayRow>& rows,
        const DecaySetup& setup,
        const record::FitOptions& options
    ) {
        for (const double by_s : {-start_uncertainty_s, start_uncertainty_s}) {
            ends_.push_back(fit_decay(thinned_decay(moved(rows, by_s)), setup, options));
        }
    }

    void apply(record::ParameterEstimate& e, double (*value)(const DecayFit&)) const {
        const bool has_value = std::isfinite(e.value) && e.state != record::ParameterState::fixed;
        if (!has_value || !ends_[0].is_usable() || !ends_[1].is_usable()) {
            return;
        }
        const double half = 0.5 * std::abs(value(ends_[0]) - value(ends_[1]));
        if (std::isfinite(half)) {
            e.systematic_error = half;
            e.combined_error = std::hypot(e.standard_error, half);
        }
    }

    [[nodiscard]] bool is_usable() const { return ends_[0].is_usable() && ends_[1].is_usable(); }

  private:
    std::vector<DecayFit> ends_;
};

// Coordinates: ln tau, beta, y_0, y_inf.
double tau_of(const DecayFit& d) {
    return std::exp(d.fit.q[0]);
}
double beta_of(const DecayFit& d) {
    return d.fit.q[1];
}
double first_of(const DecayFit& d) {
    return d.unit * d.fit.q[2];
}
double last_of(const DecayFit& d) {
    return d.unit * d.fit.q[3];
}
double progress_of(const DecayFit& d) {
    return d.last_time_s / tau_of(d);
}
double end_of(const DecayFit& d) {
    return tau_of(d) * std::pow(std::numbers::ln10, 1.0 / beta_of(d));
}

void add_systematic(
    const std::vector<DecayRow>& rows,
    const DecaySetup& setup,
    const record::FitOptions& options,
    record::FitResult& result
) {
    const StartUncertainty start(rows, setup, options);
    if (!start.is_usable()) {
        result.warnings.push_back(
            "what t = 0 being off by 2 min would change could not be computed: too few rows are "
            "left, or they show no ageing"
        );
        return;
    }
    start.apply(result.parameters[0], first_of);
    start.apply(result.parameters[1], last_of);
    start.apply(result.parameters[2], tau_of);
    start.apply(result.parameters[3], beta_of);
    start.apply(result.derived[0], progress_of);
    start.apply(result.derived[1], end_of);
}

/// The ends of the second group and on: other frequencies or inputs with the same tau and beta.
void add_other_groups(const DecayFit& decay, std::size_t groups, record::FitResult& result) {
    for (std::size_t g = 1; g < groups; ++g) {
        const std::string place = "[" + std::to_string(g + 1) + "]";
        result.derived.push_back(decay.value_0("tan_delta_0" + place, g));
        result.derived.push_back(decay.value_inf("tan_delta_inf" + place, g));
    }
    if (groups > 1) {
        result.warnings.push_back(
            "tau_s and beta are common to " + std::to_string(groups) +
            " series (inputs, frequencies); tan_delta_0 and tan_delta_inf are those of the first, "
            "the others are derived"
        );
    }
}

/// E' of the first input and frequency, with its own tau and beta.
void add_modulus(
    const record::SeriesData& data, const record::FitOptions& options, record::FitResult& result
) {
    AgingData modulus = aging_data(data, AgingQuantity::storage_modulus);
    std::erase_if(modulus.rows, [](const DecayRow& row) { return row.group != 0; });
    if (modulus.rows.empty()) {
        return;
    }
    const DecaySetup setup = modulus_setup(modulus.is_shear);
    record::FitOptions own;
    own.iterations_max = options.iterations_max;
    const DecayRows rows = thinned_decay(modulus.rows);
    const DecayFit decay =
        modulus.reason.empty() ? fit_decay(rows, setup, own) : DecayFit{modulus.reason, {}, {}};
    if (!decay.is_usable()) {
        result.warnings.push_back("the storage modulus gives no second tau: " + decay.reason);
        return;
    }
    const StartUncertainty start(modulus.rows, setup, own);
    record::ParameterEstimate all[] = {
        decay.value_0(setup.name_0, 0),
        decay.value_inf(setup.name_inf, 0),
        decay.tau(setup.name_tau),
        decay.beta(setup.name_beta)
    };
    start.apply(all[0], first_of);
    start.apply(all[1], last_of);
    start.apply(all[2], tau_of);
    start.apply(all[3], beta_of);
    result.derived.insert(result.derived.end(), std::begin(all), std::end(all));
}

}  // namespace

record::FitResult fit_aging(const record::SeriesData& data, const record::FitOptions& options) {
    record::FitResult result;
    result.model = "aging";
    AgingData aging = aging_data(data, AgingQuantity::tan_delta);
    result.warnings = aging.warnings;
    result.n_points = aging.rows.size();
    result.first_seq = aging.first_seq;
    result.last_seq = aging.last_seq;
    if (!aging.reason.empty()) {
        result.reason = aging.reason;
        return result;
    }
    const DecaySetup setup = tan_delta_setup();
    const DecayRows rows = thinned_decay(aging.rows);
    const DecayFit decay = fit_decay(rows, setup, options);
    publish_decay(rows, setup, options, decay, result);
    if (!result.is_usable()) {
        return result;
    }
    result.derived = {
        decay.progress("t_over_tau"), decay.time_to_10_percent("time_to_10_percent_s")
    };
    add_systematic(aging.rows, setup, options, result);
    add_other_groups(decay, rows.groups(), result);
    add_modulus(data, options, result);
    return result;
}

}  // namespace relaxd::model
