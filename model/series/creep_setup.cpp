// SPDX-License-Identifier: MIT
#include "model/series/creep_setup.hpp"

#include "model/domain.hpp"
#include "model/kww/special.hpp"
#include "model/qpd/qpd.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace relaxd::model {

namespace {

// Widths of the weak priors (ANALYSIS 4.1).
constexpr double J_0_sd = 0.3;
constexpr double A_an_sd = 2.0;
constexpr double chi_sd = 0.15;
constexpr double tau_max_sd = 5.0;
constexpr double ratio_sd = 1.0;
constexpr double chi_low = 0.05;
constexpr double chi_high = 0.95;
constexpr double A_an_share = 0.5;  ///< Of J_0, where no material says it.

constexpr std::array<std::string_view, 16> params_names{
    "E_u_Pa",
    "E_r_Pa",
    "A_beta_per_Pa",
    "U_beta_J_mol",
    "tau_beta0_s",
    "B",
    "A_an_per_Pa",
    "A_vp_per_Pa",
    "chi_Tg",
    "a1_per_K",
    "T_g_K",
    "t0_s",
    "sigma1_Pa",
    "a2",
    "E_u_slope_per_K",
    "E_u_T_ref_K",
};

bool holds(const std::vector<std::string_view>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end() ||
           std::find(params_names.begin(), params_names.end(), name) != params_names.end();
}

tl::unexpected<Error> no_such_name(std::string_view option, const std::string& name) {
    return fail(
        Errc::invalid,
        "there is no parameter \"" + name + "\" to " + std::string(option) + " in this fit"
    );
}

/// A positive number as a logarithmic coordinate.
void set_logarithm(NamedCoordinate& c, const GivenNumber& given, double weak_sd) {
    if (!given.is_there() || !(given.value > 0.0)) {
        return;
    }
    c.prior_mean = std::log(given.value);
    c.start = c.prior_mean;
    c.prior_sd = given.sd > 0.0 ? given.sd / given.value : weak_sd;
    c.is_fixed = given.is_fixed;
}

class Builder {
  public:
    Builder(const CreepData& data, const record::FitOptions& options)
        : data_(data), options_(options) {}

    Result<CreepSetup> build() {
        if (auto ok = check_options(); !ok) {
            return fail(ok.error());
        }
        if (auto ok = set_beta(); !ok) {
            return fail(ok.error());
        }
        if (auto ok = set_formulation(); !ok) {
            return fail(ok.error());
        }
        set_coordinates();
        if (auto ok = set_J_0(); !ok) {
            return fail(ok.error());
        }
        if (auto ok = set_chi(); !ok) {
            return fail(ok.error());
        }
        set_A();
        set_tau_max();
        set_ratio();
        add_baselines();
        return std::move(out_);
    }

  private:
    [[nodiscard]] GivenNumber given(std::string_view name) const {
        return given_number(options_, name);
    }
    NamedCoordinate& at(CreepCoordinate which) { return out_.coordinates[which]; }

    [[nodiscard]] Result<void> check_options() const {
        static const std::vector<std::string_view> own{
            "J_0_per_Pa", "chi", "tau_max_s", "recovery_time_ratio"
        };
        if (auto ok = check_names(options_, own, {"A_vp_per_Pa"}); !ok) {
            return ok;
        }
        if (options_.fixed.contains("E_r_Pa") && options_.fixed.contains("A_beta_per_Pa")) {
            return fail(Errc::invalid, "fix E_r_Pa or A_beta_per_Pa, not both");
        }
        for (const auto& [name, value] : options_.fixed) {
            const bool may_be_negative =
                name == "a2" || name == "a1_per_K" || name == "E_u_slope_per_K";
            if (!std::isfinite(value) || (!may_be_negative && !(value >= 0.0))) {
                return out_of_domain(name, value, "0 or more");
            }
        }
        return {};
    }

