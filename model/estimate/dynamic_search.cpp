// SPDX-License-Identifier: MIT
#include "model/estimate/dynamic_search.hpp"

#include "model/estimate/ascending.hpp"
#include "model/estimate/dynamic_draws.hpp"
#include "model/estimate/dynamic_isotherm.hpp"
#include "model/estimate/dynamic_objective.hpp"
#include "model/estimate/dynamic_start.hpp"
#include "model/fit/robust.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace relaxd::model {

namespace {

constexpr std::size_t thin_rows = 250;
constexpr std::size_t race_rows = 60;
constexpr int race_evaluations = 14;
constexpr std::size_t race_keeps = 4;
constexpr int draws = 8;
constexpr int more_draws = 16;
constexpr double same_cost = 1e-4;  ///< Relative: two racers that came to one place.

const CauchyLoss squares{std::numeric_limits<double>::infinity()};

void append(std::vector<Coordinates>& to, const std::vector<Coordinates>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

DynamicSearch::DynamicSearch(
    const std::vector<DynamicRow>& rows, record::Form form, int evaluations_max
)
    : form_(form),
      evaluations_max_(evaluations_max),
      thin_(thinned(rows, thin_rows)),
      few_(thinned(thin_, race_rows)) {}

SolverResult DynamicSearch::solve(const Layout& layout, const Coordinates& start) const {
    const DynamicIsotherm isotherm(layout);
    DynamicObjective objective(isotherm.layout(), form_, thin_, squares);
    SolverOptions loose;
    loose.evaluations_max = std::min(60, evaluations_max_);
    loose.cost_tolerance = 1e-3;
    loose.decrement_tolerance = 1e-4;
    isotherm.bound(loose);
    SolverResult fit = minimize(objective, isotherm.collect(start), loose);
    if (fit.termination == Termination::bad_start) {
        return isotherm.whole(std::move(fit));
    }
    objective.set_loss(CauchyLoss{});
    loose.decrement_tolerance = 1e-5;
    return isotherm.whole(minimize(objective, fit.p, loose));
}

double DynamicSearch::variance_factor(const Layout& layout, const Eigen::VectorXd& p) const {
    DynamicObjective objective(layout, form_, thin_, CauchyLoss{});
    Coordinates q{};
    std::vector<RowResidual> residuals;
    if (!layout.expand(p, q, nullptr) || !objective.residuals(q, residuals)) {
        return 1e9;
    }
    RobustScale robust;
    double inliers = 0.0;
    for (const auto& r : residuals) {
        robust.add(r.storage, CauchyLoss{});
        robust.add(r.loss, CauchyLoss{});
        inliers += (std::abs(r.storage) < 2.0 ? 1.0 : 0.0) + (std::abs(r.loss) < 2.0 ? 1.0 : 0.0);
    }
    // Far from the data psi' vanishes and the factor means nothing.
    if (inliers < 0.7 * robust.n) {
        return 1e9;
    }
    return robust.factor(static_cast<double>(layout.free.size()));
}

bool DynamicSearch::is_poor(const Layout& layout, const SolverResult& fit) const {
    return fit.termination == Termination::bad_start ||
           !(variance_factor(layout, fit.p) < poor_factor);
}

SolverResult DynamicSearch::best_of(
    const Layout& layout,
    SolverResult best,
    const std::vector<Coordinates>& starts,
    std::vector<SolverResult>* all
) const {
    for (const auto& start : starts) {
        SolverResult fit = solve(layout, start);
        if (all != nullptr && fit.termination != Termination::bad_start) {
            all->push_back(fit);
        }
        const bool is_better =
            best.termination == Termination::bad_start || fit.at.cost < best.at.cost;
        if (fit.termination != Termination::bad_start && is_better) {
            best = std::move(fit);
        }
    }
    return best;
}

std::vector<Coordinates> DynamicSearch::raced(
    const Layout& layout, const std::vector<Coordinates>& starts, std::size_t keep
) const {
    struct Racer {
        double cost;
        Coordinates q;
    };
    const DynamicIsotherm isotherm(layout);
    DynamicObjective objective(isotherm.layout(), form_, few_, squares);
    SolverOptions options;
    options.evaluations_max = race_evaluations;
    options.cost_tolerance = 1e-2;
    options.decrement_tolerance = 1e-3;
    isotherm.bound(options);
    std::vector<Racer> racers;
    for (const auto& start : starts) {
        const SolverResult fit =
            isotherm.whole(minimize(objective, isotherm.collect(start), options));
        Coordinates q{};
        if (fit.termination != Termination::bad_start && layout.expand(fit.p, q, nullptr)) {
            racers.push_back({fit.at.cost, q});
        }
    }
    racers = ascending(std::move(racers), [](const Racer& racer) { return racer.cost; });
    std::vector<Coordinates> out;
    double last = -1.0;
    for (const auto& racer : racers) {
        if (out.size() < keep && !(racer.cost - last <= same_cost * racer.cost)) {
            out.push_back(racer.q);
            last = racer.cost;
        }
    }
    return out;
}

SolverResult DynamicSearch::cold(
    const Layout& layout,
    const DynamicStart& origin,
    const Coordinates* warm,
    std::vector<SolverResult>* all
) const {
    std::vector<Coordinates> given;
    if (warm != nullptr) {
        given.push_back(*warm);
    }
    if (layout.has_fast) {
        return best_of(layout, many_fast(layout, origin, false, all), given, all);
    }
    SolverResult best = best_of(layout, solve(layout, origin.q), given, all);
    return is_poor(layout, best) ? many(layout, origin, std::move(best), all) : best;
}

SolverResult DynamicSearch::afresh(const Layout& layout, const DynamicStart& origin) const {
    return layout.has_fast ? many_fast(layout, origin, true, nullptr)
                           : many(layout, origin, solve(layout, origin.q), nullptr);
}

SolverResult DynamicSearch::many(
    const Layout& layout,
    const DynamicStart& origin,
    SolverResult best,
    std::vector<SolverResult>* all
) const {
    std::vector<Coordinates> starts = extra_starts(origin.q);
    append(starts, unseen_starts(origin));
    append(starts, prior_draws(origin, draws));
    best = best_of(layout, std::move(best), raced(layout, starts, race_keeps), all);
    return is_poor(layout, best) ? more(layout, origin, std::move(best), all) : best;
}

SolverResult DynamicSearch::many_fast(
    const Layout& layout, const DynamicStart& origin, bool with_all, std::vector<SolverResult>* all
) const {
    // Beside the best fit without it, and with the roles of the two exchanged.
    const Layout plain = without_fast(layout);
    std::vector<Coordinates> starts = swapped_starts(origin.q);
    Coordinates q{};
    const SolverResult single = cold(plain, origin);
    if (single.termination != Termination::bad_start && plain.expand(single.p, q, nullptr)) {
        append(starts, fast_starts(q, origin.q));
    }
    append(starts, extra_starts(origin.q));
    append(starts, prior_draws(origin, draws));
    SolverResult best =
        best_of(layout, solve(layout, origin.q), raced(layout, starts, race_keeps), all);
    return with_all || is_poor(layout, best) ? more(layout, origin, std::move(best), all) : best;
}

SolverResult DynamicSearch::more(
    const Layout& layout,
    const DynamicStart& origin,
    SolverResult best,
    std::vector<SolverResult>* all
) const {
    auto starts = prior_draws(origin, draws + more_draws);
    starts.erase(starts.begin(), starts.begin() + draws);
    return best_of(layout, std::move(best), raced(layout, starts, race_keeps), all);
}

std::vector<SolverResult> DynamicSearch::beside(const Layout& layout, const SolverResult& found)
    const {
    std::vector<SolverResult> out;
    Coordinates q{};
    if (found.termination == Termination::bad_start || !layout.expand(found.p, q, nullptr)) {
        return out;
    }
    for (const auto& start : valley_starts(q)) {
        SolverResult fit = solve(layout, start);
        if (fit.termination != Termination::bad_start) {
            out.push_back(std::move(fit));
        }
    }
    return ascending(std::move(out), [](const SolverResult& fit) { return fit.at.cost; });
}

}  // namespace relaxd::model
