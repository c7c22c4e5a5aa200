// SPDX-License-Identifier: MIT
// S1 Table 1 (La60Ni15Al25) with B = 1, typed from the paper and not read from a material file.
#pragma once

#include "schema/material/material.hpp"

namespace relaxd::test {

inline material::Params table1() {
    material::Params p;
    p.E_u_Pa = 3.3e10;
    p.E_r_Pa = 3.06e10;
    p.U_beta_J_mol = 83120.0;
    p.tau_beta0_s = 1.86e-13;
    p.B = 1.0;
    p.A_an_per_Pa = 1.5e-11;
    p.A_vp_per_Pa = 1.5e-11;
    p.chi_Tg = 0.4;
    p.a1_per_K = 0.00231;
    p.T_g_K = 453.0;
    p.t0_s = 6e-7;
    return p;
}

}  // namespace relaxd::test
