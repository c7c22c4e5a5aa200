// SPDX-License-Identifier: MIT
#include "model/series/creep_march.hpp"

#include "model/series/creep_growth.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace relaxd::model {

namespace {

constexpr double longest_step = 0.5;       ///< In ln(time since the piece began), fourth order.
constexpr double longest_eq16 = 0.08;      ///< The same where the step is of second order.
constexpr double first_share = 1e-3;       ///< Of the first time asked for: the first node.
constexpr double first_ramp_share = 3e-3;  ///< The same where the stress did not jump.
constexpr double first_eq16_share = 1e-5;
constexpr double far_from_ramp = 10.0;  ///< Its lengths, from which two jumps look the same.

bool is_sound(double a) {
    return std::isfinite(a);
}
bool is_sound(const CreepDual& a) {
    return std::isfinite(a.value) &&
           std::all_of(a.slope.begin(), a.slope.end(), [](double s) { return std::isfinite(s); });
}

/// The strains of one history.
template <typename Number>
class March {
  public:
    March(const CreepLaws& laws, const StressHistory& history, const CreepNumbers<Number>& numbers)
        : laws_(laws), history_(history), n_(numbers) {
        A_an_ = number_exp(n_.ln_A_an);
        A_vp_ = number_exp(n_.ln_A_vp);
        if (laws_.clocks_move()) {
            // ln tau_beta - ln t0 = chi (ln tau_max - ln tau_beta)/(1 - chi), S1 Eq. 11b.
            height_ = n_.chi * (n_.ln_tau_max - Number(laws_.ln_tau_beta)) / (Number(1.0) - n_.chi);
            ln_t0_ = Number(laws_.ln_tau_beta) - height_;
        }
    }

    bool run(std::span<const double> times_s, std::vector<CreepStrain<Number>>& out) {
        out.assign(times_s.size(), {});
        std::size_t next = 0;
        for (std::size_t p = 0; p < history_.pieces.size() && next < times_s.size(); ++p) {
            begin_piece(p);
            while (next < times_s.size() && history_.piece_at(times_s[next]) == p) {
                if (!go_to(times_s[next], out[next])) {
                    return false;
                }
                ++next;
            }
            CreepStrain<Number> end;
            if (next < times_s.size() && !go_to(history_.pieces[p].end_s, end)) {
                return false;
            }
            end_piece();
        }
        return true;
    }

  private:
    using Clocks = std::pair<Number, Number>;  // ln tau_max, ln tau_an

    static double number_exp(double a) { return std::exp(a); }
    static CreepDual number_exp(const CreepDual& a) { return exp(a); }
    static double number_log(double a) { return std::log(a); }
    static CreepDual number_log(const CreepDual& a) { return log(a); }
    static double number_expm1(double a) { return std::expm1(a); }
    static CreepDual number_expm1(const CreepDual& a) { return expm1(a); }

    /// A change of stress in the past: at once (`length` 0) or linear in xi.
    struct Change {
        Number end_xi{0.0};
        Number length{0.0};
        double stress_Pa = 0.0;
        bool is_jump = true;
    };
    /// Neighbouring changes linear in xi, from `first` to before `end`, and what they look like
    /// from far away.
    struct Ramp {
        std::size_t first = 0;
        std::size_t end = 0;
        Number begin{0.0};
        Number mean{0.0};
        Number variance{0.0};
        double stress_Pa = 0.0;
    };

    void begin_piece(std::size_t index) {
        piece_ = &history_.pieces[index];
        const double before = index > 0 ? history_.pieces[index - 1].end_Pa : 0.0;
        goes_on_ = goes_on_ && piece_->begin_Pa == before && piece_->begin_Pa != piece_->end_Pa;
        has_jumped_ = piece_->begin_Pa != before;
        if (has_jumped_) {
            past_.push_back({xi_, Number(0.0), piece_->begin_Pa - before, true});
        }
        local_xi_ = Number(0.0);
        at_s_ = 0.0;
    }

    void end_piece() {
        xi_ += local_xi_;
        const double rise = piece_->end_Pa - piece_->begin_Pa;
        if (rise == 0.0) {
            return;
        }
        if (!goes_on_ || rise * past_.back().stress_Pa <= 0.0) {
            ramps_.push_back(
                {past_.size(), past_.size(), xi_ - local_xi_, Number(0.0), Number(0.0), 0.0}
            );
        }
        past_.push_back({xi_, local_xi_, rise, false});
        Ramp& ramp = ramps_.back();
        ramp.end = past_.size();
        // Weighted mean and variance of xi over the changes of stress so far.
        const Number centre = xi_ - local_xi_ * 0.5;
        const double sum = ramp.stress_Pa + rise;
        const Number away = centre - ramp.mean;
        const Number own = local_xi_ * local_xi_ * (1.0 / 12.0);
        if (ramp.stress_Pa == 0.0) {
            ramp.mean = centre;
            ramp.variance = own;
        } else {
            const double share = rise / sum;
            ramp.variance =
                ramp.variance * (1.0 - share) + own * share + away * away * (share * (1.0 - share));
            ramp.mean += away * share;
        }
        ramp.stress_Pa = sum;
        goes_on_ = true;
    }

