// SPDX-License-Identifier: MIT
//
// S1 Figs. 4 (chi from the slopes of tan delta) and 5 (E' and E'' against temperature).

#include "tools/figures/figures.hpp"

#include <cmath>
#include <numbers>

namespace relaxd::figures {

namespace {

using model::QpdParameters;
using record::Form;

model::DynamicCompliance compliance(
    const QpdParameters& p, double temperature_K, double frequency_Hz, Form form
) {
    return need(model::dynamic_compliance(p, temperature_K, frequency_Hz, form));
}

/// Minus the slope of ln tan delta on ln omega, 0.01-2 Hz, and ln tan delta at omega = 1.
Line slope_of_tan_delta(const QpdParameters& p, double temperature_K) {
    std::vector<double> ln_omega;
    std::vector<double> ln_tan;
    for (const double f : logarithmic(0.01, 2.0, 12)) {
        ln_omega.push_back(std::log(2.0 * std::numbers::pi * f));
        ln_tan.push_back(std::log(compliance(p, temperature_K, f, Form::printed).tan_delta()));
    }
    Line line = line_through(ln_omega, ln_tan);
    line.slope = -line.slope;
    return line;
}

void isotherms(const QpdParameters& p, Panel& a, Panel& b) {
    for (int i = 0; i < 18; ++i) {
        const double T = 322.0 + 10.0 * i;
        const std::string shade = temperature_colour(i / 17.0);
        Curve spectrum{fixed(T, 0) + " K", {}, {}, Mark::line, shade};
        Curve points{T < 402.0 ? "" : fixed(T, 0) + " K", {}, {}, Mark::points, shade};
        for (const double f : logarithmic(0.01, 2.0, 12)) {
            const double tan = compliance(p, T, f, Form::printed).tan_delta();
            spectrum.add(f, tan);
            points.add(std::log(2.0 * std::numbers::pi * f), std::log(tan));
        }
        a.curves.push_back(spectrum);
        if (T < 402.0) {
            continue;
        }
        b.curves.push_back(points);
        const Line line = slope_of_tan_delta(p, T);
        Curve straight{"", {}, {}, Mark::line, shade};
        for (const double x : {points.x.front(), points.x.back()}) {
            straight.add(x, line.intercept - line.slope * x);
        }
        b.curves.push_back(straight);
    }
}

void fig4(Book& book) {
    const QpdParameters p = la60ni15al25();
    Panel a{"(a)", {"f (Hz)", true, 0.01, 2.0}, {"tan δ", true}, {}};
    Panel b{"(b)", {"ln ω (rad/s)"}, {"ln tan δ"}, {}};
    isotherms(p, a, b);
    Panel c{"(c)", {"T (K)", false, 400.0, 500.0}, {"χ", false, 0.1, 0.6}, {}};
    Curve truth{"χ(T), Table 1 (Eq. 22)", {}, {}, Mark::line, colour(4)};
    for (const double T : {400.0, 453.0, 500.0}) {
        truth.add(T, model::chi(p, T));
    }
    Curve read{"from the slopes (Eq. 27)", {}, {}, Mark::points, colour(1)};
    std::vector<double> above_T;
    std::vector<double> above_chi;
    for (const double T : {402.0, 412.0, 422.0, 432.0, 442.0, 452.0, 462.0, 472.0, 482.0, 492.0}) {
        const double slope = slope_of_tan_delta(p, T).slope;
        read.add(T, slope);
        if (T > p.T_g_K) {
            above_T.push_back(T);
            above_chi.push_back(slope);
        }
        if (T == 412.0 || T == 442.0 || T == 452.0 || T == 482.0) {
            book.numbers.push_back(
                {"S1 4c",
                 "χ from the slope at " + fixed(T, 0) + " K",
                 "χ(T) = " + fixed(model::chi(p, T), 3) + " (Eq. 22)",
                 fixed(slope, 3),
                 "E1-17"}
            );
        }
    }
    c.curves = {truth, read};
    book.numbers.push_back(
        {"S1 4c",
         "a₁ from the slopes above T_g",
         "0.00231 /K",
         fixed(line_through(above_T, above_chi).slope, 5) + " /K",
         "E1-17"}
    );
    const double K =
        p.E_u_Pa * p.A_an_per_Pa * std::sin(0.5 * std::numbers::pi * p.chi_Tg) / p.chi_Tg;
    book.numbers.push_back(
        {"S1 4b", "K of Eq. 27 that Eq. 25b implies", "1 (Eq. 26)", fixed(K, 3), "E1-17"}
    );
    book.figures.push_back(
        {"s1-fig4",
         "S1 Fig. 4: tan δ of the isotherms, and χ from its slope",
         {a, b, c},
         1,
         {"Curves of Table 1 (B = 1 assumed), form “printed”, in place of the measured ones; lines "
          "in "
          "(b) are straight fits over 0.01–2 Hz, as Eq. 27 is used."}}
    );
}

/// E* of S1 Eq. 25b with the beta part or the alpha parts (anelastic and flow) alone.
double loss_of_part(const model::DynamicCompliance& all, bool beta) {
    model::DynamicCompliance part = all;
    if (beta) {
        part.anelastic_per_Pa = 0.0;
        part.flow_per_Pa = 0.0;
    } else {
        part.beta_per_Pa = 0.0;
    }
    return part.modulus_Pa().imag();
}

void peaks_of_forms(Book& book, const QpdParameters& p) {
    for (const auto& [form, name] :
         {std::pair{Form::printed, "printed"},
          std::pair{Form::gamma, "gamma"},
          std::pair{Form::exact, "exact"}}) {
        const Form used = form;
        const Function loss = [&p, used](double T) {
            return compliance(p, T, 1.0, used).modulus_Pa().imag();
        };
        const double peak = first_maximum(loss, 430.0, 540.0, 0.5).value_or(0.0);
        book.numbers.push_back(
            {"S1 5",
             std::string("α peak of E'' at 1 Hz, form `") + name + "`",
             "around 480 K",
             fixed(peak, 2) + " K, " + fixed(1e-9 * loss(peak), 2) + " GPa",
             "E1-10"}
        );
    }
}

void fig5(Book& book) {
    const QpdParameters p = la60ni15al25();
    const auto grid = linear(300.0, 550.0, 501);
    Panel storage{"", {"T (K)", false, 300.0, 550.0}, {"E' (GPa)", false, 0.0, 35.0}, {}};
    Panel loss{"", {"T (K)", false, 300.0, 550.0}, {"E'' (GPa)", true, 0.05, 20.0}, {}};
    std::size_t index = 0;
    for (const auto& [form, name] :
         {std::pair{Form::printed, "Eq. 25b as printed"},
          std::pair{Form::exact, "transform of Eq. 25a"}}) {
        Curve real{name, {}, {}, Mark::line, colour(index)};
        Curve imaginary{name, {}, {}, Mark::line, colour(index)};
        for (const double T : grid) {
            const auto modulus = compliance(p, T, 1.0, form).modulus_Pa();
            real.add(T, 1e-9 * modulus.real());
            imaginary.add(T, 1e-9 * modulus.imag());
        }
        storage.curves.push_back(real);
        loss.curves.push_back(imaginary);
        ++index;
    }
    Curve beta{"β alone (as printed)", {}, {}, Mark::dashed, colour(2)};
    Curve alpha{"α alone (as printed)", {}, {}, Mark::dashed, colour(3)};
    for (const double T : grid) {
        const auto all = compliance(p, T, 1.0, Form::printed);
        beta.add(T, 1e-9 * loss_of_part(all, true));
        alpha.add(T, 1e-9 * loss_of_part(all, false));
    }
    loss.curves.push_back(beta);
    loss.curves.push_back(alpha);
    const Function curve = [&p](double T) {
        return compliance(p, T, 1.0, Form::printed).modulus_Pa().imag();
    };
    book.numbers.push_back(
        {"S1 5",
         "β peak of E'' at 1 Hz",
         "around 360 K",
         fixed(first_maximum(curve, 320.0, 430.0, 0.5).value_or(0.0), 2) + " K",
         "E1-13"}
    );
    peaks_of_forms(book, p);
    std::string moduli;
    for (const double T : {300.0, 430.0, 500.0}) {
        const double here = 1e-9 * compliance(p, T, 1.0, Form::printed).modulus_Pa().real();
        moduli += (moduli.empty() ? "" : ", ") + fixed(here, 2);
    }
    book.numbers.push_back(
        {"S1 5", "E' at 300, 430, 500 K", "around 33 GPa at 300 K", moduli + " GPa", "—"}
    );
    book.figures.push_back(
        {"s1-fig5",
         "S1 Fig. 5: tensile moduli at 1 Hz",
         {storage, loss},
         1,
         {"Table 1 with B = 1 assumed. α alone: elastic, anelastic and flow terms of J*; β alone: "
          "elastic and beta terms. Crystallisation (above 500 K in the paper) is not in the model."}
        }
    );
}

}  // namespace

void s1_dynamic(Book& book) {
    fig4(book);
    fig5(book);
}

}  // namespace relaxd::figures
