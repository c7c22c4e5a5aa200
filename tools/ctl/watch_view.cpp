// SPDX-License-Identifier: MIT
#include "tools/ctl/watch_view.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <unistd.h>
#include <utility>

namespace relaxd::ctl {

namespace {

constexpr std::int64_t redraw_ns = 250'000'000;
constexpr std::int64_t new_line_ns = 5'000'000'000;
constexpr int bar_width = 30;
constexpr double same_temperature_K = 2.0;
constexpr double z_95 = 1.959963984540054;

/// What is shown of the fits, in this order; other parameters would crowd the view.
constexpr std::array<std::pair<const char*, const char*>, 9> shown{{
    {"chi_Tg", ""},
    {"tau_beta_s", "s"},
    {"tau_max_s", "s"},
    {"tau_max_Tg_s", "s"},
    {"U_beta_J_mol", "J/mol"},
    {"B", ""},
    {"E_u_Pa", "Pa"},
    {"G_u_Pa", "Pa"},
    {"E_alpha_J_mol", "J/mol"},
}};

double number_in(const json::value& row, std::string_view key) {
    const json::value* found = row.is_object() ? row.get_object().if_contains(key) : nullptr;
    return found != nullptr && found->is_number() ? found->to_number<double>() : record::unknown;
}

std::string bar(double share) {
    const int done = static_cast<int>(std::lround(share * bar_width));
    std::string text = "[";
    for (int i = 0; i < bar_width; ++i) {
        text += i < done ? "█" : "·";
    }
    return text + "]";
}

}  // namespace

WatchView::WatchView(const json::value& run) : is_terminal_(isatty(STDOUT_FILENO) == 1) {
    title_ = "run " + cell(run, "run_id") + " on " + cell(run, "instrument") + ", " +
             cell(run, "specimen");
    if (cell(run, "simulated") == "1") {
        title_ += "  SIMULATED";
        is_simulated_ = true;
    }
    state_ = cell(run, "state");
    const json::value* text = run.is_object() ? run.get_object().if_contains("method") : nullptr;
    if (text != nullptr && text->is_string()) {
        const auto method = method::parse(std::string_view(text->get_string()));
        auto steps = method ? method::expand(*method) : fail(method.error());
        if (steps) {
            std::erase_if(*steps, [](const method::Executed& step) {
                return step.segment.is_setting();
            });
            steps_ = std::move(*steps);
        }
    }
}

void WatchView::add(const json::value& message) {
    const std::string type = cell(message, "type");
    const json::value& row = message.at("data");
    changed_ = true;
    if (type == "point") {
        add_point(row);
    } else if (type == "estimate") {
        add_estimate(row);
    } else if (type == "gap") {
        ++gaps_;
        const bool is_known = !row.at("missing").is_null();
        const std::string how_many = is_known ? cell(row, "missing") + " readings lost: "
                                              : std::string("readings may be lost: ");
        last_event_ = "GAP: " + how_many + cell(row, "cause");
    } else if (type == "state") {
        state_ = cell(row, "detail");
    } else if (cell(row, "code") == "NOT_STATIONARY") {
        isotherms_.erase(segment_of_detail(cell(row, "detail")));
        last_event_ = cell(row, "code") + ": " + cell(row, "message");
    } else if (cell(row, "severity") != "info") {
        last_event_ = cell(row, "code") + ": " + cell(row, "message");
    }
    refresh();
}

void WatchView::add_point(const json::value& row) {
    ++points_;
    point_ = row.get_object();
    const auto segment = static_cast<int>(std::fmax(0.0, number_in(row, "segment")));
    if (segment != segment_) {
        segment_ = segment;
        segment_start_s_ = number_in(row, "time_s");
        segment_start_K_ = number_in(row, "temperature_K");
    }
}

void WatchView::add_estimate(const json::value& row) {
    const std::string parameter = cell(row, "parameter");
    const double segment = number_in(row, "segment");
    const bool is_isotherm = cell(row, "model") == "chi-slope" && segment > 0.0;
    const bool is_shift = parameter == "ln_aT";
    Known& known = is_isotherm ? isotherms_[static_cast<int>(segment)][parameter]
                   : is_shift  ? shifts_[number_in(row, "temperature_K")]
                               : known_[parameter];
    known.temperature_K = number_in(row, "temperature_K");
    known.value = number_in(row, "value");
    known.standard_error = number_in(row, "standard_error");
    known.state = cell(row, "state");
    const double at_K = number_in(row, "temperature_K");
    known.at = std::isfinite(at_K) ? " at " + rounded(at_K, 4) + " K" : "";
    if (std::isnan(known.first_standard_error)) {
        known.first_standard_error = known.standard_error;
    }
}

/// Segments done, and the share of the present one where temperature or duration tells it.
double WatchView::progress() const {
    if (state_ == "completed") {
        return 1.0;
    }
    const auto step = std::find_if(steps_.begin(), steps_.end(), [this](const auto& one) {
        return one.number == segment_;
    });
    if (step == steps_.end()) {
        return 0.0;
    }
    const json::value point(point_);
    double share = 0.0;
    const method::Segment& segment = step->segment;
    const double span_K = segment.temperature_K - segment_start_K_;
    if (segment.kind == method::SegmentKind::ramp && std::fabs(span_K) > 1.0) {
        share = (number_in(point, "temperature_K") - segment_start_K_) / span_K;
    } else if (segment.duration_s > 0.0) {
        share = (number_in(point, "time_s") - segment_start_s_) / segment.duration_s;
    }
    share = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0.0;
    const auto before = static_cast<double>(step - steps_.begin());
    return (before + share) / static_cast<double>(steps_.size());
}

std::vector<std::string> WatchView::lines() const {
    std::vector<std::string> out;
    const json::value point(point_);
    std::string head = title_ + "  —  " + state_;
    head += gaps_ > 0 ? "  " + std::to_string(gaps_) + " GAPS" : "";
    out.push_back(head);
    if (!steps_.empty()) {
        out.push_back(
            bar(progress()) + " segment " + std::to_string(segment_) + " of " +
            std::to_string(steps_.back().number)
        );
    }
    if (points_ > 0) {
        const bool is_shear = std::isfinite(number_in(point, "shear_storage_modulus_Pa"));
        const std::string letter = is_shear ? "G" : "E";
        const std::string prefix = is_shear ? "shear_" : "";
        out.push_back(
            "T " + rounded(number_in(point, "temperature_K"), 5) + " K   f " +
            rounded(number_in(point, "frequency_Hz"), 4) + " Hz   " + letter + "' " +
            rounded(number_in(point, prefix + "storage_modulus_Pa") * 1e-9, 5) + " GPa   " +
            letter + "'' " + rounded(number_in(point, prefix + "loss_modulus_Pa") * 1e-9, 4) +
            " GPa   tan delta " + rounded(number_in(point, "tan_delta"), 4) + "   " +
            std::to_string(points_) + " points"
        );
    }
    for (const auto& [name, unit] : shown) {
        const auto found = known_.find(name);
        if (found == known_.end()) {
            continue;
        }
        const Known& known = found->second;
        std::string line = "  " + std::string(name) + known.at + " = ";
        if (!std::isfinite(known.value)) {
            line += "not known yet";
        } else {
            line += rounded(known.value, 5);
            if (std::isfinite(known.standard_error)) {
                line += " ± " + rounded(z_95 * known.standard_error, 2);
            }
            line += *unit == '\0' ? "" : std::string(" ") + unit;
            if (known.first_standard_error > known.standard_error) {
                line += "   (was ± " + rounded(z_95 * known.first_standard_error, 2) + ")";
            }
        }
        out.push_back(line + "   " + known.state);
    }
    add_waiting(out);
    add_isotherms(out);
    if (!last_event_.empty()) {
        out.push_back("! " + last_event_);
    }
    return out;
}

/// How long the present segment has lasted, in longest times at its temperature.
void WatchView::add_waiting(std::vector<std::string>& out) const {
    const json::value point(point_);
    const auto found = known_.find("tau_max_s");
    if (found == known_.end() || !(found->second.value > 0.0) || state_ != "running") {
        return;
    }
    const double away_K = found->second.temperature_K - number_in(point, "temperature_K");
    if (!(std::fabs(away_K) < same_temperature_K)) {
        return;
    }
    const double passed_s = number_in(point, "time_s") - segment_start_s_;
    out.push_back("  t/tau_max = " + rounded(passed_s / found->second.value, 3));
}

/// chi(T) so far, and the master curve's shifts.
void WatchView::add_isotherms(std::vector<std::string>& out) const {
    if (isotherms_.empty()) {
        return;
    }
    out.emplace_back("  chi(T):");
    for (const auto& [segment, all] : isotherms_) {
        std::string line;
        double temperature_K = record::unknown;
        for (const auto& [name, known] : all) {
            temperature_K = known.temperature_K;
            line += "   " + name + " ";
            line += std::isfinite(known.value) ? rounded(known.value, 4) : "not known yet";
            if (std::isfinite(known.value) && std::isfinite(known.standard_error)) {
                line += " ± " + rounded(z_95 * known.standard_error, 2);
            }
        }
        out.push_back("    " + rounded(temperature_K, 5) + " K" + line);
    }
    std::string master;
    for (const auto& [temperature_K, shift] : shifts_) {
        if (std::isfinite(shift.value)) {
            master += "   " + rounded(temperature_K, 5) + " K " + rounded(shift.value, 4);
        }
    }
    if (!master.empty()) {
        out.push_back("  master curve, ln a_T:" + master);
    }
}

std::string WatchView::short_line() const {
    const json::value point(point_);
    std::string line = (is_simulated_ ? "SIMULATED  " : "") + state_ + "  " +
                       rounded(100.0 * progress(), 3) + " %  " + std::to_string(points_) +
                       " points  T " + rounded(number_in(point, "temperature_K"), 5) + " K";
    if (!isotherms_.empty()) {
        const auto& [segment, newest] = *isotherms_.rbegin();
        const auto best = newest.contains("chi") ? newest.find("chi") : newest.find("chi_slope");
        if (best != newest.end() && std::isfinite(best->second.value)) {
            line += "  " + best->first + " " + rounded(best->second.value, 4);
            if (std::isfinite(best->second.standard_error)) {
                line += " ± " + rounded(z_95 * best->second.standard_error, 2);
            }
        }
    }
    for (const char* name : {"chi_Tg", "tau_beta_s", "U_beta_J_mol"}) {
        const auto found = known_.find(name);
        if (found != known_.end() && std::isfinite(found->second.value)) {
            line += "  " + std::string(name) + " " + rounded(found->second.value, 4);
            if (std::isfinite(found->second.standard_error)) {
                line += " ± " + rounded(z_95 * found->second.standard_error, 2);
            }
        }
    }
    return line + (gaps_ > 0 ? "  " + std::to_string(gaps_) + " gaps" : "");
}

void WatchView::refresh() {
    const SteadyTime now = clock_.steady();
    const std::int64_t wait_ns = is_terminal_ ? redraw_ns : new_line_ns;
    if (!changed_ || (drawn_.ns != 0 && now.ns - drawn_.ns < wait_ns)) {
        return;
    }
    changed_ = false;
    drawn_ = now;
    if (!is_terminal_) {
        print(short_line());
        return;
    }
    std::string text;
    if (drawn_lines_ > 0) {
        text = "\x1b[" + std::to_string(drawn_lines_) + "A\r\x1b[J";
    }
    const auto all = lines();
    for (const std::string& line : all) {
        text += line + "\n";
    }
    drawn_lines_ = all.size();
    static_cast<void>(std::fwrite(text.data(), 1, text.size(), stdout));
    static_cast<void>(std::fflush(stdout));
}

void WatchView::note(const std::string& sentence) {
    last_event_ = printable(sentence);
    changed_ = true;
    drawn_ = SteadyTime{};
    refresh();
}

void WatchView::close() {
    changed_ = true;
    drawn_ = SteadyTime{};
    if (is_terminal_) {
        refresh();
        return;
    }
    for (const std::string& line : lines()) {
        print(line);
    }
}

}  // namespace relaxd::ctl