    static double number_of(const Growth& g, double, double, double) { return g.value; }
    static CreepDual number_of(
        const Growth& g, const CreepDual& since, const CreepDual& length, const CreepDual& chi
    ) {
        CreepDual out(g.value);
        for (std::size_t k = 0; k < creep_directions; ++k) {
            out.slope[k] = g.by_since * since.slope[k] + g.by_length * length.slope[k] +
                           g.by_chi * chi.slope[k];
        }
        return out;
    }

    /// 1 - exp(-x^chi)
    [[nodiscard]] Number grown(const Number& x) const {
        Growth g;
        g.add(value_of(x), value_of(n_.chi), 0.0, 1.0);
        return number_of(g, x, Number(0.0), n_.chi);
    }

    /// Mean of `grown` over x = since + length u, u from 0 to 1.
    [[nodiscard]] Number mean_grown(const Number& since, const Number& length) const {
        const Growth g = mean_growth(value_of(since), value_of(length), value_of(n_.chi));
        return number_of(g, since, length, n_.chi);
    }

    /// eps_an, `local` after the piece began, the stress at that moment being `stress`.
    [[nodiscard]] Number anelastic(const Number& local, double stress_Pa) const {
        const Number now = xi_ + local;
        Number sum(0.0);
        auto ramp = ramps_.begin();
        for (std::size_t k = 0; k < past_.size(); ++k) {
            if (ramp != ramps_.end() && ramp->first == k) {
                const double length = value_of(past_[ramp->end - 1].end_xi - ramp->begin);
                if (value_of(now - past_[ramp->end - 1].end_xi) > far_from_ramp * length) {
                    const Number spread = number_exp(number_log(ramp->variance) * 0.5);
                    const Number since = now - ramp->mean;
                    sum +=
                        (grown(since - spread) + grown(since + spread)) * (0.5 * ramp->stress_Pa);
                    k = (ramp++)->end - 1;
                    continue;
                }
                ++ramp;
            }
            const Change& c = past_[k];
            const Number since = now - c.end_xi;
            sum += (c.is_jump ? grown(since) : mean_grown(since, c.length)) * c.stress_Pa;
        }
        if (stress_Pa != piece_->begin_Pa) {
            sum += mean_grown(Number(0.0), local) * (stress_Pa - piece_->begin_Pa);
        }
        return A_an_ * sum;
    }

    /// False where chi is none.
    [[nodiscard]] bool clocks(double stress_Pa, const Number& an, Clocks& out) const {
        Number chi_now = n_.chi;
        Number ln_max = n_.ln_tau_max;
        if (laws_.clocks_move()) {
            chi_now += an * laws_.a2;
            if (!(value_of(chi_now) > 1e-3 && value_of(chi_now) < 1.0)) {
                return false;
            }
            const double shift = laws_.beta_shift(stress_Pa + history_.preload_Pa);
            ln_max = ln_t0_ + (height_ + Number(shift)) / chi_now;
        }
        out = {ln_max, ln_max + number_log(chi_now) / chi_now};
        if (piece_->is_recovery) {
            out.second += n_.ln_ratio;
        }
        return true;
    }

    [[nodiscard]] double stress_at(double since_s) const {
        return piece_->at(piece_->begin_s + since_s);
    }

    bool go_to(double time_s, CreepStrain<Number>& out) {
        const double since = time_s - piece_->begin_s;
        const double stress = stress_at(since);
        bool good = true;
        if (!laws_.clocks_move()) {
            good = stand_still(since, stress);
        } else if (laws_.formulation == Formulation::eq16) {
            good = go_eq16(since);
        } else {
            good = go_hereditary(since);
        }
        if (!good) {
            return false;
        }
        out.vp = vp_;
        out.an = laws_.formulation == Formulation::eq16 ? an_ : anelastic(local_xi_, stress);
        return is_sound(out.an) && is_sound(out.vp);
    }

    bool stand_still(double since_s, double stress_Pa) {
        Clocks ln_tau;
        if (!clocks(0.0, Number(0.0), ln_tau)) {
            return false;
        }
        local_xi_ = number_exp(-ln_tau.second) * since_s;
        const double before = stress_at(at_s_);
        vp_ += A_vp_ * number_exp(-ln_tau.first) * (0.5 * (before + stress_Pa) * (since_s - at_s_));
        at_s_ = since_s;
        return true;
    }

