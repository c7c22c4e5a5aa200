// SPDX-License-Identifier: MIT
#include "drivers/torsion_pendulum/host.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace relaxd::drivers::torsion_pendulum {

namespace {

constexpr std::size_t warmth_max = 20'000;  ///< Nearly three hours at two a second.

/// What a part with this role is asked for all the time.
std::vector<std::string> polled_of(const ComposedPart& what, const Part& part) {
    std::vector<std::string> wanted;
    if (what.roles.contains("temperature")) {
        wanted = {"temperature_K", "set_temperature_K", "heater_percent"};
    }
    if (what.roles.contains("vacuum")) {
        wanted.emplace_back("pressure_Pa");
    }
    const std::vector<Quantity> has = part.quantities();
    std::vector<std::string> out;
    for (const std::string& name : wanted) {
        const Quantity* const found = find_quantity(has, name);
        if (found != nullptr && found->is_readable) {
            out.push_back(name);
        }
    }
    return out;
}

}  // namespace

void add_flag(std::string& flags, const std::string& word) {
    if ((" " + flags + " ").find(" " + word + " ") == std::string::npos) {
        flags += (flags.empty() ? "" : " ") + word;
    }
}

SteadyTime after_s(SteadyTime time, double seconds) {
    return SteadyTime{time.ns + static_cast<std::int64_t>(seconds * 1e9)};
}

Slot::Slot(ComposedPart what_it_is, parts::MadePart made, const boost::asio::any_io_executor& on)
    : what(std::move(what_it_is)),
      part(std::move(made.part)),
      digitiser(made.digitiser),
      polled(polled_of(what, *part)),
      tick(on) {}

std::string Slot::name() const {
    return "part '" + what.config.name + "' (" + what.config.device + ")";
}

std::string Slot::role() const {
    for (const char* role_name : {"excitation", "temperature", "vacuum", "angle", "torque"}) {
        if (has(role_name)) {
            const bool is_signal = role_name == std::string_view("angle");
            return is_signal && digitiser != nullptr ? "digitiser" : role_name;
        }
    }
    return what.config.name;
}

Host::Host(
    boost::asio::any_io_executor on,
    link::Timing& host_timing,
    Composition composed,
    std::vector<parts::MadePart> made,
    Options chosen
)
    : executor(std::move(on)),
      timing(host_timing),
      composition(std::move(composed)),
      options(chosen),
      news(executor),
      turn(executor),
      saved(executor),
      end{Errc::unreachable, "the pendulum has not been opened", {}, {}} {
    for (std::size_t i = 0; i < made.size(); ++i) {
        slots.push_back(std::make_unique<Slot>(composition.parts[i], std::move(made[i]), executor));
    }
    streamer = part_with(composition, "angle", Kind::digitiser);
    analyser = part_with(composition, "angle", Kind::analyser);
    lock_in_angle = part_with(composition, "angle", Kind::lock_in);
    lock_in_torque = part_with(composition, "torque", Kind::lock_in);
    vacuum = part_with(composition, "vacuum");
    excitation = part_with(composition, "excitation").value_or(0);
    temperature = part_with(composition, "temperature").value_or(0);
}

double Host::clock_s() const {
    if (is_digitised()) {
        return tape.epoch() == 0 ? 0.0 : tape.time_s(tape.device_scan());
    }
    return static_cast<double>(now().ns) * 1e-9;
}

double Host::heard_s() const {
    return is_digitised() ? tape.now_s() : clock_s();
}

Abilities Host::abilities() const {
    Abilities out;
    out.has_digitiser = is_digitised();
    out.has_lock_in = lock_in_angle.has_value();
    out.has_analyser = analyser.has_value();
    out.excitation = part_of(excitation).quantities();
    out.temperature = part_of(temperature).quantities();
    return out;
}

double Host::number(const std::string& quantity) const {
    for (const auto& [slot, polled] : newest) {
        const auto found = polled.numbers.find(quantity);
        if (found != polled.numbers.end()) {
            return found->second;
        }
    }
    return record::unknown;
}

std::string Host::note() const {
    std::string text;
    for (const auto& slot : slots) {
        if (!slot->trouble.empty()) {
            text += (text.empty() ? "" : "; ") + slot->name() + ": " + slot->trouble;
        }
    }
    return text;
}

void Host::tell(State next, std::string cause) {
    state = next;
    StateChange change;
    change.state = next;
    change.run_token = token;
    change.cause = std::move(cause);
    if (!program.steps.empty()) {
        const std::size_t at = std::min(progress.step, program.steps.size() - 1);
        change.segment = program.steps[at].segment;
    }
    kept.tell(std::move(change));
    news.notify();
}

void Host::flag(const std::string& word) {
    if (is_run_on()) {
        add_flag(flags, word);
    }
}

void Host::disturb() {
    ++disturbances;
    is_drive_known = false;
    turn.notify();
}

record::Reading Host::reading_at(double clock) {
    record::Reading reading;
    reading.segment = step().segment;
    reading.time_s = run_s(clock);
    reading.simulated = is_simulated;
    reading.flags = std::exchange(flags, std::string());
    if (step().is_check) {
        add_flag(reading.flags, "check_isotherm");
    }
    reading.received_steady = is_digitised() ? last_block : now();
    reading.received_utc = is_digitised() ? last_block_utc : timing.clock().utc();
    for (const auto& [slot, polled] : newest) {
        for (const auto& [name, value] : polled.numbers) {
            if (const auto channel = record::channel_from(name)) {
                reading.values[*channel] = value;
            } else {
                reading.extra[name] = value;
            }
        }
        reading.raw += polled.raw;
        std::size_t from = 0;
        while (from < polled.flags.size()) {
            const std::size_t end_of_word =
                std::min(polled.flags.find(' ', from), polled.flags.size());
            add_flag(reading.flags, polled.flags.substr(from, end_of_word - from));
            from = end_of_word + 1;
        }
    }
    // The temperature is that of the time of the reading, not that of its last byte.
    if (reading.values.has(record::Channel::temperature_K) && !warmth.empty()) {
        const auto nearer = [clock](const auto& a, const auto& b) {
            return std::abs(a.first - clock) < std::abs(b.first - clock);
        };
        const auto best = std::min_element(warmth.begin(), warmth.end(), nearer);
        reading.values[record::Channel::temperature_K] = best->second;
    }
    while (warmth.size() > warmth_max) {
        warmth.pop_front();
    }
    return reading;
}

void Host::deliver(record::Reading reading) {
    if (windows_thrown > 0) {
        reading.extra["windows_thrown"] =
            static_cast<double>(std::exchange(windows_thrown, std::uint64_t{0}));
    }
    if (step().stores) {
        kept.add(std::move(reading));
        news.notify();
    }
}

}  // namespace relaxd::drivers::torsion_pendulum
