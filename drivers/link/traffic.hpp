// SPDX-License-Identifier: MIT
//
// The traffic trace of one link as text: one line a chunk, any byte, and back without loss.
//
//     relaxd-traffic 1 instrument=dma1 driver=q800_class uri=tcp://127.0.0.1:4001 code=0.1.0
//     STEADY_NS UTC MARK SIZE TEXT
//     81200417 2026-01-31T12:00:00.123456Z > 21 1 identify *5A6B7C8D\n
//
// MARK: `>` to the instrument, `<` from it, `|` a note about the link (SIZE counts its bytes too).
// TEXT: printable ASCII as it is, but `\\` for a backslash, `\n`, `\r`, `\t`, and `\xHH` for every
// other byte and for a blank at the end. SIZE counts bytes before escaping, so that a line that was
// cut off is noticed. Notes begin with a word of `note::`. Pure: no file, no clock.

#pragma once

#include "schema/base/clock.hpp"
#include "schema/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::drivers::link {

enum class Mark : char { to_instrument = '>', to_host = '<', note = '|' };

/// First words of notes.
namespace note {
inline constexpr std::string_view opened = "opened";  ///< A connection begins.
inline constexpr std::string_view closed = "closed";  ///< The host ended it.
inline constexpr std::string_view lost = "lost";      ///< It broke, or the instrument ended it.
inline constexpr std::string_view missed = "missed";  ///< So many chunks could not be written here.
inline constexpr std::string_view on = "on";          ///< Switched on: may be amid a connection.
inline constexpr std::string_view off = "off";        ///< Switched off: the trace is complete.
inline constexpr std::string_view full = "full";      ///< The limit of size is reached.
}  // namespace note

/// Bytes that were read or written at once, or a note; both clocks of the host.
struct Chunk {
    SteadyTime steady;
    UtcTime utc;
    Mark mark = Mark::note;
    std::string bytes;
    Chunk() = default;
};

/// Whose traffic it is. Values may hold any byte.
struct TrafficHeader {
    std::string instrument;
    std::string driver;
    std::string uri;
    std::string code_version;
    TrafficHeader() = default;
};

struct Traffic {
    TrafficHeader header;
    std::vector<Chunk> chunks;  ///< Chunk i stands in line i + 2.
    Traffic() = default;
};

/// `bytes` as TEXT; never an LF.
[[nodiscard]] std::string escaped(std::string_view bytes);

/// One line with its LF.
[[nodiscard]] std::string traffic_line(const TrafficHeader& header);
[[nodiscard]] std::string traffic_line(const Chunk& chunk);

/// The whole of a trace. Errors are `invalid` (no trace) or `corrupt` (a line that is cut off or
/// changed), with `source`:LINE in `where`.
[[nodiscard]] Result<Traffic> read_traffic(std::string_view text, const std::string& source);

}  // namespace relaxd::drivers::link
