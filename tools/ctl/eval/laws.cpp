// SPDX-License-Identifier: MIT
//
// The times and the correlation factor: S1 Eqs. 1-15, 22, S2 Eqs. 3-7.
#include "model/qpd/hierarchy.hpp"
#include "model/qpd/kinetics.hpp"
#include "tools/ctl/eval/function.hpp"

#include <cmath>

namespace relaxd::ctl::eval {

namespace {

using X = std::span<const double>;
using Y = std::span<double>;

Function defect_concentration() {
    return {
        "defect_concentration",
        {number("temperature_K"), number("dH_J_mol"), number("dS_over_R")},
        {{"C_d"}},
        "S1 Eq. 1, S2 Eq. 7",
        [](const Fixed&, X x, Y y, Notes&) {
            return put(model::defect_concentration(x[0], x[1], x[2]), y[0]);
        }
    };
}

Function level_time() {
    return {
        "level_time",
        {number("tau1_s"), of_kind(Kind::list, "mu")},
        {{"tau_s"}},
        "S1 Eq. 2",
        [](const Fixed& in, X x, Y y, Notes&) {
            return put(model::level_time(x[0], in.list), y[0]);
        }
    };
}

std::vector<Input> hierarchy_inputs() {
    return {number("n"), number("tau1_s"), number("mu1"), number("p")};
}

Function hierarchical_sum() {
    return {
        "hierarchical_sum",
        hierarchy_inputs(),
        {{"tau_s"}},
        "S1 Eq. 4, E1-1",
        [](const Fixed&, X x, Y y, Notes&) {
            return put(model::hierarchical_sum(x[0], x[1], x[2], x[3]), y[0]);
        }
    };
}

Function hierarchical_integral() {
    return {
        "hierarchical_integral",
        hierarchy_inputs(),
        {{"tau_s"}},
        "S1 Eqs. 5, 6, E1-2",
        [](const Fixed&, X x, Y y, Notes&) {
            return put(model::hierarchical_integral(x[0], x[1], x[2], x[3]), y[0]);
        }
    };
}

std::vector<Input> clock_inputs() {
    return {
        number("time_s"),
        number("tau_beta_s"),
        number("t0_s"),
        number("chi"),
        of_kind(Kind::flag, "cap")
    };
}

Function tau_hierarchical() {
    return {
        "tau_hierarchical",
        clock_inputs(),
        {{"tau_s"}},
        "S1 Eqs. 7, 11, E1-4",
        [](const Fixed& in, X x, Y y, Notes& notes) {
            note_fast_beta_time(std::log(x[1]), x[2], notes);
            return put(model::tau_hierarchical(x[0], x[1], x[2], x[3], in.flag), y[0]);
        }
    };
}

Function tau_max() {
    return {
        "tau_max",
        {number("tau_beta_s"), number("t0_s"), number("chi")},
        {{"tau_max_s"}, {"tau_an_s"}},
        "S1 Eqs. 11b, 17b; S2 Eq. 3",
        [](const Fixed&, X x, Y y, Notes& notes) -> Result<void> {
            note_fast_beta_time(std::log(x[0]), x[1], notes);
            const auto times = model::maximum_times(x[0], x[1], x[2]);
            if (!times) {
                return fail(times.error());
            }
            y[0] = times->tau_max_s;
            y[1] = times->tau_an_s;
            return {};
        }
    };
}

Function tau_beta() {
    return {
        "tau_beta",
        {number("temperature_K"),
         number("tau_beta0_s"),
         number("U_beta_J_mol"),
         optional_number("stress_Pa"),
         optional_number("sigma1_Pa", infinite),
         optional_number("pressure_Pa"),
         optional_number("activation_volume_m3")},
        {{"tau_beta_s"}},
        "S1 Eqs. 8, 9; S2 Eqs. 4, 5, E1-16, E2-3",
        [](const Fixed&, X x, Y y, Notes& notes) {
            if (x[3] != 0.0 && std::isinf(x[4])) {
                notes.add("stress", "stress_Pa has no effect without sigma1_Pa");
            }
            if (x[5] != 0.0 && x[6] == 0.0) {
                notes.add("pressure", "pressure_Pa has no effect without activation_volume_m3");
            }
            const model::BarrierWork work{x[3], x[4], x[5], x[6]};
            return put(model::tau_beta(x[0], x[1], x[2], work), y[0]);
        }
    };
}

Function chi() {
    return {
        "chi",
        {number("temperature_K"),
         number("chi_Tg"),
         number("a1_per_K"),
         number("T_g_K"),
         optional_number("eps_an"),
         optional_number("a2"),
         optional_number("gamma_ve"),
         optional_number("a_ve"),
         optional_number("gamma_vp"),
         optional_number("a_vp")},
        {{"chi"}},
        "S1 Eq. 22; S2 Eq. 6",
        [](const Fixed&, X x, Y y, Notes&) {
            const model::StrainOfChi strain{x[4], x[5], x[6], x[7], x[8], x[9]};
            return put(model::chi_of(x[0], x[1], x[2], x[3], strain), y[0]);
        }
    };
}

Function chi_from_concentration() {
    return {
        "chi_from_concentration",
        {number("C_d"), number("constant")},
        {{"chi"}},
        "S1 Eq. 10, E1-20",
        [](const Fixed&, X x, Y y, Notes&) {
            return put(model::chi_from_concentration(x[0], x[1]), y[0]);
        }
    };
}

Function smd_kinetics() {
    return {
        "smd_kinetics",
        clock_inputs(),
        {{"n_reduced"}},
        "S1 Eqs. 12, 13, E1-7, E1-8",
        [](const Fixed& in, X x, Y y, Notes& notes) {
            note_fast_beta_time(std::log(x[1]), x[2], notes);
            return put(model::smd_kinetics(x[0], x[1], x[2], x[3], in.flag), y[0]);
        }
    };
}

Function smd_short_time() {
    return {
        "smd_short_time",
        {number("time_s"),
         number("n0"),
         number("n_inf"),
         number("tau_beta_s"),
         number("t0_s"),
         number("chi")},
        {{"n"}},
        "S1 Eqs. 14, 15",
        [](const Fixed&, X x, Y y, Notes& notes) {
            note_fast_beta_time(std::log(x[3]), x[4], notes);
            return put(model::smd_short_time(x[0], x[1], x[2], x[3], x[4], x[5]), y[0]);
        }
    };
}

}  // namespace

std::vector<Function> law_functions() {
    return {
        defect_concentration(),
        level_time(),
        hierarchical_sum(),
        hierarchical_integral(),
        tau_hierarchical(),
        tau_max(),
        tau_beta(),
        chi(),
        chi_from_concentration(),
        smd_kinetics(),
        smd_short_time(),
    };
}

}  // namespace relaxd::ctl::eval
