// SPDX-License-Identifier: MIT
#include "model/estimate/systematic.hpp"

#include "model/estimate/estimate.hpp"
#include "model/fit/named_systematic.hpp"
#include "model/qpd/qpd.hpp"
#include "model/series/creep_systematic.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::model {

namespace {

using record::FitOptions;
using record::FitResult;
using record::ParameterEstimate;

struct Asked {
    double scale = 0.0;     ///< Relative; 0 = not said.
    double offset_K = 0.0;  ///< 0 = not said.

    explicit Asked(const FitOptions& options) {
        const auto positive = [](double v) { return std::isfinite(v) && v > 0.0 ? v : 0.0; };
        scale = positive(options.modulus_scale_relative_sd);
        offset_K = positive(options.temperature_offset_sd_K);
    }
    [[nodiscard]] bool is_any() const { return scale > 0.0 || offset_K > 0.0; }
};

/// The same fit on moved data, without what is added to it.
FitOptions refit_options(const FitOptions& options, const FitResult& from, double offset_K) {
    FitOptions out = options;
    out.wants_profiles = false;
    out.wants_alternatives = false;
    out.modulus_scale_relative_sd = 0.0;
    out.temperature_offset_sd_K = 0.0;
    out.start = from.warm_start;
    out.T_max_K += offset_K;
    if (const auto T_ref = out.fixed.find("T_ref_K"); T_ref != out.fixed.end()) {
        T_ref->second += offset_K;
    }
    return out;
}

/// What a number of `result` is in another fit less what it is here; unknown where either is not,
/// or where the two were not found in the same way.
double change(const ParameterEstimate& e, const FitResult& other) {
    for (const auto* list : {&other.parameters, &other.derived}) {
        for (const auto& o : *list) {
            if (o.name == e.name && other.is_usable() && o.method == e.method) {
                return o.value - e.value;
            }
        }
    }
    return record::unknown;
}

/// The slope of a curve by 1/T between the neighbours of each point (one side at the ends); unknown
/// where there are none.
std::vector<double> slopes(const std::vector<double>& T_K, const std::vector<double>& y) {
    std::vector<double> out(T_K.size(), record::unknown);
    for (std::size_t k = 0; k < T_K.size(); ++k) {
        std::optional<std::size_t> below;
        std::optional<std::size_t> above;
        for (std::size_t i = 0; i < T_K.size(); ++i) {
            if (!std::isfinite(y[i])) {
                continue;
            }
            if (T_K[i] < T_K[k] && (!below || T_K[i] > T_K[*below])) {
                below = i;
            }
            if (T_K[i] > T_K[k] && (!above || T_K[i] < T_K[*above])) {
                above = i;
            }
        }
        const std::size_t a = below.value_or(k);
        const std::size_t b = above.value_or(k);
        if (std::isfinite(y[k]) && a != b) {
            out[k] = (y[b] - y[a]) / (1.0 / T_K[b] - 1.0 / T_K[a]);
        }
    }
    return out;
}

class Recipe {
  public:
    Recipe(
        std::span<const record::DynamicPoint> points,
        const FitOptions& options,
        const FitResult* dynamic,
        FitResult& result
    )
        : points_(points), options_(options), dynamic_(dynamic), asked_(options), result_(result) {}

    void run() {
        if (asked_.scale > 0.0 && has_given_moduli(options_)) {
            by_scale_ = refit({1.0 + asked_.scale, 0.0});
        }
        const bool is_moved_as_it_is =
            result_.model == "transitions" || result_.model == "chi-slope";
        if (asked_.offset_K > 0.0 && !is_moved_as_it_is) {
            by_offset_ = refit({1.0, asked_.offset_K});
        }
        for (auto& e : result_.parameters) {
            const double offset = result_.model == "transitions" ? asked_.offset_K : by_offset(e);
            set_systematic(e, {scale_of(e), offset});
        }
        for (auto& peak : result_.peaks) {
            set_systematic(peak.temperature_K, {0.0, asked_.offset_K});
        }
        for_isotherms();
        for_master_curve();
    }

