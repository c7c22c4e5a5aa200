// SPDX-License-Identifier: MIT
//
// The clauses of drivers/api/CONTRACT.md that can be checked from outside, for every subject: what
// the driver sends is overheard, what the unit does is looked at inside it.
#include "tests/conformance/kit/call.hpp"
#include "tests/conformance/kit/lab.hpp"

#include <algorithm>
#include <functional>

using namespace relaxd::test::kit;
using relaxd::Errc;
using relaxd::Result;
namespace asio = boost::asio;
namespace drivers = relaxd::drivers;
namespace record = relaxd::record;
using Catch::Generators::from_range;

namespace {

/// Every call that waits for the instrument.
std::vector<Call> calls_of(Lab& lab) {
    drivers::Instrument* i = lab.instrument.get();
    const Lab* l = &lab;
    return {
        {"status", [i] { return outcome_of(i->status()); }},
        {"load", [i, l] { return outcome_of(i->load(l->method, l->specimen, "token")); }},
        {"start", [i] { return outcome_of(i->start()); }},
        {"hold", [i] { return outcome_of(i->hold()); }},
        {"resume", [i] { return outcome_of(i->resume()); }},
        {"stop", [i] { return outcome_of(i->stop()); }},
        {"safe", [i] { return outcome_of(i->safe()); }},
        {"fetch_from", [i] { return outcome_of(i->fetch_from(1)); }},
        {"next", [i] { return outcome_of(i->next()); }},
        {"end_segment_after", [i] { return outcome_of(i->end_segment_after(1'000'000)); }},
        {"truth", [i] { return outcome_of(i->truth(1, 2)); }}
    };
}

/// A unit that is wrong: dumb, talking nonsense, or not there.
enum class Stranger { dumb, nonsense, absent };

ChaosPlan plan_of(Stranger stranger, const Subject& about) {
    ChaosPlan plan = plan_for("calm", about.detects, about.reply_of(1000ms));
    if (stranger == Stranger::dumb) {
        plan.to_host.with(Hurt::dropped, 1.0);
    } else if (stranger == Stranger::nonsense) {
        plan.to_host.with(Hurt::stray, 1.0).with(Hurt::dropped, 1.0);
    } else {
        plan.to_host.with(Hurt::dropped, 1.0);
    }
    return plan;
}

void take_until(Lab& lab, std::uint64_t number) {
    std::uint64_t taken = 0;
    while (taken < number) {
        const drivers::Delivery delivery = lab.ok(lab.instrument->next());
        if (const auto* reading = std::get_if<record::Reading>(&delivery)) {
            taken = reading->number;
            lab.instrument->acknowledge(taken);
        }
    }
}

/// The state that the clause about safe() is tried in.
void bring_to(Lab& lab, const std::string& state) {
    if (state == "idle") {
        lab.ok(lab.instrument->open());
        return;
    }
    if (state == "armed") {
        lab.ok(lab.instrument->open());
        lab.ok(lab.instrument->load(lab.long_method, lab.specimen, "safe-1"));
        return;
    }
    lab.to_running("safe-1");
    if (state == "holding") {
        lab.ok(lab.instrument->hold());
    }
}

}  // namespace

TEST_CASE("I-1: an instrument is identified before anything is asked of it", "[conformance][kit]") {
    const std::string name = GENERATE(from_range(subject_names()));
    const Carrier carrier = GENERATE(Carrier::memory, Carrier::tcp, Carrier::pty);
    Lab lab(subject(name), carrier);
    CHECK_FALSE(lab.instrument->is_open());
    const drivers::Identity identity = lab.ok(lab.instrument->open());
    CHECK(lab.instrument->is_open());
    CHECK(identity.serial_number == "UNIT-A");
    CHECK_FALSE(identity.model.empty());
    CHECK(identity.simulated);
    for (const Heard& heard : lab.proxy->heard()) {
        INFO(heard.line);
        CHECK((!lab.about.is_command(heard.line) || (lab.about.is_polled && heard.answers > 0)));
    }
    CHECK(lab.ok(lab.instrument->status()).state == drivers::State::idle);
}

