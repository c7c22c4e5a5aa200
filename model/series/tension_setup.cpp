// SPDX-License-Identifier: MIT
#include "model/series/tension_setup.hpp"

#include "model/domain.hpp"
#include "model/qpd/qpd.hpp"
#include "model/series/creep_setup.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace relaxd::model {

namespace {

constexpr double sigma1_sd = 1.5;  ///< Of ln sigma_1.
constexpr double a2_mean = 2.0;    ///< Where no material says it.
constexpr double a2_sd = 5.0;
constexpr double time_scale_sd = 0.3;  ///< 2 K at T_g: what separates a DMA and a tension test.
constexpr double machine_sd = 0.5;     ///< In units of 1/E_u.
constexpr double level = 30.0;         ///< Of the modes: recovered parts down to 1e-13.
constexpr std::array<double, 4> sigma1_grid{0.15, 0.3, 0.6, 1.2};  ///< Over E_u.
constexpr std::array<double, 3> a2_grid{0.5, 3.0, 8.0};

class Builder {
  public:
    Builder(const TensionData& data, const record::FitOptions& options)
        : data_(data), options_(options) {}

    Result<TensionSetup> build() {
        static const std::vector<std::string_view> own{
            "chi", "tau_max_s", "time_scale", "machine_compliance_per_Pa", machine_m_per_N
        };
        if (auto ok = check_names(options_, own, {"time_scale", "machine_compliance_per_Pa"});
            !ok) {
            return fail(ok.error());
        }
        const auto wanted =
            formulation_from(options_.formulation.empty() ? "hereditary" : options_.formulation);
        if (!wanted || *wanted == Formulation::linear) {
            return fail(
                Errc::invalid,
                "formulation is \"" + options_.formulation + "\" and must be hereditary or eq16"
            );
        }
        out_.formulation = *wanted;
        if (auto ok = set_laws(); !ok) {
            return fail(ok.error());
        }
        set_coordinates();
        return std::move(out_);
    }

  private:
    [[nodiscard]] GivenNumber given(std::string_view name) const {
        return given_number(options_, name);
    }

    /// The value of `name`, noted as missing where there is none.
    double need(std::string_view name) {
        const GivenNumber g = given(name);
        if (!g.is_there()) {
            note_missing(name);
        }
        return g.value;
    }
    void note_missing(std::string_view name) {
        missing_ += (missing_.empty() ? "" : ", ") + std::string(name);
    }

    Result<void> set_laws() {
        TensionLaws laws;
        laws.formulation = out_.formulation;
        laws.E_u_Pa = need("E_u_Pa");
        const GivenNumber A_beta = given("A_beta_per_Pa");
        const GivenNumber E_r = given("E_r_Pa");
        if (E_r.is_there() && (E_r.is_fixed || !A_beta.is_there())) {
            laws.A_beta_per_Pa = 1.0 / E_r.value - 1.0 / laws.E_u_Pa;
        } else if (A_beta.is_there()) {
            laws.A_beta_per_Pa = A_beta.value;
        } else {
            note_missing("E_r_Pa or A_beta_per_Pa");
        }
        const double U = need("U_beta_J_mol");
        const double tau0 = need("tau_beta0_s");
        laws.A_an_per_Pa = need("A_an_per_Pa");
        const GivenNumber A_vp = given("A_vp_per_Pa");
        laws.A_vp_per_Pa = A_vp.is_there() ? A_vp.value : laws.A_an_per_Pa;
        if (!given("chi").is_there() && !given("chi_Tg").is_there()) {
            note_missing("chi_Tg (or chi)");
        }
        if (!given("t0_s").is_there() && !given("tau_max_s").is_there()) {
            note_missing("t0_s (or tau_max_s)");
        }
        for (const TensionCurve& curve : data_.curves) {
            if (!(curve.temperature_K > 0.0)) {
                note_missing("temperature_K of " + curve.name);
            }
        }
        if (!missing_.empty()) {
            return fail(
                Errc::invalid,
                "tension needs " + missing_ +
                    ": stress and strain alone do not give the linear material; take it from a DMA "
                    "fit with --material or --fix"
            );
        }
        const GivenNumber B = given("B");
        const double width =
            B.is_there() && B.value > 0.0 ? B.value : std::numeric_limits<double>::infinity();
        const Modes beta = gumbel_modes(width, level);
        for (const TensionCurve& curve : data_.curves) {
            TensionLaws own = laws;
            own.beta = beta;
            own.machine_per_Pa = curve.machine_per_Pa;
            if (auto ok = at_temperature(own, curve.temperature_K, U, tau0); !ok) {
                return ok;
            }
            out_.laws.push_back(std::move(own));
        }
        out_.E_u_Pa = out_.laws.front().E_u_Pa;
        return {};
    }

