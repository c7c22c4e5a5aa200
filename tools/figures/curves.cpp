// SPDX-License-Identifier: MIT
#include "tools/figures/curves.hpp"

#include "schema/material/material.hpp"

#include <cmath>

namespace relaxd::figures {

model::QpdParameters la60ni15al25() {
    const material::Params from = need(material::load("la60ni15al25")).params;
    model::QpdParameters p;
    p.E_u_Pa = from.E_u_Pa;
    p.E_r_Pa = from.E_r_Pa;
    p.U_beta_J_mol = from.U_beta_J_mol;
    p.tau_beta0_s = from.tau_beta0_s;
    p.B = from.B;
    p.A_an_per_Pa = from.A_an_per_Pa;
    p.A_vp_per_Pa = from.A_vp_per_Pa;
    p.chi_Tg = from.chi_Tg;
    p.a1_per_K = from.a1_per_K;
    p.T_g_K = from.T_g_K;
    p.t0_s = from.t0_s;
    p.sigma1_Pa = from.sigma1_Pa;
    p.a2 = from.a2;
    return p;
}

std::vector<double> linear(double from, double to, int count) {
    std::vector<double> out;
    out.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        out.push_back(from + (to - from) * i / (count - 1));
    }
    return out;
}

std::vector<double> logarithmic(double from, double to, int count) {
    std::vector<double> out = linear(std::log(from), std::log(to), count);
    for (double& value : out) {
        value = std::exp(value);
    }
    return out;
}

double minimum(const Function& f, double from, double to) {
    const double golden = (std::sqrt(5.0) - 1.0) / 2.0;
    double a = to - golden * (to - from);
    double b = from + golden * (to - from);
    double f_a = f(a);
    double f_b = f(b);
    for (int i = 0; i < 60; ++i) {
        if (f_a < f_b) {
            to = b;
            b = a;
            f_b = f_a;
            a = to - golden * (to - from);
            f_a = f(a);
        } else {
            from = a;
            a = b;
            f_a = f_b;
            b = from + golden * (to - from);
            f_b = f(b);
        }
    }
    return 0.5 * (from + to);
}

std::optional<double> first_maximum(const Function& f, double from, double to, double step) {
    double before = f(from);
    double here = f(from + step);
    for (double x = from + step; x + step <= to + 1e-9 * step; x += step) {
        const double after = f(x + step);
        if (here > before && here >= after) {
            return minimum([&f](double at) { return -f(at); }, x - step, x + step);
        }
        before = here;
        here = after;
    }
    return std::nullopt;
}

std::vector<double> maxima(const Function& f, double from, double to, double step, double least) {
    std::vector<double> out;
    double before = f(from);
    double here = f(from + step);
    for (double x = from + step; x + step <= to + 1e-9 * step; x += step) {
        const double after = f(x + step);
        if (here > before && here >= after && here >= least) {
            out.push_back(x);
        }
        before = here;
        here = after;
    }
    return out;
}

double zero(const Function& f, double from, double to) {
    const bool rising = f(to) > 0.0;
    for (int i = 0; i < 80; ++i) {
        const double middle = 0.5 * (from + to);
        ((f(middle) > 0.0) == rising ? to : from) = middle;
    }
    return 0.5 * (from + to);
}

Line line_through(const std::vector<double>& x, const std::vector<double>& y) {
    const auto n = static_cast<double>(x.size());
    double mean_x = 0.0;
    double mean_y = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        mean_x += x[i] / n;
        mean_y += y[i] / n;
    }
    double xy = 0.0;
    double xx = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        xy += (x[i] - mean_x) * (y[i] - mean_y);
        xx += (x[i] - mean_x) * (x[i] - mean_x);
    }
    return {xy / xx, mean_y - xy / xx * mean_x};
}

}  // namespace relaxd::figures