TEST_CASE(
    "I-1: what does not identify itself is not opened and not commanded", "[conformance][kit]"
) {
    const std::string name = GENERATE(from_range(subject_names()));
    const Stranger stranger = GENERATE(Stranger::dumb, Stranger::nonsense, Stranger::absent);
    const Subject& about = subject(name);
    Lab lab(about, Carrier::memory, plan_of(stranger, about));
    if (stranger == Stranger::absent) {
        lab.proxy->break_now(Break::hang_up, 3600.0);
    }
    const auto begun = lab.bench.now();
    const auto opened = lab.run(lab.instrument->open());
    REQUIRE_FALSE(opened.has_value());
    INFO(opened.error().sentence());
    CHECK_FALSE(opened.error().message.empty());
    CHECK_FALSE(lab.instrument->is_open());
    const std::chrono::nanoseconds took(lab.bench.now().ns - begun.ns);
    CHECK(took <= about.longest_call(1000ms));
    CHECK(lab.commands_to(false).empty());
    CHECK(lab.run(lab.instrument->status()).error().code == Errc::unreachable);
}

TEST_CASE("I-1: another unit after a reconnect is never sent a command", "[conformance][kit]") {
    const std::string name = GENERATE(from_range(subject_names()));
    const Carrier carrier = GENERATE(Carrier::memory, Carrier::tcp, Carrier::pty);
    DriverOptions driver;
    driver.reply = carrier == Carrier::memory ? 1000ms : 150ms;
    Lab lab(subject(name), carrier, {}, {}, driver);
    lab.to_running("run-1");
    take_until(lab, 20);  // acknowledgements wait to be sent
    lab.proxy->break_now(Break::wrong_device, 0.02);
    while (lab.run(lab.instrument->next()).has_value()) {}
    drivers::Identity identity;
    bool is_refused = false;
    for (int i = 0; i < 50 && identity.serial_number.empty() && !is_refused; ++i) {
        auto opened = lab.run(lab.instrument->open());
        if (opened) {
            identity = *opened;
        } else {
            is_refused = opened.error().code == Errc::refused;
        }
        lab.pass(20ms);
    }
    CHECK((is_refused || identity.serial_number == "UNIT-B"));
    lab.pass(carrier == Carrier::memory ? 300s : 300ms);  // what the driver does by itself
    CHECK(lab.commands_to(true).empty());
    CHECK(lab.other.is_safe());
}

TEST_CASE("I-2: what the instrument no longer has is one gap in its place", "[conformance][kit]") {
    const std::string name = GENERATE(from_range(subject_names()));
    if (subject(name).is_polled) {
        return;  // it keeps nothing that the host has not
    }
    UnitOptions few;
    few.keeps = 64;
    Lab lab(subject(name), Carrier::memory, {}, few);
    lab.to_running("gap-1");
    take_until(lab, 200);
    lab.ok(lab.instrument->hold());
    lab.pass(5s);  // the acknowledgement
    lab.ok(lab.instrument->fetch_from(1));
    drivers::Delivery delivery = lab.ok(lab.instrument->next());
    while (std::holds_alternative<drivers::StateChange>(delivery)) {
        delivery = lab.ok(lab.instrument->next());
    }
    REQUIRE(std::holds_alternative<record::Gap>(delivery));
    const record::Gap gap = std::get<record::Gap>(delivery);
    CHECK(gap.first_number == 1);
    CHECK(gap.missing >= 100);
    CHECK_FALSE(gap.cause.empty());
    delivery = lab.ok(lab.instrument->next());
    while (std::holds_alternative<drivers::StateChange>(delivery)) {
        delivery = lab.ok(lab.instrument->next());
    }
    REQUIRE(std::holds_alternative<record::Reading>(delivery));
    CHECK(std::get<record::Reading>(delivery).number == gap.missing + 1);
    check_recorded((*lab.unit.record)[gap.missing], std::get<record::Reading>(delivery));
}

TEST_CASE("I-3, I-4: what cannot be done is refused before a byte is sent", "[conformance][kit]") {
    const std::string name = GENERATE(from_range(subject_names()));
    const Subject& about = subject(name);
    Lab lab(about, Carrier::memory);
    lab.ok(lab.instrument->open());
    const std::size_t heard = lab.proxy->heard().size();
    REQUIRE_FALSE(about.too_much.empty());
    for (const std::string& text : about.too_much) {
        INFO(text);
        const auto method = parsed(text);
        const auto checked = lab.instrument->check(method, lab.specimen);
        REQUIRE_FALSE(checked.has_value());
        CHECK(checked.error().code == Errc::refused);
        const auto loaded = lab.run(lab.instrument->load(method, lab.specimen, "too-much"));
        REQUIRE_FALSE(loaded.has_value());
        CHECK(loaded.error().code == Errc::refused);
        CHECK(loaded.error().message.size() > 20);  // a sentence with value and bound
    }
    CHECK(lab.proxy->heard().size() == heard);
    CHECK(lab.unit.is_safe());
    CHECK(lab.instrument->check(lab.method, lab.specimen).has_value());
}

