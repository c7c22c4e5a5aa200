// SPDX-License-Identifier: MIT
//
// The requests of section 2 of docs/protocols/q800_class.md: one function a verb.
#include "drivers/simulator/q800_device.hpp"
#include "drivers/simulator/specimen_truth.hpp"
#include "schema/base/number.hpp"
#include "schema/base/version.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace relaxd::simulator {
namespace {

constexpr std::uint64_t id_max = 999999999;
constexpr std::size_t remembered_ids = 64;
constexpr std::size_t token_bytes_max = 64;
constexpr std::uint64_t method_lines_max = 20000;
constexpr std::uint64_t truth_readings_max = 1000;
constexpr std::size_t portion_bytes = 64UL * 1024;

std::string ok(const std::string& pairs = {}) {
    return pairs.empty() ? "=" : "= " + pairs;
}

std::string refuse(std::string_view code, std::string_view text) {
    return "! " + std::string(code) + " " + std::string(text);
}

bool is_token(std::string_view text) {
    return !text.empty() && text.size() <= token_bytes_max &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == '-';
           });
}

std::string without_blanks(std::string_view text) {
    std::string result(text);
    std::replace(result.begin(), result.end(), ' ', '_');
    return result;
}

std::string number(std::uint64_t value) {
    return std::to_string(value);
}

std::string offered_columns() {
    std::string list;
    for (const auto& [name, column] : further_columns) {
        list += list.empty() ? "" : ",";
        list += name;
    }
    return list;
}

}  // namespace

const std::vector<Q800Device::Verb>& Q800Device::verbs() {
    static const std::vector<Verb> table = {
        {"identify", &Q800Device::identify, 2, 2},
        {"status", &Q800Device::status, 2, 2},
        {"heartbeat", &Q800Device::heartbeat, 3, 3},
        {"method", &Q800Device::method, 3, 300},
        {"start", &Q800Device::start, 3, 3},
        {"hold", &Q800Device::hold, 2, 2},
        {"resume", &Q800Device::resume, 2, 2},
        {"stop", &Q800Device::stop, 2, 2},
        {"safe", &Q800Device::safe, 2, 2},
        {"resend", &Q800Device::resend, 3, 4},
        {"ack", &Q800Device::ack, 3, 3},
        {"allow", &Q800Device::allow, 3, 3},
        {"end_segment", &Q800Device::end_segment, 3, 3},
        {"truth", &Q800Device::truth, 3, 4},
    };
    return table;
}

void Q800Device::take_line(const std::string& payload) {
    Request request;
    request.payload = payload;
    const std::string_view head = request.payload.substr(0, request.payload.find(' '));
    const auto id = to_count(head);
    if (!id || *id == 0 || *id > id_max || head.front() == '+') {
        send("! 0 syntax a request begins with an ID from 1 to 999999999");
        return;
    }
    request.id = *id;
    for (const Answered& answered : answered_) {
        if (answered.id == request.id) {
            if (!answered.line.empty()) {
                send(answered.line);
            }
            return;
        }
    }
    Answered entry;
    entry.id = request.id;
    answered_.push_back(std::move(entry));
    if (answered_.size() > remembered_ids) {
        answered_.pop_front();
    }
    auto words = split_words(request.payload);
    if (!words || words->size() < 2) {
        answer(
            request.id, "", refuse("syntax", "a request is ID VERB ARGUMENTS, one blank between")
        );
        return;
    }
    request.words = std::move(*words);
    answer(request.id, request.words[1], dispatch(request));
}

Q800Device::Reply Q800Device::dispatch(const Request& request) {
    for (const Verb& verb : verbs()) {
        if (verb.name == request.words[1]) {
            if (request.words.size() < verb.words_min || request.words.size() > verb.words_max) {
                return refuse("syntax", "wrong number of arguments for " + std::string(verb.name));
            }
            return (this->*verb.handler)(request);
        }
    }
    return refuse("unknown_verb", "this instrument does not know that verb");
}

void Q800Device::answer(std::uint64_t id, std::string_view verb, const Reply& reply) {
    if (reply.empty()) {
        return;  // a job answers when its lines are out
    }
    if (reply.front() == '=') {
        send_answer(id, "= " + number(id) + " " + std::string(verb) + reply.substr(1));
    } else {
        send_answer(id, "! " + number(id) + reply.substr(1));
    }
}

