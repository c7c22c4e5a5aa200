// SPDX-License-Identifier: MIT
#include "model/estimate/dynamic_layout.hpp"

#include "model/estimate/dynamic_names.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::model {

namespace {

std::optional<Quantity> derived(std::string_view name) {
    if (name == "tau_beta0_s") {
        return Quantity::ln_tau_beta0;
    }
    if (name == "t0_s") {
        return Quantity::ln_t0;
    }
    if (name == "E_r_Pa") {
        return Quantity::ln_E_r;
    }
    if (name == "fast_beta.tau0_s") {
        return Quantity::ln_tau_fast0;
    }
    return std::nullopt;
}

tl::unexpected<Error> unknown_name(std::string_view name, std::string_view option) {
    return fail(
        Errc::invalid,
        "the dynamic model has no parameter " + std::string(name),
        std::string(option),
        "names are E_u_Pa E_r_Pa A_beta_per_Pa U_beta_J_mol tau_beta0_s B A_an_per_Pa A_vp_per_Pa "
        "chi_Tg a1_per_K t0_s T_g_K tau_max_Tg_s E_u_slope_per_K E_u_T_ref_K background_tan_delta "
        "fast_beta.A_per_Pa fast_beta.U_J_mol fast_beta.tau0_s fast_beta.B; of joint fits scale_2 "
        "T_g_offset_2_K … bulk_modulus_Pa poisson_ratio"
    );
}

tl::unexpected<Error> no_such_input(std::string_view name, std::string_view option) {
    return fail(
        Errc::invalid,
        "there is no input of the number in " + std::string(name),
        std::string(option),
        "inputs are counted from 1; the first has no scale and no offset"
    );
}

bool is_of_input(std::size_t coordinate) {
    return coordinate >= q_ln_scale_2 && coordinate < q_E_u_T_ref;
}
bool has_input(const Layout& layout, std::size_t coordinate) {
    return !is_of_input(coordinate) ||
           (coordinate - q_ln_scale_2) % (inputs_max - 1) + 2 <= layout.n_inputs;
}

Result<void> apply_fix(Layout& layout, const std::string& name, double value) {
    if (!std::isfinite(value)) {
        return fail(Errc::invalid, "the value of " + name + " is not finite", "--fix");
    }
    if (is_setting(name)) {
        return {};  // read where it acts
    }
    const DynamicName* n = dynamic_name(name);
    const auto quantity = derived(name);
    if (n == nullptr && !quantity) {
        return unknown_name(name, "--fix");
    }
    if (n != nullptr && !has_input(layout, n->coordinate)) {
        return no_such_input(name, "--fix");
    }
    const bool positive = quantity || n->is_logarithmic || name == "T_g_K";
    if (positive && value <= 0.0) {
        return fail(Errc::invalid, name + " = " + to_text(value) + " must be positive", "--fix");
    }
    if (name == "chi_Tg" && !(value > 0.05 && value < 0.95)) {
        return fail(
            Errc::invalid, "chi_Tg = " + to_text(value) + " is outside 0.05 … 0.95", "--fix"
        );
    }
    if ((name == "B" || name == "fast_beta.B") && std::log(value) < ln_B_low) {
        return fail(Errc::invalid, name + " = " + to_text(value) + " is below 0.05", "--fix");
    }
    if (n != nullptr) {
        layout.mode[n->coordinate] = Mode::fixed;
        layout.is_shown[n->coordinate] = n->coordinate >= q_plain_count;
        layout.value[n->coordinate] = n->is_logarithmic ? std::log(value) : value;
        return {};
    }
    switch (*quantity) {
        case Quantity::ln_tau_beta0: layout.ln_tau_beta0 = std::log(value); break;
        case Quantity::ln_t0: layout.ln_t0 = std::log(value); break;
        case Quantity::ln_E_r: layout.E_r_Pa = value; break;
        case Quantity::ln_tau_fast0: layout.ln_tau_fast0 = std::log(value); break;
        case Quantity::coordinate: break;
    }
    return {};
}

Result<void> apply_eliminations(Layout& layout) {
    const auto eliminate =
        [&layout](std::size_t coordinate, std::string_view a, std::string_view b) -> Result<void> {
        if (layout.mode[coordinate] == Mode::fixed) {
            return fail(
                Errc::invalid,
                std::string(a) + " and " + std::string(b) + " cannot both be fixed",
                "--fix",
                "give one of them"
            );
        }
        layout.mode[coordinate] = Mode::tied;
        return {};
    };
    if (layout.E_r_Pa) {
        if (auto ok = eliminate(q_ln_A_beta, "E_r_Pa", "A_beta_per_Pa"); !ok) {
            return ok;
        }
    }
    if (layout.ln_tau_beta0) {
        layout.mode[q_ln_tau_beta_ref] = Mode::tied;
    }
    if (layout.ln_tau_fast0) {
        layout.mode[q_ln_tau_fast_ref] = Mode::tied;
        layout.is_shown[q_ln_tau_fast_ref] = true;
    }
    if (layout.ln_t0) {
        if (auto ok = eliminate(q_ln_tau_max_Tg, "t0_s", "tau_max_Tg_s"); !ok) {
            return ok;
        }
    }
    return {};
}

/// A prior MEAN+-SD of a positive quantity acts on its logarithm with the same relative width.
PriorTerm term_of(
    const DynamicName* n, std::optional<Quantity> quantity, const record::Prior& prior
) {
    PriorTerm term;
    const double relative = prior.sd / prior.mean;
    const bool logarithmic = quantity || n->is_logarithmic;
    term.quantity = quantity.value_or(Quantity::coordinate);
    term.coordinate = n != nullptr ? n->coordinate : 0;
    term.mean = logarithmic ? std::log(prior.mean) : prior.mean;
    term.sd = logarithmic ? std::sqrt(std::log1p(relative * relative)) : prior.sd;
    return term;
}

Result<void> apply_prior(Layout& layout, const std::string& name, const record::Prior& prior) {
    const DynamicName* n = dynamic_name(name);
    const auto quantity = derived(name);
    if (n == nullptr && !quantity) {
        return unknown_name(name, "--prior");
    }
    if (n != nullptr && !has_input(layout, n->coordinate)) {
        return no_such_input(name, "--prior");
    }
    const bool positive = quantity || n->is_logarithmic;
    if (!std::isfinite(prior.mean) || !(prior.sd > 0.0) || !std::isfinite(prior.sd) ||
        (positive && prior.mean <= 0.0)) {
        return fail(
            Errc::invalid,
            "the prior of " + name + " needs a finite mean and a positive standard deviation",
            "--prior"
        );
    }
    const PriorTerm term = term_of(n, quantity, prior);
    std::erase_if(layout.priors, [&term](const PriorTerm& t) {
        return term.quantity == Quantity::coordinate && t.quantity == Quantity::coordinate &&
               t.coordinate == term.coordinate;
    });
    layout.priors.push_back(term);
    return {};
}

}  // namespace

