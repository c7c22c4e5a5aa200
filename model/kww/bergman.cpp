// SPDX-License-Identifier: MIT
#include "model/kww/bergman.hpp"

#include "model/domain.hpp"

#include <cmath>
#include <string_view>

namespace relaxd::model {

namespace {

/// Exponents of which Debye's 1 is one.
Result<void> need_exponent(std::string_view name, double value) {
    if (value > 0.0 && value <= 1.0) {
        return {};
    }
    return out_of_domain(name, value, "above 0 and at most 1");
}

}  // namespace

Result<double> bergman_loss_Pa(double omega_over_omega_p, double b, double G_p_Pa) {
    if (auto ok = all_of(
            need_positive("omega_over_omega_p", omega_over_omega_p),
            need_exponent("b", b),
            need_positive("G_p_Pa", G_p_Pa)
        );
        !ok) {
        return fail(ok.error());
    }
    const double x = omega_over_omega_p;
    return G_p_Pa / (1.0 - b + b / (1.0 + b) * (b / x + std::pow(x, b)));
}

Result<double> aging_tan_delta(
    double time_s, double tan_delta_0, double tan_delta_inf, double tau_s, double beta
) {
    if (auto ok = all_of(
            need_not_negative("time_s", time_s),
            need_finite("tan_delta_0", tan_delta_0),
            need_finite("tan_delta_inf", tan_delta_inf),
            need_positive("tau_s", tau_s),
            need_exponent("beta", beta)
        );
        !ok) {
        return fail(ok.error());
    }
    const double power = std::pow(time_s / tau_s, beta);
    return tan_delta_0 * std::exp(-power) - tan_delta_inf * std::expm1(-power);
}

}  // namespace relaxd::model
