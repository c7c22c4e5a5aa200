// SPDX-License-Identifier: MIT
#include "drivers/torsion_pendulum/cost.hpp"

#include "schema/base/number.hpp"
#include "schema/method/torsion_cost.hpp"

#include <cmath>
#include <set>

namespace relaxd::drivers::torsion_pendulum {

namespace {

constexpr double s_per_min = 60.0;

method::TorsionPoint point_of(const Program& program, const Step& step, const Ask& ask) {
    method::TorsionPoint point;
    point.frequency_Hz = ask.frequency_Hz;
    point.cycles = program.cycles;
    const bool is_ramp = step.kind == StepKind::ramp;
    point.windows = is_ramp ? 1.0 : 2.0;
    point.heating_rate_K_per_min = is_ramp ? step.rate_K_per_s * s_per_min : 0.0;
    point.amplitude_rad =
        program.amplitude.angle_rad > 0.0 ? program.amplitude.angle_rad : record::unknown;
    point.angle_noise_rad_per_sqrtHz = program.angle_noise_rad_per_sqrtHz;
    return point;
}

/// Two figures: more would be a promise.
std::string rough(double value) {
    const double scale = std::pow(10.0, 1.0 - std::floor(std::log10(value)));
    const double rounded = std::round(value * scale) / scale;
    return to_text(std::round(rounded * 1e6) / 1e6);
}

/// At the highest frequency the window is shortest and the noise largest.
std::string noise_sentence(const method::TorsionPoint& point) {
    const double sigma = method::torsion_cost(point).tan_phi_sigma;
    if (!(sigma > 0.0)) {
        return "the noise of tan phi is not forecast: it needs angle_noise_V_per_sqrtHz in the "
               "configuration and an amplitude as strain";
    }
    return "the noise of tan phi expected is " + rough(sigma) + " at " +
           to_text(point.frequency_Hz) + " Hz and less below";
}

}  // namespace

std::vector<std::string> cost_of(const Program& program) {
    std::vector<std::string> out;
    std::set<std::string> told;
    double all_s = 0.0;
    std::size_t points = 0;
    const Step* slowest_in = nullptr;
    const Ask* slowest = nullptr;
    const Step* fastest_in = nullptr;
    const Ask* fastest = nullptr;
    for (const Step& step : program.steps) {
        for (const Ask& ask : step.asks) {
            const method::TorsionPoint point = point_of(program, step, ask);
            for (const method::TorsionRemark& remark : method::torsion_remarks(point)) {
                if (told.insert(remark.sentence).second) {
                    out.push_back(remark.sentence);
                }
            }
            if (slowest == nullptr || ask.frequency_Hz < slowest->frequency_Hz) {
                slowest = &ask;
                slowest_in = &step;
            }
            if (fastest == nullptr || ask.frequency_Hz > fastest->frequency_Hz) {
                fastest = &ask;
                fastest_in = &step;
            }
            if (step.kind == StepKind::sweep) {
                all_s += method::torsion_cost(point).total_s;
                ++points;
            }
        }
    }
    if (slowest != nullptr) {
        const method::TorsionPoint point = point_of(program, *slowest_in, *slowest);
        out.insert(out.begin(), method::cost_sentence(point));
    }
    if (fastest != nullptr) {
        out.push_back(noise_sentence(point_of(program, *fastest_in, *fastest)));
    }
    if (points > 0) {
        out.push_back(
            "all " + std::to_string(points) + " points of the sweeps take at least " +
            rough(all_s / s_per_min) + " min, beside the time for temperatures to settle"
        );
    }
    return out;
}

Result<void> check_cost(const Program& program) {
    for (const Step& step : program.steps) {
        for (const Ask& ask : step.asks) {
            const auto remarks = method::torsion_remarks(point_of(program, step, ask));
            for (const method::TorsionRemark& remark : remarks) {
                if (remark.is_refusal) {
                    return fail(
                        Errc::refused,
                        remark.sentence,
                        {},
                        "heat more slowly, use fewer cycles or leave the slow frequencies out"
                    );
                }
            }
        }
    }
    return {};
}

}  // namespace relaxd::drivers::torsion_pendulum
