// SPDX-License-Identifier: MIT
//
// S1 Figs. 7 (master curve of E''), 8 (characteristic times) and 9 (stress relaxation).

#include "model/qpd/relaxation_modulus.hpp"
#include "tools/figures/figures.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace relaxd::figures {

namespace {

using model::QpdParameters;
using record::Form;

constexpr double ln10 = std::numbers::ln10;
constexpr double reference_K = 453.0;

double loss_Pa(const QpdParameters& p, double temperature_K, double frequency_Hz) {
    return need(model::dynamic_compliance(p, temperature_K, frequency_Hz, Form::printed))
        .modulus_Pa()
        .imag();
}

/// Largest factor between shifted isotherms and the curve at the reference temperature.
double worst_factor(const QpdParameters& p, double from_K, double to_K) {
    double worst = 1.0;
    for (double T = from_K; T <= to_K; T += 10.0) {
        const double shift = std::exp(model::ln_tau_max(p, T) - model::ln_tau_max(p, reference_K));
        for (const double f : logarithmic(0.01, 2.0, 12)) {
            const double ratio = loss_Pa(p, T, f) / loss_Pa(p, reference_K, f * shift);
            worst = std::max({worst, ratio, 1.0 / ratio});
        }
    }
    return worst;
}

void fig7(Book& book) {
    const QpdParameters p = la60ni15al25();
    Panel panel{
        "", {"f·τ_max(T)/τ_max(453 K) (Hz)", true, 1e-6, 1e10}, {"E'' (GPa)", true, 0.05, 20.0}, {}
    };
    Curve whole{"Eq. 25b at 453 K", {}, {}, Mark::line, colour(4)};
    Curve alpha{"α alone", {}, {}, Mark::dashed, colour(0)};
    Curve beta{"β alone", {}, {}, Mark::dashed, colour(1)};
    for (const double f : logarithmic(1e-6, 1e10, 321)) {
        const auto all = need(model::dynamic_compliance(p, reference_K, f, Form::printed));
        auto part = all;
        part.beta_per_Pa = 0.0;
        whole.add(f, 1e-9 * all.modulus_Pa().imag());
        alpha.add(f, 1e-9 * part.modulus_Pa().imag());
        part = all;
        part.anelastic_per_Pa = 0.0;
        part.flow_per_Pa = 0.0;
        beta.add(f, 1e-9 * part.modulus_Pa().imag());
    }
    for (int i = 0; i < 18; ++i) {
        const double T = 322.0 + 10.0 * i;
        const double shift = std::exp(model::ln_tau_max(p, T) - model::ln_tau_max(p, reference_K));
        Curve points{
            i % 3 == 0 || i == 17 ? fixed(T, 0) + " K" : "",
            {},
            {},
            Mark::points,
            temperature_colour(i / 17.0)
        };
        for (const double f : logarithmic(0.01, 2.0, 12)) {
            points.add(f * shift, 1e-9 * loss_Pa(p, T, f));
        }
        panel.curves.push_back(points);
    }
    panel.curves.insert(panel.curves.end(), {whole, alpha, beta});
    book.numbers.push_back(
        {"S1 7",
         "largest factor between shifted isotherms 442–492 K and the curve",
         "“accurately describes”",
         fixed(worst_factor(p, 442.0, 492.0), 2),
         "E1-25"}
    );
    book.numbers.push_back(
        {"S1 7",
         "the same, 322–432 K (β fans out)",
         "“TTS is not valid”",
         fixed(worst_factor(p, 322.0, 432.0), 0),
         "E1-25"}
    );
    book.figures.push_back(
        {"s1-fig7",
         "S1 Fig. 7: master curve of E'' (0.01–2 Hz, 322–492 K)",
         {panel},
         1,
         {"Isotherms of Table 1 (B = 1 assumed, form “printed”) shifted by τ_max. The paper gives "
          "no "
          "reference temperature: 453 K = T_g is assumed. Tensile; the paper's scans are torsional."
         }}
    );
}

struct Vft {
    double T0_K = 0.0;
    double D = 0.0;
    double ln_tau_inf = 0.0;
    double rms = 0.0;
};

/// ln tau_max = ln tau_inf + D T0/(T - T0), least squares over 455-550 K.
Vft vft(const QpdParameters& p) {
    const auto grid = linear(455.0, 550.0, 96);
    const auto fitted = [&p, &grid](double T0) {
        std::vector<double> x;
        std::vector<double> y;
        for (const double T : grid) {
            x.push_back(1.0 / (T - T0));
            y.push_back(model::ln_tau_max(p, T));
        }
        const Line line = line_through(x, y);
        double sum = 0.0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double rest = y[i] - line.intercept - line.slope * x[i];
            sum += rest * rest / static_cast<double>(x.size());
        }
        return Vft{T0, line.slope / T0, line.intercept, std::sqrt(sum)};
    };
    return fitted(minimum([&fitted](double T0) { return fitted(T0).rms; }, 200.0, 420.0));
}

