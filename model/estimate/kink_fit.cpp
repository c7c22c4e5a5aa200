// SPDX-License-Identifier: MIT
#include "model/estimate/kink_fit.hpp"

#include "model/estimate/ascending.hpp"
#include "model/estimate/data_check.hpp"
#include "model/estimate/dynamic_draws.hpp"
#include "model/estimate/dynamic_report.hpp"
#include "model/estimate/dynamic_search.hpp"
#include "model/estimate/dynamic_start.hpp"
#include "model/qpd/qpd.hpp"

#include <cmath>
#include <set>
#include <string>
#include <utility>

namespace relaxd::model {

namespace {

constexpr std::size_t few_rows = 60;   // on which optima are compared
constexpr std::size_t race_rows = 40;  // on which starts are
constexpr std::size_t race_keeps = 2;
constexpr int few_evaluations = 20;
constexpr int race_evaluations = 8;
constexpr int draws = 6;
constexpr std::uint64_t points_min = 3;
constexpr double same_cost = 1e-3;  // relative: two racers that came to one place

bool has_one_frequency(const DynamicData& data) {
    std::set<long long> seen;  // to 0.1 %
    for (const auto& row : data.rows) {
        seen.insert(std::llround(1e3 * row.ln_omega));
    }
    return seen.size() < 2;
}

std::vector<SolverResult> solved(
    const DynamicSearch& search, const Layout& layout, const std::vector<Coordinates>& starts
) {
    std::vector<SolverResult> out;
    for (const auto& q : starts) {
        SolverResult fit = search.solve(layout, q);
        if (fit.termination != Termination::bad_start) {
            out.push_back(std::move(fit));
        }
    }
    return ascending(std::move(out), [](const SolverResult& fit) { return fit.at.cost; });
}

/// The `keep` best that differ.
std::vector<Coordinates> best_of(
    const Layout& layout, const std::vector<SolverResult>& fits, std::size_t keep
) {
    std::vector<Coordinates> out;
    double last = -1.0;
    for (const auto& fit : fits) {
        Coordinates q{};
        const bool is_new = fit.at.cost - last > same_cost * fit.at.cost;
        if (out.size() < keep && is_new && layout.expand(fit.p, q, nullptr)) {
            out.push_back(q);
            last = fit.at.cost;
        }
    }
    return out;
}

}  // namespace

KinkFit::KinkFit(std::span<const record::DynamicPoint> points, const record::FitOptions& options)
    : options_(options), data_(dynamic_data(points, options.T_max_K)) {
    // One frequency does not tell U_beta from B.
    if (data_.n_points < points_min || !what_is_wrong(data_).empty() || has_one_frequency(data_)) {
        return;
    }
    origin_ = start_from_data(data_, options_);
    few_ = thinned(data_.rows, few_rows);
    if (auto layout = dynamic_layout(origin_, options_)) {
        layout_ = std::move(*layout);
    }
}

std::vector<KinkStart> KinkFit::search() const {
    std::vector<KinkStart> out;
    if (!layout_) {
        return out;
    }
    const DynamicSearch wide(data_.rows, options_.form, options_.iterations_max);
    const SolverResult first = wide.solve(*layout_, origin_.q);
    std::vector<Coordinates> starts;
    Coordinates q{};
    if (first.termination != Termination::bad_start && layout_->expand(first.p, q, nullptr)) {
        starts.push_back(q);
    }
    const bool is_good = !starts.empty() && wide.variance_factor(*layout_, first.p) < poor_factor;
    if (!is_good) {
        std::vector<Coordinates> many = extra_starts(origin_.q);
        for (const auto& more : {unseen_starts(origin_), prior_draws(origin_, draws)}) {
            many.insert(many.end(), more.begin(), more.end());
        }
        const auto rows = thinned(few_, race_rows);
        const DynamicSearch race(rows, options_.form, race_evaluations);
        for (const auto& winner : best_of(*layout_, solved(race, *layout_, many), race_keeps)) {
            starts.push_back(winner);
        }
        const DynamicSearch search(few_, options_.form, few_evaluations);
        starts = best_of(*layout_, solved(search, *layout_, starts), starts.size());
    }
    for (const auto& start : starts) {
        out.emplace_back(layout_->T_ref_K, start);
    }
    return out;
}

Coordinates KinkFit::moved(const KinkStart& start) const {
    Coordinates q = start.q;
    q[q_ln_tau_beta_ref] +=
        q[q_U] * (1.0 / layout_->T_ref_K - 1.0 / start.T_ref_K) / gas_constant_J_mol_K;
    const double T_g_K = options_.T_g_fixed_K ? *options_.T_g_fixed_K : options_.T_g_prior_K->mean;
    const double reach_K = options_.T_g_fixed_K ? 0.0 : options_.T_g_prior_K->sd;
    return std::abs(q[q_T_g] - T_g_K) > reach_K ? with_T_g(q, T_g_K) : q;
}

record::FitResult KinkFit::from(const std::vector<KinkStart>& starts) const {
    record::FitResult result;
    result.model = "dynamic";
    if (!layout_ || starts.empty()) {
        return result;
    }
    result.n_points = data_.n_points;
    std::vector<Coordinates> at;
    at.reserve(starts.size());
    for (const auto& start : starts) {
        at.push_back(moved(start));
    }
    if (at.size() > 1) {
        const DynamicSearch search(few_, options_.form, few_evaluations);
        at = best_of(*layout_, solved(search, *layout_, at), 1);
    }
    if (at.empty()) {
        return result;
    }
    const DynamicPolish polish(data_.rows, options_.form, options_.iterations_max);
    const SolverResult fit = polish.polish(*layout_, layout_->collect(at.front()));
    if ((fit.converged() || polish.is_near(fit)) &&
        report_dynamic(data_, *layout_, options_, fit.p, result)) {
        result.status = "converged";
    }
    return result;
}

std::optional<KinkStart> KinkFit::optimum(const record::FitResult& fit) {
    const auto T_ref = fit.warm_start.find("T_ref_K");
    if (T_ref == fit.warm_start.end()) {
        return std::nullopt;
    }
    KinkStart out(T_ref->second, {});
    for (std::size_t i = 0; i < q_count; ++i) {
        const auto at = fit.warm_start.find(std::string(coordinate_name(i)));
        out.q[i] = at != fit.warm_start.end() ? at->second : 0.0;
    }
    return out;
}

}  // namespace relaxd::model