  private:
    [[nodiscard]] FitResult refit(const DataError& error) const {
        const std::vector<record::DynamicPoint> points = moved(points_, error);
        const FitOptions options = refit_options(options_, result_, error.offset_K);
        if (dynamic_ == nullptr) {
            return fit(points, options, nullptr);
        }
        FitOptions of_model = refit_options(options_, *dynamic_, error.offset_K);
        of_model.model = "dynamic";
        const FitResult dynamic = fit_dynamic(points, of_model);
        return fit(points, options, dynamic.is_usable() ? &dynamic : nullptr);
    }

    [[nodiscard]] double scale_of(const ParameterEstimate& e) const {
        if (by_scale_) {
            return change(e, *by_scale_);
        }
        return scale_exponent(e.name) * asked_.scale * e.value;
    }

    [[nodiscard]] double by_offset(const ParameterEstimate& e) const {
        return by_offset_ ? change(e, *by_offset_) : 0.0;
    }

    /// chi of a sweep does not depend on the thermometer, but chi at the temperature that is
    /// written beside it does.
    void for_isotherms() {
        std::vector<double> T_K;
        std::vector<double> recipe;
        std::vector<double> model;
        for (const auto& i : result_.isotherms) {
            T_K.push_back(i.temperature_K);
            recipe.push_back(i.chi_slope.value);
            model.push_back(i.chi ? i.chi->value : record::unknown);
        }
        const std::vector<double> of_recipe = slopes(T_K, recipe);
        const std::vector<double> of_model = slopes(T_K, model);
        for (std::size_t k = 0; k < T_K.size(); ++k) {
            auto& isotherm = result_.isotherms[k];
            const double by_T = asked_.offset_K / (T_K[k] * T_K[k]);
            const auto part = [&](double slope) {
                return asked_.offset_K > 0.0 ? slope * by_T : 0.0;
            };
            set_systematic(isotherm.chi_slope, {part(of_recipe[k])});
            if (isotherm.chi) {
                double scale = 0.0;
                if (by_scale_) {
                    const bool has =
                        k < by_scale_->isotherms.size() && by_scale_->isotherms[k].chi.has_value();
                    scale = has ? by_scale_->isotherms[k].chi->value - isotherm.chi->value
                                : record::unknown;
                }
                set_systematic(*isotherm.chi, {scale, part(of_model[k])});
            }
        }
    }

    /// ln a_T at the temperatures as written: d [s(T) - s(T_ref)], s = d ln a_T/dT.
    void for_master_curve() {
        if (result_.shifts.empty()) {
            return;
        }
        std::vector<double> T_K;
        std::vector<double> ln_aT;
        std::size_t reference = 0;
        for (const auto& s : result_.shifts) {
            if (s.ln_aT.state == record::ParameterState::fixed) {
                reference = T_K.size();
            }
            T_K.push_back(s.temperature_K);
            ln_aT.push_back(s.ln_aT.value);
        }
        std::vector<double> slope = slopes(T_K, ln_aT);
        for (const ParameterEstimate& e : result_.parameters) {
            if (e.method.starts_with("one activation energy") && std::isfinite(e.value)) {
                std::fill(slope.begin(), slope.end(), e.value / gas_constant_J_mol_K);
            }
        }
        const auto moves = [&](std::size_t k) {
            return asked_.offset_K > 0.0 ? -slope[k] / (T_K[k] * T_K[k]) * asked_.offset_K : 0.0;
        };
        for (std::size_t k = 0; k < T_K.size(); ++k) {
            set_systematic(result_.shifts[k].ln_aT, {moves(k) - moves(reference)});
        }
        for (auto& e : result_.derived) {
            const bool is_time = e.name.ends_with("_s");
            const double offset = is_time ? moves(reference) * e.value : 0.0;
            set_systematic(e, {scale_exponent(e.name) * asked_.scale * e.value, offset});
        }
    }

