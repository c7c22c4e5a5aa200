// SPDX-License-Identifier: MIT
#include "drivers/torsion_pendulum/instrument.hpp"

#include "drivers/link/finally.hpp"
#include "drivers/torsion_pendulum/cost.hpp"
#include "drivers/torsion_pendulum/host.hpp"

#include <algorithm>
#include <utility>

namespace relaxd::drivers::torsion_pendulum {

namespace {

tl::unexpected<Error> unreachable(const Host& host) {
    Error error = host.end;
    error.code = host.is_closed ? Errc::cancelled : Errc::unreachable;
    return fail(std::move(error));
}

tl::unexpected<Error> not_open(const Host& host) {
    Error error = host.end;
    error.code = Errc::unreachable;
    return fail(std::move(error));
}

tl::unexpected<Error> wrong_state(const Host& host, const char* what) {
    return fail(
        Errc::refused,
        std::string("cannot ") + what + ": the pendulum is " + std::string(to_word(host.state))
    );
}

/// A run that a part was lost of: it goes on, or was lost for too long.
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
                "a part was lost for longer than heartbeat_s; all were made safe when it was back"
            );
        }
        host->must_restore = true;
        host->disturb();
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
    Result<Identity> identity = co_await open_all(host);
    if (!identity) {
        co_return fail(identity.error());
    }
    host->is_simulated = identity->simulated;
    look_after(host);
    Result<void> ready = co_await take_up(host);
    if (!ready) {
        close_all(*host);
        host->end = ready.error();
        co_return fail(ready.error());
    }
    co_return std::move(*identity);
}

Awaitable<Result<Status>> run_status(HostPtr host) {
    if (!host->is_up) {
        co_return not_open(*host);
    }
    Status status;
    status.state = host->state;
    status.run_token = host->token;
    status.end_cause = host->end_cause;
    status.last_number = host->kept.last_number();
    status.first_kept = host->kept.first_kept();
    status.temperature_K = host->number("temperature_K");
    status.set_temperature_K = host->number("set_temperature_K");
    if (host->is_run_on()) {
        status.time_s = host->run_s(host->clock_s());
        const bool is_in_step = host->progress.step < host->program.steps.size();
        status.segment = is_in_step ? host->step().segment : 0;
    }
    co_return status;
}

Awaitable<Result<void>> run_load(HostPtr host, Result<Program> program, std::string token) {
    if (!program) {
        co_return fail(program.error());
    }
    if (const auto possible = check_cost(*program); !possible) {
        co_return fail(possible.error());
    }
    if (!host->is_up) {
        co_return not_open(*host);
    }
    if (host->state != State::idle && host->state != State::armed) {
        co_return wrong_state(*host, "load a method");
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

/// What the run before knew of its specimen is not this one's.
void forget_specimen(Host& host) {
    host.V_per_rad.clear();
    host.cap_V.clear();
    host.worth_waiting_s = 0.0;
    host.last_window.reset();
    host.angle_zero_V = record::unknown;
    host.torque_zero_V = record::unknown;
    host.target_K = record::unknown;
    host.flags.clear();
    host.windows_thrown = 0;
    host.is_drive_known = false;
    host.must_restore = false;
}

Awaitable<Result<void>> run_start(HostPtr host) {
    if (!host->is_up) {
        co_return not_open(*host);
    }
    if (host->state != State::armed) {
        co_return wrong_state(*host, "start");
    }
    for (const std::size_t slot : {host->excitation, host->temperature}) {
        Result<PartCheck> check = co_await host->part_of(slot).verify();
        if (!check) {
            Error error = check.error();
            error.message = host->slots[slot]->name() + ": " + error.message;
            co_return fail(std::move(error));
        }
        if (!check->is_restored) {
            co_return fail(
                Errc::corrupt, host->slots[slot]->name() + " does not keep its settings"
            );
        }
    }
    forget_specimen(*host);
    host->started_s = host->clock_s();
    host->kept.begin();
    host->tell(State::running, {});
    go_on(host);
    co_return Result<void>();
}

Awaitable<Result<void>> run_hold(HostPtr host) {
    if (!host->is_up) {
        co_return not_open(*host);
    }
    if (host->state != State::running) {
        co_return wrong_state(*host, "hold");
    }
    host->held_since_s = host->clock_s();
    host->tell(State::holding, {});
    host->disturb();
    co_return co_await stand_still(host);
}

Awaitable<Result<void>> run_resume(HostPtr host) {
    if (!host->is_up) {
        co_return not_open(*host);
    }
    if (host->state != State::holding) {
        co_return wrong_state(*host, "resume");
    }
    host->progress.since_s += host->clock_s() - host->held_since_s;
    const bool is_in_step = host->progress.step < host->program.steps.size();
    if (is_in_step && host->step().kind == StepKind::ramp) {
        host->progress.is_begun = false;  // from where it was stopped
    }
    host->tell(State::running, {});
    host->disturb();
    co_return Result<void>();
}

Awaitable<Result<void>> run_end(HostPtr host, std::string cause) {
    if (!host->is_up) {
        host->must_be_safe = true;  // done at the next open()
        host->asked_to_end = std::move(cause);
        co_return not_open(*host);
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
            co_return fail(Errc::cancelled, "the pendulum was closed");
        }
        if (auto delivery = host->kept.take()) {
            co_return std::move(*delivery);
        }
        if (!host->is_up) {
            co_return unreachable(*host);
        }
        co_await host->news.wait();
    }
}

Awaitable<Result<void>> run_fetch(HostPtr host, std::uint64_t first_number) {
    if (!host->is_up) {
        co_return not_open(*host);
    }
    host->kept.fetch_from(first_number);
    host->news.notify();
    co_return Result<void>();
}

Awaitable<Result<void>> run_end_segment(HostPtr host, std::uint64_t number) {
    if (!host->is_up) {
        co_return not_open(*host);
    }
    if (!host->is_run_on() || number == 0) {
        co_return wrong_state(*host, "end a segment");
    }
    host->progress.ends_after = number;
    if (host->is_segment_over()) {
        host->disturb();  // the window under way belongs to nothing
    }
    co_return Result<void>();
}

Awaitable<Result<std::vector<record::Truth>>> no_truth() {
    co_return fail(Errc::refused, "a pendulum's parts do not know the truth", "truth");
}

}  // namespace

