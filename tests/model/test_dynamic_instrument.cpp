// SPDX-License-Identifier: MIT
//
// What an instrument adds to the dynamic fit: a constant loss background; shear data; joint fits of
// several inputs with a scale for each. Oracles: the independent simulation, and for shear the
// relation 1/E* = 1/(9K) + 1/(3G*) written here.
#include "model/estimate/dynamic_model.hpp"
#include "tests/model/dynamic_checks.hpp"

#include <algorithm>
#include <complex>
#include <string>
#include <vector>

namespace relaxd::model {

namespace {

using record::DynamicPoint;
using record::FitOptions;
using record::ParameterState;
using test::check_form;
using test::errors_of;
using test::parameter;
using test::with_T_g;

constexpr double K_Pa = 6e10;

std::vector<DynamicPoint> with_background(std::vector<DynamicPoint> points, double tan_delta) {
    for (auto& p : points) {
        p.loss_modulus_Pa += tan_delta * p.storage_modulus_Pa;
    }
    return points;
}

/// The same specimen in shear, as another input, read `scale` times too large.
std::vector<DynamicPoint> in_shear(
    std::vector<DynamicPoint> points, int input, double scale, double bulk_Pa = K_Pa
) {
    for (auto& p : points) {
        const std::complex<double> E(p.storage_modulus_Pa, p.loss_modulus_Pa);
        const auto G = 1.0 / (3.0 * (1.0 / E - 1.0 / (9.0 * bulk_Pa)));
        p.storage_modulus_Pa = scale * G.real();
        p.loss_modulus_Pa = scale * G.imag();
        p.is_shear = true;
        p.input = input;
    }
    return points;
}

std::vector<DynamicPoint> joined(std::vector<DynamicPoint> a, const std::vector<DynamicPoint>& b) {
    const std::uint64_t last = a.back().seq;
    for (DynamicPoint p : b) {
        p.seq += last;
        a.push_back(p);
    }
    return a;
}

/// A tensile ramp and one in shear of the same specimen, 3 % too large.
std::vector<DynamicPoint> both(std::uint64_t seed) {
    static const auto pendulum = in_shear(test::clean_ramp({}, 320.0, 480.0, 0.8), 1, 1.03);
    return joined(test::with_noise(test::ramp(), seed), test::with_noise(pendulum, seed + 100));
}

FitOptions with_K() {
    FitOptions o = with_T_g();
    o.fixed["bulk_modulus_Pa"] = K_Pa;
    return o;
}

}  // namespace

TEST_CASE("a background of 0.002 makes B wrong; freed, B and the background are right") {
    const auto clean = with_background(test::ramp(), 0.002);
    const auto held = fit_dynamic(test::with_noise(clean, 1), with_T_g());
    REQUIRE(held.is_usable());
    CAPTURE(parameter(held, "B").value);
    CHECK(parameter(held, "B").value < 0.85);
    FitOptions o = with_T_g();
    o.freed = {"background_tan_delta"};
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        const auto r = fit_dynamic(test::with_noise(clean, seed), o);
        CAPTURE(seed, r.reason);
        REQUIRE(r.is_usable());
        check_form(r);
        for (const auto& [name, value] : test::Glass{}.truth()) {
            CAPTURE(name, parameter(r, name).value, parameter(r, name).standard_error);
            CHECK(errors_of(parameter(r, name), value) < 4.0);
        }
        const auto& b = parameter(r, "background_tan_delta");
        CHECK(errors_of(b, 0.002) < 4.0);
        CHECK(b.standard_error < 0.0005);
        CHECK(b.state == ParameterState::determined);
    }
    // Known from elsewhere it can be given.
    o.freed.clear();
    o.fixed["background_tan_delta"] = 0.002;
    const auto given = fit_dynamic(test::with_noise(clean, 1), o);
    REQUIRE(given.is_usable());
    CHECK(errors_of(parameter(given, "B"), 1.0) < 4.0);
    CHECK(parameter(given, "background_tan_delta").value == 0.002);
    CHECK(parameter(given, "background_tan_delta").state == ParameterState::fixed);
}

