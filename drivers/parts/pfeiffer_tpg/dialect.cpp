// SPDX-License-Identifier: MIT
#include "drivers/parts/pfeiffer_tpg/dialect.hpp"

#include "drivers/parts/pfeiffer_tpg/protocol.hpp"
#include "drivers/parts/polled/reply.hpp"

#include <chrono>
#include <utility>

namespace relaxd::drivers::parts::pfeiffer_tpg {
namespace {

using link::Query;
using std::chrono::milliseconds;

/// Answered by ACK; what belongs to it comes after ENQ.
Query mnemonic(const std::string& word) {
    Query query(word + std::string(terminator));
    query.fits = is_acknowledged;
    return query;
}

bool is_reading(std::string_view frame) {
    return reading_of(frame).has_value();
}
/// UNI, also where it is a unit that is not known here: that is told in words.
bool is_digit(std::string_view frame) {
    const auto text = line_of(frame, frame.ends_with(terminator) ? terminator : "\n");
    return text && text->size() == 1 && text->front() >= '0' && text->front() <= '9';
}
bool is_firmware(std::string_view frame) {
    return firmware_of(frame).has_value();
}
bool is_errors(std::string_view frame) {
    return errors_of(frame).has_value();
}

class Tpg final : public Dialect {
  public:
    Tpg(std::string channel, std::string enquiry_bytes)
        : channel_(std::move(channel)), enquiry_(std::move(enquiry_bytes)) {}

    std::string name() const override { return "Pfeiffer TPG gauge controller"; }

    link::ExchangeSettings exchange() const override {
        link::ExchangeSettings settings;
        settings.framing = link::by_terminator("\n");
        settings.gap = milliseconds(10);
        settings.deadlines.first_byte = milliseconds(400);
        settings.deadlines.between_bytes = milliseconds(200);
        settings.deadlines.overall = milliseconds(1000);
        settings.worst_latency = milliseconds(2000);
        settings.is_unsolicited = is_stream;
        settings.hush = std::string(clear);
        // Whatever stood in its input is forgotten first.
        settings.sentinel = mnemonic(std::string(clear) + "PNR");
        return settings;
    }

    std::vector<Query> identify() override { return {mnemonic("PNR"), ask(is_firmware)}; }

    Result<Identity> identity(Replies replies) override {
        const auto firmware = replies.size() == 2 ? firmware_of(replies[1]) : std::nullopt;
        if (!firmware) {
            return fail(Errc::corrupt, "the reply to PNR is not understood");
        }
        Identity identity;
        identity.vendor = "Pfeiffer Vacuum";
        identity.model = "TPG 26x";
        identity.firmware = *firmware;
        identity.simulated = firmware->starts_with("999-");
        return identity;
    }

    std::vector<Quantity> quantities() const override {
        Quantity pressure;
        pressure.name = "pressure_Pa";
        pressure.unit = "Pa";
        pressure.every_s = 0.1;  // COM,0 sends so often
        return {std::move(pressure)};
    }

    Group group_of(const std::string& /*quantity*/) override {
        Group group;
        group.quantities = {"pressure_Pa"};
        group.queries = {
            mnemonic("PR" + channel_), ask(is_reading), mnemonic("UNI"), ask(is_digit)
        };
        return group;
    }

    Result<std::vector<PartValue>> decode(const Group& group, Replies replies) override {
        const auto reading = replies.size() == 4 ? reading_of(replies[1]) : std::nullopt;
        if (!reading) {
            return fail(Errc::corrupt, "the reading of gauge " + channel_ + " makes no sense");
        }
        PartValue value;
        value.quantity = group.quantities.front();
        value.status = status_word(reading->status);
        const auto pascals = pascals_of_unit(replies[3]);
        if (value.status.empty() && !pascals) {
            value.status = "unknown_unit";
        }
        if (value.status.empty()) {
            value.number = reading->number * *pascals;
        }
        return std::vector{std::move(value)};
    }

    Result<std::vector<Query>> write(const std::string& quantity, double /*value*/) override {
        return fail(Errc::refused, "nothing of a gauge can be set, and no " + quantity);
    }

    /// It cannot tell; reading ERR clears what noise on the line has left there.
    RebootCheck reboot_check() override {
        RebootCheck check;
        check.queries = {mnemonic("ERR"), ask(is_errors)};
        check.has_rebooted = [](Replies replies) -> Result<bool> {
            const auto errors = replies.size() == 2 ? errors_of(replies[1]) : std::nullopt;
            if (!errors || errors->is_controller_error || errors->is_without_hardware) {
                return fail(
                    Errc::corrupt,
                    "the gauge controller reports an error of its own (ERR)",
                    {},
                    "its display says which"
                );
            }
            return false;
        };
        return check;
    }

    /// Nothing is driven; it is there.
    SafeState safe_state() override {
        SafeState safe;
        safe.queries = identify();
        safe.is_safe = [](Replies) { return Result<void>(); };
        return safe;
    }

  private:
    [[nodiscard]] Query ask(bool (*fits)(std::string_view)) const {
        Query query(enquiry_);
        query.fits = fits;
        return query;
    }

    std::string channel_;
    std::string enquiry_;
};

}  // namespace

Result<std::unique_ptr<Dialect>> make_dialect(const std::map<std::string, std::string>& options) {
    const auto channel = chosen(options, "channel", {"1", "2"});
    const auto ending = chosen(options, "enquiry", {"bare", "crlf"});
    if (!channel || !ending) {
        return fail(channel ? ending.error() : channel.error());
    }
    std::string bytes(enquiry);
    if (*ending == "crlf") {
        bytes += terminator;
    }
    return std::make_unique<Tpg>(*channel, std::move(bytes));
}

}  // namespace relaxd::drivers::parts::pfeiffer_tpg