void Q800Device::send_answer(std::uint64_t id, std::string payload) {
    send(payload);
    for (Answered& answered : answered_) {
        if (answered.id == id) {
            answered.line = std::move(payload);
            return;
        }
    }
}

Q800Device::Reply Q800Device::identify(const Request& /*request*/) {
    return ok(
        "protocol=1 vendor=relaxd model=simulated_Q800_class serial=" +
        (options_.serial.empty() ? "SIM-" + number(options_.seed) : options_.serial) +
        " firmware=" + without_blanks(code_version()) +
        " simulated=1 keeps=" + number(options_.keeps) + " columns=" + offered_columns() +
        " material=" + identity_word(options_.material) + " bench=" +
        identity_word(options_.bench_name) + " faults=" + identity_word(options_.faults_name)
    );
}

Q800Device::Reply Q800Device::status(const Request& /*request*/) {
    const double set_K = in_run() ? experiment_->set_temperature_K() : ambient_K;
    return ok(
        "state=" + std::string(word(state_)) + " token=" + token_ +
        " segment=" + std::to_string(segment_) + " reading=" + number(newest_) +
        " kept=" + number(oldest()) + " time_s=" + on_grid(run_time_s_, 1e6) +
        " temperature_K=" + on_grid(faults_.shown_K(time_s_, furnace_.shown_K()), 100.0) +
        " set_temperature_K=" + on_grid(set_K, 100.0) + " cause=" + cause_
    );
}

Q800Device::Reply Q800Device::heartbeat(const Request& request) {
    const auto seconds = to_double(request.words[2]);
    if (!seconds || (*seconds != 0.0 && (*seconds < 1.0 || *seconds > 3600.0))) {
        return refuse("bad_argument", "the heartbeat is 1 to 3600 s, or 0 for none");
    }
    if (*seconds == 0.0 && in_run()) {
        return refuse("state", "the heartbeat cannot be switched off while a run is executed");
    }
    guard_s_ = *seconds;
    return ok("seconds=" + to_text(*seconds));
}

Q800Device::Reply Q800Device::method(const Request& request) {
    const std::string_view what = request.words[2];
    if (what == "begin") {
        return method_begin(request);
    }
    if (what == "line") {
        return method_line(request);
    }
    if (what == "commit") {
        return method_commit(request);
    }
    return refuse("bad_argument", "method is followed by begin, line or commit");
}

Q800Device::Reply Q800Device::method_begin(const Request& request) {
    if (request.words.size() != 5) {
        return refuse("syntax", "method begin TOKEN N");
    }
    const auto lines = to_count(request.words[4]);
    if (!is_token(request.words[3]) || request.words[3] == "-") {
        return refuse("bad_argument", "a token is 1 to 64 characters of A-Za-z0-9._- and not -");
    }
    if (!lines || *lines == 0 || *lines > method_lines_max) {
        return refuse("bad_argument", "a method has 1 to 20000 lines");
    }
    if (in_run()) {
        return refuse("state", "a run is being executed");
    }
    if (state_ == State::fault) {
        return refuse("fault", "the instrument is out of order: " + cause_);
    }
    if (state_ == State::armed) {
        forget_armed("-");
    }
    download_token_ = std::string(request.words[3]);
    download_lines_ = *lines;
    download_next_ = 1;
    reader_ = MethodReader(MethodLimits(options_.bench));
    return ok("lines=" + number(*lines));
}

Q800Device::Reply Q800Device::method_line(const Request& request) {
    if (download_lines_ == 0) {
        return refuse("state", "no method download has begun");
    }
    if (request.words.size() < 5) {
        return refuse("syntax", "method line K TEXT");
    }
    const auto k = to_count(request.words[3]);
    if (!k || *k != download_next_ || *k > download_lines_) {
        return refuse(
            "bad_argument",
            "the next line is " + number(download_next_) + " of " + number(download_lines_)
        );
    }
    const auto offset = request.words[4].data() - request.payload.data();
    const std::string_view text = request.payload.substr(static_cast<std::size_t>(offset));
    if (const auto refusal = reader_.take(text)) {
        return refuse(refusal->code, refusal->text);
    }
    ++download_next_;
    return ok("line=" + number(*k));
}

