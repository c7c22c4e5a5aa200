// SPDX-License-Identifier: MIT
//
// How a stream is started, fetched and stopped.
#include "drivers/parts/labjack_t7/registers.hpp"
#include "drivers/parts/labjack_t7/state.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace relaxd::drivers::parts::labjack_t7 {

namespace {

constexpr const char* here = "LabJack T7, stream";
constexpr std::size_t inputs_max = 14;    // AIN0 … AIN13 at the device's own terminals
constexpr std::uint32_t by_command = 16;  // STREAM_AUTO_TARGET
constexpr std::size_t setup_words = 20;   // 4002 … 4021
constexpr std::size_t flash_words = 32;   // HS[0] … HS[3]
constexpr std::chrono::milliseconds poll_interval{50};

Error ended() {
    return Error{Errc::cancelled, "the stream was ended", here, {}};
}

/// "AIN3" as 3.
std::optional<std::size_t> input_number(std::string_view name) {
    if (!name.starts_with("AIN")) {
        return std::nullopt;
    }
    const std::string_view digits = name.substr(3);
    const auto number = to_count(digits);
    if (!number || *number >= inputs_max || (digits.size() > 1 && digits[0] == '0')) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(*number);
}

Result<std::vector<std::size_t>> check_wanted(const StreamSettings& wanted) {
    std::vector<std::size_t> inputs;
    for (const std::string& name : wanted.inputs) {
        const std::optional<std::size_t> input = input_number(name);
        if (!input) {
            return fail(
                Errc::refused, "there is no input '" + name + "'", here, "AIN0 to AIN13 are"
            );
        }
        if (std::ranges::find(inputs, *input) != inputs.end()) {
            return fail(Errc::refused, "input " + name + " is named twice", here);
        }
        inputs.push_back(*input);
    }
    if (inputs.empty()) {
        return fail(Errc::refused, "no input is named", here, "name some of AIN0 to AIN13");
    }
    const double fastest = most_samples_per_s / static_cast<double>(inputs.size());
    if (!(wanted.rate_Hz >= slowest_scans_per_s && wanted.rate_Hz <= fastest)) {
        return fail(
            Errc::refused,
            (std::isfinite(wanted.rate_Hz) ? to_text(wanted.rate_Hz) : "what is no number") +
                " scans a second of " + std::to_string(inputs.size()) +
                " inputs are not possible, " + to_text(slowest_scans_per_s) + " to " +
                to_text(fastest) + " are",
            here
        );
    }
    return inputs;
}

/// STREAM_SCANRATE_HZ and what follows it, up to STREAM_NUM_SCANS.
Words setup_of(double rate_Hz, std::size_t inputs, const Settings& settings) {
    Words words;
    put_float(words, static_cast<float>(rate_Hz));
    put_u32(words, static_cast<std::uint32_t>(inputs));
    put_u32(words, static_cast<std::uint32_t>(inputs));  // samples a packet, of no use here
    put_float(words, static_cast<float>(settings.settling_us));
    put_u32(words, settings.stream_resolution);
    put_u32(words, stream_buffer_bytes);
    put_u32(words, 0);  // clock: its own
    put_u32(words, by_command);
    put_u32(words, 0);  // data type
    put_u32(words, 0);  // without end
    return words;
}

Words scan_list(const std::vector<std::size_t>& inputs) {
    Words words;
    for (const std::size_t input : inputs) {
        put_u32(words, static_cast<std::uint32_t>(reg::ain0 + 2 * input));
    }
    return words;
}

Words u32(std::uint32_t value) {
    Words words;
    put_u32(words, value);
    return words;
}

/// The registers that it reads, `count` of them; while the stream of number `stream` is meant.
Awaitable<Result<Words>> ask(
    StatePtr state, std::uint64_t stream, Question question, std::size_t count
) {
    std::vector<link::Query> queries;
    queries.push_back(state->dialect->ask(question));
    Result<std::vector<link::Answer>> answers = co_await state->part.ask(std::move(queries));
    if (state->stream != stream) {
        co_return fail(ended());
    }
    if (!answers) {
        co_return fail(answers.error());
    }
    Result<Words> words = decode_words(answers->front().frame);
    if (words && words->size() != count) {
        co_return fail(
            Errc::corrupt,
            std::to_string(words->size()) + " registers came, asked for " + std::to_string(count),
            here
        );
    }
    co_return words;
}

/// Writes of STREAM_ENABLE are refused where they change nothing, so it is asked first.
Awaitable<Result<void>> halt(StatePtr state, std::uint64_t stream) {
    Result<Words> enabled = co_await ask(state, stream, Question::read(reg::stream_enable, 2), 2);
    if (!enabled) {
        co_return fail(enabled.error());
    }
    if (u32_at(*enabled, 0) == 0) {
        co_return Result<void>();
    }
    Question off = Question::write(reg::stream_enable, u32(0));
    Result<Words> written = co_await ask(state, stream, off, 0);
    if (!written) {
        co_return fail(written.error());
    }
    enabled = co_await ask(state, stream, Question::read(reg::stream_enable, 2), 2);
    if (!enabled) {
        co_return fail(enabled.error());
    }
    if (u32_at(*enabled, 0) != 0) {
        co_return fail(Errc::corrupt, "the device does not end its stream", here);
    }
    co_return Result<void>();
}

Awaitable<Result<Slopes>> read_slopes(StatePtr state, std::uint64_t stream) {
    std::vector<Access> accesses;
    accesses.emplace_back(reg::flash_read_pointer, u32(reg::flash_calibration));
    accesses.emplace_back(reg::flash_read, static_cast<std::uint8_t>(flash_words));
    Question question = Question::feedback(accesses);
    Result<Words> flash = co_await ask(state, stream, question, flash_words);
    if (!flash) {
        co_return fail(flash.error());
    }
    co_return decode_slopes(*flash, state->dialect->settings().range_V);
}

/// Writes how to stream, and reads it back: the rate as it will be.
Awaitable<Result<double>> set_up(
    StatePtr state, std::uint64_t stream, double rate_Hz, std::vector<std::size_t> inputs
) {
    const Words setup = setup_of(rate_Hz, inputs.size(), state->dialect->settings());
    const Words list = scan_list(inputs);
    std::vector<Access> rest;
    rest.emplace_back(reg::stream_trigger_index, u32(0));
    rest.emplace_back(reg::stream_autorecover_disable, u32(0));
    std::vector<Question> writes;
    writes.push_back(Question::write(reg::stream_scanrate_Hz, setup));
    writes.push_back(Question::feedback(rest));
    writes.push_back(Question::write(reg::stream_scanlist, list));
    for (const Question& write : writes) {
        Result<Words> written = co_await ask(state, stream, write, 0);
        if (!written) {
            co_return fail(written.error());
        }
    }
    Question ask_setup = Question::read(reg::stream_scanrate_Hz, setup_words);
    Result<Words> held = co_await ask(state, stream, ask_setup, setup_words);
    if (!held) {
        co_return fail(held.error());
    }
    Question ask_list = Question::read(reg::stream_scanlist, list.size());
    Result<Words> held_list = co_await ask(state, stream, ask_list, list.size());
    if (!held_list) {
        co_return fail(held_list.error());
    }
    const std::optional<double> actual = float_at(*held, 0);
    if (!std::equal(held->begin() + 2, held->end(), setup.begin() + 2) || *held_list != list) {
        co_return fail(Errc::corrupt, "the device holds other settings than it was given", here);
    }
    if (!actual || std::abs(*actual - rate_Hz) > 0.01 * rate_Hz) {
        co_return fail(
            Errc::corrupt,
            "the device would take " + (actual ? to_text(*actual) : "an unknown number of") +
                " scans a second instead of " + to_text(rate_Hz),
            here
        );
    }
    co_return *actual;
}

StreamInfo info_of(
    const StreamSettings& wanted, double rate_Hz, const Slopes& slopes, double range_V
) {
    StreamInfo info;
    info.rate_Hz = rate_Hz;
    for (const std::string& name : wanted.inputs) {
        StreamInfo::Input input;
        input.name = name;
        input.volt_per_code = 0.5 * (slopes.positive - slopes.negative);
        input.offset_V = -input.volt_per_code * slopes.center;
        input.low_V = -range_V;
        input.high_V = range_V;
        info.inputs.push_back(std::move(input));
    }
    return info;
}

/// What happened to the reply that was waited for.
Error why_ended(const LabJackT7::State& state, const Error& error) {
    if (state.broken) {
        return *state.broken;
    }
    return error.code == Errc::unreachable ? error : ended();
}

/// Waits until there may be something to fetch.
Awaitable<void> wait_for_samples(StatePtr state, std::uint64_t stream) {
    while (state->stream == stream && state->timing.clock().steady() < state->not_before) {
        co_await state->wake.wait_until(state->timing, state->not_before);
    }
}

Awaitable<Result<void>> fetch(StatePtr state, std::uint64_t stream) {
    const std::size_t inputs = state->inputs.size();
    Question question = Question::stream(most_samples / inputs * inputs);
    std::vector<link::Query> queries;
    queries.push_back(state->dialect->ask(question));
    Result<std::vector<link::Answer>> answers = co_await state->part.ask(std::move(queries));
    if (state->stream != stream) {
        co_return fail(why_ended(*state, ended()));
    }
    if (!answers) {
        Error error = answers.error();
        state->break_stream(error.message);
        if (error.code == Errc::unreachable) {
            state->broken = error;
        }
        co_return fail(why_ended(*state, error));
    }
    link::Answer& answer = answers->front();
    Result<void> taken = state->decoder.take(answer);
    if (!taken) {
        state->break_stream(taken.error().message);
        co_return fail(why_ended(*state, taken.error()));
    }
    state->not_before = answer.received;
    if (state->decoder.is_drained()) {
        state->not_before = link::after(answer.received, poll_interval);
    }
    state->last_reply = std::move(answer);
    co_return Result<void>();
}

/// Sets a flag for as long as it lives.
class While {
  public:
    explicit While(bool& flag) : flag_(flag) { flag_ = true; }
    ~While() { flag_ = false; }
    While(const While&) = delete;
    While& operator=(const While&) = delete;