TEST_CASE("shear data are fitted with the names of shear") {
    // A Gumbel-spread compliance in shear: G* of the same form, moduli smaller by 2.7.
    auto points = test::with_noise(test::ramp(), 3);
    for (auto& p : points) {
        p.storage_modulus_Pa /= 2.7;
        p.loss_modulus_Pa /= 2.7;
        p.is_shear = true;
    }
    const auto r = fit_dynamic(points, with_T_g());
    CAPTURE(r.reason);
    REQUIRE(r.is_usable());
    check_form(r);
    const test::Glass glass;
    CHECK(errors_of(parameter(r, "G_u_Pa"), glass.E_u_Pa / 2.7) < 4.0);
    CHECK(errors_of(parameter(r, "G_r_Pa"), glass.E_r_Pa / 2.7) < 4.0);
    CHECK(
        errors_of(parameter(r, "A_beta_shear_per_Pa"), 2.7 * glass.truth()["A_beta_per_Pa"]) < 4.0
    );
    CHECK(errors_of(parameter(r, "A_an_shear_per_Pa"), 2.7 * glass.A_an_per_Pa) < 4.0);
    CHECK(errors_of(parameter(r, "A_vp_shear_per_Pa"), 2.7 * glass.A_vp_per_Pa) < 4.0);
    CHECK(errors_of(parameter(r, "chi_Tg"), glass.chi_Tg) < 4.0);
    CHECK(errors_of(parameter(r, "U_beta_J_mol"), glass.U_J_mol) < 4.0);
    for (const auto& e : r.parameters) {
        CAPTURE(e.name);
        CHECK(e.name.find("E_u") == std::string::npos);
        CHECK(e.name != "A_an_per_Pa");
    }
    const auto& names = r.correlation_names;
    CHECK(std::count(names.begin(), names.end(), "G_u_Pa") == 1);

    FitOptions o = with_T_g();
    o.fixed["G_u_Pa"] = glass.E_u_Pa / 2.7;
    const auto fixed = fit_dynamic(points, o);
    REQUIRE(fixed.is_usable());
    CHECK(parameter(fixed, "G_u_Pa").state == ParameterState::fixed);
    o.fixed = {{"E_u_Pa", 1e10}};
    const auto refused = fit_dynamic(points, o);
    CHECK(refused.status == "no_estimate");
    CHECK(refused.reason.find("G_u_Pa") != std::string::npos);
    for (auto& p : points) {
        p.is_shear = false;
    }
    o.fixed = {{"G_u_Pa", 1e10}};
    CHECK(fit_dynamic(points, o).reason.find("E_u_Pa") != std::string::npos);
}

TEST_CASE("a tensile and a shear ramp are fitted jointly through K, with a scale for the second") {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        const auto r = fit_dynamic(both(seed), with_K());
        CAPTURE(seed, r.reason);
        REQUIRE(r.is_usable());
        check_form(r);
        for (const auto& [name, value] : test::Glass{}.truth()) {
            CAPTURE(name, parameter(r, name).value, parameter(r, name).standard_error);
            CHECK(errors_of(parameter(r, name), value) < 4.0);
        }
        const auto& scale = parameter(r, "scale_2");
        CHECK(errors_of(scale, 1.03) < 4.0);
        CHECK(scale.standard_error < 0.003);
        CHECK(r.reduced_chi2 == Approx(1.0).margin(0.2));
    }
    FitOptions o = with_K();
    o.fixed["scale_2"] = 1.0;  // the operator insists; the misfit says what that costs
    const auto insisted = fit_dynamic(both(1), o);
    REQUIRE(insisted.is_usable());
    CHECK(parameter(insisted, "scale_2").state == ParameterState::fixed);
    CHECK(insisted.reduced_chi2 > 2.0);
}

TEST_CASE("without a bulk modulus a joint fit of tension and shear says what is missing") {
    const auto r = fit_dynamic(both(1), with_T_g());
    CHECK(r.status == "no_estimate");
    CHECK(r.reason.find("bulk_modulus_Pa") != std::string::npos);
    FitOptions o = with_T_g();
    o.fixed["bulk_modulus_Pa"] = -1.0;
    CHECK(fit_dynamic(both(1), o).status == "no_estimate");
    // From the material it is as good.
    o = with_T_g();
    o.material["bulk_modulus_Pa"] = K_Pa;
    CHECK(fit_dynamic(both(1), o).is_usable());
    // The shortcut is an answer, and says that it is one.
    o = with_T_g();
    o.fixed["poisson_ratio"] = 0.4;
    const auto shortcut = fit_dynamic(both(1), o);
    REQUIRE(shortcut.is_usable());
    CHECK(std::any_of(
        shortcut.warnings.begin(),
        shortcut.warnings.end(),
        [](const std::string& warning) { return warning.find("Poisson") != std::string::npos; }
    ));
}

TEST_CASE("two tensile inputs of one specimen differ by a scale, and chi and U do not feel it") {
    auto second = test::clean_sweeps({}, {400.0, 430.0, 445.0, 460.0}, 1);
    for (auto& p : second) {
        p.input = 1;
        p.storage_modulus_Pa *= 0.95;
        p.loss_modulus_Pa *= 0.95;
    }
    const auto points = joined(test::with_noise(test::ramp(), 5), test::with_noise(second, 6));
    const auto r = fit_dynamic(points, with_T_g());
    REQUIRE(r.is_usable());
    check_form(r);
    CHECK(errors_of(parameter(r, "scale_2"), 0.95) < 4.0);
    for (const char* name : {"E_u_Pa", "U_beta_J_mol", "chi_Tg", "t0_s", "A_an_per_Pa"}) {
        CAPTURE(name);
        CHECK(errors_of(parameter(r, name), test::Glass{}.truth().at(name)) < 4.0);
    }
    FitOptions o = with_T_g();
    o.fixed["scale_3"] = 1.0;
    CHECK(fit_dynamic(points, o).reason.find("scale_3") != std::string::npos);
    auto many = points;
    for (std::size_t i = 0; i < many.size(); ++i) {
        many[i].input = static_cast<int>(i % 9);
    }
    const auto refused = fit_dynamic(many, with_T_g());
    CHECK(refused.status == "no_estimate");
    CHECK(refused.reason.find("9 inputs") != std::string::npos);
}

