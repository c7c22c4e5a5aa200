// SPDX-License-Identifier: MIT
//
// Which state a run may have after what (CONTRACT 5). Pure: no clock, no instrument.

#pragma once

#include "drivers/api/instrument.hpp"
#include "schema/base/result.hpp"
#include "schema/record/records.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace relaxd::daemon {

/// What a command to an instrument that is only read is answered with.
inline constexpr const char* stop_there = "stop at the instrument: this one is only read";
inline constexpr const char* unfollow_hint =
    "relaxctl run unfollow ends the record; the instrument goes on";
/// Its file keeps what a followed run misses: a share or a daemon may be away for a day.
inline constexpr double followed_limit_s = 86'400.0;

enum class Verb : std::uint8_t { pause, resume, stop, abort };
[[nodiscard]] std::string_view to_word(Verb verb);
[[nodiscard]] std::optional<Verb> verb_from(std::string_view word);

/// What a command means in the present state.
enum class Verdict : std::uint8_t {
    act,     ///< Tell the instrument.
    repeat,  ///< Already so: success without acting.
    refuse,  ///< Impossible in this state.
};

class RunStateMachine {
  public:
    explicit RunStateMachine(record::RunState state = record::RunState::armed) : state_(state) {}

    [[nodiscard]] record::RunState state() const { return state_; }
    [[nodiscard]] bool is_over() const { return record::is_end(state_); }

    [[nodiscard]] Verdict judge(Verb verb) const;
    /// Takes `next` when it may follow; false leaves everything as it was. The same state again is
    /// not a transition.
    bool advance(record::RunState next);
    [[nodiscard]] static bool may_follow(record::RunState from, record::RunState to);

  private:
    record::RunState state_;
};

/// How a run ended.
struct RunEnd {
    record::RunState state = record::RunState::interrupted;
    std::string cause;
    RunEnd() = default;
    RunEnd(record::RunState s, std::string c) : state(s), cause(std::move(c)) {}
};

/// The end that the instrument's own word means: `completed`, `stopped`, `safe`, `heartbeat`,
/// `fault:…`. `wanted` is what a person asked for before, which explains a `safe` or `stopped`.
[[nodiscard]] RunEnd end_from_cause(
    std::string_view instrument_cause, const std::optional<RunEnd>& wanted
);

/// The run state that an instrument state stands for while the run goes on; nothing for the others.
[[nodiscard]] std::optional<record::RunState> run_state_from(drivers::State state);

}  // namespace relaxd::daemon
