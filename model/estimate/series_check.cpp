// SPDX-License-Identifier: MIT
#include "model/estimate/series_check.hpp"

#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

namespace relaxd::model {

namespace {

using record::SeriesPoint;

/// A quantity that a model reads: what the largest |value| of a specimen can be, and with which
/// standard deviation it comes.
struct Reading {
    std::string_view model;
    std::string_view name;
    double SeriesPoint::* value;
    double SeriesPoint::* sigma;
    double least;
    double most;
};

constexpr double sigma_largest = 1e3;    ///< Of the largest value.
constexpr double sigma_smallest = 1e-9;  ///< Finer than any instrument writes.
/// Thinner than a foam, stiffer than diamond: another unit, not another specimen.
constexpr double softest_Pa = 1e2;
constexpr double stiffest_Pa = 5e12;
constexpr double strain_least = 1e-12;
constexpr double strain_most = 10.0;
constexpr double tan_delta_least = 1e-7;
constexpr double tan_delta_most = 1e6;
constexpr double stress_least_Pa = 1e-3;
constexpr double stress_most_Pa = 1e11;

constexpr double SeriesPoint::* none = nullptr;

constexpr std::array readings{
    Reading{
        "creep",
        "strain",
        &SeriesPoint::strain,
        &SeriesPoint::strain_sigma,
        strain_least,
        strain_most
    },
    Reading{
        "creep",
        "compliance",
        &SeriesPoint::compliance_per_Pa,
        &SeriesPoint::compliance_sigma_per_Pa,
        1.0 / stiffest_Pa,
        1.0 / softest_Pa
    },
    Reading{
        "aging",
        "tan delta",
        &SeriesPoint::tan_delta,
        &SeriesPoint::tan_delta_sigma,
        tan_delta_least,
        tan_delta_most
    },
    Reading{
        "relaxation", "modulus", &SeriesPoint::relaxation_modulus_Pa, none, softest_Pa, stiffest_Pa
    },
    Reading{
        "relaxation",
        "stress",
        &SeriesPoint::stress_Pa,
        &SeriesPoint::stress_sigma_Pa,
        stress_least_Pa,
        stress_most_Pa
    },
    Reading{
        "tension",
        "stress",
        &SeriesPoint::stress_Pa,
        &SeriesPoint::stress_sigma_Pa,
        stress_least_Pa,
        stress_most_Pa
    },
    Reading{
        "tension",
        "strain",
        &SeriesPoint::strain,
        &SeriesPoint::strain_sigma,
        strain_least,
        strain_most
    },
};

constexpr std::array of_master{
    Reading{
        "",
        "storage modulus",
        &SeriesPoint::storage_modulus,
        &SeriesPoint::storage_modulus_sigma,
        0.0,
        stiffest_Pa
    },
    Reading{
        "",
        "loss modulus",
        &SeriesPoint::loss_modulus,
        &SeriesPoint::loss_modulus_sigma,
        0.0,
        stiffest_Pa
    },
};

/// A master curve has no temperature, a sweep has one; isotherms must be superposed first.
constexpr double one_temperature_K = 5.0;

std::string temperatures_of(const record::SeriesData& data) {
    double low = 1e300;
    double high = -1e300;
    for (const auto& p : data.points) {
        if (std::isfinite(p.temperature_K) && std::isfinite(p.loss_modulus)) {
            low = std::min(low, p.temperature_K);
            high = std::max(high, p.temperature_K);
        }
    }
    return high - low > one_temperature_K
               ? "the rows are of " + to_text(std::round(low)) + " to " +
                     to_text(std::round(high)) +
                     " K: one shape needs one temperature (--segment), or isotherms superposed "
                     "(master-curve)"
               : std::string();
}

std::string rounded(double value) {
    const double unit = std::pow(10.0, std::floor(std::log10(std::fabs(value))) - 1.0);
    return to_text(unit > 0.0 && std::isfinite(unit) ? std::round(value / unit) * unit : value);
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

std::string problem_of(const record::SeriesData& data, const Reading& reading) {
    double largest = 0.0;
    std::vector<double> sigmas;
    for (const auto& p : data.points) {
        const double value = std::abs(p.*reading.value);
        largest = std::isnan(value) ? largest : std::max(largest, value);
        const double sigma = reading.sigma != none ? p.*reading.sigma : record::unknown;
        if (sigma > 0.0) {
            sigmas.push_back(sigma);
        }
    }
    if (largest == 0.0) {
        return {};  // the estimator itself says what is missing
    }
    const std::string name(reading.name);
    if (largest < reading.least || largest > reading.most) {
        return "the largest " + name + " is " + rounded(largest) +
               ": no specimen has that; all quantities are expected in SI units";
    }
    if (!sigmas.empty()) {
        const double share = median(std::move(sigmas)) / largest;
        if (share > sigma_largest || share < sigma_smallest) {
            return "the given standard deviations are " + rounded(share) + " of the largest " +
                   name + ": leave them out if they are not known";
        }
    }
    return {};
}

}  // namespace

std::string what_is_wrong(const record::SeriesData& data, std::string_view model) {
    for (const Reading& reading : readings) {
        if (reading.model == model) {
            if (std::string problem = problem_of(data, reading); !problem.empty()) {
                return problem;
            }
        }
    }
    if (model == "qpd" || model == "kww" || model == "bergman") {
        if (std::string problem = temperatures_of(data); !problem.empty()) {
            return problem;
        }
        for (const Reading& reading : of_master) {
            if (model != "qpd" && reading.value == &SeriesPoint::storage_modulus) {
                continue;
            }
            if (std::string problem = problem_of(data, reading); !problem.empty()) {
                return problem;
            }
        }
    }
    return {};
}

record::SeriesData below_mask(const record::SeriesData& data, double T_max_K) {
    record::SeriesData out = data;
    std::erase_if(out.points, [T_max_K](const SeriesPoint& p) {
        return p.temperature_K > T_max_K;
    });
    return out;
}

}  // namespace relaxd::model