    /// E_u, A_beta and tau_beta where they are all known.
    Result<void> set_beta() {
        const GivenNumber E_u = given("E_u_Pa");
        const GivenNumber E_r = given("E_r_Pa");
        GivenNumber A_beta = given("A_beta_per_Pa");
        const bool E_r_wins = options_.fixed.contains("E_r_Pa") || !A_beta.is_there();
        if (E_r_wins && E_r.is_there() && E_u.is_there()) {
            A_beta = {
                1.0 / E_r.value - 1.0 / E_u.value, record::unknown, E_r.is_fixed && E_u.is_fixed
            };
        }
        if (E_u.is_there() && !(E_u.value > 0.0)) {
            return out_of_domain("E_u_Pa", E_u.value, "positive");
        }
        if (A_beta.is_there() && !(A_beta.value >= 0.0 && std::isfinite(A_beta.value))) {
            return fail(Errc::invalid, "E_r_Pa must be positive and at most E_u_Pa");
        }
        const GivenNumber U = given("U_beta_J_mol");
        const GivenNumber tau0 = given("tau_beta0_s");
        need("E_u_Pa", E_u.is_there());
        need("E_r_Pa or A_beta_per_Pa", A_beta.is_there());
        need("U_beta_J_mol", U.is_there());
        need("tau_beta0_s", tau0.is_there());
        need("temperature_K of the test", data_.temperature_K == data_.temperature_K);
        need("stress_Pa of the test", data_.stress_known);
        if (E_u.is_there() && A_beta.is_there()) {
            const double slope = given("E_u_slope_per_K").value;
            const double T_ref = given("E_u_T_ref_K").value;
            double modulus = E_u.value;
            if (std::isfinite(slope * T_ref * data_.temperature_K)) {
                modulus *= 1.0 + slope * (data_.temperature_K - T_ref);
            }
            J_0_ = 1.0 / modulus + A_beta.value;
            J_0_fixed_ = E_u.is_fixed && A_beta.is_fixed;
            J_0_sd_ = E_u.sd > 0.0 ? E_u.sd / E_u.value : J_0_sd;
        }
        if (!missing_.empty()) {
            return {};
        }
        CreepLaws& laws = out_.laws;
        laws.barrier = U.value / (gas_constant_J_mol_K * data_.temperature_K);
        laws.ln_tau_beta = std::log(tau0.value) + laws.barrier;
        laws.A_beta_per_Pa = A_beta.value;
        laws.has_beta = std::isfinite(laws.ln_tau_beta);
        const GivenNumber B = given("B");
        laws.B = B.is_there() && B.value > 0.0 ? B.value : laws.B;
        const GivenNumber sigma1 = given("sigma1_Pa");
        laws.sigma1_Pa = sigma1.is_there() && sigma1.value > 0.0 ? sigma1.value : laws.sigma1_Pa;
        const GivenNumber a2 = given("a2");
        laws.a2 = a2.is_there() ? a2.value : 0.0;
        for (const std::string_view name :
             {"U_beta_J_mol", "tau_beta0_s", "B", "sigma1_Pa", "a2", "A_beta_per_Pa"}) {
            if (options_.priors.contains(std::string(name))) {
                out_.warnings.push_back(
                    std::string(name) + " is held at the mean of its prior: creep does not move it"
                );
            }
        }
        return {};
    }

    void need(std::string_view name, bool is_there) {
        if (!is_there) {
            missing_ += (missing_.empty() ? "" : ", ") + std::string(name);
        }
    }

    Result<void> set_formulation() {
        const bool is_said = !options_.formulation.empty();
        const auto wanted = formulation_from(is_said ? options_.formulation : "hereditary");
        if (!wanted) {
            return fail(
                Errc::invalid,
                "formulation is \"" + options_.formulation +
                    "\" and must be hereditary, eq16 or linear"
            );
        }
        out_.laws.formulation = *wanted;
        if (*wanted == Formulation::linear || missing_.empty()) {
            return {};
        }
        if (is_said) {
            return fail(
                Errc::invalid,
                options_.formulation + " needs " + missing_ +
                    "; give them with --fix or --material, or fit --formulation linear"
            );
        }
        out_.laws.formulation = Formulation::linear;
        out_.warnings.push_back(
            "fitted linear: hereditary needs " + missing_ + " from --fix or --material"
        );
        return {};
    }

    void set_coordinates() {
        const std::array<const char*, creep_main_count> names{
            "J_0_per_Pa", "A_an_per_Pa", "chi", "tau_max_s", "A_vp_per_Pa", "recovery_time_ratio"
        };
        for (const char* name : names) {
            NamedCoordinate c;
            c.name = name;
            out_.coordinates.push_back(c);
        }
    }

