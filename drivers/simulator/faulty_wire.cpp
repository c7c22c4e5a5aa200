// SPDX-License-Identifier: MIT
#include "drivers/simulator/faulty_wire.hpp"

#include "drivers/simulator/fault_kinds.hpp"
#include "drivers/simulator/noise.hpp"
#include "schema/base/assert.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <utility>

namespace relaxd::simulator {
namespace {

constexpr double never_s = std::numeric_limits<double>::infinity();
constexpr std::size_t queue_high_water = 256UL * 1024;  ///< The device keeps the rest.
constexpr std::size_t partial_max = 64UL * 1024;        ///< Of a line from the host.

// Sorts of lines whose places are counted apart: a host that looks more often changes the number
// of replies and of resent readings, and must not change what happens to the readings.
enum class Stream : std::uint64_t { reading, resent, state, truth, reply, request, other };
constexpr std::size_t streams = 7;

std::uint64_t draw(
    std::uint64_t seed,
    std::uint64_t index,
    std::uint64_t stream,
    std::uint64_t number,
    std::uint64_t k
) {
    return random_bits(seed, (index << 32U) | (stream << 24U) | k, number);
}

std::uint64_t reading_number(std::string_view line) {
    const std::string_view rest = line.substr(2);
    return to_count(rest.substr(0, rest.find(' '))).value_or(0);
}

void flip(std::string& line, std::uint64_t random) {
    const std::uint64_t bit = random % (line.size() * 8);
    char& byte = line[static_cast<std::size_t>(bit / 8)];
    byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << (bit % 8)));
}

}  // namespace

FaultyWire::FaultyWire(SimDevice& device, const FaultScript& script, OtherDevice other)
    : device_(device),
      make_other_(std::move(other)),
      seed_(script.seed.value_or(1)),
      counts_(streams, 0) {
    RELAXD_ASSERT(check_faults(script).has_value());
    for (const Fault& fault : script.bytes().faults) {
        Armed armed;
        armed.fault = fault;
        armed.index = faults_.size();
        armed.next_s = never_s;
        faults_.push_back(armed);
    }
    struck_.assign(faults_.size(), 0);
    meet_run();
}

std::int64_t FaultyWire::after_ns(double seconds) const {
    return now_.ns + static_cast<std::int64_t>(seconds * 1e9);
}

// --- The device's clock ------------------------------------------------------------------------

void FaultyWire::advance_to(SteadyTime now) {
    now_ = std::max(now_, now);
    if (other_ && now_.ns >= pose_until_ns_) {  // the right one is put back
        hang_up(0.0);
        other_.reset();
    }
    hand_over();
    device_.advance_to(now_);
    if (other_) {
        other_->advance_to(now_);
    }
    meet_run();
    for (Way* way : {&to_host_, &to_instrument_}) {
        if (way->together_left > 0 && now_.ns >= way->together_until_ns) {
            flush_together(*way);
        }
    }
}

// A new run meets the script from its beginning; what is due at a time strikes.
void FaultyWire::meet_run() {
    const RunPosition position = device_.run_position();
    if (position.run != run_) {
        run_ = position.run;
        highest_reading_ = 0;
        std::ranges::fill(counts_, 0);
        for (Armed& armed : faults_) {
            armed.next_s = armed.fault.at_s.value_or(never_s);
            armed.waits = armed.fault.at_reading.has_value();
            armed.left_to_host = armed.left_to_instrument = 0;
        }
    }
    if (position.run != 0) {
        strike_at(position.time_s);
    }
    double next_s = never_s;
    for (const Armed& armed : faults_) {
        next_s = std::min(next_s, armed.next_s);
    }
    device_.pause_at(next_s);
}

void FaultyWire::strike_at(double run_time_s) {
    for (Armed& armed : faults_) {
        if (armed.next_s > run_time_s) {
            continue;
        }
        pull();  // what was said before stands before
        strike(armed);
        const double every_s = armed.fault.every_s.value_or(never_s);
        while (armed.next_s <= run_time_s) {
            armed.next_s += every_s;
        }
    }
}