Q800Device::Reply Q800Device::method_commit(const Request& request) {
    if (request.words.size() != 3) {
        return refuse("syntax", "method commit");
    }
    if (download_lines_ == 0) {
        return refuse("state", "no method download has begun");
    }
    if (download_next_ != download_lines_ + 1) {
        return refuse(
            "method",
            "line " + number(download_next_) + " of " + number(download_lines_) + " is missing"
        );
    }
    if (const auto refusal = reader_.check_whole()) {
        return refuse(refusal->code, refusal->text);
    }
    method_ = reader_.method();
    token_ = download_token_;
    download_lines_ = 0;
    change_state(State::armed, "-");
    const Mounting& mounting = method_.mounting;
    return ok(
        "token=" + token_ + " segments=" + number(method_.steps.size()) +
        " length_m=" + to_text(mounting.length_m) + " width_m=" + to_text(mounting.width_m) +
        " thickness_m=" + to_text(mounting.thickness_m) +
        " poisson_ratio=" + to_text(mounting.poisson_ratio)
    );
}

Q800Device::Reply Q800Device::start(const Request& request) {
    if (state_ != State::armed) {
        return refuse("state", "no method is armed");
    }
    if (request.words[2] != token_) {
        return refuse("bad_argument", "the armed method has token " + token_);
    }
    ring_.clear();
    newest_ = acked_ = end_after_ = 0;
    time_s_ = run_time_s_ = 0.0;
    cause_ = "-";
    download_lines_ = 0;
    ++runs_;
    faults_.begin_run();
    experiment_ = std::make_unique<Experiment>(
        specimen_, furnace_, method_, options_.seed, options_.noise, options_.bench
    );
    experiment_->set_faults(&faults_);
    (void)experiment_->run_to(0.0);  // begins segment 1 and does nothing else
    segment_ = experiment_->segment();
    change_state(State::running, "-");
    return ok("token=" + token_);
}

Q800Device::Reply Q800Device::hold(const Request& /*request*/) {
    if (!in_run()) {
        return refuse("state", "no run is being executed");
    }
    if (state_ == State::running) {
        experiment_->hold();
        change_state(State::holding, "-");
    }
    return ok();
}

Q800Device::Reply Q800Device::resume(const Request& /*request*/) {
    if (!in_run()) {
        return refuse("state", "no run is being executed");
    }
    if (state_ == State::holding) {
        experiment_->resume();
        change_state(State::running, "-");
    }
    return ok();
}

Q800Device::Reply Q800Device::stop(const Request& /*request*/) {
    if (in_run()) {
        end_run(State::cooling, "stopped");
    } else if (state_ == State::armed) {
        forget_armed("stopped");
    }
    return ok();
}

Q800Device::Reply Q800Device::safe(const Request& /*request*/) {
    make_safe("safe");
    return ok();
}

Q800Device::Reply Q800Device::resend(const Request& request) {
    const auto first = to_count(request.words[2]);
    const auto last = request.words.size() == 4 ? to_count(request.words[3])
                                                : std::optional<std::uint64_t>(newest());
    if (!first || *first == 0 || !last || (request.words.size() == 4 && *last < *first)) {
        return refuse("bad_argument", "resend N M wants 1 <= N <= M");
    }
    Job job;
    job.id = request.id;
    job.next = std::max(*first, oldest());
    job.last = std::min(*last, newest());
    if (ring_.empty() || job.next > job.last) {
        return ok("first=0 last=0 count=0");
    }
    jobs_.push_back(job);
    return {};
}

Q800Device::Reply Q800Device::ack(const Request& request) {
    const auto n = to_count(request.words[2]);
    if (!n) {
        return refuse("bad_argument", "ack is followed by a reading number");
    }
    acked_ = std::max(acked_, std::min(*n, newest()));
    return ok("ack=" + number(*n));
}

Q800Device::Reply Q800Device::allow(const Request& request) {
    const auto n = to_count(request.words[2]);
    if (!n) {
        return refuse("bad_argument", "allow is followed by a reading number, or 0 for no gate");
    }
    allowed_ = *n;
    return ok("allow=" + number(*n));
}

