// SPDX-License-Identifier: MIT
//
// fit_relaxation: the modulus at constant strain falls as a stretched exponential; what else the
// specimen does shows in the residuals.

#include "model/fit/short_text.hpp"
#include "model/series/decay_fit.hpp"
#include "model/series/series.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::model {

namespace {

constexpr double strain_change = 0.02;  ///< Relative: more is no test at constant strain.
constexpr double refused_share = 0.1;

DecaySetup relaxation_setup(bool is_shear) {
    DecaySetup out;
    out.name_0 = "E_0_Pa";
    out.name_inf = "E_inf_Pa";
    out.what = is_shear ? "the shear modulus" : "the modulus";
    out.must_fall = true;
    return out;
}

struct RelaxationData {
    std::string reason;
    std::vector<DecayRow> rows;
    std::vector<std::string> warnings;
    std::uint64_t first_seq = 0;
    std::uint64_t last_seq = 0;
    bool is_shear = false;
};

double modulus_of(const record::SeriesPoint& p) {
    return std::isfinite(p.relaxation_modulus_Pa) ? p.relaxation_modulus_Pa
                                                  : p.stress_Pa / p.strain;
}

/// The modulus is stress over strain, by the row itself or by who made the row of both.
bool is_of_stress(const record::SeriesPoint& p) {
    const double modulus = p.stress_Pa / p.strain;
    return std::isfinite(modulus) &&
           (std::isnan(p.relaxation_modulus_Pa) ||
            std::abs(modulus - p.relaxation_modulus_Pa) <= 1e-9 * std::abs(modulus));
}

/// Of stress over strain only: the table has no column for one of the modulus.
double sigma_of(const record::SeriesPoint& p) {
    return is_of_stress(p) ? p.stress_sigma_Pa / std::abs(p.strain) : record::unknown;
}

void check_strain(const record::SeriesData& data, RelaxationData& out) {
    double low = 1e300;
    double high = 0.0;
    for (const auto& p : data.points) {
        if (is_of_stress(p) && p.input == 0) {
            low = std::min(low, std::abs(p.strain));
            high = std::max(high, std::abs(p.strain));
        }
    }
    if (high > 0.0 && high - low > strain_change * high) {
        out.warnings.push_back(
            "the strain changes from " + short_text(low) + " to " + short_text(high) +
            " during the test: stress over strain is then no " +
            "relaxation modulus; leave out the loading"
        );
    }
}

void check(std::size_t refused, RelaxationData& out) {
    if (out.rows.empty() && refused == 0) {
        out.reason = "no rows of relaxation_modulus_Pa, or of stress_Pa and strain, against time_s";
        return;
    }
    const double all = static_cast<double>(out.rows.size() + refused);
    if (static_cast<double>(refused) > refused_share * all) {
        out.reason = "the modulus is zero, negative or not finite in " + std::to_string(refused) +
                     " of " + std::to_string(out.rows.size() + refused) + " rows";
    } else if (refused > 0) {
        out.warnings.push_back(
            std::to_string(refused) +
            " rows whose modulus is zero, negative or not finite were left out"
        );
    }
    for (const auto& row : out.rows) {
        if (!std::isnan(row.sigma) && (!(row.sigma > 1e-9 * row.value) || std::isinf(row.sigma))) {
            out.reason = "the standard deviation of the stress is zero, negative or absurd";
        }
    }
}

/// Inputs in the order of their first row: each has its own ends.
std::size_t group_of(int input, std::vector<int>& inputs) {
    const auto found = std::find(inputs.begin(), inputs.end(), input);
    const auto place = static_cast<std::size_t>(found - inputs.begin());
    if (found == inputs.end()) {
        inputs.push_back(input);
    }
    return place;
}

RelaxationData relaxation_data(const record::SeriesData& data) {
    RelaxationData out;
    std::size_t refused = 0;
    std::vector<int> inputs;
    for (const auto& p : data.points) {
        const double modulus = modulus_of(p);
        if (!std::isfinite(p.time_s) || p.time_s < 0.0 || std::isnan(modulus)) {
            continue;
        }
        if (!(modulus > 0.0) || std::isinf(modulus)) {
            ++refused;
            continue;
        }
        DecayRow row;
        row.time_s = p.time_s;
        row.value = modulus;
        row.sigma = sigma_of(p);
        row.group = group_of(p.input, inputs);
        row.seq = p.seq;
        out.is_shear = out.is_shear || p.is_shear;
        out.first_seq = out.rows.empty() ? p.seq : std::min(out.first_seq, p.seq);
        out.last_seq = std::max(out.last_seq, p.seq);
        out.rows.push_back(row);
    }
    check_strain(data, out);
    check(refused, out);
    return out;
}

}  // namespace

record::FitResult fit_relaxation(
    const record::SeriesData& data, const record::FitOptions& options
) {
    record::FitResult result;
    result.model = "relaxation";
    const RelaxationData relaxation = relaxation_data(data);
    result.warnings = relaxation.warnings;
    result.n_points = relaxation.rows.size();
    result.first_seq = relaxation.first_seq;
    result.last_seq = relaxation.last_seq;
    if (!relaxation.reason.empty()) {
        result.reason = relaxation.reason;
        return result;
    }
    const DecaySetup setup = relaxation_setup(relaxation.is_shear);
    const DecayRows rows = thinned_decay(relaxation.rows);
    const DecayFit decay = fit_decay(rows, setup, options);
    publish_decay(rows, setup, options, decay, result);
    if (!result.is_usable()) {
        return result;
    }
    result.derived.push_back(decay.progress("t_over_tau"));
    for (std::size_t g = 1; g < rows.groups(); ++g) {
        const std::string place = "[" + std::to_string(g + 1) + "]";
        result.derived.push_back(decay.value_0("E_0_Pa" + place, g));
        result.derived.push_back(decay.value_inf("E_inf_Pa" + place, g));
    }
    return result;
}

}  // namespace relaxd::model