SteadyTime FaultyWire::next_wake() const {
    std::int64_t wake_ns = device_.next_wake().ns;
    const auto at = [&](std::int64_t ns) {
        if (ns > now_.ns && ns != never_ns) {
            wake_ns = std::min(wake_ns, ns);
        }
    };
    if (other_) {
        wake_ns = std::min(wake_ns, other_->next_wake().ns);
        at(pose_until_ns_);
    }
    for (const Way* way : {&to_host_, &to_instrument_}) {
        if (!way->queue.empty()) {
            at(way->queue.front().release_ns);
        }
        if (way->together_left > 0) {
            at(way->together_until_ns);
        }
    }
    at(half_open_until_ns_);
    at(refused_until_ns_);
    return SteadyTime{wake_ns};
}

// --- Sessions ----------------------------------------------------------------------------------

void FaultyWire::connect() {
    disconnect();
    if (!pose_serial_.empty() && make_other_) {
        other_ = make_other_(pose_serial_);
        other_->advance_to(now_);
        other_->disconnect();
        pose_until_ns_ = pose_s_ > 0.0 ? after_ns(pose_s_) : never_ns;
    }
    pose_serial_.clear();
    unit().connect();
}

void FaultyWire::disconnect() {
    to_host_.clear();
    to_instrument_.clear();
    hung_up_ = tell_hang_up_ = false;
    half_open_until_ns_ = 0;
    device_.disconnect();
    if (other_) {
        other_->disconnect();
    }
}

bool FaultyWire::take_hang_up() {
    pull();  // its last words
    if (unit().take_hang_up()) {
        hang_up(0.0);
    }
    return std::exchange(tell_hang_up_, false);
}

bool FaultyWire::accepting() const {
    return now_.ns >= refused_until_ns_ && unit().accepting();
}

void FaultyWire::hang_up(double refused_s) {
    refused_until_ns_ = std::max(refused_until_ns_, after_ns(refused_s));
    if (connected() && !hung_up_) {
        hung_up_ = tell_hang_up_ = true;
        to_instrument_.clear();
        to_host_.overtaken.clear();
        flush_together(to_host_);
    }
}

// --- Bytes ---------------------------------------------------------------------------------------

void FaultyWire::receive(std::string_view bytes, SteadyTime now) {
    advance_to(now);
    if (hung_up_ || half_open()) {
        return;
    }
    const bool hurt = std::ranges::any_of(faults_, [](const Armed& armed) {
        return armed.fault.direction != FaultDirection::to_host;
    });
    if (hurt) {
        to_instrument_.partial += bytes;
        pass_lines(to_instrument_, false);
        if (to_instrument_.partial.size() > partial_max) {
            pass(std::exchange(to_instrument_.partial, std::string()), false);
        }
    } else {
        enqueue(to_instrument_, std::string(bytes), now_.ns, false);
    }
    hand_over();
}

// What the host sent and is due.
void FaultyWire::hand_over() {
    auto& queue = to_instrument_.queue;
    while (!queue.empty() && queue.front().release_ns <= now_.ns && !hung_up_) {
        const std::string bytes = std::move(queue.front().bytes);
        to_instrument_.queued -= bytes.size();
        queue.pop_front();
        pull();
        unit().receive(bytes, now_);
        meet_run();
    }
}

std::string FaultyWire::take_output() {
    pull();
    std::string out;
    auto& queue = to_host_.queue;
    while (!queue.empty() && !half_open() && (hung_up_ || queue.front().release_ns <= now_.ns)) {
        const bool alone = queue.front().alone;
        if (alone && !out.empty()) {
            break;
        }
        out += queue.front().bytes;
        queue.pop_front();
        if (alone) {
            break;
        }
    }
    to_host_.queued -= out.size();
    return out;
}

void FaultyWire::pull() {
    while (!hung_up_ && !half_open() && to_host_.queued < queue_high_water) {
        const std::string bytes = unit().take_output();
        if (bytes.empty()) {
            break;
        }
        to_host_.partial += bytes;
        pass_lines(to_host_, true);
    }
    if (!hung_up_ && !to_host_.partial.empty()) {  // it ended without a line end
        pass(std::exchange(to_host_.partial, std::string()), true);
    }
}

