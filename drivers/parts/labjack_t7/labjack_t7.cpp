// SPDX-License-Identifier: MIT
#include "drivers/parts/labjack_t7/labjack_t7.hpp"

#include "drivers/parts/labjack_t7/state.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace relaxd::drivers::parts::labjack_t7 {

LabJackT7::State::State(
    const boost::asio::any_io_executor& executor,
    std::unique_ptr<link::Opener> opener,
    link::Timing& host_timing,
    std::unique_ptr<T7Dialect> spoken,
    std::string serial_number
)
    : dialect(spoken.get()),
      part(executor, std::move(opener), host_timing, std::move(spoken), std::move(serial_number)),
      timing(host_timing),
      wake(executor) {}

void LabJackT7::State::end_stream() {
    ++stream;
    is_streaming = false;
    broken.reset();
    wake.notify();
}

void LabJackT7::State::break_stream(std::string why) {
    if (!is_streaming) {
        return;
    }
    end_stream();
    broken =
        Error{Errc::corrupt, "the stream broke: " + why, "LabJack T7", "start the stream again"};
}

namespace {

/// AIN number of "ain2_V"; nothing where it is no input.
std::optional<std::size_t> input_of(const std::string& quantity) {
    const bool is_input = quantity.size() == 6 && quantity.starts_with("ain") &&
                          quantity.ends_with("_V") && quantity[3] >= '0' && quantity[3] <= '3';
    return is_input ? std::optional(static_cast<std::size_t>(quantity[3] - '0')) : std::nullopt;
}

/// What the newest scan says of an input.
PartValue streamed(const LabJackT7::State& state, const std::string& quantity, std::size_t input) {
    PartValue value;
    value.quantity = quantity;
    value.status = "streaming";
    const std::vector<std::int32_t>& scan = state.decoder.newest();
    const auto found = std::ranges::find(state.inputs, input);
    if (found == state.inputs.end() || scan.empty()) {
        return value;
    }
    const auto at = static_cast<std::size_t>(found - state.inputs.begin());
    const StreamInfo::Input& how = state.info.inputs[at];
    const double volt = how.offset_V + how.volt_per_code * scan[at];
    const bool is_clipped = volt < how.low_V || volt > how.high_V;
    value.status = is_clipped ? "overload" : "";
    value.number = is_clipped ? record::unknown : volt;
    value.raw = state.last_reply.frame;
    value.received_steady = state.last_reply.received;
    value.received_utc = state.last_reply.received_utc;
    return value;
}

Awaitable<Result<std::vector<PartValue>>> run_read(StatePtr state, std::vector<std::string> names) {
    if (names.empty()) {
        for (const Quantity& one : state->part.quantities()) {
            names.push_back(one.name);
        }
    }
    std::vector<std::string> polled;
    for (const std::string& name : names) {
        if (!state->is_streaming || !state->part.is_open() || !input_of(name)) {
            polled.push_back(name);
        }
    }
    std::vector<PartValue> had;
    if (!polled.empty()) {
        Result<std::vector<PartValue>> values = co_await state->part.read(polled);
        if (!values) {
            co_return fail(values.error());
        }
        had = std::move(*values);
    }
    std::vector<PartValue> out;
    for (const std::string& name : names) {
        const auto found = std::ranges::find(had, name, &PartValue::quantity);
        out.push_back(
            found != had.end() ? *found : streamed(*state, name, input_of(name).value_or(0))
        );
    }
    co_return out;
}

Awaitable<Result<PartCheck>> run_verify(StatePtr state) {
    Result<PartCheck> check = co_await state->part.verify();
    if (check && !check->is_as_set()) {
        state->break_stream(
            check->has_rebooted ? "the device was restarted" : check->changed.front()
        );
    }
    co_return check;
}

Awaitable<Result<Identity>> run_open(StatePtr state) {
    state->end_stream();
    Result<Identity> opened = co_await state->part.open();
    co_return opened;
}

}  // namespace

LabJackT7::LabJackT7(
    boost::asio::any_io_executor executor,
    std::unique_ptr<link::Opener> opener,
    link::Timing& timing,
    const Settings& settings,
    std::string serial_number
)
    : state_(std::make_shared<State>(
          executor,
          std::move(opener),
          timing,
          std::make_unique<T7Dialect>(settings),
          std::move(serial_number)
      )) {}

LabJackT7::~LabJackT7() {
    LabJackT7::close();
}

Awaitable<Result<Identity>> LabJackT7::open() {
    return run_open(state_);
}

void LabJackT7::close() {
    state_->end_stream();
    state_->part.close();
}

PartState LabJackT7::state() const {
    return state_->part.state();
}

std::string LabJackT7::trouble() const {
    return state_->part.trouble();
}

std::vector<Quantity> LabJackT7::quantities() const {
    return state_->part.quantities();
}

Awaitable<Result<std::vector<PartValue>>> LabJackT7::read(std::vector<std::string> names) {
    return run_read(state_, std::move(names));
}

Awaitable<Result<double>> LabJackT7::set(std::string name, double value) {
    return state_->part.set(std::move(name), value);
}

Awaitable<Result<PartCheck>> LabJackT7::verify() {
    return run_verify(state_);
}

Awaitable<Result<void>> LabJackT7::safe() {
    return state_->part.safe();
}

LinkCounters LabJackT7::counters() const {
    return state_->part.counters();
}

Awaitable<Result<StreamInfo>> LabJackT7::start_stream(StreamSettings settings) {
    return run_start(state_, std::move(settings));
}

Awaitable<Result<SampleBlock>> LabJackT7::next_block() {
    return run_next(state_);
}

Awaitable<Result<void>> LabJackT7::stop_stream() {
    return run_stop(state_);
}

}  // namespace relaxd::drivers::parts::labjack_t7
