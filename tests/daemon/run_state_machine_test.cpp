// SPDX-License-Identifier: MIT
#include "daemon/run/run_state_machine.hpp"

#include "tests/support/catch.hpp"

#include <rapidcheck.h>

#include <set>
#include <vector>

using relaxd::daemon::end_from_cause;
using relaxd::daemon::RunEnd;
using relaxd::daemon::RunStateMachine;
using relaxd::daemon::Verb;
using relaxd::daemon::Verdict;
using relaxd::record::RunState;

namespace {
const std::vector<RunState> all_states{
    RunState::armed,
    RunState::running,
    RunState::paused,
    RunState::completed,
    RunState::stopped,
    RunState::aborted,
    RunState::interrupted,
    RunState::rejected,
};
}

TEST_CASE("a command acts once, repeats as success and is refused where impossible", "[run]") {
    struct Row {
        RunState state;
        Verdict pause, resume, stop, abort;
    };
    const auto row = GENERATE(values<Row>({
        {RunState::armed, Verdict::refuse, Verdict::refuse, Verdict::act, Verdict::act},
        {RunState::running, Verdict::act, Verdict::repeat, Verdict::act, Verdict::act},
        {RunState::paused, Verdict::repeat, Verdict::act, Verdict::act, Verdict::act},
        {RunState::completed, Verdict::refuse, Verdict::refuse, Verdict::refuse, Verdict::refuse},
        {RunState::stopped, Verdict::refuse, Verdict::refuse, Verdict::repeat, Verdict::refuse},
        {RunState::aborted, Verdict::refuse, Verdict::refuse, Verdict::refuse, Verdict::repeat},
        {RunState::interrupted, Verdict::refuse, Verdict::refuse, Verdict::refuse, Verdict::refuse},
        {RunState::rejected, Verdict::refuse, Verdict::refuse, Verdict::refuse, Verdict::refuse},
    }));
    const RunStateMachine machine(row.state);
    CHECK(machine.judge(Verb::pause) == row.pause);
    CHECK(machine.judge(Verb::resume) == row.resume);
    CHECK(machine.judge(Verb::stop) == row.stop);
    CHECK(machine.judge(Verb::abort) == row.abort);
}

TEST_CASE("whatever happens, a run ends at most once and never leaves its end", "[run]") {
    REQUIRE(rc::check([] {
        RunStateMachine machine;
        const auto wishes = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 8));
        int ends = 0;
        for (const int wish : wishes) {
            const RunState before = machine.state();
            const RunState next = all_states[static_cast<std::size_t>(wish)];
            const bool moved = machine.advance(next);
            RC_ASSERT(machine.state() == (moved ? next : before));
            RC_ASSERT(!(moved && relaxd::record::is_end(before)));
            ends += moved && relaxd::record::is_end(next) ? 1 : 0;
        }
        RC_ASSERT(ends <= 1);
    }));
}

TEST_CASE(
    "only a run that has not run can be rejected and only one that ran can complete", "[run]"
) {
    for (const RunState from : all_states) {
        CHECK(RunStateMachine::may_follow(from, RunState::rejected) == (from == RunState::armed));
        const bool has_run = from == RunState::running || from == RunState::paused;
        CHECK(RunStateMachine::may_follow(from, RunState::completed) == has_run);
        CHECK_FALSE(RunStateMachine::may_follow(from, RunState::armed));
    }
}

TEST_CASE("the instrument's cause and the operator's wish make the end", "[run]") {
    const RunEnd wish{RunState::aborted, "STOP, heater off"};
    CHECK(end_from_cause("completed", std::nullopt).state == RunState::completed);
    // Completed a moment before the operator's command: it has completed.
    CHECK(end_from_cause("completed", wish).state == RunState::completed);
    CHECK(end_from_cause("safe", wish).cause == "STOP, heater off");
    CHECK(end_from_cause("stopped", std::nullopt).state == RunState::stopped);
    CHECK(end_from_cause("safe", std::nullopt).state == RunState::aborted);
    CHECK(end_from_cause("heartbeat", std::nullopt).state == RunState::interrupted);
    CHECK(end_from_cause("fault:heater", std::nullopt).cause == "fault:heater");
    CHECK_FALSE(end_from_cause("-", std::nullopt).cause.empty());
}
