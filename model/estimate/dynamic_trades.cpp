// SPDX-License-Identifier: MIT
#include "model/estimate/dynamic_trades.hpp"

#include "model/estimate/dynamic_names.hpp"
#include "model/qpd/gumbel.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>

namespace relaxd::model {

namespace {

using record::KnownCombination;
using record::ParameterState;

constexpr double traded_from = 0.98;
constexpr double known_below = 0.3;
constexpr double better_than_members = 0.2;

Eigen::Index at(std::size_t i) {
    return static_cast<Eigen::Index>(i);
}

/// The logarithm of a combination, with the parameters in it.
struct Candidate {
    std::string expression;
    Scalar logarithm;
    std::vector<std::string> names;
    std::vector<std::size_t> members;  ///< Coordinates that it ties together.
    std::string experiment;
};

Scalar coordinate(const Coordinates& q, std::size_t i) {
    Scalar s;
    s.value = q[i];
    s.gradient[i] = 1.0;
    return s;
}

Scalar sum(const Scalar& a, double factor, const Scalar& b) {
    Scalar out = a;
    out.value += factor * b.value;
    for (std::size_t i = 0; i < q_count; ++i) {
        out.gradient[i] += factor * b.gradient[i];
    }
    return out;
}

/// ln of the highest loss of a Gumbel spread of unit strength, to 1e-4: golden section, because
/// each value is dear.
double ln_peak_of(double ln_B) {
    const double B = std::exp(ln_B);
    const auto loss = [B](double z) { return -gumbel_debye(z, B).imag(); };
    const double ratio = 0.5 * (std::sqrt(5.0) - 1.0);
    double low = -0.5;
    double high = 3.5 + 1.0 / B;
    double best = 0.0;
    double left = loss(high - ratio * (high - low));
    double right = loss(low + ratio * (high - low));
    while (high - low > 0.1) {
        best = std::max({best, left, right});
        if (left > right) {
            high = low + ratio * (high - low);
            right = left;
            left = loss(high - ratio * (high - low));
        } else {
            low = high - ratio * (high - low);
            left = right;
            right = loss(low + ratio * (high - low));
        }
    }
    return std::log(std::max({best, left, right}));
}

std::string three_digits(double value) {
    std::array<char, 32> text{};
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 3);
    return {text.data(), end.ptr};
}

class Trades {
  public:
    Trades(const Layout& layout, const DynamicPosterior& known, double T_last_K)
        : layout_(layout), known_(known), q_(known.q), T_last_K_(T_last_K) {}

    std::vector<KnownCombination> list() {
        for (const Candidate& c : {anelastic(), anelastic_by_t0(), viscosity(), relaxed()}) {
            take(c);
        }
        if (is_open(q_ln_A_beta) || is_open(q_ln_B)) {
            take(peak());
        }
        if (T_last_K_ > q_[q_T_g] && !layout_.is_one_temperature) {
            take(slow_time());
        }
        pairs();
        return std::move(out_);
    }

  private:
    [[nodiscard]] bool is_free(std::size_t i) const { return layout_.mode[i] == Mode::free; }

    /// Free and not determined.
    [[nodiscard]] bool is_open(std::size_t i) const {
        return is_free(i) && known_.state[i] != ParameterState::determined &&
               known_.state[i] != ParameterState::fixed;
    }

    [[nodiscard]] bool is_told_traded(std::size_t i) const {
        return known_.state[i] == ParameterState::traded;
    }

    [[nodiscard]] double sd(const Eigen::MatrixXd& covariance, const Scalar& s) const {
        const Eigen::Map<const Eigen::VectorXd> g(s.gradient.data(), at(q_count));
        return std::sqrt(std::max(0.0, g.dot(covariance * g)));
    }

    [[nodiscard]] double correlation(std::size_t a, std::size_t b) const {
        const auto& C = known_.covariance;
        const double scale = std::sqrt(C(at(a), at(a)) * C(at(b), at(b)));
        return scale > 0.0 ? C(at(a), at(b)) / scale : 0.0;
    }

    [[nodiscard]] bool is_listed(const Candidate& c, double own_sd) const {
        bool has_open = false;
        bool is_traded = false;
        bool is_better = true;
        std::size_t n_free = 0;
        for (const std::size_t a : c.members) {
            if (!is_free(a)) {
                continue;
            }
            ++n_free;
            has_open = has_open || is_open(a);
            is_better = is_better &&
                        own_sd < better_than_members * std::sqrt(known_.covariance(at(a), at(a)));
            for (const std::size_t b : c.members) {
                is_traded = is_traded || (a != b && is_free(b) &&
                                          (std::abs(correlation(a, b)) > traded_from ||
                                           (is_told_traded(a) && is_told_traded(b))));
            }
        }
        const double prior = sd(known_.prior_covariance, c.logarithm);
        return n_free >= 2 && has_open && (is_traded || is_better) && own_sd < known_below * prior;
    }

