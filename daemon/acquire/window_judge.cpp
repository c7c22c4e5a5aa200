// SPDX-License-Identifier: MIT
#include "daemon/acquire/window_judge.hpp"

#include "model/signal/window_judge.hpp"

namespace relaxd::daemon {

drivers::WindowJudge window_judge() {
    return [](const record::Waveform* before, const record::Waveform& now) {
        const model::WindowJudgement found = model::judge_window(before, now);
        drivers::WindowVerdict verdict;
        verdict.is_settled = found.is_settled;
        verdict.is_clipped = found.is_clipped;
        verdict.angle_V = found.angle_V;
        verdict.torque_V = found.torque_V;
        verdict.worth_waiting_s = found.worth_waiting_s;
        verdict.why = found.why;
        return verdict;
    };
}

}  // namespace relaxd::daemon
