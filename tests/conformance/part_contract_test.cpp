// SPDX-License-Identifier: MIT
//
// The clauses P-1 … of drivers/api/CONTRACT.md that can be checked from outside, for every part:
// what it sends is overheard, what the device does is looked at inside it.
#include "tests/conformance/kit/call.hpp"
#include "tests/conformance/kit/part_lab.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

using namespace relaxd::test::kit;
using relaxd::Errc;
using relaxd::Result;
namespace asio = boost::asio;
namespace drivers = relaxd::drivers;
using Catch::Generators::from_range;
using drivers::PartState;

namespace {

std::vector<Call> calls_of(PartLab& lab) {
    drivers::Part* part = lab.part.get();
    const PartSubject* about = &lab.about;
    return {
        {"read",
         [part, about] {
             std::vector<std::string> names{about->polled};
             return outcome_of(part->read(std::move(names)));
         }},
        {"set or read all",
         [part, about] {
             return about->settable.empty()
                        ? outcome_of(part->read({}))
                        : outcome_of(part->set(about->settable, about->set_to.front()));
         }},
        {"verify", [part] { return outcome_of(part->verify()); }},
        {"safe", [part] { return outcome_of(part->safe()); }}
    };
}

/// On a busy machine an answer over a real carrier may come too late: it is asked for once more.
Result<drivers::PartValue> poll_on(PartLab& lab, Carrier carrier) {
    Result<drivers::PartValue> value = lab.poll();
    if (!value && carrier != Carrier::memory) {
        if (!lab.part->is_open()) {
            lab.insist();
        }
        value = lab.poll();
    }
    return value;
}

}  // namespace

TEST_CASE("P-1: a part is identified before anything is set", "[conformance][kit][part]") {
    const std::string name = GENERATE(from_range(part_names()));
    const Carrier carrier = GENERATE(Carrier::memory, Carrier::tcp, Carrier::pty);
    PartLab lab(part_subject(name), carrier);
    CHECK_FALSE(lab.part->is_open());
    const drivers::Identity identity = lab.ok(lab.part->open());
    CHECK(lab.part->is_open());
    CHECK(lab.part->state() == PartState::ready);
    CHECK_FALSE(identity.model.empty());
    CHECK((lab.about.prepares || lab.commands_to(false).empty()));
    CHECK(lab.quantity(lab.about.polled).is_readable);
    CHECK((lab.about.settable.empty() || lab.quantity(lab.about.settable).is_settable));
}

TEST_CASE("P-1: another device is refused and nothing is set", "[conformance][kit][part]") {
    const std::string name = GENERATE(from_range(part_names()));
    const Carrier carrier = GENERATE(Carrier::memory, Carrier::tcp, Carrier::pty);
    PartLab lab(part_subject(name), carrier);
    if (!lab.about.detects.serial) {
        WARN(name << " tells no serial number: another of its kind is taken for it");
        return;
    }
    lab.insist();
    lab.set_first();
    lab.proxy->break_now(Break::wrong_device, 0.02);
    lab.pass(50ms);
    Result<drivers::Identity> opened = lab.run(lab.part->open());
    for (int i = 0; i < 20 && !opened && opened.error().code == Errc::unreachable; ++i) {
        lab.pass(20ms);
        opened = lab.run(lab.part->open());
    }
    REQUIRE_FALSE(opened.has_value());
    INFO(opened.error().sentence());
    CHECK(opened.error().code == Errc::refused);
    CHECK_FALSE(lab.part->is_open());
    CHECK(lab.commands_to(true).empty());
}

TEST_CASE("P-1: what does not identify itself is not opened", "[conformance][kit][part]") {
    const std::string name = GENERATE(from_range(part_names()));
    const bool talks_nonsense = GENERATE(false, true);
    ChaosPlan plan = plan_for("calm", part_subject(name).detects, 100ms);
    plan.to_host.with(Hurt::dropped, 1.0).with(Hurt::stray, talks_nonsense ? 1.0 : 0.0);
    PartLab lab(part_subject(name), Carrier::memory, plan);
    const auto begun = lab.bench.now();
    CHECK_FALSE(lab.run(lab.part->open()).has_value());
    CHECK_FALSE(lab.part->is_open());
    CHECK(std::chrono::nanoseconds(lab.bench.now().ns - begun.ns) <= lab.about.longest_call);
    CHECK(lab.commands_to(false).empty());
    CHECK_FALSE(lab.part->trouble().empty());
}

