// SPDX-License-Identifier: MIT
//
// Sets from runs of a simulated machine (drivers/simulator's own equations, in closed form): what
// they find is the machine within their errors, over seeds, and what they correct is the specimen.
#include "drivers/simulator/pendulum_steady.hpp"
#include "tests/torsion/support.hpp"

#include <algorithm>
#include <array>

namespace relaxd::test {

namespace {

const std::vector<double> sweep{0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0};
constexpr double steel_Pa = 8e10;
constexpr double delay_s = 1e-4;

simulator::PendulumParameters parameters() {
    simulator::PendulumParameters p;
    p.clamp_rad_per_N_m = 0.02;
    return p;
}

simulator::PendulumBody body_with(
    const simulator::ShearMaterial& material, double thickness_m = 1e-3, double pressure_Pa = 1e-2
) {
    simulator::PendulumBody body(
        parameters(), must(simulator::TorsionBar::rectangle(0.03, 5e-3, thickness_m)), material
    );
    body.set_surroundings(298.15, pressure_Pa);
    return body;
}

/// Torque over angle as it is shown, late angle included.
Complex shown(const simulator::PendulumBody& body, double f_Hz) {
    return simulator::dynamic_stiffness_N_m(body, f_Hz) * std::polar(1.0, two_pi * f_Hz * delay_s);
}

struct Noise {
    double torque_N_m = 2e-10;
    double angle_rad = 2e-8;
    double angle_amplitude_rad = 5e-4;
    double torque_limit_N_m = 1e-4;  ///< So a stiff bar turns less.
};

model::TorsionRun measured(
    const simulator::PendulumBody& body,
    const std::vector<double>& frequencies,
    int times,
    Deviates& draw,
    const Noise& noise = {}
) {
    model::TorsionRun run;
    run.uuid = "run";
    run.scale.angle_V_per_rad = {2000.0, 0.0};
    run.scale.torque_N_m_per_V = {1e-5, 0.0};
    for (const double f : frequencies) {
        for (int k = 0; k < times; ++k) {
            const Complex K = shown(body, f);
            const double angle =
                std::min(noise.angle_amplitude_rad, noise.torque_limit_N_m / std::abs(K));
            const Complex torque = K * angle + noise.torque_N_m * draw.pair();
            const Complex seen = angle + noise.angle_rad * draw.pair();
            model::TorsionShown one;
            one.frequency_Hz = f;
            one.temperature_K = 298.15;
            one.pressure_Pa = body.pressure_Pa();
            one.stiffness_N_m = torque / seen;
            one.stiffness_relative_sigma =
                std::hypot(noise.torque_N_m / std::abs(torque), noise.angle_rad / angle);
            one.angle_rad = angle;
            one.torque_N_m = std::abs(torque);
            run.readings.push_back(one);
        }
    }
    return run;
}

/// The free swing: the root of the dynamic stiffness near the resonance, small damping.
model::TorsionShown swing(const simulator::PendulumBody& body, Deviates& draw) {
    const double f = simulator::resonance_Hz(body);
    const double I = body.parameters().inertia_kg_m2;
    const double loss = simulator::dynamic_stiffness_N_m(body, f).imag();
    model::TorsionShown one;
    one.kind = model::TorsionShown::Kind::decay;
    one.temperature_K = 298.15;
    one.pressure_Pa = body.pressure_Pa();
    one.frequency_sigma_Hz = 1e-5 * f;
    one.frequency_Hz = f + one.frequency_sigma_Hz * draw();
    one.decrement_sigma = 2e-5;
    one.decrement = pi * loss / (I * std::pow(two_pi * f, 2)) + one.decrement_sigma * draw();
    return one;
}

double sigma_of(const record::Calibration& set, std::size_t k) {
    const record::CalibrationNode& node = set.nodes.front();
    return std::sqrt(node.covariance[k * (set.columns.size() + 1)]);
}

/// Truth of I, K_w' at 1 Hz, K_w'', delay, C.
std::array<double, 5> truth_of(const simulator::PendulumBody& body) {
    const simulator::PendulumParameters& p = body.parameters();
    return {
        p.inertia_kg_m2,
        p.wire_N_m,
        p.wire_N_m * p.wire_tan_phi,
        delay_s,
        p.damping_N_m_s(body.pressure_Pa())
    };
}

model::MadeCalibration empty_set(Deviates& draw) {
    const simulator::PendulumBody body = body_with(simulator::ShearMaterial::none());
    auto made = must(model::calibrate_pendulum_empty({measured(body, sweep, 10, draw)}));
    made.set.name = "empty";
    made.set.version = 1;
    return made;
}

model::TorsionBarRun bar_run(double thickness_m, Deviates& draw, double sigma = 1e-6) {
    model::TorsionBarRun out;
    out.bar = bar(0.03, 5e-3, thickness_m);
    out.bar.thickness_sigma_m = sigma;
    out.run = measured(
        body_with(simulator::ShearMaterial::elastic(steel_Pa), thickness_m), sweep, 10, draw
    );
    return out;
}

model::MadeCalibration bar_set(
    const std::vector<model::TorsionBarRun>& bars, const record::Calibration& empty
) {
    model::BarModulus modulus;
    modulus.modulus_Pa = {steel_Pa, 0.005 * steel_Pa};
    auto made = must(model::calibrate_pendulum_bars(
        bars, modulus, must(model::background_of(empty)), "empty version 1"
    ));
    made.set.name = "bars";
    made.set.version = 1;
    return made;
}

}  // namespace

TEST_CASE("an empty pendulum's set is the machine within its errors, over seeds") {
    const auto truth = truth_of(body_with(simulator::ShearMaterial::none()));
    std::array<double, 5> squares{};
    constexpr int seeds = 40;
    for (int seed = 0; seed < seeds; ++seed) {
        Deviates draw(100 + static_cast<std::uint64_t>(seed));
        const model::MadeCalibration made = empty_set(draw);
        REQUIRE(made.warnings.empty());
        REQUIRE(record::check(made.set));
        for (std::size_t k = 0; k < truth.size(); ++k) {
            const double off = made.set.nodes.front().values[k] - truth[k];
            squares[k] += std::pow(off / sigma_of(made.set, k), 2) / seeds;
            CHECK(std::abs(off) < 5.0 * sigma_of(made.set, k));
        }
        // What it is good for.
        CHECK(sigma_of(made.set, 0) < 1e-3 * truth[0]);
        CHECK(sigma_of(made.set, 1) < 1e-3 * truth[1]);
    }
    for (const double mean : squares) {
        CHECK(mean > 0.4);  // chi2 of 40 over 40: 1 +- 0.22
        CHECK(mean < 1.8);
    }
}

TEST_CASE("free decays add to a sweep, and alone need the inertia") {
    const simulator::PendulumBody body = body_with(simulator::ShearMaterial::none());
    const auto truth = truth_of(body);
    Deviates draw(9);
    model::TorsionRun swings;
    swings.uuid = "swings";
    for (int k = 0; k < 5; ++k) {
        swings.readings.push_back(swing(body, draw));
    }
    const auto none = model::calibrate_pendulum_empty({swings});
    REQUIRE_FALSE(none);
    CHECK(none.error().hint.find("inertia_kg_m2") != std::string::npos);

    swings.inertia_kg_m2 = {1.02 * truth[0], 0.02 * truth[0]};
    const auto alone = must(model::calibrate_pendulum_empty({swings}));
    const std::vector<double>& found = alone.set.nodes.front().values;
    // The ratio is the data's, the scale the instrument's. What of the loss is the wire's, and so
    // how much it stiffens up to 1 Hz, a single frequency does not tell: 2/pi tan phi ln(f).
    CHECK(found[1] / found[0] == Approx(truth[1] / truth[0]).epsilon(2e-3));
    CHECK(found[0] == Approx(1.02 * truth[0]).epsilon(1e-6));
    CHECK(sigma_of(alone.set, 1) / found[1] == Approx(0.02 / 1.02).epsilon(0.02));
    CHECK(alone.set.notes.find("the instrument's own") != std::string::npos);

    model::TorsionRun forced = measured(body, sweep, 10, draw);
    forced.inertia_kg_m2 = swings.inertia_kg_m2;
    swings.scale = forced.scale;
    const auto both = must(model::calibrate_pendulum_empty({forced, swings}));
    CHECK(both.warnings.empty());
    for (std::size_t k = 0; k < truth.size(); ++k) {
        CHECK(std::abs(both.set.nodes.front().values[k] - truth[k]) < 4.5 * sigma_of(both.set, k));
    }
    CHECK(both.set.notes.empty());
}

TEST_CASE("damping is told apart by pressure, and a pressure beyond is marked") {
    Deviates draw(10);
    std::vector<model::TorsionRun> runs;
    const std::array<double, 3> pressures{1e-2, 30.0, 1e5};
    for (const double p : pressures) {
        runs.push_back(
            measured(body_with(simulator::ShearMaterial::none(), 1e-3, p), sweep, 10, draw)
        );
    }
    auto made = must(model::calibrate_pendulum_empty(runs));
    made.set.name = "empty";
    made.set.version = 1;
    REQUIRE(made.set.columns.size() == 7);
    const model::PendulumBackground back = must(model::background_of(made.set));
    for (std::size_t k = 0; k < pressures.size(); ++k) {
        const double truth = parameters().damping_N_m_s(pressures[k]);
        CHECK(back.pressures_Pa[k] == Approx(std::max(pressures[k], model::one_vacuum_Pa)));
        CHECK(std::abs(back.values[4 + k] - truth) < 4.5 * sigma_of(made.set, 4 + k));
    }
    // Between two of them the logarithm's mean.
    const Complex s(0.0, two_pi);
    const double middle = back.at(s, std::sqrt(30.0 * 1e5)).imag();
    CHECK(middle == Approx(0.5 * (back.at(s, 30.0).imag() + back.at(s, 1e5).imag())));
    CHECK(back.at(s, 1e-4) == back.at(s, 1e-2));
    const auto reduced = must(model::TorsionReduction::make(
        bar(), {fact("angle_V_per_rad", 2000.0), fact("torque_N_m_per_V", 1e-5)}, {made.set}
    ));
    record::Reading r = volts_reading(Complex(0.05, 1e-3), 1.0, 1e-4);
    r.extra["pressure_Pa"] = 1.0;
    reduced.apply(r);
    CHECK(r.flags.empty());
    r.extra["pressure_Pa"] = 1e-4;  // the same vacuum
    reduced.apply(r);
    CHECK(r.flags.empty());
    r.extra["pressure_Pa"] = 3e5;
    reduced.apply(r);
    CHECK(r.flags == "calibration_outside");
    r.extra["pressure_Pa"] = 1.0;
    r.values[Channel::frequency_Hz] = 20.0;
    reduced.apply(r);
    CHECK(r.flags.find("calibration_outside") != std::string::npos);
}

TEST_CASE("two elastic bars tell clamp and delay, within their errors, over seeds") {
    double clamp_squares = 0.0;
    double delay_squares = 0.0;
    double phase_squares = 0.0;
    constexpr int seeds = 30;
    for (int seed = 0; seed < seeds; ++seed) {
        Deviates draw(500 + static_cast<std::uint64_t>(seed));
        const record::Calibration empty = empty_set(draw).set;
        // Each bar is what it is measured to be within its sigma.
        std::vector<model::TorsionBarRun> bars;
        for (const double t : {1e-3, 2e-3}) {
            bars.push_back(bar_run(t, draw));
            bars.back().bar.thickness_m += 1e-6 * draw();
        }
        model::BarModulus modulus;
        modulus.modulus_Pa = {steel_Pa * (1.0 + 0.005 * draw()), 0.005 * steel_Pa};
        const auto made = must(model::calibrate_pendulum_bars(
            bars, modulus, must(model::background_of(empty)), "empty"
        ));
        CHECK(made.warnings.empty());
        REQUIRE(made.set.nodes.size() == sweep.size());
        const record::CalibrationNumber* delay = made.set.number("delay_s");
        REQUIRE(delay != nullptr);
        const double clamp_off = made.set.nodes.front().values[1] - 0.02;
        const double clamp_sigma = std::sqrt(made.set.nodes.front().covariance[4]);
        CHECK(clamp_sigma < 0.05 * 0.02);
        clamp_squares += std::pow(clamp_off / clamp_sigma, 2) / seeds;
        delay_squares += std::pow((delay->value - delay_s) / delay->sigma, 2) / seeds;
        for (const record::CalibrationNode& node : made.set.nodes) {
            const double phi = node.values[0] + two_pi * node.frequency_Hz * delay->value;
            const double off = phi - two_pi * node.frequency_Hz * delay_s;
            phase_squares += off * off / node.covariance[0] / seeds / 7.0;
        }
        const record::CalibrationNumber* inertia = made.set.number("inertia_by_bars_kg_m2");
        if (inertia != nullptr) {
            CHECK(std::abs(inertia->value - 5e-5) < 5.0 * inertia->sigma);
        }
    }
    CHECK(clamp_squares > 0.4);
    CHECK(clamp_squares < 1.9);
    CHECK(delay_squares < 2.5);
    CHECK(phase_squares < 1.8);
}

TEST_CASE("one bar tells the clamp only as well as modulus and dimensions are known") {
    Deviates draw(11);
    const record::Calibration empty = empty_set(draw).set;
    const auto made = bar_set({bar_run(1e-3, draw)}, empty);
    const double sigma = std::sqrt(made.set.nodes.front().covariance[4]);
    // 0.5 % of G and 0.29 % of J on 1/K_bar.
    const double expected = std::hypot(0.005, 2.86e-3) / (steel_Pa * J_over_L(bar()));
    CHECK(sigma == Approx(expected).epsilon(0.05));
    REQUIRE(made.warnings.size() == 1);
    CHECK(made.warnings.front().find("a second bar") != std::string::npos);
    const auto two = bar_set({bar_run(1e-3, draw), bar_run(2e-3, draw)}, empty);
    CHECK(std::sqrt(two.set.nodes.front().covariance[4]) < 0.5 * sigma);
}

TEST_CASE("a part that the empty pendulum lacked is told by the bars") {
    Deviates draw(12);
    record::Calibration empty = empty_set(draw).set;
    empty.nodes.front().values[0] *= 0.9;
    // A soft bar feels the inertia: 5 % of its stiffness at 2 Hz.
    model::TorsionBarRun soft;
    soft.bar = bar();
    soft.run = measured(body_with(simulator::ShearMaterial::elastic(1e9)), sweep, 10, draw);
    model::BarModulus modulus;
    modulus.modulus_Pa = {1e9, 1e6};
    const auto made = must(
        model::calibrate_pendulum_bars({soft}, modulus, must(model::background_of(empty)), "empty")
    );
    const record::CalibrationNumber* inertia = made.set.number("inertia_by_bars_kg_m2");
    REQUIRE(inertia != nullptr);
    CHECK(inertia->value == Approx(5e-5).epsilon(0.03));
    const bool is_told =
        std::any_of(made.warnings.begin(), made.warnings.end(), [](const std::string& w) {
            return w.find("the bars say an inertia") == 0;
        });
    CHECK(is_told);
}

TEST_CASE("a specimen measured with the sets is itself within the stated errors, soft or stiff") {
    struct Case {
        double f_Hz;
        Complex G_Pa;
    };
    const std::array<Case, 5> cases{
        {{0.02, {3.3e10, 1e8}},
         {2.0, {3.3e10, 2e8}},
         {1.0, {1.06e9, 9e7}},
         {2.0, {22e6, 9.6e6}},
         {0.1, {22e6, 9.6e6}}}
    };
    double squares = 0.0;
    double count = 0.0;
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
        Deviates draw(900 + seed);
        const record::Calibration empty = empty_set(draw).set;
        const record::Calibration bars =
            bar_set({bar_run(1e-3, draw), bar_run(2e-3, draw)}, empty).set;
        const auto reduced = must(model::TorsionReduction::make(
            bar(), {fact("angle_V_per_rad", 2000.0), fact("torque_N_m_per_V", 1e-5)}, {empty, bars}
        ));
        for (const Case& one : cases) {
            const double omega = two_pi * one.f_Hz;
            const simulator::PendulumBody body =
                body_with(simulator::ShearMaterial::standard_linear(
                    one.G_Pa.real() + one.G_Pa.imag(),
                    one.G_Pa.real() - one.G_Pa.imag(),
                    1.0 / omega
                ));
            const model::TorsionRun run = measured(body, {one.f_Hz}, 1, draw);
            const model::TorsionShown& seen = run.readings.front();
            record::Reading r = volts_reading(
                seen.stiffness_N_m, one.f_Hz, seen.stiffness_relative_sigma, seen.angle_rad
            );
            r.extra["pressure_Pa"] = 1e-2;
            reduced.apply(r);
            INFO("seed " << seed << ", " << one.f_Hz << " Hz, " << one.G_Pa);
            REQUIRE(r.flags.empty());
            if (one.f_Hz == 2.0 && one.G_Pa.real() < 1e8) {
                CHECK(seen.stiffness_N_m.real() < 0.0);
                CHECK(r.values[Channel::tan_delta] == Approx(0.436).epsilon(0.03));
            }
            const double storage = std::hypot(
                r.values[Channel::shear_storage_modulus_sigma_Pa],
                r.extra.at("shear_storage_modulus_systematic_Pa")
            );
            const double loss = std::hypot(
                r.values[Channel::shear_loss_modulus_sigma_Pa],
                r.extra.at("shear_loss_modulus_systematic_Pa")
            );
            const double a =
                (r.values[Channel::shear_storage_modulus_Pa] - one.G_Pa.real()) / storage;
            const double b = (r.values[Channel::shear_loss_modulus_Pa] - one.G_Pa.imag()) / loss;
            CHECK(std::abs(a) < 4.5);
            CHECK(std::abs(b) < 4.5);
            CHECK(storage < 0.02 * one.G_Pa.real());
            squares += a * a + b * b;
            count += 2.0;
        }
    }
    CHECK(squares / count < 1.8);
}

