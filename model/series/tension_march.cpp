// SPDX-License-Identifier: MIT
#include "model/series/tension_march.hpp"

#include "model/rate/mode_response.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::model {

namespace {

constexpr double first_strain = 1e-8;      ///< Of the first step after the drive turned.
constexpr double longest_strain = 2.5e-4;  ///< Of a step.
constexpr double growth = 1.3;             ///< From step to step.
constexpr double first_rest = 1e-3;        ///< Of the first leg at rest.
constexpr double rest_share = 0.2;         ///< Of the time at rest so far.
constexpr int passes = 2;                  ///< Clocks of the predicted, then of the found middle.

double number_exp(double a) {
    return std::exp(a);
}
TensionDual number_exp(const TensionDual& a) {
    return exp(a);
}
double number_expm1(double a) {
    return std::expm1(a);
}
TensionDual number_expm1(const TensionDual& a) {
    return expm1(a);
}
/// Adds `factor` times `a` without a temporary.
void add(double& sum, double factor, double a) {
    sum += factor * a;
}
void add(TensionDual& sum, double factor, const TensionDual& a) {
    sum.value += factor * a.value;
    for (std::size_t k = 0; k < tension_directions; ++k) {
        sum.slope[k] += factor * a.slope[k];
    }
}
/// Adds a function with the value `f` and the derivative `df` in `x`.
void add_function(double& sum, double f, double, double) {
    sum += f;
}
void add_function(TensionDual& sum, double f, double df, const TensionDual& x) {
    sum.value += f;
    for (std::size_t k = 0; k < tension_directions; ++k) {
        sum.slope[k] += df * x.slope[k];
    }
}
bool is_sound(double a) {
    return std::isfinite(a);
}
bool is_sound(const TensionDual& a) {
    return std::isfinite(a.value) &&
           std::all_of(a.slope.begin(), a.slope.end(), [](double s) { return std::isfinite(s); });
}

/// Of a mode, with the derivatives in ln z.
struct Response : ModeResponse {
    double d_decay;
    double d_begin;
    double d_end;

    explicit Response(double z)
        : ModeResponse(z), d_decay(-z * decay), d_begin(z * decay - begin), d_end(begin) {}
};

template <typename Number>
class March {
  public:
    March(const TensionLaws& laws, const TensionNumbers<Number>& numbers)
        : laws_(laws),
          n_(numbers),
          beta_(laws.beta.rate.size(), Number(0.0)),
          anelastic_(laws.anelastic.rate.size(), Number(0.0)) {
        elastic_ = (Number(1.0) + n_.machine_compliance) * (1.0 / laws.E_u_Pa) +
                   Number(laws.machine_per_Pa);
        ln_tau_beta_ = Number(laws.ln_tau_beta) + n_.ln_time_scale;
        ln_t0_ = Number(laws.ln_t0) + n_.ln_time_scale;
        inverse_sigma1_ = number_exp(-n_.ln_sigma1);
    }

    bool run(std::span<const TensionLeg> legs, std::vector<TensionState<Number>>& out) {
        out.clear();
        for (const TensionLeg& leg : legs) {
            if (!(leg.at_rest ? rest(leg) : pull(leg))) {
                return false;
            }
            const Number strain = stress_ * elastic_ + total_;
            if (!is_sound(stress_) || !is_sound(strain)) {
                return false;
            }
            out.push_back({stress_, strain});
        }
        return true;
    }

  private:
    /// Strain of a branch at the end of a step: history + stress * response.
    struct Sums {
        Number history{0.0};
        Number response{0.0};
    };
    struct Clocks {
        Number ln_beta{0.0};       ///< ln of the step's length in units of tau_beta
        Number ln_anelastic{0.0};  ///< The same for the anelastic clock.
        Number flow{0.0};          ///< Flow strain per stress over the step.
    };