TEST_CASE("a run of another protocol may have a T_g of its own") {
    test::Glass slow;
    slow.T_g_K = 445.0;
    auto second = test::clean_ramp(slow, 380.0, 480.0, 0.4);
    for (auto& p : second) {
        p.input = 1;
    }
    const auto points = joined(test::with_noise(test::ramp(), 5), test::with_noise(second, 6));
    FitOptions o = with_T_g();
    o.freed = {"T_g_offset_2_K"};
    const auto r = fit_dynamic(points, o);
    REQUIRE(r.is_usable());
    check_form(r);
    const auto& offset = parameter(r, "T_g_offset_2_K");
    CHECK(errors_of(offset, -8.0) < 4.0);
    CHECK(offset.standard_error < 1.0);
    for (const char* name : {"T_g_K", "chi_Tg", "a1_per_K", "U_beta_J_mol"}) {
        CAPTURE(name);
        CHECK(errors_of(parameter(r, name), test::Glass{}.truth().at(name)) < 4.0);
    }
    CHECK(fit_dynamic(points, with_T_g()).reduced_chi2 > 1.2 * r.reduced_chi2);
}

TEST_CASE("each derivative of what an instrument shows is right") {
    // Central differences of the value, which the tests above compare with closed forms.
    const auto data = dynamic_data(both(1), record::unknown);
    DynamicStart start;
    start.T_ref_K = 372.0;
    QpdParameters glass;
    glass.E_u_Pa = 3.3e10;
    glass.E_r_Pa = 3.06e10;
    glass.U_beta_J_mol = 83120.0;
    glass.tau_beta0_s = 1.86e-13;
    glass.B = 1.0;
    glass.A_an_per_Pa = glass.A_vp_per_Pa = 1.5e-11;
    glass.chi_Tg = 0.4;
    glass.a1_per_K = 0.00231;
    glass.T_g_K = 453.0;
    glass.t0_s = 6e-7;
    glass.E_u_slope_per_K = -2e-4;
    glass.E_u_T_ref_K = 300.0;
    start.q = coordinates_of(glass, 372.0);
    start.q[q_background] = 0.003;
    start.q[q_ln_scale_2] = 0.04;
    start.q[q_T_g_offset_2] = -3.0;
    start.prior_sd.fill(1.0);
    for (std::size_t i = q_plain_count; i < q_count; ++i) {
        const bool is_on =
            i == q_E_u_slope || i == q_background || i == q_ln_scale_2 || i == q_T_g_offset_2;
        start.prior_sd[i] = is_on ? 1.0 : 0.0;
    }
    start.n_inputs = 2;
    start.is_joint_shear = true;
    for (const char* way : {"bulk_modulus_Pa", "poisson_ratio"}) {
        FitOptions o;
        o.fixed[way] = std::string(way) == "poisson_ratio" ? 0.37 : K_Pa;
        o.freed = {"A_vp_per_Pa"};
        const auto layout = dynamic_layout(start, o);
        REQUIRE(layout.has_value());
        DynamicModel model(*layout, record::Form::exact);
        for (std::size_t k = 3; k < data.rows.size(); k += 97) {
            const DynamicRow& row = data.rows[k];
            if (std::abs(row.temperature_K - 453.0) < 4.0) {
                continue;  // differences across the corner at T_g mean nothing
            }
            model.set(start.q);
            LiveModel::Value value;
            REQUIRE(model.at(row, value));
            for (const std::size_t i : layout->active) {
                const double h = 1e-5 * (i == q_U                            ? 1e5
                                         : i == q_T_g || i == q_T_g_offset_2 ? 10.0
                                         : i == q_a1 || i == q_E_u_slope     ? 1e-3
                                                                             : 1.0);
                LiveModel::Value high;
                LiveModel::Value low;
                Coordinates q = start.q;
                q[i] += h;
                model.set(q);
                REQUIRE(model.at(row, high));
                q[i] -= 2.0 * h;
                model.set(q);
                REQUIRE(model.at(row, low));
                const auto slope = (high.modulus_Pa - low.modulus_Pa) / (2.0 * h);
                CAPTURE(way, coordinate_name(i), row.temperature_K, row.is_shear);
                const double size = std::abs(slope) + 1e-4 * std::abs(value.modulus_Pa);
                CHECK(std::abs(value.gradient[i] - slope) < 1e-3 * size);
            }
        }
    }
}

}  // namespace relaxd::model
