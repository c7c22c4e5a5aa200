// SPDX-License-Identifier: MIT
//
// Are the intervals of the creep and tension fits honest? Tests of the simulated glass
// (drivers/simulator: no mathematics shared with model/), each curve computed once and measured
// many times with new noise, fitted as a live fit is and held against what is true.
// tests/bench/series_coverage.md says how to run it and what was found.
//
// Exit code: 0 = every target that was tried is met, 1 = not, 2 = wrong arguments.
#include "model/series/series.hpp"
#include "schema/base/number.hpp"
#include "tests/bench/series_scenarios.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

namespace {

using relaxd::bench::Scenario;
using relaxd::record::FitResult;
using relaxd::record::ParameterEstimate;
using relaxd::record::ParameterState;

constexpr std::uint64_t seed_max = 2000;
constexpr double low_share = 0.93;
constexpr double high_share = 0.97;

/// One name over all seeds; only `determined` values promise their interval.
struct Tally {
    explicit Tally(std::string name_in) : name(std::move(name_in)) {}
    std::string name;
    int estimates = 0;
    int traded = 0;
    int determined = 0;
    int inside = 0;
    double sum = 0.0;
    double square = 0.0;
    double worst = 0.0;
    double spread = 0.0;  ///< Sum of the relative standard errors.

    void add(const ParameterEstimate& e, double truth) {
        ++estimates;
        traded += e.state == ParameterState::traded ? 1 : 0;
        if (e.state != ParameterState::determined) {
            return;
        }
        ++determined;
        inside += truth >= e.lower_95 && truth <= e.upper_95 ? 1 : 0;
        const double z = (e.value - truth) / e.standard_error;
        sum += z;
        square += z * z;
        worst = std::max(worst, std::abs(z));
        spread += std::abs(e.standard_error / e.value);
    }
    /// 93-97 % within two standard deviations of a share of 95 %.
    [[nodiscard]] bool is_met() const {
        const double n = std::max(1.0, static_cast<double>(determined));
        const double share = inside / n;
        const double chance = 2.0 * std::sqrt(0.95 * 0.05 / n);
        return determined == 0 || (share + chance >= low_share && share - chance <= high_share);
    }
    void print() const {
        const double n = std::max(1.0, static_cast<double>(determined));
        std::printf(
            "  %-28s %4d determined, %4d traded: inside %5.1f %%, mean z %+.2f, rms z %.2f, "
            "largest "
            "%.1f, s.e. %.2g %%%s\n",
            name.c_str(),
            determined,
            traded,
            100.0 * inside / n,
            sum / n,
            std::sqrt(square / n),
            worst,
            100.0 * spread / n,
            is_met() ? "" : "   <-- missed"
        );
    }
};

Tally& tally_of(std::vector<Tally>& all, const std::string& name) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Tally& t) { return t.name == name; });
    return found != all.end() ? *found : all.emplace_back(name);
}

double cpu_s() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

bool study(const Scenario& scenario, std::uint64_t first, std::uint64_t last) {
    std::vector<Tally> tallies;
    int failed = 0;
    int alarms = 0;
    std::string reason;
    double chi2 = 0.0;
    double fitting_s = 0.0;
    for (std::uint64_t seed = first; seed <= last; ++seed) {
        const auto data = scenario.measured(seed);
        const double before = cpu_s();
        const FitResult r = scenario.options.model == "creep"
                                ? relaxd::model::fit_creep(data, scenario.options)
                                : relaxd::model::fit_tension(data, scenario.options);
        fitting_s += cpu_s() - before;
        if (!r.is_usable()) {
            ++failed;
            reason = r.reason;
            continue;
        }
        alarms += r.residuals && r.residuals->is_alarm ? 1 : 0;
        chi2 += r.reduced_chi2;
        for (const auto* list : {&r.parameters, &r.derived}) {
            for (const ParameterEstimate& e : *list) {
                const auto truth = scenario.truth.find(e.name);
                if (truth != scenario.truth.end() && e.state != ParameterState::fixed) {
                    tally_of(tallies, e.name).add(e, truth->second);
                }
            }
        }
    }
    const auto runs = static_cast<double>(last - first + 1);
    std::printf(
        "%s: %.0f tests, %d without estimate%s%s, %d alarms, mean reduced chi2 %.3g, %.0f ms a "
        "fit\n",
        scenario.name.c_str(),
        runs,
        failed,
        reason.empty() ? "" : ": ",
        reason.c_str(),
        alarms,
        chi2 / std::max(1.0, runs - failed),
        1e3 * fitting_s / runs
    );
    bool good = failed == 0;
    for (const Tally& t : tallies) {
        t.print();
        good = good && t.is_met();
    }
    std::fflush(stdout);
    return good;
}

}  // namespace

int main(int argc, char** argv) {
    std::string seeds = "1-200";
    std::string only;
    CLI::App app("Are the intervals of creep and tension honest? See series_coverage.md.");
    app.add_option("--seeds", seeds, "A-B within 1-2000")->capture_default_str();
    app.add_option("--scenario", only, "Only those whose name contains this");
    CLI11_PARSE(app, argc, argv);
    const std::size_t dash = seeds.find('-');
    const auto first = relaxd::to_count(std::string_view(seeds).substr(0, dash));
    const auto last = dash == std::string::npos
                          ? first
                          : relaxd::to_count(std::string_view(seeds).substr(dash + 1));
    if (!first || !last || *first < 1 || *last < *first || *last > seed_max) {
        std::fprintf(stderr, "series_coverage: --seeds is A-B within 1-2000\n");
        return 2;
    }
    bool good = true;
    for (const auto& [name, make] : relaxd::bench::scenarios()) {
        if (std::string_view(name).find(only) != std::string_view::npos) {
            good = study(make(), *first, *last) && good;
        }
    }
    return good ? 0 : 1;
}
