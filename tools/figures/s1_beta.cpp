// SPDX-License-Identifier: MIT
//
// S1 Figs. 2 (the Gumbel spread), 3c (tau_beta from the peaks of E'') and 6 (fast beta', shoulder,
// wing).

#include "model/qpd/gumbel.hpp"
#include "tools/figures/figures.hpp"

#include <cmath>
#include <limits>
#include <numbers>

namespace relaxd::figures {

namespace {

using model::QpdParameters;
using record::Form;

double loss_Pa(const QpdParameters& p, double temperature_K, double frequency_Hz) {
    return need(model::dynamic_compliance(p, temperature_K, frequency_Hz, Form::printed))
        .modulus_Pa()
        .imag();
}

void fig2(Book& book) {
    Panel panel{"", {"ln(τ/⟨τ⟩)", false, -12.0, 3.0}, {"weight density of ln τ"}, {}};
    std::size_t index = 0;
    for (const double B : {0.4, 0.6, 1.0, 2.0}) {
        Curve curve{"B = " + fixed(B, 1), {}, {}, Mark::line, colour(index++)};
        for (const double x : linear(-12.0, 3.0, 301)) {
            curve.add(x, need(model::gumbel_density(B, x)));
        }
        panel.curves.push_back(curve);
        double mean = 0.0;
        double square = 0.0;
        const double step = 0.002 / B;
        for (int i = -20000; i <= 2000; ++i) {
            const double x = i * step;
            const double weight = step * need(model::gumbel_density(B, x));
            mean += weight * x;
            square += weight * x * x;
        }
        const double spread = std::sqrt(square - mean * mean);
        const double known = std::numbers::pi / (B * std::sqrt(6.0));
        if (B == 0.4 || B == 2.0) {
            book.numbers.push_back(
                {"S1 2",
                 "standard deviation of ln τ, B = " + fixed(B, 1),
                 "“B is the distribution width”",
                 fixed(spread, 3) + " = π/(B√6) = " + fixed(known, 3),
                 "E1-12"}
            );
        }
    }
    book.figures.push_back(
        {"s1-fig2",
         "S1 Fig. 2: Gumbel spread of the beta process (Eq. 24)",
         {panel},
         1,
         {"The paper does not list its values of B in the text: 0.4, 0.6, 1, 2 were chosen. A "
          "larger "
          "B is narrower."}}
    );
}

/// Peak of E'' in the beta range.
std::optional<double> beta_peak_K(const QpdParameters& p, double frequency_Hz) {
    return first_maximum(
        [&p, frequency_Hz](double T) { return loss_Pa(p, T, frequency_Hz); }, 320.0, 430.0, 0.5
    );
}

struct FromPeaks {
    Curve points;
    Line line;  ///< ln tau on 1/T
    double U_J_mol = 0.0;
    std::vector<double> peaks_K;
};

FromPeaks from_peaks(const QpdParameters& p) {
    FromPeaks out;
    std::vector<double> inverse;
    std::vector<double> ln_tau;
    for (const double f : {1.0, 2.0, 4.0, 8.0, 16.0}) {
        const auto peak = beta_peak_K(p, f);
        if (!peak) {
            continue;
        }
        out.peaks_K.push_back(*peak);
        inverse.push_back(1.0 / *peak);
        ln_tau.push_back(-std::log(2.0 * std::numbers::pi * f));
        out.points.add(1000.0 / *peak, ln_tau.back());
    }
    out.points.mark = Mark::points;
    out.line = line_through(inverse, ln_tau);
    out.U_J_mol = out.line.slope * model::gas_constant_J_mol_K;
    return out;
}

void fig3(Book& book) {
    const QpdParameters p = la60ni15al25();
    Panel spectra{"(b)", {"T (K)", false, 300.0, 440.0}, {"E'' (GPa)", false, 0.0, 1.3}, {}};
    std::size_t index = 0;
    for (const double f : {1.0, 2.0, 4.0, 8.0, 16.0}) {
        Curve curve{fixed(f, 0) + " Hz", {}, {}, Mark::line, colour(index++)};
        for (const double T : linear(300.0, 440.0, 281)) {
            curve.add(T, 1e-9 * loss_Pa(p, T, f));
        }
        spectra.curves.push_back(curve);
    }
    Panel arrhenius{"(c)", {"1000/T (1/K)", false, 2.45, 2.85}, {"ln τ_β (s)"}, {}};
    Curve law{"τ_β, Table 1 (Eq. 8)", {}, {}, Mark::line, colour(4)};
    for (const double inverse : {2.45, 2.85}) {
        law.add(inverse, model::ln_tau_beta(p, 1000.0 / inverse));
    }
    arrhenius.curves.push_back(law);
    QpdParameters one_time = p;
    one_time.B = std::numeric_limits<double>::infinity();
    index = 0;
    for (const auto& [width, name] : {std::pair{1.0, "1"}, std::pair{one_time.B, "∞"}}) {
        QpdParameters varied = p;
        varied.B = width;
        FromPeaks read = from_peaks(varied);
        read.points.colour = colour(index++);
        read.points.name = std::string("1/(2πf) at the peaks, B = ") + name;
        Curve fit{"", {}, {}, Mark::dashed, read.points.colour};
        for (const double inverse : {2.45, 2.85}) {
            fit.add(inverse, read.line.intercept + 1e-3 * read.line.slope * inverse);
        }
        arrhenius.curves.push_back(read.points);
        arrhenius.curves.push_back(fit);
        book.numbers.push_back(
            {"S1 3c",
             std::string("U_β read from the peaks of the model, B = ") + name,
             "83.12 kJ/mol",
             fixed(1e-3 * read.U_J_mol, 1) + " kJ/mol",
             "E1-18"}
        );
        if (width == 1.0) {
            std::string all;
            for (const double peak : read.peaks_K) {
                all += (all.empty() ? "" : ", ") + fixed(peak, 1);
            }
            book.numbers.push_back(
                {"S1 3b", "β peaks at 1, 2, 4, 8, 16 Hz, B = 1", "five peaks", all + " K", "E1-13"}
            );
        }
    }
    QpdParameters wide = p;
    wide.B = 0.4;
    book.numbers.push_back(
        {"S1 3b",
         "peaks left at B = 0.4",
         "five",
         fixed(static_cast<double>(from_peaks(wide).peaks_K.size()), 0),
         "E1-13"}
    );
    book.figures.push_back(
        {"s1-fig3c",
         "S1 Fig. 3: beta peaks of E'' and the times read from them",
         {spectra, arrhenius},
         1,
         {"Table 1, form “printed”; B = 1 is assumed (not in Table 1, E1-13). Tensile moduli."}}
    );
}

Curve isochrone(const QpdParameters& p, std::string name, std::size_t index, double from) {
    Curve curve{std::move(name), {}, {}, Mark::line, colour(index)};
    for (const double T : linear(from, 540.0, 441)) {
        curve.add(T, 1e-9 * loss_Pa(p, T, 1.0));
    }
    return curve;
}

void fig6(Book& book) {
    const QpdParameters p = la60ni15al25();
    QpdParameters fast = p;
    fast.fast_beta.push_back({0.5 * p.A_beta_per_Pa(), 0.5 * p.U_beta_J_mol, p.tau_beta0_s, 0.6});
    Panel a{"(a)", {"T (K)", false, 100.0, 540.0}, {"E'' (GPa)", true, 0.03, 20.0}, {}};
    a.curves.push_back(isochrone(fast, "with fast β'", 0, 100.0));
    a.curves.push_back(isochrone(p, "without", 1, 100.0));
    a.curves.back().mark = Mark::dashed;
    const auto peak =
        first_maximum([&fast](double T) { return loss_Pa(fast, T, 1.0); }, 110.0, 300.0, 0.5);
    book.numbers.push_back(
        {"S1 6a",
         "fast β' peak at 1 Hz with U' = U_β/2",
         "0.25–0.58 T_g",
         fixed(peak.value_or(0.0), 0) + " K = " + fixed(peak.value_or(0.0) / p.T_g_K, 2) + " T_g",
         "assumed U', A', B'"}
    );
    Panel b{"(b)", {"T (K)", false, 280.0, 540.0}, {"E'' (GPa)", true, 0.1, 20.0}, {}};
    std::size_t index = 0;
    for (const auto& [factor, name] :
         {std::pair{1e-2, "t₀ = 6 ns"},
          std::pair{1.0, "t₀ = 0.6 µs (Table 1)"},
          std::pair{10.0, "t₀ = 6 µs"},
          std::pair{1e2, "t₀ = 60 µs"},
          std::pair{1e3, "t₀ = 0.6 ms"}}) {
        QpdParameters moved = p;
        moved.t0_s = factor * p.t0_s;

        b.curves.push_back(isochrone(moved, name, index++, 280.0));
        const Function loss = [&moved](double T) { return loss_Pa(moved, T, 1.0); };
        const auto beta = first_maximum(loss, 320.0, 400.0, 0.5);
        const auto alpha = first_maximum(loss, beta.value_or(375.0) + 5.0, 540.0, 0.5);
        book.numbers.push_back(
            {"S1 6b",
             std::string(name) + ": α peak, β peak at 1 Hz",
             factor == 1.0 ? "480, 360 K" : "“smaller t₀, closer”",
             (alpha ? fixed(*alpha, 1) : "none") + ", " +
                 (beta ? fixed(*beta, 1) + " K" : "none (shoulder or wing)"),
             "E1-6"}
        );
    }
    book.figures.push_back(
        {"s1-fig6",
         "S1 Fig. 6: a fast β' process; shoulder and wing (1 Hz)",
         {a, b},
         1,
         {"Table 1 with B = 1 assumed, form “printed”. (a) The paper does not give the fast "
          "process: "
          "U' = U_β/2 (its text), A' = A_β/2, τ₀' = τ_β0 and B' = 0.6 are assumed. (b) t₀ is not "
          "given: Table 1 has 0.6 µs."}}
    );
}

}  // namespace

void s1_beta(Book& book) {
    fig2(book);
    fig3(book);
    fig6(book);
}

}  // namespace relaxd::figures