    Result<void> set_J_0() {
        NamedCoordinate& c = at(creep_ln_J_0);
        const GivenNumber own = given("J_0_per_Pa");
        // A first look at the data: the smallest compliance under load.
        double least = std::numeric_limits<double>::infinity();
        for (const CreepTest& test : data_.tests) {
            for (const CreepRow& r : test.bins) {
                const StressPiece& p = test.history.pieces[test.history.piece_at(r.time_s)];
                const double J = p.end_Pa != 0.0 ? r.strain / p.end_Pa : -1.0;
                least = J > 0.0 ? std::min(least, J) : least;
            }
        }
        c.prior_mean = std::log(least);
        c.prior_sd = 2.0 * J_0_sd;
        if (own.is_there()) {
            set_logarithm(c, own, J_0_sd);
        } else if (J_0_ == J_0_) {
            set_logarithm(c, {J_0_, J_0_sd_ * J_0_, J_0_fixed_}, J_0_sd);
        }
        c.start = c.prior_mean;
        c.low = c.prior_mean - 5.0;
        c.high = c.prior_mean + 5.0;
        if (out_.laws.has_beta) {
            const double least_J_0 = 1.0001 * out_.laws.A_beta_per_Pa;
            if (c.prior_mean <= std::log(least_J_0)) {
                return fail(
                    Errc::invalid,
                    "J_0_per_Pa is " + shown(std::exp(c.prior_mean)) +
                        " and must exceed A_beta_per_Pa, " + shown(out_.laws.A_beta_per_Pa) +
                        ": J_0 = 1/E_u + A_beta"
                );
            }
            c.low = std::max(c.low, std::log(least_J_0));
        }
        return {};
    }

    Result<void> set_chi() {
        NamedCoordinate& c = at(creep_chi);
        c.prior_mean = 0.4;
        c.prior_sd = chi_sd;
        GivenNumber chi = given("chi");
        const GivenNumber chi_Tg = given("chi_Tg");
        if (!chi.is_there() && chi_Tg.is_there()) {
            const double a1 = given("a1_per_K").value;
            const double T_g = options_.T_g_fixed_K.value_or(given("T_g_K").value);
            chi = chi_Tg;
            const double above = data_.temperature_K - T_g;
            if (above > 0.0 && std::isfinite(a1)) {
                chi.value += a1 * above;
            }
        }
        if (chi.is_there()) {
            if (!(chi.value > 0.0 && chi.value < 1.0)) {
                return out_of_domain("chi", chi.value, "between 0 and 1, both excluded");
            }
            c.prior_mean = chi.value;
            c.prior_sd = chi.sd > 0.0 ? chi.sd : chi_sd;
            c.is_fixed = chi.is_fixed;
        }
        c.start = c.prior_mean;
        c.low = std::min(chi_low, 0.5 * c.prior_mean);
        c.high = std::max(chi_high, 0.5 * (1.0 + c.prior_mean));
        return {};
    }

    void set_A() {
        NamedCoordinate& an = at(creep_ln_A_an);
        const double J_0 = std::exp(at(creep_ln_J_0).prior_mean);
        an.prior_mean = std::log(A_an_share * J_0);
        an.prior_sd = A_an_sd;
        GivenNumber A_an = given("A_an_per_Pa");
        if (A_an.is_there() && !A_an.is_fixed && !(A_an.sd > 0.0) &&
            options_.form == record::Form::printed) {
            // An A_an of form `printed` lacks Gamma(1 + chi) (E1-10).
            A_an.value /= std::exp(ln_gamma(1.0 + at(creep_chi).prior_mean));
            out_.warnings.push_back(
                "A_an_per_Pa of form printed was divided by Gamma(1 + chi) to start Eq. 25a"
            );
        }
        set_logarithm(an, A_an, A_an_sd);
        an.start = an.prior_mean;
        an.low = an.prior_mean - 15.0;
        an.high = an.prior_mean + 15.0;
        NamedCoordinate& vp = at(creep_ln_A_vp);
        vp.prior_mean = an.prior_mean;
        vp.prior_sd = A_an_sd;
        const GivenNumber A_vp = given("A_vp_per_Pa");
        const bool is_freed =
            std::find(options_.freed.begin(), options_.freed.end(), "A_vp_per_Pa") !=
            options_.freed.end();
        out_.is_A_vp_tied = !is_freed && !(A_vp.is_there() && (A_vp.is_fixed || A_vp.sd > 0.0));
        if (out_.is_A_vp_tied) {
            vp.is_fixed = true;
        } else {
            set_logarithm(vp, A_vp, A_an_sd);
        }
        vp.start = vp.prior_mean;
        vp.low = vp.prior_mean - 15.0;
        vp.high = vp.prior_mean + 15.0;
    }

