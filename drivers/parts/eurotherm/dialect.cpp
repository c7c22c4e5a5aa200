// SPDX-License-Identifier: MIT
#include "drivers/parts/eurotherm/dialect.hpp"

#include "drivers/parts/eurotherm/options.hpp"
#include "drivers/parts/eurotherm/wire.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace relaxd::drivers::parts::eurotherm {
namespace {

using link::Query;

constexpr double zero_C_K = 273.15;
constexpr double most_rate_K_per_s = 10.0;  ///< Ours.
constexpr double off_percent = 0.05;        ///< Half of the last decimal of an output power.
constexpr double by_hand = 0.5;             ///< heater: manual, with an output
constexpr double first_simulated = 9990.0;  ///< Customer numbers of simulations …
constexpr double last_simulated = 9999.0;   ///< … have four digits.

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
    quantity.every_s = 0.125;  // the controllers' loop time is 110 to 125 ms
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

/// The parameters of one quantity, in the order in which they are asked.
struct Asked {
    std::string_view quantity;
    std::vector<Meaning> meanings;
};

class Eurotherm final : public Dialect {
  public:
    Eurotherm(Options options, std::unique_ptr<Wire> wire)
        : options_(std::move(options)), wire_(std::move(wire)), asked_(asked_of(options_)) {}

    std::string name() const override {
        return "Eurotherm " + std::string(to_word(options_.series)) + ", address " +
               std::to_string(options_.address);
    }

    link::ExchangeSettings exchange() const override {
        link::ExchangeSettings settings;
        wire_->set_up(settings);
        settings.sentinel = wire_->sentinel();
        return settings;
    }

    std::vector<Query> identify() override {
        std::vector<Query> queries;
        for (const Meaning meaning : identity_meanings()) {
            queries.push_back(wire_->read(of(meaning)));
        }
        return queries;
    }

    /// A number that the controller does not have is not told; a wrong series is refused.
    Result<Identity> identity(Replies replies) override {
        const std::vector<Meaning> meanings = identity_meanings();
        if (replies.size() != meanings.size()) {
            return fail(Errc::corrupt, "not every question about its identity was answered");
        }
        Identity identity;
        identity.vendor = "Eurotherm";
        identity.model = to_word(options_.series);
        for (std::size_t i = 0; i < meanings.size(); ++i) {
            const Result<double> number = wire_->value(of(meanings[i]), replies[i]);
            if (!number && number.error().code == Errc::corrupt) {
                return fail(number.error());
            }
            if (!number) {
                continue;
            }
            if (meanings[i] == Meaning::customer_number) {
                identity.serial_number = to_text(*number);
                identity.simulated = *number >= first_simulated && *number <= last_simulated;
                continue;
            }
            if (meanings[i] != Meaning::controller_id) {
                continue;
            }
            const auto series = series_of_identifier(static_cast<unsigned>(*number));
            if (!series.empty() && series != to_word(options_.series)) {
                return fail(
                    Errc::refused,
                    "a controller of series " + std::string(series) + " answers where a " +
                        std::string(to_word(options_.series)) + " is configured",
                    {},
                    "nothing was set; correct the option series, or the address"
                );
            }
        }
        return identity;
    }

    std::vector<Preparation> preparations() override {
        std::vector<Preparation> all;
        const double unit_code = options_.is_kelvin ? 2.0 : 0.0;
        must_be(
            all,
            Meaning::display_unit,
            std::string("display in ") + (options_.is_kelvin ? "kelvin" : "degC"),
            [unit_code](double code) { return code == unit_code; }
        );
        if (options_.is_scaled) {
            must_be(
                all,
                Meaning::display_decimals,
                "display with " + std::to_string(options_.decimals) + " decimals",
                [decimals = options_.decimals](double code) { return code == decimals; }
            );
        }
        must_be(
            all,
            Meaning::rate_unit,
            "rate limit of the set point per " + options_.rate_unit,
            [series = options_.series, seconds = options_.rate_unit_s](double code) {
                return rate_seconds(series, static_cast<int>(code)) == seconds;
            }
        );
        return all;
    }

    std::vector<Quantity> quantities() const override {
        const double step = std::pow(10.0, -options_.decimals);
        std::vector<Quantity> all;
        all.push_back(measured("temperature_K", "K"));
        all.push_back(measured("heater_percent", "%"));
        if (find_parameter(options_.series, Meaning::rate_limit) != nullptr) {
            all.push_back(settable(
                "ramp_K_per_s", "K/s", 0.0, most_rate_K_per_s, 0.51 * step / options_.rate_unit_s
            ));
        }
        all.push_back(
            settable("set_temperature_K", "K", options_.lowest_K, options_.highest_K, 0.51 * step)
        );
        all.push_back(settable("heater", "", 0.0, 1.0, 0.01));  // last: it heats
        return all;
    }