    Result<void> at_temperature(TensionLaws& laws, double T_K, double U, double tau0) const {
        const double slope = given("E_u_slope_per_K").value;
        const double T_ref = given("E_u_T_ref_K").value;
        if (std::isfinite(slope * T_ref)) {
            laws.E_u_Pa *= 1.0 + slope * (T_K - T_ref);
        }
        laws.barrier = U / (gas_constant_J_mol_K * T_K);
        laws.ln_tau_beta = std::log(tau0) + laws.barrier;
        GivenNumber chi = given("chi");
        if (!chi.is_there()) {
            const double T_g = options_.T_g_fixed_K.value_or(given("T_g_K").value);
            const double a1 = given("a1_per_K").value;
            chi = given("chi_Tg");
            chi.value += T_K > T_g && std::isfinite(a1) ? a1 * (T_K - T_g) : 0.0;
        }
        laws.chi = chi.value;
        const GivenNumber tau_max = given("tau_max_s");
        const GivenNumber t0 = given("t0_s");
        laws.ln_t0 = t0.is_there() && !tau_max.is_fixed ? std::log(t0.value) : record::unknown;
        if (!std::isfinite(laws.ln_t0)) {
            const double ln_max = std::log(tau_max.value);
            laws.ln_t0 = (laws.ln_tau_beta - laws.chi * ln_max) / (1.0 - laws.chi);
        }
        if (auto ok = all_of(
                need_positive("E_u_Pa", laws.E_u_Pa),
                need_not_negative("A_beta_per_Pa", laws.A_beta_per_Pa),
                need_positive("U_beta_J_mol", U),
                need_positive("tau_beta0_s", tau0),
                need_positive("A_an_per_Pa", laws.A_an_per_Pa),
                need_positive("A_vp_per_Pa", laws.A_vp_per_Pa),
                need_fraction("chi", laws.chi),
                need_finite("t0_s", laws.ln_t0)
            );
            !ok) {
            return ok;
        }
        laws.anelastic = out_.formulation == Formulation::eq16 ? Modes{{1.0}, {1.0}}
                                                               : levy_modes(laws.chi, level);
        return {};
    }

    void set_coordinates() {
        double highest = 0.0;
        for (const TensionCurve& curve : data_.curves) {
            highest = std::max(highest, curve.largest_stress_Pa);
        }
        NamedCoordinate sigma1;
        sigma1.name = "sigma1_Pa";
        take(sigma1, 0.5 * out_.E_u_Pa, sigma1_sd, true);
        sigma1.low = std::min(sigma1.start, std::log(0.5 * highest));
        sigma1.high = std::max(sigma1.start, std::log(100.0 * out_.E_u_Pa));
        out_.coordinates.push_back(sigma1);
        NamedCoordinate a2;
        a2.name = "a2";
        take(a2, a2_mean, a2_sd, false);
        a2.low = std::min(-30.0, a2.start);
        a2.high = std::max(100.0, a2.start);
        out_.coordinates.push_back(a2);
        NamedCoordinate scale;
        scale.name = "time_scale";
        take(scale, 1.0, time_scale_sd, true);
        scale.low = scale.start - 4.0;
        scale.high = scale.start + 4.0;
        out_.coordinates.push_back(scale);
        NamedCoordinate machine;
        machine.name = "machine_compliance_per_Pa";
        machine.prior_sd = machine_sd;
        machine.is_fixed = std::find(options_.freed.begin(), options_.freed.end(), machine.name) ==
                           options_.freed.end();
        const GivenNumber known = given(machine.name);
        if (known.is_there()) {
            machine.prior_mean = known.value * out_.E_u_Pa;
            machine.prior_sd = known.sd > 0.0 ? known.sd * out_.E_u_Pa : machine_sd;
            machine.is_fixed = known.is_fixed;
        }
        machine.start = machine.prior_mean;
        machine.low = -0.5;
        machine.high = 20.0;
        out_.coordinates.push_back(machine);
    }

    void take(NamedCoordinate& c, double mean, double sd, bool is_log) const {
        const GivenNumber g = given(c.name);
        const bool is_good = g.is_there() && (!is_log || g.value > 0.0);
        const double value = is_good ? g.value : mean;
        c.prior_mean = is_log ? std::log(value) : value;
        c.prior_sd = sd;
        if (is_good && g.sd > 0.0) {
            c.prior_sd = is_log ? g.sd / g.value : g.sd;
        }
        c.is_fixed = is_good && g.is_fixed;
        c.start = c.prior_mean;
    }

