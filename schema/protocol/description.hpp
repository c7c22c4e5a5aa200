// SPDX-License-Identifier: MIT
//
// A text instrument as its file describes it: plain values, checked. Times are milliseconds or
// seconds as named; numbers of the device in its own units unless called SI. The keys of the file:
// docs/drivers.md.

#pragma once

#include "schema/base/result.hpp"
#include "schema/protocol/checksum.hpp"
#include "schema/protocol/template.hpp"
#include "schema/protocol/unit.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::protocol {

inline constexpr double unbounded = std::numeric_limits<double>::max();

enum class EchoRule : std::uint8_t { off, expect, detect };

struct LinkRules {
    std::string reply_terminator = "\r\n";
    std::string command_terminator = "\r\n";
    int gap_ms = 20;
    int write_ms = 500;
    int first_byte_ms = 1000;
    int between_bytes_ms = 200;
    int reply_ms = 2000;
    int worst_latency_ms = 2000;
    EchoRule echo = EchoRule::off;
    Checksum checksum = Checksum::none;
    bool is_hex = true;
    std::string checksum_mark;  ///< Stands between the text and its checksum.
    bool covers_mark = false;   ///< The checksum is over text and mark.
    std::string unsolicited;  ///< Lines that begin so are the device's own; empty = there are none.
};

/// A question and its answer.
struct Ask {
    Template command;
    Template answer;
};

/// A number field of a reply.
struct Measured {
    Named quantity;
    double lowest = -unbounded;  ///< Outside, the number is not plausible and no value.
    double highest = unbounded;
};

struct QueryRule {
    Ask ask;
    std::vector<Measured> values;            ///< In the order of the reply.
    std::vector<std::string> good;           ///< Words of {status} with which numbers are values.
    std::map<std::string, std::string> bad;  ///< Word of {status} to flag: OVL → overload.
    double every_s = 0.0;                    ///< 0 = with each reading.
    int reply_ms = 0;                        ///< 0 = the link's.
    double reply_periods = 0.0;              ///< So many periods of frequency_Hz are added to it.
    std::size_t line = 0;                    ///< In the file.
};

struct SetRule {
    Named quantity;
    Template command;
    Template reply;  ///< Empty: the device says nothing to it.
    double lowest = 0.0;
    double highest = 0.0;
    double resolution = 0.0;
    std::size_t query = 0;  ///< That reads it back.
    std::size_t line = 0;
};

/// A set point, in SI.
struct Setting {
    std::string quantity;
    double value_SI = 0.0;
};

struct RebootRule {
    Ask ask;
    std::string rebooted;  ///< This whole line tells a reboot.
    std::string clear;     ///< Command that arms it again; empty = reading does.
};

/// How the simulator plays one quantity; its units.
struct Played {
    double value = 0.0;
    double noise = 0.0;       ///< Standard deviation.
    std::string follows;      ///< The set quantity it runs after; empty = it stays.
    double rate_per_s = 0.0;  ///< 0 = at once.
    int decimals = 4;
};

struct Description {
    std::string source;  ///< The name of the file.
    std::string sha256;  ///< Of its text.
    std::string vendor;
    std::string model;
    Ask identity;
    std::string serial_number;  ///< That it must have; empty = any.
    LinkRules link;
    Ask sentinel;  ///< The identity's, where the file says nothing.
    std::vector<QueryRule> queries;
    std::vector<SetRule> sets;
    std::vector<Setting> start;  ///< Before a run.
    std::vector<Setting> safe;   ///< In this order.
    std::vector<std::string> safe_commands;
    std::optional<RebootRule> reboot;
    double verify_s = 10.0;
    double within_K = 0.5;                 ///< Equilibrated: so near …
    double for_s = 30.0;                   ///< … for so long.
    std::map<std::string, Played> played;  ///< By device name.

    /// By the house's name; null if there is none.
    [[nodiscard]] const SetRule* find_set(std::string_view quantity) const;
    [[nodiscard]] const Measured* find_measured(std::string_view quantity) const;
    /// The query whose reply has it.
    [[nodiscard]] std::optional<std::size_t> query_of(std::string_view quantity) const;
};

/// Errors: `invalid`, with SOURCE:LINE, the key, and the nearest known one.
[[nodiscard]] Result<Description> parse(std::string_view toml, std::string_view source_name);

/// Reads and parses a file of at most 1 MiB. An unreadable one is `not_found` or `io`.
[[nodiscard]] Result<Description> load(const std::string& path);

/// What was understood, as lines for people.
[[nodiscard]] std::string describe(const Description& description);

}  // namespace relaxd::protocol