    Group group_of(const std::string& quantity) override {
        Group group;
        group.quantities = {quantity};
        for (const Meaning meaning : meanings_of(quantity)) {
            group.queries.push_back(wire_->read(of(meaning)));
        }
        return group;
    }

    Result<std::vector<PartValue>> decode(const Group& group, Replies replies) override {
        const std::string& quantity = group.quantities.front();
        const Result<std::vector<double>> numbers = numbers_of(meanings_of(quantity), replies);
        if (!numbers) {
            return fail(numbers.error());
        }
        const double first = numbers->front();
        const double second = numbers->size() > 1 ? numbers->at(1) : 0.0;
        if (quantity == "temperature_K") {
            return std::vector{value_of(quantity, to_K(first), sensor_status(second))};
        }
        if (quantity == "heater_percent") {
            return std::vector{value_of(quantity, first)};
        }
        if (quantity == "ramp_K_per_s") {
            return std::vector{value_of(quantity, first / options_.rate_unit_s)};
        }
        if (quantity == "set_temperature_K") {
            const bool is_remote = second != 0.0;
            if (is_remote != options_.is_remote && numbers->size() > 1) {
                return fail(
                    Errc::corrupt,
                    std::string("the controller follows its ") + (is_remote ? "remote" : "local") +
                        " set point, not the one that is configured",
                    {},
                    "choose it at the controller (L-r), or correct the option set_point"
                );
            }
            return std::vector{value_of(quantity, to_K(first))};
        }
        if (is_nanodac()) {  // the loop is stopped, or it is not
            return std::vector{value_of(quantity, first == 0.0 ? 1.0 : 0.0)};
        }
        const double in_manual = std::abs(second) < off_percent ? 0.0 : by_hand;
        return std::vector{value_of(quantity, first == 0.0 ? 1.0 : in_manual)};
    }

    Result<std::vector<Query>> write(const std::string& quantity, double value) override {
        if (quantity == "heater" && value != 0.0 && value != 1.0) {
            return fail(Errc::refused, "heater = " + to_text(value) + " is neither 0 nor 1");
        }
        std::vector<Query> queries;
        for (const auto& [meaning, number] : settings_of(quantity, value)) {
            Result<std::vector<Query>> one = wire_->write(of(meaning), number);
            if (!one) {
                return one;
            }
            for (Query& query : *one) {
                queries.push_back(std::move(query));
            }
        }
        return queries;
    }

    Result<void> written(const std::string& quantity, double value, Replies replies) override {
        const std::size_t each = wire_->replies_per_write();
        std::size_t at = 0;
        for (const auto& [meaning, number] : settings_of(quantity, value)) {
            if (replies.size() < at + each) {
                return fail(Errc::corrupt, "not every write was answered");
            }
            const Result<void> taken = wire_->taken(of(meaning), replies.subspan(at, each));
            if (!taken) {
                return taken;
            }
            at += each;
        }
        return {};
    }

    /// Manual with output 0, or the loop stopped.
    SafeState safe_state() override {
        SafeState safe;
        for (const auto& [meaning, number] : settings_of("heater", 0.0)) {
            Result<std::vector<Query>> queries = wire_->write(of(meaning), number);
            if (!queries) {
                continue;  // 0 and 1 fit every wire
            }
            if (safe.urgent.empty()) {
                safe.urgent = queries->front().bytes;
            }
            for (Query& query : *queries) {
                safe.writes.push_back(std::move(query));
            }
        }
        const std::vector<Meaning> meanings = meanings_of("heater");
        for (const Meaning meaning : meanings) {
            safe.queries.push_back(wire_->read(of(meaning)));
        }
        safe.is_safe = [this, meanings](Replies replies) -> Result<void> {
            const Result<std::vector<double>> numbers = numbers_of(meanings, replies);
            if (!numbers) {
                return fail(numbers.error());
            }
            const bool is_off = numbers->front() == 1.0;
            const double output = numbers->size() > 1 ? numbers->at(1) : 0.0;
            if (!is_off || std::abs(output) >= off_percent) {
                return fail(Errc::corrupt, "the controller does not say that its output is off");
            }
            return {};
        };
        return safe;
    }

  private:
    static std::vector<Asked> asked_of(const Options& options) {
        const bool is_nanodac = options.series == Series::nanodac;
        std::vector<Asked> all;
        all.push_back(
            {"temperature_K",
             {Meaning::process_value, is_nanodac ? Meaning::sensor_break : Meaning::status}}
        );
        all.push_back({"heater_percent", {Meaning::working_output}});
        all.push_back({"ramp_K_per_s", {Meaning::rate_limit}});
        const Meaning set_point =
            options.is_remote ? Meaning::remote_set_point : Meaning::target_set_point;
        all.push_back({"set_temperature_K", {set_point}});
        all.push_back({"heater", {Meaning::inhibit}});
        if (!is_nanodac) {
            all[3].meanings.push_back(Meaning::remote_select);
            all[4].meanings = {Meaning::auto_manual, Meaning::output_power};
        }
        return all;
    }
    [[nodiscard]] std::vector<Meaning> meanings_of(const std::string& quantity) const {
        const auto found = std::ranges::find(asked_, quantity, &Asked::quantity);
        return found == asked_.end() ? std::vector<Meaning>() : found->meanings;
    }

