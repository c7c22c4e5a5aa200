// SPDX-License-Identifier: MIT
#include "drivers/parts/solartron/dialect.hpp"

#include "drivers/parts/polled/reply.hpp"
#include "drivers/parts/solartron/protocol.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>
#include <utility>

namespace relaxd::drivers::parts::solartron {
namespace {

using link::Query;
using std::chrono::milliseconds;

constexpr double peak_per_rms = std::numbers::sqrt2;
constexpr double shortest_s = 0.01;  // of IS
constexpr double longest_s = 1e5;
constexpr double eight_digits = 1e-6;    // of a frequency that was sent with eight
constexpr double a_cycle_in_100 = 0.01;  // cycles are a quotient of two rounded numbers
constexpr double auto_range_tries = 3.0;
constexpr double quiet_V = 1e-3;  // rms

struct Options {
    Model model = Model::m1260;
    std::string end = "\r";
    bool is_source = true;
    Options() = default;
};

struct Limits {
    double highest_Hz;
    double highest_V;  ///< rms
};

Limits limits_of(Model model) {
    return model == Model::m1250 ? Limits{65e3, 10.0} : Limits{32e6, 3.0};
}

std::string digits_of(Model model) {
    switch (model) {
        case Model::m1250: return "1250";
        case Model::m1255: return "1255";
        case Model::m1260: return "1260";
    }
    return {};
}

PartValue value_of(const char* quantity, double number, std::string status = {}) {
    PartValue value;
    value.quantity = quantity;
    value.number = status.empty() ? number : record::unknown;
    value.status = std::move(status);
    return value;
}

Quantity quantity_of(const char* name, const char* unit) {
    Quantity quantity;
    quantity.name = name;
    quantity.unit = unit;
    return quantity;
}

Quantity settable(
    const char* name, const char* unit, double lowest, double highest, double resolution
) {
    Quantity quantity = quantity_of(name, unit);
    quantity.is_settable = true;
    quantity.lowest = lowest;
    quantity.highest = highest;
    quantity.resolution = resolution;
    return quantity;
}

class Solartron final : public Dialect {
  public:
    explicit Solartron(Options options) : options_(std::move(options)) {}

    std::string name() const override { return "Solartron " + digits_of(options_.model); }

    link::ExchangeSettings exchange() const override {
        link::ExchangeSettings settings;
        settings.framing = link::by_terminator(options_.end);
        settings.gap = milliseconds(50);
        settings.deadlines.first_byte = milliseconds(400);
        settings.deadlines.between_bytes = milliseconds(200);
        settings.deadlines.overall = milliseconds(1000);
        settings.worst_latency = milliseconds(2000);
        settings.sentinel = name_question();
        return settings;
    }

    std::vector<Query> identify() override { return {name_question()}; }

    Result<Identity> identity(Replies replies) override {
        if (replies.empty()) {
            return fail(Errc::corrupt, "the analyser did not say what it is");
        }
        Identity identity;
        identity.vendor = "Solartron";
        identity.model = digits_of(options_.model);
        if (options_.model == Model::m1250) {  // it says its version alone
            identity.firmware = line_of(replies.front(), options_.end).value_or("");
            identity.simulated = identity.firmware.starts_with("SIM");
            return identity;
        }
        const auto name = name_of(replies.front(), options_.end);
        if (!name) {
            return fail(Errc::corrupt, "the reply to *IDN? is not understood");
        }
        if (name->model != identity.model) {
            return fail(
                Errc::refused,
                "a " + name->model + " answers where a " + identity.model + " is configured",
                {},
                "nothing was set; say its model in the options"
            );
        }
        identity.serial_number = name->serial_number;
        identity.firmware = name->firmware;
        identity.simulated = name->serial_number.starts_with("SIM");
        return identity;
    }

    std::vector<Preparation> preparations() override {
        std::vector<Preparation> all;
        Preparation plain;
        plain.what = "comma, output to the GPIB, DC coupling";
        for (const char* text : {"OS0", "OP2,1", "DC1,0", "DC2,0"}) {
            plain.writes.push_back(command(text));
        }
        all.push_back(std::move(plain));
        Preparation coordinates;
        coordinates.what = "coordinates (a + jb)";
        coordinates.ask = number_question("CV");
        coordinates.is_so = [end = options_.end](std::string_view reply) {
            return number_of(reply, end) == 0.0;
        };
        coordinates.writes.push_back(command("CV0"));
        all.push_back(std::move(coordinates));
        Preparation source;
        source.what = "source (channel 2 over channel 1)";
        source.ask = question(query_text("SO"), [](std::string_view frame, std::string_view end) {
            return pair_of(frame, end).has_value();
        });
        source.is_so = [end = options_.end](std::string_view reply) {
            return pair_of(reply, end) == std::pair(2.0, 1.0);
        };
        source.writes.push_back(command("SO2,1"));
        all.push_back(std::move(source));
        all.push_back(learn("frequency", "FR", &Solartron::frequency_Hz_));
        all.push_back(learn("integration time", "IS", &Solartron::integration_s_));
        return all;
    }

