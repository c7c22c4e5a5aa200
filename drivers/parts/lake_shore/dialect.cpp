// SPDX-License-Identifier: MIT
#include "drivers/parts/lake_shore/dialect.hpp"

#include "drivers/parts/lake_shore/protocol.hpp"
#include "drivers/parts/polled/reply.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace relaxd::drivers::parts::lake_shore {
namespace {

using link::Query;
using std::chrono::milliseconds;

constexpr double s_per_min = 60.0;
constexpr double set_point_step_K = 0.001;  ///< set_point_command()
constexpr double rate_step_K_per_min = 0.1;
constexpr double otherwise_on = 0.5;  ///< heater: on, in another range than the configured one

struct Options {
    std::string channel = "A";
    int output = 1;
    int range = 1;
    double lowest_K = 0.0;
    double highest_K = 873.15;  ///< Ours, not the device's: 600 degC.
    bool checks_loop = true;
    Options() = default;
};

Query question(const std::string& text, bool (*fits)(std::string_view)) {
    Query query(text + std::string(terminator));
    query.fits = fits;
    return query;
}

Query command(const std::string& text) {
    Query query(text + std::string(terminator));
    query.is_answered = false;
    return query;
}

bool is_number(std::string_view frame) {
    return number_of(frame).has_value();
}
bool is_count(std::string_view frame) {
    return count_of(frame).has_value();
}
bool is_ramp(std::string_view frame) {
    return ramp_of(frame).has_value();
}
bool is_units(std::string_view frame) {
    return units_of(frame).has_value();
}
bool is_output_mode(std::string_view frame) {
    return output_mode_of(frame).has_value();
}
bool is_name(std::string_view frame) {
    const auto name = name_of(frame);
    return name && name->vendor == "LSCI";
}

PartValue value_of(std::string quantity, double number, std::string status = {}) {
    PartValue value;
    value.quantity = std::move(quantity);
    value.number = status.empty() ? number : record::unknown;
    value.status = std::move(status);
    return value;
}

Quantity measured(std::string name, std::string unit) {
    Quantity quantity;
    quantity.name = std::move(name);
    quantity.unit = std::move(unit);
    quantity.every_s = 0.1;  // the inputs give 10 readings a second
    return quantity;
}

Quantity settable(std::string name, std::string unit, double low, double high, double step) {
    Quantity quantity = measured(std::move(name), std::move(unit));
    quantity.is_settable = true;
    quantity.lowest = low;
    quantity.highest = high;
    quantity.resolution = step;
    return quantity;
}

class LakeShore final : public Dialect {
  public:
    explicit LakeShore(Options options)
        : options_(std::move(options)), output_(std::to_string(options_.output)) {}

    std::string name() const override { return "Lake Shore temperature controller"; }

    link::ExchangeSettings exchange() const override {
        link::ExchangeSettings settings;
        settings.framing = link::by_terminator(std::string(terminator));
        settings.gap = milliseconds(50);
        settings.deadlines.first_byte = milliseconds(400);
        settings.deadlines.between_bytes = milliseconds(200);
        settings.deadlines.overall = milliseconds(1000);
        settings.worst_latency = milliseconds(2000);
        settings.is_unsolicited = is_blank;
        // The line feed before it ends what the device may still have of an earlier command.
        settings.sentinel = question(std::string(terminator) + "*IDN?", is_name);
        return settings;
    }

    std::vector<Query> identify() override { return {question("*IDN?", is_name)}; }

    Result<Identity> identity(Replies replies) override {
        const auto said = replies.empty() ? std::nullopt : name_of(replies.front());
        if (!said) {
            return fail(Errc::corrupt, "the reply to *IDN? is not understood");
        }
        const Model* model = find_model(said->model);
        if (model == nullptr) {
            return fail(
                Errc::refused,
                "a Lake Shore " + said->model + " answers where a 335, 336 or 350 is configured",
                {},
                "nothing was set; check which cable leads where"
            );
        }
        const Result<void> has =
            check_terminals(*model, options_.channel, options_.output, options_.range);
        if (!has) {
            return fail(has.error());
        }
        Identity identity;
        identity.vendor = "Lake Shore";
        identity.model = model->number;
        identity.serial_number = said->serial_number;
        identity.firmware = said->firmware;
        identity.simulated = said->serial_number.starts_with("SIM");
        return identity;
    }

