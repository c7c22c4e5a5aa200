// SPDX-License-Identifier: MIT
//
// The rate form against the numbers of PHYSICS sections 4 and 5 (S1 Table 1, B = 1).
#include "tests/model/rate_materials.hpp"
#include "tests/support/catch.hpp"

#include <string>
#include <utility>

namespace relaxd::model {

using rate_test::table_1;

namespace {

constexpr double MPa = 1e6;

Tension pulled(const QpdParameters& p, Formulation f, double last_strain) {
    const std::vector<double> strains{last_strain};
    return tension(p, 430.0, 3e-4, strains, f).value();
}

/// Slope through the origin over strains up to 0.05 %.
double initial_modulus_GPa(Formulation f) {
    std::vector<double> strains;
    for (int k = 0; k <= 50; ++k) {
        strains.push_back(1e-5 * k);
    }
    const Tension t = tension(table_1(), 430.0, 3e-4, strains, f).value();
    double xy = 0.0;
    double xx = 0.0;
    for (std::size_t k = 0; k < strains.size(); ++k) {
        xy += strains[k] * t.points[k].stress_Pa;
        xx += strains[k] * strains[k];
    }
    return xy / xx / 1e9;
}

double creep_330_s(double stress_Pa, Formulation f) {
    const std::vector<double> times{330.0};
    return creep_recovery(table_1(), 430.0, stress_Pa, 330.0, times, f).value()[0].total();
}

}  // namespace

TEST_CASE("the tension curve of Table 1 has the peaks and the steady stress of PHYSICS 4") {
    const Tension hereditary = pulled(table_1(), Formulation::hereditary, 0.3);
    CHECK(hereditary.steady_stress_Pa.value() / MPa == Approx(659.29).margin(0.005));
    CHECK(hereditary.peak_stress_Pa.value() / MPa == Approx(660.1).margin(0.05));
    CHECK(hereditary.peak_strain.value() == Approx(0.086).margin(0.0005));
    const Tension eq16 = pulled(table_1(), Formulation::eq16, 0.3);
    CHECK(eq16.steady_stress_Pa.value() / MPa == Approx(659.29).margin(0.005));
    CHECK(eq16.peak_stress_Pa.value() / MPa == Approx(675.8).margin(0.05));
    CHECK(eq16.peak_strain.value() == Approx(0.053).margin(0.0005));
}

TEST_CASE("the peak does not depend on the strains asked for, and is absent while stress rises") {
    std::vector<double> many;
    for (int k = 1; k <= 300; ++k) {
        many.push_back(0.001 * k);
    }
    for (const Formulation f : {Formulation::hereditary, Formulation::eq16}) {
        const Tension one = pulled(table_1(), f, 0.3);
        const Tension all = tension(table_1(), 430.0, 3e-4, many, f).value();
        CHECK(all.peak_stress_Pa.value() == Approx(one.peak_stress_Pa.value()).epsilon(2e-6));
        CHECK(all.peak_strain.value() == Approx(one.peak_strain.value()).epsilon(1e-3));
        CHECK(all.points.back().stress_Pa == Approx(one.points.back().stress_Pa).epsilon(2e-6));
        double highest = 0.0;
        for (const TensionPoint& point : all.points) {
            highest = std::max(highest, point.stress_Pa);
        }
        CHECK(all.peak_stress_Pa.value() >= highest * (1.0 - 1e-6));
        CHECK(highest > all.peak_stress_Pa.value() * (1.0 - 1e-5));
        const Tension early = pulled(table_1(), f, 0.04);
        CHECK_FALSE(early.peak_stress_Pa.has_value());
        CHECK_FALSE(early.peak_strain.has_value());
    }
    QpdParameters p = table_1();
    p.a2 = 0.0;
    CHECK_FALSE(pulled(p, Formulation::hereditary, 1.0).peak_stress_Pa.has_value());
}

TEST_CASE("the initial moduli of E1-14") {
    CHECK(initial_modulus_GPa(Formulation::eq16) == Approx(29.78).margin(0.01));
    CHECK(initial_modulus_GPa(Formulation::hereditary) == Approx(28.70).margin(0.01));
}

TEST_CASE("the pairs of E1-15 bring the peak to 370 MPa") {
    const std::pair<double, double> pairs[] = {
        {1.8, 10726.0}, {3.0, 11864.0}, {5.0, 14348.0}, {7.0, 17992.0}, {9.0, 23801.0}
    };
    for (const auto& [a2, sigma1_MPa] : pairs) {
        QpdParameters p = table_1();
        p.a2 = a2;
        p.sigma1_Pa = sigma1_MPa * MPa;
        const Tension t = pulled(p, Formulation::hereditary, 0.3);
        CHECK(t.peak_stress_Pa.value() / MPa == Approx(370.0).margin(0.1));
    }
    // Without a2 the stress rises to it and stays.
    QpdParameters p = table_1();
    p.a2 = 0.0;
    p.sigma1_Pa = 9362.0 * MPa;
    CHECK(
        pulled(p, Formulation::hereditary, 0.3).steady_stress_Pa.value() / MPa ==
        Approx(370.0).margin(0.1)
    );
    // The single changes of E1-15.
    p = table_1();
    p.a2 = 9.96;
    CHECK(
        pulled(p, Formulation::hereditary, 0.3).peak_stress_Pa.value() / MPa ==
        Approx(370.0).margin(0.2)
    );
    p.a2 = 15.7;
    const Tension eq16 = pulled(p, Formulation::eq16, 0.3);
    CHECK(eq16.peak_stress_Pa.value() / MPa == Approx(370.0).margin(0.3));
    CHECK(eq16.steady_stress_Pa.value() / MPa == Approx(281.0).margin(0.5));
    p = table_1();
    p.sigma1_Pa = 2800.0 * MPa;
    CHECK(
        pulled(p, Formulation::hereditary, 0.3).peak_stress_Pa.value() / MPa ==
        Approx(138.0).margin(0.5)
    );
}

TEST_CASE("creep of 330 s at 430 K: the linear strain, and what Eqs. 9 and 22c add (E1-24)") {
    CHECK(creep_330_s(25.0 * MPa, Formulation::linear) == Approx(1.3631e-3).margin(5e-8));
    const double low = creep_330_s(25.0 * MPa, Formulation::hereditary);
    const double high = creep_330_s(50.0 * MPa, Formulation::hereditary);
    CHECK(low / creep_330_s(25.0 * MPa, Formulation::linear) - 1.0 == Approx(0.021).margin(5e-4));
    CHECK(high / creep_330_s(50.0 * MPa, Formulation::linear) - 1.0 == Approx(0.043).margin(5e-4));
    const std::vector<double> end{330.0};
    const auto plastic = [&](double stress, Formulation f) {
        return creep_recovery(table_1(), 430.0, stress, 330.0, end, f).value()[0].eps_vp;
    };
    const Formulation h = Formulation::hereditary;
    const Formulation l = Formulation::linear;
    CHECK(plastic(25 * MPa, h) / plastic(25 * MPa, l) - 1.0 == Approx(0.11).margin(5e-3));
    CHECK(plastic(50 * MPa, h) / plastic(50 * MPa, l) - 1.0 == Approx(0.23).margin(5e-3));
}

TEST_CASE("the anelastic strain left at 2000 s is that of E1-14") {
    const std::vector<double> times{2000.0};
    const auto left = [&](Formulation f) {
        return creep_recovery(table_1(), 430.0, 25.0 * MPa, 330.0, times, f).value()[0].eps_an;
    };
    CHECK(left(Formulation::eq16) == Approx(3.8e-5).margin(0.05e-5));
    CHECK(left(Formulation::hereditary) == Approx(2.1e-6).margin(0.05e-6));
}

}  // namespace relaxd::model
