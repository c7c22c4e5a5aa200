// SPDX-License-Identifier: MIT
//
// What takes `params`: compliance, modulus, E(t), creep with recovery, tension; and the law of
// tan delta.
#include "model/qpd/creep_compliance.hpp"
#include "model/qpd/hierarchy.hpp"
#include "model/qpd/relaxation_modulus.hpp"
#include "model/rate/rate_form.hpp"
#include "tools/ctl/eval/function.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::ctl::eval {

namespace {

using X = std::span<const double>;
using Y = std::span<double>;
using Columns = std::vector<std::vector<double>>;

/// Where the model itself will refuse, nothing is noted.
void note_times(const model::QpdParameters& p, double temperature_K, double stress_Pa, Notes& n) {
    const auto tau = model::tau_beta(
        temperature_K, p.tau_beta0_s, p.U_beta_J_mol, {stress_Pa, p.sigma1_Pa, 0.0, 0.0}
    );
    if (tau) {
        note_fast_beta_time(std::log(*tau), p.t0_s, n);
    }
}

Result<void> compliance_at(const Fixed& in, X x, Y y, Notes& notes) {
    note_times(in.params, x[0], x[2], notes);
    const auto J = model::creep_compliance(in.params, x[0], x[1], x[2]);
    if (!J) {
        return fail(J.error());
    }
    y[0] = J->elastic_per_Pa;
    y[1] = J->beta_per_Pa;
    y[2] = J->anelastic_per_Pa;
    y[3] = J->flow_per_Pa;
    y[4] = J->total_per_Pa();
    return {};
}

Function compliance() {
    return {
        "compliance",
        {of_kind(Kind::params, "params"),
         number("temperature_K"),
         number("time_s"),
         optional_number("stress_Pa")},
        {{"J_el_per_Pa"}, {"J_beta_per_Pa"}, {"J_an_per_Pa"}, {"J_vp_per_Pa"}, {"J_per_Pa"}},
        "S1 Eqs. 17-21, 25a (tensile)",
        compliance_at
    };
}

Result<void> modulus_at(const Fixed& in, X x, Y y, Notes& notes) {
    const auto form = record::form_from(in.word);
    if (!form) {
        return fail(Errc::invalid, "form '" + in.word + "' is not known", "form");
    }
    note_times(in.params, x[0], 0.0, notes);
    const auto J = model::dynamic_compliance(in.params, x[0], x[1], *form);
    if (!J) {
        return fail(J.error());
    }
    const std::complex<double> total = J->total_per_Pa();
    const double real = total.real();
    const double loss = -total.imag();
    // 1/J*, scaled so that no square leaves the range.
    const double scale = std::max(std::abs(real), std::abs(loss));
    const double a = real / scale;
    const double b = loss / scale;
    const double square = a * a + b * b;
    y[0] = a / square / scale;
    y[1] = b / square / scale;
    y[2] = loss / real;
    y[3] = real;
    y[4] = loss;
    return {};
}

Function dynamic_modulus() {
    return {
        "dynamic_modulus",
        {of_kind(Kind::params, "params"),
         number("temperature_K"),
         number("frequency_Hz"),
         word("form", {"printed", "gamma", "exact"})},
        {{"storage_modulus_Pa"},
         {"loss_modulus_Pa"},
         {"tan_delta"},
         {"J_real_per_Pa"},
         {"J_loss_per_Pa"}},
        "S1 Eqs. 23, 25b, E1-10 (tensile)",
        modulus_at
    };
}

Function tan_delta_law() {
    return {
        "tan_delta_law",
        {number("temperature_K"),
         number("omega_rad_s"),
         number("U_beta_J_mol"),
         number("tau_beta0_s"),
         number("t0_s"),
         number("chi"),
         number("K")},
        {{"ln_tan_delta"}},
        "S1 Eqs. 26, 27; S2 Eqs. 10 (sign of E2-6), 11",
        [](const Fixed&, X x, Y y, Notes& notes) {
            if (const auto tau = model::tau_beta(x[0], x[3], x[2]); tau) {
                note_fast_beta_time(std::log(*tau), x[4], notes);
            }
            return put(model::ln_tan_delta_law(x[0], x[1], x[2], x[3], x[4], x[5], x[6]), y[0]);
        }
    };
}

Result<void> relaxation_curve(const Fixed& in, X x, X times_s, Columns& y, Notes& notes) {
    note_times(in.params, x[0], 0.0, notes);
    const auto E = model::RelaxationModulus::at(in.params, x[0]);
    if (!E) {
        return fail(E.error());
    }
    for (std::size_t i = 0; i < times_s.size(); ++i) {
        y[0][i] = E->value_Pa(times_s[i]);
    }
    return {};
}

Function relaxation_modulus() {
    Function f{
        "relaxation_modulus",
        {of_kind(Kind::params, "params"), number("temperature_K"), number("time_s")},
        {{"E_Pa"}},
        "S1 Eq. 25a, Fig. 9 (tensile)",
    };
    f.curve = relaxation_curve;
    f.variable = "time_s";
    f.not_negative = true;
    return f;
}

/// `reader` has refused every other word.
model::Formulation formulation_of(const Fixed& in) {
    return model::formulation_from(in.word).value_or(model::Formulation::hereditary);
}

void put_parts(const model::StrainParts& parts, Columns& y, std::size_t first, std::size_t i) {
    y[first][i] = parts.eps_el;
    y[first + 1][i] = parts.eps_beta;
    y[first + 2][i] = parts.eps_an;
    y[first + 3][i] = parts.eps_vp;
}

/// x = temperature_K, stress_Pa, load_time_s
Result<void> recovery_curve(const Fixed& in, X x, X times_s, Columns& y, Notes& notes) {
    const auto formulation = formulation_of(in);
    const bool is_linear = formulation == model::Formulation::linear;
    note_times(in.params, x[0], is_linear ? 0.0 : x[1], notes);
    const auto strain = model::creep_recovery(in.params, x[0], x[1], x[2], times_s, formulation);
    if (!strain) {
        return fail(strain.error());
    }
    for (std::size_t i = 0; i < times_s.size(); ++i) {
        put_parts((*strain)[i], y, 0, i);
        y[4][i] = (*strain)[i].total();
    }
    return {};
}

Function creep_recovery() {
    Function f{
        "creep_recovery",
        {of_kind(Kind::params, "params"),
         number("temperature_K"),
         number("stress_Pa"),
         number("load_time_s"),
         number("time_s"),
         word("formulation", {"linear", "hereditary", "eq16"})},
        {{"eps_el"}, {"eps_beta"}, {"eps_an"}, {"eps_vp"}, {"eps"}},
        "S1 Eqs. 9, 16, 22c, 25a, Fig. 11 (tensile)",
    };
    f.curve = recovery_curve;
    f.variable = "time_s";
    f.not_negative = true;
    return f;
}

/// x = temperature_K, strain_rate_per_s
Result<void> tension_curve(const Fixed& in, X x, X strains, Columns& y, Notes& notes) {
    const auto curve = model::tension(in.params, x[0], x[1], strains, formulation_of(in));
    if (!curve) {
        return fail(curve.error());
    }
    double highest_Pa = curve->peak_stress_Pa.value_or(0.0);
    for (std::size_t i = 0; i < strains.size(); ++i) {
        const model::TensionPoint& point = curve->points[i];
        y[0][i] = point.stress_Pa;
        put_parts(point.strain, y, 1, i);
        y[5][i] = point.chi;
        y[6][i] = point.tau_max_s;
        highest_Pa = std::max(highest_Pa, point.stress_Pa);
    }
    const double none = std::numeric_limits<double>::quiet_NaN();
    y[7][0] = curve->peak_stress_Pa.value_or(none);
    y[8][0] = curve->peak_strain.value_or(none);
    y[9][0] = curve->steady_stress_Pa.value_or(none);
    if (!curve->steady_stress_Pa) {
        notes.add(
            "steady stress", "steady_stress_Pa is null: " + curve->steady_stress_Pa.error().message
        );
    }
    note_times(in.params, x[0], highest_Pa, notes);
    return {};
}

Function tension() {
    Output peak_stress{"peak_stress_Pa", {}, true, true};
    Output peak_strain{"peak_strain", {}, true, true};
    Output steady_stress{"steady_stress_Pa", {}, true, true};
    Function f{
        "tension",
        {of_kind(Kind::params, "params"),
         number("temperature_K"),
         number("strain_rate_per_s"),
         number("strain"),
         word("formulation", {"hereditary", "eq16"})},
        {{"stress_Pa"},
         {"eps_el"},
         {"eps_beta"},
         {"eps_an"},
         {"eps_vp"},
         {"chi"},
         {"tau_max_s"},
         peak_stress,
         peak_strain,
         steady_stress},
        "S1 Eqs. 9, 11b, 16, 22c, Fig. 10, E1-14 (tensile)",
    };
    f.curve = tension_curve;
    f.variable = "strain";
    f.not_negative = true;
    f.ascending = true;
    return f;
}

}  // namespace

std::vector<Function> material_functions() {
    return {
        compliance(),
        dynamic_modulus(),
        tan_delta_law(),
        relaxation_modulus(),
        creep_recovery(),
        tension(),
    };
}

}  // namespace relaxd::ctl::eval
