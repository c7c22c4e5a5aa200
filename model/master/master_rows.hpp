// SPDX-License-Identifier: MIT
//
// Master data as the fits of shapes need them: moduli against ln omega, with standard deviations.

#pragma once

#include "schema/record/fit.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace relaxd::model {

/// One modulus at one frequency, Pa or of unit strength.
struct MasterValue {
    double ln_omega = 0.0;
    double value = 0.0;
    double sigma = 1.0;
    std::uint64_t seq = 0;
    bool has_sigma = true;  ///< It was given.
};

struct MasterRows {
    std::vector<MasterValue> storage;  ///< ln omega ascending.
    std::vector<MasterValue> loss;
    std::size_t n_rows = 0;  ///< Rows of which something is used.
    bool has_sigmas = true;  ///< Of all values; otherwise sigma is only relative.
    std::uint64_t first_seq = 0;
    std::uint64_t last_seq = 0;
    std::vector<std::string> warnings;
    std::string refusal;  ///< Not empty = no estimate, with the reason.

    [[nodiscard]] double lowest() const;   ///< ln omega
    [[nodiscard]] double highest() const;  ///< ln omega
    [[nodiscard]] double middle() const { return 0.5 * (lowest() + highest()); }
    /// Largest modulus: the unit of what is fitted.
    [[nodiscard]] double largest() const;
};

/// Where no sigma was given: the noise of each modulus as a share of `model` and one of its largest
/// value, whichever mixture makes the residuals most likely, with their size. False where all
/// sigmas were given or nothing can be learnt.
[[nodiscard]] bool learn_noise(std::vector<MasterValue>& values, const std::vector<double>& model);

/// `with_storage` false: the loss alone is taken. Values may be negative by noise; those that are
/// not numbers are left out with a warning. Refused: fewer than 5 rows or 4 frequencies, moduli
/// that do not rise above their noise, relative and absolute rows mixed, tensile and shear mixed.
[[nodiscard]] MasterRows read_master(const record::SeriesData& data, bool with_storage);

}  // namespace relaxd::model
