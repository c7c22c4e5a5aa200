// SPDX-License-Identifier: MIT
//
// The rate form over its whole domain: every number finite, parts that add up, order of the inputs,
// and errors that name the input.
#include "model/rate/rate_material.hpp"
#include "tests/model/rate_materials.hpp"
#include "tests/support/catch.hpp"

#include <random>

namespace relaxd::model {

using rate_test::infinite;
using rate_test::powers;
using rate_test::table_1;

namespace {

/// Materials and tests drawn from the domain, the same in every run.
class Draw {
  public:
    double of(std::initializer_list<double> values) {
        std::uniform_int_distribution<std::size_t> index(0, values.size() - 1);
        return *(values.begin() + index(engine_));
    }
    QpdParameters material(double T) {
        QpdParameters p = table_1();
        p.chi_Tg = of({0.1, 0.15, 0.25, 0.4, 0.6, 0.8, 0.9});
        p.a1_per_K =
            T > p.T_g_K ? std::min(0.00231, 0.999 * (1.0 - p.chi_Tg) / (T - p.T_g_K)) : 0.00231;
        p.B = of({0.2, 0.5, 1.0, 2.0, 4.0, infinite});
        p.sigma1_Pa = of({infinite, 2.8e10, 1e10, 3e9, 5e8});
        p.a2 = of({0.0, 1.8, 5.0, 10.0});
        p.t0_s = of({6e-7, 1e-9, 1e-5});
        if (of({0.0, 1.0}) > 0.5) {
            p.fast_beta.push_back({1e-12, 50000.0, 1e-14, of({0.5, infinite})});
        }
        return p;
    }
    double temperature() { return of({200.0, 260.0, 350.0, 430.0, 453.0, 480.0, 520.0, 700.0}); }
    Formulation formulation() {
        return of({0.0, 1.0}) > 0.5 ? Formulation::hereditary : Formulation::eq16;
    }

  private:
    std::mt19937 engine_{20240611};
};

bool finite(const StrainParts& s) {
    return std::isfinite(s.eps_el) && std::isfinite(s.eps_beta) && std::isfinite(s.eps_an) &&
           std::isfinite(s.eps_vp);
}

template <typename T>
std::string blamed(const Result<T>& result) {
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == Errc::invalid);
    CHECK(result.error().message.find(result.error().where) != std::string::npos);
    return result.error().where;
}

std::string tension_blames(const QpdParameters& p, double T, double rate, std::vector<double> s) {
    return blamed(tension(p, T, rate, s, Formulation::hereditary));
}

std::string creep_blames(const QpdParameters& p, double stress, double load, double time) {
    return blamed(
        creep_recovery(p, 430.0, stress, load, std::vector<double>{time}, Formulation::hereditary)
    );
}

}  // namespace

TEST_CASE("tension over the domain: finite, the parts add up to the strain, no point above the peak"
) {
    Draw draw;
    const std::vector<double> strains{0.0, 1e-9, 1e-4, 1e-2, 0.03, 0.1, 0.1, 1.0};
    int answered = 0;
    for (int k = 0; k < 80; ++k) {
        const double T = draw.temperature();
        const QpdParameters p = draw.material(T);
        const double rate = draw.of({1e-12, 1e-8, 1e-4, 3e-4, 1.0, 1e3});
        const auto t = tension(p, T, rate, strains, draw.formulation());
        if (!t) {
            CHECK(t.error().where == "a2");
            CHECK(t.error().code == Errc::invalid);
            continue;
        }
        ++answered;
        for (std::size_t j = 0; j < strains.size(); ++j) {
            const TensionPoint& point = t->points[j];
            REQUIRE(finite(point.strain));
            REQUIRE(std::isfinite(point.tau_max_s));
            CHECK(point.strain.total() == Approx(strains[j]).epsilon(1e-9));
            CHECK(point.chi > 0.0);
            CHECK(point.chi < 1.0);
            CHECK(point.stress_Pa >= 0.0);
            if (t->peak_stress_Pa) {
                CHECK(point.stress_Pa <= *t->peak_stress_Pa * (1.0 + 1e-5));
            }
        }
        CHECK(t->peak_stress_Pa.has_value() == t->peak_strain.has_value());
        if (t->steady_stress_Pa) {
            CHECK(std::isfinite(*t->steady_stress_Pa));
        } else {
            CHECK(t->steady_stress_Pa.error().where == "a2");
        }
    }
    CHECK(answered > 60);
}

TEST_CASE("creep over the domain: finite, recovery never grows, flow stays") {
    Draw draw;
    int answered = 0;
    for (int k = 0; k < 120; ++k) {
        const double T = draw.temperature();
        const QpdParameters p = draw.material(T);
        const double stress = draw.of({1e3, 25e6, 5e8, 2e9, -5e7});
        const double load = draw.of({0.0, 1e-6, 330.0, 1e12});
        std::vector<double> times = powers(1e-9, 1e15, 0.5);
        times.push_back(0.0);
        const auto s = creep_recovery(p, T, stress, load, times, draw.formulation());
        if (!s) {
            CHECK(s.error().where == "a2");
            continue;
        }
        ++answered;
        double an = infinite;
        for (std::size_t j = 0; j < times.size(); ++j) {
            REQUIRE(finite((*s)[j]));
            const double left = std::abs((*s)[j].eps_an);
            if (times[j] > load) {
                CHECK((*s)[j].eps_el == 0.0);
                CHECK(left <= an);
                an = left;
            }
        }
    }
    CHECK(answered > 90);
}

