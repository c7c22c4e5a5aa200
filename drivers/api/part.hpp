// SPDX-License-Identifier: MIT
//
// What every *part* promises: a device that is polled, and that instruments are composed of (a
// lock-in, a temperature controller, an electronics box). CONTRACT.md beside this file has the
// numbered clauses P-1 … .
//
// Numbers are SI, in the unit that ends the quantity's name. All calls run on the one io thread;
// every operation ends within its deadlines, by result, error or cancellation. Calls may be made
// while another is under way: they have their turns in the order made, `safe()` before all others.

#pragma once

#include "drivers/api/instrument.hpp"
#include "schema/base/clock.hpp"
#include "schema/base/result.hpp"
#include "schema/record/records.hpp"

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relaxd::drivers {

/// One thing that a part measures or is set to.
struct Quantity {
    std::string name;  ///< With its SI unit; the record's column where there is one: temperature_K.
    std::string unit;  ///< The unit alone: "K"; empty = a pure number.
    bool is_readable = true;
    bool is_settable = false;
    double lowest = record::unknown;      ///< Of a set point.
    double highest = record::unknown;     ///< Of a set point.
    double resolution = record::unknown;  ///< A set point reads back within this.
    double every_s = 0.0;                 ///< More often tells nothing new; 0 = not said.
    Quantity() = default;
};

/// A number, or a word that says why there is none; never both, never neither.
struct PartValue {
    std::string quantity;
    double number = record::unknown;
    std::string status;          ///< Empty: the number is good. Else "overload", "no_answer" …
    std::string raw;             ///< The reply's bytes, whole, as received.
    SteadyTime received_steady;  ///< Host clock at the last byte.
    UtcTime received_utc;        ///< Label only.
    PartValue() = default;
    [[nodiscard]] bool has_number() const { return status.empty() && !std::isnan(number); }
};

enum class PartState : std::uint8_t {
    absent,       ///< Not opened yet, or closed.
    identifying,  ///< open() is under way.
    ready,        ///< Identified, in step, its settings as they were set.
    suspect,      ///< A reply was late, missing or not understood: it proves itself first.
    degraded,     ///< It rebooted or was changed at its front panel, and is not yet as it was set.
    lost,         ///< The link failed.
};
[[nodiscard]] std::string_view to_word(PartState state);

/// What verify() found.
struct PartCheck {
    bool has_rebooted = false;
    std::vector<std::string> changed;  ///< Settings that were not as set, each with both numbers.
    bool is_restored = true;           ///< All settings are as set again, read back.
    PartCheck() = default;
    [[nodiscard]] bool is_as_set() const { return !has_rebooted && changed.empty(); }
};

class Part {
  public:
    virtual ~Part() = default;

    /// Connects, waits until the line is silent, reads the identity and compares it with what is
    /// configured. `refused`: it is another device; nothing was set.
    [[nodiscard]] virtual Awaitable<Result<Identity>> open() = 0;
    /// Ends every call in flight with `cancelled`; the device is not told.
    virtual void close() = 0;
    [[nodiscard]] virtual bool is_open() const { return state() >= PartState::ready && !is_lost(); }
    [[nodiscard]] virtual PartState state() const = 0;
    /// Why it is not `ready`; empty when it is.
    [[nodiscard]] virtual std::string trouble() const = 0;

    /// In a fixed order.
    [[nodiscard]] virtual std::vector<Quantity> quantities() const = 0;
    /// These quantities, in this order, each asked for once however many come in one reply; none
    /// named: all readable ones. What could not be read has a status word. An error: none could.
    [[nodiscard]] virtual Awaitable<Result<std::vector<PartValue>>> read(
        std::vector<std::string> names
    ) = 0;
    /// Writes, reads back, compares within the resolution: what was read back. `refused` before any
    /// byte is sent: no such quantity, outside its limits, not identified. `corrupt`: the device
    /// holds another number than it was given.
    [[nodiscard]] virtual Awaitable<Result<double>> set(std::string name, double value) = 0;
    /// Asks what tells a reboot and reads back what was set; where it is not as it was, the state
    /// is `degraded`, the settings are written again and read back. Call it every few seconds.
    [[nodiscard]] virtual Awaitable<Result<PartCheck>> verify() = 0;
    /// The declared safe state, confirmed by reading back where it can be. Waits for nobody, and
    /// forgets what was set: verify() does not bring it back.
    [[nodiscard]] virtual Awaitable<Result<void>> safe() = 0;

    [[nodiscard]] virtual LinkCounters counters() const = 0;
    /// See Instrument::proven().
    [[nodiscard]] virtual bool proven() const { return false; }

  private:
    [[nodiscard]] bool is_lost() const { return state() == PartState::lost; }
};

}  // namespace relaxd::drivers
