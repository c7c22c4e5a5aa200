// SPDX-License-Identifier: MIT
#include "daemon/run/active_run.hpp"

#include "daemon/core/io_thread.hpp"
#include "daemon/core/logging.hpp"
#include "schema/record/estimate_rows.hpp"

#include <algorithm>
#include <utility>

namespace relaxd::daemon {

namespace {
constexpr double back_pressure_s = 2.0;  // STYLE 5.7: then the run is failed safe
constexpr std::size_t ahead_readings_max = 4096;
constexpr std::size_t points_a_page = 5'000;
constexpr double fetch_again_s = 1.0;

Awaitable<void> owned(std::shared_ptr<ActiveRun> self, Awaitable<void> task) {
    static_cast<void>(self);
    co_await std::move(task);
}
}  // namespace

ActiveRun::ActiveRun(RunHouse house, InstrumentSession& session, RunIdentity identity)
    : house_(std::move(house)),
      session_(session),
      identity_(std::move(identity)),
      fits_(
          house_.executor,
          *house_.worker,
          house_.timing,
          identity_.run_id,
          make_fit_plan(identity_.method, identity_.executed, identity_.specimen, identity_.given),
          identity_.simulated,
          [this](std::vector<record::Row> rows) { take_fit_rows(std::move(rows)); }
      ),
      elongation_(identity_.method, identity_.executed, identity_.specimen),
      tasks_(house_.executor),
      over_(house_.executor) {
    fits_.on_mask([this](double T_max_K) { store_mask(T_max_K); });
}

void ActiveRun::spawn(const char* name, Awaitable<void> task) {
    tasks_.spawn(name, owned(shared_from_this(), std::move(task)));
}

void ActiveRun::restore(const StoredRun& stored) {
    machine_ = RunStateMachine(stored.run.state);
    intake_ = Intake(stored.last_number);
    committed_number_ = stored.last_number;
    last_seq_ = stored.run.last_seq;
    fits_.continue_after(stored.last_fit_number);
    fits_.mask_above(stored.fit_T_max_K);
    for (const record::Segment& segment : stored.segments) {
        segments_[segment.segment] = segment;
        segment_ = std::max(segment_, segment.segment);
        if (record::has_flag(segment.flags, flag_not_stationary)) {
            fits_.leave_out(segment.segment);
        }
    }
}

Awaitable<void> ActiveRun::reload_points() {
    std::uint64_t after_seq = 0;
    while (true) {
        const std::int64_t run_id = identity_.run_id;
        std::function<Result<std::vector<record::Point>>(Campaign&)> read =
            [run_id, after_seq](Campaign& campaign) {
                return campaign.points(run_id, after_seq, points_a_page);
            };
        auto page = co_await house_.store->call(std::move(read));
        if (!page) {
            log_for("run")->error(
                "stored points cannot be read run={} error=\"{}\"",
                log_name(),
                page.error().sentence()
            );
            co_return;
        }
        std::vector<int> touched;
        for (const record::Point& point : *page) {
            note_point(point, touched);
            (void)elongation_.look(point.reading);  // what it tells is stored
            watch_stored(point.reading);
            after_seq = point.seq;
        }
        if (page->size() < points_a_page) {
            co_return;
        }
    }
}

// --- rows

void ActiveRun::record_rows(std::vector<record::Row> rows) {
    if (rows.empty() || machine_.is_over()) {
        return;
    }
    mark(rows);
    house_.store->append(
        identity_.run_id,
        std::move(rows),
        [self = shared_from_this()](const Result<void>& result, std::vector<record::Row> done) {
            self->on_committed(result, std::move(done));
        }
    );
}

void ActiveRun::record_event(
    record::Severity severity, const char* code, std::string message, std::string detail
) {
    record::Event event;
    event.time_utc = house_.timing->clock().utc();
    event.severity = severity;
    event.code = code;
    event.message = std::move(message);
    event.detail = std::move(detail);
    std::vector<record::Row> rows;
    rows.emplace_back(std::move(event));
    record_rows(std::move(rows));
}

bool ActiveRun::change_state(record::RunState next, const std::string& message) {
    assert_on_io_thread();
    // The first event says `armed`, which the machine already is.
    const bool is_first = next == record::RunState::armed && machine_.state() == next;
    if (!is_first && !machine_.advance(next)) {
        return false;
    }
    log_for("run")->info(
        "state={} run={} cause=\"{}\"", record::to_word(next), log_name(), message
    );
    record::Event event;
    event.time_utc = house_.timing->clock().utc();
    event.code = "STATE";
    event.message = message;
    event.detail = std::string(record::to_word(next));
    std::vector<record::Row> rows;
    rows.emplace_back(std::move(event));
    mark(rows);
    house_.store->append_state(
        identity_.run_id,
        std::move(rows),
        next,
        record::is_end(next) ? message : std::string{},
        [self = shared_from_this()](const Result<void>& result, std::vector<record::Row> done) {
            self->on_committed(result, std::move(done));
        }
    );
    return true;
}

void ActiveRun::publish(record::Row row) {
    auto published = std::make_shared<Published>();
    published->run_id = identity_.run_id;
    published->instrument = session_.config().name;
    published->row = std::move(row);
    house_.publish(std::move(published));
}

void ActiveRun::note_point(const record::Point& point, std::vector<int>& touched) {
    committed_number_ = std::max(committed_number_, point.reading.number);
    fits_.add(point);
    auto& segment = segments_[point.reading.segment];
    segment.segment = point.reading.segment;
    const bool is_news = segment.first_seq == 0 || segment.ended_utc.ns != 0;
    segment.first_seq = segment.first_seq == 0 ? point.seq : segment.first_seq;
    segment.last_seq = std::max(segment.last_seq, point.seq);
    if (is_news && (touched.empty() || touched.back() != segment.segment)) {
        touched.push_back(segment.segment);
    }
}

void ActiveRun::on_committed(const Result<void>& result, std::vector<record::Row> rows) {
    if (!result) {
        note_given_up(result.error(), rows);
        fail_safe("recording failed: " + result.error().message);
        return;
    }
    std::vector<int> touched;
    for (record::Row& row : rows) {
        last_seq_ = std::visit([](const auto& value) { return value.seq; }, row);
        if (auto* point = std::get_if<record::Point>(&row)) {
            point->reading.waveform.reset();  // in the file; clients and fits have no use for it
            note_point(*point, touched);
        } else if (const auto* gap = std::get_if<record::Gap>(&row)) {
            committed_number_ = std::max(
                committed_number_, gap->first_number + std::max<std::uint64_t>(gap->missing, 1) - 1
            );
        }
        publish(std::move(row));
    }
    for (const int segment : touched) {
        put_segment(segments_[segment]);
    }
    if (session_.is_connected() && committed_number_ > 0 && !is_foreign_) {
        session_.instrument().acknowledge(committed_number_);
    }
    fits_.request_if_due();
    if (identity_.method.fits == method::FitsMode::every && committed_number_ >= gate_) {
        open_gate();
    }
}

// --- fits = "every"

void ActiveRun::open_first_gate() {
    if (!identity_.simulated) {
        return;
    }
    if (identity_.method.fits != method::FitsMode::every) {
        session_.instrument().allow_until(0);  // an earlier run may have left a gate
        return;
    }
    gate_ = fits_.plan().readings_a_fit(1);
    session_.instrument().allow_until(gate_);
}

void ActiveRun::open_gate() {
    if (is_gate_fit_running_ || is_ending_ || gate_ == 0) {
        return;
    }
    is_gate_fit_running_ = true;
    spawn("fit before the next readings", fit_then_open_gate());
}

Awaitable<void> ActiveRun::fit_then_open_gate() {
    while (committed_number_ >= gate_ && !is_ending_) {
        co_await fits_.round();
        co_await end_known_segment(0);  // before the gate: at the reading decided on
        gate_ = committed_number_ + fits_.plan().readings_a_fit(segment_);
        session_.instrument().allow_until(gate_);
    }
    is_gate_fit_running_ = false;
}

// --- segments

void ActiveRun::put_segment(const record::Segment& segment) {
    const std::int64_t run_id = identity_.run_id;
    house_.store->post("segment record run=" + log_name(), [run_id, segment](Campaign& campaign) {
        return campaign.put_segment(run_id, segment);
    });
}

void ActiveRun::enter_segment(int segment, UtcTime time) {
    if (segment <= segment_ || segment < 1) {
        return;
    }
    if (watched_segment_ < segment) {
        judge_stationarity();
    }
    const auto old = segments_.find(segment_);
    if (old != segments_.end() && old->second.ended_utc.ns == 0) {
        old->second.ended_utc = time;
        put_segment(old->second);
    }
    segment_ = segment;
    record::Segment& entered = segments_[segment];
    entered.segment = segment;
    entered.started_utc = time;
    const auto index = static_cast<std::size_t>(segment) - 1;
    if (session_.is_read_only()) {
        entered.text = "as it was followed: the segments are known when the file has ended";
    } else if (index < identity_.executed.size()) {
        entered.text = identity_.executed[index].segment.text;
    }
    put_segment(entered);
}

// --- deliveries

Awaitable<void> ActiveRun::started() {
    change_state(record::RunState::running, "started");
    co_await stop_holding_back();
}

Awaitable<void> ActiveRun::stop_holding_back() {
    while (!held_back_.empty()) {  // what comes meanwhile waits behind
        drivers::Delivery delivery = std::move(held_back_.front());
        held_back_.pop_front();
        co_await take_delivery(std::move(delivery));
    }
    is_held_back_ = false;
}

Awaitable<void> ActiveRun::wait_for_room() {
    if (house_.store->has_room()) {
        co_return;
    }
    const bool has_room = co_await house_.store->wait_for_room(house_.timing, back_pressure_s);
    if (!has_room) {
        fail_safe("storage did not keep up for 2 s");
    }
    while (!house_.store->has_room()) {
        // Not read, not acknowledged: the instrument keeps the readings meanwhile.
        (void)co_await house_.store->wait_for_room(house_.timing, back_pressure_s);
    }
}

Awaitable<void> ActiveRun::deliver(drivers::Delivery delivery) {
    assert_on_io_thread();
    if (is_held_back_) {
        held_back_.push_back(std::move(delivery));
        co_return;
    }
    co_await take_delivery(std::move(delivery));
}

Awaitable<void> ActiveRun::take_delivery(drivers::Delivery delivery) {
    if (is_over_) {
        co_return;
    }
    co_await wait_for_room();
    if (machine_.is_over()) {
        co_return;  // it ended meanwhile
    }
    if (auto* reading = std::get_if<record::Reading>(&delivery)) {
        take_reading(std::move(*reading));
    } else if (auto* gap = std::get_if<record::Gap>(&delivery)) {
        gap->time_utc = house_.timing->clock().utc();
        record_rows(intake_.take(std::move(*gap)));
        flush_held(false);
    } else if (const auto* change = std::get_if<drivers::StateChange>(&delivery)) {
        take_change(*change);
    }
}

void ActiveRun::take_reading(record::Reading reading) {
    if (reading.number > intake_.last_number() + 1 && (is_fetching_ || !ahead_.empty())) {
        // What is being fetched comes first; a jump that stays afterwards is a gap.
        ahead_.emplace(reading.number, std::move(reading));
        flush_held(!is_fetching_ || ahead_.size() > ahead_readings_max);
        return;
    }
    record_reading(std::move(reading));
    flush_held(false);
}

void ActiveRun::flush_held(bool is_all) {
    while (!ahead_.empty() && (is_all || ahead_.begin()->first <= intake_.last_number() + 1)) {
        record::Reading reading = std::move(ahead_.begin()->second);
        ahead_.erase(ahead_.begin());
        record_reading(std::move(reading));
    }
}

void ActiveRun::take_change(const drivers::StateChange& change) {
    if (change.run_token != identity_.token || is_ending_) {
        return;  // of an earlier run, or said already
    }
    if (const auto next = run_state_from(change.state)) {
        enter_segment(change.segment, house_.timing->clock().utc());
        const bool is_pause = *next == record::RunState::paused;
        change_state(*next, is_pause ? "paused" : "running");
        return;
    }
    const bool is_end = change.state == drivers::State::idle ||
                        change.state == drivers::State::cooling ||
                        change.state == drivers::State::fault;
    if (is_end && machine_.state() != record::RunState::armed) {
        request_end(end_from_cause(change.cause, wanted_));
    }
}

// --- link

void ActiveRun::link_lost(const Error& error) {
    if (!is_over_) {
        record_event(record::Severity::major, "LINK_LOST", "link lost: " + error.message);
    }
}

void ActiveRun::link_back(const drivers::Status& status, bool after_restart) {
    if (is_ending_ || is_over_) {
        return;
    }
    if (!after_restart) {
        record_event(record::Severity::info, "LINK_BACK", "link is back");
    }
    const std::string& serial = session_.identity().serial_number;
    if (!identity_.serial_number.empty() && serial != identity_.serial_number) {
        is_foreign_ = true;
        request_end(
            {record::RunState::interrupted,
             "another instrument answers: serial number " +
                 (serial.empty() ? std::string("unknown") : serial) + ", the run began with " +
                 identity_.serial_number}
        );
        return;
    }
    if (status.run_token != identity_.token) {
        request_end(
            {record::RunState::interrupted,
             "the instrument no longer knows this run: it was restarted or used otherwise"}
        );
        return;
    }
    const auto next = run_state_from(status.state);
    if (!next) {
        if (status.state == drivers::State::armed) {
            is_never_started_ = true;
            fail_safe("the daemon was interrupted before the start");
        } else {
            request_end(end_from_cause(status.end_cause, wanted_));
        }
        return;
    }
    if (*next != machine_.state()) {
        change_state(*next, *next == record::RunState::paused ? "paused" : "running");
    }
    if (identity_.method.fits == method::FitsMode::every) {
        gate_ = std::max(gate_, intake_.last_number() + fits_.plan().readings_a_fit(segment_));
        session_.instrument().allow_until(gate_);
    }
    // Also when nothing is missing: the driver delivers only from where it is told to begin.
    is_fetch_due_ = true;
    spawn("fetch what was missed", fetch_missed());
}

Awaitable<void> ActiveRun::fetch_missed() {
    while (is_fetch_due_ && session_.is_connected() && !is_ending_) {
        co_await fetch(intake_.last_number() + 1);
        if (is_fetch_due_) {
            co_await house_.timing->pause(fetch_again_s);
        }
    }
}

Awaitable<void> ActiveRun::fetch(std::uint64_t first_number) {
    is_fetching_ = true;
    auto fetched = co_await session_.instrument().fetch_from(first_number);
    is_fetching_ = false;
    if (fetched) {
        is_fetch_due_ = false;
    } else {
        log_for("acquire")->warn(
            "readings cannot be fetched run={} from={} error=\"{}\"",
            log_name(),
            first_number,
            fetched.error().sentence()
        );
    }
}

void ActiveRun::check_status(const drivers::Status& status) {
    if (is_ending_ || is_over_ || is_held_back_) {
        return;
    }
    if (!is_fetching_) {
        flush_held(true);
    }
    if (status.run_token != identity_.token) {
        request_end(
            {record::RunState::interrupted, "the instrument was restarted or used otherwise"}
        );
        return;
    }
    tell_changed_settings(status);
    if (run_state_from(status.state) || status.state == drivers::State::armed) {
        return;
    }
    request_end(end_from_cause(status.end_cause, wanted_));
}

// --- safe

void ActiveRun::cancel() {
    is_ending_ = true;
    is_over_ = true;
    fits_.stop();
    tasks_.cancel_all();
    over_.notify_all();
}

void ActiveRun::fail_safe(std::string cause) {
    if (is_ending_ || is_over_) {
        return;
    }
    log_for("run")->error("run failed safe run={} cause=\"{}\"", log_name(), cause);
    want_end({record::RunState::interrupted, cause});
    spawn("make safe", make_safe_and_end(std::move(cause)));
}

Awaitable<void> ActiveRun::make_safe_and_end(std::string cause) {
    if (session_.is_read_only()) {
        RunEnd unheard{record::RunState::interrupted, cause + "; " + stop_there};
        request_end(std::move(unheard));
        co_return;
    }
    auto safe = co_await session_.instrument().safe();
    if (!safe) {
        cause += "; the instrument did not confirm its safe state: " + safe.error().message;
    }
    RunEnd end{record::RunState::interrupted, cause};
    request_end(std::move(end));
}

}  // namespace relaxd::daemon