void FaultyWire::pass_lines(Way& way, bool to_host) {
    std::string taken = std::exchange(way.partial, std::string());
    if (takes_portions_) {
        pass(std::move(taken), to_host);
        return;
    }
    std::size_t begin = 0;
    while (!hung_up_) {
        const std::size_t end = taken.find('\n', begin);
        if (end == std::string::npos) {
            way.partial = taken.substr(begin);
            return;
        }
        pass(taken.substr(begin, end + 1 - begin), to_host);
        begin = end + 1;
    }
}

FaultyWire::Place FaultyWire::place_of(std::string_view line, bool to_host) {
    Place place;
    Stream stream = Stream::other;
    if (!to_host) {
        stream = Stream::request;
    } else if (takes_portions_) {
        stream = Stream::reply;
        place.sort = FaultLines::replies;
    } else if (line.starts_with("R ")) {
        const std::uint64_t number = reading_number(line);
        place.sort = FaultLines::readings;
        if (number > highest_reading_) {
            highest_reading_ = place.reading = place.number = number;
            place.stream = static_cast<std::uint64_t>(Stream::reading);
            return place;
        }
        stream = Stream::resent;
    } else if (line.starts_with("S ")) {
        stream = Stream::state;
        place.sort = FaultLines::states;
    } else if (line.starts_with("T ")) {
        stream = Stream::truth;
    } else if (line.starts_with("= ") || line.starts_with("! ")) {
        stream = Stream::reply;
        place.sort = FaultLines::replies;
    }
    place.stream = static_cast<std::uint64_t>(stream);
    place.number = ++counts_[static_cast<std::size_t>(stream)];
    return place;
}

void FaultyWire::pass(std::string line, bool to_host) {
    const Place place = place_of(line, to_host);
    Way& way = to_host ? to_host_ : to_instrument_;
    Fate fate;
    for (Armed& armed : faults_) {
        if (!hits(armed, place, to_host)) {
            continue;
        }
        if (is_line_fault(armed.fault.kind)) {
            ++struck_[armed.index];
            strike_line(armed, place, line, fate);
        } else {
            strike(armed);
        }
    }
    if (!hung_up_ && !(to_host && silent())) {
        emit(way, std::move(line), fate);
    }
}

bool FaultyWire::hits(Armed& armed, const Place& place, bool to_host) {
    const Fault& fault = armed.fault;
    if (armed.waits && place.reading >= *fault.at_reading) {
        armed.waits = false;
        if (!is_line_fault(fault.kind)) {
            return true;
        }
        armed.left_to_host = armed.left_to_instrument = fault.count.value_or(1);
    }
    const auto wrong_way = to_host ? FaultDirection::to_instrument : FaultDirection::to_host;
    const bool sort = !to_host || fault.lines == FaultLines::any || fault.lines == place.sort;
    if (fault.direction == wrong_way || !sort) {
        return false;
    }
    std::uint64_t& left = to_host ? armed.left_to_host : armed.left_to_instrument;
    if (left > 0) {
        --left;
        return true;
    }
    if (!fault.probability) {
        return false;
    }
    const std::uint64_t random = draw(seed_, armed.index, place.stream, place.number, 0);
    if (static_cast<double>(random >> 11U) * 0x1.0p-53 >= *fault.probability) {
        return false;
    }
    left = is_line_fault(fault.kind) ? fault.count.value_or(1) - 1 : 0;
    return true;
}

// A state of the line begins, or the next lines are going to be hit.
void FaultyWire::strike(Armed& armed) {
    const Fault& fault = armed.fault;
    if (is_line_fault(fault.kind)) {
        armed.left_to_host = armed.left_to_instrument = fault.count.value_or(1);
        return;
    }
    ++struck_[armed.index];
    switch (fault.kind) {
        case FaultKind::silence:
            silent_until_ns_ = std::max(silent_until_ns_, after_ns(*fault.duration_s));
            break;
        case FaultKind::half_open:
            half_open_until_ns_ = fault.duration_s ? after_ns(*fault.duration_s) : never_ns;
            break;
        case FaultKind::wrong_device:
            pose_serial_ = fault.serial;
            pose_s_ = fault.duration_s.value_or(0.0);
            hang_up(fault.refused_s);
            break;
        default: hang_up(fault.refused_s); break;
    }
}