    void take(const Candidate& c) {
        const double own_sd = sd(known_.covariance, c.logarithm);
        if (!is_listed(c, own_sd)) {
            return;
        }
        put(c, own_sd);
        for (const std::size_t a : c.members) {
            for (const std::size_t b : c.members) {
                explained_.emplace_back(a, b);
            }
        }
    }

    void put(const Candidate& c, double own_sd) {
        KnownCombination k;
        k.expression = c.expression;
        k.names = c.names;
        k.value = std::exp(c.logarithm.value);
        k.standard_error = k.value * own_sd;
        k.experiment = c.experiment;
        if (std::isfinite(k.value) && std::isfinite(k.standard_error)) {
            out_.push_back(std::move(k));
        }
    }

    /// While omega tau_max >> 1 only the height of the power law is seen.
    [[nodiscard]] Candidate anelastic() const {
        const double x = q_[q_chi_Tg];
        Candidate c;
        c.expression = "A_an_per_Pa * tau_max_Tg_s^-chi_Tg / chi_Tg";
        c.logarithm = coordinate(q_, q_ln_A_an);
        c.logarithm.value -= x * q_[q_ln_tau_max_Tg] + std::log(x);
        c.logarithm.gradient[q_ln_tau_max_Tg] = -x;
        c.logarithm.gradient[q_chi_Tg] = -q_[q_ln_tau_max_Tg] - 1.0 / x;
        c.names = {"A_an_per_Pa", "tau_max_Tg_s", "chi_Tg"};
        c.members = {q_ln_A_an, q_ln_tau_max_Tg};
        c.experiment =
            "measure where omega tau_max is near 1: at T_g and above, at 0.01 Hz, or by creep "
            "longer than tau_an";
        return c;
    }

    [[nodiscard]] Candidate anelastic_by_t0() const {
        const LnT0 t0 = ln_t0_of(q_, layout_.T_ref_K);
        const double x = q_[q_chi_Tg];
        Candidate c;
        c.expression = "A_an_per_Pa * t0_s^(1 - chi_Tg)";
        c.logarithm = sum(coordinate(q_, q_ln_A_an), 1.0 - x, {t0.value, t0.gradient});
        c.logarithm.gradient[q_chi_Tg] -= t0.value;
        c.names = {"A_an_per_Pa", "t0_s", "chi_Tg"};
        c.members = {q_ln_A_an, q_ln_tau_max_Tg};
        c.experiment = "measure above T_g, where chi rises with temperature and the flow shows";
        return c;
    }

    [[nodiscard]] Candidate viscosity() const {
        Candidate c;
        c.expression = "A_vp_per_Pa / tau_max_Tg_s";
        c.logarithm = sum(coordinate(q_, q_ln_A_vp), -1.0, coordinate(q_, q_ln_tau_max_Tg));
        c.names = {"A_vp_per_Pa", "tau_max_Tg_s"};
        c.members = {q_ln_A_vp, q_ln_tau_max_Tg};
        c.experiment =
            "see the anelastic plateau: recovery after creep, sweeps at several temperatures above "
            "T_g, or accept the tie A_vp = A_an";
        return c;
    }

    [[nodiscard]] Candidate relaxed() const {
        Candidate c;
        c.expression = "1 / E_u_Pa + A_beta_per_Pa";
        c.logarithm = ln_E_r_of(q_);
        c.logarithm.value = -c.logarithm.value;
        for (double& g : c.logarithm.gradient) {
            g = -g;
        }
        c.names = {"E_u_Pa", "A_beta_per_Pa"};
        c.members = {q_ln_E_u, q_ln_A_beta};
        c.experiment = "add a segment at low temperature, 40 K and more below the beta peak";
        return c;
    }

    [[nodiscard]] Candidate peak() const {
        Candidate c;
        c.expression = "A_beta_per_Pa * h(B), the height of the loss peak of the beta process";
        c.logarithm = coordinate(q_, q_ln_A_beta);
        c.logarithm.value += ln_peak_of(q_[q_ln_B]);
        c.logarithm.gradient[q_ln_B] =
            (ln_peak_of(q_[q_ln_B] + 0.05) - ln_peak_of(q_[q_ln_B] - 0.05)) / 0.1;
        c.names = {"A_beta_per_Pa", "B"};
        c.members = {q_ln_A_beta, q_ln_B};
        c.experiment =
            "start 40 K and more below the beta peak (the step of E' and the cold flank), with 3 "
            "frequencies and more";
        return c;
    }

    [[nodiscard]] Candidate slow_time() const {
        const LnTimes times = times_of(q_, layout_.T_ref_K, T_last_K_);
        Candidate c;
        c.expression = "tau_max_s at " + to_text(std::round(T_last_K_ * 10.0) / 10.0) + " K";
        c.logarithm = {times.ln_tau_max, times.d_ln_tau_max};
        c.names = {"chi_Tg", "a1_per_K", "T_g_K"};
        c.members = {q_chi_Tg, q_a1, q_T_g};
        c.experiment = "measure to 30 K above T_g, or give T_g from calorimetry";
        return c;
    }