    // --- hereditary: nodes in ln(time since the piece began), and between them Hermite's cubic

    struct Rates {
        Number xi{0.0};
        Number vp{0.0};
    };
    /// Material time and flow since the piece began.
    struct Node {
        double y = 0.0;
        Number xi{0.0};
        Number vp{0.0};
        Rates slope;
    };

    /// d/d ln(time since the piece began)
    [[nodiscard]] bool rates(double ln_since, const Number& local, Rates& out) const {
        const double since = std::exp(ln_since);
        const double stress = stress_at(since);
        Clocks ln_tau;
        if (!clocks(stress, anelastic(local, stress), ln_tau)) {
            return false;
        }
        out.xi = number_exp(Number(ln_since) - ln_tau.second);
        out.vp = A_vp_ * number_exp(Number(ln_since) - ln_tau.first) * stress;
        return true;
    }

    bool first_node(double since_s) {
        left_ = Node();
        const double first_s = since_s * (has_jumped_ ? first_share : first_ramp_share);
        left_.y = std::log(first_s);
        Rates begin;
        if (!rates(left_.y, Number(0.0), begin) || !rates(left_.y, begin.xi, left_.slope)) {
            return false;
        }
        // The clocks move with eps_an, which goes as time^chi after a jump.
        const Number share = has_jumped_ ? Number(1.0) / (Number(1.0) + n_.chi) : Number(0.5);
        left_.xi = begin.xi + (left_.slope.xi - begin.xi) * share;
        const bool is_held = piece_->begin_Pa == piece_->end_Pa;
        const double mean = is_held ? 1.0 : 0.5 + 0.5 * piece_->begin_Pa / stress_at(first_s);
        left_.vp = (begin.vp + (left_.slope.vp - begin.vp) * share) * mean;
        vp_before_ = vp_;
        return next_node();
    }

    /// Runge and Kutta's fourth order from `left_` to `right_`.
    bool next_node() {
        const double last = std::log(piece_->end_s - piece_->begin_s);
        const double left = last - left_.y;
        const double h =
            left < 2.0 * longest_step ? (left < longest_step ? left : 0.5 * left) : longest_step;
        right_ = left_;
        right_.y = left_.y + h;
        // Both over the time, which stand still where the clocks do: d(x e^-y)/dy = x' e^-y - x
        // e^-y, y from the left node.
        const std::array<double, 3> grow{std::exp(0.5 * h), std::exp(0.5 * h), std::exp(h)};
        const std::array<double, 3> share{0.5, 0.5, 1.0};
        Rates f{left_.slope.xi - left_.xi, left_.slope.vp - left_.vp};
        Rates sum = f;
        for (std::size_t k = 0; k < 3; ++k) {
            const Number xi = left_.xi + f.xi * (share[k] * h);
            const Number vp = left_.vp + f.vp * (share[k] * h);
            if (!rates(left_.y + share[k] * h, xi * grow[k], f)) {
                return false;
            }
            f = {f.xi * (1.0 / grow[k]) - xi, f.vp * (1.0 / grow[k]) - vp};
            const double weight = k == 2 ? 1.0 : 2.0;
            sum.xi += f.xi * weight;
            sum.vp += f.vp * weight;
        }
        right_.xi = (left_.xi + sum.xi * (h / 6.0)) * grow[2];
        right_.vp = (left_.vp + sum.vp * (h / 6.0)) * grow[2];
        return rates(right_.y, right_.xi, right_.slope);
    }

    bool go_hereditary(double since_s) {
        if (at_s_ == 0.0 && !first_node(since_s)) {
            return false;
        }
        at_s_ = since_s;
        const double y = std::log(since_s);
        while (right_.y < y - 1e-12) {
            left_ = right_;
            if (!next_node()) {
                return false;
            }
        }
        const double h = right_.y - left_.y;
        const double u = (y - left_.y) / h;
        const double v = 1.0 - u;
        const double from = v * v * (1.0 + 2.0 * u);
        const double to = u * u * (1.0 + 2.0 * v);
        const double by_from = u * v * v * h;
        const double by_to = -u * u * v * h;
        // ln xi is nearly straight, flow over xi nearly constant.
        const Number slope_l = left_.slope.xi / left_.xi;
        const Number slope_r = right_.slope.xi / right_.xi;
        local_xi_ = number_exp(
            number_log(left_.xi) * from + number_log(right_.xi) * to + slope_l * by_from +
            slope_r * by_to
        );
        const Number ratio_l = left_.vp / left_.xi;
        const Number ratio_r = right_.vp / right_.xi;
        const Number ratio = ratio_l * from + ratio_r * to +
                             (left_.slope.vp / left_.xi - ratio_l * slope_l) * by_from +
                             (right_.slope.vp / right_.xi - ratio_r * slope_r) * by_to;
        vp_ = vp_before_ + ratio * local_xi_;
        return true;
    }

