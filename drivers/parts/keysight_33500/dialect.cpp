// SPDX-License-Identifier: MIT
#include "drivers/parts/keysight_33500/dialect.hpp"

#include "drivers/parts/keysight_33500/protocol.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <string_view>
#include <utility>

namespace relaxd::drivers::parts::keysight_33500 {

namespace {

using std::chrono_literals::operator""ms;

constexpr double output_ohm = 50.0;         ///< Manual p. 62.
constexpr double open_peak_V = 10.0;        ///< 20 Vpp into an open circuit, manual p. 216.
constexpr double open_least_peak_V = 1e-3;  ///< 2 mVpp into an open circuit.
constexpr double lowest_Hz = 1e-6;          ///< And the step of a frequency.
constexpr double highest_Hz = 20e6;         ///< Of the smallest of the family.
constexpr double digits = 1e-3;             ///< Voltages have four; what is read back may differ.
constexpr double voltage_step_V = 1e-4;     ///< The least that is told apart.
constexpr double load_step = 5e-3;          ///< Relative: the declared load is rounded.
constexpr unsigned power_on = 128;          ///< Bit 7 of *ESR?, IEEE 488.2.
constexpr std::string_view simulated = "SIM";  ///< How the serial number of a simulation begins.

struct Options {
    int channel = 1;
    std::optional<double> load_ohm;  ///< None: a high impedance.
    Options() = default;
};

link::Query question(std::string bytes, std::function<bool(std::string_view)> fits) {
    link::Query query(std::move(bytes));
    query.fits = std::move(fits);
    return query;
}

link::Query command(const std::string& text) {
    link::Query query(text + "\n");
    query.is_answered = false;
    return query;
}

link::Query ask_identity() {
    return question("*IDN?\n", [](std::string_view frame) {
        return identity_in(frame).has_value();
    });
}

/// Its answer is one word.
Preparation must_be(
    const char* what,
    const std::string& header,
    const std::string& value,
    std::function<bool(std::string_view)> is_so
) {
    Preparation out;
    out.what = what;
    out.ask =
        question(header + "?\n", [](std::string_view frame) { return word_in(frame).has_value(); });
    out.is_so = std::move(is_so);
    out.writes = {command(header + " " + value)};
    return out;
}

bool is_load(const std::optional<double>& read, const std::optional<double>& declared) {
    if (!read || !declared) {
        return !read && !declared;
    }
    return std::abs(*read - *declared) <= load_step * *declared;
}

class Keysight33500 final : public Dialect {
  public:
    explicit Keysight33500(const Options& options) : options_(options) {
        const std::string n = std::to_string(options_.channel);
        source_ = ":SOUR" + n;
        output_ = ":OUTP" + n;
        if (options_.load_ohm) {
            share_ = *options_.load_ohm / (*options_.load_ohm + output_ohm);
        }
    }

    [[nodiscard]] std::string name() const override {
        return "Keysight 33500, channel " + std::to_string(options_.channel);
    }
    [[nodiscard]] link::ExchangeSettings exchange() const override;
    [[nodiscard]] std::vector<link::Query> identify() override { return {ask_identity()}; }
    [[nodiscard]] Result<Identity> identity(Replies replies) override;
    [[nodiscard]] std::vector<Preparation> preparations() override;
    [[nodiscard]] std::vector<Quantity> quantities() const override;
    [[nodiscard]] Group group_of(const std::string& quantity) override;
    [[nodiscard]] Result<std::vector<PartValue>> decode(const Group& group, Replies replies)
        override;
    [[nodiscard]] Result<std::vector<link::Query>> write(const std::string& quantity, double value)
        override;
    [[nodiscard]] std::optional<ErrorQueue> error_queue() override;
    [[nodiscard]] bool is_as_set(const Quantity& quantity, double set, double read) const override;
    [[nodiscard]] RebootCheck reboot_check() override;
    [[nodiscard]] SafeState safe_state() override;

  private:
    [[nodiscard]] link::Query ask_state() const;

