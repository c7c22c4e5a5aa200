// SPDX-License-Identifier: MIT
//
// The kinds of faults with their words, keys and bounds: what the reader of scripts and the check
// of scripts made in code share.

#pragma once

#include "drivers/simulator/fault_script.hpp"

#include <span>
#include <string>
#include <string_view>

namespace relaxd::simulator {

/// The words of all kinds, in the order of FaultKind.
[[nodiscard]] std::span<const std::string_view> fault_words();
[[nodiscard]] std::optional<FaultKind> fault_kind(std::string_view word);

/// The keys that a `[[fault]]` of this kind may have.
[[nodiscard]] std::span<const std::string_view> fault_keys(FaultKind kind);

/// A line fault hits single lines; the other byte faults are states of the connection.
[[nodiscard]] bool is_line_fault(FaultKind kind);

/// Columns that stuck_value, not_a_number and drift may name.
[[nodiscard]] std::span<const std::string_view> fault_columns();

/// What is impossible about a fault: the key and a sentence.
struct FaultProblem {
    FaultProblem(std::string_view key_in, std::string message_in, std::string hint_in)
        : key(key_in), message(std::move(message_in)), hint(std::move(hint_in)) {}
    std::string_view key;  ///< Empty: the fault as a whole.
    std::string message;
    std::string hint;
};
[[nodiscard]] std::optional<FaultProblem> problem_of(const Fault& fault);

}  // namespace relaxd::simulator
