// SPDX-License-Identifier: MIT
//
// One sentence of the method language to one Segment: a table of forms, matched left to right.
#include "schema/base/nearest.hpp"
#include "schema/base/number.hpp"
#include "schema/method/method.hpp"
#include "schema/method/parameters.hpp"
#include "schema/method/quantity_text.hpp"

#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::method {

namespace {

/// A known sentence. In `form`, words stand for themselves and <…> for a field (take_field).
struct Form {
    SegmentKind kind;
    std::string_view form;
    std::string_view example;
};

constexpr std::array forms{
    Form{SegmentKind::equilibrate, "Equilibrate at <T>", "Equilibrate at 300 K"},
    Form{SegmentKind::isothermal, "Isothermal for <t>", "Isothermal for 10 min"},
    Form{
        SegmentKind::isothermal_until,
        "Isothermal until <parameter> is known to <tolerance> , at most <t>",
        "Isothermal until chi is known to 0.005, at most 60 min",
    },
    Form{
        SegmentKind::isothermal_until,
        "Isothermal until tan_delta is steady to <drift> per <per> , at most <t>",
        "Isothermal until tan_delta is steady to 1 % per 10 min, at most 120 min",
    },
    Form{SegmentKind::ramp, "Ramp <rate> to <T>", "Ramp 3 K/min to 550 K"},
    Form{SegmentKind::jump, "Jump to <T>", "Jump to 400 K"},
    Form{
        SegmentKind::frequency_sweep,
        "Frequency sweep <f1> to <f2> , <per_decade> points per decade",
        "Frequency sweep 0.01 Hz to 2 Hz, 5 points per decade",
    },
    Form{SegmentKind::increment, "Increment <dT>", "Increment 10 K"},
    Form{
        SegmentKind::repeat_until,
        "Repeat segment <target> until <T>",
        "Repeat segment 3 until 492 K",
    },
    Form{
        SegmentKind::repeat_times,
        "Repeat segment <target> for <count> times",
        "Repeat segment 3 for 5 times",
    },
    Form{SegmentKind::displace, "Displace <stress> for <t>", "Displace 25 MPa for 330 s"},
    Form{SegmentKind::recover, "Recover for <t>", "Recover for 1000 s"},
    Form{
        SegmentKind::strain_rate,
        "Strain rate <strain_rate> to <strain>",
        "Strain rate 0.0003 1/s to 10 %",
    },
    Form{
        SegmentKind::hold_strain,
        "Hold strain <strain> for <t>",
        "Hold strain 0.1 % for 1000 s",
    },
    Form{
        SegmentKind::sampling_interval,
        "Sampling interval <interval>",
        "Sampling interval 0.10 s/pt",
    },
    Form{
        SegmentKind::sampling_log,
        "Sampling <per_decade> points per decade from <start>",
        "Sampling 20 points per decade from 0.05 s",
    },
    Form{SegmentKind::data_storage, "Data storage <on>", "Data storage on"},
    Form{
        SegmentKind::force_ramp,
        "Ramp force <force_rate> to <force>",
        "Ramp force 3 N/min to 18 N",
    },
    Form{SegmentKind::measure_length, "Measure length", "Measure length"},
    Form{SegmentKind::twist, "Twist <torque> for <t>", "Twist 1e-5 N m for 300 s"},
};

constexpr int points_per_decade_max = 1000;
constexpr int repeat_max = 10'000;
constexpr double strain_max = 10.0;
constexpr std::size_t sentence_max = 400;

/// What went wrong at how far a form: the furthest failure explains a sentence best.
struct Mismatch {
    std::size_t words_matched = 0;
    std::size_t position = 0;
    bool past_opening = false;  ///< All words before the first field matched.
    Error error;
};

Result<void> put_positive(double& field, const Result<double>& value, std::string_view what) {
    if (!value) {
        return fail(value.error());
    }
    if (!(*value > 0.0)) {
        return fail(
            Errc::invalid,
            std::string(what) + " must be greater than 0" +
                (what == "the temperature" ? " K" : "") + ", not " + relaxd::to_text(*value),
            {},
            {}
        );
    }
    field = *value;
    return {};
}

Result<void> put_count(int& field, Scanner& scanner, int max, std::string_view what) {
    const std::string token(scanner.take_token());
    const auto value = to_count(token);
    if (!value || *value < 1 || *value > static_cast<std::uint64_t>(max)) {
        return fail(
            Errc::invalid,
            std::string(what) + " must be a whole number from 1 to " + std::to_string(max) +
                ", not '" + token + "'"
        );
    }
    field = static_cast<int>(*value);
    return {};
}

/// Of both signs: which of them a clamp can do is the instrument's to say.
Result<void> put_strain(Segment& segment, Scanner& scanner) {
    const auto value = take_quantity(scanner, Measure::strain);
    if (!value) {
        return fail(value.error());
    }
    if (std::abs(*value) > strain_max) {
        return fail(Errc::invalid, "a strain above 1000 % is not possible");
    }
    segment.strain = *value;
    return {};
}

Result<void> put_force(Segment& segment, Scanner& scanner) {
    const auto value = take_quantity(scanner, Measure::force);
    if (!value) {
        return fail(value.error());
    }
    segment.force_N = *value;
    return {};
}

Result<void> put_torque(Segment& segment, Scanner& scanner) {
    const auto value = take_quantity(scanner, Measure::torque);
    if (!value) {
        return fail(value.error());
    }
    if (*value == 0.0) {
        return fail(
            Errc::invalid, "a torque of 0 N m twists nothing", {}, "write \"Recover for 300 s\""
        );
    }
    segment.torque_N_m = *value;
    return {};
}

Result<void> put_parameter(Segment& segment, Scanner& scanner) {
    segment.parameter = std::string(scanner.take_token());
    return check_parameter_name(segment.parameter);
}

Result<void> put_tolerance(Segment& segment, Scanner& scanner) {
    const std::string found(scanner.rest());
    const auto value = scanner.take_number();
    if (!value || !(*value > 0.0)) {
        return fail(
            Errc::invalid,
            "the standard error to reach must be a number greater than 0, not '" + found + "'"
        );
    }
    segment.tolerance = *value;
    return {};
}

Result<void> put_on(Segment& segment, Scanner& scanner) {
    if (scanner.take_word("on")) {
        segment.on = true;
    } else if (scanner.take_word("off")) {
        segment.on = false;
    } else {
        const std::string found(scanner.rest());
        return fail(Errc::invalid, "data storage is 'on' or 'off', not '" + found + "'");
    }
    return {};
}

Result<void> put_difference(Segment& segment, Scanner& scanner) {
    const auto value = take_quantity(scanner, Measure::temperature_difference);
    if (!value) {
        return fail(value.error());
    }
    if (*value == 0.0) {
        return fail(Errc::invalid, "an increment of 0 K does nothing");
    }
    segment.temperature_K = *value;
    return {};
}

Result<void> take_field(std::string_view field, Scanner& scanner, Segment& segment) {
    if (field == "<T>") {
        const auto value = take_quantity(scanner, Measure::temperature);
        return put_positive(segment.temperature_K, value, "the temperature");
    }
    if (field == "<dT>") {
        return put_difference(segment, scanner);
    }
    if (field == "<t>") {
        const auto value = take_quantity(scanner, Measure::duration);
        return put_positive(segment.duration_s, value, "the time");
    }
    if (field == "<rate>") {
        const auto value = take_quantity(scanner, Measure::heating_rate);
        return put_positive(segment.rate_K_per_s, value, "the rate (also of cooling)");
    }
    if (field == "<f1>" || field == "<f2>") {
        double& frequency_Hz =
            field == "<f1>" ? segment.frequency_first_Hz : segment.frequency_last_Hz;
        const auto value = take_quantity(scanner, Measure::frequency);
        return put_positive(frequency_Hz, value, "the frequency");
    }
    if (field == "<per_decade>") {
        return put_count(
            segment.points_per_decade, scanner, points_per_decade_max, "points per decade"
        );
    }
    if (field == "<target>") {
        return put_count(segment.target_segment, scanner, repeat_max, "the segment to repeat");
    }
    if (field == "<count>") {
        return put_count(segment.count, scanner, repeat_max, "the number of repeats");
    }
    if (field == "<stress>") {
        const auto value = take_quantity(scanner, Measure::stress);
        return put_positive(segment.stress_Pa, value, "the stress");
    }
    if (field == "<strain>") {
        return put_strain(segment, scanner);
    }
    if (field == "<strain_rate>") {
        const auto value = take_quantity(scanner, Measure::strain_rate);
        return put_positive(segment.rate_per_s, value, "the strain rate (also of unloading)");
    }
    if (field == "<force_rate>") {
        const auto value = take_quantity(scanner, Measure::force_rate);
        return put_positive(segment.force_rate_N_per_s, value, "the rate (also of unloading)");
    }
    if (field == "<force>") {
        return put_force(segment, scanner);
    }
    if (field == "<torque>") {
        return put_torque(segment, scanner);
    }
    if (field == "<interval>") {
        const auto value = take_quantity(scanner, Measure::interval);
        return put_positive(segment.interval_s, value, "the sampling interval");
    }
    if (field == "<start>") {
        const auto value = take_quantity(scanner, Measure::duration);
        return put_positive(segment.start_s, value, "the first sampling time");
    }
    if (field == "<parameter>") {
        return put_parameter(segment, scanner);
    }
    if (field == "<tolerance>") {
        return put_tolerance(segment, scanner);
    }
    if (field == "<drift>") {
        segment.parameter = steady_parameter;
        const auto value = take_quantity(scanner, Measure::strain);  // a share: % or 1
        return put_positive(segment.tolerance, value, "the drift allowed");
    }
    if (field == "<per>") {
        const auto value = take_quantity(scanner, Measure::duration);
        return put_positive(segment.per_s, value, "the time that the drift is told for");
    }
    return put_on(segment, scanner);
}

Result<Segment, Mismatch> match(const Form& form, std::string_view sentence) {
    Segment segment;
    segment.kind = form.kind;
    segment.text = std::string(sentence);
    Scanner scanner(sentence);
    Scanner words(form.form);
    Mismatch mismatch;
    // The scanner stops at commas, so a comma of the form is read as its own word.
    while (!words.at_end()) {
        const bool comma = words.take_word(",");
        const std::string_view word = comma ? "," : words.take_token();
        mismatch.position = scanner.position();
        const std::string found(scanner.rest());
        if (word.front() == '<') {
            mismatch.past_opening = true;
            const Result<void> done = take_field(word, scanner, segment);
            if (!done) {
                mismatch.error = done.error();
                return tl::unexpected<Mismatch>(mismatch);
            }
        } else if (!scanner.take_word(word)) {
            std::string expected = "'" + std::string(word) + "' is expected at ";
            expected += found.empty() ? "the end" : "'" + found + "'";
            mismatch.error = Error{Errc::invalid, std::move(expected), {}, {}};
            return tl::unexpected<Mismatch>(mismatch);
        }
        ++mismatch.words_matched;
    }
    if (!scanner.at_end()) {
        mismatch.position = scanner.position();
        mismatch.past_opening = true;
        mismatch.error = Error{
            Errc::invalid, "unexpected '" + std::string(scanner.rest()) + "' at the end", {}, {}
        };
        return tl::unexpected<Mismatch>(mismatch);
    }
    return segment;
}

/// Numbers count as equal when wordings are compared.
std::string without_numbers(std::string_view sentence) {
    std::string text;
    for (const char c : sentence.substr(0, sentence_max)) {
        const bool numeric = (c >= '0' && c <= '9') || c == '.';
        if (!numeric) {
            text += c;
        } else if (text.empty() || text.back() != '#') {
            text += '#';
        }
    }
    return text;
}

std::string_view nearest_example(std::string_view sentence) {
    const std::string wanted = without_numbers(sentence);
    std::string_view best;
    std::size_t best_distance = SIZE_MAX;
    for (const Form& form : forms) {
        const std::size_t distance = edit_distance(wanted, without_numbers(form.example));
        if (distance < best_distance) {
            best_distance = distance;
            best = form.example;
        }
    }
    return best;
}

std::string quoted(std::string_view sentence) {
    constexpr std::size_t shown_max = 120;
    return sentence.size() <= shown_max ? "\"" + std::string(sentence) + "\""
                                        : "\"" + std::string(sentence.substr(0, shown_max)) + "…\"";
}

}  // namespace

