// SPDX-License-Identifier: MIT
#include "model/signal/window_judge.hpp"

#include "model/fit/short_text.hpp"
#include "model/signal/demodulate.hpp"
#include "model/signal/signal_check.hpp"
#include "model/signal/steady.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::model {
namespace {

// Sets is_clipped and why from the worst channel.
void look_for_clipping(const record::Waveform& waveform, WindowJudgement& out) {
    double worst = 0.0;
    for (const record::WaveformChannel& channel : waveform.channels) {
        if (const double share = clipped_share(channel); share > worst) {
            worst = share;
            out.is_clipped = true;
            out.why = "channel \"" + channel.name + "\" left its range in " +
                      short_text(100.0 * share, 3) + " % of the samples";
        }
    }
}

double half_peak_to_peak(const record::Waveform& waveform, const char* name) {
    const auto channel = usable_channel(waveform, name);
    if (!channel || (*channel)->codes.empty()) {
        return record::unknown;
    }
    const auto [low, high] =
        std::minmax_element((*channel)->codes.begin(), (*channel)->codes.end());
    const double span = static_cast<double>(*high) - static_cast<double>(*low);
    return 0.5 * std::abs((*channel)->volt_per_code) * span;
}

void judge_steady(const record::Waveform& now, WindowJudgement& out) {
    const Result<Steady> steady = fit_steady(now);
    if (!steady) {
        out.why = steady.error().message;
        return;
    }
    out.angle_V = steady->angle.value_V;
    out.torque_V = steady->torque.value_V;
    out.is_settled = !out.is_clipped;
}

void judge_forced(
    const record::Waveform* before,
    const record::Waveform& now,
    double sigmas,
    double relative,
    WindowJudgement& out
) {
    const Result<Demodulated> found = demodulate(now);
    if (!found) {
        if (!out.is_clipped) {
            out.why = found.error().message;
        }
        return;
    }
    out.angle_V = std::abs(found->angle.amplitude_V);
    out.torque_V = std::abs(found->torque.amplitude_V);
    if (out.is_clipped) {
        return;
    }
    out.worth_waiting_s = found->duration_s;
    if (before == nullptr) {
        out.why = "it is the first window after a change";
        return;
    }
    const Result<Demodulated> earlier = demodulate(*before);
    if (!earlier) {
        out.why = "there is nothing to compare it with: " + earlier.error().message;
        return;
    }
    const Agreement agreed = agreement(*earlier, *found, sigmas, relative);
    out.is_settled = agreed.holds;
    out.why = agreed.why;
    if (agreed.holds) {
        out.worth_waiting_s = 0.0;
    }
}

}  // namespace

WindowJudgement judge_window(
    const record::Waveform* before, const record::Waveform& now, double sigmas, double relative
) {
    WindowJudgement out;
    look_for_clipping(now, out);
    switch (now.kind) {
        case record::WaveformKind::forced: judge_forced(before, now, sigmas, relative, out); break;
        case record::WaveformKind::decay:
            out.angle_V = half_peak_to_peak(now, "angle");
            out.torque_V = half_peak_to_peak(now, "torque");
            out.is_settled = !out.is_clipped;
            break;
        case record::WaveformKind::steady: judge_steady(now, out); break;
    }
    return out;
}

}  // namespace relaxd::model
