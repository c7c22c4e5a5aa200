// SPDX-License-Identifier: MIT
//
// 10 000 polls of a device that answers 6 % of them later than the deadline: no answer is ever
// given to another question (CONTRACT I-8, I-11). Each answer carries the instrument's own time, so
// one that was made before its question is recognised; a naive client takes hundreds of them.
#include "tests/conformance/kit/lab.hpp"

using namespace relaxd::test::kit;
namespace drivers = relaxd::drivers;
using Catch::Generators::from_range;

namespace {

constexpr double grid_s = 0.002;  // times are told on a grid of 1 ms

/// A polled device is asked for values, not for the run's time: part_chaos_test.cpp does that.
std::vector<std::string> names_that_tell_time() {
    std::vector<std::string> names;
    for (const Subject& about : subjects()) {
        if (!about.is_polled) {
            names.push_back(about.driver);
        }
    }
    return names;
}

struct Tally {
    int right = 0;
    int absent = 0;
    int wrong = 0;
};

DriverOptions answers_in(milliseconds reply) {
    DriverOptions options;
    options.reply = reply;
    return options;
}

UnitOptions at_speed(double speed) {
    UnitOptions options;
    options.speed = speed;
    return options;
}

Tally poll(Lab& lab, int polls, milliseconds pause) {
    Tally tally;
    for (int i = 0; i < polls; ++i) {
        const double asked_at = lab.about.stamp_now(*lab.unit.device);
        const auto status = lab.run(lab.instrument->status());
        if (!status) {
            ++tally.absent;
            if (!lab.instrument->is_open()) {
                static_cast<void>(lab.run(lab.instrument->open()));
            }
        } else if (lab.about.stamp(*status) < asked_at - grid_s) {
            ++tally.wrong;
        } else {
            ++tally.right;
        }
        lab.pass(pause);
    }
    return tally;
}

/// The next line within the deadline is the answer: what a naive client believes.
Tally poll_naively(Lab& lab, drivers::link::ByteLink& link, int polls, milliseconds reply) {
    Tally tally;
    auto heard = std::make_shared<std::string>();
    std::vector<char> buffer(4096);
    auto got = std::make_shared<std::optional<relaxd::Result<std::size_t>>>();
    bool reads = false;
    for (int i = 1; i <= polls; ++i) {
        const double asked_at = lab.about.stamp_now(*lab.unit.device);
        REQUIRE(lab.run(link.write(lab.about.naive_question(static_cast<std::uint64_t>(i)), 1s)));
        const auto deadline = drivers::link::after(lab.bench.now(), reply);
        std::optional<double> answer;
        while (!answer && lab.bench.now() < deadline) {
            const auto end = heard->find(lab.about.detects.terminator);
            if (end != std::string::npos) {
                answer = lab.about.naive_answer(heard->substr(0, end));
                heard->erase(0, end + lab.about.detects.terminator.size());
                continue;
            }
            if (!reads) {
                reads = true;
                lab.bench.spawn(link.read_some(buffer), got);
            }
            const std::chrono::nanoseconds left(deadline.ns - lab.bench.now().ns);
            if (lab.bench.until([&] { return got->has_value(); }, left)) {
                REQUIRE((*got)->has_value());
                heard->append(buffer.data(), ***got);
                got->reset();
                reads = false;
            }
        }
        if (!answer) {
            ++tally.absent;
        } else if (*answer < asked_at - grid_s) {
            ++tally.wrong;
        } else {
            ++tally.right;
        }
        lab.pass(10ms);
    }
    link.close();
    lab.bench.until([&] { return got->has_value(); }, 1s);
    return tally;
}

}  // namespace

TEST_CASE("10 000 polls with 6 % late replies give no wrong value", "[conformance][kit]") {
    const std::string name = GENERATE(from_range(names_that_tell_time()));
    const Subject& about = subject(name);
    Lab lab(
        about,
        Carrier::memory,
        plan_for("late", about.detects, 1000ms),
        at_speed(1.0),
        answers_in(1000ms)
    );
    lab.to_running("late-1");
    const Tally tally = poll(lab, 10'000, 10ms);
    INFO(lab.proxy->text());
    CHECK(tally.wrong == 0);
    CHECK(tally.right + tally.absent == 10'000);
    CHECK(tally.right > 9'000);
    CHECK(lab.proxy->report().of(Hurt::late) > 400);
    const auto counters = lab.instrument->counters();
    CHECK(counters.timeouts + counters.late_replies > 300);
}

TEST_CASE("a naive client takes hundreds of wrong values where they are", "[conformance][kit]") {
    const std::string name = GENERATE(from_range(names_that_tell_time()));
    const Subject& about = subject(name);
    Lab lab(about, Carrier::memory, plan_for("late", about.detects, 1000ms), at_speed(1.0));
    lab.proxy->calm();
    lab.to_running("naive-1");
    lab.instrument->close();
    lab.pass(10s);
    lab.proxy->excite();
    auto way = lab.proxy->make_opener();
    auto link = lab.run(way->open(1s));
    REQUIRE(link.has_value());
    const Tally tally = poll_naively(lab, **link, 2'000, 1000ms);
    INFO("right " << tally.right << ", none " << tally.absent << ", wrong " << tally.wrong);
    CHECK(tally.wrong > 200);
}

TEST_CASE("some hundred polls over TCP and a pty give no wrong value", "[conformance][kit]") {
    const std::string name = GENERATE(from_range(names_that_tell_time()));
    const Carrier carrier = GENERATE(Carrier::tcp, Carrier::pty);
    const Subject& about = subject(name);
    Lab lab(
        about, carrier, plan_for("late", about.detects, 40ms), at_speed(10.0), answers_in(40ms)
    );
    lab.proxy->calm();
    lab.to_running("late-2");
    lab.proxy->excite();
    const Tally tally = poll(lab, 300, 1ms);
    INFO(lab.proxy->text());
    CHECK(tally.wrong == 0);
    CHECK(tally.right > 200);
    CHECK(lab.proxy->report().of(Hurt::late) > 5);
}