    std::vector<Preparation> preparations() override {
        std::vector<Preparation> all;
        Preparation units;  // those of the set point; never written, for it is in the old ones
        units.what = "unit kelvin of input " + options_.channel + " (INTYPE)";
        units.ask = question("INTYPE? " + options_.channel, is_units);
        units.is_so = [](std::string_view reply) { return units_of(reply) == 1U; };
        all.push_back(std::move(units));
        if (options_.checks_loop) {
            Preparation loop;  // which sensor controls which heater is for people to say
            loop.what =
                "closed loop of output " + output_ + " on input " + options_.channel + " (OUTMODE)";
            loop.ask = question("OUTMODE? " + output_, is_output_mode);
            loop.is_so = [input = input_number()](std::string_view reply) {
                const auto mode = output_mode_of(reply);
                return mode && (mode->mode == 1 || mode->mode == 2) && mode->input == input;
            };
            all.push_back(std::move(loop));
        }
        return all;
    }

    std::vector<Quantity> quantities() const override {
        std::vector<Quantity> all;
        all.push_back(measured("temperature_K", "K"));
        all.push_back(measured("heater_percent", "%"));
        all.push_back(settable(
            "ramp_K_per_s",
            "K/s",
            0.0,
            most_rate_K_per_min / s_per_min,
            0.51 * rate_step_K_per_min / s_per_min
        ));
        all.push_back(settable(
            "set_temperature_K", "K", options_.lowest_K, options_.highest_K, set_point_step_K
        ));
        all.push_back(settable("heater", "", 0.0, 1.0, 0.01));  // last: it heats
        return all;
    }

    Group group_of(const std::string& quantity) override {
        Group group;
        group.quantities = {quantity};
        if (quantity == "temperature_K") {
            group.queries = {
                question("KRDG? " + options_.channel, is_number),
                question("RDGST? " + options_.channel, is_count)
            };
        } else if (quantity == "heater_percent") {
            group.queries = {question(power_query() + output_, is_number)};
            add_heater_status(group);
        } else if (quantity == "ramp_K_per_s") {
            group.queries = {question("RAMP? " + output_, is_ramp)};
        } else if (quantity == "set_temperature_K") {
            group.queries = {
                question("SETP? " + output_, is_number), question("RAMPST? " + output_, is_count)
            };
        } else {
            group.queries = {question("RANGE? " + output_, is_count)};
            add_heater_status(group);
        }
        return group;
    }

    Result<std::vector<PartValue>> decode(const Group& group, Replies replies) override {
        const std::string& quantity = group.quantities.front();
        if (replies.size() != group.queries.size()) {
            return fail(Errc::corrupt, "not every question about " + quantity + " was answered");
        }
        const std::string& first = replies.front();
        if (quantity == "ramp_K_per_s") {
            const auto ramp = ramp_of(first);
            if (!ramp) {
                return no_sense(quantity);
            }
            const double rate = ramp->is_on ? ramp->rate_K_per_min / s_per_min : 0.0;
            return std::vector{value_of(quantity, rate)};
        }
        const auto number = number_of(first);
        const auto status = replies.size() > 1 ? count_of(replies[1]) : std::optional(0U);
        if (!number || !status) {
            return no_sense(quantity);
        }
        if (quantity == "temperature_K") {
            return std::vector{value_of(quantity, *number, reading_status(*status))};
        }
        if (quantity == "set_temperature_K") {
            is_ramping_ = *status == 1;
            return std::vector{value_of(quantity, *number)};
        }
        if (quantity == "heater_percent") {
            return std::vector{value_of(quantity, *number, heater_status(*status))};
        }
        const bool is_configured = *number == static_cast<double>(options_.range);
        const double is_on = *number == 0.0 ? 0.0 : is_configured ? 1.0 : otherwise_on;
        return std::vector{value_of(quantity, is_on, heater_status(*status))};
    }

    Result<std::vector<Query>> write(const std::string& quantity, double value) override {
        if (quantity == "ramp_K_per_s") {
            const double rate = value * s_per_min;
            if (rate != 0.0 && rate < least_rate_K_per_min * (1.0 - 1e-9)) {
                return fail(
                    Errc::refused,
                    "ramp_K_per_s = " + to_text(value) + " is slower than " +
                        to_text(least_rate_K_per_min) +
                        " K/min, the slowest ramp of the controller",
                    {},
                    "0 is no ramp"
                );
            }
            return std::vector{command(ramp_command(options_.output, rate))};
        }
        if (quantity == "set_temperature_K") {  // where a ramp would begin, then the target
            return std::vector{
                question("SETP? " + output_, is_number),
                command(set_point_command(options_.output, value))
            };
        }
        if (value != 0.0 && value != 1.0) {
            return fail(Errc::refused, "heater = " + to_text(value) + " is neither 0 nor 1");
        }
        return std::vector{command(range_command(options_.output, value == 0.0 ? 0 : options_.range)
        )};
    }

