// SPDX-License-Identifier: MIT
#include "drivers/parts/labjack_t7/dialect.hpp"

#include "drivers/parts/labjack_t7/registers.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <utility>

namespace relaxd::drivers::parts::labjack_t7 {

namespace {

constexpr const char* here = "LabJack T7";
constexpr std::size_t inputs_polled = 4;
constexpr std::size_t outputs = 2;
constexpr double highest_V = 5.0;            // of DAC0 and DAC1
constexpr double dac_resolution_V = 2.5e-3;  // two steps of 12 bits over 5 V
constexpr double no_value = -9999.0;         // LabJack's "no value"
constexpr std::uint16_t single_ended = 199;
constexpr std::uint32_t simulated_first = 999'000;  // serial numbers of simulated devices
constexpr std::uint32_t simulated_last = 999'999;

std::string input_name(std::size_t i) {
    return "ain" + std::to_string(i) + "_V";
}

std::string output_name(std::size_t i) {
    return "dac" + std::to_string(i) + "_V";
}

Words floats(std::initializer_list<double> values) {
    Words words;
    for (const double value : values) {
        put_float(words, static_cast<float>(value));
    }
    return words;
}

Words u32(std::uint32_t value) {
    Words words;
    put_u32(words, value);
    return words;
}

/// The words of a reply that must have so many.
Result<Words> words_of(std::string_view reply, std::size_t count) {
    Result<Words> words = decode_words(reply);
    if (words && words->size() != count) {
        return fail(
            Errc::corrupt,
            std::to_string(words->size()) + " registers came, asked for " + std::to_string(count),
            here
        );
    }
    return words;
}

bool is_close(std::optional<double> value, double expected) {
    return value && std::abs(*value - expected) <= 1e-6 * std::max(1.0, std::abs(expected));
}

std::string with_decimals(double value) {
    std::array<char, 32> text{};
    static_cast<void>(std::snprintf(text.data(), text.size(), "%.4f", value));
    return text.data();
}

Result<std::uint32_t> count_option(
    const std::string& key, const std::string& text, std::uint32_t lowest, std::uint32_t highest
) {
    const auto value = to_count(text);
    if (!value || *value < lowest || *value > highest) {
        return fail(
            Errc::invalid,
            "'" + text + "' is not possible, a whole number from " + std::to_string(lowest) +
                " to " + std::to_string(highest) + " is",
            key
        );
    }
    return static_cast<std::uint32_t>(*value);
}

Result<void> parse_one(Settings& settings, const std::string& key, const std::string& text) {
    constexpr double longest_settling_us = 4400.0;  // of a stream; 50 000 when polled
    constexpr std::uint32_t shortest_watchdog_s = 3;
    constexpr std::uint32_t longest_watchdog_s = 3600;
    Result<std::uint32_t> count = std::uint32_t{0};
    if (key == "range_V" || key == "settling_us") {
        const std::optional<double> value = to_double(text);
        const std::array<double, 4> ranges{10.0, 1.0, 0.1, 0.01};
        const bool is_range = key == "range_V";
        if (is_range ? !value || std::ranges::find(ranges, *value) == ranges.end()
                     : !value || *value < 0.0 || *value > longest_settling_us) {
            return fail(
                Errc::invalid,
                "'" + text + "' is not possible, " +
                    (is_range ? "10, 1, 0.1 and 0.01 are" : "0 (automatic) to 4400 is"),
                key
            );
        }
        (is_range ? settings.range_V : settings.settling_us) = *value;
    } else if (key == "resolution") {
        count = count_option(key, text, 1, 12);
        settings.resolution = count.value_or(0);
    } else if (key == "stream_resolution") {
        count = count_option(key, text, 0, 8);
        settings.stream_resolution = count.value_or(0);
    } else if (key == "watchdog_s") {
        count = text == "0" ? Result<std::uint32_t>(0U)
                            : count_option(key, text, shortest_watchdog_s, longest_watchdog_s);
        settings.watchdog_s = count.value_or(0);
    } else {
        return fail(
            Errc::invalid,
            "there is no such option",
            key,
            "known are range_V, resolution, stream_resolution, settling_us and watchdog_s"
        );
    }
    return count ? Result<void>() : fail(count.error());
}

/// What the watchdog must be, as one reads it: address and 32-bit value.
struct Register {
    std::uint16_t address;
    std::uint32_t value;
};

std::vector<Register> watchdog_registers(std::uint32_t timeout_s) {
    return {
        {reg::watchdog_advanced, 0},
        {reg::watchdog_timeout_s, timeout_s},
        {reg::watchdog_strict_enable, 0},
        {reg::watchdog_reset_enable, 0},
        {reg::watchdog_dac0_enable, 1},
        {static_cast<std::uint16_t>(reg::watchdog_dac0_enable + 2), 0},  // 0.0 as a float is 0 too
        {reg::watchdog_dac1_enable, 1},
        {static_cast<std::uint16_t>(reg::watchdog_dac1_enable + 2), 0},
        {reg::watchdog_enable, 1}  // last: it must be off while the others are written
    };
}

}  // namespace

Result<Settings> parse_settings(const std::map<std::string, std::string>& options) {
    Settings settings;
    for (const auto& [key, text] : options) {
        if (const Result<void> done = parse_one(settings, key, text); !done) {
            return fail(done.error());
        }
    }
    return settings;
}

std::uint16_t T7Dialect::next_transaction() {
    transaction_ = transaction_ == UINT16_MAX ? 1 : static_cast<std::uint16_t>(transaction_ + 1);
    return transaction_;
}

link::ExchangeSettings T7Dialect::exchange() const {
    link::ExchangeSettings settings;
    settings.framing = framing();
    // A command takes 1 ms (A-1 Data Rates), an input at resolution 8 some ms more.
    settings.deadlines.first_byte = std::chrono::milliseconds{1000};
    settings.deadlines.between_bytes = std::chrono::milliseconds{200};
    settings.deadlines.overall = std::chrono::milliseconds{1500};
    settings.worst_latency = std::chrono::milliseconds{2000};
    link::Query sentinel = Question::read(reg::test, 2).query(0);
    const auto is_reply = sentinel.fits;
    sentinel.fits = [is_reply](std::string_view reply) {
        if (!is_reply(reply)) {
            return false;
        }
        const Result<Words> words = words_of(reply, 2);
        return words && u32_at(*words, 0) == reg::test_reads;
    };
    settings.sentinel = std::move(sentinel);
    return settings;
}

std::vector<link::Query> T7Dialect::identify() {
    return {
        ask(Question::read(reg::test, 2)),
        ask(Question::read(reg::product_id, 2)),
        ask(Question::read(reg::firmware, 2)),
        ask(Question::read(reg::serial_number, 2))
    };
}

Result<Identity> T7Dialect::identity(Replies replies) {
    std::vector<Words> read;
    for (const std::string& reply : replies) {
        Result<Words> words = words_of(reply, 2);
        if (!words) {
            Error error = words.error();  // an exception: it does not know the register
            error.message = "it is no LabJack: " + error.message;
            return fail(std::move(error));
        }
        read.push_back(std::move(*words));
    }
    if (read.size() != 4) {
        return fail(Errc::corrupt, "an identity of " + std::to_string(read.size()) + " answers");
    }
    if (u32_at(read[0], 0) != reg::test_reads) {
        return fail(
            Errc::refused,
            "register TEST (55100) does not read 0x00112233: it is no LabJack, or something "
            "between swaps words",
            here
        );
    }
    const std::optional<double> product = float_at(read[1], 0);
    if (product != 7.0) {
        return fail(
            Errc::refused,
            "it is no T7: PRODUCT_ID is " + (product ? to_text(*product) : "not a number"),
            here
        );
    }
    const std::optional<double> version = float_at(read[2], 0);
    const std::uint32_t serial = u32_at(read[3], 0);
    Identity identity;
    identity.vendor = "LabJack";
    identity.model = "T7";
    identity.serial_number = std::to_string(serial);
    identity.firmware = version ? with_decimals(*version) : "";
    identity.simulated = serial >= simulated_first && serial <= simulated_last;
    return identity;
}

Preparation T7Dialect::input_settings() {
    Words wanted = floats({settings_.range_V});
    wanted.push_back(single_ended);
    wanted.push_back(static_cast<std::uint16_t>(settings_.resolution));
    const Words settling = floats({settings_.settling_us});
    wanted.insert(wanted.end(), settling.begin(), settling.end());
    Preparation one;
    one.what = "range, resolution and settling time of the inputs";
    one.ask = ask(Question::read(reg::ain_all_range, reg::ain_all_registers));
    one.is_so = [settings = settings_](std::string_view reply) {
        const Result<Words> words = words_of(reply, reg::ain_all_registers);
        if (!words) {
            return false;
        }
        const std::optional<double> range = float_at(*words, 0);
        // A range of 0 is the default: 10 V.
        return (is_close(range, settings.range_V) || (range == 0.0 && settings.range_V == 10.0)) &&
               (*words)[2] == single_ended && (*words)[3] == settings.resolution &&
               is_close(float_at(*words, 4), settings.settling_us);
    };
    one.writes.push_back(ask(Question::write(reg::ain_all_range, wanted)));
    return one;
}

Preparation T7Dialect::watchdog() {
    const std::vector<Register> wanted = watchdog_registers(settings_.watchdog_s);
    std::vector<Access> reads;
    Preparation one;
    one.what = "watchdog";
    one.writes.push_back(ask(Question::write(reg::watchdog_enable, u32(0))));
    for (const Register& reg : wanted) {
        reads.emplace_back(reg.address, std::uint8_t{2});
        one.writes.push_back(ask(Question::write(reg.address, u32(reg.value))));
    }
    one.ask = ask(Question::feedback(reads));
    one.is_so = [wanted](std::string_view reply) {
        const Result<Words> words = words_of(reply, 2 * wanted.size());
        for (std::size_t i = 0; words && i < wanted.size(); ++i) {
            if (u32_at(*words, 2 * i) != wanted[i].value) {
                return false;
            }
        }
        return words.has_value();
    };
    return one;
}

std::vector<Preparation> T7Dialect::preparations() {
    Preparation power;
    power.what = "power of the analogue inputs";
    power.ask = ask(Question::read(reg::power_ain, 1));
    power.is_so = [](std::string_view reply) {
        const Result<Words> words = words_of(reply, 1);
        return words && words->front() == 1;
    };
    power.writes.push_back(ask(Question::write(reg::power_ain, Words(1, 1))));
    std::vector<Preparation> all;
    if (settings_.watchdog_s > 0) {
        all.push_back(watchdog());
    }
    all.push_back(std::move(power));
    all.push_back(input_settings());
    return all;
}

std::vector<Quantity> T7Dialect::quantities() const {
    std::vector<Quantity> all;
    for (std::size_t i = 0; i < inputs_polled; ++i) {
        Quantity one;
        one.name = input_name(i);
        one.unit = "V";
        all.push_back(one);
    }
    for (std::size_t i = 0; i < outputs; ++i) {
        Quantity one;
        one.name = output_name(i);
        one.unit = "V";
        one.is_settable = true;
        one.lowest = 0.0;
        one.highest = highest_V;
        one.resolution = dac_resolution_V;
        all.push_back(one);
    }
    return all;
}

Group T7Dialect::group_of(const std::string& quantity) {
    Group group;
    const bool is_output = quantity.starts_with("dac");
    const std::size_t count = is_output ? outputs : inputs_polled;
    for (std::size_t i = 0; i < count; ++i) {
        group.quantities.push_back(is_output ? output_name(i) : input_name(i));
    }
    group.queries.push_back(ask(Question::read(is_output ? reg::dac0 : reg::ain0, 2 * count)));
    return group;
}

Result<std::vector<PartValue>> T7Dialect::decode(const Group& group, Replies replies) {
    if (replies.size() != 1) {
        return fail(Errc::corrupt, "one reply is needed", here);
    }
    const std::size_t count = group.quantities.size();
    const Result<Words> words = words_of(replies.front(), 2 * count);
    if (!words && words.error().code != Errc::refused) {
        return fail(words.error());
    }
    std::vector<PartValue> values;
    for (std::size_t i = 0; i < count; ++i) {
        PartValue value;
        value.quantity = group.quantities[i];
        const bool is_input = value.quantity.starts_with("ain");
        const std::optional<double> volt = words ? float_at(*words, 2 * i) : std::nullopt;
        if (!words) {
            value.status = "refused";
        } else if (!volt || *volt == no_value) {
            value.status = "invalid";
        } else if (is_input && std::abs(*volt) > settings_.range_V) {
            value.status = "overload";
        } else {
            value.number = *volt;
        }
        values.push_back(std::move(value));
    }
    return values;
}

Result<std::vector<link::Query>> T7Dialect::write(const std::string& quantity, double value) {
    const auto address = static_cast<std::uint16_t>(
        quantity == output_name(1) ? reg::dac0 + 2 : unsigned{reg::dac0}
    );
    std::vector<link::Query> queries;
    queries.push_back(ask(Question::write(address, floats({value}))));
    return queries;
}

Result<void> T7Dialect::written(const std::string& quantity, double /*value*/, Replies replies) {
    for (const std::string& reply : replies) {
        if (const Result<Words> done = decode_words(reply); !done) {
            Error error = done.error();
            error.message = quantity + ": " + error.message;
            error.code = Errc::corrupt;
            return fail(std::move(error));
        }
    }
    return {};
}

RebootCheck T7Dialect::reboot_check() {
    RebootCheck check;
    check.queries.push_back(ask(Question::read(reg::system_timer_20Hz, 2)));
    check.has_rebooted = [ticks = ticks_](Replies replies) -> Result<bool> {
        const Result<Words> words = words_of(replies.front(), 2);
        if (!words) {
            return fail(words.error());
        }
        const std::uint32_t now = u32_at(*words, 0);
        const bool ran_back = ticks->has_value() && now < **ticks;
        *ticks = now;
        return ran_back;
    };
    return check;
}

SafeState T7Dialect::safe_state() {
    const Question zero = Question::write(reg::dac0, floats({0.0, 0.0}));
    SafeState safe;
    safe.urgent = zero.bytes(next_transaction());
    safe.writes.push_back(ask(zero));
    safe.queries.push_back(ask(Question::read(reg::dac0, 2 * outputs)));
    safe.is_safe = [](Replies replies) -> Result<void> {
        const Result<Words> words = words_of(replies.front(), 2 * outputs);
        if (!words) {
            return fail(words.error());
        }
        for (std::size_t i = 0; i < outputs; ++i) {
            const std::optional<double> volt = float_at(*words, 2 * i);
            if (!volt || std::abs(*volt) > dac_resolution_V) {
                return fail(
                    Errc::corrupt,
                    output_name(i) + " reads " + (volt ? to_text(*volt) : "no number") +
                        " V after it was made safe",
                    here
                );
            }
        }
        return {};
    };
    return safe;
}

}  // namespace relaxd::drivers::parts::labjack_t7
