// SPDX-License-Identifier: MIT
//
// The dynamic fit for a comparison with another optimiser (tests/bench/scipy_compare): a ramp of
// 1005 points in the forms `printed` and `exact`, the rows with their standard deviations, start,
// priors and box in the centred coordinates of the fit, what we find and in what time; refits of
// the growing ramp; and refits after one new point among 4e3 to 1e6. JSON on stdout.
// Times are CPU time of the thread, in ms.

#include "model/estimate/dynamic_data.hpp"
#include "model/estimate/dynamic_layout.hpp"
#include "model/estimate/dynamic_objective.hpp"
#include "model/estimate/dynamic_start.hpp"
#include "model/estimate/dynamic_tally.hpp"
#include "model/estimate/estimate.hpp"
#include "model/qpd/qpd.hpp"
#include "schema/base/version.hpp"
#include "tests/model/simulation.hpp"
#include "tests/model/table_1.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace {

using relaxd::record::DynamicPoint;
using relaxd::record::FitOptions;
using relaxd::record::FitResult;
using relaxd::record::Form;
namespace model = relaxd::model;

constexpr double frequencies_Hz[] = {1.0, 2.0, 4.0, 8.0, 16.0};
constexpr int repeats = 15;
constexpr std::size_t first_refit = 55;  ///< Points: 310 K.

double timed_ms(const std::function<void()>& work) {
    const auto now_ms = [] {
        timespec t{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return 1e3 * static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_nsec);
    };
    const double from = now_ms();
    work();
    return now_ms() - from;
}

