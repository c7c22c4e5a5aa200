// SPDX-License-Identifier: MIT
//
// The Gumbel spread of the beta process: S1 Eq. 24 and its averages.
#include "model/domain.hpp"
#include "model/qpd/gumbel.hpp"
#include "tools/ctl/eval/function.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::ctl::eval {

namespace {

using X = std::span<const double>;
using Y = std::span<double>;

Function gumbel() {
    return {
        "gumbel",
        {number("B"), number("x")},
        {{"density"}},
        "S1 Eq. 24 as a density, E1-12",
        [](const Fixed&, X x, Y y, Notes&) { return put(model::gumbel_density(x[0], x[1]), y[0]); }
    };
}

Function gumbel_weights() {
    Function f{
        "gumbel_weights",
        {of_kind(Kind::scalar, "B"), of_kind(Kind::grid, "ln_tau_over_mode")},
        {{"weights"}},
        "S1 Eq. 24",
    };
    f.variable = "ln_tau_over_mode";
    f.curve =
        [](const Fixed&, X x, X grid, std::vector<std::vector<double>>& y, Notes&) -> Result<void> {
        auto weights = model::gumbel_weights(x[0], grid);
        if (!weights) {
            return fail(weights.error());
        }
        y[0] = std::move(*weights);
        return {};
    };
    return f;
}

/// x = B, omega_tau, t_over_tau; the one that is not given has its harmless value.
Result<void> relaxation(const Fixed&, X x, Y y, Notes&) {
    if (!(x[0] > 0.0)) {
        return model::out_of_domain("B", x[0], "positive (null = one single time)");
    }
    if (auto ok = model::all_of(
            model::need_positive("omega_tau", x[1]), model::need_not_negative("t_over_tau", x[2])
        );
        !ok) {
        return ok;
    }
    const std::complex<double> debye = model::gumbel_debye(std::log(x[1]), x[0]);
    y[0] = debye.real();
    y[1] = -debye.imag();
    y[2] = model::gumbel_one_minus_exp(std::log(x[2]), x[0]);
    return {};
}

Function gumbel_relaxation() {
    Input width{"B", Kind::number, true, infinite};
    width.null_is_absent = true;
    Function f{
        "gumbel_relaxation",
        {width, optional_number("omega_tau", 1.0), optional_number("t_over_tau")},
        {{"debye_real", "omega_tau"}, {"debye_loss", "omega_tau"}, {"one_minus_exp", "t_over_tau"}},
        "S1 Eqs. 24, 25",
        relaxation
    };
    f.one_of = {"omega_tau", "t_over_tau"};
    return f;
}

}  // namespace

std::vector<Function> spread_functions() {
    return {gumbel(), gumbel_weights(), gumbel_relaxation()};
}

}  // namespace relaxd::ctl::eval