void FaultyWire::strike_line(const Armed& armed, const Place& place, std::string& line, Fate& fate)
    const {
    const Fault& fault = armed.fault;
    const auto random = [&](std::uint64_t k) {
        return draw(seed_, armed.index, place.stream, place.number, k);
    };
    switch (fault.kind) {
        case FaultKind::late: fate.delay_s += fault.delay_s; break;
        case FaultKind::split:
            fate.pieces = fault.pieces;
            fate.piece_delay_s = fault.delay_s;
            break;
        case FaultKind::merged:
            fate.together = fault.together;
            fate.together_s = fault.delay_s;
            break;
        case FaultKind::duplicated: fate.copies *= fault.copies; break;
        case FaultKind::reordered: fate.places += fault.places; break;
        case FaultKind::garbled:
            for (std::uint64_t k = 1; k <= fault.bits; ++k) {
                flip(line, random(k));
            }
            break;
        case FaultKind::truncated:
            line.resize(1 + random(1) % (std::max<std::size_t>(line.size(), 3) - 2));
            break;
        case FaultKind::endless_line: fate.junk_bytes += fault.size_bytes; break;
        case FaultKind::baud_garbage:
            for (std::size_t k = 0; k < line.size(); ++k) {
                line[k] = static_cast<char>(random(k + 1) & 0xFFU);
            }
            break;
        default: break;
    }
}

void FaultyWire::emit(Way& way, std::string line, const Fate& fate) {
    std::string bytes(static_cast<std::size_t>(fate.junk_bytes), 'U');
    for (std::uint64_t k = 0; k < fate.copies; ++k) {
        bytes += line;
    }
    if (fate.places > 0) {
        way.overtaken.emplace_back(std::move(bytes), fate.places);
        return;
    }
    leave(way, std::move(bytes), fate);
    // Those that have been passed often enough follow.
    for (Way::Kept& kept : way.overtaken) {
        if (--kept.places == 0) {
            leave(way, std::move(kept.line), Fate());
        }
    }
    std::erase_if(way.overtaken, [](const Way::Kept& kept) { return kept.places == 0; });
}

void FaultyWire::leave(Way& way, std::string bytes, const Fate& fate) {
    if (fate.delay_s > 0.0 || fate.pieces > 1) {
        flush_together(way);
        const std::int64_t release_ns = after_ns(fate.delay_s);
        for (std::uint64_t k = 0; k < fate.pieces; ++k) {
            const auto begin = static_cast<std::size_t>(k * bytes.size() / fate.pieces);
            const auto end = static_cast<std::size_t>((k + 1) * bytes.size() / fate.pieces);
            const auto wait_ns =
                static_cast<std::int64_t>(static_cast<double>(k) * fate.piece_delay_s * 1e9);
            enqueue(way, bytes.substr(begin, end - begin), release_ns + wait_ns, fate.pieces > 1);
        }
        return;
    }
    if (fate.together > 0 && way.together_left == 0) {
        way.together_left = fate.together;
        way.together_until_ns = after_ns(fate.together_s);
    }
    if (way.together_left == 0) {
        enqueue(way, std::move(bytes), now_.ns, false);
        return;
    }
    way.together += bytes;
    if (--way.together_left == 0) {
        flush_together(way);
    }
}

void FaultyWire::flush_together(Way& way) {
    way.together_left = 0;
    enqueue(way, std::exchange(way.together, std::string()), now_.ns, true);
}

void FaultyWire::enqueue(Way& way, std::string bytes, std::int64_t release_ns, bool alone) {
    if (bytes.empty()) {
        return;
    }
    way.queued += bytes.size();
    const bool joins = !alone && !way.queue.empty() && !way.queue.back().alone &&
                       way.queue.back().release_ns == release_ns;
    if (joins) {
        way.queue.back().bytes += bytes;
    } else {
        way.queue.emplace_back(std::move(bytes), release_ns, alone);
    }
}

}  // namespace relaxd::simulator
