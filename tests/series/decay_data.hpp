// SPDX-License-Identifier: MIT
//
// Stretched exponentials with noise, as rows of a series.

#pragma once

#include "schema/record/fit.hpp"
#include "tests/model/named_models.hpp"

#include <cmath>
#include <string>
#include <vector>

namespace relaxd::model {

struct DecayLaw {
    double first = 0.06;
    double inf = 0.027;
    double tau_s = 4000.0;
    double beta = 0.5;

    [[nodiscard]] double at(double time_s) const {
        return inf + (first - inf) * std::exp(-std::pow(time_s / tau_s, beta));
    }
};

/// `n` times from 0 and then 10 s to `last_s`, equal in ln t.
inline std::vector<double> log_times(std::size_t n, double last_s) {
    std::vector<double> out = {0.0};
    for (std::size_t k = 0; k + 1 < n; ++k) {
        const double share = static_cast<double>(k) / static_cast<double>(n - 2);
        out.push_back(10.0 * std::pow(last_s / 10.0, share));
    }
    return out;
}

inline record::SeriesData aging_rows(
    const DecayLaw& law, const std::vector<double>& times, double sigma, std::uint64_t seed
) {
    Noise noise(seed);
    record::SeriesData data;
    data.inputs.resize(1);
    for (const double t : times) {
        record::SeriesPoint p;
        p.seq = data.points.size() + 1;
        p.time_s = t;
        p.tan_delta = law.at(t) + sigma * noise.normal();
        p.tan_delta_sigma = sigma;
        data.points.push_back(p);
    }
    return data;
}

inline const record::ParameterEstimate& find(
    const std::vector<record::ParameterEstimate>& all, const std::string& name
) {
    static const record::ParameterEstimate none;
    for (const auto& e : all) {
        if (e.name == name) {
            return e;
        }
    }
    return none;
}

}  // namespace relaxd::model