    /// At a constant rate to the end of the leg.
    bool pull(const TensionLeg& leg) {
        const double rate = (leg.end_strain - strain_) / (leg.end_s - time_s_);
        if (!std::isfinite(rate)) {
            return false;
        }
        const double speed = std::max(std::abs(rate), 1e-300);
        if (leg.starts_anew) {
            step_s_ = first_strain / speed;
            stress_slope_ = Number(0.0);
        }
        while (time_s_ < leg.end_s) {
            const double left = leg.end_s - time_s_;
            step_s_ = std::min(step_s_, longest_strain / speed);
            const bool is_last = step_s_ > left * (1.0 - 1e-9);
            const double h = is_last ? left : (2.0 * step_s_ > left ? 0.5 * left : step_s_);
            const double end = is_last ? leg.end_strain : strain_ + rate * h;
            if (!step(h, end, false)) {
                return false;
            }
            time_s_ = is_last ? leg.end_s : time_s_ + h;
            strain_ = end;
            step_s_ = is_last ? std::max(step_s_, growth * h) : growth * h;
        }
        return true;
    }

    bool rest(const TensionLeg& leg) {
        if (leg.starts_anew) {
            rest_from_s_ = time_s_;
            stress_ = Number(0.0);
            stress_slope_ = Number(0.0);
            an_slope_ = Number(0.0);
            step_s_ = first_rest * (leg.end_s - time_s_);
        }
        while (time_s_ < leg.end_s) {
            const double left = leg.end_s - time_s_;
            const double wanted = std::max(step_s_, rest_share * (time_s_ - rest_from_s_));
            const bool is_last = wanted > left * (1.0 - 1e-9);
            const double h = is_last ? left : (2.0 * wanted > left ? 0.5 * left : wanted);
            if (!step(h, 0.0, true)) {
                return false;
            }
            time_s_ = is_last ? leg.end_s : time_s_ + h;
        }
        strain_ = value_of(stress_ * elastic_ + total_);
        return true;
    }

    /// The clocks of a step with this stress and anelastic strain in its middle.
    [[nodiscard]] bool clocks(double h, const Number& stress, const Number& an, Clocks& out) const {
        const Number chi_now = Number(laws_.chi) + an * n_.a2;
        if (!(value_of(chi_now) > 1e-3 && value_of(chi_now) < 1.0)) {
            return false;
        }
        const double sign = value_of(stress) < 0.0 ? -1.0 : 1.0;
        const Number left = Number(1.0) - stress * inverse_sigma1_ * sign;
        Number ln_beta = ln_tau_beta_ - Number(laws_.barrier);
        if (value_of(left) > 0.0) {
            ln_beta += number_exp(log_of(left) * 1.5) * laws_.barrier;
        }
        const Number ln_max = ln_t0_ + (ln_beta - ln_t0_) / chi_now;
        out.ln_beta = Number(std::log(h)) - ln_beta;
        out.flow = number_exp(Number(std::log(h * laws_.A_vp_per_Pa)) - ln_max);
        if (laws_.formulation == Formulation::eq16) {
            const double ln_end = std::log(time_s_ + h);
            out.ln_anelastic =
                chi_now * ln_end + (Number(1.0) - chi_now) * ln_t0_ - ln_beta - log_of(chi_now);
            if (time_s_ > 0.0) {
                const double ln_ratio = std::log1p(-h / (time_s_ + h));
                out.ln_anelastic += log_of(-number_expm1(chi_now * ln_ratio));
            }
        } else {
            out.ln_anelastic = Number(std::log(h)) - ln_max - log_of(chi_now) / chi_now;
        }
        return true;
    }
    static double log_of(double a) { return std::log(a); }
    static TensionDual log_of(const TensionDual& a) { return log(a); }

    [[nodiscard]] Sums sums(
        const Modes& modes, double strength, const std::vector<Number>& e, const Number& ln_length
    ) const {
        const double length = std::exp(std::min(value_of(ln_length), 690.0));
        Sums out;
        double begin = 0.0;
        double d_history = 0.0;
        double end = 0.0;
        double d_end = 0.0;
        double d_begin = 0.0;
        for (std::size_t k = 0; k < e.size(); ++k) {
            const Response r(modes.rate[k] * length);
            const double w = strength * modes.weight[k];
            if (r.decay > 0.0) {
                add(out.history, r.decay, e[k]);
                d_history += value_of(e[k]) * r.d_decay;
            }
            begin += w * r.begin;
            d_begin += w * r.d_begin;
            end += w * r.end;
            d_end += w * r.d_end;
        }
        add(out.history, begin, stress_);
        d_history += value_of(stress_) * d_begin;
        add_function(out.history, 0.0, d_history, ln_length);
        add_function(out.response, end, d_end, ln_length);
        return out;
    }

