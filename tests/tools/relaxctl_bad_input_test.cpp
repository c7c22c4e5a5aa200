// SPDX-License-Identifier: MIT
//
// Every model of `relaxctl fit` over every bad input: no estimate with a reason, or a file that is
// refused with its line; never a crash, never a number that is none.
#include "tests/tools/command.hpp"
#include "tests/tools/made_data.hpp"

#include <cmath>
#include <complex>
#include <functional>
#include <map>
#include <set>
#include <sstream>

namespace relaxd::test {

namespace {

const std::vector<std::string> recipes{
    "dynamic", "chi-slope", "beta-peaks", "alpha-peaks", "master-curve", "transitions"
};

/// Measured values and sigmas of one row, in the order of its columns; what a test makes of them is
/// text, so that a cell can be anything.
using Cells = std::vector<std::string>;
using Change = std::function<Cells(const std::vector<double>&)>;

std::string text_of(double value) {
    std::ostringstream text;
    text.precision(9);
    text << value;
    return text.str();
}

Cells as_measured(const std::vector<double>& values) {
    Cells out;
    for (const double v : values) {
        out.push_back(text_of(v));
    }
    return out;
}

/// A change of the measured values; the sigmas (the second half) stay.
Change measured(const std::function<double(double)>& of) {
    return [of](const std::vector<double>& values) {
        std::vector<double> out = values;
        for (std::size_t i = 0; i < out.size() / 2; ++i) {
            out[i] = of(out[i]);
        }
        return as_measured(out);
    };
}

/// The measured values as this text.
Change as_text(const std::string& cell) {
    return [cell](const std::vector<double>& values) {
        Cells out = as_measured(values);
        for (std::size_t i = 0; i < out.size() / 2; ++i) {
            out[i] = cell;
        }
        return out;
    };
}

/// The sigmas as this text.
Change with_sigma(const std::string& cell) {
    return [cell](const std::vector<double>& values) {
        Cells out = as_measured(values);
        for (std::size_t i = out.size() / 2; i < out.size(); ++i) {
            out[i] = cell;
        }
        return out;
    };
}

std::string line_of(const Cells& first, const Cells& second) {
    std::string out;
    for (const auto* cells : {&first, &second}) {
        for (const std::string& cell : *cells) {
            out += (out.empty() ? "" : ",") + cell;
        }
    }
    return out + "\n";
}

/// One Debye process, a power law and flow: nothing that the fits compute with.
std::complex<double> glass(double T_K, double f_Hz) {
    const double w = 2.0 * std::acos(-1.0) * f_Hz;
    const double tau = 1e-13 * std::exp(86e3 / (8.314463 * T_K));
    const double chi = 0.4 + 0.002 * std::max(0.0, T_K - 453.0);
    const double tau_max = 1e-9 * std::pow(tau / 1e-9, 1.0 / chi);
    const std::complex<double> i(0.0, 1.0);
    return 1.0 / (1.0 / 34e9 + 4e-12 / (1.0 + i * w * tau) +
                  1.2e-11 * (std::pow(i * w * tau_max, -chi) + 1.0 / (i * w * tau_max)));
}

struct Sweep {
    double from_K = 300.0;
    double to_K = 500.0;
    double step_K = 2.0;
    std::vector<double> frequencies{0.1, 0.3, 1.0, 3.0, 10.0, 30.0};
    std::size_t rows_max = 100000;
    std::string keys;
};

std::string moduli(const Sweep& sweep, const Change& change = as_measured) {
    Noise noise;
    std::string text = sweep.keys + moduli_header;
    std::size_t n = 0;
    for (double T = sweep.from_K; T <= sweep.to_K; T += sweep.step_K) {
        for (const double f : sweep.frequencies) {
            if (n++ < sweep.rows_max) {
                const auto E = glass(T, f);
                const double a = E.real() * (1.0 + 0.003 * noise());
                const double b = E.imag() * (1.0 + 0.01 * noise());
                text += line_of(
                    as_measured({6.0 * static_cast<double>(n), T, f}),
                    change({a, b, 0.003 * E.real(), 0.01 * E.imag()})
                );
            }
        }
    }
    return text;
}

/// A test in time or master data: closed forms of each model's own kind.
struct Series {
    const char* model;
    const char* header;
    std::function<std::vector<double>(double)> at;  ///< Values by time or omega.
    double first, last;
    const char* keys = "";
};

const std::vector<Series>& series() {
    static const std::vector<Series> all{
        {"creep",
         "time_s,strain,strain_sigma",
         [](double t) {
             const double J =
                 3e-11 + 1.2e-11 * (1.0 - std::exp(-std::pow(t / 300.0, 0.4)) + t / 300.0);
             return std::vector<double>{2e7 * J, 1e-6};
         },
         0.5,
         3e3,
         "# stress_Pa: 2e7\n"},
        {"aging",
         "time_s,tan_delta,tan_delta_sigma",
         [](double t) {
             return std::vector<double>{0.03 + 0.03 * std::exp(-std::sqrt(t / 3e3)), 1e-4};
         },
         1.0,
         4e4},
        {"relaxation",
         "time_s,strain,stress_Pa,stress_sigma_Pa",
         [](double t) {
             return std::vector<double>{1e7 + 2e7 * std::exp(-std::sqrt(t / 3e3)), 1e5};
         },
         1.0,
         4e4},
        {"tension",
         "time_s,strain,stress_Pa,stress_sigma_Pa",
         [](double t) {
             return std::vector<double>{1.2e9 * (1.0 - std::exp(-1e-4 * t * 30e9 / 1.2e9)), 5e6};
         },
         1.0,
         600.0,
         "# temperature_K: 430\n"},
        {"qpd",
         "omega_rad_s,storage_modulus_Pa,loss_modulus_Pa,storage_modulus_sigma_Pa,"
         "loss_modulus_sigma_Pa",
         [](double w) {
             const std::complex<double> i(0.0, w);
             const auto G = 1e9 / (1.0 + std::pow(i, -0.5) + 1.0 / i);
             return std::vector<double>{G.real(), G.imag(), 0.01 * G.real(), 0.01 * G.imag()};
         },
         1e-3,
         1e4},
        {"kww",
         "omega_rad_s,loss_modulus_Pa,loss_modulus_sigma_Pa",
         [](double w) {
             const double loss = 1e9 * w / (1.0 + w * w);
             return std::vector<double>{loss, 0.01 * loss};
         },
         1e-2,
         1e2},
    };
    return all;
}

struct Plan {
    std::size_t rows = 120;
    bool is_one_time = false;
    std::string keys;
};

std::string made(const Series& s, const Plan& plan, const Change& change = as_measured) {
    Noise noise;
    std::string text = std::string(s.keys) + plan.keys + s.header + "\n";
    const bool has_strain = std::string(s.header).find(",strain,stress") != std::string::npos;
    for (std::size_t i = 0; i < plan.rows; ++i) {
        const double x = plan.is_one_time
                             ? s.first
                             : s.first * std::pow(s.last / s.first, static_cast<double>(i) / 119.0);
        std::vector<double> values = s.at(x);
        const std::size_t n = values.size() / 2;
        for (std::size_t k = 0; k < n; ++k) {
            values[k] += 0.5 * values[k + n] * noise();
        }
        Cells first = as_measured({x});
        if (has_strain) {
            first.push_back(std::string(s.model) == "tension" ? text_of(1e-4 * x) : "0.001");
        }
        text += line_of(first, change(values));
    }
    return text;
}

/// What came out; the promises that hold for any input are checked here.
std::string fitted(const Folder& folder, const std::string& model, const std::string& text) {
    const Outcome fit = relaxctl(
        {"fit",
         folder.write("x.csv", text),
         "--model",
         model,
         "--material",
         "la60ni15al25",
         "--json"}
    );
    INFO(fit.err << fit.out);
    for (const char* bad : {":nan", ":-nan", ":inf", ":-inf", "[nan", "[inf", " nan ", "e+999"}) {
        CHECK_FALSE(has(fit.out, bad));
    }
    if (fit.exit_code == 1) {
        CHECK(has(fit.out, R"({"error":{"code":"invalid")"));
        CHECK(std::count(fit.err.begin(), fit.err.end(), '\n') == 1);
        CHECK(has(fit.err, "x.csv:"));  // with the line
        return "refused";
    }
    CHECK(fit.exit_code == 0);
    CHECK(std::count(fit.out.begin(), fit.out.end(), '\n') == 1);
    if (has(fit.out, R"("status":"converged")")) {
        return "converged";
    }
    CHECK(has(fit.out, R"("status":"no_estimate","reason":")"));
    CHECK_FALSE(has(fit.out, R"("reason":"")"));
    CHECK_FALSE(has(fit.out, R"("parameters":{")"));
    return "no estimate";
}

struct Bad {
    std::string name;
    std::string text;
    std::string outcome = "no estimate";
    std::set<std::string> may_converge;  ///< Models that this input does not keep from an answer.
};

}  // namespace

TEST_CASE("no recipe makes a number of moduli that are none") {
    const Folder folder;
    const Sweep all;
    Sweep row = all;
    row.rows_max = 1;
    Sweep two = all;
    two.rows_max = 2;
    Sweep one_frequency = all;
    one_frequency.frequencies = {1.0};
    Sweep one_T = one_frequency;
    one_T.step_K = 1e-9;
    one_T.rows_max = 40;
    Sweep cold = all;
    cold.from_K = 150.0;
    cold.to_K = 190.0;
    Sweep masked = all;
    masked.keys = "# T_x_K: 200\n";
    const std::set<std::string> any_scale{
        "chi-slope", "beta-peaks", "alpha-peaks", "master-curve", "transitions"
    };
    const std::vector<Bad> inputs{
        {"no row", moduli_header},
        {"one row", moduli(row)},
        {"two rows", moduli(two)},
        {"one frequency",
         moduli(one_frequency),
         "no estimate",
         {"beta-peaks", "alpha-peaks", "transitions"}},
        {"no peak", moduli(cold), "no estimate", {"dynamic", "chi-slope", "master-curve"}},
        {"all masked", moduli(masked), "no estimate", {"transitions"}},
        {"zero", moduli(all, measured([](double) { return 0.0; }))},
        {"negative", moduli(all, measured([](double v) { return -v; }))},
        {"NaN", moduli(all, as_text("nan")), "refused"},
        {"infinite", moduli(all, as_text("1e999")), "refused"},
        {"empty cells", moduli(all, as_text(""))},
        {"huge sigmas", moduli(all, with_sigma("1e30"))},
        {"tiny sigmas", moduli(all, with_sigma("1e-30"))},
        {"GPa in a column of Pa",
         moduli(all, measured([](double v) { return 1e-9 * v; })),
         "no estimate",
         any_scale},
        {"one value",
         moduli(
             all, [](const std::vector<double>& v) { return as_measured({3e10, 3e8, v[2], v[3]}); }
         ),
         "no estimate",
         {"dynamic", "chi-slope"}},
    };
    for (const std::string& model : recipes) {
        for (const Bad& bad : inputs) {
            CAPTURE(model, bad.name);
            const std::string found = fitted(folder, model, bad.text);
            const bool may = bad.may_converge.contains(model) && found == "converged";
            CHECK((may || found == bad.outcome));
        }
    }
    // The table can fail: the same rows without a fault have answers.
    for (const char* model : {"dynamic", "chi-slope", "beta-peaks", "transitions"}) {
        CAPTURE(model);
        CHECK(fitted(folder, model, moduli(all)) == "converged");
    }
}

TEST_CASE("no fit of a test in time or of a shape makes a number of what is none") {
    const Folder folder;
    std::vector<std::pair<std::string, const Series*>> models;
    for (const Series& s : series()) {
        models.emplace_back(s.model, &s);
        if (std::string(s.model) == "kww") {
            models.emplace_back("bergman", &s);
        }
    }
    for (const auto& [model, made_by] : models) {
        const Series& s = *made_by;
        Plan none;
        none.rows = 0;
        Plan few;
        few.rows = 3;
        Plan one_time;
        one_time.is_one_time = true;
        Plan masked;
        masked.keys =
            model == "tension" ? "# T_x_K: 400\n" : "# T_x_K: 400\n# temperature_K: 430\n";
        const std::vector<Bad> inputs{
            {"no row", made(s, none)},
            {"three rows", made(s, few)},
            {"one time or frequency", made(s, one_time)},
            {"all masked", made(s, masked)},
            {"zero", made(s, {}, measured([](double) { return 0.0; }))},
            {"negative", made(s, {}, measured([](double v) { return -v; }))},
            {"NaN", made(s, {}, as_text("nan")), "refused"},
            {"infinite", made(s, {}, as_text("1e999")), "refused"},
            {"empty cells", made(s, {}, as_text(""))},
            {"huge sigmas", made(s, {}, with_sigma("1e30"))},
            {"tiny sigmas", made(s, {}, with_sigma("1e-30"))},
            {"a value that no specimen has",
             made(s, {}, measured([](double v) { return 1e200 * v; }))},
            {"nothing changes",
             made(s, {}, measured([&](double) { return s.at(s.first)[0]; })),
             "no estimate",
             {"creep", "qpd"}},
            {"data of another test",
             moduli(Sweep{}),
             "no estimate",
             {"aging", "qpd", "kww", "bergman"}},
        };
        for (const Bad& bad : inputs) {
            CAPTURE(model, bad.name);
            const std::string found = fitted(folder, model, bad.text);
            const bool may = bad.may_converge.contains(model) && found == "converged";
            CHECK((may || found == bad.outcome));
        }
        CAPTURE(model);
        CHECK(fitted(folder, model, made(s, {})) == "converged");
    }
}

}  // namespace relaxd::test