Scalar ln_E_r_of(const Coordinates& q) {
    const double J_u = std::exp(-q[q_ln_E_u]);
    const double A = std::exp(q[q_ln_A_beta]);
    Scalar out;
    out.value = -std::log(J_u + A);
    out.gradient[q_ln_E_u] = J_u / (J_u + A);
    out.gradient[q_ln_A_beta] = -A / (J_u + A);
    return out;
}

Scalar ln_tau_beta0_of(const Coordinates& q, double T_ref_K) {
    const double slope = -1.0 / (gas_constant_J_mol_K * T_ref_K);
    Scalar out;
    out.value = q[q_ln_tau_beta_ref] + q[q_U] * slope;
    out.gradient[q_ln_tau_beta_ref] = 1.0;
    out.gradient[q_U] = slope;
    return out;
}

Scalar ln_tau_fast0_of(const Coordinates& q) {
    const double slope = -1.0 / (gas_constant_J_mol_K * q[q_fast_T_ref]);
    Scalar out;
    out.value = q[q_ln_tau_fast_ref] + q[q_U_fast] * slope;
    out.gradient[q_ln_tau_fast_ref] = 1.0;
    out.gradient[q_U_fast] = slope;
    return out;
}

Scalar quantity_of(const PriorTerm& term, const Coordinates& q, double T_ref_K) {
    switch (term.quantity) {
        case Quantity::ln_tau_beta0: return ln_tau_beta0_of(q, T_ref_K);
        case Quantity::ln_E_r: return ln_E_r_of(q);
        case Quantity::ln_tau_fast0: return ln_tau_fast0_of(q);
        case Quantity::ln_t0: {
            const LnT0 t0 = ln_t0_of(q, T_ref_K);
            return {t0.value, t0.gradient};
        }
        case Quantity::coordinate: break;
    }
    Scalar out;
    out.value = q[term.coordinate];
    out.gradient[term.coordinate] = 1.0;
    return out;
}