TEST_CASE(
    "P-2, P-4: a value is what the device shows, or says why not", "[conformance][kit][part]"
) {
    const std::string name = GENERATE(from_range(part_names()));
    const Carrier carrier = GENERATE(Carrier::memory, Carrier::tcp, Carrier::pty);
    PartLab lab(part_subject(name), carrier);
    lab.insist();
    const std::size_t step = carrier == Carrier::memory ? 1 : 50;
    for (std::size_t i = 0; i < lab.about.shown.size(); i += step) {
        const double shown = lab.about.shown[i];
        lab.unit.shows(shown);
        const auto value = poll_on(lab, carrier);
        REQUIRE(value.has_value());
        REQUIRE(value->has_number());
        CHECK(std::abs(value->number - shown) <= lab.about.told_within);
        CHECK_FALSE(value->raw.empty());
        CHECK(value->received_steady.ns > 0);
        CHECK(value->received_utc.ns > 0);
    }
    if (lab.unit.says_bad) {
        lab.unit.says_bad();
        const auto value = poll_on(lab, carrier);
        REQUIRE(value.has_value());
        CHECK_FALSE(value->has_number());
        CHECK_FALSE(value->status.empty());
        CHECK(std::isnan(value->number));
    }
}

TEST_CASE(
    "P-5: what is outside the limits is refused before a byte is sent", "[conformance][kit][part]"
) {
    const std::string name = GENERATE(from_range(part_names()));
    PartLab lab(part_subject(name), Carrier::memory);
    if (!lab.about.settable.empty()) {
        const double wanted = lab.about.set_to.front();
        CHECK_FALSE(lab.run(lab.part->set(lab.about.settable, wanted)).has_value());
    }
    CHECK(lab.proxy->heard().empty());
    lab.insist();
    static_cast<void>(lab.ok(lab.part->read({})));  // what open() sent has arrived
    const std::size_t heard = lab.proxy->heard().size();
    REQUIRE((lab.about.settable.empty() || !lab.about.too_far.empty()));
    for (const double wrong : lab.about.too_far) {
        const auto refused = lab.run(lab.part->set(lab.about.settable, wrong));
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == Errc::refused);
        CHECK(refused.error().sentence().find(lab.about.settable) != std::string::npos);
    }
    CHECK(lab.run(lab.part->set("no_such_quantity", 1.0)).error().code == Errc::refused);
    CHECK(lab.proxy->heard().size() == heard);
}

TEST_CASE("P-6: a set point has succeeded when the device holds it", "[conformance][kit][part]") {
    const std::string name = GENERATE(from_range(part_names()));
    const Carrier carrier = GENERATE(Carrier::memory, Carrier::tcp, Carrier::pty);
    PartLab lab(part_subject(name), carrier);
    if (lab.about.settable.empty()) {
        return;
    }
    lab.insist();
    const double resolution = lab.quantity(lab.about.settable).resolution;
    for (const double wanted : lab.about.set_to) {
        const double held = lab.ok(lab.part->set(lab.about.settable, wanted));
        CHECK(std::abs(held - wanted) <= resolution);
        CHECK(std::abs(lab.unit.set_point() - wanted) <= resolution);
    }
}

TEST_CASE(
    "P-7: a reboot and a turned knob are found, told and undone", "[conformance][kit][part]"
) {
    const std::string name = GENERATE(from_range(part_names()));
    const bool is_reboot = GENERATE(false, true);
    PartLab lab(part_subject(name), Carrier::memory);
    const auto& happens =
        is_reboot ? static_cast<bool>(lab.unit.reboots) : static_cast<bool>(lab.unit.is_turned);
    lab.insist();
    CHECK(lab.ok(lab.part->verify()).is_as_set());  // that it was once switched on is no news
    lab.set_first();
    CHECK(lab.ok(lab.part->verify()).is_as_set());
    if (!happens) {
        WARN(name << " cannot be " << (is_reboot ? "rebooted" : "turned") << " in its simulator");
        return;
    }
    if (is_reboot) {
        lab.unit.reboots();
    } else {
        lab.unit.is_turned(lab.about.set_to.empty() ? 1.0 : lab.about.set_to.back());
    }
    const drivers::PartCheck found = lab.ok(lab.part->verify());
    CHECK_FALSE(found.is_as_set());
    CHECK(found.is_restored);
    if (!lab.about.settable.empty()) {
        const double resolution = lab.quantity(lab.about.settable).resolution;
        CHECK(std::abs(lab.unit.set_point() - lab.about.set_to.front()) <= resolution);
    }
    CHECK(lab.ok(lab.part->verify()).is_as_set());
    CHECK(lab.part->state() == PartState::ready);
}

