// SPDX-License-Identifier: MIT
//
// S2 Figs. 3, 4 (modulus against temperature), 6 (ln tan delta against 1/T), 7 (ageing), and the
// scalars of its text: fragility, mixing enthalpy.

#include "model/kww/bergman.hpp"
#include "model/moduli/mixing_enthalpy.hpp"
#include "model/tts/arrhenius.hpp"
#include "tools/figures/figures.hpp"
#include "tools/figures/zircon.hpp"

#include <cmath>

namespace relaxd::figures {

namespace {

const ZrGlass& plain() {
    return zr_glasses()[0];
}
const ZrGlass& dy() {
    return zr_glasses()[1];
}

/// A time with two digits.
std::string short_time(double seconds) {
    const double exponent = std::floor(std::log10(seconds));
    return fixed(seconds / std::pow(10.0, exponent), 1) + "e" + fixed(exponent, 0) + " s";
}

void closure_numbers(Book& book) {
    for (const ZrGlass& glass : zr_glasses()) {
        book.numbers.push_back(
            {"S2 3",
             glass.title + ": τ_0β, t₀ by the closure",
             "not given",
             short_time(glass.tau_beta0_s) + ", " + short_time(glass.t0_s),
             "E2-17"}
        );
        book.numbers.push_back(
            {glass.title == dy().title ? "S2 3" : "S2 4",
             glass.title + ": α peak at 1 Hz",
             glass.title == dy().title ? "around 725 K" : "above that of the Dy alloy",
             fixed(peak_K(glass, 1.0), 1) + " K",
             "E2-17"}
        );
        book.numbers.push_back(
            {"S2 3",
             glass.title + ": m from E_α, from the shift factors",
             glass.title == plain().title ? "41" : "—",
             fixed(need(model::fragility(glass.E_alpha_peaks_eV * eV_J_mol, glass.T_g_K)), 1) +
                 ", " +
                 fixed(need(model::fragility(glass.E_alpha_shifts_eV * eV_J_mol, glass.T_g_K)), 1),
             "E2-2"}
        );
    }
}

void mixing_numbers(Book& book) {
    const std::map<std::string, double> pairs{
        {"Zr-Cu", -23.0},
        {"Zr-Al", -44.0},
        {"Zr-Dy", 8.0},
        {"Cu-Al", -1.0},
        {"Cu-Dy", -22.0},
        {"Al-Dy", -38.0}
    };
    const std::map<std::string, double> without{{"Zr", 0.5}, {"Cu", 0.4}, {"Al", 0.1}};
    const std::map<std::string, double> with{
        {"Zr", 0.49}, {"Cu", 0.392}, {"Al", 0.098}, {"Dy", 0.02}
    };
    auto mistaken = pairs;
    mistaken["Cu-Al"] = -23.0;
    mistaken["Zr-Dy"] = -23.0;
    const auto both = [&with, &without](const std::map<std::string, double>& values) {
        return fixed(need(model::mixing_enthalpy_kJ_mol(without, values)), 2) + ", " +
               fixed(need(model::mixing_enthalpy_kJ_mol(with, values)), 2) + " kJ/mol";
    };
    book.numbers.push_back(
        {"S2 text", "mixing enthalpy, x = 0, 2", "-30.88, -31.55 kJ/mol", both(pairs), "E2-15"}
    );
    book.numbers.push_back(
        {"S2 text",
         "the same with -23 also for Cu-Al and Zr-Dy",
         "-30.88, -31.55 kJ/mol",
         both(mistaken),
         "E2-15"}
    );
}

void fig3(Book& book) {
    Panel a{
        "(a) 1 Hz", {"T (K)", false, 550.0, 760.0}, {"G'/G_u and G''/G_u", false, 0.0, 1.05}, {}
    };
    Curve storage{"storage", {}, {}, Mark::line, colour(0)};
    Curve loss{"loss", {}, {}, Mark::line, colour(1)};
    for (const double T : linear(550.0, 760.0, 211)) {
        storage.add(T, modulus(dy(), T, 1.0).real());
        loss.add(T, modulus(dy(), T, 1.0).imag());
    }
    a.curves = {storage, loss};
    Panel b{"(b)", {"T (K)", false, 640.0, 760.0}, {"G''/G_u", false, 0.0, 0.35}, {}};
    Panel inset{"inset of (b)", {"1000/T_p (1/K)"}, {"ln f (Hz)"}, {}};
    Curve points{"peaks of (b)", {}, {}, Mark::points, colour(1)};
    std::size_t index = 0;
    for (const double f : {1.0, 2.0, 4.0, 8.0}) {
        Curve curve{fixed(f, 0) + " Hz", {}, {}, Mark::line, colour(index++)};
        for (const double T : linear(640.0, 760.0, 241)) {
            curve.add(T, modulus(dy(), T, f).imag());
        }
        b.curves.push_back(curve);
        points.add(1000.0 / peak_K(dy(), f), std::log(f));
    }
    const Line line = line_through(points.x, points.y);
    Curve straight{"E_α = 5.57 eV (closure)", {}, {}, Mark::line, colour(4)};
    for (const double x : {points.x.back() - 0.002, points.x.front() + 0.002}) {
        straight.add(x, line.intercept + line.slope * x);
    }
    inset.curves = {straight, points};
    book.figures.push_back(
        {"s2-fig3",
         "S2 Fig. 3: (Zr₅₀Cu₄₀Al₁₀)₉₈Dy₂ against temperature",
         {a, b, inset},
         1,
         {closure_note() +
          " The paper's ordinate is E/E_u of a cantilever; crystallisation above 740 "
          "K is not in the model."}}
    );
}

void fig4(Book& book) {
    Panel panel{"1 Hz", {"T (K)", false, 500.0, 760.0}, {"G''/G_u", true, 1e-3, 0.5}, {}};
    std::size_t index = 0;
    for (const ZrGlass& glass : zr_glasses()) {
        Curve curve{glass.title, {}, {}, Mark::line, colour(index++)};
        for (const double T : linear(500.0, 760.0, 261)) {
            curve.add(T, modulus(glass, T, 1.0).imag());
        }
        panel.curves.push_back(curve);
    }
    book.numbers.push_back(
        {"S2 4",
         "G''/G_u at 600 K: x = 0, 2",
         "more loss with Dy",
         fixed(modulus(plain(), 600.0, 1.0).imag(), 4) + ", " +
             fixed(modulus(dy(), 600.0, 1.0).imag(), 4),
         "no hump: Eq. 9 has no β term"}
    );
    book.figures.push_back(
        {"s2-fig4",
         "S2 Fig. 4: loss of both glasses",
         {panel},
         1,
         {closure_note() + " Eq. 9 has no beta term, so the paper's hump at 560–660 K is missing."}}
    );
}

/// Minus the slope of ln tan delta on 1/T at 1 Hz, in eV.
double barrier_eV(const ZrGlass& glass, double from_K, double to_K) {
    std::vector<double> inverse;
    std::vector<double> ln_tan;
    for (const double T : linear(from_K, to_K, 21)) {
        const auto G = modulus(glass, T, 1.0);
        inverse.push_back(1.0 / T);
        ln_tan.push_back(std::log(G.imag() / G.real()));
    }
    return -line_through(inverse, ln_tan).slope * model::gas_constant_J_mol_K / eV_J_mol;
}

void fig6(Book& book) {
    Panel panel{"1 Hz", {"1000/T (1/K)", false, 1.32, 1.82}, {"ln tan δ"}, {}};
    std::size_t index = 0;
    for (const ZrGlass& glass : zr_glasses()) {
        Curve curve{glass.title, {}, {}, Mark::line, colour(index)};
        for (const double inverse : linear(1.32, 1.82, 251)) {
            const auto G = modulus(glass, 1000.0 / inverse, 1.0);
            curve.add(inverse, std::log(G.imag() / G.real()));
        }
        Curve law{"slope −U_β/k below T_g", {}, {}, Mark::dashed, colour(index)};
        const double start = 1000.0 / glass.T_g_K;
        const auto G = modulus(glass, glass.T_g_K, 1.0);
        for (const double inverse : {start, 1.82}) {
            law.add(
                inverse,
                std::log(G.imag() / G.real()) -
                    glass.U_J_mol / model::gas_constant_J_mol_K * 1e-3 * (inverse - start)
            );
        }
        panel.curves.push_back(curve);
        panel.curves.push_back(law);
        ++index;
        book.numbers.push_back(
            {"S2 6",
             glass.title + ": U_β from the slope, 560–670 K",
             fixed(glass.U_J_mol / eV_J_mol, 3) + " eV",
             fixed(barrier_eV(glass, 560.0, 670.0), 3) + " eV",
             "E2-6, E2-7"}
        );
    }
    book.figures.push_back(
        {"s2-fig6",
         "S2 Fig. 6: ln tan δ against 1/T",
         {panel},
         1,
         {closure_note() + " Eq. 10 is printed with +U_β/kT, which would make the loss fall on "
                           "heating; the sign here is minus (E2-6)."}}
    );
}

void fig7(Book& book) {
    Panel panel{
        "", {"t/τ", false, 0.0, 8.0}, {"(tan δ − tan δ_∞)/(tan δ₀ − tan δ_∞)", false, 0.0, 1.02}, {}
    };
    std::size_t index = 0;
    for (const auto& [beta, name] :
         {std::pair{0.5, "β_aging = 0.50 (Eq. 12)"}, std::pair{1.0, "β = 1, for comparison"}}) {
        Curve curve{name, {}, {}, beta == 1.0 ? Mark::dashed : Mark::line, colour(index++)};
        for (const double root : linear(0.0, std::sqrt(8.0), 301)) {
            curve.add(root * root, need(model::aging_tan_delta(root * root, 1.0, 0.0, 1.0, beta)));
        }
        panel.curves.push_back(curve);
    }
    book.numbers.push_back(
        {"S2 7",
         "part left at t = τ and 4 τ, β_aging = 0.50",
         "amplitude as printed is 0",
         fixed(need(model::aging_tan_delta(1.0, 1.0, 0.0, 1.0, 0.5)), 3) + ", " +
             fixed(need(model::aging_tan_delta(4.0, 1.0, 0.0, 1.0, 0.5)), 3),
         "E2-8"}
    );
    book.figures.push_back(
        {"s2-fig7",
         "S2 Fig. 7: ageing at 625 K, reduced",
         {panel},
         1,
         {"Only β_aging = 0.50 is reported; tan δ₀, tan δ_∞, τ and the course of E' are not, so "
          "the "
          "figure is in reduced variables."}}
    );
}

}  // namespace

void s2_modulus(Book& book) {
    closure_numbers(book);
    mixing_numbers(book);
    fig3(book);
    fig4(book);
    fig6(book);
    fig7(book);
}

}  // namespace relaxd::figures
