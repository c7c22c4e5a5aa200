// SPDX-License-Identifier: MIT
#include "drivers/parts/polled/polled_part.hpp"

#include "drivers/parts/polled/core.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace relaxd::drivers::parts {

bool is_within(const Quantity& quantity, double set, double read) {
    const bool has_resolution = std::isfinite(quantity.resolution);
    const double within = has_resolution ? quantity.resolution : 1e-9 * std::abs(set);
    return std::abs(set - read) <= within * (1.0 + 1e-6);
}

PolledPart::Core::Core(
    boost::asio::any_io_executor executor,
    std::unique_ptr<link::Opener> way,
    link::Timing& host_timing,
    std::unique_ptr<Dialect> spoken,
    std::string serial
)
    : opener(std::move(way)),
      timing(host_timing),
      dialect(std::move(spoken)),
      serial_number(std::move(serial)),
      turn(executor),
      settling(executor) {
    link::ExchangeSettings settings = dialect->exchange();
    settings.on_end = [this] {
        lose(exchange->end_error().value_or(end));
        wake();
    };
    exchange = std::make_shared<link::Exchange>(executor, timing, std::move(settings));
}

Error PolledPart::Core::not_open() const {
    Error error = end;
    if (error.code != Errc::cancelled || state != PartState::absent) {
        error.code = Errc::unreachable;
    }
    if (state == PartState::identifying) {
        error.message = "the device is not identified yet";
    }
    if (error.where.empty()) {
        error.where = dialect->name();
    }
    return error;
}

const Quantity* PolledPart::Core::find(const std::vector<Quantity>& all, const std::string& name)
    const {
    const auto found = std::ranges::find(all, name, &Quantity::name);
    return found == all.end() ? nullptr : &*found;
}

void PolledPart::Core::wake() {
    turn.notify();
    settling.notify();
}

void PolledPart::Core::lose(Error why) {
    if (state == PartState::absent || state == PartState::lost) {
        return;
    }
    state = PartState::lost;
    trouble = why.message;
    why.code = Errc::unreachable;
    end = std::move(why);
    exchange->close();
    wake();
}

PolledPart::PolledPart(
    boost::asio::any_io_executor executor,
    std::unique_ptr<link::Opener> opener,
    link::Timing& timing,
    std::unique_ptr<Dialect> dialect,
    std::string serial_number
)
    : core_(std::make_shared<Core>(
          std::move(executor),
          std::move(opener),
          timing,
          std::move(dialect),
          std::move(serial_number)
      )) {}

PolledPart::~PolledPart() {
    PolledPart::close();
}

Awaitable<Result<Identity>> PolledPart::open() {
    return run_open(core_);
}

void PolledPart::close() {
    ++core_->openings;
    core_->state = PartState::absent;
    core_->trouble = "closed";
    core_->end = Error{Errc::cancelled, "the device was closed", {}, {}};
    core_->opener->cancel();
    core_->exchange->close();
    core_->wake();
}

PartState PolledPart::state() const {
    if (core_->state == PartState::ready && core_->exchange->is_suspect()) {
        return PartState::suspect;
    }
    return core_->state;
}

std::string PolledPart::trouble() const {
    if (state() == PartState::suspect) {
        return "a reply was late, missing or not understood";
    }
    return core_->state == PartState::absent && core_->trouble.empty() ? "not opened yet"
                                                                       : core_->trouble;
}

std::vector<Quantity> PolledPart::quantities() const {
    return core_->dialect->quantities();
}

Awaitable<Result<std::vector<PartValue>>> PolledPart::read(std::vector<std::string> names) {
    return run_read(core_, std::move(names));
}

Awaitable<Result<double>> PolledPart::set(std::string name, double value) {
    return run_set(core_, std::move(name), value);
}

Awaitable<Result<PartCheck>> PolledPart::verify() {
    return run_verify(core_);
}

Awaitable<Result<void>> PolledPart::safe() {
    return run_safe(core_);
}

LinkCounters PolledPart::counters() const {
    const link::ExchangeCounters& now = core_->exchange->counters();
    LinkCounters out;
    out.frames = now.frames;
    out.corrupt_frames = now.refused_frames;
    out.late_replies = now.unmatched;
    out.timeouts = now.timeouts;
    out.dropped_bytes = now.dropped_bytes;
    out.reconnects = core_->reconnects;
    out.resent = core_->resent;
    return out;
}

}  // namespace relaxd::drivers::parts