    std::vector<Quantity> quantities() const override {
        const Limits limits = limits_of(options_.model);
        std::vector<Quantity> all{quantity_of("ratio_real", ""), quantity_of("ratio_imag", "")};
        all.push_back(settable("frequency_Hz", "Hz", 1e-5, limits.highest_Hz, record::unknown));
        all.push_back(settable("cycles", "", 1.0, 1e4, record::unknown));
        if (options_.is_source) {
            if (options_.model != Model::m1250) {
                all.push_back(settable("offset_V", "V", -40.95, 40.95, 0.01));
            }
            const double most_V = peak_per_rms * limits.highest_V;
            all.push_back(settable("amplitude_V", "V", 0.0, most_V, 0.005 * peak_per_rms));
        }
        return all;
    }

    Group group_of(const std::string& quantity) override {
        Group group;
        if (quantity == "frequency_Hz") {
            group.quantities = {quantity};
            group.queries = {number_question("FR")};
        } else if (quantity == "cycles") {
            group.quantities = {quantity};
            group.queries = {number_question("FR"), number_question("IS")};
        } else if (quantity == "amplitude_V") {
            group.quantities = {quantity};
            group.queries = {number_question(amplitude_code())};
        } else if (quantity == "offset_V") {
            group.quantities = {quantity};
            group.queries = {number_question("VB")};
        } else {
            group.quantities = {"ratio_real", "ratio_imag"};
            group.queries = {measurement()};
        }
        return group;
    }

    Result<std::vector<PartValue>> decode(const Group& group, Replies replies) override {
        if (replies.size() != group.queries.size()) {
            return fail(Errc::corrupt, "not every question of the analyser was answered");
        }
        const std::string& first = group.quantities.front();
        if (first == "ratio_real") {
            return ratio(replies.front());
        }
        const auto number = number_of(replies.front(), options_.end);
        if (!number) {
            return fail(Errc::corrupt, "a setting was not answered by a number");
        }
        if (first == "frequency_Hz") {
            frequency_Hz_ = *number;
            return std::vector{value_of("frequency_Hz", *number)};
        }
        if (first == "amplitude_V") {
            return std::vector{value_of("amplitude_V", peak_per_rms * *number)};
        }
        if (first == "offset_V") {
            return std::vector{value_of("offset_V", *number)};
        }
        const auto integration = number_of(replies.back(), options_.end);
        if (!integration) {
            return fail(Errc::corrupt, "the integration time was not answered by a number");
        }
        frequency_Hz_ = *number;
        integration_s_ = *integration;
        return std::vector{value_of("cycles", *number * *integration)};
    }

    Result<std::vector<Query>> write(const std::string& quantity, double value) override {
        if (quantity == "amplitude_V") {
            return std::vector{command(amplitude_code() + argument_text(value / peak_per_rms, 4))};
        }
        if (quantity == "offset_V") {
            return std::vector{command("VB" + argument_text(value, 4))};
        }
        const bool is_frequency = quantity == "frequency_Hz";
        const double frequency_Hz = is_frequency ? value : frequency_Hz_;
        const double cycles = is_frequency ? wanted_cycles_ : value;
        if (!is_frequency && (value != std::floor(value) || frequency_Hz <= 0.0)) {
            return fail(
                Errc::refused,
                frequency_Hz <= 0.0 ? "cycles need a frequency first"
                                    : to_text(value) + " is no whole number of cycles",
                name()
            );
        }
        const double integration_s = cycles / frequency_Hz;
        if (cycles > 0.0 && (integration_s < shortest_s || integration_s > longest_s)) {
            return fail(
                Errc::refused,
                to_text(cycles) + " cycles of " + to_text(frequency_Hz) + " Hz last " +
                    to_text(integration_s) + " s; the analyser integrates " + to_text(shortest_s) +
                    " s to " + to_text(longest_s) + " s",
                name()
            );
        }
        std::vector<Query> all;
        if (is_frequency) {
            all.push_back(command("FR" + argument_text(value, 7)));
            frequency_Hz_ = value;
        } else {
            wanted_cycles_ = value;
        }
        if (cycles > 0.0) {
            all.push_back(command("IS" + argument_text(integration_s, 6)));
            integration_s_ = integration_s;
        }
        return all;
    }

    bool is_as_set(const Quantity& quantity, double set, double read) const override {
        if (quantity.name == "frequency_Hz") {
            return std::abs(set - read) <= eight_digits * set;
        }
        if (quantity.name == "cycles") {
            return std::abs(set - read) <= a_cycle_in_100 * set;
        }
        return is_within(quantity, set, read);
    }

    /// Between a setting and its query.
    milliseconds settles_in(const std::string& /*quantity*/) override { return milliseconds(50); }

