// SPDX-License-Identifier: MIT
#include "tests/bench/operations.hpp"

#include "model/estimate/estimate.hpp"
#include "model/kww/kww.hpp"
#include "model/qpd/gumbel.hpp"
#include "model/qpd/live_model.hpp"
#include "model/qpd/qpd.hpp"
#include "tests/model/simulation.hpp"
#include "tests/model/table_1.hpp"

#include <cmath>
#include <memory>
#include <numbers>
#include <span>
#include <utility>

namespace relaxd::bench {

namespace {

using record::DynamicPoint;
using record::Form;

constexpr double T_ref_K = 372.0;
constexpr double frequencies_Hz[] = {1.0, 2.0, 4.0, 8.0, 16.0};
constexpr std::pair<const char*, Form> forms[] = {
    {"printed", Form::printed}, {"gamma", Form::gamma}, {"exact", Form::exact}
};

/// S1 Table 1 with B = 1.
double ln_omega(double frequency_Hz) {
    return std::log(2.0 * std::numbers::pi * frequency_Hz);
}

/// 201 kelvins of 5 frequencies, 300 to 500 K: 1005 x 2 numbers, with the usual noise.
std::vector<DynamicPoint> noisy_ramp(Form form, std::uint64_t seed) {
    std::vector<DynamicPoint> out;
    for (int k = 0; k <= 200; ++k) {
        for (const double f : frequencies_Hz) {
            DynamicPoint p;
            p.seq = out.size() + 1;
            p.segment = 1;
            p.time_s = 20.0 * k;
            p.temperature_K = 300.0 + k;
            p.frequency_Hz = f;
            const auto E = model::dynamic_compliance(test::table_1(), p.temperature_K, f, form);
            p.storage_modulus_Pa = E->modulus_Pa().real();
            p.loss_modulus_Pa = E->modulus_Pa().imag();
            out.push_back(p);
        }
    }
    return test::with_noise(std::move(out), seed);
}

/// Value and gradient at the 1005 points of the ramp.
double live_model_pass(Form form) {
    model::LiveModel live(form, T_ref_K);
    live.set(model::coordinates_of(test::table_1(), T_ref_K));
    model::LiveModel::Value value;
    double sum = 0.0;
    for (int k = 0; k <= 200; ++k) {
        for (const double f : frequencies_Hz) {
            (void)live.at(300.0 + k, ln_omega(f), value);
            sum += value.modulus_Pa.imag() + value.gradient[model::q_chi_Tg].real();
        }
    }
    return sum;
}

void add_live_model(std::vector<Operation>& list) {
    for (const auto& [name, form] : forms) {
        const Form this_form = form;
        list.push_back({std::string("live_model_at/") + name, 1005.0, false, [this_form] {
                            return live_model_pass(this_form);
                        }});
    }
    list.push_back({"live_model_at/exact/cold_tables", 1005.0, true, [] {
                        return live_model_pass(Form::exact);
                    }});
}

void add_exact(std::vector<Operation>& list) {
    for (const auto& [name, form] : forms) {
        const Form this_form = form;
        list.push_back({std::string("dynamic_compliance/") + name, 1005.0, false, [this_form] {
                            double sum = 0.0;
                            const auto p = test::table_1();
                            for (int k = 0; k <= 200; ++k) {
                                for (const double f : frequencies_Hz) {
                                    sum += model::dynamic_compliance(p, 300.0 + k, f, this_form)
                                               ->total_per_Pa()
                                               .imag();
                                }
                            }
                            return sum;
                        }});
    }
    // omega tau over 24 decades, as the contract's domain asks; steps that divide nothing.
    constexpr int points = 200;
    const auto ln_x = [](int k) { return -27.6 + 0.2763 * k; };
    for (const auto& [name, beta] : std::initializer_list<std::pair<const char*, double>>{
             {"0.1", 0.1}, {"0.4", 0.4}, {"0.8", 0.8}, {"0.99", 0.99}, {"1", 1.0}
         }) {
        const double b = beta;
        list.push_back({std::string("kww_pair/beta:") + name, points, false, [b, ln_x] {
                            double sum = 0.0;
                            for (int k = 0; k < points; ++k) {
                                sum += model::kww_pair(ln_x(k), b).modulus.imag();
                            }
                            return sum;
                        }});
        list.push_back({std::string("kww_with_derivatives/beta:") + name, points, false, [b, ln_x] {
                            double sum = 0.0;
                            for (int k = 0; k < points; ++k) {
                                sum += model::kww(ln_x(k), b).d_beta.imag();
                            }
                            return sum;
                        }});
    }
    for (const auto& [name, B] : std::initializer_list<std::pair<const char*, double>>{
             {"0.2", 0.2}, {"1", 1.0}, {"4", 4.0}
         }) {
        const double width = B;
        list.push_back({std::string("gumbel_debye/B:") + name, points, false, [width, ln_x] {
                            double sum = 0.0;
                            for (int k = 0; k < points; ++k) {
                                sum += model::gumbel_debye(ln_x(k), width).imag();
                            }
                            return sum;
                        }});
    }
}

record::FitOptions options_of(Form form) {
    record::FitOptions o;
    o.form = form;
    o.T_g_prior_K = record::Prior{453.0, 3.0};
    return o;
}

double fit(std::span<const DynamicPoint> points, const record::FitOptions& options) {
    return model::fit_dynamic(points, options).reduced_chi2;
}

/// What a fit needs and what it starts from.
struct Case {
    std::vector<DynamicPoint> points;
    record::FitOptions options;
};

void add_fits(std::vector<Operation>& list) {
    for (const auto& [name, form] : forms) {
        if (form == Form::gamma) {
            continue;
        }
        const auto cold = std::make_shared<Case>(Case{noisy_ramp(form, 2), options_of(form)});
        const auto run = [cold] { return fit(cold->points, cold->options); };
        list.push_back({std::string("fit/cold/cold_tables/") + name, 1.0, true, run});
        list.push_back({std::string("fit/cold/") + name, 1.0, false, run});
        // Each kelvin of the ramp from 310 K on: 191 refits, each from the one before.
        const auto refits = [cold](const std::function<void()>& done) {
            record::FitOptions o = cold->options;
            double sum = 0.0;
            for (std::size_t n = 55; n <= cold->points.size(); n += 5) {
                const auto r = model::fit_dynamic(std::span(cold->points).first(n), o);
                o.start = r.is_usable() ? r.warm_start : o.start;
                sum += r.reduced_chi2;
                done();
            }
            return sum;
        };
        list.push_back(
            {std::string("fit/warm/each_kelvin/") + name,
             191.0,
             false,
             [refits] { return refits([] {}); },
             refits}
        );
        // The last kelvin alone, from the answer to all points before it.
        auto warm = std::make_shared<Case>(*cold);
        warm->options.start =
            model::fit_dynamic(std::span(cold->points).first(1000), cold->options).warm_start;
        list.push_back({std::string("fit/warm/last_kelvin/") + name, 1.0, false, [warm] {
                            return fit(warm->points, warm->options);
                        }});
    }
}

}  // namespace

std::vector<Operation> operations() {
    std::vector<Operation> list;
    add_live_model(list);
    add_exact(list);
    add_fits(list);
    return list;
}

}  // namespace relaxd::bench
