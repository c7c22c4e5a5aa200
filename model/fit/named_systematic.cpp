// SPDX-License-Identifier: MIT
#include "model/fit/named_systematic.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace relaxd::model {

double scale_exponent(std::string_view name) {
    name = name.substr(0, name.find('['));  // E_0_Pa[2]: the same of another input
    if (name.starts_with("viscosity")) {
        return 1.0;
    }
    if (name.ends_with("_per_Pa")) {
        return -1.0;
    }
    return name.ends_with("_Pa") ? 1.0 : 0.0;
}

bool has_given_moduli(const record::FitOptions& options) {
    const auto is_scaled = [](const auto& entry) { return scale_exponent(entry.first) != 0.0; };
    const auto any = [&](const auto& map) {
        return std::any_of(map.begin(), map.end(), is_scaled);
    };
    return any(options.fixed) || any(options.priors) || any(options.material);
}

std::vector<record::DynamicPoint> moved(
    std::span<const record::DynamicPoint> points, const DataError& error
) {
    std::vector<record::DynamicPoint> out(points.begin(), points.end());
    for (auto& p : out) {
        p.temperature_K += error.offset_K;
        for (double* value :
             {&p.storage_modulus_Pa,
              &p.loss_modulus_Pa,
              &p.storage_modulus_sigma_Pa,
              &p.loss_modulus_sigma_Pa}) {
            *value *= error.factor;
        }
    }
    return out;
}

record::SeriesData moved(const record::SeriesData& data, const DataError& error) {
    record::SeriesData out = data;
    for (auto& p : out.points) {
        p.temperature_K += error.offset_K;
        for (double* value : {&p.stress_Pa, &p.stress_sigma_Pa, &p.relaxation_modulus_Pa}) {
            *value *= error.factor;
        }
        p.compliance_per_Pa /= error.factor;
        p.compliance_sigma_per_Pa /= error.factor;
        const double of_moduli = p.is_relative ? 1.0 : error.factor;
        for (double* value :
             {&p.storage_modulus, &p.loss_modulus, &p.storage_modulus_sigma, &p.loss_modulus_sigma
             }) {
            *value *= of_moduli;
        }
    }
    for (auto& input : out.inputs) {
        input.stress_Pa *= error.factor;
    }
    return out;
}

void set_systematic(record::ParameterEstimate& e, std::initializer_list<double> parts) {
    if (!std::isfinite(e.value) || e.state == record::ParameterState::fixed) {
        return;
    }
    double squares = 0.0;
    for (const double part : parts) {
        squares += part * part;
    }
    const bool is_known = std::isfinite(squares);
    e.systematic_error = is_known ? std::sqrt(squares) : record::unknown;
    e.combined_error =
        is_known ? std::hypot(e.standard_error, e.systematic_error) : record::unknown;
}

}  // namespace relaxd::model
