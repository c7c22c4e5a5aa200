// SPDX-License-Identifier: MIT
//
// S1 Figs. 10b (tension) and 11 (creep and recovery), both formulations.

#include "model/rate/rate_form.hpp"
#include "tools/figures/figures.hpp"

#include <array>
#include <cmath>

namespace relaxd::figures {

namespace {

using model::Formulation;
using model::QpdParameters;

constexpr double test_K = 430.0;
constexpr double rate_per_s = 3e-4;
constexpr std::array<std::pair<Formulation, const char*>, 2> formulations{
    {{Formulation::hereditary, "hereditary"}, {Formulation::eq16, "eq16"}}
};

model::Tension pulled(const QpdParameters& p, Formulation how, const std::vector<double>& strains) {
    return need(model::tension(p, test_K, rate_per_s, strains, how));
}

/// Least squares through the origin, up to 0.05 % strain.
double initial_modulus_Pa(const QpdParameters& p, Formulation how) {
    const auto strains = linear(0.0, 5e-4, 26);
    const auto run = pulled(p, how, strains);
    double product = 0.0;
    double square = 0.0;
    for (std::size_t i = 0; i < strains.size(); ++i) {
        product += strains[i] * run.points.at(i).stress_Pa;
        square += strains[i] * strains[i];
    }
    return product / square;
}

void numbers_of_fig10(Book& book, const QpdParameters& p) {
    for (const auto& [how, name] : formulations) {
        const auto run = pulled(p, how, linear(0.0, 0.25, 26));
        const double initial = 1e-9 * initial_modulus_Pa(p, how);
        const std::string label = std::string(" (`") + name + "`)";
        book.numbers.push_back(
            {"S1 10",
             "peak stress" + label,
             "about 370 MPa",
             run.peak_stress_Pa ? fixed(1e-6 * *run.peak_stress_Pa, 1) + " MPa at " +
                                      fixed(100.0 * run.peak_strain.value_or(0.0), 1) + " %"
                                : "none",
             "E1-15"}
        );
        book.numbers.push_back(
            {"S1 10",
             "initial slope, to 0.05 % strain" + label,
             "29.8 GPa",
             fixed(initial, 2) + " GPa",
             "E1-14"}
        );
        if (how == Formulation::hereditary) {
            book.numbers.push_back(
                {"S1 10",
                 "steady stress (both)",
                 "—",
                 fixed(1e-6 * run.steady_stress_Pa.value(), 2) + " MPa",
                 "E1-15"}
            );
        }
    }
    QpdParameters softer = p;
    softer.sigma1_Pa = 1.0726e10;
    const auto run = pulled(softer, Formulation::hereditary, linear(0.0, 0.25, 26));
    book.numbers.push_back(
        {"S1 10",
         "peak with σ₁ = 10 726 instead of 28 000 MPa (not used in the figure)",
         "about 370 MPa",
         fixed(1e-6 * run.peak_stress_Pa.value_or(run.steady_stress_Pa.value()), 1) + " MPa",
         "E1-15"}
    );
}

void fig10(Book& book) {
    const QpdParameters p = la60ni15al25();
    const auto strains = linear(0.0, 0.2, 161);
    Panel stress{"", {"strain (%)", false, 0.0, 20.0}, {"σ (MPa)", false, 0.0, 720.0}, {}};
    Panel parts{"(b)", {"t (s)", false, 0.0, 670.0}, {"strain part (%)", false, 0.0, 4.0}, {}};
    std::size_t index = 0;
    for (const auto& [how, name] : formulations) {
        const auto run = pulled(p, how, strains);
        const Mark mark = how == Formulation::hereditary ? Mark::line : Mark::dashed;
        Curve curve{std::string("σ, ") + name, {}, {}, mark, colour(index++)};
        Curve elastic{std::string("elastic, ") + name, {}, {}, mark, colour(0)};
        Curve anelastic{std::string("anelastic and β, ") + name, {}, {}, mark, colour(1)};
        Curve plastic{std::string("viscoplastic, ") + name, {}, {}, mark, colour(2)};
        for (std::size_t i = 0; i < strains.size(); ++i) {
            const auto& point = run.points.at(i);
            const double t = strains[i] / rate_per_s;
            curve.add(100.0 * strains[i], 1e-6 * point.stress_Pa);
            elastic.add(t, 100.0 * point.strain.eps_el);
            anelastic.add(t, 100.0 * (point.strain.eps_an + point.strain.eps_beta));
            plastic.add(t, 100.0 * point.strain.eps_vp);
        }
        stress.curves.push_back(curve);
        parts.curves.insert(parts.curves.end(), {elastic, anelastic, plastic});
    }
    Curve reported{"peak in the paper", {}, {}, Mark::dotted, colour(4)};
    reported.add(0.0, 370.0);
    reported.add(20.0, 370.0);
    stress.curves.push_back(reported);
    numbers_of_fig10(book, p);
    book.figures.push_back(
        {"s1-fig10b",
         "S1 Fig. 10: tension at 430 K, 3·10⁻⁴ /s",
         {stress, parts},
         1,
         {"Table 1 with B = 1 assumed; Eqs. 9 and 22c active. The paper does not say how Eq. 25a "
          "is "
          "used at a changing stress: two formulations, hereditary (superposition in material "
          "time) "
          "and eq16 (Eq. 16 literally)."}}
    );
}

std::vector<model::StrainParts> crept(
    const QpdParameters& p, double stress_MPa, const std::vector<double>& times, Formulation how
) {
    return need(model::creep_recovery(p, test_K, 1e6 * stress_MPa, 330.0, times, how));
}

void numbers_of_fig11(Book& book, const QpdParameters& p) {
    for (const double stress : {25.0, 50.0}) {
        const std::string label = fixed(stress, 0) + " MPa";
        const auto linear_end = crept(p, stress, {330.0}, Formulation::linear).front();
        const auto end = crept(p, stress, {330.0}, Formulation::hereditary).front();
        book.numbers.push_back(
            {"S1 11",
             "strain at 330 s, " + label + ", linear",
             "—",
             fixed(1e3 * linear_end.total(), 4) + "·10⁻³",
             "E1-24"}
        );
        book.numbers.push_back(
            {"S1 11",
             "with Eqs. 9 and 22c (`hereditary`): total, plastic",
             "“a single correlation factor”",
             "+" + fixed(100.0 * (end.total() / linear_end.total() - 1.0), 1) + " %, +" +
                 fixed(100.0 * (end.eps_vp / linear_end.eps_vp - 1.0), 0) + " %",
             "E1-24"}
        );
    }
    std::string left;
    for (const auto& [how, name] : formulations) {
        const auto late = crept(p, 25.0, {2000.0}, how).front();
        left += (left.empty() ? "" : ", ") + fixed(1e6 * late.eps_an, 1) + "·10⁻⁶ (`" + name + "`)";
    }
    book.numbers.push_back(
        {"S1 11",
         "anelastic strain left at 2000 s, 25 MPa",
         "recovery “should be longer”",
         left,
         "E1-14"}
    );
}

void fig11(Book& book) {
    const QpdParameters p = la60ni15al25();
    std::vector<double> times = linear(0.0, 330.0, 111);
    for (const double after : logarithmic(0.01, 1670.0, 90)) {
        times.push_back(330.0 + after);
    }
    Panel panel{"", {"t (s)", false, 0.0, 2000.0}, {"strain (10⁻³)", false, 0.0, 3.0}, {}};
    std::size_t index = 0;
    for (const double stress : {25.0, 50.0}) {
        for (const auto& [how, name] : formulations) {
            const Mark mark = how == Formulation::hereditary ? Mark::line : Mark::dashed;
            Curve curve{fixed(stress, 0) + " MPa, " + name, {}, {}, mark, colour(index)};
            const auto strains = crept(p, stress, times, how);
            for (std::size_t i = 0; i < times.size(); ++i) {
                curve.add(times[i], 1e3 * strains[i].total());
            }
            panel.curves.push_back(curve);
        }
        ++index;
    }
    numbers_of_fig11(book, p);
    book.figures.push_back(
        {"s1-fig11",
         "S1 Fig. 11: creep (330 s) and recovery at 430 K",
         {panel},
         1,
         {"Table 1 with B = 1 assumed; tensile. The time after unloading is not given: shown to "
          "2000 "
          "s."}}
    );
}

}  // namespace

void s1_strain(Book& book) {
    fig10(book);
    fig11(book);
}

}  // namespace relaxd::figures
