// SPDX-License-Identifier: MIT
//
// ln Gamma and digamma for positive arguments, without the global sign that std::lgamma writes.

#pragma once

namespace relaxd::model {

/// ln Gamma(x) for x > 0; relative error below 1e-14 (Stirling after a shift to x >= 10).
[[nodiscard]] double ln_gamma(double x);

/// d ln Gamma / dx for x > 0; absolute error below 1e-13.
[[nodiscard]] double digamma(double x);

}  // namespace relaxd::model
