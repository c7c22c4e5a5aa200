// SPDX-License-Identifier: MIT
//
// Repeats and increments unrolled. "Repeat segment 3 until 492 K" executes segments 3 … (its own
// number - 1) again and again; it ends before an increment that would pass 492 K, so the last
// isotherm lies at or before 492 K and the set point never goes beyond it.
#include "schema/method/expand.hpp"

#include "schema/base/number.hpp"

#include <cmath>
#include <cstddef>
#include <optional>
#include <string>

namespace relaxd::method {

namespace {

constexpr std::size_t executed_max = 10'000;
constexpr int steps_max = 200'000;
constexpr double closeness_K = 1e-6;
constexpr int nothing_ended = -1;

class Unroller {
  public:
    explicit Unroller(const Method& method) : segments_(method.segments) {}

    Result<std::vector<Executed>, ExpandError> run() {
        Result<int, ExpandError> ended = run_range(0, size());
        if (!ended) {
            return tl::unexpected<ExpandError>(ended.error());
        }
        return std::move(executed_);
    }

  private:
    [[nodiscard]] int size() const { return static_cast<int>(segments_.size()); }

    static tl::unexpected<ExpandError> failed(int index, std::string message, std::string hint) {
        return tl::unexpected<ExpandError>(
            ExpandError{index, Error{Errc::invalid, std::move(message), {}, std::move(hint)}}
        );
    }

    /// Executes [from, to); the depth of the repeat that an increment ended, or nothing_ended.
    Result<int, ExpandError> run_range(int from, int to) {
        for (int i = from; i < to; ++i) {
            if (++steps_ > steps_max || executed_.size() >= executed_max) {
                return failed(
                    i,
                    "the method unrolls to more than " + std::to_string(executed_max) + " segments",
                    "repeat less often"
                );
            }
            Result<int, ExpandError> ended = run_one(i);
            if (!ended || *ended != nothing_ended) {
                return ended;
            }
        }
        return nothing_ended;
    }

    Result<int, ExpandError> run_one(int index) {
        const Segment& segment = segments_[static_cast<std::size_t>(index)];
        if (segment.kind == SegmentKind::repeat_until ||
            segment.kind == SegmentKind::repeat_times) {
            return run_repeat(index, segment);
        }
        if (segment.kind == SegmentKind::increment) {
            return run_increment(index, segment);
        }
        if (segment.kind == SegmentKind::equilibrate || segment.kind == SegmentKind::ramp ||
            segment.kind == SegmentKind::jump) {
            temperature_K_ = segment.temperature_K;
        }
        push(index, segment);
        return nothing_ended;
    }

    Result<int, ExpandError> run_repeat(int index, const Segment& repeat) {
        const int first = repeat.target_segment - 1;
        if (first < 0 || first >= index) {
            return failed(
                index,
                "\"" + repeat.text + "\" is segment " + std::to_string(index + 1) +
                    " and can repeat only an earlier one, not segment " +
                    std::to_string(repeat.target_segment),
                "segments are numbered from 1, settings and repeats included"
            );
        }
        if (repeat.kind == SegmentKind::repeat_times) {
            for (int k = 0; k < repeat.count; ++k) {
                Result<int, ExpandError> ended = run_range(first, index);
                if (!ended || *ended != nothing_ended) {
                    return ended;
                }
            }
            return nothing_ended;
        }
        if (!has_increment(first, index)) {
            return failed(
                index,
                "\"" + repeat.text + "\" never ends: no increment stands between segment " +
                    std::to_string(repeat.target_segment) + " and it",
                "add \"Increment 10 K\" before it, or repeat a number of times"
            );
        }
        limits_K_.push_back(repeat.temperature_K);
        const int depth = static_cast<int>(limits_K_.size()) - 1;
        Result<int, ExpandError> ended = nothing_ended;
        while (ended && *ended == nothing_ended && !passes(depth, passed_by_)) {
            ended = run_range(first, index);
        }
        limits_K_.pop_back();
        if (ended && *ended == depth) {
            return nothing_ended;
        }
        return ended;
    }

