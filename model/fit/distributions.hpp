// SPDX-License-Identifier: MIT
//
// The few probabilities that the tests of a fit need. Plain doubles, no tables, never NaN for
// arguments inside their domain.

#pragma once

namespace relaxd::model {

/// P(X > chi2) of a chi-squared variable of `degrees` > 0: the upper incomplete gamma function
/// Q(degrees/2, chi2/2) by its series or continued fraction (Abramowitz & Stegun 6.5.29, 6.5.31).
[[nodiscard]] double chi2_upper(double chi2, double degrees);

/// P(|Z| > |z|) of a standard normal variable.
[[nodiscard]] double normal_two_sided(double z);

/// P(F > f) of Fisher's F with `above`, `below` > 0 degrees of freedom: the incomplete beta
/// function by its continued fraction (Abramowitz & Stegun 26.6.2, 26.5.8).
[[nodiscard]] double fisher_upper(double f, double above, double below);

/// Half width of a 95 % interval in standard errors when these rest on `degrees` > 0 residuals
/// (Student's t); 1.96 for infinitely many.
[[nodiscard]] double student_975(double degrees);

}  // namespace relaxd::model
