// SPDX-License-Identifier: MIT
#include "model/geometry/reduction.hpp"

#include "tests/geometry/support.hpp"

#include <bit>

namespace relaxd::test {

namespace {

using record::Channel;

record::Calibration steel(const simulator::Machine& m) {
    record::Calibration set;
    set.name = "steel";
    set.version = 2;
    set.kind = "steel";
    set.clamp = "single-cantilever";
    set.columns = {"phase_offset_rad", "compliance_real_m_per_N", "compliance_imag_m_per_N"};
    for (const double f : {1.0, 4.0, 16.0}) {
        record::CalibrationNode node;
        node.frequency_Hz = f;
        node.temperature_K = 300.0;
        node.values = {
            m.phase_rad(f), m.compliance_m_per_N, -m.compliance_m_per_N * m.compliance_loss
        };
        node.covariance = {1e-8, 0, 0, 0, 1e-16, 0, 0, 0, 1e-18};
        node.noise = 2e-9;
        set.nodes.push_back(node);
    }
    return set;
}

record::Calibration empty(const simulator::Machine& m) {
    record::Calibration set;
    set.name = "empty";
    set.version = 1;
    set.kind = "empty";
    set.columns = {"background_real_N_per_m", "background_imag_N_per_m"};
    set.numbers = {{"mass_kg", m.mass_kg, 1e-4, "kg"}};
    for (const double f : {1.0, 4.0, 16.0}) {
        const Complex shown = m.raw_N_per_m(1e-9, f);
        const double w = 2.0 * std::numbers::pi * f;
        record::CalibrationNode node;
        node.frequency_Hz = f;
        node.temperature_K = 300.0;
        node.values = {shown.real() + m.mass_kg * w * w, shown.imag()};
        node.covariance = {1.0, 0, 0, 1.0};
        node.noise = 3e-5;
        set.nodes.push_back(node);
    }
    return set;
}

record::Calibration thermometer() {
    record::Calibration set;
    set.name = "melting";
    set.version = 1;
    set.kind = "temperature";
    set.columns = {"offset_K", "slope", "rate_s"};
    set.numbers = {
        {"reference_temperature_K", 400.0, record::unknown, "K"},
        {"lowest_temperature_K", 290.0, record::unknown, "K"},
        {"highest_temperature_K", 700.0, record::unknown, "K"},
    };
    record::CalibrationNode node;
    node.values = {-0.5, 0.01, -10.0};
    node.covariance = {0.04, 0, 0, 0, 1e-6, 0, 0, 0, 1.0};
    set.nodes.push_back(node);
    return set;
}

model::ReductionInput input(std::vector<record::Calibration> sets) {
    model::ReductionInput out;
    out.clamp = "single-cantilever";
    out.numbers = beam(0.0175, 0.003, 0.001);
    out.numbers.thickness_m.sigma = 1e-6;
    out.sets = std::move(sets);
    out.rates_K_per_s = {0.0, 0.05};
    return out;
}

record::Reading reading(Complex K, double f, double temperature_K = 300.0) {
    const Complex raw = machine().raw_N_per_m(K, f);
    record::Reading r;
    r.number = 1;
    r.segment = 2;
    r.values[Channel::temperature_K] = temperature_K;
    r.values[Channel::frequency_Hz] = f;
    r.values[Channel::displacement_m] = 15e-6;
    r.values[Channel::dynamic_force_N] = std::abs(raw) * 15e-6;
    r.values[Channel::phase_rad] = std::arg(raw);
    r.values[Channel::storage_modulus_Pa] = 1e10;
    r.values[Channel::loss_modulus_Pa] = 1e8;
    r.values[Channel::tan_delta] = 0.01;
    r.values[Channel::strain] = 1e-4;
    r.values[Channel::stress_Pa] = 1e6;
    return r;
}

bool same(const record::Reading& a, const record::Reading& b) {
    if (a.flags != b.flags || a.extra != b.extra) {
        return false;
    }
    for (std::size_t i = 0; i < record::channel_count; ++i) {
        const auto c = static_cast<Channel>(i);
        if (a.values.has(c) != b.values.has(c) ||
            (a.values.has(c) && std::bit_cast<std::uint64_t>(a.values[c]) !=
                                    std::bit_cast<std::uint64_t>(b.values[c]))) {
            return false;
        }
    }
    return true;
}

}  // namespace

TEST_CASE("without a set a modulus stays the instrument's and is marked; nothing else changes") {
    const model::Reduction none;
    record::Reading r = reading({2.4e4, 300.0}, 4.0);
    r.flags = "adjusted";
    none.apply(r);
    CHECK(r.flags == "adjusted background_uncorrected");
    CHECK(r.values[Channel::storage_modulus_Pa] == 1e10);
    CHECK(r.extra.empty());
    const record::Reading once = r;
    none.apply(r);
    CHECK(same(once, r));
    record::Reading still;
    still.values[Channel::strain] = 0.01;
    none.apply(still);
    CHECK(still.flags.empty());
}

TEST_CASE("with its sets a reading becomes the specimen's; the raw columns stay") {
    const auto reduction =
        must(model::Reduction::make(input({steel(machine()), empty(machine())})));
    const double g =
        must(model::clamp_factors(model::Clamp::single_cantilever, beam(0.0175, 0.003, 0.001)))
            .modulus_per_stiffness;
    for (const double f : {1.0, 4.0, 16.0}) {
        const Complex K(2.4e4, 300.0);
        record::Reading r = reading(K, f);
        const record::Reading before = r;
        reduction.apply(r);
        CHECK(r.values[Channel::storage_modulus_Pa] == Approx(K.real() * g).epsilon(1e-7));
        CHECK(r.values[Channel::loss_modulus_Pa] == Approx(K.imag() * g).epsilon(1e-5));
        CHECK(r.values[Channel::tan_delta] == Approx(0.0125).epsilon(1e-5));
        CHECK(
            r.values[Channel::stress_Pa] / r.values[Channel::strain] ==
            Approx(std::abs(K) * g).epsilon(1e-9)
        );
        for (const Channel raw :
             {Channel::dynamic_force_N,
              Channel::displacement_m,
              Channel::phase_rad,
              Channel::temperature_K}) {
            CHECK(r.values[raw] == before.values[raw]);
        }
        CHECK(r.flags.empty());
        CHECK(r.extra.at("instrument_storage_modulus_Pa") == 1e10);
        CHECK(r.extra.at("instrument_tan_delta") == 0.01);
        CHECK(r.values[Channel::storage_modulus_sigma_Pa] > 0.0);
        CHECK(
            r.extra.at("storage_modulus_systematic_Pa") >
            2.9e-3 * r.values[Channel::storage_modulus_Pa]
        );  // 3 x 0.1 % of thickness
        const record::Reading once = r;
        reduction.apply(r);
        CHECK(same(once, r));
        // Back to the instrument's own.
        model::Reduction().apply(r);
        r.flags.clear();
        CHECK(same(before, r));
    }
}

TEST_CASE("beyond the table: another frequency is not corrected, another temperature is marked") {
    const auto reduction =
        must(model::Reduction::make(input({steel(machine()), empty(machine())})));
    record::Reading r = reading({2.4e4, 300.0}, 50.0);
    reduction.apply(r);
    CHECK(r.flags == "background_uncorrected calibration_outside");
    CHECK(r.values[Channel::storage_modulus_Pa] == 1e10);
    r = reading({2.4e4, 300.0}, 2.0, 450.0);
    reduction.apply(r);
    CHECK(r.flags == "calibration_outside");
    CHECK(r.values[Channel::storage_modulus_Pa] != 1e10);
    // Between the nodes it is interpolated.
    r = reading({2.4e4, 300.0}, 2.0);
    reduction.apply(r);
    CHECK(r.flags.empty());
    CHECK(r.values[Channel::tan_delta] == Approx(0.0125).epsilon(1e-2));
}

TEST_CASE("a point that is the machine's more than the specimen's is marked") {
    const auto reduction =
        must(model::Reduction::make(input({steel(machine()), empty(machine())})));
    record::Reading r = reading({900.0, 400.0}, 16.0);  // m omega^2 is 1516 N/m
    reduction.apply(r);
    CHECK(r.flags == "correction_dominates");
    r = reading({900.0, 400.0}, 1.0);
    reduction.apply(r);
    CHECK(r.flags.empty());
    r = reading({4e5, 400.0}, 1.0);  // clamp as soft as the specimen
    reduction.apply(r);
    CHECK(r.flags == "correction_dominates");
}

TEST_CASE("temperature is corrected with the segment's rate; what was shown is kept") {
    const auto reduction = must(model::Reduction::make(input({thermometer()})));
    record::Reading r = reading({2.4e4, 300.0}, 1.0, 450.0);
    reduction.apply(r);
    CHECK(r.values[Channel::temperature_K] == Approx(450.0 - 0.5 + 0.5 - 10.0 * 0.05));
    CHECK(r.extra.at("instrument_temperature_K") == 450.0);
    CHECK(r.flags == "background_uncorrected");
    CHECK(reduction.temperature_sigma_K(500.0) == Approx(std::hypot(0.2, 0.1)));
    r = reading({2.4e4, 300.0}, 1.0, 750.0);
    r.segment = 1;
    reduction.apply(r);
    CHECK(r.values[Channel::temperature_K] == Approx(750.0 - 0.5 + 3.5));
    CHECK(r.flags == "calibration_outside background_uncorrected");
}

TEST_CASE("the facts of a run are enough to reduce its readings again, bit for bit") {
    model::ReductionInput given = input({steel(machine()), empty(machine()), thermometer()});
    given.numbers.clamp_factor = {0.93, 0.01};
    given.numbers.mass_kg = {0.003, 1e-4};
    const auto live = must(model::Reduction::make(given));
    model::RecordedReduction recorded =
        model::reduction_from(model::reduction_facts(live.input(), "specimen"));
    REQUIRE(recorded.sets.size() == 3);
    CHECK(recorded.sets[0].name == "steel");
    CHECK(recorded.sets[0].version == 2);
    CHECK(recorded.sets[0].sha256 == record::calibration_sha256(given.sets[0]));
    recorded.input.sets = given.sets;
    recorded.input.rates_K_per_s = given.rates_K_per_s;
    const auto offline = must(model::Reduction::make(recorded.input));
    record::Reading a = reading({2.1e4, 900.0}, 3.0, 451.7);
    record::Reading b = a;
    live.apply(a);
    record::Reading stored = a;  // as it comes back from the file
    offline.apply(stored);
    CHECK(same(a, stored));
    offline.apply(b);
    CHECK(same(a, b));
}

TEST_CASE("sets that do not fit are refused by name") {
    model::ReductionInput wrong = input({steel(machine()), steel(machine())});
    CHECK_FALSE(model::Reduction::make(wrong));
    wrong = input({steel(machine())});
    wrong.sets[0].clamp = "tension";
    const auto refused = model::Reduction::make(wrong);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().where == "calibration steel");
    wrong = input({steel(machine())});
    wrong.sets[0].kind = "pendulum_bar";
    CHECK_FALSE(model::Reduction::make(wrong));
    wrong = input({steel(machine())});
    wrong.numbers.width_m.value = std::nan("");
    CHECK_FALSE(model::Reduction::make(wrong));
}

TEST_CASE("a set is the same after it was text; a changed byte is found") {
    record::Calibration set = empty(machine());
    set.instrument = "dma1";
    set.serial_number = "A B";
    set.runs = {"u-1", "u-2"};
    set.notes = "after the clamp was cleaned";
    set.made_utc = UtcTime{1'700'000'000'000'000'000};
    const std::string text = record::calibration_text(set);
    const auto back = must(record::calibration_from(text));
    CHECK(record::calibration_text(back) == text);
    CHECK(back.nodes[2].values == set.nodes[2].values);
    CHECK(back.number("mass_kg")->value == set.number("mass_kg")->value);
    CHECK(back.runs == set.runs);
    CHECK_FALSE(record::calibration_from("row 1 2 3\n" + text));
    CHECK_FALSE(record::calibration_from(text + "colour red\n"));
    CHECK_FALSE(record::calibration_from(text.substr(0, text.find("row"))));
}

}  // namespace relaxd::test
