// SPDX-License-Identifier: MIT
//
// S1 Table 1 as the paper prints it, in SI: the glass of most tests of model/.
#pragma once

#include "model/qpd/qpd.hpp"

namespace relaxd::test {

/// Without sigma1 and a2: no effect of stress and strain. B is not in the table (E1-13).
inline model::QpdParameters table_1(double chi_Tg = 0.4, double B = 1.0) {
    model::QpdParameters p;
    p.E_u_Pa = 3.3e10;
    p.E_r_Pa = 3.06e10;
    p.U_beta_J_mol = 83120.0;
    p.tau_beta0_s = 1.86e-13;
    p.B = B;
    p.A_an_per_Pa = 1.5e-11;
    p.A_vp_per_Pa = 1.5e-11;
    p.chi_Tg = chi_Tg;
    p.a1_per_K = 0.00231;
    p.T_g_K = 453.0;
    p.t0_s = 6e-7;
    return p;
}

}  // namespace relaxd::test