void numbers_of_fig8(Book& book, const QpdParameters& p) {
    const double h = 1e-4;
    const double R = model::gas_constant_J_mol_K;
    const auto slope = [&p, h, R](double T) {
        return 1e-3 * R * (model::ln_tau_max(p, T - h) - model::ln_tau_max(p, T + h)) /
               (1.0 / (T - h) - 1.0 / (T + h));
    };
    const double above = slope(p.T_g_K + 2.0 * h);
    book.numbers.push_back(
        {"S1 8",
         "activation energy of τ_max below and just above T_g",
         "Arrhenius, then VFT",
         fixed(slope(p.T_g_K - 1.0), 1) + ", " + fixed(above, 1) + " kJ/mol (a corner)",
         "E1-22"}
    );
    book.numbers.push_back(
        {"S1 8",
         "fragility m from τ_max just above T_g",
         "51 (S2)",
         fixed(1e3 * above / (R * p.T_g_K * ln10), 1),
         "E1-22"}
    );
    const Vft fit = vft(p);
    book.numbers.push_back(
        {"S1 8",
         "VFT through τ_max, 455–550 K: T₀, D, rms of ln τ",
         "“obeys the VFT equation”",
         fixed(fit.T0_K, 1) + " K, " + fixed(fit.D, 2) + ", " + fixed(fit.rms, 3),
         "E1-22"}
    );
}

void fig8(Book& book) {
    const QpdParameters p = la60ni15al25();
    Panel panel{"", {"1000/T (1/K)", false, 1.85, 3.1}, {"log₁₀ τ (s)", false, -7.0, 12.0}, {}};
    Curve beta{"τ_β (Eq. 8)", {}, {}, Mark::line, colour(3)};
    Curve max{"τ_max (Eq. 11b)", {}, {}, Mark::dashed, colour(2)};
    Curve vogel{"VFT fit 455–550 K", {}, {}, Mark::dotted, colour(4)};
    const Vft fit = vft(p);
    for (const double inverse : linear(1.85, 3.1, 251)) {
        const double T = 1000.0 / inverse;
        beta.add(inverse, model::ln_tau_beta(p, T) / ln10);
        max.add(inverse, model::ln_tau_max(p, T) / ln10);
        if (T > 420.0) {
            vogel.add(inverse, (fit.ln_tau_inf + fit.D * fit.T0_K / (T - fit.T0_K)) / ln10);
        }
    }
    Curve peaks_beta{"1/(2πf) at β peaks", {}, {}, Mark::points, colour(0)};
    Curve peaks_alpha{"1/(2πf) at α peaks", {}, {}, Mark::points, colour(1)};
    for (const double f : {1.0, 2.0, 4.0, 8.0, 16.0}) {
        const Function loss = [&p, f](double T) { return loss_Pa(p, T, f); };
        const double log_tau = -std::log10(2.0 * std::numbers::pi * f);
        if (const auto peak = first_maximum(loss, 320.0, 430.0, 0.5)) {
            peaks_beta.add(1000.0 / *peak, log_tau);
        }
        if (const auto peak = first_maximum(loss, 445.0, 540.0, 0.5)) {
            peaks_alpha.add(1000.0 / *peak, log_tau);
        }
    }
    panel.curves = {beta, max, vogel, peaks_beta, peaks_alpha};
    numbers_of_fig8(book, p);
    const auto alpha_peak =
        first_maximum([&p](double T) { return loss_Pa(p, T, 1.0); }, 445.0, 540.0, 0.5);
    book.numbers.push_back(
        {"S1 8",
         "ω τ_max at the α peak, 1 Hz (form `printed`)",
         "1 (“ωτ = 1 at the peak”)",
         fixed(
             2.0 * std::numbers::pi * std::exp(model::ln_tau_max(p, alpha_peak.value_or(480.0))), 2
         ),
         "E1-10"}
    );
    book.figures.push_back(
        {"s1-fig8",
         "S1 Fig. 8: characteristic times",
         {panel},
         1,
         {"Table 1; the symbols are peaks of the model's own E'' at 1–16 Hz (B = 1 assumed, form "
          "“printed”), not measured ones."}}
    );
}