    Result<void> written(const std::string& quantity, double /*value*/, Replies replies) override {
        if (quantity == "set_temperature_K" && !replies.empty()) {
            from_K_ = number_of(replies.front());
        }
        return {};
    }

    /// While it ramps, SETP? may show how far the set point has come.
    bool is_as_set(const Quantity& quantity, double set, double read) const override {
        if (is_within(quantity, set, read)) {
            return true;
        }
        if (quantity.name != "set_temperature_K" || !is_ramping_ || !from_K_) {
            return false;
        }
        const auto [low, high] = std::minmax(*from_K_, set);
        return read >= low - set_point_step_K && read <= high + set_point_step_K;
    }

    milliseconds settles_in(const std::string& /*quantity*/) override { return milliseconds(100); }

    RebootCheck reboot_check() override {
        RebootCheck check;
        check.queries = {question("*ESR?", is_count)};
        check.has_rebooted = [](Replies replies) -> Result<bool> {
            const auto bits = replies.empty() ? std::nullopt : count_of(replies.front());
            if (!bits) {
                return fail(Errc::corrupt, "the reply to *ESR? is not understood");
            }
            return (*bits & power_on) != 0;
        };
        return check;
    }

    SafeState safe_state() override {
        SafeState safe;
        const std::string off = range_command(options_.output, 0);
        safe.urgent = off + std::string(terminator);
        safe.writes = {command(off)};
        safe.queries = {question("RANGE? " + output_, is_count)};
        safe.is_safe = [output = output_](Replies replies) -> Result<void> {
            const auto range = replies.empty() ? std::nullopt : count_of(replies.front());
            if (range != 0U) {
                return fail(Errc::corrupt, "output " + output + " does not say that it is off");
            }
            return {};
        };
        return safe;
    }

  private:
    static tl::unexpected<Error> no_sense(const std::string& quantity) {
        return fail(Errc::corrupt, "the replies about " + quantity + " make no sense");
    }
    void add_heater_status(Group& group) const {
        if (is_heater_output(options_.output)) {
            group.queries.push_back(question("HTRST? " + output_, is_count));
        }
    }
    [[nodiscard]] std::string power_query() const {
        return is_heater_output(options_.output) ? "HTR? " : "AOUT? ";
    }
    /// OUTMODE counts A as 1; the scanner card's D1 … D5 are 4 … 8.
    [[nodiscard]] unsigned input_number() const {
        const auto letter = static_cast<unsigned>(options_.channel.front() - 'A') + 1;
        return options_.channel.size() == 1
                   ? letter
                   : letter + static_cast<unsigned>(options_.channel[1] - '1');
    }

    Options options_;
    std::string output_;
    std::optional<double> from_K_;  ///< The set point when the last one was written.
    bool is_ramping_ = false;
};

Result<double> kelvin_of(
    const std::map<std::string, std::string>& options, const std::string& key, double otherwise
) {
    const auto found = options.find(key);
    if (found == options.end()) {
        return otherwise;
    }
    const auto number = to_double(found->second);
    if (!number || *number < 0.0 || *number > 2000.0) {
        return fail(
            Errc::invalid, "'" + found->second + "' is no temperature from 0 to 2000 K", key
        );
    }
    return *number;
}

}  // namespace

Result<std::unique_ptr<Dialect>> make_dialect(const std::map<std::string, std::string>& options) {
    const auto channel =
        chosen(options, "channel", {"A", "B", "C", "D", "D1", "D2", "D3", "D4", "D5"});
    const auto output = chosen(options, "output", {"1", "2", "3", "4"});
    const auto range = chosen(options, "range", {"1", "2", "3", "4", "5"});
    const auto check = chosen(options, "check_loop", {"yes", "no"});
    for (const auto* one : {&channel, &output, &range, &check}) {
        if (!*one) {
            return fail(one->error());
        }
    }
    Options chosen_ones;
    const auto lowest = kelvin_of(options, "lowest_K", chosen_ones.lowest_K);
    const auto highest = kelvin_of(options, "highest_K", chosen_ones.highest_K);
    if (!lowest || !highest) {
        return fail(lowest ? highest.error() : lowest.error());
    }
    if (*lowest >= *highest) {
        return fail(Errc::invalid, "lowest_K is not below highest_K", "lowest_K");
    }
    chosen_ones.channel = *channel;
    chosen_ones.output = output->front() - '0';
    chosen_ones.range = range->front() - '0';
    chosen_ones.checks_loop = *check == "yes";
    chosen_ones.lowest_K = *lowest;
    chosen_ones.highest_K = *highest;
    return std::make_unique<LakeShore>(std::move(chosen_ones));
}

}  // namespace relaxd::drivers::parts::lake_shore