    /// Pairs of coordinates that no combination above explains: the straight line through both.
    void pairs() {
        for (std::size_t k = 0; k < layout_.free.size(); ++k) {
            for (std::size_t l = 0; l < k; ++l) {
                const std::size_t a = layout_.free[l];
                const std::size_t b = layout_.free[k];
                const bool is_explained =
                    std::find(explained_.begin(), explained_.end(), std::pair(a, b)) !=
                    explained_.end();
                const bool is_shown = known_.state[a] != ParameterState::undetermined ||
                                      known_.state[b] != ParameterState::undetermined;
                if (!is_explained && is_shown && std::abs(correlation(a, b)) > traded_from) {
                    line(a, b);
                }
            }
        }
    }

    void line(std::size_t a, std::size_t b) {
        if (a == q_U && b == q_ln_tau_beta_ref) {
            take_beta_time();
            return;
        }
        const auto [name_a, is_ln_a] = reported(a);
        const auto [name_b, is_ln_b] = reported(b);
        const auto& C = known_.covariance;
        const std::string slope = three_digits(C(at(a), at(b)) / C(at(b), at(b)));
        const auto factor = to_double(slope);
        if (!factor || name_a.empty() || name_b.empty()) {
            return;
        }
        const Scalar s = sum(coordinate(q_, a), -*factor, coordinate(q_, b));
        const double error = sd(C, s);
        KnownCombination k;
        k.names = {name_a, name_b};
        const std::string right = is_ln_b ? "ln " + name_b : name_b;
        k.expression = (is_ln_a ? "ln " + name_a : name_a) + " - (" + slope + ") * " + right;
        k.value = s.value;
        k.standard_error = error;
        k.experiment = experiment_of(a, b);
        out_.push_back(std::move(k));
    }

    /// Of the line through U and ln tau_beta, the temperature where tau_beta is known best.
    void take_beta_time() {
        const auto& C = known_.covariance;
        const double u = 1.0 / layout_.T_ref_K - gas_constant_J_mol_K *
                                                     C(at(q_ln_tau_beta_ref), at(q_U)) /
                                                     C(at(q_U), at(q_U));
        if (!(u > 0.0)) {
            return;
        }
        const double T_K = std::round(1.0 / u);
        Candidate c;
        const LnTimes times = times_of(q_, layout_.T_ref_K, T_K);
        c.expression = "tau_beta_s at " + to_text(T_K) + " K";
        c.logarithm = {times.ln_tau_beta, times.d_ln_tau_beta};
        c.names = {"U_beta_J_mol", "tau_beta0_s"};
        c.experiment = "widen the span of frequencies, and start at a lower temperature";
        put(c, sd(C, c.logarithm));
    }

    [[nodiscard]] static std::pair<std::string, bool> reported(std::size_t i) {
        for (const char* name :
             {"E_u_Pa",
              "A_beta_per_Pa",
              "U_beta_J_mol",
              "B",
              "A_an_per_Pa",
              "A_vp_per_Pa",
              "chi_Tg",
              "a1_per_K",
              "T_g_K",
              "tau_max_Tg_s"}) {
            const DynamicName* n = dynamic_name(name);
            if (n != nullptr && n->coordinate == i) {
                return {name, n->is_logarithmic};
            }
        }
        if (i == q_ln_tau_beta_ref) {
            return {"tau_beta_s(T_ref)", true};
        }
        const std::string added(i >= q_plain_count ? added_name(i) : std::string_view());
        const DynamicName* n = dynamic_name(added);
        return {added, n != nullptr && n->is_logarithmic};
    }

    [[nodiscard]] static std::string experiment_of(std::size_t a, std::size_t b) {
        const auto has = [a, b](std::size_t i) { return a == i || b == i; };
        if (has(q_a1) && has(q_U)) {
            return "resolve the beta peak well below T_g";
        }
        if (has(q_T_g)) {
            return "measure to 30 K above T_g, or give T_g from calorimetry";
        }
        if (has(q_ln_A_beta) || has(q_ln_B) || has(q_ln_tau_beta_ref) || has(q_U)) {
            return "start 40 K and more below the beta peak, with 3 frequencies and more";
        }
        if (has(q_ln_tau_max_Tg) || has(q_ln_A_an) || has(q_ln_A_vp) || has(q_chi_Tg)) {
            return "measure where omega tau_max is near 1: at T_g and above, or at 0.01 Hz";
        }
        return "measure a wider range of temperature and frequency";
    }

    const Layout& layout_;
    const DynamicPosterior& known_;
    const Coordinates& q_;
    double T_last_K_;
    std::vector<std::pair<std::size_t, std::size_t>> explained_;
    std::vector<KnownCombination> out_;
};

}  // namespace

std::vector<KnownCombination> known_combinations(
    const Layout& layout, const DynamicPosterior& known, double T_last_K
) {
    return Trades(layout, known, T_last_K).list();
}

}  // namespace relaxd::model
