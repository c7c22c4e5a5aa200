// SPDX-License-Identifier: MIT
#include "model/master/sweeps.hpp"

#include "model/fit/short_text.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <tuple>

namespace relaxd::model {

namespace {

constexpr double band_K = 0.5;
constexpr double segment_band_K = 5.0;
constexpr double ramp_share = 0.3;  ///< Of the step to the next sweep, drifted within one: a ramp.
constexpr double ramp_K = 0.3;
constexpr double drift_told_K = 1.0;
constexpr double noisy = 0.3;  ///< A relative sigma above this has no logarithm.
constexpr std::size_t frequencies_min = 3;
constexpr std::size_t isotherms_max = 200;
// Without given sigmas: the shape of the noise, its size comes from the residuals.
constexpr double storage_noise = 0.01;
constexpr double loss_noise = 0.02;

constexpr const char* ramp_refusal =
    "the temperature moves steadily: superposition needs isothermal sweeps, not a ramp";

using Points = std::vector<record::DynamicPoint>;

bool is_given(double sigma) {
    return std::isfinite(sigma) && sigma > 0.0;
}

bool is_number(const record::DynamicPoint& p) {
    return std::isfinite(p.temperature_K) && p.temperature_K > 0.0 &&
           std::isfinite(p.frequency_Hz) && p.frequency_Hz > 0.0 &&
           std::isfinite(p.storage_modulus_Pa) && std::isfinite(p.loss_modulus_Pa);
}

bool is_quiet(double value, double sigma) {
    return !is_given(sigma) || sigma < noisy * value;
}

std::string counted(std::size_t n, const std::string& what) {
    return to_text(static_cast<double>(n)) + (n == 1 ? " row " : " rows ") + what;
}

Points usable(std::span<const record::DynamicPoint> points, double T_max_K, Sweeps& out) {
    Points kept;
    std::size_t not_numbers = 0;
    std::size_t not_positive = 0;
    std::size_t masked = 0;
    std::size_t noise = 0;
    for (const auto& p : points) {
        if (!is_number(p)) {
            ++not_numbers;
        } else if (p.temperature_K > T_max_K) {
            ++masked;
        } else if (!(p.storage_modulus_Pa > 0.0 && p.loss_modulus_Pa > 0.0)) {
            ++not_positive;
        } else if (!is_quiet(p.storage_modulus_Pa, p.storage_modulus_sigma_Pa) ||
                   !is_quiet(p.loss_modulus_Pa, p.loss_modulus_sigma_Pa)) {
            ++noise;
        } else {
            kept.push_back(p);
        }
    }
    const auto tell = [&](std::size_t n, const char* why) {
        if (n > 0) {
            out.warnings.push_back(counted(n, why));
        }
    };
    tell(not_numbers, "left out: temperature, frequency or a modulus is missing or not a number");
    tell(not_positive, "left out: a modulus is zero or negative, its logarithm does not exist");
    tell(noise, "left out: a standard deviation is above 30 % of its modulus");
    tell(masked, "left out: above the highest temperature asked for");
    return kept;
}

/// Rows within ±0.5 K, or of one segment while no frequency comes again.
bool continues(const Points& sweep, const record::DynamicPoint& p) {
    const auto& first = sweep.front();
    if (first.segment != p.segment || first.input != p.input) {
        return false;
    }
    const double moved = std::abs(first.temperature_K - p.temperature_K);
    if (moved <= band_K || p.segment == 0 || moved > segment_band_K) {
        return moved <= band_K;
    }
    return std::none_of(sweep.begin(), sweep.end(), [&](const record::DynamicPoint& q) {
        return std::abs(std::log(q.frequency_Hz / p.frequency_Hz)) < 1e-3;
    });
}

/// Frequencies come again while the temperature moves steadily: several frequencies on a ramp.
bool is_ramp(const Points& sweep, std::size_t frequencies) {
    if (sweep.size() < 2 * frequencies) {
        return false;
    }
    const std::size_t half = sweep.size() / 2;
    double low[2] = {1e300, 1e300};
    double high[2] = {-1e300, -1e300};
    for (std::size_t i = 0; i < sweep.size(); ++i) {
        const std::size_t part = i < half ? 0 : 1;
        low[part] = std::min(low[part], sweep[i].temperature_K);
        high[part] = std::max(high[part], sweep[i].temperature_K);
    }
    const bool is_apart = high[0] < low[1] || high[1] < low[0];
    return is_apart && std::max(high[0], high[1]) - std::min(low[0], low[1]) > ramp_K;
}

std::size_t frequencies_of(const Points& sweep) {
    std::set<long long> distinct;
    for (const auto& p : sweep) {
        distinct.insert(std::llround(1e3 * std::log(p.frequency_Hz)));
    }
    return distinct.size();
}

void add_isotherm(const Points& sweep, Sweeps& out) {
    Isotherm isotherm;
    isotherm.first = out.rows.size();
    double low = 1e300;
    double high = -1e300;
    double sum = 0.0;
    for (const auto& p : sweep) {
        SweepRow row;
        row.ln_omega = std::log(2.0 * std::numbers::pi * p.frequency_Hz);
        row.y = {std::log(p.storage_modulus_Pa), std::log(p.loss_modulus_Pa)};
        const bool given[2] = {
            is_given(p.storage_modulus_sigma_Pa), is_given(p.loss_modulus_sigma_Pa)
        };
        row.inverse = {
            given[storage_channel] ? p.storage_modulus_Pa / p.storage_modulus_sigma_Pa
                                   : 1.0 / storage_noise,
            given[loss_channel] ? p.loss_modulus_Pa / p.loss_modulus_sigma_Pa : 1.0 / loss_noise
        };
        out.has_sigmas = out.has_sigmas && given[storage_channel] && given[loss_channel];
        row.seq = p.seq;
        low = std::min(low, p.temperature_K);
        high = std::max(high, p.temperature_K);
        sum += p.temperature_K;
        out.first_seq = out.rows.empty() ? p.seq : std::min(out.first_seq, p.seq);
        out.last_seq = std::max(out.last_seq, p.seq);
        out.rows.push_back(row);
    }
    isotherm.last = out.rows.size();
    isotherm.drift_K = high - low;
    isotherm.temperature_K = sum / static_cast<double>(sweep.size());
    out.isotherms.push_back(isotherm);
}

/// What is no isotherm among groups of neighbouring rows.
struct Groups {
    std::size_t short_sweeps = 0;
    std::size_t ramps = 0;
};

Groups add_groups(const Points& points, Sweeps& out) {
    Groups groups;
    for (std::size_t i = 0; i < points.size();) {
        Points sweep;
        while (i < points.size() && (sweep.empty() || continues(sweep, points[i]))) {
            sweep.push_back(points[i++]);
        }
        const std::size_t frequencies = frequencies_of(sweep);
        if (frequencies < frequencies_min) {
            ++groups.short_sweeps;
        } else if (is_ramp(sweep, frequencies)) {
            ++groups.ramps;
        } else {
            add_isotherm(sweep, out);
        }
    }
    return groups;
}

bool is_one_segment(const Points& points) {
    return std::all_of(points.begin(), points.end(), [&](const auto& p) {
        return p.segment == points.front().segment && p.input == points.front().input;
    });
}

/// Of a file whose rows go frequency by frequency: begins `out` anew.
Points by_temperature(Points points, Sweeps& out) {
    out.isotherms.clear();
    out.rows.clear();
    out.has_sigmas = true;
    std::sort(points.begin(), points.end(), [](const auto& a, const auto& b) {
        return std::tie(a.temperature_K, a.seq) < std::tie(b.temperature_K, b.seq);
    });
    return points;
}

/// Isotherms by temperature, rows by isotherm and frequency.
void sort_isotherms(Sweeps& sweeps) {
    std::sort(
        sweeps.isotherms.begin(),
        sweeps.isotherms.end(),
        [](const Isotherm& a, const Isotherm& b) {
            return std::tie(a.temperature_K, a.first) < std::tie(b.temperature_K, b.first);
        }
    );
    std::vector<SweepRow> rows;
    rows.reserve(sweeps.rows.size());
    for (std::size_t k = 0; k < sweeps.isotherms.size(); ++k) {
        Isotherm& isotherm = sweeps.isotherms[k];
        const std::size_t begin = rows.size();
        for (std::size_t i = isotherm.first; i < isotherm.last; ++i) {
            rows.push_back(sweeps.rows[i]);
            rows.back().isotherm = k;
        }
        isotherm.first = begin;
        isotherm.last = rows.size();
        std::sort(
            rows.begin() + static_cast<std::ptrdiff_t>(begin),
            rows.end(),
            [](const SweepRow& a, const SweepRow& b) {
                return std::tie(a.ln_omega, a.seq) < std::tie(b.ln_omega, b.seq);
            }
        );
    }
    sweeps.rows = std::move(rows);
}

/// The temperature goes on within the sweeps as it does between them.
bool is_ramp_of_sweeps(const std::vector<Isotherm>& isotherms) {
    std::vector<double> share;
    std::vector<double> drift;
    for (std::size_t k = 0; k + 1 < isotherms.size(); ++k) {
        const double step = isotherms[k + 1].temperature_K - isotherms[k].temperature_K;
        share.push_back(isotherms[k].drift_K / std::max(step, 1e-3));
        drift.push_back(isotherms[k].drift_K);
    }
    const auto middle = static_cast<std::ptrdiff_t>(share.size() / 2);
    std::nth_element(share.begin(), share.begin() + middle, share.end());
    std::nth_element(drift.begin(), drift.begin() + middle, drift.end());
    return share[share.size() / 2] > ramp_share && drift[drift.size() / 2] > ramp_K;
}

void tell_drift(Sweeps& sweeps) {
    std::size_t n = 0;
    double worst = 0.0;
    for (const auto& isotherm : sweeps.isotherms) {
        n += isotherm.drift_K > drift_told_K ? 1 : 0;
        worst = std::max(worst, isotherm.drift_K);
    }
    if (n > 0) {
        sweeps.warnings.push_back(
            "the temperature moved by up to " + short_text(worst, 2) +
            " K within a sweep, by more than 1 K in " + to_text(static_cast<double>(n)) +
            "; each sweep counts at its mean temperature"
        );
    }
}

/// Nothing to lay on one another: each modulus is one number within its noise.
bool is_one_value(const Sweeps& sweeps) {
    constexpr double noise_sd = 1.5;
    constexpr double no_range = 1e-9;  // of ln G, where no sigma is given
    for (std::size_t channel = 0; channel < 2; ++channel) {
        double weight = 0.0;
        double sum = 0.0;
        for (const SweepRow& row : sweeps.rows) {
            const double w = row.inverse[channel] * row.inverse[channel];
            weight += w;
            sum += w * row.y[channel];
        }
        double chi2 = 0.0;
        double range = 0.0;
        for (const SweepRow& row : sweeps.rows) {
            const double d = row.y[channel] - sum / weight;
            chi2 += row.inverse[channel] * row.inverse[channel] * d * d;
            range = std::max(range, std::abs(d));
        }
        const double n = static_cast<double>(sweeps.rows.size());
        const bool is_noise = sweeps.has_sigmas && chi2 < noise_sd * noise_sd * n;
        if (!is_noise && range > no_range) {
            return false;
        }
    }
    return true;
}

}  // namespace

Sweeps read_sweeps(std::span<const record::DynamicPoint> points, double T_max_K) {
    Sweeps out;
    const Points kept = usable(points, T_max_K, out);
    const bool is_shear = !kept.empty() && kept.front().is_shear;
    if (std::any_of(kept.begin(), kept.end(), [&](const auto& p) {
            return p.is_shear != is_shear;
        })) {
        out.refusal =
            "tensile and shear moduli cannot be superposed on one another; give "
            "the one or the other";
        return out;
    }
    Groups groups = add_groups(kept, out);
    if (out.isotherms.size() < 2 && groups.ramps == 0 && is_one_segment(kept)) {
        groups = add_groups(by_temperature(kept, out), out);
        if (out.isotherms.size() >= 2) {
            out.warnings.emplace_back("the rows were put in the order of their temperatures");
        }
    }
    if (out.isotherms.size() < 2) {
        out.refusal = points.empty()     ? "there are no rows"
                      : kept.empty()     ? "no row has a positive storage and loss modulus at a "
                                           "temperature and a frequency"
                      : groups.ramps > 0 ? ramp_refusal
                                         : "superposition needs isothermal sweeps of at least 3 "
                                           "frequencies at 2 temperatures; here are " +
                                               to_text(static_cast<double>(out.isotherms.size()));
        return out;
    }
    const auto [low, high] = std::minmax_element(
        out.isotherms.begin(),
        out.isotherms.end(),
        [](const Isotherm& a, const Isotherm& b) { return a.temperature_K < b.temperature_K; }
    );
    if (high->temperature_K - low->temperature_K < band_K) {
        out.refusal = "all isotherms are at one temperature, " + short_text(low->temperature_K) +
                      " K: superposition needs two";
        return out;
    }
    if (out.isotherms.size() > isotherms_max) {
        out.refusal = to_text(static_cast<double>(out.isotherms.size())) +
                      " isotherms; at most 200 are superposed at once";
        return out;
    }
    if (groups.short_sweeps > 0) {
        out.warnings.push_back(
            to_text(static_cast<double>(groups.short_sweeps)) +
            " groups of rows left out: fewer than 3 frequencies at one temperature"
        );
    }
    sort_isotherms(out);
    if (is_ramp_of_sweeps(out.isotherms)) {
        out.refusal = ramp_refusal;
    } else if (is_one_value(out)) {
        out.refusal =
            "the moduli are the same at every temperature and frequency within their noise: there "
            "is nothing to superpose";
    }
    tell_drift(out);
    return out;
}

}  // namespace relaxd::model