Q800Device::Reply Q800Device::end_segment(const Request& request) {
    const auto n = to_count(request.words[2]);
    if (!n) {
        return refuse("bad_argument", "end_segment is followed by a reading number");
    }
    if (!in_run()) {
        return refuse("state", "no run is being executed");
    }
    if (*n > newest()) {
        end_after_ = *n;
        return ok("after=" + number(*n));
    }
    const Kept* at = kept(*n);
    const Kept* latest = kept(newest());
    const int segment_at = at != nullptr ? at->segment : 0;
    const int segment_latest = latest != nullptr ? latest->segment : 0;
    if (*n < newest() && segment_latest > segment_at) {
        return refuse("late", "readings of a later segment exist already");
    }
    // Reading N of an earlier segment: that segment has ended by itself.
    if (segment_at == segment_ || *n == 0) {
        experiment_->end_step();
    }
    return ok("after=" + number(*n));
}

Q800Device::Reply Q800Device::truth(const Request& request) {
    if (request.words.size() == 3) {
        if (request.words[2] != "run") {
            return refuse("bad_argument", "truth run, or truth N M");
        }
        std::size_t count = 0;
        auto told = run_truth(options_.params, options_.seed, options_.noise);
        std::ranges::copy(bench_truth(options_.bench), std::back_inserter(told));
        std::ranges::move(
            specimen_truth(options_.fast_beta, options_.glass), std::back_inserter(told)
        );
        for (const auto& [name, value] : told) {
            std::string line = "T 0 ";
            line += name;
            line += ' ';
            line += value;
            send(line);
            ++count;
        }
        return ok("count=" + number(count));
    }
    const auto first = to_count(request.words[2]);
    const auto last = to_count(request.words[3]);
    if (!first || !last || *first == 0 || *last < *first || *last - *first >= truth_readings_max) {
        return refuse("bad_argument", "truth N M wants 1 <= N <= M, at most 1000 readings");
    }
    Job job;
    job.truth = true;
    job.id = request.id;
    job.next = std::max(*first, oldest());
    job.last = std::min(*last, newest());
    if (ring_.empty() || job.next > job.last) {
        return ok("count=0");
    }
    jobs_.push_back(job);
    return {};
}

void Q800Device::pump_jobs() {
    while (!jobs_.empty() && output_.size() < portion_bytes) {
        Job& job = jobs_.front();
        job.next = std::max(job.next, oldest());  // what was acknowledged may have gone meanwhile
        if (job.truth) {
            pump_truth(job);
        } else {
            pump_resend(job);
        }
        if (job.next > job.last || ring_.empty()) {
            jobs_.pop_front();
        }
    }
}

void Q800Device::pump_resend(Job& job) {
    while (job.next <= job.last && output_.size() < portion_bytes) {
        const Kept* reading = kept(job.next);
        if (reading == nullptr) {
            job.next = job.last + 1;  // a new run has forgotten them
            break;
        }
        if (job.count == 0) {
            job.first_sent = job.next;
        }
        output_ += reading->line;
        ++job.count;
        ++job.next;
    }
    if (job.next > job.last) {
        const std::uint64_t last = job.count == 0 ? 0 : job.first_sent + job.count - 1;
        answer(
            job.id,
            "resend",
            ok("first=" + number(job.first_sent) + " last=" + number(last) +
               " count=" + number(job.count))
        );
    }
}

void Q800Device::pump_truth(Job& job) {
    while (job.next <= job.last && output_.size() < portion_bytes) {
        const Kept* reading = kept(job.next);
        if (reading == nullptr) {
            job.next = job.last + 1;
            break;
        }
        const std::string head = "T " + number(job.next) + " ";
        for (const auto& [name, member] : truth_members) {
            const double value = reading->truth.*member;
            if (std::isfinite(value)) {
                send(head + std::string(name) + " " + to_text(value));
                ++job.count;
            }
        }
        ++job.next;
    }
    if (job.next > job.last) {
        answer(job.id, "truth", ok("count=" + number(job.count)));
    }
}

}  // namespace relaxd::simulator