/// Steps of E(t): maxima of -dE/dln t above 0.3 % of E_u, in log10 t; "at 1e-2 s" and so on.
std::vector<double> steps(const QpdParameters& p, double temperature_K, double from, double to) {
    const auto E = need(model::RelaxationModulus::at(p, temperature_K));
    const Function fall = [&E](double decade) {
        return E.value_Pa(std::pow(10.0, decade - 0.05)) -
               E.value_Pa(std::pow(10.0, decade + 0.05));
    };
    return maxima(fall, from, to, 0.1, 0.1 * ln10 * 3e-3 * p.E_u_Pa);
}

/// "1 at 310–330 K, 0 at 340–400 K, …": how many steps the window of the experiments shows.
std::string steps_in_window(const QpdParameters& p) {
    std::string out;
    std::size_t count = 99;
    double first = 310.0;
    for (double T = 310.0; T <= 500.0; T += 10.0) {
        const std::size_t here = T > 490.0 ? 98 : steps(p, T, 0.0, 5.0).size();
        if (here != count) {
            if (T > 310.0) {
                out += (out.empty() ? "" : ", ") + fixed(static_cast<double>(count), 0) + " at " +
                       fixed(first, 0) + "–" + fixed(T - 10.0, 0) + " K";
            }
            count = here;
            first = T;
        }
    }
    return out;
}

void fig9(Book& book) {
    const QpdParameters p = la60ni15al25();
    Panel panel{"", {"t (s)", true, 1e-6, 1e14}, {"E(t)/E_u = σ/σ₀", false, 0.0, 1.03}, {}};

    for (double T = 310.0; T <= 490.0; T += 20.0) {
        const auto E = need(model::RelaxationModulus::at(p, T));
        Curve curve{
            fixed(T, 0) + " K", {}, {}, Mark::line, temperature_colour((T - 310.0) / 180.0)
        };
        for (const double t : logarithmic(1e-6, 1e14, 241)) {
            curve.add(t, E.value_Pa(t) / p.E_u_Pa);
        }
        panel.curves.push_back(curve);
    }
    double last_two = 0.0;
    for (double T = 310.0; T <= 490.0; T += 10.0) {
        if (steps(p, T, -8.0, 15.0).size() == 2) {
            last_two = T;
        }
    }
    const auto cold = steps(p, 310.0, -8.0, 15.0);
    book.numbers.push_back(
        {"S1 9",
         "two steps of E(t) up to",
         "one step “near T_g” (453 K)",
         fixed(last_two, 0) + " K",
         "E1-23"}
    );
    book.numbers.push_back(
        {"S1 9",
         "relative height of the β step",
         "“well-defined two steps”",
         fixed(100.0 * (1.0 - p.E_r_Pa / p.E_u_Pa), 1) + " %",
         "E1-23"}
    );
    book.numbers.push_back(
        {"S1 9",
         "steps at 310 K",
         "—",
         cold.size() == 2 ? "at 1e" + fixed(cold[0], 0) + " and 1e" + fixed(cold[1], 0) + " s"
                          : fixed(static_cast<double>(cold.size()), 0),
         "E1-23"}
    );
    book.numbers.push_back(
        {"S1 9", "steps within 1–10⁵ s", "two at low T", steps_in_window(p), "E1-23"}
    );
    book.figures.push_back(
        {"s1-fig9",
         "S1 Fig. 9: stress relaxation, exact inverse of Eq. 25a",
         {panel},
         1,
         {"Table 1 with B = 1 assumed; E(t) is the function whose convolution with J(t) of Eq. 25a "
          "is "
          "t, tensile."}}
    );
}

}  // namespace

void s1_times(Book& book) {
    fig7(book);
    fig8(book);
    fig9(book);
}

}  // namespace relaxd::figures
