// SPDX-License-Identifier: MIT
#include "tools/ctl/difference.hpp"

#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

namespace relaxd::ctl {

namespace {

using Points = std::vector<record::DynamicPoint>;

constexpr double gap_max_K = 6.0;
constexpr double same_K = 1e-6;
constexpr double same_frequency = 0.01;  // relative
constexpr double turn_K = 1.0;           // a smaller step back is noise of the thermometer

/// Readings by frequency; frequencies within 1 % are one.
std::vector<std::pair<double, Points>> by_frequency(const Points& points) {
    std::vector<std::pair<double, Points>> curves;
    for (const auto& point : points) {
        auto found = std::find_if(curves.begin(), curves.end(), [&](const auto& one) {
            return std::fabs(point.frequency_Hz - one.first) < same_frequency * one.first;
        });
        if (found == curves.end()) {
            curves.emplace_back(point.frequency_Hz, Points{});
            found = curves.end() - 1;
        }
        found->second.push_back(point);
    }
    std::sort(curves.begin(), curves.end(), [](const auto& x, const auto& y) {
        return x.first < y.first;
    });
    return curves;
}

/// The stretch of one direction that spans most kelvins, ascending in temperature: heating and
/// cooling are two measurements.
Points one_way(const Points& points) {
    std::size_t best_first = 0;
    std::size_t best_end = 0;
    double best_K = -1.0;
    const auto take = [&](std::size_t first, std::size_t end) {
        const double span_K =
            std::fabs(points[end - 1].temperature_K - points[first].temperature_K);
        if (span_K > best_K) {
            best_K = span_K;
            best_first = first;
            best_end = end;
        }
    };
    std::size_t first = 0;
    std::size_t extreme = 0;  // the furthest reading of the stretch
    for (std::size_t i = 1; i < points.size(); ++i) {
        const double way_K = points[extreme].temperature_K - points[first].temperature_K;
        const double step_K = points[i].temperature_K - points[extreme].temperature_K;
        const double sign = way_K < 0.0 ? -1.0 : 1.0;
        if (std::fabs(way_K) > turn_K && sign * step_K < -turn_K) {
            take(first, extreme + 1);
            first = extreme;
        }
        if (std::fabs(points[i].temperature_K - points[first].temperature_K) >=
            std::fabs(points[extreme].temperature_K - points[first].temperature_K)) {
            extreme = i;
        }
    }
    take(first, points.size());
    Points out(
        points.begin() + static_cast<std::ptrdiff_t>(best_first),
        points.begin() + static_cast<std::ptrdiff_t>(best_end)
    );
    std::sort(out.begin(), out.end(), [](const auto& x, const auto& y) {
        return x.temperature_K != y.temperature_K ? x.temperature_K < y.temperature_K
                                                  : x.seq < y.seq;
    });
    return out;
}

/// Noise of readings about the line through their neighbours: median of |second differences|.
double noise_of(const Points& points, double record::DynamicPoint::* member) {
    std::vector<double> sizes;
    for (std::size_t i = 1; i + 1 < points.size(); ++i) {
        const double span_K = points[i + 1].temperature_K - points[i - 1].temperature_K;
        const double w =
            span_K > 0.0 ? (points[i].temperature_K - points[i - 1].temperature_K) / span_K : 0.5;
        const double line = (1.0 - w) * points[i - 1].*member + w * points[i + 1].*member;
        sizes.push_back(
            std::fabs(points[i].*member - line) / std::sqrt(1.0 + (1.0 - w) * (1.0 - w) + w * w)
        );
    }
    if (sizes.size() < 5) {
        return record::unknown;
    }
    const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
    std::nth_element(sizes.begin(), middle, sizes.end());
    return *middle / 0.6745;
}

/// Fills sigmas that the file does not give; true if there were such.
bool fill_sigmas(Points& points) {
    bool any = false;
    for (const auto& [value, sigma] :
         {std::pair(
              &record::DynamicPoint::storage_modulus_Pa,
              &record::DynamicPoint::storage_modulus_sigma_Pa
          ),
          std::pair(
              &record::DynamicPoint::loss_modulus_Pa, &record::DynamicPoint::loss_modulus_sigma_Pa
          )}) {
        const double noise = noise_of(points, value);
        for (auto& point : points) {
            if (!(point.*sigma > 0.0)) {
                point.*sigma = noise;
                any = true;
            }
        }
    }
    return any;
}

Uncertain tan_delta_of(const Uncertain& storage, const Uncertain& loss) {
    const double ratio = loss.value / storage.value;
    return {ratio, std::hypot(loss.sigma / storage.value, ratio * storage.sigma / storage.value)};
}

Uncertain minus(const Uncertain& a, const Uncertain& b) {
    return {a.value - b.value, std::hypot(a.sigma, b.sigma)};
}

Uncertain storage_of(const record::DynamicPoint& p) {
    return {p.storage_modulus_Pa, p.storage_modulus_sigma_Pa};
}

Uncertain loss_of(const record::DynamicPoint& p) {
    return {p.loss_modulus_Pa, p.loss_modulus_sigma_Pa};
}

Uncertain between(const Uncertain& low, const Uncertain& high, double w) {
    return {
        (1.0 - w) * low.value + w * high.value, std::hypot((1.0 - w) * low.sigma, w * high.sigma)
    };
}

/// E' and E'' of a curve at a temperature, linearly between its two nearest readings.
std::optional<std::pair<Uncertain, Uncertain>> at(const Points& curve, double temperature_K) {
    const auto above = std::lower_bound(
        curve.begin(),
        curve.end(),
        temperature_K,
        [](const auto& point, double T) { return point.temperature_K < T; }
    );
    for (const auto& near : {above, above == curve.begin() ? curve.end() : above - 1}) {
        if (near != curve.end() && std::fabs(near->temperature_K - temperature_K) < same_K) {
            return std::pair(storage_of(*near), loss_of(*near));
        }
    }
    if (above == curve.end() || above == curve.begin()) {
        return std::nullopt;
    }
    const auto below = above - 1;
    const double span_K = above->temperature_K - below->temperature_K;
    if (span_K > gap_max_K) {
        return std::nullopt;
    }
    const double w = (temperature_K - below->temperature_K) / span_K;
    return std::pair(
        between(storage_of(*below), storage_of(*above), w),
        between(loss_of(*below), loss_of(*above), w)
    );
}

/// At the temperatures of the run with fewer readings, so that no reading counts twice.
DifferenceCurve curve_of(double frequency_Hz, const Points& a, const Points& b) {
    DifferenceCurve out;
    out.frequency_Hz = frequency_Hz;
    const bool is_a_dense = a.size() >= b.size();
    for (const auto& point : is_a_dense ? b : a) {
        const auto dense = at(is_a_dense ? a : b, point.temperature_K);
        if (!dense) {
            continue;
        }
        const std::pair sparse(storage_of(point), loss_of(point));
        const auto& of_a = is_a_dense ? *dense : sparse;
        const auto& of_b = is_a_dense ? sparse : *dense;
        DifferencePoint one;
        one.temperature_K = point.temperature_K;
        one.storage_Pa = minus(of_a.first, of_b.first);
        one.loss_Pa = minus(of_a.second, of_b.second);
        one.tan_delta =
            minus(tan_delta_of(of_a.first, of_a.second), tan_delta_of(of_b.first, of_b.second));
        out.points.push_back(one);
    }
    return out;
}

}  // namespace

Difference difference_of(const Points& a, const Points& b) {
    Difference out;
    out.interpolation =
        "the run with more readings of a frequency (within 1 %) is interpolated linearly in "
        "temperature between its two nearest readings, at most 6 K apart, to the temperatures of "
        "the other; nothing is extrapolated";
    bool is_estimated = false;
    bool turned = false;
    const auto curves_b = by_frequency(b);
    for (const auto& [frequency_Hz, all_a] : by_frequency(a)) {
        const auto same = std::find_if(curves_b.begin(), curves_b.end(), [&](const auto& one) {
            return std::fabs(one.first - frequency_Hz) < same_frequency * frequency_Hz;
        });
        if (same == curves_b.end()) {
            out.warnings.push_back(
                "the second run has nothing at " + to_text(frequency_Hz) + " Hz"
            );
            continue;
        }
        Points of_a = one_way(all_a);
        Points of_b = one_way(same->second);
        turned = turned || of_a.size() < all_a.size() || of_b.size() < same->second.size();
        const bool filled_a = fill_sigmas(of_a);
        const bool filled_b = fill_sigmas(of_b);
        is_estimated = is_estimated || filled_a || filled_b;
        DifferenceCurve curve = curve_of(frequency_Hz, of_a, of_b);
        if (!curve.points.empty()) {
            out.curves.push_back(std::move(curve));
        }
    }
    if (turned) {
        out.warnings.emplace_back(
            "the temperature turns: of each frequency only the longest way in one direction is used"
        );
    }
    out.errors = is_estimated ? "where no sigma column is given, the scatter about the line "
                                "through neighbouring readings"
                              : "the sigma columns";
    out.errors += "; dimensions and calibration are not in it";
    return out;
}

DifferencePoint mean_between(const DifferenceCurve& curve, double low_K, double high_K) {
    DifferencePoint out;
    double n = 0.0;
    const auto mean = [&](Uncertain DifferencePoint::* member) {
        double weights = 0.0;
        double sum = 0.0;
        for (const auto& one : curve.points) {
            const double sigma = (one.*member).sigma;
            if (one.temperature_K >= low_K && one.temperature_K < high_K && sigma > 0.0) {
                weights += 1.0 / (sigma * sigma);
                sum += (one.*member).value / (sigma * sigma);
            }
        }
        out.*member =
            weights > 0.0 ? Uncertain{sum / weights, 1.0 / std::sqrt(weights)} : Uncertain{};
    };
    mean(&DifferencePoint::storage_Pa);
    mean(&DifferencePoint::loss_Pa);
    mean(&DifferencePoint::tan_delta);
    for (const auto& one : curve.points) {
        if (one.temperature_K >= low_K && one.temperature_K < high_K) {
            out.temperature_K += one.temperature_K;
            n += 1.0;
        }
    }
    out.temperature_K = n > 0.0 ? out.temperature_K / n : record::unknown;
    return out;
}

}  // namespace relaxd::ctl
