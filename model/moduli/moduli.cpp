// SPDX-License-Identifier: MIT
#include "model/moduli/moduli.hpp"

#include "model/domain.hpp"

#include <cmath>

namespace relaxd::model {

namespace {

// Wider than double: squares of moduli stay in range, and what cancels keeps its digits.
using Wide = long double;

Result<void> check_modulus(std::complex<double> modulus) {
    return all_of(
        need_not_negative("storage_modulus_Pa", modulus.real()),
        need_not_negative("loss_modulus_Pa", modulus.imag())
    );
}

Result<std::complex<double>> finite(Wide storage, Wide loss, std::complex<double> given) {
    const std::complex<double> out(static_cast<double>(storage), static_cast<double>(loss));
    if (std::isfinite(out.real()) && std::isfinite(out.imag())) {
        return out;
    }
    return out_of_range("the modulus", "storage_modulus_Pa", given.real());
}

}  // namespace

Result<std::complex<double>> tensile_from_shear(std::complex<double> G_Pa, double bulk_modulus_Pa) {
    if (auto ok = all_of(check_modulus(G_Pa), need_positive("bulk_modulus_Pa", bulk_modulus_Pa));
        !ok) {
        return fail(ok.error());
    }
    // E = 9K g/(1 + g), g = G/(3K): sums of positive terms only.
    const Wide K = static_cast<Wide>(bulk_modulus_Pa);
    const Wide re = static_cast<Wide>(G_Pa.real()) / (3 * K);
    const Wide im = static_cast<Wide>(G_Pa.imag()) / (3 * K);
    const Wide scale = 9 * K / ((1 + re) * (1 + re) + im * im);
    return finite(scale * (re * (1 + re) + im * im), scale * im, G_Pa);
}

Result<std::complex<double>> shear_from_tensile(std::complex<double> E_Pa, double bulk_modulus_Pa) {
    if (auto ok = all_of(check_modulus(E_Pa), need_positive("bulk_modulus_Pa", bulk_modulus_Pa));
        !ok) {
        return fail(ok.error());
    }
    // G = 3K e/(1 - e), e = E/(9K); its real part has the sign of e' - |e|^2.
    const Wide K = static_cast<Wide>(bulk_modulus_Pa);
    const Wide re = static_cast<Wide>(E_Pa.real()) / (9 * K);
    const Wide im = static_cast<Wide>(E_Pa.imag()) / (9 * K);
    const Wide stored = re * (1 - re) - im * im;
    if (E_Pa == std::complex<double>(0.0, 0.0)) {
        return E_Pa;
    }
    if (!(stored > 0)) {
        return out_of_domain(
            "bulk_modulus_Pa",
            bulk_modulus_Pa,
            "above |E*|^2/(9 E'): no solid of this bulk modulus has storage_modulus_Pa = " +
                shown(E_Pa.real()) + " with loss_modulus_Pa = " + shown(E_Pa.imag())
        );
    }
    const Wide scale = 3 * K / ((1 - re) * (1 - re) + im * im);
    return finite(scale * stored, scale * im, E_Pa);
}

Result<std::complex<double>> tensile_from_shear_constant_nu(
    std::complex<double> G_Pa, double poisson_ratio
) {
    if (auto ok = check_modulus(G_Pa); !ok) {
        return fail(ok.error());
    }
    if (!(poisson_ratio > -1.0 && poisson_ratio < 0.5)) {
        return out_of_domain("poisson_ratio", poisson_ratio, "between -1 and 0.5, both excluded");
    }
    const Wide factor = 2 * (1 + static_cast<Wide>(poisson_ratio));
    return finite(
        factor * static_cast<Wide>(G_Pa.real()), factor * static_cast<Wide>(G_Pa.imag()), G_Pa
    );
}

}  // namespace relaxd::model