    const TensionData& data_;
    const record::FitOptions& options_;
    TensionSetup out_;
    std::string missing_;
};

}  // namespace

Result<TensionSetup> set_up_tension(const TensionData& data, const record::FitOptions& options) {
    return Builder(data, options).build();
}

TensionResiduals::TensionResiduals(const TensionData& data, const TensionSetup& setup)
    : data_(&data), setup_(&setup) {
    for (const TensionCurve& curve : data.curves) {
        rows_ += curve.rows.size();
        ends_.push_back(rows_);
    }
}

bool TensionResiduals::residuals(
    const Eigen::VectorXd& q, Eigen::VectorXd& r, Eigen::MatrixXd* derivative
) {
    const TensionNumbers<TensionDual> numbers{
        TensionDual::variable(q[tension_ln_sigma1], 0),
        TensionDual::variable(q[tension_a2], 1),
        TensionDual::variable(q[tension_ln_time_scale], 2),
        TensionDual::variable(q[tension_machine], 3),
    };
    r.resize(static_cast<Eigen::Index>(rows_));
    if (derivative != nullptr) {
        derivative->resize(static_cast<Eigen::Index>(rows_), q.size());
    }
    Eigen::Index at = 0;
    for (std::size_t k = 0; k < data_->curves.size(); ++k) {
        const TensionCurve& curve = data_->curves[k];
        if (!march_tension(setup_->laws[k], curve.legs, numbers, states_)) {
            return false;
        }
        for (const TensionRow& row : curve.rows) {
            const auto& state = states_[row.leg];
            const TensionDual& value = row.is_strain ? state.strain : state.stress_Pa;
            r[at] = (value.value - row.value) / row.sigma;
            for (std::size_t d = 0; d < tension_directions && derivative != nullptr; ++d) {
                (*derivative)(at, static_cast<Eigen::Index>(d)) = value.slope[d] / row.sigma;
            }
            ++at;
        }
    }
    return r.allFinite();
}

bool TensionResiduals::find_start(std::vector<NamedCoordinate>& coordinates) const {
    NamedCoordinate& sigma1 = coordinates[tension_ln_sigma1];
    NamedCoordinate& a2 = coordinates[tension_a2];
    std::vector<std::pair<double, double>> tries{{sigma1.start, a2.start}};
    for (const double share : sigma1_grid) {
        for (const double a : a2_grid) {
            tries.emplace_back(
                sigma1.is_fixed
                    ? sigma1.start
                    : std::clamp(std::log(share * setup_->E_u_Pa), sigma1.low, sigma1.high),
                a2.is_fixed ? a2.start : a
            );
        }
    }
    std::optional<std::pair<double, double>> best;
    double lowest = std::numeric_limits<double>::infinity();
    std::vector<TensionState<double>> states;
    for (const auto& [ln_sigma1, a] : tries) {
        const TensionNumbers<double> numbers{
            ln_sigma1,
            a,
            coordinates[tension_ln_time_scale].start,
            coordinates[tension_machine].start,
        };
        double sum = 0.0;
        for (std::size_t k = 0; k < data_->curves.size() && std::isfinite(sum); ++k) {
            const TensionCurve& curve = data_->curves[k];
            if (!march_tension(setup_->laws[k], curve.legs, numbers, states)) {
                sum = std::numeric_limits<double>::infinity();
                break;
            }
            for (const TensionRow& row : curve.rows) {
                const auto& s = states[row.leg];
                sum +=
                    std::pow(((row.is_strain ? s.strain : s.stress_Pa) - row.value) / row.sigma, 2);
            }
        }
        if (sum < lowest) {
            lowest = sum;
            best = {ln_sigma1, a};
        }
    }
    if (!best) {
        return false;
    }
    sigma1.start = best->first;
    a2.start = best->second;
    return true;
}

bool TensionResiduals::at_last_strain(
    const Eigen::VectorXd& q, std::size_t curve, TensionState<TensionDual>& out
) const {
    const TensionNumbers<TensionDual> numbers{
        TensionDual::variable(q[tension_ln_sigma1], 0),
        TensionDual::variable(q[tension_a2], 1),
        TensionDual::variable(q[tension_ln_time_scale], 2),
        TensionDual::variable(q[tension_machine], 3),
    };
    std::vector<TensionLeg> legs;
    for (const TensionLeg& leg : data_->curves[curve].legs) {
        if (leg.at_rest || (!legs.empty() && leg.starts_anew)) {
            break;
        }
        legs.push_back(leg);
    }
    std::vector<TensionState<TensionDual>> states;
    if (legs.empty() || !march_tension(setup_->laws[curve], legs, numbers, states)) {
        return false;
    }
    out = states.back();
    return true;
}

}  // namespace relaxd::model