    // --- eq16

    bool go_eq16(double since_s) {
        if (since_s <= at_s_) {
            return true;
        }
        if (at_s_ == 0.0) {
            const double first = since_s * first_eq16_share;
            if (!step_eq16(0.0, first)) {
                return false;
            }
            at_s_ = first;
        }
        const double length = std::log(since_s / at_s_);
        const double count = std::ceil(length / longest_eq16);
        const double from = std::log(at_s_);
        for (double k = 0.0; k < count; k += 1.0) {
            const double begin = from + k * length / count;
            if (!step_eq16(std::exp(begin), std::exp(begin + length / count))) {
                return false;
            }
        }
        at_s_ = since_s;
        return true;
    }

    /// eps_an of S1 Eq. 16 from `begin_s` to `end_s` in the piece, chi and stress of the clock at
    /// `an` and `middle`.
    [[nodiscard]] bool relax(
        double begin_s, double end_s, const Number& an, double middle_Pa, Number& out
    ) const {
        Number chi_now = n_.chi + an * laws_.a2;
        if (!(value_of(chi_now) > 1e-3 && value_of(chi_now) < 1.0)) {
            return false;
        }
        const double start = piece_->begin_s - history_.pieces.front().begin_s;
        const double ln_end = std::log(start + end_s);
        Number power = number_exp(chi_now * ln_end);
        if (start + begin_s > 0.0) {
            const double ln_ratio = std::log1p((begin_s - end_s) / (start + end_s));
            power *= -number_expm1(chi_now * ln_ratio);
        }
        Number ln_tau = Number(laws_.ln_tau_beta + laws_.beta_shift(middle_Pa));
        if (piece_->is_recovery) {
            ln_tau += n_.ln_ratio;
        }
        const Number z = power * number_exp((Number(1.0) - chi_now) * ln_t0_ - ln_tau) / chi_now;
        const Number gone = -number_expm1(-z);
        out = an_ - gone * (an_ - A_an_ * stress_at(begin_s));
        const double rise = stress_at(end_s) - stress_at(begin_s);
        if (rise != 0.0 && value_of(z) > 0.0) {
            out += A_an_ * rise * (value_of(z) > 1e-5 ? Number(1.0) - gone / z : z * 0.5);
        }
        return true;
    }

    bool step_eq16(double begin_s, double end_s) {
        const double half_s = 0.5 * (begin_s + end_s);
        const double middle_Pa = stress_at(half_s);
        const double total_Pa = middle_Pa + history_.preload_Pa;
        Number middle(0.0);
        Number end(0.0);
        if (!relax(begin_s, half_s, an_, total_Pa, middle) ||
            !relax(begin_s, end_s, middle, total_Pa, end)) {
            return false;
        }
        Clocks ln_tau;
        if (!clocks(middle_Pa, middle, ln_tau)) {
            return false;
        }
        vp_ += A_vp_ * number_exp(-ln_tau.first) * (middle_Pa * (end_s - begin_s));
        an_ = end;
        return true;
    }

    const CreepLaws& laws_;
    const StressHistory& history_;
    CreepNumbers<Number> n_;
    Number A_an_{0.0};
    Number A_vp_{0.0};
    Number height_{0.0};  ///< ln tau_beta - ln t0
    Number ln_t0_{0.0};
    const StressPiece* piece_ = nullptr;
    std::vector<Change> past_;
    std::vector<Ramp> ramps_;
    bool has_jumped_ = false;  ///< The piece began with a change at once.
    bool goes_on_ = false;     ///< The last piece was a ramp that this one continues.
    Number xi_{0.0};           ///< Material time where the piece began.
    Number local_xi_{0.0};     ///< And since.
    Number an_{0.0};           ///< `eq16` only.
    Number vp_{0.0};
    double at_s_ = 0.0;  ///< Since the piece began.
    Node left_;          ///< `hereditary` only.
    Node right_;
    Number vp_before_{0.0};  ///< When the piece began.
};

}  // namespace

bool march_creep(
    const CreepLaws& laws,
    const StressHistory& history,
    std::span<const double> times_s,
    const CreepNumbers<double>& numbers,
    std::vector<CreepStrain<double>>& out
) {
    return March<double>(laws, history, numbers).run(times_s, out);
}

bool march_creep(
    const CreepLaws& laws,
    const StressHistory& history,
    std::span<const double> times_s,
    const CreepNumbers<CreepDual>& numbers,
    std::vector<CreepStrain<CreepDual>>& out
) {
    return March<CreepDual>(laws, history, numbers).run(times_s, out);
}

}  // namespace relaxd::model