    Options options_;
    std::string source_;
    std::string output_;
    double share_ = 1.0;  ///< Of the open circuit's voltage that is at the declared load.
};

link::ExchangeSettings Keysight33500::exchange() const {
    link::ExchangeSettings settings;
    settings.framing = link::by_terminator(std::string(terminator));
    settings.deadlines.first_byte = 500ms;
    settings.deadlines.between_bytes = 200ms;
    settings.deadlines.overall = 500ms;
    settings.worst_latency = 2200ms;
    settings.sentinel = ask_identity();
    return settings;
}

Result<Identity> Keysight33500::identity(Replies replies) {
    const WhoAmI who = identity_in(replies[0]).value_or(WhoAmI());
    const bool is_maker =
        who.vendor == "Keysight Technologies" || who.vendor == "Agilent Technologies";
    if (!is_maker || !who.model.starts_with("335")) {
        return fail(
            Errc::refused,
            "another device answers: " + who.vendor + " " + who.model +
                ", expected is a Keysight "
                "or Agilent 335xx",
            {},
            "nothing was set; check the address"
        );
    }
    Identity identity;
    identity.vendor = who.vendor;
    identity.model = who.model;
    identity.serial_number = who.serial_number;
    identity.firmware = who.firmware;
    identity.simulated = who.serial_number.starts_with(simulated);
    return identity;
}

/// The load first: declaring it may change the unit.
std::vector<Preparation> Keysight33500::preparations() {
    const std::optional<double> declared = options_.load_ohm;
    const std::string load = declared ? number_text(*declared) : "INF";
    return {
        must_be(
            "the declared load",
            output_ + ":LOAD",
            load,
            [declared](std::string_view frame) {
                const auto word = word_in(frame);
                const auto read = word ? load_in(*word) : std::nullopt;
                return read && is_load(*read, declared);
            }
        ),
        must_be(
            "the unit of the amplitude",
            source_ + ":VOLT:UNIT",
            "VPP",
            [](std::string_view frame) { return word_in(frame) == "VPP"; }
        ),
        must_be(
            "the wave's form",
            source_ + ":FUNC",
            "SIN",
            [](std::string_view frame) { return word_in(frame) == "SIN"; }
        )
    };
}

std::vector<Quantity> Keysight33500::quantities() const {
    Quantity frequency;
    frequency.name = "frequency_Hz";
    frequency.unit = "Hz";
    frequency.is_settable = true;
    frequency.lowest = lowest_Hz;
    frequency.highest = highest_Hz;
    frequency.resolution = lowest_Hz;
    Quantity offset;
    offset.name = "offset_V";
    offset.unit = "V";
    offset.is_settable = true;
    offset.lowest = -open_peak_V * share_;
    offset.highest = open_peak_V * share_;
    offset.resolution = digits * open_peak_V * share_;
    Quantity amplitude = offset;
    amplitude.name = "amplitude_V";
    amplitude.lowest = open_least_peak_V * share_;
    Quantity output;
    output.name = "output";
    output.is_settable = true;
    output.lowest = 0.0;
    output.highest = 1.0;
    output.resolution = 0.0;
    return {frequency, offset, amplitude, output};
}

bool Keysight33500::is_as_set(const Quantity& quantity, double set, double read) const {
    if (quantity.name == "amplitude_V" || quantity.name == "offset_V") {
        return std::abs(set - read) <= digits * std::abs(set) + voltage_step_V;
    }
    return is_within(quantity, set, read);
}

link::Query Keysight33500::ask_state() const {
    return question(ask_settings(options_.channel), [](std::string_view frame) {
        return settings_in(frame).has_value();
    });
}

Group Keysight33500::group_of(const std::string& /*quantity*/) {
    Group group;
    group.quantities = {"frequency_Hz", "offset_V", "amplitude_V", "output"};
    group.queries = {ask_state()};
    return group;
}

Result<std::vector<PartValue>> Keysight33500::decode(const Group& group, Replies replies) {
    const auto settings = settings_in(replies[0]);
    if (!settings) {
        return fail(Errc::corrupt, "what came is not the state of a channel");
    }
    const bool is_declared = is_load(settings->load_ohm, options_.load_ohm);
    const std::array<double, 4> numbers{
        settings->frequency_Hz,
        settings->offset_V,
        0.5 * settings->amplitude,
        settings->is_on ? 1.0 : 0.0
    };
    std::vector<PartValue> out;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        PartValue value;
        value.quantity = group.quantities[i];
        value.number = numbers[i];
        const bool is_voltage = value.quantity.ends_with("_V");
        if (is_voltage && !is_declared) {
            value.status = "other_load";
        } else if (value.quantity == "amplitude_V" && settings->unit != "VPP") {
            value.status = "other_unit";
        } else if (value.quantity == "amplitude_V" && settings->function != "SIN") {
            value.status = "other_waveform";
        }
        out.push_back(std::move(value));
    }
    return out;
}

Result<std::vector<link::Query>> Keysight33500::write(const std::string& quantity, double value) {
    std::vector<link::Query> queries;
    if (quantity == "frequency_Hz") {
        queries.push_back(command(source_ + ":FREQ " + number_text(value)));
    } else if (quantity == "offset_V") {
        queries.push_back(command(source_ + ":VOLT:OFFS " + number_text(value)));
    } else if (quantity == "amplitude_V") {
        queries.push_back(command(source_ + ":VOLT " + number_text(2.0 * value)));
    } else if (value != 0.0 && value != 1.0) {
        return fail(
            Errc::refused, "output = " + to_text(value) + " is neither 0 (off) nor 1 (on)", name()
        );
    } else {
        queries.push_back(command(output_ + (value == 1.0 ? " ON" : " OFF")));
    }
    return queries;
}

std::optional<ErrorQueue> Keysight33500::error_queue() {
    ErrorQueue queue;
    queue.ask = question(":SYST:ERR?\n", [](std::string_view frame) {
        return complaint_in(frame).has_value();
    });
    queue.complaint = [](std::string_view frame) {
        const Complaint said = complaint_in(frame).value_or(Complaint());
        return said.number == 0 ? std::string()
                                : said.sentence + " (" + std::to_string(said.number) + ")";
    };
    return queue;
}

RebootCheck Keysight33500::reboot_check() {
    RebootCheck check;
    check.queries = {question("*ESR?\n", [](std::string_view frame) {
        return register_in(frame).has_value();
    })};
    check.has_rebooted = [](Replies replies) -> Result<bool> {
        return (register_in(replies[0]).value_or(0U) & power_on) != 0U;
    };
    return check;
}

SafeState Keysight33500::safe_state() {
    SafeState safe;
    safe.urgent = output_ + " OFF\n";
    safe.writes = {
        command(output_ + " OFF"), command(source_ + ":VOLT:OFFS 0"), command(source_ + ":VOLT MIN")
    };
    safe.queries = {ask_state()};
    const double least_Vpp = 2.0 * open_least_peak_V;
    safe.is_safe = [least_Vpp](Replies replies) -> Result<void> {
        const Settings now = settings_in(replies[0]).value_or(Settings());
        const bool is_small = now.unit == "VPP" && now.amplitude <= least_Vpp * (1.0 + digits) &&
                              std::abs(now.offset_V) <= voltage_step_V;
        if (now.is_on || !is_small) {
            return fail(
                Errc::corrupt,
                now.is_on ? "its output is still on"
                          : "its output is off, and its amplitude is not the least"
            );
        }
        return {};
    };
    return safe;
}

Result<Options> parsed(const std::map<std::string, std::string>& given) {
    Options options;
    for (const auto& [key, value] : given) {
        if (key == "channel") {
            if (value != "1" && value != "2") {
                return fail(
                    Errc::invalid, "channel = \"" + value + "\" is neither \"1\" nor \"2\""
                );
            }
            options.channel = value == "1" ? 1 : 2;
        } else if (key == "load" && value != "infinity") {
            options.load_ohm = to_double(value);
            if (!options.load_ohm || !(*options.load_ohm >= 1.0 && *options.load_ohm <= 1e4)) {
                return fail(
                    Errc::invalid,
                    "load = \"" + value +
                        "\" is neither \"infinity\" nor a number of ohms from 1 "
                        "to 10000",
                    {},
                    "a current source behind it is \"infinity\""
                );
            }
        }
    }
    return options;
}

}  // namespace

Result<std::unique_ptr<Dialect>> make_dialect(const std::map<std::string, std::string>& options) {
    const Result<Options> read = parsed(options);
    if (!read) {
        return fail(read.error());
    }
    return std::make_unique<Keysight33500>(*read);
}

}  // namespace relaxd::drivers::parts::keysight_33500