    SafeState safe_state() override {
        SafeState safe;
        if (!options_.is_source) {
            return safe;
        }
        std::vector<std::string> codes{amplitude_code()};
        if (options_.model != Model::m1250) {
            codes.emplace_back("VB");
        }
        for (const std::string& code : codes) {
            safe.urgent += code + "0" + options_.end;
            safe.writes.push_back(command(code + "0"));
            safe.queries.push_back(number_question(code));
        }
        safe.is_safe = [end = options_.end](Replies replies) -> Result<void> {
            for (const std::string& reply : replies) {
                const auto held = number_of(reply, end);
                if (!held || std::abs(*held) > quiet_V) {
                    return fail(
                        Errc::corrupt,
                        "the analyser's generator is not at 0 V",
                        {},
                        "stop it at its front panel, or pull its cable"
                    );
                }
            }
            return {};
        };
        return safe;
    }

  private:
    using Fits = bool (*)(std::string_view frame, std::string_view end);

    [[nodiscard]] Query question(const std::string& text, Fits fits) const {
        Query query(text + options_.end);
        query.fits = [fits, end = options_.end](std::string_view frame) {
            return fits(frame, end);
        };
        return query;
    }

    [[nodiscard]] Query command(const std::string& text) const {
        Query query(text + options_.end);
        query.is_answered = false;
        return query;
    }

    [[nodiscard]] std::string query_text(const std::string& code) const {
        return options_.model == Model::m1250 ? "?" + code : code + "?";
    }

    [[nodiscard]] Query number_question(const std::string& code) const {
        return question(query_text(code), [](std::string_view frame, std::string_view end) {
            return number_of(frame, end).has_value();
        });
    }

    [[nodiscard]] Query name_question() const {
        if (options_.model == Model::m1250) {  // anything but a number or a result
            return question("?VN", [](std::string_view frame, std::string_view end) {
                const auto line = line_of(frame, end);
                return line && !line->empty() && line->find(',') == std::string_view::npos &&
                       !number_of(frame, end);
            });
        }
        return question("*IDN?", [](std::string_view frame, std::string_view end) {
            return name_of(frame, end).has_value();
        });
    }

    [[nodiscard]] std::string amplitude_code() const {
        return options_.model == Model::m1250 ? "AM" : "VA";
    }

    /// A single measurement; it is awaited as long as it lasts.
    [[nodiscard]] Query measurement() const {
        Query query = question("SI", [](std::string_view frame, std::string_view end) {
            return reading_of(frame, end).has_value();
        });
        const double period_s = frequency_Hz_ > 0.0 ? 1.0 / frequency_Hz_ : 0.0;
        const double lasts_s = auto_range_tries * (integration_s_ + period_s);
        link::ExchangeDeadlines deadlines = exchange().deadlines;
        const milliseconds more(static_cast<std::int64_t>(std::ceil(1e3 * lasts_s)));
        deadlines.first_byte += more;
        deadlines.overall += more;
        query.deadlines = deadlines;
        return query;
    }

    /// Asked as a preparation, for the deadlines need it; it is right as it is.
    [[nodiscard]] Preparation learn(const char* what, const char* code, double Solartron::* into) {
        Preparation one;
        one.what = what;
        one.ask = number_question(code);
        one.is_so = [this, into](std::string_view reply) {
            this->*into = number_of(reply, options_.end).value_or(this->*into);
            return true;
        };
        return one;
    }

    Result<std::vector<PartValue>> ratio(const std::string& reply) const {
        const auto reading = reading_of(reply, options_.end);
        if (!reading) {
            return fail(Errc::corrupt, "the result of the analyser is not understood");
        }
        std::string status = error_word(reading->error);
        const double apart_Hz = std::abs(reading->frequency_Hz - frequency_Hz_);
        if (status.empty() && apart_Hz > 1e-4 * frequency_Hz_) {
            status = "settings_changed";  // measured at another frequency than was set
        }
        return std::vector{
            value_of("ratio_real", reading->real, status),
            value_of("ratio_imag", reading->imaginary, status)
        };
    }

    Options options_;
    double frequency_Hz_ = 0.0;   ///< As last written or read.
    double integration_s_ = 0.0;  ///< As last written or read.
    double wanted_cycles_ = 0.0;  ///< 0: nobody said; the integration time stays.
};

}  // namespace

Result<std::unique_ptr<Dialect>> make_dialect(const std::map<std::string, std::string>& options) {
    const auto model = chosen(options, "model", {"1260", "1255", "1250"});
    const auto terminator = chosen(options, "terminator", {"cr", "crlf"});
    const auto source = chosen(options, "source", {"yes", "no"});
    for (const auto* one : {&model, &terminator, &source}) {
        if (!*one) {
            return fail(one->error());
        }
    }
    Options made;
    made.model = *model == "1250" ? Model::m1250 : (*model == "1255" ? Model::m1255 : Model::m1260);
    made.end = *terminator == "cr" ? "\r" : "\r\n";
    made.is_source = *source == "yes";
    return std::make_unique<Solartron>(made);
}

}  // namespace relaxd::drivers::parts::solartron