    Result<int, ExpandError> run_increment(int index, const Segment& segment) {
        if (!temperature_K_) {
            return failed(
                index,
                "\"" + segment.text + "\" has no temperature to start from",
                "begin with \"Equilibrate at 300 K\""
            );
        }
        const double target_K = *temperature_K_ + segment.temperature_K;
        passed_by_ = segment.temperature_K;
        for (std::size_t depth = 0; depth < limits_K_.size(); ++depth) {
            if (beyond(target_K, limits_K_[depth], segment.temperature_K)) {
                return static_cast<int>(depth);
            }
        }
        if (!(target_K > 0.0)) {
            return failed(
                index,
                "\"" + segment.text + "\" goes below 0 K (to " + relaxd::to_text(target_K) + " K)",
                "increment less, or repeat less often"
            );
        }
        temperature_K_ = target_K;
        Segment absolute = segment;
        absolute.kind = SegmentKind::equilibrate;
        absolute.temperature_K = target_K;
        push(index, absolute);
        return nothing_ended;
    }

    static bool beyond(double temperature_K, double limit_K, double direction) {
        return direction > 0.0 ? temperature_K > limit_K + closeness_K
                               : temperature_K < limit_K - closeness_K;
    }

    /// Whether the set point lies beyond the limit already, seen along the last increment.
    [[nodiscard]] bool passes(int depth, double direction) const {
        return temperature_K_ && direction != 0.0 &&
               beyond(*temperature_K_, limits_K_[static_cast<std::size_t>(depth)], direction);
    }

    [[nodiscard]] bool has_increment(int from, int to) const {
        for (int i = from; i < to; ++i) {
            if (segments_[static_cast<std::size_t>(i)].kind == SegmentKind::increment) {
                return true;
            }
        }
        return false;
    }

    void push(int index, const Segment& segment) {
        Executed one;
        one.number = static_cast<int>(executed_.size()) + 1;
        one.method_segment = index + 1;
        one.segment = segment;
        executed_.push_back(std::move(one));
    }

    const std::vector<Segment>& segments_;
    std::vector<Executed> executed_;
    std::vector<double> limits_K_;  ///< Of the "until" repeats being executed, outermost first.
    std::optional<double> temperature_K_;
    double passed_by_ = 0.0;  ///< The last increment: its sign is the direction.
    int steps_ = 0;
};

}  // namespace

namespace {

bool sets_temperature(const Segment& segment) {
    return segment.kind == SegmentKind::equilibrate || segment.kind == SegmentKind::ramp ||
           segment.kind == SegmentKind::jump;
}

/// The segments that belong to the isotherm that begins at `from`.
std::size_t end_of_isotherm(const std::vector<Executed>& all, std::size_t from) {
    std::size_t end = from + 1;
    while (end < all.size() && !sets_temperature(all[end].segment)) {
        ++end;
    }
    return end;
}

/// The first isotherm again, after the hottest: what it says then is what heating has changed.
void insert_check(std::vector<Executed>& all) {
    const auto is_isotherm = [&all](std::size_t i) {
        return all[i].segment.kind == SegmentKind::equilibrate && end_of_isotherm(all, i) > i + 1;
    };
    std::size_t first = all.size();
    std::size_t hottest = all.size();
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (!is_isotherm(i)) {
            continue;
        }
        first = first == all.size() ? i : first;
        if (hottest == all.size() ||
            all[i].segment.temperature_K > all[hottest].segment.temperature_K) {
            hottest = i;
        }
    }
    if (first == all.size() || hottest == first) {
        return;
    }
    std::vector<Executed> again(
        all.begin() + static_cast<std::ptrdiff_t>(first),
        all.begin() + static_cast<std::ptrdiff_t>(end_of_isotherm(all, first))
    );
    for (Executed& one : again) {
        one.is_check = true;
    }
    const std::size_t after = end_of_isotherm(all, hottest);
    all.insert(all.begin() + static_cast<std::ptrdiff_t>(after), again.begin(), again.end());
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i].number = static_cast<int>(i) + 1;
    }
}

}  // namespace

Result<std::vector<Executed>, ExpandError> expand_or_index(const Method& method) {
    auto executed = Unroller(method).run();
    if (executed && method.torsion.checks_isotherm) {
        insert_check(*executed);
    }
    return executed;
}

Result<std::vector<Executed>> expand(const Method& method) {
    auto executed = expand_or_index(method);
    if (!executed) {
        Error error = executed.error().error;
        error.where = "segment " + std::to_string(executed.error().index + 1);
        return fail(std::move(error));
    }
    return std::move(*executed);
}

}  // namespace relaxd::method