bool Layout::expand(const Eigen::VectorXd& p, Coordinates& q, Eigen::MatrixXd* derivative) const {
    const auto n = static_cast<Eigen::Index>(free.size());
    q = value;
    Eigen::MatrixXd d = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(q_count), n);
    const auto row = [&d](std::size_t i) { return d.row(static_cast<Eigen::Index>(i)); };
    for (std::size_t k = 0; k < free.size(); ++k) {
        q[free[k]] = p[static_cast<Eigen::Index>(k)];
        d(static_cast<Eigen::Index>(free[k]), static_cast<Eigen::Index>(k)) = 1.0;
    }
    if (vp_is_tied) {
        q[q_ln_A_vp] = q[q_ln_A_an];
        row(q_ln_A_vp) = row(q_ln_A_an);
    }
    if (ln_tau_beta0) {
        const double slope = 1.0 / (gas_constant_J_mol_K * T_ref_K);
        q[q_ln_tau_beta_ref] = *ln_tau_beta0 + q[q_U] * slope;
        row(q_ln_tau_beta_ref) = slope * row(q_U);
    }
    if (ln_tau_fast0) {
        const double slope = 1.0 / (gas_constant_J_mol_K * q[q_fast_T_ref]);
        q[q_ln_tau_fast_ref] = *ln_tau_fast0 + q[q_U_fast] * slope;
        row(q_ln_tau_fast_ref) = slope * row(q_U_fast);
    }
    if (E_r_Pa) {
        const double J_u = std::exp(-q[q_ln_E_u]);
        const double A = 1.0 / *E_r_Pa - J_u;
        if (!(A > 0.0)) {
            return false;
        }
        q[q_ln_A_beta] = std::log(A);
        row(q_ln_A_beta) = (J_u / A) * row(q_ln_E_u);
    }
    if (ln_t0) {
        // (b - chi L)/(1 - chi) = ln t0 solved for L; implicit derivatives of the same equation.
        const double x = q[q_chi_Tg];
        const double b = times_of(q, T_ref_K, q[q_T_g]).ln_tau_beta;
        q[q_ln_tau_max_Tg] = (b - (1.0 - x) * *ln_t0) / x;
        const LnT0 t0 = ln_t0_of(q, T_ref_K);
        Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(n);
        for (std::size_t i = 0; i < q_count; ++i) {
            if (i != q_ln_tau_max_Tg) {
                sum += t0.gradient[i] * row(i);
            }
        }
        row(q_ln_tau_max_Tg) = -sum / t0.gradient[q_ln_tau_max_Tg];
    }
    if (derivative != nullptr) {
        *derivative = std::move(d);
    }
    return true;
}

Eigen::VectorXd Layout::collect(const Coordinates& q) const {
    Eigen::VectorXd p(static_cast<Eigen::Index>(free.size()));
    for (std::size_t k = 0; k < free.size(); ++k) {
        p[static_cast<Eigen::Index>(k)] = q[free[k]];
    }
    return p;
}

void DynamicStart::free_slope() {
    q[q_E_u_slope] = -2e-4;
    prior_sd[q_E_u_slope] = 2e-4;
}

