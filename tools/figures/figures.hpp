// SPDX-License-Identifier: MIT
//
// The figures of both papers, a group a function; each adds its figures and numbers to the book.

#pragma once

#include "tools/figures/curves.hpp"

namespace relaxd::figures {

void s1_beta(Book& book);       ///< S1 Figs. 2, 3c, 6.
void s1_dynamic(Book& book);    ///< S1 Figs. 4, 5.
void s1_times(Book& book);      ///< S1 Figs. 7, 8, 9.
void s1_strain(Book& book);     ///< S1 Figs. 10b, 11.
void s2_modulus(Book& book);    ///< S2 Figs. 3, 4, 6, 7.
void s2_isotherms(Book& book);  ///< S2 Figs. 11, 13, 14, 15.
void s2_master(Book& book);     ///< S2 Figs. 12, 16.

}  // namespace relaxd::figures