TEST_CASE("times may come in any order, and twice") {
    const std::vector<double> mixed{1e3, 0.0, 330.0, 1.0, 400.0, 330.0};
    for (const Formulation f : {Formulation::linear, Formulation::hereditary, Formulation::eq16}) {
        const auto all = creep_recovery(table_1(), 430.0, 25e6, 330.0, mixed, f);
        REQUIRE(all.has_value());
        for (std::size_t k = 0; k < mixed.size(); ++k) {
            const auto one =
                creep_recovery(table_1(), 430.0, 25e6, 330.0, std::vector<double>{mixed[k]}, f);
            CHECK((*all)[k].total() == Approx((*one)[0].total()).epsilon(2e-5));
        }
        CHECK((*all)[2].total() == (*all)[5].total());
        CHECK((*all)[1].total() == Approx(25e6 / 3.3e10));
        CHECK((*all)[2].eps_el > 0.0);  // a time equal to the load time is still under load
    }
}

TEST_CASE("a load of no length leaves nothing, no stress does nothing") {
    const std::vector<double> times{0.0, 1.0};
    for (const Formulation f : {Formulation::linear, Formulation::hereditary, Formulation::eq16}) {
        const auto s = creep_recovery(table_1(), 430.0, 25e6, 0.0, times, f);
        REQUIRE(s.has_value());
        CHECK((*s)[0].total() == Approx(25e6 / 3.3e10));
        CHECK((*s)[1].total() == 0.0);
        const auto none = creep_recovery(table_1(), 430.0, 0.0, 330.0, times, f);
        REQUIRE(none.has_value());
        CHECK((*none)[1].total() == 0.0);
    }
}

TEST_CASE("chi driven out of (0, 1) by strain is an error that names a2") {
    QpdParameters p = table_1();
    p.a2 = 900.0;
    CHECK(creep_blames(p, 1e9, 1e6, 1e6) == "a2");
    p.a2 = 1e5;
    CHECK(tension_blames(p, 430.0, 1e9, {1.0}) == "a2");
}

TEST_CASE("where no steady flow exists the curve is answered and the steady stress says why") {
    const std::vector<double> strains{1e-4, 1e-3};
    QpdParameters p = table_1();
    p.A_vp_per_Pa = 0.0;
    const auto solid = tension(p, 430.0, 3e-4, strains, Formulation::hereditary);
    REQUIRE(solid.has_value());
    REQUIRE_FALSE(solid->steady_stress_Pa.has_value());
    CHECK(solid->steady_stress_Pa.error().where == "A_vp_per_Pa");
    p = table_1();
    p.a2 = 900.0;
    const auto early = tension(p, 200.0, 1e3, strains, Formulation::hereditary);
    REQUIRE(early.has_value());
    CHECK(early->points[1].stress_Pa == Approx(33e6).epsilon(0.01));  // elastic: E_u strain
    REQUIRE_FALSE(early->steady_stress_Pa.has_value());
    CHECK(early->steady_stress_Pa.error().where == "a2");
}

TEST_CASE("each input outside its domain is named") {
    const QpdParameters good = table_1();
    CHECK(tension_blames(good, 0.0, 3e-4, {0.1}) == "temperature_K");
    CHECK(tension_blames(good, 430.0, 0.0, {0.1}) == "strain_rate_per_s");
    CHECK(tension_blames(good, 430.0, infinite, {0.1}) == "strain_rate_per_s");
    CHECK(tension_blames(good, 430.0, 3e-4, {0.1, -0.1}) == "strain");
    CHECK(tension_blames(good, 430.0, 3e-4, {0.2, 0.1}) == "strain");
    CHECK(tension_blames(good, 720.0, 3e-4, {0.1}) == "chi_Tg");
    CHECK(creep_blames(good, infinite, 330.0, 1.0) == "stress_Pa");
    CHECK(creep_blames(good, 1e6, -1.0, 1.0) == "load_time_s");
    CHECK(creep_blames(good, 1e6, 330.0, -1.0) == "time_s");
    CHECK(
        blamed(tension(good, 430.0, 3e-4, std::vector<double>{0.1}, Formulation::linear)) ==
        "formulation"
    );
    QpdParameters p = good;
    p.sigma1_Pa = 0.0;
    CHECK(tension_blames(p, 430.0, 3e-4, {0.1}) == "sigma1_Pa");
    p = good;
    p.E_u_Pa = 0.0;
    CHECK(creep_blames(p, 1e6, 1.0, 1.0) == "E_u_Pa");
}

TEST_CASE("no times and no strains are answered") {
    const std::vector<double> none;
    const auto t = tension(table_1(), 430.0, 3e-4, none, Formulation::hereditary);
    REQUIRE(t.has_value());
    CHECK(t->points.empty());
    CHECK_FALSE(t->peak_stress_Pa.has_value());
    CHECK(t->steady_stress_Pa.value() == Approx(659.29e6).epsilon(1e-5));
    const auto c = creep_recovery(table_1(), 430.0, 1e6, 1.0, none, Formulation::eq16);
    REQUIRE(c.has_value());
    CHECK(c->empty());
}

TEST_CASE("a stress beyond double is overflow") {
    QpdParameters p = table_1();
    p.sigma1_Pa = infinite;
    p.a2 = 0.0;
    p.chi_Tg = 0.02;
    const auto t = tension(p, 200.0, 1e3, std::vector<double>{0.1}, Formulation::hereditary);
    REQUIRE_FALSE(t.has_value());
    CHECK(t.error().code == Errc::overflow);
}

TEST_CASE("words of the formulations") {
    for (const Formulation f : {Formulation::linear, Formulation::hereditary, Formulation::eq16}) {
        CHECK(formulation_from(to_word(f)) == f);
    }
    CHECK_FALSE(formulation_from("eq17").has_value());
}

}  // namespace relaxd::model
