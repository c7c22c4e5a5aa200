// SPDX-License-Identifier: MIT
#include "daemon/run/run_state_machine.hpp"

namespace relaxd::daemon {

using record::RunState;

std::string_view to_word(Verb verb) {
    switch (verb) {
        case Verb::pause: return "pause";
        case Verb::resume: return "resume";
        case Verb::stop: return "stop";
        case Verb::abort: return "abort";
    }
    return "";
}

std::optional<Verb> verb_from(std::string_view word) {
    for (const Verb verb : {Verb::pause, Verb::resume, Verb::stop, Verb::abort}) {
        if (to_word(verb) == word) {
            return verb;
        }
    }
    return std::nullopt;
}

bool RunStateMachine::may_follow(RunState from, RunState to) {
    switch (from) {
        case RunState::armed:
            // A run that never ran cannot complete.
            return to == RunState::running || to == RunState::rejected || to == RunState::aborted ||
                   to == RunState::stopped || to == RunState::interrupted;
        case RunState::running:
            return to == RunState::paused || to == RunState::completed || to == RunState::stopped ||
                   to == RunState::aborted || to == RunState::interrupted;
        case RunState::paused:
            return to == RunState::running || to == RunState::completed ||
                   to == RunState::stopped || to == RunState::aborted ||
                   to == RunState::interrupted;
        default: return false;  // an end is an end
    }
}

bool RunStateMachine::advance(RunState next) {
    if (!may_follow(state_, next)) {
        return false;
    }
    state_ = next;
    return true;
}

Verdict RunStateMachine::judge(Verb verb) const {
    const auto choose = [this](RunState acts_in, RunState repeats_in) {
        if (state_ == acts_in) {
            return Verdict::act;
        }
        return state_ == repeats_in ? Verdict::repeat : Verdict::refuse;
    };
    switch (verb) {
        case Verb::pause: return choose(RunState::running, RunState::paused);
        case Verb::resume: return choose(RunState::paused, RunState::running);
        case Verb::stop:
            if (!is_over()) {
                return Verdict::act;
            }
            return state_ == RunState::stopped ? Verdict::repeat : Verdict::refuse;
        case Verb::abort:
            if (!is_over()) {
                return Verdict::act;
            }
            return state_ == RunState::aborted ? Verdict::repeat : Verdict::refuse;
    }
    return Verdict::refuse;
}

RunEnd end_from_cause(std::string_view instrument_cause, const std::optional<RunEnd>& wanted) {
    if (instrument_cause == "completed") {
        return {RunState::completed, "completed"};
    }
    if (wanted) {
        return *wanted;
    }
    if (instrument_cause == "stopped") {
        return {RunState::stopped, "stopped at the instrument"};
    }
    if (instrument_cause == "safe") {
        return {RunState::aborted, "made safe at the instrument"};
    }
    if (instrument_cause == "heartbeat") {
        return {
            RunState::interrupted, "heartbeat: the instrument heard no host and made itself safe"
        };
    }
    const std::string said(instrument_cause);
    return {
        RunState::interrupted,
        said.empty() || said == "-" ? "the instrument ended the run without a cause" : said
    };
}

std::optional<RunState> run_state_from(drivers::State state) {
    switch (state) {
        case drivers::State::running: return RunState::running;
        case drivers::State::holding: return RunState::paused;
        default: return std::nullopt;
    }
}

}  // namespace relaxd::daemon
