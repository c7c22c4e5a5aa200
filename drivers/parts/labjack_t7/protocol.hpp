// SPDX-License-Identifier: MIT
//
// What a LabJack T7 says and understands, as bytes: Modbus/TCP with the standard's functions 3 and
// 16 and LabJack's own function 76 ("Modbus Feedback": several reads and writes in one request, and
// replies longer than the standard allows). README.md has the sources.
//
// Every request has a transaction number, which its reply repeats. Pure: no I/O, no clock.

#pragma once

#include "drivers/link/exchange.hpp"
#include "schema/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::drivers::parts::labjack_t7 {

using Words = std::vector<std::uint16_t>;

inline constexpr std::size_t header_bytes = 8;          ///< MBAP header and function code.
inline constexpr std::size_t longest_frame = 1040;      ///< On Ethernet.
inline constexpr std::size_t feedback_registers = 255;  ///< Read by one frame of function 76.
inline constexpr std::size_t stream_header_words = 4;
/// Samples that one read of a stream can bring.
inline constexpr std::size_t most_samples = feedback_registers - stream_header_words;

/// Two registers each, high word first.
void put_u32(Words& words, std::uint32_t value);
void put_float(Words& words, float value);  ///< `value` must be finite.
/// The 32-bit number in registers `at` and `at` + 1, which must be there.
[[nodiscard]] std::uint32_t u32_at(const Words& words, std::size_t at);
/// Nothing for NaN and infinity.
[[nodiscard]] std::optional<double> float_at(const Words& words, std::size_t at);

/// One access of a function 76 request.
struct Access {
    std::uint16_t address = 0;
    std::uint8_t count = 0;  ///< Registers.
    Words written;           ///< Empty: they are read.
    Access() = default;
    Access(std::uint16_t where, std::uint8_t how_many) : address(where), count(how_many) {}
    Access(std::uint16_t where, Words what)
        : address(where), count(static_cast<std::uint8_t>(what.size())), written(std::move(what)) {}
};

class Question {
  public:
    /// Function 3; 1 to 125 registers.
    [[nodiscard]] static Question read(std::uint16_t address, std::size_t count);
    /// Function 16; 1 to 123 registers.
    [[nodiscard]] static Question write(std::uint16_t address, const Words& values);
    /// Function 76; done in this order.
    [[nodiscard]] static Question feedback(const std::vector<Access>& accesses);
    /// Function 76: up to so many samples of the stream (1 to most_samples).
    [[nodiscard]] static Question stream(std::size_t samples);

    [[nodiscard]] std::string bytes(std::uint16_t transaction) const;
    /// Is `reply` the whole reply to this with that number, an exception included?
    [[nodiscard]] bool fits(std::string_view reply, std::uint16_t transaction) const;
    /// For an Exchange.
    [[nodiscard]] link::Query query(std::uint16_t transaction) const;

  private:
    Question(std::uint8_t function, std::string data)
        : function_(function), data_(std::move(data)) {}
    std::uint8_t function_;
    std::string data_;               ///< Behind the function code.
    std::size_t payload_bytes_ = 0;  ///< Of the reply, behind its function code.
    std::string payload_begins_;     ///< What they begin with: a byte count, or the echo.
    bool is_stream_ = false;
};

/// The registers that a reply (which fits) brings; none after a write. An exception is `refused`.
[[nodiscard]] Result<Words> decode_words(std::string_view reply);

/// By the length in the header. A frame that is longer than a T7's is junk.
[[nodiscard]] link::Framing framing();

/// Converts codes of one range: PSlope, NSlope, Center of the calibration constants.
struct Slopes {
    double positive = 0.0;  ///< V per code from the centre up …
    double negative = 0.0;  ///< … and down; negative.
    double center = 0.0;    ///< The code of 0 V.
    Slopes() = default;
    Slopes(double up, double down, double zero) : positive(up), negative(down), center(zero) {}
    [[nodiscard]] double volt(double code) const {
        return code < center ? (center - code) * negative : (code - center) * positive;
    }
};
/// The nominal ones at a gain of 1 (range 10 V); a range of r has r / 10 of the slopes.
[[nodiscard]] Slopes nominal_slopes(double range_V);
/// The high-speed converter's of a range (10, 1, 0.1, 0.01) from the 32 registers at
/// `flash_calibration`. `corrupt` where they are more than 5 % from the nominal ones, or where no
/// straight line is within one code of both slopes.
[[nodiscard]] Result<Slopes> decode_slopes(const Words& flash, double range_V);

}  // namespace relaxd::drivers::parts::labjack_t7