TEST_CASE("a set made with another torque constant counts in the run's") {
    Deviates draw(13);
    const record::Calibration empty = empty_set(draw).set;
    // The constants turn out to be 3 % larger: readings and set grow alike.
    const auto old_scale = must(model::TorsionReduction::make(
        bar(), {fact("angle_V_per_rad", 2000.0), fact("torque_N_m_per_V", 1e-5)}, {empty}
    ));
    const auto new_scale = must(model::TorsionReduction::make(
        bar(), {fact("angle_V_per_rad", 2000.0), fact("torque_N_m_per_V", 1.03e-5)}, {empty}
    ));
    record::Reading a = volts_reading(Complex(-7e-3, 4e-4), 2.0, 1e-4);
    record::Reading b = a;
    old_scale.apply(a);
    new_scale.apply(b);
    CHECK(
        b.values[Channel::shear_storage_modulus_Pa] ==
        Approx(1.03 * a.values[Channel::shear_storage_modulus_Pa]).epsilon(1e-9)
    );
    CHECK(b.values[Channel::tan_delta] == Approx(a.values[Channel::tan_delta]).epsilon(1e-9));
}

TEST_CASE("a machine that drifts, and one that is not settled, is told and trusted less") {
    const simulator::PendulumBody body = body_with(simulator::ShearMaterial::none());
    Deviates draw(14);
    model::TorsionRun run = measured(body, sweep, 20, draw);
    const auto quiet = must(model::calibrate_pendulum_empty({run}));
    double k = 0.0;
    for (model::TorsionShown& one : run.readings) {
        one.stiffness_N_m *= 1.0 + 5e-4 * std::fmod(k, 20.0) / 20.0;
        k += 1.0;
    }
    const auto drifting = must(model::calibrate_pendulum_empty({run}));
    REQUIRE_FALSE(drifting.warnings.empty());
    CHECK(drifting.warnings.front().find("drift") != std::string::npos);
    CHECK(sigma_of(drifting.set, 0) > 1.2 * sigma_of(quiet.set, 0));

    Deviates again(14);
    model::TorsionRun wrong = measured(body, sweep, 10, again);
    for (model::TorsionShown& one : wrong.readings) {
        one.stiffness_N_m *= one.frequency_Hz == 0.5 ? 1.01 : 1.0;
    }
    const auto unlike = must(model::calibrate_pendulum_empty({wrong}));
    REQUIRE_FALSE(unlike.warnings.empty());
    CHECK(unlike.warnings.back().find("do not describe") != std::string::npos);
}