    std::span<const record::DynamicPoint> points_;
    const FitOptions& options_;
    const FitResult* dynamic_;
    Asked asked_;
    FitResult& result_;
    std::optional<FitResult> by_scale_;
    std::optional<FitResult> by_offset_;
};

class Series {
  public:
    Series(const record::SeriesData& data, const FitOptions& options, FitResult& result)
        : data_(data),
          options_(options),
          asked_(options),
          result_(result),
          is_tension_(result.model == "tension"),
          is_relative_(std::any_of(data.points.begin(), data.points.end(), [](const auto& p) {
              return p.is_relative;
          })) {}

    void run() {
        if (asked_.scale > 0.0 && (is_tension_ || has_given_moduli(options_))) {
            by_scale_ = refit({1.0 + asked_.scale, 0.0});
        }
        if (asked_.offset_K > 0.0 && (is_tension_ || result_.model == "creep")) {
            by_offset_ = refit({1.0, asked_.offset_K});
        }
        if (by_offset_ && !is_tension_) {
            creep_.emplace(data_, options_, result_, *by_offset_, asked_.offset_K);
        }
        bool is_lost = false;
        for (auto* list : {&result_.parameters, &result_.derived}) {
            for (auto& e : *list) {
                const double own = std::isfinite(e.systematic_error) ? e.systematic_error : 0.0;
                set_systematic(e, {own, scale_of(e), offset_of(e)});
                is_lost = is_lost ||
                          (std::isfinite(e.value) && e.state != record::ParameterState::fixed &&
                           std::isnan(offset_of(e)));
            }
        }
        if (is_lost) {
            result_.warnings.emplace_back(
                "what the error of the temperature does cannot be told from one temperature: "
                "systematic_error of what depends on it stays unknown"
            );
        }
    }

  private:
    [[nodiscard]] FitResult refit(const DataError& error) const {
        return fit_series(moved(data_, error), refit_options(options_, result_, error.offset_K));
    }

    [[nodiscard]] double scale_of(const ParameterEstimate& e) const {
        if (asked_.scale == 0.0) {
            return 0.0;
        }
        if (e.name.starts_with("eps_")) {
            return record::unknown;  // whether force or length carries the error is not said
        }
        if (by_scale_) {
            return change(e, *by_scale_);
        }
        const double exponent = scale_exponent(e.name);
        return exponent != 0.0 && is_relative_ ? record::unknown
                                               : exponent * asked_.scale * e.value;
    }

    [[nodiscard]] double offset_of(const ParameterEstimate& e) const {
        if (asked_.offset_K == 0.0) {
            return 0.0;
        }
        if (creep_) {
            return creep_->change(e);
        }
        const bool is_constant = e.name == "sigma1_Pa" || e.name == "a2";
        return by_offset_ && is_constant ? change(e, *by_offset_) : record::unknown;
    }

    const record::SeriesData& data_;
    const FitOptions& options_;
    Asked asked_;
    FitResult& result_;
    bool is_tension_;
    bool is_relative_;
    std::optional<FitResult> by_scale_;
    std::optional<FitResult> by_offset_;
    std::optional<CreepThermometer> creep_;  ///< Refers to the above.
};

}  // namespace

void add_recipe_systematic_errors(
    std::span<const record::DynamicPoint> points,
    const FitOptions& options,
    const FitResult* dynamic,
    FitResult& result
) {
    if (result.is_usable() && Asked(options).is_any()) {
        Recipe(points, options, dynamic, result).run();
    }
}

void add_series_systematic_errors(
    const record::SeriesData& data, const FitOptions& options, FitResult& result
) {
    if (result.is_usable() && Asked(options).is_any()) {
        Series(data, options, result).run();
    }
}

}  // namespace relaxd::model
