// SPDX-License-Identifier: MIT
#include "schema/record/records.hpp"

namespace relaxd::record {

std::string_view to_word(Severity severity) {
    switch (severity) {
        case Severity::info: return "info";
        case Severity::minor: return "minor";
        case Severity::major: return "major";
        case Severity::invalid: return "invalid";
    }
    return "info";
}

std::string_view to_word(ParameterState state) {
    switch (state) {
        case ParameterState::undetermined: return "undetermined";
        case ParameterState::hinted: return "hinted";
        case ParameterState::determined: return "determined";
        case ParameterState::traded: return "traded";
        case ParameterState::at_limit: return "at_limit";
        case ParameterState::fixed: return "fixed";
    }
    return "undetermined";
}

std::string_view to_word(RunState state) {
    switch (state) {
        case RunState::armed: return "armed";
        case RunState::running: return "running";
        case RunState::paused: return "paused";
        case RunState::completed: return "completed";
        case RunState::stopped: return "stopped";
        case RunState::aborted: return "aborted";
        case RunState::interrupted: return "interrupted";
        case RunState::rejected: return "rejected";
    }
    return "armed";
}

bool is_end(RunState state) {
    return state == RunState::completed || state == RunState::stopped ||
           state == RunState::aborted || state == RunState::interrupted ||
           state == RunState::rejected;
}

}  // namespace relaxd::record
