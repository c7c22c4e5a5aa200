// SPDX-License-Identifier: MIT
#include "drivers/parts/eurotherm/parameters.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace relaxd::drivers::parts::eurotherm {

namespace {

constexpr std::array s2400{
    Parameter{Meaning::process_value, 1, "PV", Kind::floating},
    Parameter{Meaning::target_set_point, 2, "SL", Kind::floating},
    Parameter{Meaning::output_power, 3, "OP", Kind::floating},
    Parameter{Meaning::working_output, 4, "WO", Kind::floating},
    Parameter{Meaning::remote_set_point, 26, "RI", Kind::floating},
    Parameter{Meaning::rate_limit, 35, "RR", Kind::floating},
    Parameter{Meaning::status, 75, "SO", Kind::word},
    Parameter{Meaning::controller_id, 122, "II", Kind::word},
    Parameter{Meaning::auto_manual, 273, "mA", Kind::integer},
    Parameter{Meaning::remote_select, 276, "rE", Kind::integer},
    Parameter{Meaning::display_unit, 516, "Q1", Kind::integer},
    Parameter{Meaning::display_decimals, 525, "QD", Kind::integer},
    Parameter{Meaning::rate_unit, 531, "QJ", Kind::integer},
    Parameter{Meaning::customer_number, 629, "ID", Kind::integer}
};

constexpr std::array s2200{
    Parameter{Meaning::process_value, 1, "PV", Kind::floating},
    Parameter{Meaning::target_set_point, 2, "SL", Kind::floating},
    Parameter{Meaning::output_power, 3, "OP", Kind::floating},
    Parameter{Meaning::working_output, 4, "WO", Kind::floating},
    Parameter{Meaning::remote_set_point, 26, "RI", Kind::floating},
    Parameter{Meaning::rate_limit, 35, "RR", Kind::floating},
    Parameter{Meaning::status, 75, "SO", Kind::word},
    Parameter{Meaning::controller_id, 122, "II", Kind::word},
    Parameter{Meaning::auto_manual, 273, "mA", Kind::integer},
    Parameter{Meaning::remote_select, 276, "rE", Kind::integer},
    Parameter{Meaning::display_unit, 516, "Q1", Kind::integer},
    Parameter{Meaning::display_decimals, 525, "QD", Kind::integer},
    Parameter{Meaning::customer_number, 629, "ID", Kind::integer}
};

constexpr std::array s3200{
    Parameter{Meaning::process_value, 1, "", Kind::floating},
    Parameter{Meaning::target_set_point, 2, "", Kind::floating},
    Parameter{Meaning::output_power, 3, "", Kind::floating},
    Parameter{Meaning::working_output, 4, "", Kind::floating},
    Parameter{Meaning::remote_set_point, 26, "", Kind::floating},
    Parameter{Meaning::rate_limit, 35, "", Kind::floating},
    Parameter{Meaning::status, 75, "", Kind::word},
    Parameter{Meaning::auto_manual, 273, "", Kind::integer},
    Parameter{Meaning::remote_select, 276, "", Kind::integer},
    Parameter{Meaning::display_unit, 516, "", Kind::integer},
    Parameter{Meaning::display_decimals, 525, "", Kind::integer},
    Parameter{Meaning::rate_unit, 531, "", Kind::integer},
    Parameter{Meaning::customer_number, 629, "", Kind::integer}
};

constexpr std::array nanodac_loop_1{
    Parameter{Meaning::process_value, 512, "", Kind::floating},
    Parameter{Meaning::auto_manual, 513, "", Kind::integer},
    Parameter{Meaning::target_set_point, 514, "", Kind::floating},
    Parameter{Meaning::working_output, 516, "", Kind::floating},
    Parameter{Meaning::inhibit, 517, "", Kind::integer},
    Parameter{Meaning::sensor_break, 531, "", Kind::integer}
};

std::span<const Parameter> table_of(Series series) {
    switch (series) {
        case Series::s2200: return s2200;
        case Series::s2400: return s2400;
        case Series::s3200: return s3200;
        case Series::nanodac: return nanodac_loop_1;
    }
    return {};
}

}  // namespace

std::string_view to_word(Series series) {
    constexpr std::array<std::string_view, 4> words{"2200", "2400", "3200", "nanodac"};
    return words.at(static_cast<std::size_t>(series));
}

const Parameter* find_parameter(Series series, Meaning meaning) {
    const std::span<const Parameter> table = table_of(series);
    const auto found = std::ranges::find(table, meaning, &Parameter::meaning);
    return found == table.end() ? nullptr : &*found;
}

double rate_seconds(Series series, int code) {
    constexpr std::array of_2400{1.0, 60.0, 3600.0};  // second, minute, hour
    constexpr std::array of_3200{60.0, 3600.0, 1.0};  // minute, hour, second
    if (code < 0 || code > 2) {
        return 0.0;
    }
    const auto place = static_cast<std::size_t>(code);
    return series == Series::s3200 ? of_3200.at(place) : of_2400.at(place);
}

std::string status_word(Series series, unsigned bits) {
    constexpr unsigned broken = 1U << 5U;
    constexpr unsigned out_of_range = 1U << 10U;
    constexpr unsigned input_fault = 1U << 14U;  // of the 2400 alone
    if ((bits & broken) != 0) {
        return "sensor_break";
    }
    if (series == Series::s2400 && (bits & input_fault) != 0) {
        return "input_fault";
    }
    return (bits & out_of_range) != 0 ? "out_of_range" : "";
}

std::string_view series_of_identifier(unsigned identifier) {
    switch (identifier >> 8U) {
        case 0x22: return "2200";
        case 0x24: return "2400";
        default: return {};
    }
}

}  // namespace relaxd::drivers::parts::eurotherm
