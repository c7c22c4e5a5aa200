// SPDX-License-Identifier: MIT
//
// calibration make for a torsion pendulum, from runs as the daemon stores them: demodulated volts
// beside each point, the instrument's numbers as facts of the run.
#include "schema/store/run_store.hpp"
#include "tests/tools/command.hpp"
#include "tests/tools/made_data.hpp"

#include <cmath>
#include <complex>
#include <numbers>
#include <sstream>

namespace relaxd::test {

namespace {

using Complex = std::complex<double>;
using record::Channel;

constexpr double two_pi = 2.0 * std::numbers::pi;
constexpr double steel_Pa = 8e10;

/// INSTRUMENTS 8.2 with a delay of 0.1 ms and a clamp of 0.02 rad/(N m); no specimen: 0.
Complex shown(double specimen_N_m, double f_Hz) {
    const double omega = two_pi * f_Hz;
    Complex K(1.2e-4 - 5e-5 * omega * omega, 2.4e-7 + 1e-6 * omega);
    K += 2.4e-7 * 2.0 / std::numbers::pi * std::log(f_Hz);
    K += specimen_N_m > 0.0 ? 1.0 / (1.0 / specimen_N_m + 0.02) : 0.0;
    return K * std::polar(1.0, 1e-4 * omega);
}

record::RunFact fact(const char* name, double value) {
    record::RunFact out;
    out.name = name;
    out.value = value;
    return out;
}

void add_run(
    store::RunStore& store,
    const record::Specimen& specimen,
    double specimen_N_m,
    const char* serial
) {
    record::Run run;
    run.name = "calibration";
    run.instrument = "pendulum1";
    run.specimen = specimen.name;
    const auto made = store.create_run(run, specimen);
    REQUIRE(made);
    REQUIRE(store.put_fact(made->run_id, "instrument_serial_number", serial));
    REQUIRE(store.put_run_facts(
        made->run_id, {fact("angle_V_per_rad", 2000.0), fact("torque_N_m_per_V", 1e-5)}
    ));
    Noise noise(static_cast<std::uint64_t>(made->run_id));
    std::vector<record::Row> rows;
    std::uint64_t number = 0;
    for (const double f : {0.05, 0.1, 0.5, 1.0, 2.0}) {
        for (int k = 0; k < 10; ++k) {
            constexpr double relative = 1e-5;
            const Complex K = shown(specimen_N_m, f) * (1.0 + relative * Complex(noise(), noise()));
            record::Point point;
            point.reading.number = ++number;
            point.reading.time_s = 60.0 * static_cast<double>(number);
            point.reading.values[Channel::frequency_Hz] = f;
            point.reading.values[Channel::temperature_K] = 298.15;
            // What an earlier reduction made of it does not count.
            point.reading.values[Channel::shear_storage_modulus_Pa] = 1.0;
            point.reading.flags = number == 3 ? "overload" : "correction_dominates";
            point.reading.extra = {
                {"torsion_reduction", 1.0},
                {"angle_V", 0.5},
                {"torque_V", 0.5 / 2000.0 * std::abs(K) / 1e-5 * (number == 3 ? 2.0 : 1.0)},
                {"demodulated_phase_rad", std::arg(K)},
                {"stiffness_relative_sigma", relative}
            };
            rows.emplace_back(std::move(point));
        }
    }
    REQUIRE(store.append(made->run_id, rows));
}

record::Specimen steel(double thickness_m) {
    record::Specimen bar;
    bar.name = "steel";
    bar.clamp = "torsion";
    bar.length_m = 0.03;
    bar.width_m = 5e-3;
    bar.thickness_m = thickness_m;
    bar.thickness_sigma_m = 1e-6;
    return bar;
}

/// G J/L by the three-term formula of Roark, good to 0.02 % here.
double stiffness(double b) {
    const double a = 5e-3;
    const double q = b / a;
    return steel_Pa * a * b * b * b * (1.0 / 3.0 - 0.21 * q * (1.0 - q * q * q * q / 12.0)) / 0.03;
}

double between(const std::string& text, const std::string& from) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    std::istringstream rest(text.substr(at + from.size()));
    double value = 0.0;
    rest >> value;
    return value;
}

}  // namespace

TEST_CASE("calibration make makes a pendulum's sets from stored runs") {
    const Folder folder;
    const std::string file = folder.file("campaign.sqlite");
    {
        auto store = store::RunStore::open(file);
        REQUIRE(store);
        record::Specimen none;
        none.name = "none";
        add_run(*store, none, 0.0, "P1");
        add_run(*store, steel(1e-3), stiffness(1e-3), "P1");
        add_run(*store, steel(2e-3), stiffness(2e-3), "P1");
        add_run(*store, steel(1e-3), stiffness(1e-3), "P2");
    }
    const auto make = [&file](std::vector<std::string> words) {
        words.insert(words.begin(), {"calibration", "make"});
        words.insert(words.end(), {"--database", file});
        return relaxctl(words);
    };
    const Outcome hollow = make({"hollow", "--kind", "pendulum_empty", "--run", "1"});
    INFO(hollow.err);
    REQUIRE(hollow.exit_code == 0);
    CHECK(has(hollow.out, "hollow version 1"));
    const Outcome bars = make(
        {"bars",
         "--kind",
         "pendulum_bar",
         "--run",
         "2",
         "--run",
         "3",
         "--modulus",
         "8e10+-4e8",
         "--with",
         "hollow"}
    );
    INFO(bars.err);
    REQUIRE(bars.exit_code == 0);

    const auto text = [&file](const char* name) {
        return relaxctl({"calibration", "show", name, "--text", "--database", file}).out;
    };
    const std::string set = text("hollow");
    CHECK(has(set, "pendulum_empty"));
    CHECK(has(set, "inertia_kg_m2"));
    CHECK(has(set, "pendulum1"));
    CHECK(has(set, "P1"));
    CHECK(has(text("bars"), "with hollow version 1"));
    // As people see it: I = 5.000e-05, clamp about 0.02.
    const std::string shown_text =
        relaxctl({"calibration", "show", "hollow", "--database", file}).out;
    INFO(shown_text);
    CHECK(has(shown_text, "resonance_Hz"));
    CHECK(between(shown_text, "resonance_Hz") == Approx(std::sqrt(2.4) / two_pi).epsilon(1e-3));

    const Outcome mixed = make({"x", "--kind", "pendulum_empty", "--run", "1", "--run", "4"});
    CHECK(mixed.exit_code != 0);
    CHECK(has(mixed.err, "different instruments"));
    const Outcome foreign =
        make({"x", "--kind", "pendulum_bar", "--run", "4", "--modulus", "8e10", "--with", "hollow"}
        );
    CHECK(foreign.exit_code != 0);
    CHECK(has(foreign.err, "another instrument"));
    const Outcome bare = make({"x", "--kind", "pendulum_bar", "--run", "2", "--modulus", "8e10"});
    CHECK(bare.exit_code != 0);
    CHECK(has(bare.err, "inertia"));
    const Outcome no_modulus =
        make({"x", "--kind", "pendulum_bar", "--run", "2", "--with", "hollow"});
    CHECK(no_modulus.exit_code != 0);
    CHECK(has(no_modulus.err, "shear modulus"));
    CHECK(make({"x", "--kind", "pendulum", "--run", "1"}).exit_code != 0);
}

}  // namespace relaxd::test