TorsionPendulum::TorsionPendulum(
    boost::asio::any_io_executor executor,
    link::Timing& timing,
    Composition composition,
    std::vector<parts::MadePart> parts,
    Options options
)
    : host_(std::make_shared<Host>(
          std::move(executor), timing, std::move(composition), std::move(parts), options
      )) {}

TorsionPendulum::~TorsionPendulum() {
    TorsionPendulum::close();
    host_->state = State::unknown;
}

Awaitable<Result<Identity>> TorsionPendulum::open() {
    return run_open(host_);
}

void TorsionPendulum::close() {
    host_->is_closed = true;
    ++host_->executions;
    if (host_->is_up) {
        host_->lost_since = host_->now();
    }
    host_->end = Error{Errc::cancelled, "the pendulum was closed", {}, {}};
    close_all(*host_);
}

bool TorsionPendulum::is_open() const {
    return host_->is_up;
}

Awaitable<Result<Status>> TorsionPendulum::status() {
    return run_status(host_);
}

Result<void> TorsionPendulum::check(const method::Method& method, const record::Specimen& specimen)
    const {
    const auto program = program_of(host_->composition, host_->abilities(), method, specimen);
    return program ? check_cost(*program) : fail(program.error());
}

Awaitable<Result<void>> TorsionPendulum::load(
    const method::Method& method, const record::Specimen& specimen, std::string run_token
) {
    return run_load(
        host_,
        program_of(host_->composition, host_->abilities(), method, specimen),
        std::move(run_token)
    );
}

Awaitable<Result<void>> TorsionPendulum::start() {
    return run_start(host_);
}
Awaitable<Result<void>> TorsionPendulum::hold() {
    return run_hold(host_);
}
Awaitable<Result<void>> TorsionPendulum::resume() {
    return run_resume(host_);
}
Awaitable<Result<void>> TorsionPendulum::stop() {
    return run_end(host_, "stopped");
}
Awaitable<Result<void>> TorsionPendulum::safe() {
    return run_end(host_, "safe");
}

Awaitable<Result<Delivery>> TorsionPendulum::next() {
    return run_next(host_);
}
Awaitable<Result<void>> TorsionPendulum::fetch_from(std::uint64_t first_number) {
    return run_fetch(host_, first_number);
}

void TorsionPendulum::acknowledge(std::uint64_t number) {
    host_->kept.acknowledge(number);
}
void TorsionPendulum::allow_until(std::uint64_t /*number*/) {}

Awaitable<Result<void>> TorsionPendulum::end_segment_after(std::uint64_t number) {
    return run_end_segment(host_, number);
}

Awaitable<Result<std::vector<record::Truth>>> TorsionPendulum::truth(
    std::uint64_t /*first_number*/, std::uint64_t /*last_number*/
) {
    return no_truth();
}

std::vector<record::RunFact> TorsionPendulum::facts() const {
    return facts_of(host_->composition);
}

void TorsionPendulum::judge_with(WindowJudge judge) {
    host_->judge = std::move(judge);
}

std::vector<std::string> TorsionPendulum::forecast(
    const method::Method& method, const record::Specimen& specimen
) const {
    const auto program = program_of(host_->composition, host_->abilities(), method, specimen);
    return program ? cost_of(*program) : std::vector<std::string>();
}

LinkCounters TorsionPendulum::counters() const {
    LinkCounters out;
    for (const auto& slot : host_->slots) {
        const LinkCounters one = slot->part->counters();
        out.frames += one.frames;
        out.corrupt_frames += one.corrupt_frames;
        out.late_replies += one.late_replies;
        out.timeouts += one.timeouts;
        out.reconnects += one.reconnects;
        out.resent += one.resent;
        out.dropped_bytes += one.dropped_bytes;
    }
    return out;
}

bool TorsionPendulum::proven() const {
    return false;
}

std::string TorsionPendulum::note() const {
    return host_->note();
}

}  // namespace relaxd::drivers::torsion_pendulum