/// The same on a thread whose tables are empty.
double timed_cold_ms(const std::function<void()>& work) {
    double ms = 0.0;
    std::thread([&] { ms = timed_ms(work); }).join();
    return ms;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/// The answer where there is one; without it there is nothing to compare.
FitResult fit(const model::DynamicData& data, const FitOptions& options) {
    FitResult result = model::fit_dynamic_data(data, options);
    if (!result.is_usable()) {
        std::fprintf(stderr, "scipy_table: no estimate: %s\n", result.reason.c_str());
        std::exit(2);
    }
    return result;
}

FitResult fit(std::span<const DynamicPoint> points, const FitOptions& options) {
    return fit(model::dynamic_data(points, options.T_max_K), options);
}

/// S1 Table 1 with B = 1, `n` points from 300 to 500 K at five frequencies, with the usual noise.
std::vector<DynamicPoint> noisy_ramp(Form form, std::size_t n, std::uint64_t seed) {
    const auto glass = relaxd::test::table_1();
    std::vector<DynamicPoint> out(n);
    for (std::size_t i = 0; i < n; ++i) {
        DynamicPoint& p = out[i];
        const double share = static_cast<double>(i / 5) / static_cast<double>((n - 1) / 5);
        p.seq = i + 1;
        p.segment = 1;
        p.time_s = 4000.0 * share;
        p.temperature_K = 300.0 + 200.0 * share;
        p.frequency_Hz = frequencies_Hz[i % 5];
        const auto J = model::dynamic_compliance(glass, p.temperature_K, p.frequency_Hz, form);
        p.storage_modulus_Pa = J->modulus_Pa().real();
        p.loss_modulus_Pa = J->modulus_Pa().imag();
    }
    return relaxd::test::with_noise(std::move(out), seed);
}

FitOptions options_of(Form form) {
    FitOptions o;
    o.form = form;
    o.T_g_prior_K = relaxd::record::Prior{453.0, 3.0};
    return o;
}

// JSON: what is infinite is null.

void print_number(double value) {
    if (std::isfinite(value)) {
        std::printf("%.17g", value);
    } else {
        std::printf("null");
    }
}

void print_list(
    const char* name, std::size_t n, const std::function<double(std::size_t)>& at, bool last = false
) {
    std::printf("  \"%s\": [", name);
    for (std::size_t i = 0; i < n; ++i) {
        std::printf(i == 0 ? "" : ",");
        print_number(at(i));
    }
    std::printf("]%s\n", last ? "" : ",");
}

/// The box of DynamicObjective.
double box(std::size_t coordinate, bool upper) {
    const double infinite = std::numeric_limits<double>::infinity();
    switch (coordinate) {
        case model::q_chi_Tg: return upper ? model::chi_box_high : model::chi_box_low;
        case model::q_ln_B: return upper ? model::ln_B_high : model::ln_B_low;
        case model::q_U: return upper ? 1e6 : 0.0;
        case model::q_T_g: return upper ? infinite : 1.0;
        default: return upper ? infinite : -infinite;
    }
}

void print_rows(const model::DynamicData& data) {
    const auto& rows = data.rows;
    const auto list = [&rows](const char* name, double model::DynamicRow::* member) {
        print_list(name, rows.size(), [&](std::size_t i) { return rows[i].*member; });
    };
    list("temperature_K", &model::DynamicRow::temperature_K);
    list("ln_omega", &model::DynamicRow::ln_omega);
    list("storage_Pa", &model::DynamicRow::storage_Pa);
    list("loss_Pa", &model::DynamicRow::loss_Pa);
    list("storage_sigma_Pa", &model::DynamicRow::storage_sigma_Pa);
    list("loss_sigma_Pa", &model::DynamicRow::loss_sigma_Pa);
}

void print_problem(const model::Layout& layout, const model::DynamicStart& start) {
    const auto& free = layout.free;
    std::printf("  \"names\": [");
    for (std::size_t k = 0; k < free.size(); ++k) {
        std::printf("%s\"%s\"", k == 0 ? "" : ",", model::coordinate_name(free[k]).data());
    }
    std::printf("],\n  \"T_ref_K\": ");
    print_number(layout.T_ref_K);
    std::printf(",\n");
    print_list("start", free.size(), [&](std::size_t k) { return start.q[free[k]]; });
    print_list("prior_mean", free.size(), [&](std::size_t k) { return layout.priors[k].mean; });
    print_list("prior_sd", free.size(), [&](std::size_t k) { return layout.priors[k].sd; });
    print_list("low", free.size(), [&](std::size_t k) { return box(free[k], false); });
    print_list("high", free.size(), [&](std::size_t k) { return box(free[k], true); });
}

/// Refits of the growing ramp from 310 K on, each from the one before; of three runs of the same
/// work the shortest time of each refit.
std::vector<double> refits_ms(std::span<const DynamicPoint> points, const FitOptions& options) {
    std::vector<double> shortest;
    for (int run = 0; run < 3; ++run) {
        FitOptions o = options;
        std::size_t k = 0;
        for (std::size_t n = first_refit; n <= points.size(); n += 5, ++k) {
            FitResult r;
            const double ms = timed_ms([&] { r = model::fit_dynamic(points.first(n), o); });
            o.start = r.is_usable() ? r.warm_start : o.start;
            if (run == 0) {
                shortest.push_back(ms);
            }
            shortest[k] = std::min(shortest[k], ms);
        }
    }
    return shortest;
}

std::vector<double> repeated(double (*clock)(const std::function<void()>&), auto work) {
    std::vector<double> ms;
    for (int k = 0; k < repeats; ++k) {
        ms.push_back(clock(work));
    }
    return ms;
}

void print_form(const char* name, Form form) {
    const auto points = noisy_ramp(form, 1005, 2);
    const FitOptions options = options_of(form);
    const auto data = model::dynamic_data(points, relaxd::record::unknown);
    const auto start = model::start_from_data(data, options);
    const auto layout = model::dynamic_layout(start, options);
    if (!layout) {
        std::fprintf(stderr, "scipy_table: %s\n", layout.error().sentence().c_str());
        std::exit(2);
    }
    const FitResult whole = fit(points, options);
    const auto slope = whole.warm_start.find("E_u_slope_per_K");
    if (slope != whole.warm_start.end() && slope->second != 0.0) {
        std::fprintf(stderr, "scipy_table: the fit chose a slope of E_u: not the same model\n");
        std::exit(2);
    }
    // The plain sum of squares from the same start, by the solver alone.
    const model::CauchyLoss squares{std::numeric_limits<double>::infinity()};
    model::SolverResult plain;
    const auto solve = [&] {
        model::DynamicObjective objective(*layout, form, data.rows, squares);
        plain = model::minimize(objective, layout->collect(start.q), model::SolverOptions{});
    };
    const auto run = [&] { (void)fit(points, options); };
    run();
    const double cold_ms = median(repeated(timed_cold_ms, run));
    const double warm_ms = median(repeated(timed_ms, run));
    const double squares_ms = median(repeated(timed_ms, solve));
    const auto refits = refits_ms(points, options);

    std::printf(" {\"form\": \"%s\",\n", name);
    print_rows(data);
    print_problem(*layout, start);
    const auto& free = layout->free;
    print_list("ours_cauchy", free.size(), [&](std::size_t k) {
        return whole.warm_start.at(std::string(model::coordinate_name(free[k])));
    });
    print_list("ours_squares", free.size(), [&](std::size_t k) {
        return plain.p[static_cast<Eigen::Index>(k)];
    });
    std::printf("  \"squares_converged\": %s,\n", plain.converged() ? "true" : "false");
    std::printf("  \"squares_evaluations\": %d,\n", plain.evaluations);
    std::printf("  \"fit_ms\": %.4f, \"fit_cold_tables_ms\": %.4f,", warm_ms, cold_ms);
    std::printf(" \"squares_ms\": %.4f,\n", squares_ms);
    print_list("refits_ms", refits.size(), [&](std::size_t k) { return refits[k]; }, true);
    std::printf(" }");
}

/// Five refits, each after one point more, among `n`; and what of it is the preparation of rows.
void print_growth(std::size_t n) {
    const auto points = noisy_ramp(Form::exact, n, 3);
    FitOptions options = options_of(Form::exact);
    const std::span<const DynamicPoint> all(points);
    model::DynamicTally tally(options.T_max_K);  // as the fit worker keeps it
    tally.add(all.first(n - 5));
    options.start = fit(tally.data(), options).warm_start;
    std::vector<double> refit_ms;
    std::vector<double> rows_ms;
    std::size_t rows = 0;
    for (std::size_t more = n - 4; more <= n; ++more) {
        refit_ms.push_back(timed_ms([&] {
            tally.add(all[more - 1]);
            options.start = fit(tally.data(), options).warm_start;
        }));
        rows_ms.push_back(timed_ms([&] { rows = tally.data().rows.size(); }));
    }
    std::printf(" {\"points\": %zu, \"rows\": %zu,", n, rows);
    std::printf(" \"refit_ms\": %.4f, \"rows_ms\": %.4f}", median(refit_ms), median(rows_ms));
}

}  // namespace

int main() {
    std::printf("{\"version\": \"%s\",\n", std::string(relaxd::code_version()).c_str());
    std::printf("\"forms\": [\n");
    print_form("printed", Form::printed);
    std::printf(",\n");
    print_form("exact", Form::exact);
    std::printf("],\n\"growth\": [\n");
    print_growth(4000);
    std::printf(",\n");
    print_growth(40000);
    std::printf(",\n");
    print_growth(200000);  // the most that a live fit is given
    std::printf(",\n");
    print_growth(1000000);
    std::printf("]}\n");
    return 0;
}
