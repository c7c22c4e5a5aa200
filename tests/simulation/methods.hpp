// SPDX-License-Identifier: MIT
//
// Random methods that the instrument can execute, and the specimen for each.
#pragma once

#include "daemon/serve/laboratory.hpp"
#include "schema/base/number.hpp"
#include "tests/simulation/dice.hpp"
#include "tests/simulation/life.hpp"

#include <array>
#include <string>

namespace relaxd::test::simulation {

inline std::string number(double value) {
    return to_text(static_cast<double>(static_cast<std::int64_t>(value * 10.0)) / 10.0);
}

inline std::string oscillation(const std::string& mode, const std::string& more) {
    return more + "mode = \"" + mode + "\"\nclamp = \"single-cantilever\"\namplitude = \"15 um\"\n";
}

/// TOML of a ramp, an isotherm, one that ends by condition, a sweep or a creep experiment.
inline std::string random_method(Dice& dice) {
    const std::string frequencies =
        dice.happens(0.5) ? "frequencies = [\"1 Hz\", \"10 Hz\"]\n" : "frequencies = [\"2 Hz\"]\n";
    const std::string fits = dice.happens(0.3) ? "fits = \"every\"\n" : "";
    const std::string to_K = number(dice.between(296.0, 330.0)) + " K";
    switch (dice.pick(5)) {
        case 0:
            return oscillation("multi-frequency-strain", fits) + frequencies +
                   "segments = [\"Ramp " + number(dice.between(1.0, 15.0)) + " K/min to " + to_K +
                   "\", \"Isothermal for " + number(dice.between(0.5, 6.0)) + " min\"]\n";
        case 1:
            return oscillation("multi-frequency-strain", fits) + frequencies +
                   "segments = [\"Isothermal for " + number(dice.between(0.5, 20.0)) + " min\"]\n";
        case 2:
            return oscillation("multi-frequency-strain", fits) + frequencies +
                   "segments = [\"Equilibrate at " + to_K +
                   "\", \"Isothermal until chi is known to 0.005, at most 5 min\", "
                   "\"Isothermal for 1 min\"]\n";
        case 3:
            return oscillation("frequency-sweep", "") + "segments = [\"Equilibrate at " + to_K +
                   "\", \"Frequency sweep 0.1 Hz to 20 Hz, 4 points per decade\", "
                   "\"Repeat segment 2 for 3 times\"]\n";
        default:
            return "mode = \"creep\"\nclamp = \"tension\"\nsegments = ["
                   "\"Sampling interval 0.5 s/pt\", \"Displace 25 MPa for " +
                   number(dice.between(20.0, 300.0)) + " s\", \"Recover for " +
                   number(dice.between(20.0, 300.0)) + " s\"]\n";
    }
}

inline daemon::StartRequest random_start(Dice& dice) {
    daemon::StartRequest request;
    request.instrument = instrument_name;
    request.method_toml = random_method(dice);
    record::Specimen& specimen = request.specimen;
    specimen.name = "La60";
    specimen.T_g_K = 453.0;
    const bool is_tension = request.method_toml.find("tension") != std::string::npos;
    specimen.length_m = is_tension ? 0.01 : 0.0175;
    specimen.width_m = is_tension ? 0.0005 : 0.003;
    specimen.thickness_m = is_tension ? 0.0005 : 0.001;
    specimen.poisson_ratio = 0.35;
    return request;
}

}  // namespace relaxd::test::simulation
