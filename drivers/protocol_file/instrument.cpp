// SPDX-License-Identifier: MIT
#include "drivers/protocol_file/instrument.hpp"

#include "drivers/link/finally.hpp"
#include "drivers/protocol_file/host.hpp"
#include "schema/base/number.hpp"

#include <system_error>
#include <utility>
#include <vector>

namespace relaxd::drivers::protocol_file {

Host::Host(
    boost::asio::any_io_executor on,
    std::unique_ptr<link::Opener> opener,
    link::Timing& host_timing,
    DescriptionPtr description,
    Options chosen
)
    : executor(std::move(on)),
      timing(host_timing),
      options(std::move(chosen)),
      part(executor, std::move(opener), timing, std::move(description), options.serial_number),
      news(executor),
      turn(executor),
      seen_sha256(part.description().sha256) {
    part.on_end([this] {
        lost_since = now();
        news.notify();
        turn.notify();
    });
}

void Host::tell(State next, std::string cause) {
    state = next;
    StateChange change;
    change.state = next;
    change.run_token = token;
    change.cause = std::move(cause);
    if (progress.step < program.steps.size()) {
        change.segment = program.steps[progress.step].segment;
    } else if (!program.steps.empty()) {
        change.segment = program.steps.back().segment;
    }
    kept.tell(std::move(change));
    news.notify();
}

bool Host::look_at_file() {
    if (options.path.empty()) {
        return false;
    }
    std::error_code error;
    const auto time = std::filesystem::last_write_time(options.path, error);
    const auto size = error ? 0 : std::filesystem::file_size(options.path, error);
    if (!error && time == seen_time && size == seen_size) {
        return false;
    }
    seen_time = time;
    seen_size = size;
    auto loaded = protocol::load(options.path);
    if (!loaded) {
        note = "the description in force is that of before: " + loaded.error().sentence();
        return false;
    }
    note.clear();
    if (loaded->sha256 == part.description().sha256) {
        return false;
    }
    part.lose("its description " + options.path + " has changed: it is opened with the new one");
    part.describe(std::make_shared<const protocol::Description>(std::move(*loaded)));
    state = State::unknown;
    must_be_safe = true;
    return true;
}

namespace {

tl::unexpected<Error> not_open(const Host& host) {
    Error error = host.part.end_error();
    error.code = host.is_closed ? Errc::cancelled : Errc::unreachable;
    return fail(std::move(error));
}

tl::unexpected<Error> unreachable(const Host& host) {
    Error error = host.part.end_error();
    error.code = Errc::unreachable;
    return fail(std::move(error));
}

tl::unexpected<Error> wrong_state(const Host& host, const char* what) {
    return fail(
        Errc::refused,
        std::string("cannot ") + what + ": the instrument is " + std::string(to_word(host.state)),
        host.part.description().source
    );
}

/// A run that the link was lost of: it goes on, or was lost for too long.
Awaitable<Result<void>> take_up(HostPtr host) {
    std::string asked = std::exchange(host->asked_to_end, std::string());
    if (host->is_run_on() && !asked.empty()) {
        co_return co_await end_run(host, std::move(asked));
    }
    if (host->is_run_on()) {
        const double lost_s = static_cast<double>(host->now().ns - host->lost_since.ns) * 1e-9;
        if (lost_s > host->options.heartbeat_s) {
            co_return co_await end_run(
                host,
                "the link was lost for longer than heartbeat_s; the device was made safe when it "
                "was back"
            );
        }
        Result<PartCheck> check = co_await host->part.verify();
        if (!check) {
            co_return fail(check.error());
        }
        host->verified = host->now();
        if (check->has_rebooted) {
            host->flags = "rebooted";
        }
        go_on(host);
        co_return Result<void>();
    }
    if (host->must_be_safe) {
        co_return co_await end_run(host, {});
    }
    host->state = host->state == State::unknown ? State::idle : host->state;
    co_return Result<void>();
}

Awaitable<Result<Identity>> run_open(HostPtr host) {
    host->is_closed = false;
    host->kept.hold_back();
    if (!host->is_run_on()) {
        host->look_at_file();
    }
    Result<Identity> identity = co_await host->part.open();
    if (!identity) {
        co_return fail(identity.error());
    }
    host->is_simulated = identity->simulated;
    Result<void> ready = co_await take_up(host);
    if (!ready) {
        host->part.close();
        co_return fail(ready.error());
    }
    co_return std::move(*identity);
}

/// What the device says now, for a status; nothing of what it does not say.
Awaitable<Result<void>> look(HostPtr host) {
    std::vector<std::string> names;
    for (const char* name : {"temperature_K", "set_temperature_K"}) {
        if (host->part.description().find_measured(name) != nullptr) {
            names.emplace_back(name);
        }
    }
    const bool must_ask = !names.empty() && !host->is_run_on();
    if (!must_ask && host->state != State::unknown) {
        co_return Result<void>();
    }
    Result<std::vector<PartValue>> values = co_await host->part.read(std::move(names));
    if (!values) {
        co_return fail(values.error());
    }
    for (const PartValue& value : *values) {
        if (value.quantity == "temperature_K") {
            host->temperature_K = value.number;
        } else if (value.quantity == "set_temperature_K") {
            host->set_temperature_K = value.number;
        }
    }
    co_return Result<void>();
}

Awaitable<Result<Status>> run_status(HostPtr host) {
    const bool may_change = host->state == State::idle || host->state == State::fault;
    if (host->part.is_open() && may_change) {
        host->look_at_file();
    }
    if (!host->part.is_open()) {
        co_return unreachable(*host);
    }
    Result<void> looked = co_await look(host);
    if (!looked) {
        co_return fail(looked.error());
    }
    Status status;
    status.state = host->state;
    status.run_token = host->token;
    status.end_cause = host->end_cause;
    status.last_number = host->kept.last_number();
    status.first_kept = host->kept.first_kept();
    status.temperature_K = host->temperature_K;
    status.set_temperature_K = host->set_temperature_K;
    if (host->is_run_on()) {
        status.time_s = host->run_s(host->now());
        status.segment = host->progress.step < host->program.steps.size()
                             ? host->program.steps[host->progress.step].segment
                             : 0;
    }
    co_return status;
}

Awaitable<Result<void>> run_load(HostPtr host, Result<Program> program, std::string token) {
    if (!program) {
        co_return fail(program.error());
    }
    if (!host->part.is_open()) {
        co_return unreachable(*host);
    }
    if (host->state != State::idle && host->state != State::armed) {
        co_return wrong_state(*host, "load a method");
    }
    host->state = State::unknown;
    std::vector<protocol::Setting> settings = host->part.description().start;
    if (program->frequency_Hz) {
        protocol::Setting frequency;
        frequency.quantity = "frequency_Hz";
        frequency.value_SI = *program->frequency_Hz;
        settings.push_back(std::move(frequency));
    }
    for (const protocol::Setting& setting : settings) {
        Result<double> set = co_await host->part.set(setting.quantity, setting.value_SI);
        if (!set) {
            Result<void> safe = co_await end_run(host, {});
            static_cast<void>(safe);  // must_be_safe says how it went
            co_return fail(set.error());
        }
    }
    host->program = std::move(*program);
    host->progress = Progress();
    host->token = std::move(token);
    host->end_cause.clear();
    host->kept.begin();
    host->kept.hold_back();
    host->state = State::armed;
    co_return Result<void>();
}

Awaitable<Result<void>> run_start(HostPtr host) {
    if (!host->part.is_open()) {
        co_return unreachable(*host);
    }
    if (host->state != State::armed) {
        co_return wrong_state(*host, "start");
    }
    Result<PartCheck> check = co_await host->part.verify();
    if (!check) {
        co_return fail(check.error());
    }
    if (!check->is_restored) {
        co_return fail(
            Errc::corrupt, "the device does not keep its settings: " + host->part.trouble()
        );
    }
    host->started = host->verified = host->now();
    host->read_at.clear();
    host->flags.clear();
    host->kept.begin();
    host->tell(State::running, {});
    go_on(host);
    co_return Result<void>();
}

Awaitable<Result<void>> run_hold(HostPtr host) {
    if (!host->part.is_open()) {
        co_return unreachable(*host);
    }
    if (host->state != State::running) {
        co_return wrong_state(*host, "hold");
    }
    host->held_since = host->now();
    host->tell(State::holding, {});
    host->turn.notify();
    co_return Result<void>();
}

Awaitable<Result<void>> run_resume(HostPtr host) {
    if (!host->part.is_open()) {
        co_return unreachable(*host);
    }
    if (host->state != State::holding) {
        co_return wrong_state(*host, "resume");
    }
    host->progress.since.ns += host->now().ns - host->held_since.ns;
    host->tell(State::running, {});
    host->turn.notify();
    co_return Result<void>();
}

Awaitable<Result<void>> run_end(HostPtr host, std::string cause) {
    if (!host->part.is_open()) {
        host->must_be_safe = true;  // done at the next open()
        host->asked_to_end = std::move(cause);
        co_return unreachable(*host);
    }
    co_return co_await end_run(host, std::move(cause));
}

Awaitable<Result<Delivery>> run_next(HostPtr host) {
    if (host->is_next_waiting) {
        co_return fail(Errc::refused, "somebody else waits for the next reading");
    }
    host->is_next_waiting = true;
    const auto leave = [host] { host->is_next_waiting = false; };
    const link::Finally at_the_end(leave);
    while (true) {
        if (host->is_closed) {
            co_return fail(Errc::cancelled, "the instrument was closed");
        }
        if (auto delivery = host->kept.take()) {
            co_return std::move(*delivery);
        }
        if (!host->part.is_open()) {
            co_return not_open(*host);
        }
        co_await host->news.wait();
    }
}

Awaitable<Result<void>> run_fetch(HostPtr host, std::uint64_t first_number) {
    if (!host->part.is_open()) {
        co_return unreachable(*host);
    }
    host->kept.fetch_from(first_number);
    host->news.notify();
    co_return Result<void>();
}

Awaitable<Result<void>> refuse(const char* what) {
    co_return fail(Errc::refused, what);
}

Awaitable<Result<std::vector<record::Truth>>> no_truth() {
    co_return fail(Errc::refused, "a described device does not know the truth", "truth");
}

}  // namespace

FileInstrument::FileInstrument(
    boost::asio::any_io_executor executor,
    std::unique_ptr<link::Opener> opener,
    link::Timing& timing,
    std::shared_ptr<const protocol::Description> description,
    Options options
)
    : host_(std::make_shared<Host>(
          std::move(executor), std::move(opener), timing, std::move(description), std::move(options)
      )) {}

FileInstrument::~FileInstrument() {
    FileInstrument::close();
    host_->state = State::unknown;
}

Awaitable<Result<Identity>> FileInstrument::open() {
    return run_open(host_);
}

void FileInstrument::close() {
    host_->is_closed = true;
    ++host_->executions;
    host_->part.close();
    host_->news.notify();
    host_->turn.notify();
}

bool FileInstrument::is_open() const {
    return host_->part.is_open();
}

Awaitable<Result<Status>> FileInstrument::status() {
    return run_status(host_);
}

Result<void> FileInstrument::check(
    const method::Method& method, const record::Specimen& /*specimen*/
) const {
    const auto program = program_of(host_->part.description(), method);
    return program ? Result<void>() : fail(program.error());
}

Awaitable<Result<void>> FileInstrument::load(
    const method::Method& method, const record::Specimen& /*specimen*/, std::string run_token
) {
    return run_load(host_, program_of(host_->part.description(), method), std::move(run_token));
}

Awaitable<Result<void>> FileInstrument::start() {
    return run_start(host_);
}
Awaitable<Result<void>> FileInstrument::hold() {
    return run_hold(host_);
}
Awaitable<Result<void>> FileInstrument::resume() {
    return run_resume(host_);
}
Awaitable<Result<void>> FileInstrument::stop() {
    return run_end(host_, "stopped");
}
Awaitable<Result<void>> FileInstrument::safe() {
    return run_end(host_, "safe");
}

Awaitable<Result<Delivery>> FileInstrument::next() {
    return run_next(host_);
}
Awaitable<Result<void>> FileInstrument::fetch_from(std::uint64_t first_number) {
    return run_fetch(host_, first_number);
}

void FileInstrument::acknowledge(std::uint64_t number) {
    host_->kept.acknowledge(number);
}
void FileInstrument::allow_until(std::uint64_t /*number*/) {}

Awaitable<Result<void>> FileInstrument::end_segment_after(std::uint64_t /*number*/) {
    return refuse("a described device ends its segments by time only");
}

Awaitable<Result<std::vector<record::Truth>>> FileInstrument::truth(
    std::uint64_t /*first_number*/, std::uint64_t /*last_number*/
) {
    return no_truth();
}

LinkCounters FileInstrument::counters() const {
    LinkCounters out = host_->part.counters();
    return out;
}

std::string FileInstrument::note() const {
    return host_->note;
}

}  // namespace relaxd::drivers::protocol_file