Result<Segment> parse_sentence(std::string_view sentence, std::string_view where) {
    if (sentence.size() > sentence_max) {
        return fail(
            Errc::invalid,
            "the sentence " + quoted(sentence) + " is longer than " + std::to_string(sentence_max) +
                " bytes",
            std::string(where)
        );
    }
    Mismatch furthest;
    std::string_view example;
    for (const Form& form : forms) {
        Result<Segment, Mismatch> segment = match(form, sentence);
        if (segment) {
            return *segment;
        }
        const Mismatch& mismatch = segment.error();
        if (mismatch.past_opening && (example.empty() || mismatch.position > furthest.position)) {
            furthest = mismatch;
            example = form.example;
        }
    }
    if (example.empty()) {
        return fail(
            Errc::invalid,
            "unknown sentence " + quoted(sentence),
            std::string(where),
            "the nearest known sentence is \"" + std::string(nearest_example(sentence)) + "\""
        );
    }
    const std::string advice = furthest.error.hint.empty() ? "" : furthest.error.hint + "; ";
    return fail(
        Errc::invalid,
        quoted(sentence) + ": " + furthest.error.message,
        std::string(where),
        advice + "the nearest known sentence is \"" + std::string(example) + "\""
    );
}

bool Segment::is_setting() const {
    return kind == SegmentKind::sampling_interval || kind == SegmentKind::sampling_log ||
           kind == SegmentKind::data_storage;
}

std::vector<double> sweep_frequencies_Hz(double first_Hz, double last_Hz, int points_per_decade) {
    std::vector<double> frequencies_Hz;
    if (!(first_Hz > 0.0) || !(last_Hz > 0.0) || points_per_decade < 1) {
        return frequencies_Hz;
    }
    // A point that rounding puts beside the end is the end itself.
    constexpr double closeness = 1e-9;
    const double direction = last_Hz < first_Hz ? -1.0 : 1.0;
    for (int k = 0;; ++k) {
        const double decades = direction * static_cast<double>(k) / points_per_decade;
        const double frequency_Hz = k == 0 ? first_Hz : first_Hz * std::pow(10.0, decades);
        if (direction * (frequency_Hz - last_Hz) >= -closeness * last_Hz) {
            break;
        }
        frequencies_Hz.push_back(frequency_Hz);
    }
    frequencies_Hz.push_back(last_Hz);
    return frequencies_Hz;
}

}  // namespace relaxd::method
