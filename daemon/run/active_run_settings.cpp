// SPDX-License-Identifier: MIT
//
// What was changed at the instrument's own panel during a run: told, and left to a person.
#include "daemon/run/active_run.hpp"

namespace relaxd::daemon {

void ActiveRun::tell_changed_settings(const drivers::Status& status) {
    if (status.changed_settings == changed_settings_) {
        return;
    }
    changed_settings_ = status.changed_settings;
    const bool is_back = changed_settings_.empty();
    record_event(
        is_back ? record::Severity::info : record::Severity::major,
        "SETTINGS_CHANGED",
        is_back ? "the instrument's settings are those of the run again"
                : "the instrument was set otherwise than the run told it: " + changed_settings_ +
                      "; its readings are flagged settings_changed and not fitted",
        changed_settings_
    );
}

}  // namespace relaxd::daemon