    using Setting = std::pair<Meaning, double>;
    /// What is written, in this order, for a quantity; in the device's units.
    [[nodiscard]] std::vector<Setting> settings_of(const std::string& quantity, double value)
        const {
        if (quantity == "ramp_K_per_s") {
            return {{Meaning::rate_limit, value * options_.rate_unit_s}};
        }
        if (quantity == "set_temperature_K" && options_.is_remote) {
            return {{Meaning::remote_set_point, to_device(value)}, {Meaning::remote_select, 1.0}};
        }
        if (quantity == "set_temperature_K") {
            return {{Meaning::target_set_point, to_device(value)}};
        }
        if (is_nanodac()) {
            return {{Meaning::inhibit, 1.0 - value}};
        }
        if (value == 0.0) {  // the output can be written in manual only
            return {{Meaning::auto_manual, 1.0}, {Meaning::output_power, 0.0}};
        }
        return {{Meaning::auto_manual, 0.0}};
    }

    [[nodiscard]] Result<std::vector<double>> numbers_of(
        const std::vector<Meaning>& meanings, Replies replies
    ) const {
        if (replies.size() != meanings.size() || meanings.empty()) {
            return fail(Errc::corrupt, "not every question was answered");
        }
        std::vector<double> numbers;
        for (std::size_t i = 0; i < meanings.size(); ++i) {
            const Result<double> number = wire_->value(of(meanings[i]), replies[i]);
            if (!number) {
                return fail(number.error());
            }
            numbers.push_back(*number);
        }
        return numbers;
    }

    /// Only for what the series has: asked_of() and identity_meanings() see to it.
    [[nodiscard]] const Parameter& of(Meaning meaning) const {
        return *find_parameter(options_.series, meaning);
    }
    [[nodiscard]] std::vector<Meaning> identity_meanings() const {
        std::vector<Meaning> meanings;
        for (const Meaning one : {Meaning::customer_number, Meaning::controller_id}) {
            if (find_parameter(options_.series, one) != nullptr) {
                meanings.push_back(one);
            }
        }
        if (meanings.empty()) {  // nothing but that it answers
            meanings.push_back(Meaning::process_value);
        }
        return meanings;
    }
    /// A parameter that is set in the controller's configuration mode only: asked, never written.
    template <typename IsSo>
    void must_be(std::vector<Preparation>& all, Meaning meaning, std::string what, IsSo is_so) {
        const Parameter* parameter = find_parameter(options_.series, meaning);
        if (parameter == nullptr) {
            return;
        }
        Preparation one;
        one.what = std::move(what);
        one.ask = wire_->read(*parameter);
        one.is_so = [this, parameter, is_so](std::string_view reply) {
            const Result<double> code = wire_->value(*parameter, reply);
            return code && is_so(*code);
        };
        all.push_back(std::move(one));
    }

    [[nodiscard]] std::string sensor_status(double number) const {
        if (is_nanodac()) {
            return number == 0.0 ? "" : "sensor_break";
        }
        return status_word(options_.series, static_cast<unsigned>(number));
    }
    [[nodiscard]] bool is_nanodac() const { return options_.series == Series::nanodac; }
    [[nodiscard]] double to_K(double shown) const {
        return options_.is_kelvin ? shown : shown + zero_C_K;
    }
    [[nodiscard]] double to_device(double kelvin) const {
        return options_.is_kelvin ? kelvin : kelvin - zero_C_K;
    }

    Options options_;
    std::unique_ptr<Wire> wire_;
    std::vector<Asked> asked_;
};

}  // namespace

Result<std::unique_ptr<Dialect>> make_dialect(const std::map<std::string, std::string>& options) {
    Result<Options> read = read_options(options);
    if (!read) {
        return fail(read.error());
    }
    WireOptions of_wire;
    of_wire.series = read->series;
    of_wire.address = read->address;
    of_wire.decimals = read->decimals;
    of_wire.is_scaled = read->is_scaled;
    std::unique_ptr<Wire> wire = read->wire == WireKind::rtu   ? make_rtu(of_wire)
                                 : read->wire == WireKind::tcp ? make_tcp(of_wire)
                                                               : make_bisynch(of_wire);
    return std::make_unique<Eurotherm>(std::move(*read), std::move(wire));
}

}  // namespace relaxd::drivers::parts::eurotherm