namespace {

/// What the options name is a parameter here, and what a joint fit needs is given.
Result<void> check_options(Layout& layout, const record::FitOptions& options) {
    for (const auto& name : options.freed) {
        const DynamicName* n = dynamic_name(name);
        if (name == "A_vp_per_Pa") {
            layout.vp_is_tied = false;
        } else if (n == nullptr && !derived(name) && name != "fast_beta") {
            return unknown_name(name, "--free");
        } else if (n != nullptr && !has_input(layout, n->coordinate)) {
            return no_such_input(name, "--free");
        }
    }
    if (!layout.is_joint_shear) {
        return {};
    }
    const auto K = setting(options, "bulk_modulus_Pa");
    const auto nu = setting(options, "poisson_ratio");
    if (K && !(*K > 0.0 && std::isfinite(*K))) {
        return fail(Errc::invalid, "bulk_modulus_Pa must be positive", "--fix bulk_modulus_Pa");
    }
    if (!K && nu && !(*nu > -1.0 && *nu < 0.5)) {
        return fail(
            Errc::invalid, "poisson_ratio must lie between -1 and 0.5", "--fix poisson_ratio"
        );
    }
    if (!K && !nu) {
        return fail(
            Errc::invalid,
            "tensile and shear data together need bulk_modulus_Pa, for 1/E* = 1/(9K) + 1/(3G*)",
            "--fix bulk_modulus_Pa",
            "give it with --fix or --material, or poisson_ratio as a shortcut"
        );
    }
    layout.bulk_modulus_Pa = K.value_or(0.0);
    layout.poisson_ratio = nu.value_or(0.0);
    return {};
}

/// Modes before the options: what is on is free, what is off is fixed at nothing.
Layout first_layout(const DynamicStart& start) {
    Layout layout;
    layout.T_ref_K = start.T_ref_K;
    layout.value = start.q;
    layout.start = start.q;
    layout.T_g_is_from_data = start.T_g_is_from_data;
    layout.T_g_is_detected = start.T_g_is_detected;
    layout.has_fast = start.q[q_fast_T_ref] > 0.0;
    layout.slope_is_automatic = start.slope_is_automatic;
    layout.n_inputs = start.n_inputs;
    layout.is_joint_shear = start.is_joint_shear;
    layout.mode.fill(Mode::free);
    for (std::size_t i = q_plain_count; i < q_count; ++i) {
        layout.is_shown[i] = start.prior_sd[i] > 0.0;
        layout.mode[i] = layout.is_shown[i] ? Mode::free : Mode::fixed;
    }
    if (start.T_g_is_fixed) {
        layout.mode[q_T_g] = Mode::fixed;
    }
    layout.is_one_temperature = start.is_one_temperature;
    if (start.is_one_temperature) {
        layout.T_g_is_unknown = start.T_g_is_unknown;
        layout.a1_is_unknown = true;
        layout.mode[q_a1] = Mode::fixed;
        layout.value[q_a1] = 0.0;
    }
    return layout;
}

}  // namespace

Result<Layout> dynamic_layout(const DynamicStart& start, const record::FitOptions& options) {
    const bool has_width = start.T_g_is_fixed || start.prior_sd[q_T_g] > 0.0;
    if (!(start.q[q_T_g] > 1.0 && has_width) || std::isinf(start.q[q_T_g])) {
        return fail(Errc::invalid, "the given T_g is not a temperature", "T_g_K", "give it in K");
    }
    Layout layout = first_layout(start);
    if (auto ok = check_options(layout, options); !ok) {
        return fail(ok.error());
    }
    for (const auto& [name, value] : options.fixed) {
        if (auto ok = apply_fix(layout, name, value); !ok) {
            return fail(ok.error());
        }
    }
    layout.a1_is_unknown = layout.a1_is_unknown && !options.fixed.contains("a1_per_K");
    if (layout.mode[q_ln_A_vp] == Mode::fixed) {
        layout.vp_is_tied = false;
    }
    if (layout.vp_is_tied) {
        layout.mode[q_ln_A_vp] = Mode::tied;
    }
    if (auto ok = apply_eliminations(layout); !ok) {
        return fail(ok.error());
    }
    for (std::size_t i = 0; i < q_count; ++i) {
        if (layout.mode[i] == Mode::free) {
            layout.free.push_back(i);
            layout.priors.push_back({Quantity::coordinate, i, start.q[i], start.prior_sd[i]});
        }
        if (i < q_plain_count || layout.mode[i] != Mode::fixed) {
            layout.active.push_back(i);
        }
    }
    for (const auto& [name, prior] : options.priors) {
        if (auto ok = apply_prior(layout, name, prior); !ok) {
            return fail(ok.error());
        }
    }
    return layout;
}

}  // namespace relaxd::model
