// SPDX-License-Identifier: MIT
//
// A device behind a bad line: the byte faults of a script around any SimDevice, so that they work
// over TCP, a pty and in-process alike.
//
// What happens to a line depends on the script, the seed and the line's place (reading number, or
// how many lines of its sort came before) only. `at` stops the device's clock at that very time.
// Delays, silences and refusals are host time by nature. One thread.

#pragma once

#include "drivers/simulator/fault_script.hpp"
#include "drivers/simulator/sim_device.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace relaxd::simulator {

class FaultyWire final : public SimDevice {
  public:
    /// Makes the unit with this serial that answers after `wrong_device`.
    using OtherDevice = std::function<std::unique_ptr<SimDevice>(const std::string& serial)>;

    /// `device` must outlive the wire and is driven by it alone. Physics faults of the script are
    /// ignored. Without `other`, wrong_device only hangs up.
    FaultyWire(SimDevice& device, const FaultScript& script, OtherDevice other = {});

    /// For protocols whose lines do not end with LF: what comes together is one line, either way,
    /// and all that the device says are replies.
    void take_portions() { takes_portions_ = true; }

    void receive(std::string_view bytes, SteadyTime now) override;
    void advance_to(SteadyTime now) override;
    [[nodiscard]] std::string take_output() override;
    [[nodiscard]] SteadyTime next_wake() const override;
    void connect() override;
    void disconnect() override;
    [[nodiscard]] bool connected() const override { return unit().connected(); }
    [[nodiscard]] bool take_hang_up() override;
    [[nodiscard]] bool accepting() const override;
    [[nodiscard]] bool reading() const override { return !half_open(); }
    [[nodiscard]] RunPosition run_position() const override { return device_.run_position(); }

    /// How often a fault of the script has struck, by its place in the byte part of the script.
    [[nodiscard]] const std::vector<std::uint64_t>& struck() const { return struck_; }

  private:
    static constexpr std::int64_t never_ns = std::numeric_limits<std::int64_t>::max();

    /// A fault and where it stands in this run.
    struct Armed {
        Fault fault;
        std::uint64_t index = 0;         ///< In the byte part: part of the seed of its draws.
        double next_s = 0.0;             ///< `at` faults; infinity: done.
        bool waits = false;              ///< `at_reading` faults.
        std::uint64_t left_to_host = 0;  ///< Lines still to be hit.
        std::uint64_t left_to_instrument = 0;
    };

    /// Bytes that leave together, not before a time.
    struct Portion {
        Portion(std::string bytes_in, std::int64_t release_ns_in, bool alone_in)
            : bytes(std::move(bytes_in)), release_ns(release_ns_in), alone(alone_in) {}
        std::string bytes;
        std::int64_t release_ns;
        bool alone;  ///< Not to be joined with its neighbours.
    };

    /// One direction of the line.
    struct Way {
        std::string partial;        ///< A line that has not ended yet.
        std::deque<Portion> queue;  ///< In the order of leaving; a late one holds up what follows.
        std::string together;       ///< Lines that are kept back to be sent at once.
        std::uint64_t together_left = 0;
        std::int64_t together_until_ns = 0;
        struct Kept {
            Kept(std::string line_in, std::uint64_t places_in)
                : line(std::move(line_in)), places(places_in) {}
            std::string line;
            std::uint64_t places;  ///< Lines that still pass it.
        };
        std::vector<Kept> overtaken;
        std::size_t queued = 0;  ///< Bytes.
        void clear() { *this = Way(); }
    };

    /// Where a line stands among its like: what the draws depend on.
    struct Place {
        Place() = default;
        std::uint64_t stream = 0;
        std::uint64_t number = 0;
        FaultLines sort = FaultLines::any;
        std::uint64_t reading = 0;  ///< Of a reading that was not sent before; else 0.
    };

    /// What the faults that hit a line make of it.
    struct Fate {
        Fate() = default;
        double delay_s = 0.0;
        std::uint64_t pieces = 1;
        double piece_delay_s = 0.0;
        std::uint64_t together = 0;
        double together_s = 0.0;
        std::uint64_t copies = 1;
        std::uint64_t places = 0;
        std::uint64_t junk_bytes = 0;
    };

    [[nodiscard]] SimDevice& unit() const { return other_ ? *other_ : device_; }
    [[nodiscard]] bool half_open() const { return now_.ns < half_open_until_ns_; }
    [[nodiscard]] bool silent() const { return now_.ns < silent_until_ns_; }
    /// A time so many seconds of host time from now.
    [[nodiscard]] std::int64_t after_ns(double seconds) const;

    void meet_run();
    void strike_at(double run_time_s);
    void pull();
    void hand_over();
    void pass_lines(Way& way, bool to_host);
    void pass(std::string line, bool to_host);
    [[nodiscard]] Place place_of(std::string_view line, bool to_host);
    [[nodiscard]] bool hits(Armed& armed, const Place& place, bool to_host);
    void strike(Armed& armed);
    void strike_line(const Armed& armed, const Place& place, std::string& line, Fate& fate) const;
    void emit(Way& way, std::string line, const Fate& fate);
    void leave(Way& way, std::string bytes, const Fate& fate);
    static void enqueue(Way& way, std::string bytes, std::int64_t release_ns, bool alone);
    void flush_together(Way& way);
    void hang_up(double refused_s);

    SimDevice& device_;
    OtherDevice make_other_;
    std::unique_ptr<SimDevice> other_;
    std::uint64_t seed_ = 1;
    bool takes_portions_ = false;
    std::vector<Armed> faults_;
    std::vector<std::uint64_t> struck_;

    SteadyTime now_;
    std::uint64_t run_ = 0;
    Way to_host_;
    Way to_instrument_;
    std::uint64_t highest_reading_ = 0;
    std::vector<std::uint64_t> counts_;  ///< Lines seen, by stream.

    bool hung_up_ = false;  ///< Until the session is closed.
    bool tell_hang_up_ = false;
    std::int64_t refused_until_ns_ = 0;
    std::int64_t silent_until_ns_ = 0;
    std::int64_t half_open_until_ns_ = 0;
    std::int64_t pose_until_ns_ = never_ns;
    std::string pose_serial_;  ///< The unit that answers from the next connection on.
    double pose_s_ = 0.0;
};

}  // namespace relaxd::simulator