  private:
    bool& flag_;
};

}  // namespace

Awaitable<Result<StreamInfo>> run_start(StatePtr state, StreamSettings wanted) {
    Result<std::vector<std::size_t>> inputs = check_wanted(wanted);
    if (!inputs) {
        co_return fail(inputs.error());
    }
    state->end_stream();
    const std::uint64_t stream = state->stream;
    Result<void> halted = co_await halt(state, stream);
    if (!halted) {
        co_return fail(halted.error());
    }
    Result<Slopes> slopes = co_await read_slopes(state, stream);
    if (!slopes) {
        co_return fail(slopes.error());
    }
    const double rate_Hz = wanted.rate_Hz;
    Result<double> actual = co_await set_up(state, stream, rate_Hz, *inputs);
    if (!actual) {
        co_return fail(actual.error());
    }
    Question on = Question::write(reg::stream_enable, u32(1));
    Result<Words> written = co_await ask(state, stream, on, 0);
    if (!written) {
        co_return fail(written.error());
    }
    Result<Words> enabled = co_await ask(state, stream, Question::read(reg::stream_enable, 2), 2);
    if (!enabled) {
        co_return fail(enabled.error());
    }
    if (u32_at(*enabled, 0) != 1) {
        co_return fail(Errc::corrupt, "the device does not start its stream", here);
    }
    state->info = info_of(wanted, *actual, *slopes, state->dialect->settings().range_V);
    state->inputs = std::move(*inputs);
    state->decoder = StreamDecoder(state->inputs.size());
    state->not_before = link::after(state->timing.clock().steady(), poll_interval);
    state->is_streaming = true;
    co_return state->info;
}

Awaitable<Result<SampleBlock>> run_next(StatePtr state) {
    if (state->is_fetching) {
        co_return fail(Errc::busy, "another call waits for the next block", here);
    }
    if (!state->is_streaming) {
        co_return fail(state->broken ? *state->broken : ended());
    }
    const While fetching(state->is_fetching);
    const std::uint64_t stream = state->stream;
    while (true) {
        if (std::optional<SampleBlock> block = state->decoder.next()) {
            co_return std::move(*block);
        }
        co_await wait_for_samples(state, stream);
        if (state->stream != stream) {
            co_return fail(why_ended(*state, ended()));
        }
        Result<void> fetched = co_await fetch(state, stream);
        if (!fetched) {
            co_return fail(fetched.error());
        }
    }
}

Awaitable<Result<void>> run_stop(StatePtr state) {
    state->end_stream();
    Result<void> halted = co_await halt(state, state->stream);
    co_return halted;
}

}  // namespace relaxd::drivers::parts::labjack_t7
