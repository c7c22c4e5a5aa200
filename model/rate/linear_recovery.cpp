// SPDX-License-Identifier: MIT
#include "model/rate/linear_recovery.hpp"

#include "model/domain.hpp"
#include "model/qpd/creep_compliance.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::model {

namespace {

/// exp[-(rest/tau)^chi] - exp[-((rest + load)/tau)^chi], relative.
double stretched_recovery(double rest_s, double load_s, double ln_tau, double chi_now) {
    const double rest = std::exp(std::min(chi_now * (std::log(rest_s) - ln_tau), 700.0));
    const double whole = std::exp(std::min(chi_now * (std::log(rest_s + load_s) - ln_tau), 700.0));
    // (rest + load)^chi - rest^chi without cancellation for short loads.
    const double ln_ratio = load_s < rest_s ? -std::log1p(load_s / rest_s)
                                            : std::log(rest_s) - std::log(rest_s + load_s);
    const double difference = -whole * std::expm1(chi_now * ln_ratio);
    return -std::exp(-rest) * std::expm1(-difference);
}

double one_recovery(double ln_rest, double ln_load) {
    return -std::exp(-std::exp(std::min(ln_rest, 700.0))) *
           std::expm1(-std::exp(std::min(ln_load, 700.0)));
}

/// All parts but the flow, `rest_s` after the end of the load.
void recover(
    const RateMaterial& material,
    double rest_s,
    double load_s,
    double stress_Pa,
    StrainParts& strain
) {
    const QpdParameters& p = material.parameters();
    const Times times = material.times(0.0, material.chi_T());
    strain.eps_el = 0.0;
    strain.eps_beta = 0.0;
    strain.eps_an = 0.0;
    if (load_s == 0.0) {
        return;
    }
    const double ln_rest = std::log(rest_s);
    const double ln_load = std::log(load_s);
    const auto part = [&](double ln_tau, double B) {
        return gumbel_recovery(ln_rest - ln_tau, ln_load - ln_tau, B);
    };
    double beta = p.A_beta_per_Pa() * part(times.beta.value, p.B);
    for (std::size_t j = 0; j < p.fast_beta.size(); ++j) {
        const FastBeta& f = p.fast_beta[j];
        beta += f.A_per_Pa * part(material.fast_beta(j, 0.0).value, f.B);
    }
    strain.eps_beta = stress_Pa * beta;
    strain.eps_an = stress_Pa * p.A_an_per_Pa *
                    stretched_recovery(rest_s, load_s, times.an.value, material.chi_T());
}

}  // namespace

double gumbel_recovery(double ln_rest, double ln_load, double B) {
    if (std::isinf(B)) {
        return one_recovery(ln_rest, ln_load);
    }
    // e^y - y is the weight's exponent, y = B ln tau; slow times gain exp(-rest e^(-y/B)).
    // The summand is largest where e^y = (rest/B) e^(-y/B); `depth` is its exponent there.
    const double y_top = B / (1.0 + B) * (ln_rest - std::log(B));
    const double depth = std::max(1.0, std::exp(std::min(y_top, 7.0)) * (1.0 + B));
    const double h = std::min({0.1, 0.1 * B, 0.7 * std::sqrt(B / depth)});
    // Towards fast times the summand falls as e^y below the load time, and doubly below the rest.
    const double low = std::min(-50.0, -B * (std::max(0.0, -ln_load) + 50.0));
    const double fastest = std::max(low, B * (ln_rest - 6.7));
    const double high = std::max(4.5, std::log(depth + 60.0)) + 0.3;
    double sum = 0.0;
    for (double k = std::floor(high / h); k * h > fastest; k -= 1.0) {
        const double y = k * h;
        sum += std::exp(y - std::exp(y)) * one_recovery(ln_rest - y / B, ln_load - y / B);
    }
    return h * sum;
}

Result<std::vector<StrainParts>> linear_recovery(
    const RateMaterial& material,
    double temperature_K,
    double stress_Pa,
    double load_time_s,
    std::span<const double> times_s
) {
    const QpdParameters& p = material.parameters();
    std::vector<StrainParts> out;
    out.reserve(times_s.size());
    for (const double t : times_s) {
        const bool loaded = t <= load_time_s;
        const auto J = creep_compliance(p, temperature_K, loaded ? t : load_time_s);
        if (!J) {
            return fail(J.error());
        }
        StrainParts strain{
            stress_Pa * J->elastic_per_Pa,
            stress_Pa * J->beta_per_Pa,
            stress_Pa * J->anelastic_per_Pa,
            stress_Pa * J->flow_per_Pa,
        };
        if (!loaded) {
            recover(material, t - load_time_s, load_time_s, stress_Pa, strain);
        }
        if (!std::isfinite(strain.total())) {
            return fail(
                Errc::overflow,
                "eps leaves the range of double at stress_Pa = " + shown(stress_Pa),
                "stress_Pa"
            );
        }
        out.push_back(strain);
    }
    return out;
}

}  // namespace relaxd::model