TEST_CASE("I-7: safe() works in every state and is confirmed", "[conformance][kit]") {
    const std::string name = GENERATE(from_range(subject_names()));
    const std::string state = GENERATE(as<std::string>{}, "idle", "armed", "running", "holding");
    const std::string plan = GENERATE(
        as<std::string>{},
        "calm",
        "late",
        "duplicated",
        "dropped",
        "corrupt",
        "unasked",
        "everything"
    );
    INFO("state " << state << ", plan " << plan);
    const Subject& about = subject(name);
    Lab lab(about, Carrier::memory, plan_for(plan, about.detects, about.reply_of(1000ms)));
    lab.proxy->calm();
    bring_to(lab, state);
    lab.proxy->excite();
    bool confirmed = false;
    for (int i = 0; i < 20 && !confirmed; ++i) {
        if (!lab.instrument->is_open()) {
            static_cast<void>(lab.run(lab.instrument->open()));
        }
        confirmed = lab.run(lab.instrument->safe()).has_value();
    }
    INFO(lab.proxy->text());
    CHECK(confirmed);
    CHECK(lab.unit.is_safe());
}

TEST_CASE("I-7: safe() does not wait for the exchange in flight", "[conformance][kit]") {
    const std::string name = GENERATE(from_range(subject_names()));
    Lab lab(subject(name), Carrier::memory);
    lab.to_running("urgent-1");
    lab.proxy->mute(true);
    auto asked = std::make_shared<std::optional<Result<drivers::Status>>>();
    lab.bench.spawn(lab.instrument->status(), asked);
    lab.pass(10ms);
    auto safe = std::make_shared<std::optional<Result<void>>>();
    lab.bench.spawn(lab.instrument->safe(), safe);
    CHECK(lab.bench.until([&] { return lab.unit.is_safe(); }, 100ms));
    CHECK((lab.about.is_polled || !asked->has_value()));  // what the host knows needs no device
    CHECK_FALSE(safe->has_value());                       // it has not been confirmed
    lab.proxy->mute(false);
    REQUIRE(lab.bench.until([&] { return safe->has_value() && asked->has_value(); }, 30s));
    CHECK((*safe)->has_value());
}

TEST_CASE("I-7: over TCP and a pty safe() is confirmed on a bad line", "[conformance][kit]") {
    const std::string name = GENERATE(from_range(subject_names()));
    const Carrier carrier = GENERATE(Carrier::tcp, Carrier::pty);
    const Subject& about = subject(name);
    DriverOptions driver;
    driver.reply = 100ms;
    Lab lab(about, carrier, plan_for("corrupt", about.detects, about.reply_of(100ms)), {}, driver);
    lab.proxy->calm();
    lab.to_running("safe-2");
    lab.proxy->excite();
    bool confirmed = false;
    for (int i = 0; i < 20 && !confirmed; ++i) {
        if (!lab.instrument->is_open()) {
            static_cast<void>(lab.run(lab.instrument->open()));
        }
        confirmed = lab.run(lab.instrument->safe()).has_value();
    }
    CHECK(confirmed);
    CHECK(lab.unit.is_safe());
}

TEST_CASE("I-8: with a dumb instrument every call ends within its deadline", "[conformance][kit]") {
    const std::string name = GENERATE(from_range(subject_names()));
    const std::size_t which = GENERATE(range<std::size_t>(0, 11));
    const Subject& about = subject(name);
    Lab lab(about, Carrier::memory);
    lab.to_running("dumb-1");
    const Call call = calls_of(lab).at(which);
    INFO(call.name);
    lab.proxy->mute(true);
    const auto begun = lab.bench.now();
    const Outcome outcome = lab.run(call.make());
    const std::chrono::nanoseconds took(lab.bench.now().ns - begun.ns);
    REQUIRE((outcome.has_value() || about.is_polled || std::string(call.name) == "next"));
    if (outcome && std::string(call.name) != "next") {
        CHECK((outcome == Errc::timeout || outcome == Errc::unreachable || outcome == Errc::refused)
        );
        CHECK(took <= about.longest_call(1000ms));
    }
    lab.proxy->mute(false);
    CHECK(lab.bench.until(
        [&] {
            return lab.run(lab.instrument->open()).has_value() &&
                   lab.run(lab.instrument->status()).has_value();
        },
        60s
    ));
}