TEST_CASE("a lock-in's reading is as uncertain as the sets' runs scattered") {
    Deviates draw(16);
    const record::Calibration empty = empty_set(draw).set;
    const record::Calibration bars = bar_set({bar_run(1e-3, draw), bar_run(2e-3, draw)}, empty).set;
    const auto reduced = must(model::TorsionReduction::make(
        bar(), {fact("angle_V_per_rad", 2000.0), fact("torque_N_m_per_V", 1e-5)}, {empty, bars}
    ));
    const Noise noise;
    const Complex K(0.05, 2e-3);
    record::Reading r = at_frequency(0.5);
    const double angle_rms_V = 2000.0 * 2e-4 / std::numbers::sqrt2;
    const Complex torque_rms_V = K * 2e-4 / std::numbers::sqrt2 / 1e-5;
    r.extra = {
        {"angle_x_V", angle_rms_V},
        {"angle_y_V", 0.0},
        {"torque_x_V", torque_rms_V.real()},
        {"torque_y_V", torque_rms_V.imag()}
    };
    reduced.apply(r);
    const double relative =
        std::hypot(noise.torque_N_m / (2e-4 * std::abs(K)), noise.angle_rad / 2e-4);
    CHECK(
        r.values[Channel::tan_delta_sigma] == Approx(relative).epsilon(0.25)
    );  // tens of readings a frequency
    CHECK(r.values[Channel::shear_strain_sigma] > 0.0);
    CHECK(r.values[Channel::shear_stress_sigma_Pa] > 0.0);
}

TEST_CASE("too little makes no set, and says what is missing") {
    model::TorsionRun run;
    const auto nothing = model::calibrate_pendulum_empty({run});
    REQUIRE_FALSE(nothing);
    CHECK(nothing.error().code == Errc::invalid);
    Deviates draw(15);
    const simulator::PendulumBody body = body_with(simulator::ShearMaterial::none());
    const auto one = model::calibrate_pendulum_empty({measured(body, {0.5}, 5, draw)});
    REQUIRE_FALSE(one);
    model::TorsionBarRun bar_only;
    bar_only.bar = bar();
    bar_only.run.readings.push_back(swing(body, draw));
    model::BarModulus modulus;
    modulus.modulus_Pa = {8e10, 1e9};
    const auto machine = model::nominal_background(Pendulum().facts());
    CHECK_FALSE(model::calibrate_pendulum_bars({bar_only}, modulus, machine, "nominal"));
    modulus.modulus_Pa = {0.0, 0.0};
    CHECK_FALSE(model::calibrate_pendulum_bars({bar_run(1e-3, draw)}, modulus, machine, "nominal"));
}

}  // namespace relaxd::test