    void commit(
        const Modes& modes,
        double strength,
        std::vector<Number>& e,
        const Number& ln_length,
        const Number& stress_end
    ) const {
        const double length = std::exp(std::min(value_of(ln_length), 690.0));
        for (std::size_t k = 0; k < e.size(); ++k) {
            const Response r(modes.rate[k] * length);
            const double w = strength * modes.weight[k];
            const double d = value_of(e[k]) * r.d_decay +
                             w * (value_of(stress_) * r.d_begin + value_of(stress_end) * r.d_end);
            e[k] *= r.decay;
            add(e[k], w * r.begin, stress_);
            add(e[k], w * r.end, stress_end);
            add_function(e[k], 0.0, d, ln_length);
        }
    }

    bool step(double h, double end_strain, bool at_rest) {
        Number stress_end = at_rest ? Number(0.0) : stress_ + stress_slope_ * h;
        Number an_end = an_ + an_slope_ * h;
        Number beta_end(0.0);
        Number vp_end(0.0);
        Clocks c;
        for (int pass = 0; pass < passes; ++pass) {
            if (!clocks(h, (stress_ + stress_end) * 0.5, (an_ + an_end) * 0.5, c)) {
                return false;
            }
            const Sums beta = sums(laws_.beta, laws_.A_beta_per_Pa, beta_, c.ln_beta);
            const Sums an = sums(laws_.anelastic, laws_.A_an_per_Pa, anelastic_, c.ln_anelastic);
            if (!at_rest) {
                const Number fixed = beta.history + an.history + vp_ + c.flow * stress_ * 0.5;
                const Number slope = elastic_ + beta.response + an.response + c.flow * 0.5;
                stress_end = (Number(end_strain) - fixed) / slope;
            }
            beta_end = beta.history + beta.response * stress_end;
            an_end = an.history + an.response * stress_end;
            vp_end = vp_ + c.flow * (stress_ + stress_end) * 0.5;
        }
        commit(laws_.beta, laws_.A_beta_per_Pa, beta_, c.ln_beta, stress_end);
        commit(laws_.anelastic, laws_.A_an_per_Pa, anelastic_, c.ln_anelastic, stress_end);
        stress_slope_ = (stress_end - stress_) * (1.0 / h);
        an_slope_ = (an_end - an_) * (1.0 / h);
        stress_ = stress_end;
        an_ = an_end;
        vp_ = vp_end;
        total_ = beta_end + an_end + vp_end;
        return std::isfinite(value_of(stress_));
    }

    const TensionLaws& laws_;
    TensionNumbers<Number> n_;
    Number elastic_{0.0};
    Number ln_tau_beta_{0.0};
    Number ln_t0_{0.0};
    Number inverse_sigma1_{0.0};
    std::vector<Number> beta_;
    std::vector<Number> anelastic_;
    Number stress_{0.0};
    Number an_{0.0};
    Number vp_{0.0};
    Number total_{0.0};  ///< beta + anelastic + flow
    Number stress_slope_{0.0};
    Number an_slope_{0.0};
    double time_s_ = 0.0;
    double strain_ = 0.0;
    double step_s_ = 0.0;
    double rest_from_s_ = 0.0;
};

}  // namespace

bool march_tension(
    const TensionLaws& laws,
    std::span<const TensionLeg> legs,
    const TensionNumbers<double>& numbers,
    std::vector<TensionState<double>>& out
) {
    return March<double>(laws, numbers).run(legs, out);
}

bool march_tension(
    const TensionLaws& laws,
    std::span<const TensionLeg> legs,
    const TensionNumbers<TensionDual>& numbers,
    std::vector<TensionState<TensionDual>>& out
) {
    return March<TensionDual>(laws, numbers).run(legs, out);
}

}  // namespace relaxd::model