TEST_CASE("I-9: after a lost link nothing works until it is opened again", "[conformance][kit]") {
    const std::string name = GENERATE(from_range(subject_names()));
    const Carrier carrier = GENERATE(Carrier::memory, Carrier::tcp, Carrier::pty);
    Lab lab(subject(name), carrier);
    lab.to_running("lost-1");
    lab.proxy->break_now(Break::hang_up, 0.05);
    while (lab.run(lab.instrument->next()).has_value()) {}  // what had been received
    CHECK_FALSE(lab.instrument->is_open());
    for (const Call& call : calls_of(lab)) {
        INFO(call.name);
        const Outcome outcome = lab.run(call.make());
        // What it can never do it may say first.
        CHECK((outcome == Errc::unreachable || (lab.about.is_polled && outcome == Errc::refused)));
    }
    lab.pass(100ms);
    lab.ok(lab.instrument->open());
    CHECK(lab.ok(lab.instrument->status()).run_token == "lost-1");
    CHECK(lab.instrument->counters().reconnects >= 1);
}

TEST_CASE("I-11: after corruption the driver is in step with the next line", "[conformance][kit]") {
    const std::string name = GENERATE(from_range(subject_names()));
    const Subject& about = subject(name);
    ChaosPlan plan = plan_for("calm", about.detects, about.reply_of(1000ms));
    plan.to_host.with(Hurt::junk, 1.0).with(Hurt::nulled, 0.5).with(Hurt::ended_short, 0.3);
    Lab lab(about, Carrier::memory, plan);
    lab.proxy->calm();
    lab.ok(lab.instrument->open());
    for (int i = 0; i < 50; ++i) {
        lab.proxy->excite();
        const auto hurt = lab.run(lab.instrument->status());
        if (hurt) {
            CHECK(hurt->state == drivers::State::idle);
        }
        lab.proxy->calm();
        if (!lab.instrument->is_open()) {
            lab.ok(lab.instrument->open());
        }
        const auto begun = lab.bench.now();
        CHECK(lab.ok(lab.instrument->status()).state == drivers::State::idle);
        const std::chrono::nanoseconds took(lab.bench.now().ns - begun.ns);
        CHECK(took <= about.longest_call(1000ms));
    }
    CHECK(lab.instrument->counters().corrupt_frames > 0);
}

TEST_CASE("I-12: close() ends every call in flight with cancelled", "[conformance][kit]") {
    const std::string name = GENERATE(from_range(subject_names()));
    const Carrier carrier = GENERATE(Carrier::memory, Carrier::tcp, Carrier::pty);
    const bool destroys = GENERATE(false, true);
    Lab lab(subject(name), carrier);
    lab.to_running("close-1");
    lab.proxy->mute(true);
    lab.pass(50ms);
    std::vector<std::shared_ptr<std::optional<Outcome>>> ends;
    const std::vector<Call> calls = calls_of(lab);
    for (const Call& call : calls) {
        ends.push_back(std::make_shared<std::optional<Outcome>>());
        lab.bench.spawn(call.make(), ends.back());
    }
    lab.pass(5ms);
    std::vector<bool> was_over;
    for (const auto& end : ends) {
        was_over.push_back(end->has_value());
    }
    CHECK(std::count(was_over.begin(), was_over.end(), false) >= (lab.about.is_polled ? 2 : 5));
    if (destroys) {
        lab.instrument.reset();
    } else {
        lab.instrument->close();
    }
    const auto all_over = [&] {
        return std::ranges::all_of(ends, [](const auto& end) { return end->has_value(); });
    };
    CHECK(lab.bench.until(all_over, 1s));
    for (std::size_t i = 0; i < ends.size(); ++i) {
        INFO(calls[i].name);
        if (!was_over[i] && *ends[i]) {
            const Outcome outcome = **ends[i];
            CHECK((outcome == Errc::cancelled));
        }
    }
}
