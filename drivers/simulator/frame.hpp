// SPDX-License-Identifier: MIT
//
// Lines of the q800_class protocol as the instrument's side sees them
// (docs/protocols/q800_class.md, section 1): checksum, framing, words, numbers at their published
// resolution.
//
// Pure: bytes in, values out. Shares no code with the driver's decoder.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::simulator {

inline constexpr std::size_t line_bytes_max = 512;  ///< With LF (1.2).
inline constexpr std::size_t payload_bytes_max = 480;

/// CRC-32 of IEEE 802.3; `123456789` gives 0xCBF43926.
[[nodiscard]] std::uint32_t crc32_ieee(std::string_view bytes);

/// `PAYLOAD *CRC8` + LF.
[[nodiscard]] std::string framed(std::string_view payload);

/// What one LF ended.
struct IncomingLine {
    IncomingLine() = default;
    bool valid = false;  ///< False: dropped whole, `payload` is empty.
    std::string payload;
};

/// Cuts a byte stream into lines. Holds at most one line.
class LineCutter {
  public:
    /// Takes what arrived, in any split, and returns the lines that ended in it.
    [[nodiscard]] std::vector<IncomingLine> feed(std::string_view bytes);
    void clear();

  private:
    std::string pending_;
    bool overrun_ = false;
};

/// Words separated by exactly one blank; nothing if two blanks meet or one stands at an end.
[[nodiscard]] std::optional<std::vector<std::string_view>> split_words(std::string_view payload);

/// `key=value` words; nothing if a word has no `=`, an empty key, or a key comes twice.
[[nodiscard]] std::optional<std::map<std::string, std::string, std::less<>>> key_values(
    const std::vector<std::string_view>& words, std::size_t first
);

/// `value` on a grid of `1/per_unit`, shortest text.
[[nodiscard]] std::string on_grid(double value, double per_unit);

/// `value` with 7 significant digits.
[[nodiscard]] std::string significant(double value);

}  // namespace relaxd::simulator
