// SPDX-License-Identifier: MIT
//
// S2 Figs. 12 (master curves: Bergman and Eq. 9) and 16 (components of the compliance).

#include "model/kww/bergman.hpp"
#include "model/kww/kww.hpp"
#include "model/qpd/hierarchy.hpp"
#include "model/qpd/shear.hpp"
#include "tools/figures/figures.hpp"
#include "tools/figures/zircon.hpp"

#include <cmath>
#include <complex>
#include <tuple>

namespace relaxd::figures {

namespace {

/// G*/G_u of Eq. 9.
std::complex<double> eq9(double omega_tau, double chi) {
    return need(model::qpd_modulus({1.0, 0.0, 1.0, chi}, omega_tau));
}

double eq9_loss(double omega_tau, double chi) {
    return eq9(omega_tau, chi).imag();
}

double kww_loss(double omega_tau, double beta) {
    return model::kww_pair(std::log(omega_tau), beta).modulus.imag();
}

/// The loss of Eq. 9 at its peak: omega tau_mol and height.
struct Peak {
    double omega_tau = 0.0;
    double height = 0.0;
};
Peak peak_of(const Function& loss) {
    const double at =
        std::exp(first_maximum([&loss](double ln) { return loss(std::exp(ln)); }, -8.0, 8.0, 0.05)
                     .value_or(0.0));
    return {at, loss(at)};
}

using Shape = std::function<double(double omega, double exponent)>;

/// The exponent of `shape` that lies nearest to `target`, place and height of the peak free; least
/// squares of ln loss, or of the loss itself, over four decades to either side of the target's
/// peak.
double nearest(const Function& target, const Shape& shape, bool of_logarithm) {
    const Peak peak = peak_of(target);
    const auto grid = linear(-4.0, 4.0, 81);
    const auto misfit = [&](double exponent, double ln_shift) {
        std::vector<double> data;
        std::vector<double> model;
        for (const double decade : grid) {
            const double omega = peak.omega_tau * std::pow(10.0, decade);
            data.push_back(target(omega));
            model.push_back(shape(omega * std::exp(ln_shift), exponent));
        }
        double top = 0.0;
        double below = 0.0;
        for (std::size_t i = 0; i < data.size(); ++i) {
            top += of_logarithm ? std::log(data[i] / model[i]) : data[i] * model[i];
            below += of_logarithm ? 1.0 : model[i] * model[i];
        }
        double sum = 0.0;
        for (std::size_t i = 0; i < data.size(); ++i) {
            const double rest = of_logarithm ? std::log(data[i] / model[i]) - top / below
                                             : data[i] - top / below * model[i];
            sum += rest * rest;
        }
        return sum;
    };
    const Function best_shift = [&misfit](double exponent) {
        const auto of_shift = [&](double ln_shift) { return misfit(exponent, ln_shift); };
        return of_shift(minimum(of_shift, -5.0, 5.0));
    };
    return minimum(best_shift, 0.2, 0.8);
}

double bergman(double omega, double b) {
    return need(model::bergman_loss_Pa(omega, b, 1.0));
}

void numbers_of_fig12(Book& book) {
    const auto both = [](const Function& target, const Shape& shape, int decimals) {
        return fixed(nearest(target, shape, false), decimals) + ", " +
               fixed(nearest(target, shape, true), decimals);
    };
    const Function kww = [](double omega) { return kww_loss(omega, 0.49); };
    const Function eq9 = [](double omega) { return eq9_loss(omega, 0.334); };
    book.numbers.push_back(
        {"S2 12",
         "b of Bergman nearest to KWW β = 0.49 (fit of loss, of ln loss)",
         "0.49",
         both(kww, bergman, 3),
         "E2-19"}
    );
    book.numbers.push_back(
        {"S2 12",
         "b of Bergman nearest to Eq. 9 with χ = 0.334",
         "0.49 (same data)",
         both(eq9, bergman, 3),
         "E2-18"}
    );
    book.numbers.push_back(
        {"S2 12",
         "χ of Eq. 9 nearest to KWW β = 0.49",
         "0.334 (same data)",
         both(kww, eq9_loss, 2),
         "E2-18"}
    );
    std::string slopes;
    for (const ZrGlass& glass : zr_glasses()) {
        const double high = std::log10(eq9_loss(1e14, glass.chi_master)) -
                            std::log10(eq9_loss(1e13, glass.chi_master));
        slopes +=
            (slopes.empty() ? "" : ", ") + fixed(-glass.beta_kww, 2) + " and " + fixed(high, 3);
    }
    book.numbers.push_back(
        {"S2 12",
         "slope of the high flank, KWW and Eq. 9, x = 0 then x = 2",
         "both fit the same data",
         slopes,
         "E2-18"}
    );
}

void fig12(Book& book) {
    Panel a{"(a) Eq. 17", {"ω (rad/s)", true, 1e-5, 1e4}, {"G''/G_u", true, 1e-3, 0.5}, {}};
    Panel b{"(b) Eq. 9", {"ω (rad/s)", true, 1e-5, 1e4}, {"G''/G_u", true, 1e-3, 0.5}, {}};
    std::size_t index = 0;
    for (const ZrGlass& glass : zr_glasses()) {
        const std::string name = index == 0 ? "x = 0, " : "x = 2, ";
        const double tau = tau_mol_s(glass, reference_S2_K);
        const Peak peak =
            peak_of([&glass](double omega_tau) { return eq9_loss(omega_tau, glass.chi_master); });
        Curve peaked{
            name + "β_KWW = " + fixed(glass.beta_kww, 2), {}, {}, Mark::line, colour(index)
        };
        Curve exact{name + "exact KWW", {}, {}, Mark::dotted, colour(index)};
        Curve master{name + "χ = " + fixed(glass.chi_master, 3), {}, {}, Mark::line, colour(index)};
        Curve table{
            name + "χ = " + fixed(chi_of(glass, reference_S2_K), 3) + " (Table 2)",
            {},
            {},
            Mark::dashed,
            colour(index)
        };
        const Peak of_kww =
            peak_of([&glass](double omega_tau) { return kww_loss(omega_tau, glass.beta_kww); });
        for (const double omega : logarithmic(1e-5, 1e4, 181)) {
            const double relative = omega * tau / peak.omega_tau;
            peaked.add(omega, peak.height * bergman(relative, glass.beta_kww));
            exact.add(
                omega,
                peak.height / of_kww.height * kww_loss(relative * of_kww.omega_tau, glass.beta_kww)
            );
            master.add(omega, eq9_loss(omega * tau, glass.chi_master));
            table.add(omega, eq9_loss(omega * tau, chi_of(glass, reference_S2_K)));
        }
        a.curves.insert(a.curves.end(), {peaked, exact});
        b.curves.insert(b.curves.end(), {master, table});
        ++index;
    }
    numbers_of_fig12(book);
    book.figures.push_back(
        {"s2-fig12",
         "S2 Fig. 12: master curves of G''/G_u at 700 K",
         {a, b},
         1,
         {"τ_mol(700 K) of the closure (E2-17); η = 1, G_r = 0 assumed. In (a) peak place and "
          "height, "
          "not reported, are those of Eq. 9 with the χ of (b)."}}
    );
}

// What the paper uses together for Fig. 16 (E2-16).
constexpr double G_u_Pa = 24e9;
constexpr double chi_fig16 = 0.334;
constexpr double tau_fig16_s = tau_mol_Tg_s;

/// J'' of Eq. 9, 1/Pa.
double J_loss(double omega) {
    const auto G = need(model::qpd_modulus({G_u_Pa, 0.0, 1.0, chi_fig16}, omega * tau_fig16_s));
    return -(1.0 / G).imag();
}

void numbers_of_fig16(Book& book) {
    const double tau = tau_fig16_s;
    const double eta = need(model::viscosity(G_u_Pa, tau));
    const auto slope_at = [](double omega) {
        return (std::log(J_loss(omega * 1.001)) - std::log(J_loss(omega / 1.001))) /
               (2.0 * std::log(1.001));
    };
    const double passed = std::exp(
        zero([&slope_at, tau](double ln) { return slope_at(std::exp(ln) / tau) + 0.8; }, -6.0, 6.0)
    );
    book.numbers.push_back(
        {"S2 16",
         "viscosity G_u τ_mol",
         "1.68·10¹² Pa s",
         fixed(1e-12 * eta, 2) + "·10¹² Pa s",
         "E2-16"}
    );
    book.numbers.push_back(
        {"S2 16",
         "slope of J'' at 1e-8, 1e8 rad/s; ω τ_mol where it is -0.8",
         "-0.8, -1/3",
         fixed(slope_at(1e-8), 3) + ", " + fixed(slope_at(1e8), 3) + "; " + fixed(passed, 2),
         "E2-14"}
    );
    const double crossing = std::exp(zero(
        [eta, tau](double ln) {
            const double omega = std::exp(ln) / tau;
            return J_loss(omega) - 2.0 / (omega * eta);
        },
        -6.0,
        6.0
    ));
    book.numbers.push_back(
        {"S2 16",
         "ω τ_mol at which J_ve = J_vp",
         "flow below, viscoelasticity above",
         fixed(crossing, 2),
         "—"}
    );
    const double residue = (1.0 / eq9(1.0, chi_fig16)).real();
    book.numbers.push_back(
        {"S2 16",
         "“elastic” J_el G_u at ω τ_mol = 1",
         "J_el = J' (Eq. 20-1)",
         fixed(residue, 2) + " instead of 1",
         "E2-13"}
    );
}

void fig16(Book& book) {
    const double tau = tau_fig16_s;
    const double eta = need(model::viscosity(G_u_Pa, tau));
    Panel a{"(a)", {"ω (rad/s)", true, 1e-5, 1e4}, {"J'' (1/GPa)", true}, {}};
    Panel b{"(b)", {"ω (rad/s)", true, 1e-5, 1e4}, {"J (1/GPa)", true}, {}};
    Curve whole{"J''", {}, {}, Mark::line, colour(4)};
    Curve elastic{"J_el = J'", {}, {}, Mark::line, colour(0)};
    Curve visco{"J_ve = J'' − J_vp", {}, {}, Mark::line, colour(1)};
    Curve plastic{"J_vp = 1/(ωη)", {}, {}, Mark::line, colour(2)};
    for (const double omega : logarithmic(1e-5, 1e4, 181)) {
        const auto G = need(model::qpd_modulus({G_u_Pa, 0.0, 1.0, chi_fig16}, omega * tau));
        const auto split = need(model::compliance_split(omega, G.real(), G.imag(), eta));
        whole.add(omega, 1e9 * J_loss(omega));
        elastic.add(omega, 1e9 * split.J_el_per_Pa);
        visco.add(omega, 1e9 * split.J_ve_per_Pa);
        plastic.add(omega, 1e9 * split.J_vp_per_Pa);
    }
    a.curves = {whole};
    const double pivot = 0.79 / tau;
    for (const auto& [slope, name, index] :
         {std::tuple{-0.8, "slope −0.8", 1U}, std::tuple{-1.0 / 3.0, "slope −1/3", 2U}}) {
        Curve straight{name, {}, {}, Mark::dashed, colour(index)};
        const double at = slope < -0.5 ? pivot : 1e3;
        for (const double omega : {at * 1e-3, at * 1e2}) {
            straight.add(omega, 1e9 * J_loss(at) * std::pow(omega / at, slope));
        }
        a.curves.push_back(straight);
    }
    b.curves = {elastic, visco, plastic};
    numbers_of_fig16(book);
    book.figures.push_back(
        {"s2-fig16",
         "S2 Fig. 16: compliance of Zr₅₀Cu₄₀Al₁₀ and its components (shear)",
         {a, b},
         1,
         {"Eq. 9 with χ = 0.334 (Fig. 12b), G_u = 24 GPa, τ_mol = 70 s as the paper uses them "
          "together (E2-16); η = 1, G_r = 0 assumed."}}
    );
}

}  // namespace

void s2_master(Book& book) {
    fig12(book);
    fig16(book);
}

}  // namespace relaxd::figures
