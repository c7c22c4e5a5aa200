// SPDX-License-Identifier: MIT
//
// Every instrument driver, over a line that hurts what passes: a run is delivered as it was taken,
// each reading once, in order, with the numbers that the simulated unit recorded (CONTRACT I-2,
// I-11). In memory and virtual time for each kind of chaos; over TCP and a pty for all at once.
#include "tests/conformance/kit/careful_host.hpp"
#include "tests/conformance/kit/lab.hpp"

#include <algorithm>

using namespace relaxd::test::kit;
namespace drivers = relaxd::drivers;
using Catch::Generators::from_range;

namespace {

/// A run to its end, and what must be true of it.
void check_run(const Subject& about, Carrier carrier, const std::string& plan, milliseconds reply) {
    DriverOptions driver;
    driver.reply = reply;
    UnitOptions unit;
    unit.speed = 2000.0;
    Lab lab(about, carrier, plan_for(plan, about.detects, about.reply_of(reply)), unit, driver);
    INFO(about.driver << " over " << to_word(carrier));
    CarefulHost host(lab, about.is_polled);
    host.connect(0);
    host.begin(lab.method, lab.specimen, "kit-1");
    host.follow();
    INFO(lab.proxy->text());
    INFO("readings " << host.readings.size() << ", missing " << host.missing);
    const bool is_whole = host.cause == "completed";
    // A device that did not obey ends a run that the host executes, with its cause.
    CHECK((is_whole || (about.is_polled && plan != "calm" && !host.cause.empty())));
    CHECK((!is_whole || host.readings.size() > (about.is_polled ? 20 : 100)));
    if (about.is_polled) {
        CHECK(std::ranges::all_of(host.readings, lab.unit.is_true));
        CHECK((plan != "calm" || host.missing == 0));
    } else {
        check_whole(*lab.unit.record, host.readings);
    }
    CHECK((plan == "calm" || lab.proxy->report().total() > 1));
    const std::uint64_t posed = lab.proxy->report().of(Break::wrong_device);
    CHECK((about.is_polled || static_cast<std::uint64_t>(host.strangers) == posed));
    CHECK(lab.commands_to(true).empty());
    const drivers::LinkCounters counters = lab.instrument->counters();
    const auto hurts_frames =
        lab.proxy->report().of(Hurt::flipped) + lab.proxy->report().of(Hurt::cut);
    CHECK((hurts_frames < 5 || counters.corrupt_frames > 0));
    CHECK((lab.proxy->report().of(Break::hang_up) == 0 || counters.reconnects > 0));
}

}  // namespace

TEST_CASE("on a bad line a run is delivered as it was taken", "[conformance][kit]") {
    const std::string name = GENERATE(from_range(subject_names()));
    const std::string plan = GENERATE(from_range(plan_names()));
    INFO("plan " << plan);
    check_run(subject(name), Carrier::memory, plan, 1000ms);
}

TEST_CASE(
    "over TCP and a pty a run on a bad line is delivered as it was taken", "[conformance][kit]"
) {
    const std::string name = GENERATE(from_range(subject_names()));
    const Carrier carrier = GENERATE(Carrier::tcp, Carrier::pty);
    const std::string plan = GENERATE(as<std::string>{}, "calm", "everything");
    INFO("plan " << plan);
    if (subject(name).is_polled && plan == "calm") {
        return;  // its time is the host's: every run lasts as long as its method
    }
    check_run(subject(name), carrier, plan, 150ms);
}