    void set_tau_max() {
        NamedCoordinate& c = at(creep_ln_tau_max);
        double last = 0.0;
        for (const CreepTest& test : data_.tests) {
            last = std::max(last, test.bins.back().time_s);
        }
        c.prior_mean = std::log(last);
        c.prior_sd = tau_max_sd;
        const GivenNumber own = given("tau_max_s");
        const GivenNumber t0 = given("t0_s");
        if (own.is_there()) {
            set_logarithm(c, own, tau_max_sd);
        } else if (t0.is_there() && t0.value > 0.0 && out_.laws.has_beta) {
            const double ln_t0 = std::log(t0.value);
            c.prior_mean = ln_t0 + (out_.laws.ln_tau_beta - ln_t0) / at(creep_chi).prior_mean;
            if (t0.is_fixed) {
                out_.fixed_t0 = ln_t0;
                c.is_fixed = true;
            }
        }
        c.start = c.prior_mean;
        c.low = std::min(c.prior_mean, std::log(last)) - 25.0;
        c.high = std::max(c.prior_mean, std::log(last)) + 60.0;
        if (out_.laws.clocks_move()) {
            c.low = std::max(c.low, out_.laws.ln_tau_beta + 0.1);
            c.high = std::max(c.high, c.low + 25.0);  // far below T_g tau_beta is beyond all times
            c.start = std::max(c.start, c.low + 0.1);
        }
    }

    void set_ratio() {
        NamedCoordinate& c = at(creep_ln_ratio);
        c.prior_sd = ratio_sd;
        const bool recovers = std::any_of(
            data_.tests.begin(), data_.tests.end(), [](const auto& t) { return t.has_recovery; }
        );
        set_logarithm(c, given("recovery_time_ratio"), ratio_sd);
        c.start = c.prior_mean;
        c.is_fixed = c.is_fixed || !recovers;
        c.low = c.prior_mean - 10.0;
        c.high = c.prior_mean + 10.0;
    }

    void add_baselines() {
        for (const CreepTest& test : data_.tests) {
            const auto add = [&](const char* what, double sd) {
                NamedCoordinate c;
                c.name = what + test.name;
                c.prior_sd = 1.0;
                c.is_fixed = !(sd > 0.0);
                out_.coordinates.push_back(c);
            };
            add("offset of ", test.baseline.offset_sd);
            add("drift of ", test.baseline.drift_sd_per_s);
        }
    }

    const CreepData& data_;
    const record::FitOptions& options_;
    CreepSetup out_;
    std::string missing_;
    double J_0_ = record::unknown;
    double J_0_sd_ = J_0_sd;
    bool J_0_fixed_ = false;
};

}  // namespace

GivenNumber given_number(const record::FitOptions& options, std::string_view name) {
    GivenNumber out;
    const std::string key(name);
    if (const auto at = options.fixed.find(key); at != options.fixed.end()) {
        out.value = at->second;
        out.is_fixed = true;
    } else if (const auto prior = options.priors.find(key); prior != options.priors.end()) {
        out.value = prior->second.mean;
        out.sd = prior->second.sd;
    } else if (const auto m = options.material.find(key); m != options.material.end()) {
        out.value = m->second;
    }
    if (!std::isfinite(out.value)) {
        out = {};
    }
    return out;
}

Result<void> check_names(
    const record::FitOptions& options,
    const std::vector<std::string_view>& own,
    const std::vector<std::string_view>& can_be_freed
) {
    for (const auto& [name, value] : options.fixed) {
        if (!holds(own, name)) {
            return no_such_name("fix", name);
        }
    }
    for (const auto& [name, prior] : options.priors) {
        if (!holds(own, name)) {
            return no_such_name("give a prior for", name);
        }
        if (!std::isfinite(prior.mean) || !(prior.sd > 0.0)) {
            return fail(Errc::invalid, "the prior of " + name + " needs a mean and a positive sd");
        }
    }
    for (const std::string& name : options.freed) {
        if (std::find(can_be_freed.begin(), can_be_freed.end(), name) == can_be_freed.end()) {
            return no_such_name("free", name);
        }
    }
    return {};
}

double CreepSetup::ln_tau_max(const Eigen::VectorXd& q, double* by_chi) const {
    if (!fixed_t0) {
        if (by_chi != nullptr) {
            *by_chi = 0.0;
        }
        return q[creep_ln_tau_max];
    }
    const double chi = q[creep_chi];
    const double height = laws.ln_tau_beta - *fixed_t0;
    if (by_chi != nullptr) {
        *by_chi = -height / (chi * chi);
    }
    return *fixed_t0 + height / chi;
}

Result<CreepSetup> set_up_creep(const CreepData& data, const record::FitOptions& options) {
    return Builder(data, options).build();
}

}  // namespace relaxd::model
