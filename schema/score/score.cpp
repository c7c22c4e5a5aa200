// SPDX-License-Identifier: MIT
#include "schema/score/score.hpp"

#include "schema/score/truth_table.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace relaxd::score {

namespace {

double share(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? record::unknown : static_cast<double>(part) / static_cast<double>(whole);
}

/// Of every fit by its number.
std::map<std::uint64_t, FitFrame> frames_of(std::span<const record::Estimate> estimates) {
    std::map<std::uint64_t, FitFrame> frames;
    for (const record::Estimate& one : estimates) {
        FitFrame& frame = frames[one.fit_number];
        const bool is_held = one.state == record::ParameterState::fixed;
        if (one.parameter == "T_g_K" && is_held) {
            frame.T_g_fixed_K = one.value;
        } else if (one.parameter == "a1_per_K") {
            frame.is_a1_held_at_zero = is_held && one.value == 0.0;
        } else if (one.parameter == "E_u_slope_per_K") {
            frame.has_E_u_slope = !(is_held && one.value == 0.0);
        } else if (one.parameter == "E_u_T_ref_K") {
            frame.E_u_T_ref_K = one.value;
        }
    }
    return frames;
}

Compared compare(const record::Estimate& estimate, TruthOf truth) {
    Compared one;
    one.estimate = estimate;
    one.truth = truth.value;
    one.no_truth = std::move(truth.none_because);
    if (!std::isfinite(one.truth) || !std::isfinite(estimate.value)) {
        return one;
    }
    one.error = estimate.value - one.truth;
    if (estimate.standard_error > 0.0) {
        one.z = one.error / estimate.standard_error;
    }
    if (std::isfinite(estimate.lower_95) && std::isfinite(estimate.upper_95)) {
        one.is_inside = estimate.lower_95 <= one.truth && one.truth <= estimate.upper_95;
    }
    return one;
}

bool counts_for_coverage(const Compared& one) {
    return one.estimate.state == record::ParameterState::determined && one.is_inside.has_value();
}

double median(std::vector<double> values) {
    if (values.empty()) {
        return record::unknown;
    }
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : 0.5 * (values[half - 1] + values[half]);
}

/// Gathers the rows of one parameter.
class Gathered {
  public:
    void add(const Compared& one) {
        score_.model = one.estimate.model;
        score_.parameter = one.estimate.parameter;
        score_.estimates += 1;
        score_.compared += std::isfinite(one.error) ? 1 : 0;
        if (counts_for_coverage(one)) {
            score_.determined += 1;
            score_.inside += *one.is_inside ? 1 : 0;
            if (std::isfinite(one.z)) {
                abs_z_.push_back(std::fabs(one.z));
            }
        }
        score_.last = one;
    }
    [[nodiscard]] ParameterScore take() {
        for (const double z : abs_z_) {
            score_.worst_abs_z = std::fmax(score_.worst_abs_z, z);
        }
        score_.median_abs_z = median(std::move(abs_z_));
        return std::move(score_);
    }

  private:
    ParameterScore score_;
    std::vector<double> abs_z_;
};

}  // namespace

double ParameterScore::coverage_95() const {
    return share(inside, determined);
}

double Score::coverage_95() const {
    return share(inside, determined);
}

Result<Score> score(
    const record::Run& run,
    std::span<const record::Estimate> estimates,
    std::span<const record::Truth> truth
) {
    const std::string name = "run " + std::to_string(run.run_id);
    if (!run.simulated) {
        return fail(
            Errc::refused,
            name + " is not simulated: nobody knows its truth",
            name,
            "score a run of a simulated instrument"
        );
    }
    const TruthTable table(truth);
    if (table.is_empty()) {
        return fail(
            Errc::refused,
            "no truth is stored for " + name,
            name,
            record::is_end(run.state) ? "only runs that ended in reach of their simulator have it"
                                      : "it is stored when the run ends"
        );
    }
    const auto frames = frames_of(estimates);
    Score whole;
    std::vector<Gathered> gathered;
    std::map<std::pair<std::string, std::string>, std::size_t> places;
    whole.estimates.reserve(estimates.size());
    for (const record::Estimate& estimate : estimates) {
        const FitFrame& frame = frames.at(estimate.fit_number);
        whole.estimates.push_back(compare(estimate, table.of(estimate, frame)));
        const auto [place, is_new] =
            places.emplace(std::pair(estimate.model, estimate.parameter), gathered.size());
        if (is_new) {
            gathered.emplace_back();
        }
        gathered[place->second].add(whole.estimates.back());
    }
    for (Gathered& one : gathered) {
        whole.parameters.push_back(one.take());
        whole.compared += whole.parameters.back().compared;
        whole.determined += whole.parameters.back().determined;
        whole.inside += whole.parameters.back().inside;
    }
    return whole;
}

}  // namespace relaxd::score
