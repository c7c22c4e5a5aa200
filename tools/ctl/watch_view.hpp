// SPDX-License-Identifier: MIT
//
// What `run watch` draws: progress, the newest reading, and how well each parameter is known.
// On a terminal it redraws in place; into a file or pipe it writes a line now and then.

#pragma once

#include "schema/base/clock.hpp"
#include "schema/method/method.hpp"
#include "tools/ctl/verb.hpp"

#include <map>
#include <string>
#include <vector>

namespace relaxd::ctl {

class WatchView {
  public:
    explicit WatchView(const json::value& run);

    /// One message of the stream with a row.
    void add(const json::value& message);
    /// Draws what has changed, a few times a second at most.
    void refresh();
    /// A sentence about the watching itself, shown until the next event.
    void note(const std::string& sentence);
    [[nodiscard]] bool is_terminal() const { return is_terminal_; }
    /// The last state, and the cursor below it.
    void close();

  private:
    struct Known {
        double value = record::unknown;
        double standard_error = record::unknown;
        double first_standard_error = record::unknown;
        std::string state;
        std::string at;  ///< Temperature where it holds, if it holds at one.
        double temperature_K = record::unknown;  ///< The same as a number.
    };
    void add_point(const json::value& row);
    void add_estimate(const json::value& row);
    void add_waiting(std::vector<std::string>& out) const;
    void add_isotherms(std::vector<std::string>& out) const;
    [[nodiscard]] double progress() const;
    [[nodiscard]] std::vector<std::string> lines() const;
    [[nodiscard]] std::string short_line() const;

    SystemClock clock_;
    bool is_terminal_;
    bool is_simulated_ = false;
    std::string title_;
    std::string state_;
    std::string last_event_;
    std::vector<method::Executed> steps_;  ///< Empty if the method cannot be read here.
    json::object point_;
    double segment_start_s_ = 0.0;
    double segment_start_K_ = record::unknown;
    int segment_ = 0;
    std::uint64_t points_ = 0;
    std::uint64_t gaps_ = 0;
    std::map<std::string, Known> known_;
    std::map<int, std::map<std::string, Known>> isotherms_;  ///< chi and chi_slope by segment.
    std::map<double, Known> shifts_;                         ///< ln a_T by temperature.
    std::size_t drawn_lines_ = 0;
    bool changed_ = true;
    SteadyTime drawn_;
};

}  // namespace relaxd::ctl
