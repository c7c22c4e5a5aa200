// SPDX-License-Identifier: MIT
//
// S2 Figs. 11 (isotherms), 13 (shift factors), 14 (tan delta) and 15 (chi).

#include "model/qpd/hierarchy.hpp"
#include "model/tts/arrhenius.hpp"
#include "tools/figures/figures.hpp"
#include "tools/figures/zircon.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace relaxd::figures {

namespace {

constexpr double first_K = 660.0;
constexpr double last_K = 735.0;

std::string range_note() {
    return " The paper measures every 5 K without naming the temperatures: " + fixed(first_K, 0) +
           "–" + fixed(last_K, 0) + " K are assumed.";
}

void fig11(Book& book) {
    std::vector<Panel> panels;
    for (const ZrGlass& glass : zr_glasses()) {
        Panel storage{glass.title, {"f (Hz)", true, 0.01, 2.0}, {"G'/G_u", false, 0.0, 1.0}, {}};
        Panel loss{glass.title, {"f (Hz)", true, 0.01, 2.0}, {"G''/G_u", false, 0.0, 0.35}, {}};
        for (double T = first_K; T <= last_K; T += 5.0) {
            const std::string shade = temperature_colour((T - first_K) / (last_K - first_K));
            Curve real{"", {}, {}, Mark::line, shade};
            Curve imaginary{fixed(T, 0) + " K", {}, {}, Mark::line, shade};
            for (const double f : logarithmic(0.01, 2.0, 41)) {
                const auto G = modulus(glass, T, f);
                real.add(f, G.real());
                imaginary.add(f, G.imag());
            }
            storage.curves.push_back(real);
            loss.curves.push_back(imaginary);
        }
        panels.push_back(storage);
        panels.push_back(loss);
    }
    book.figures.push_back(
        {"s2-fig11", "S2 Fig. 11: isotherms in shear", panels, 2, {closure_note() + range_note()}}
    );
}

/// E of a straight line through ln tau_mol on 1/T, eV.
double E_of_times_eV(const ZrGlass& glass, double from_K, double to_K) {
    std::vector<double> inverse;
    std::vector<double> ln_tau;
    for (const double T : linear(from_K, to_K, 9)) {
        inverse.push_back(1.0 / T);
        ln_tau.push_back(std::log(tau_mol_s(glass, T)));
    }
    return line_through(inverse, ln_tau).slope * model::gas_constant_J_mol_K / eV_J_mol;
}

void fig13(Book& book) {
    Panel panel{"", {"1000/T (1/K)", false, 1.36, 1.515}, {"ln a_T"}, {}};
    std::size_t index = 0;
    for (const ZrGlass& glass : zr_glasses()) {
        const std::string energy = fixed(glass.E_alpha_shifts_eV, 2);
        Curve law{
            index == 0 ? "x = 0, " + energy + " eV" : "x = 2, " + energy + " eV",
            {},
            {},
            Mark::line,
            colour(index)
        };
        Curve own{
            index == 0 ? "x = 0, ln τ_mol/τ_mol(700 K)" : "x = 2, ln τ_mol/τ_mol(700 K)",
            {},
            {},
            Mark::dashed,
            colour(index)
        };
        const double tau_reference = tau_mol_s(glass, reference_S2_K);
        for (const double inverse : linear(1.36, 1.515, 156)) {
            const double T = 1000.0 / inverse;
            law.add(
                inverse,
                need(model::ln_shift_factor(T, reference_S2_K, glass.E_alpha_shifts_eV * eV_J_mol))
            );
            own.add(inverse, std::log(tau_mol_s(glass, T) / tau_reference));
        }
        panel.curves.push_back(law);
        panel.curves.push_back(own);
        book.numbers.push_back(
            {"S2 13",
             glass.title + ": E of τ_mol below T_g, T_g to 735 K",
             energy + " eV, one straight line",
             fixed(E_of_times_eV(glass, 660.0, glass.T_g_K), 2) + ", " +
                 fixed(E_of_times_eV(glass, glass.T_g_K, 735.0), 2) + " eV",
             "E2-17"}
        );
        ++index;
    }
    book.figures.push_back(
        {"s2-fig13",
         "S2 Fig. 13: shift factors, reference 700 K",
         {panel},
         1,
         {"Full: Eq. 14 with the paper's E_α. Dashed: the model's own τ_mol. " + closure_note()}}
    );
}

/// Minus the slope of ln tan delta on ln omega over 0.01-2 Hz.
double chi_slope(const ZrGlass& glass, double temperature_K) {
    std::vector<double> ln_omega;
    std::vector<double> ln_tan;
    for (const double f : logarithmic(0.01, 2.0, 12)) {
        const auto G = modulus(glass, temperature_K, f);
        ln_omega.push_back(std::log(2.0 * std::numbers::pi * f));
        ln_tan.push_back(std::log(G.imag() / G.real()));
    }
    return -line_through(ln_omega, ln_tan).slope;
}

/// Largest factor between tan delta of Eq. 9 and of Eq. 10 over 0.01-2 Hz.
double worst_factor(const ZrGlass& glass, double temperature_K) {
    const double chi = chi_of(glass, temperature_K);
    double worst = 1.0;
    for (const double f : logarithmic(0.01, 2.0, 12)) {
        const auto G = modulus(glass, temperature_K, f);
        const double law = std::exp(need(model::ln_tan_delta_law(
            temperature_K,
            2.0 * std::numbers::pi * f,
            glass.U_J_mol,
            glass.tau_beta0_s,
            glass.t0_s,
            chi,
            std::sin(0.5 * std::numbers::pi * chi)
        )));
        const double ratio = G.imag() / G.real() / law;
        worst = std::max({worst, ratio, 1.0 / ratio});
    }
    return worst;
}

void fig14(Book& book) {
    std::vector<Panel> panels;
    for (const ZrGlass& glass : zr_glasses()) {
        Panel panel{glass.title, {"ln ω (rad/s)"}, {"ln tan δ"}, {}};
        for (double T = first_K; T <= last_K; T += 15.0) {
            const std::string shade = temperature_colour((T - first_K) / (last_K - first_K));
            Curve points{fixed(T, 0) + " K", {}, {}, Mark::points, shade};
            Curve law{"", {}, {}, Mark::line, shade};
            const double chi = chi_of(glass, T);
            const double K = std::sin(0.5 * std::numbers::pi * chi);
            for (const double f : logarithmic(0.01, 2.0, 12)) {
                const double omega = 2.0 * std::numbers::pi * f;
                const auto G = modulus(glass, T, f);
                points.add(std::log(omega), std::log(G.imag() / G.real()));
                law.add(
                    std::log(omega),
                    need(model::ln_tan_delta_law(
                        T, omega, glass.U_J_mol, glass.tau_beta0_s, glass.t0_s, chi, K
                    ))
                );
            }
            panel.curves.push_back(points);
            panel.curves.push_back(law);
        }
        panels.push_back(panel);
        book.numbers.push_back(
            {"S2 14",
             glass.title + ": largest factor between Eqs. 9 and 10 at 660, 720 K",
             "“well described”",
             fixed(worst_factor(glass, 660.0), 2) + ", " + fixed(worst_factor(glass, 720.0), 2),
             "E2-7"}
        );
    }
    book.figures.push_back(
        {"s2-fig14",
         "S2 Fig. 14: tan δ of Eq. 9 (symbols) and the straight lines of Eq. 10",
         panels,
         2,
         {closure_note() + range_note() +
          " Lines: Eq. 10 with the sign of E2-6 and prefactor η sin(πχ/2) (E2-7)."}}
    );
}

void fig15(Book& book) {
    Panel panel{"", {"T (K)", false, 655.0, 740.0}, {"χ", false, 0.3, 0.75}, {}};
    std::size_t index = 0;
    for (const ZrGlass& glass : zr_glasses()) {
        const std::string name = index == 0 ? "x = 0" : "x = 2";
        Curve table{name + ", Table 2 (Eq. 6)", {}, {}, Mark::line, colour(index)};
        for (const double T : {655.0, glass.T_g_K, 740.0}) {
            table.add(T, chi_of(glass, T));
        }
        Curve read{name + ", slope of tan δ", {}, {}, Mark::dashed, colour(index)};
        for (double T = first_K; T <= last_K; T += 5.0) {
            read.add(T, chi_slope(glass, T));
        }
        Curve master{name + ", Fig. 12b", {}, {}, Mark::points, colour(index)};
        master.add(reference_S2_K, glass.chi_master);
        panel.curves.insert(panel.curves.end(), {table, read, master});
        book.numbers.push_back(
            {"S2 15",
             glass.title + ": χ at 700 K by Table 2",
             fixed(glass.chi_master, 3) + " (Fig. 12b)",
             fixed(chi_of(glass, reference_S2_K), 3),
             "E2-4"}
        );
        book.numbers.push_back(
            {"S2 15",
             glass.title + ": χ from the slope at 665, 700, 730 K",
             fixed(chi_of(glass, 665.0), 3) + ", " + fixed(chi_of(glass, 700.0), 3) + ", " +
                 fixed(chi_of(glass, 730.0), 3) + " (Eq. 6)",
             fixed(chi_slope(glass, 665.0), 3) + ", " + fixed(chi_slope(glass, 700.0), 3) + ", " +
                 fixed(chi_slope(glass, 730.0), 3),
             "E2-7"}
        );
        ++index;
    }
    book.figures.push_back(
        {"s2-fig15",
         "S2 Fig. 15: correlation factor",
         {panel},
         1,
         {"Dots: the values of Fig. 12b at 700 K, in conflict with Table 2 (E2-4). Dashed: what "
          "the "
          "paper's method reads from the model's own tan δ over 0.01–2 Hz. " +
          closure_note()}}
    );
}

}  // namespace

void s2_isotherms(Book& book) {
    fig11(book);
    fig13(book);
    fig14(book);
    fig15(book);
}

}  // namespace relaxd::figures
