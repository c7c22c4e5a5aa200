// SPDX-License-Identifier: MIT
#include "model/rate/march.hpp"

#include "model/domain.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace relaxd::model {

namespace {

constexpr int most_steps = 200'000;
constexpr int most_rejections = 400;  ///< In a row; each shortens the step at least by half.
constexpr double growth = 3.0;
constexpr double safety = 0.85;

/// sum of weight * state over the three runs, in every field that moves.
RateState combine(const RateState (&run)[3], const double (&weight)[3]) {
    RateState out = run[2];
    const auto mix = [&](double RateState::* field) {
        out.*field =
            weight[0] * run[0].*field + weight[1] * run[1].*field + weight[2] * run[2].*field;
    };
    mix(&RateState::stress_Pa);
    mix(&RateState::eps_beta);
    mix(&RateState::eps_an);
    mix(&RateState::eps_vp);
    return out;
}

}  // namespace

Marcher::Marcher(const RateStepper& stepper, const Drive& drive, double tolerance)
    : stepper_(&stepper), drive_(drive), tolerance_(tolerance) {}

double Marcher::error_of(const RateState& from, const RateState& third, const RateState& second)
    const {
    double error = 0.0;
    const auto compare = [&](double a, double b, double least) {
        const double size = std::max(std::abs(a), least);
        if (size > 0.0) {
            error = std::max(error, std::abs(a - b) / size);
        }
    };
    const double elastic =
        stepper_->material().elastic_per_Pa() * std::max(third.stress_Pa, from.stress_Pa);
    const double total = std::abs(elastic) + std::abs(third.eps_beta) + std::abs(third.eps_an) +
                         std::abs(third.eps_vp);
    const double least = std::max(floor_, 1e-14 * total);
    compare(third.stress_Pa, second.stress_Pa, 0.0);
    compare(third.eps_beta, second.eps_beta, least);
    compare(third.eps_an, second.eps_an, least);
    compare(third.eps_vp, second.eps_vp, least);
    // tau_max is an output, and amplifies: its relative error is the error of its logarithm.
    const Times times = stepper_->times_at(third.stress_Pa, third.eps_an);
    const double a2 = stepper_->material().parameters().a2;
    const double moved = times.max.d_stress * (third.stress_Pa - second.stress_Pa) +
                         a2 * times.max.d_chi * (third.eps_an - second.eps_an);
    return std::max(error, std::abs(moved));
}

bool Marcher::step(const RateState& from, double dt_s, RateState& to, double& error) const {
    RateState run[3];
    RateState scratch;
    for (int n = 1; n <= 3; ++n) {
        RateState& end = run[n - 1];
        const RateState* begin = &from;
        for (int k = 0; k < n; ++k) {
            RateState& target = (n - k) % 2 == 1 ? end : scratch;
            if (!stepper_->step(*begin, dt_s / n, drive_, target)) {
                return false;
            }
            begin = &target;
        }
    }
    const double third[3] = {0.5, -4.0, 4.5};
    const double second[3] = {0.0, -2.0, 3.0};
    to = combine(run, third);
    error = error_of(from, to, combine(run, second));
    for (std::size_t k = 0; k < to.modes.size(); ++k) {
        to.modes[k] = 0.5 * run[0].modes[k] - 4.0 * run[1].modes[k] + 4.5 * run[2].modes[k];
    }
    stepper_->add_up(to);
    to.time_s = from.time_s + dt_s;
    return std::isfinite(error);
}

Result<void> Marcher::to(double time_s, RateState& state, const Accepted& accepted) {
    RateState next;
    int rejected = 0;
    for (int count = 0; state.time_s < time_s; ++count) {
        const double left = time_s - state.time_s;
        double dt = next_dt_s_ > 0.0 ? next_dt_s_ : left;
        // No short last step: what is left in one step or in two equal ones.
        const bool last = dt >= left * (1.0 - 1e-12);
        dt = last ? left : std::min(dt, std::max(0.5 * left, left - dt));
        if (count > most_steps || rejected > most_rejections || !(dt > 0.0) ||
            state.time_s + dt == state.time_s) {
            return fail(
                Errc::not_converged,
                "the rate form does not converge at " + shown(state.time_s) +
                    " s: the steps shrink to " + shown(dt) + " s"
            );
        }
        double error = 0.0;
        const bool solved = step(state, dt, next, error);
        if (!solved || error > tolerance_) {
            const double shrink =
                solved ? std::clamp(safety * std::cbrt(tolerance_ / error), 0.05, 0.5) : 0.25;
            next_dt_s_ = shrink * dt;
            ++rejected;
            continue;
        }
        rejected = 0;
        const double chi_now = stepper_->chi_at(next.eps_an);
        if (!(chi_now > 0.0 && chi_now < 1.0)) {
            const double a2 = stepper_->material().parameters().a2;
            return fail(
                Errc::invalid,
                "a2 is " + shown(a2) + " and makes chi(T) + a2 eps_an " + shown(chi_now) +
                    " at eps_an = " + shown(next.eps_an) +
                    "; it must stay between 0 and 1, both excluded",
                "a2"
            );
        }
        const double factor = safety * std::cbrt(tolerance_ / std::max(error, 1e-300));
        const double wanted = dt * std::min(growth, factor);
        next_dt_s_ = last ? std::max(wanted, std::min(next_dt_s_, growth * dt)) : wanted;
        if (last) {
            next.time_s = time_s;
        }
        if (accepted) {
            accepted(state, next);
        }
        std::swap(state, next);
    }
    return {};
}

}  // namespace relaxd::model
