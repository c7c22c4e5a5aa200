// SPDX-License-Identifier: MIT
#include "drivers/protocol_file/part.hpp"

#include "drivers/protocol_file/part_core.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace relaxd::drivers::protocol_file {

namespace {

LinkCounters with(const LinkCounters& before, const link::ExchangeCounters& now) {
    LinkCounters out = before;
    out.frames += now.frames;
    out.corrupt_frames += now.refused_frames;
    out.late_replies += now.unmatched;
    out.timeouts += now.timeouts;
    out.dropped_bytes += now.dropped_bytes;
    return out;
}

}  // namespace

FilePart::FilePart(
    boost::asio::any_io_executor executor,
    std::unique_ptr<link::Opener> opener,
    link::Timing& timing,
    DescriptionPtr description,
    std::string serial_number
)
    : core_(std::make_shared<Core>(
          std::move(executor),
          std::move(opener),
          timing,
          std::move(description),
          std::move(serial_number)
      )) {
    core_->make_exchange();
}

FilePart::~FilePart() {
    core_->told_end = nullptr;
    FilePart::close();
}

Awaitable<Result<Identity>> FilePart::open() {
    return run_open(core_);
}

void FilePart::close() {
    ++core_->openings;
    core_->state = PartState::absent;
    core_->end = Error{Errc::cancelled, "the device was closed", {}, {}};
    core_->opener->cancel();
    core_->exchange->close();
}

PartState FilePart::state() const {
    if (core_->state == PartState::ready && core_->exchange->is_open() &&
        core_->exchange->is_suspect()) {
        return PartState::suspect;
    }
    if (core_->state != PartState::absent && core_->state != PartState::identifying &&
        !core_->exchange->is_open()) {
        return PartState::lost;
    }
    return core_->state;
}

std::string FilePart::trouble() const {
    return core_->trouble;
}

std::vector<Quantity> FilePart::quantities() const {
    std::vector<Quantity> out;
    for (const protocol::QueryRule& rule : core_->description->queries) {
        for (const protocol::Measured& one : rule.values) {
            Quantity quantity;
            quantity.name = one.quantity.name;
            quantity.unit = one.quantity.unit;
            quantity.every_s = rule.every_s;
            if (const auto* set = core_->description->find_set(quantity.name)) {
                quantity.is_settable = true;
                quantity.lowest = set->quantity.to_si(set->lowest);
                quantity.highest = set->quantity.to_si(set->highest);
                quantity.resolution = set->resolution * set->quantity.factor;
            }
            out.push_back(std::move(quantity));
        }
    }
    return out;
}

Awaitable<Result<std::vector<PartValue>>> FilePart::read(std::vector<std::string> names) {
    return run_read(core_, std::move(names));
}

Awaitable<Result<double>> FilePart::set(std::string name, double value) {
    return run_set(core_, std::move(name), value);
}

Awaitable<Result<PartCheck>> FilePart::verify() {
    return run_verify(core_);
}

Awaitable<Result<void>> FilePart::safe() {
    return run_safe(core_);
}

LinkCounters FilePart::counters() const {
    LinkCounters out = with(core_->before, core_->exchange->counters());
    out.reconnects = core_->reconnects;
    out.resent = core_->resent;
    return out;
}

const protocol::Description& FilePart::description() const {
    return *core_->description;
}

void FilePart::describe(DescriptionPtr description) {
    core_->exchange->close();
    core_->before = with(core_->before, core_->exchange->counters());
    core_->description = std::move(description);
    core_->make_exchange();
    core_->wanted.clear();
}

void FilePart::on_end(std::function<void()> told) {
    core_->told_end = std::move(told);
}

void FilePart::lose(std::string why) {
    core_->lose(Error{Errc::unreachable, std::move(why), {}, {}});
}

std::optional<double> FilePart::wanted(const std::string& quantity) const {
    const auto found = core_->wanted.find(quantity);
    return found == core_->wanted.end() ? std::nullopt : std::optional(found->second);
}

Error FilePart::end_error() const {
    if (core_->state != PartState::lost && core_->state != PartState::absent) {
        if (const auto error = core_->exchange->end_error()) {
            return *error;
        }
    }
    return core_->end;
}

Result<void> check_set_point(
    const protocol::Description& description, const std::string& quantity, double value
) {
    const protocol::SetRule* rule = description.find_set(quantity);
    if (rule == nullptr) {
        return fail(Errc::refused, "the device cannot be set to a " + quantity, description.source);
    }
    const double device = rule->quantity.to_device(value);
    const double slack = 1e-9 * std::max(std::abs(rule->lowest), std::abs(rule->highest));
    if (!std::isfinite(value)) {
        return fail(Errc::refused, quantity + " is not a number", description.source);
    }
    const bool is_low = device < rule->lowest - slack;
    if (is_low || device > rule->highest + slack) {
        const double bound = rule->quantity.to_si(is_low ? rule->lowest : rule->highest);
        return fail(
            Errc::refused,
            quantity + " = " + to_text(value) + " is " + (is_low ? "below " : "above ") +
                to_text(bound) + ", the " + (is_low ? "lowest" : "highest") + " that can be set",
            description.source
        );
    }
    return {};
}

}  // namespace relaxd::drivers::protocol_file
