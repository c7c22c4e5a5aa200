// SPDX-License-Identifier: MIT
//
// The words of the Solartron frequency-response analysers 1250, 1255 and 1260 in their compressed
// output: results, numbers, names. Pure. README.md has the source of each fact.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace relaxd::drivers::parts::solartron {

enum class Model : std::uint8_t { m1250, m1255, m1260 };

/// One measurement.
struct Reading {
    double frequency_Hz = 0.0;
    double real = 0.0;  ///< Of what source and coordinates say: here channel 2 over channel 1.
    double imaginary = 0.0;
    int error = 0;  ///< Last digit of a code of group 8; 0: good.
    Reading() = default;
};

/// The reply to *IDN? (1255, 1260).
struct Name {
    std::string vendor;
    std::string model;  ///< "1260"
    std::string serial_number;
    std::string firmware;
    Name() = default;
};

/// "±f.ffffE±ff,±a.aaaaE±aa,±b.bbbbE±bb,e" with or without a limits code, whole.
[[nodiscard]] std::optional<Reading> reading_of(std::string_view frame, std::string_view end);
[[nodiscard]] std::optional<Name> name_of(std::string_view frame, std::string_view end);
/// "±f.ffffE±ff", or a plain number.
[[nodiscard]] std::optional<double> number_of(std::string_view frame, std::string_view end);
/// Two of them.
[[nodiscard]] std::optional<std::pair<double, double>> pair_of(
    std::string_view frame, std::string_view end
);

/// Empty where the digit is 0.
[[nodiscard]] std::string error_word(int error);

/// "1.2340000E-3": one digit before the point, an exponent without leading zeros.
[[nodiscard]] std::string argument_text(double value, int decimals);

}  // namespace relaxd::drivers::parts::solartron
