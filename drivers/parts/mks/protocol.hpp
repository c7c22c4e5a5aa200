// SPDX-License-Identifier: MIT
//
// The words of MKS gauge controllers and transducers with addresses (937B, 900 series): questions,
// replies and what stands there instead of a pressure. Pure. README.md has the source of each fact.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace relaxd::drivers::parts::mks {

inline constexpr std::string_view terminator = ";FF";
inline constexpr int everybody = 254;  ///< Address that all answer to, each with its own.

/// "@253PR1?;FF"
[[nodiscard]] std::string question(int address, std::string_view word);

/// "@253ACK1.23E-3;FF" or "@253NAK160;FF"
struct Reply {
    bool is_ack = false;
    std::string_view text;  ///< Behind ACK or NAK.
    Reply() = default;
};
/// Nothing: another address (unless everybody was asked), or no whole reply.
[[nodiscard]] std::optional<Reply> reply_of(std::string_view frame, int address);

/// A number in the device's unit, or a word that says why there is none.
struct Pressure {
    double number = 0.0;
    std::string status;
    Pressure() = default;
};
/// Of what stands behind ACK to PRn?. Words that are not known are `unknown_word`.
[[nodiscard]] Pressure pressure_of(std::string_view text);

/// Pa in the unit that U? names.
[[nodiscard]] std::optional<double> pascals_of_unit(std::string_view text);

/// A name or number without spaces: SN?, MD?, FV?.
[[nodiscard]] bool is_token(std::string_view text);
/// SN?: a token that is no pressure.
[[nodiscard]] bool is_serial(std::string_view text);

}  // namespace relaxd::drivers::parts::mks
