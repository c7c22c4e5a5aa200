// SPDX-License-Identifier: MIT
//
// What a composed instrument asks of the mathematics while it measures: may this window of raw
// signals be recorded, is a channel beyond its range, how large is the answer. Pure, plain values:
// drivers have a type of their own for it, and whoever knows both copies.

#pragma once

#include "schema/record/records.hpp"
#include "schema/record/waveform.hpp"

#include <string>

namespace relaxd::model {

struct WindowJudgement {
    bool is_settled = false;  ///< It agrees with the window before: this one may be recorded.
    bool is_clipped = false;  ///< A channel left its range: measure again with less excitation.
    /// Peak amplitudes of the fundamental; of a decay half of peak to peak, of a steady window the
    /// value at its middle.
    double angle_V = record::unknown;
    double torque_V = record::unknown;
    /// One more window; 0 when settled. How fast a change fades cannot be seen in two of them:
    /// `settling_s` says it of a pendulum whose eigenfrequency and loss are known.
    double worth_waiting_s = 0.0;
    std::string why;  ///< One sentence where it is not settled or clipped; else empty.
    WindowJudgement() = default;
};

/// `before` may be null: the first window after a change, which is never settled. Windows of a
/// decay and steady ones are always settled unless clipped: that they move is what is measured.
[[nodiscard]] WindowJudgement judge_window(
    const record::Waveform* before,
    const record::Waveform& now,
    double sigmas = 3.0,
    double relative = 1e-3
);

}  // namespace relaxd::model
