// SPDX-License-Identifier: MIT
#include "daemon/acquire/session.hpp"

#include "daemon/acquire/window_judge.hpp"
#include "daemon/core/io_thread.hpp"

#include <algorithm>
#include <utility>

namespace relaxd::daemon {

namespace {
constexpr double back_off_first_s = 0.5;  // OPERATOR 1.5 C3
constexpr double back_off_max_s = 5.0;
constexpr double status_every_s = 2.0;
constexpr double look_every_s = 0.25;
constexpr double silent_s = 0.9;       // a driver's shortest deadline, less a look's jitter
constexpr double trace_limit_s = 1.0;  // a disk that hangs delays the first connection by no more
}  // namespace

InstrumentSession::InstrumentSession(
    const boost::asio::any_io_executor& executor,
    drivers::InstrumentConfig config,
    std::unique_ptr<drivers::Instrument> instrument,
    Timing* timing,
    SessionListener& listener,
    std::shared_ptr<TrafficTrace> trace
)
    : config_(std::move(config)),
      instrument_(std::move(instrument)),
      timing_(timing),
      listener_(listener),
      trace_(std::move(trace)),
      tasks_(executor),
      link_news_(executor),
      lost_since_(timing->clock().steady()),
      jitter_(static_cast<std::minstd_rand::result_type>(std::hash<std::string>{}(config_.name))) {}

void InstrumentSession::start() {
    assert_on_io_thread();
    instrument_->judge_with(window_judge());
    lost_since_ = timing_->clock().steady();
    tasks_.spawn("link of " + config_.name, connect_for_ever());
    tasks_.spawn("status of " + config_.name, poll_status());
    tasks_.spawn("silence of " + config_.name, watch_silence());
}

void InstrumentSession::close() {
    assert_on_io_thread();
    is_closing_ = true;
    link_news_.notify_all();
    instrument_->close();
    tasks_.cancel_all();
}

Awaitable<void> InstrumentSession::wait_closed() {
    co_await tasks_.wait_empty();
}

record::Instrument InstrumentSession::view() const {
    record::Instrument out;
    out.name = config_.name;
    out.driver = config_.driver;
    out.uri = config_.uri;
    out.link_state = link_state_;
    out.state = std::string(drivers::to_word(state_));
    out.identity = identity_.model.empty() ? std::string{} : identity_.text();
    out.serial_number = identity_.serial_number;
    out.simulated = identity_.simulated;
    out.proven = instrument_->proven();
    return out;
}

void InstrumentSession::set_link(const char* state) {
    if (link_state_ != state) {
        link_state_ = state;
        link_news_.notify_all();
        listener_.on_changed(*this);
    }
}

void InstrumentSession::note_state(drivers::State state) {
    if (state_ != state) {
        state_ = state;
        listener_.on_changed(*this);
    }
}

void InstrumentSession::take_note() {
    std::string note = instrument_->note();
    if (note == note_) {
        return;
    }
    note_ = std::move(note);
    const std::string name = marked(config_.name, identity_.simulated);
    if (note_.empty()) {
        log_for("acquire")->info("nothing to note any more instrument={}", name);
    } else {
        log_for("acquire")->warn("note instrument={} note=\"{}\"", name, note_);
    }
    listener_.on_changed(*this);
}

double InstrumentSession::next_back_off_s() {
    back_off_s_ =
        back_off_s_ == 0.0 ? back_off_first_s : std::min(2.0 * back_off_s_, back_off_max_s);
    std::uniform_real_distribution<double> spread(0.8, 1.0);
    return back_off_s_ * spread(jitter_);
}

Awaitable<void> InstrumentSession::wait_first_attempt(double limit_s) {
    std::function<bool()> has_ended = [this] { return link_state_ != "connecting" || is_closing_; };
    (void)co_await wait_until(timing_, limit_s, &link_news_, std::move(has_ended));
}

void InstrumentSession::note_failure(const Error& error) {
    const bool is_silent = error.code == Errc::timeout || error.code == Errc::corrupt;
    trouble_ = error.message;
    set_link(is_silent ? "no_answer" : "unreachable");
    if (const std::uint64_t times = failures_.let_through(timing_->clock().steady())) {
        log_for("acquire")->warn(
            "cannot connect instrument={} times={} error=\"{}\"",
            marked(config_.name, identity_.simulated),
            times,
            error.sentence()
        );
    }
}

Awaitable<bool> InstrumentSession::connect_once() {
    auto identity = co_await instrument_->open();
    if (!identity) {
        note_failure(identity.error());
        co_return false;
    }
    if (const auto expected = check_serial_number(*identity, config_.serial_number); !expected) {
        instrument_->close();
        note_failure(expected.error());
        co_return false;
    }
    auto status = co_await instrument_->status();
    if (!status) {
        instrument_->close();
        note_failure(status.error());
        co_return false;
    }
    if (!identity_.model.empty() && identity_.text() != identity->text()) {
        log_for("acquire")->warn(
            "another identity than before instrument={} before=\"{}\"",
            marked(config_.name, identity->simulated),
            identity_.text()
        );
    }
    identity_ = std::move(*identity);
    state_ = status->state;
    last_row_utc_ = status->last_row_utc;
    failures_.reset();
    silences_.reset();
    back_off_s_ = 0.0;
    log_for("acquire")->info(
        "connected instrument={} identity=\"{}\"",
        marked(config_.name, identity_.simulated),
        identity_.text()
    );
    take_note();
    set_link("connected");
    listener_.on_connected(*this, *status);
    co_return true;
}

Awaitable<Error> InstrumentSession::take_deliveries() {
    while (true) {
        auto delivery = co_await instrument_->next();
        if (!delivery) {
            co_return delivery.error();
        }
        if (const auto* change = std::get_if<drivers::StateChange>(&*delivery)) {
            note_state(change->state);
        }
        Awaitable<void> handled = listener_.on_delivery(*this, std::move(*delivery));
        co_await std::move(handled);
    }
}

Awaitable<void> InstrumentSession::begin_trace() {
    Awaitable<Result<void>> ask = trace_->switch_on();
    const auto begun = co_await with_deadline(timing_, trace_limit_s, std::move(ask));
    if (!begun || !*begun) {
        log_for("acquire")->warn(
            "no traffic trace instrument={} error=\"{}\"",
            config_.name,
            begun ? begun->error().sentence() : "the disk does not answer"
        );
    }
}

Awaitable<void> InstrumentSession::connect_for_ever() {
    if (config_.trace && trace_ != nullptr && !is_read_only()) {
        co_await begin_trace();
    }
    while (!is_closing_) {
        const bool is_open = co_await connect_once();
        if (is_open) {
            const Error error = co_await take_deliveries();
            if (is_closing_) {
                co_return;
            }
            instrument_->close();
            lost_since_ = timing_->clock().steady();
            state_ = drivers::State::unknown;
            log_for("acquire")->warn(
                "link lost instrument={} error=\"{}\"",
                marked(config_.name, identity_.simulated),
                error.sentence()
            );
            trouble_ = error.message;
            set_link("unreachable");
            listener_.on_lost(*this, error);
        }
        const double wait_s = next_back_off_s();
        co_await timing_->pause(wait_s);
    }
}

Awaitable<void> InstrumentSession::watch_silence() {
    while (!is_closing_) {
        co_await timing_->pause(look_every_s);
        look_for_silence();
    }
}

void InstrumentSession::look_for_silence() {
    const drivers::LinkCounters counters = instrument_->counters();
    const SteadyTime now = timing_->clock().steady();
    if (counters.frames != frames_) {
        frames_ = counters.frames;
        last_frame_ = now;
    }
    const bool is_missed = counters.timeouts != timeouts_;
    timeouts_ = counters.timeouts;
    if (!is_missed || !is_connected() || seconds_between(last_frame_, now) < silent_s) {
        return;
    }
    trouble_ = "silent: it does not answer within its time";
    note_state(drivers::State::unknown);  // until it is read back
    if (const std::uint64_t times = silences_.let_through(now)) {
        log_for("acquire")->warn(
            "no answer instrument={} times={}", marked(config_.name, identity_.simulated), times
        );
    }
}

Awaitable<void> InstrumentSession::poll_status() {
    while (!is_closing_) {
        co_await timing_->pause(status_every_s);
        if (!is_connected() || is_closing_) {
            continue;
        }
        const std::int64_t asked_for = listener_.subject(*this);
        auto status = co_await instrument_->status();
        if (status && is_connected()) {
            note_state(status->state);
            last_row_utc_ = status->last_row_utc;
            take_note();
            listener_.on_status(*this, *status, asked_for);
        }
    }
}

}  // namespace relaxd::daemon