TEST_CASE("P-8: safe() works on a bad line and is confirmed", "[conformance][kit][part]") {
    const std::string name = GENERATE(from_range(part_names()));
    const std::string plan =
        GENERATE(as<std::string>{}, "calm", "late", "dropped", "corrupt", "unasked", "everything");
    INFO("plan " << plan);
    const PartSubject& about = part_subject(name);
    PartLab lab(about, Carrier::memory, plan_for(plan, about.detects, about.reply));
    CHECK(lab.run(lab.part->safe()).error().code == Errc::unreachable);
    lab.proxy->calm();
    lab.insist();
    lab.set_first();
    CHECK((about.settable.empty() || lab.unit.is_safe() == !about.is_made_safe));
    lab.proxy->excite();
    bool confirmed = false;
    for (int i = 0; i < 30 && !confirmed; ++i) {
        if (!lab.part->is_open()) {
            static_cast<void>(lab.run(lab.part->open()));
        }
        confirmed = lab.run(lab.part->safe()).has_value();
    }
    INFO(lab.proxy->text());
    CHECK(confirmed);
    CHECK(lab.unit.is_safe());
    lab.proxy->calm();
    lab.pass(10s);
    if (!lab.part->is_open()) {
        lab.insist();
    }
    static_cast<void>(lab.run(lab.part->verify()));
    CHECK(lab.unit.is_safe());  // it does not bring back what was set
}

TEST_CASE(
    "P-9: with a dumb device every call ends within its deadline", "[conformance][kit][part]"
) {
    const std::string name = GENERATE(from_range(part_names()));
    const std::size_t which = GENERATE(range<std::size_t>(0, 4));
    PartLab lab(part_subject(name), Carrier::memory);
    lab.insist();
    const Call call = calls_of(lab).at(which);
    INFO(call.name);
    lab.proxy->mute(true);
    const auto begun = lab.bench.now();
    const Outcome outcome = lab.run(call.make());
    CHECK(std::chrono::nanoseconds(lab.bench.now().ns - begun.ns) <= lab.about.longest_call);
    CHECK((outcome.has_value() || std::string(call.name) == "read"));  // values may say why
    lab.proxy->mute(false);
    lab.insist();
    CHECK(lab.poll().has_value());
}

TEST_CASE(
    "P-10: after a lost link nothing works until it is opened again", "[conformance][kit][part]"
) {
    const std::string name = GENERATE(from_range(part_names()));
    const Carrier carrier = GENERATE(Carrier::memory, Carrier::tcp, Carrier::pty);
    PartLab lab(part_subject(name), carrier);
    lab.insist();
    lab.proxy->break_now(Break::hang_up, 0.05);
    CHECK(lab.bench.until([&] { return !lab.part->is_open(); }, lab.real(3s)));
    for (const Call& call : calls_of(lab)) {
        INFO(call.name);
        const Outcome outcome = lab.run(call.make());
        CHECK((outcome == Errc::unreachable));
    }
    lab.pass(100ms);
    lab.insist();
    CHECK(lab.poll().has_value());
}

TEST_CASE("P-11: close() ends every call in flight with cancelled", "[conformance][kit][part]") {
    const std::string name = GENERATE(from_range(part_names()));
    const Carrier carrier = GENERATE(Carrier::memory, Carrier::tcp, Carrier::pty);
    const bool destroys = GENERATE(false, true);
    PartLab lab(part_subject(name), carrier);
    lab.insist();
    lab.proxy->mute(true);
    std::vector<std::shared_ptr<std::optional<Outcome>>> ends;
    const std::vector<Call> calls = calls_of(lab);
    for (std::size_t i = 0; i < 3; ++i) {  // safe() cuts the others short
        ends.push_back(std::make_shared<std::optional<Outcome>>());
        lab.bench.spawn(calls[i].make(), ends.back());
    }
    lab.pass(1ms);
    if (destroys) {
        lab.part.reset();
    } else {
        lab.part->close();
    }
    const auto all_over = [&] {
        return std::ranges::all_of(ends, [](const auto& end) { return end->has_value(); });
    };
    REQUIRE(lab.bench.until(all_over, lab.real(1s)));
    for (std::size_t i = 0; i < ends.size(); ++i) {
        INFO(calls[i].name);
        const Outcome outcome = **ends[i];
        CHECK((outcome == Errc::cancelled));
    }
}
