// SPDX-License-Identifier: MIT
#include "drivers/parts/mks/dialect.hpp"

#include "drivers/parts/mks/protocol.hpp"
#include "drivers/parts/polled/reply.hpp"
#include "schema/base/number.hpp"

#include <chrono>
#include <utility>

namespace relaxd::drivers::parts::mks {
namespace {

using link::Query;
using std::chrono::milliseconds;

constexpr int usual_address = 253;

class Mks final : public Dialect {
  public:
    Mks(int address, std::string channel) : address_(address), channel_(std::move(channel)) {}

    std::string name() const override { return "MKS gauge, address " + std::to_string(address_); }

    link::ExchangeSettings exchange() const override {
        link::ExchangeSettings settings;
        settings.framing = link::by_terminator(std::string(terminator));
        settings.gap = milliseconds(10);
        settings.deadlines.first_byte = milliseconds(400);
        settings.deadlines.between_bytes = milliseconds(200);
        settings.deadlines.overall = milliseconds(1000);
        settings.worst_latency = milliseconds(2000);
        settings.sentinel =
            ask("SN", [](const Reply& reply) { return !reply.is_ack || is_serial(reply.text); });
        return settings;
    }

    /// Not every one knows every word: NAK is an answer.
    std::vector<Query> identify() override {
        const auto fits = [](const Reply& reply) { return !reply.is_ack || is_token(reply.text); };
        return {ask("SN", fits), ask("MD", fits), ask("FV", fits)};
    }

    Result<Identity> identity(Replies replies) override {
        if (replies.size() != 3) {
            return fail(Errc::corrupt, "not every question about its identity was answered");
        }
        Identity identity;
        identity.vendor = "MKS";
        identity.serial_number = text_of(replies[0]);
        identity.model = text_of(replies[1]);
        identity.firmware = text_of(replies[2]);
        if (identity.model.empty()) {
            identity.model = "937B or 900 series";
        }
        identity.simulated = identity.serial_number.starts_with("999");
        return identity;
    }

    std::vector<Quantity> quantities() const override {
        Quantity pressure;
        pressure.name = "pressure_Pa";
        pressure.unit = "Pa";
        pressure.every_s = 0.1;  // two exchanges of 30 bytes at 9600 baud
        return {std::move(pressure)};
    }

    Group group_of(const std::string& /*quantity*/) override {
        Group group;
        group.quantities = {"pressure_Pa"};
        group.queries = {
            ask("PR" + channel_, [](const Reply&) { return true; }),
            ask("U", [](const Reply& reply) { return !reply.is_ack || is_unit(reply.text); })
        };
        return group;
    }

    Result<std::vector<PartValue>> decode(const Group& group, Replies replies) override {
        const auto reading = replies.size() == 2 ? reply_of(replies[0], address_) : std::nullopt;
        const auto unit = reading ? reply_of(replies[1], address_) : std::nullopt;
        if (!reading || !unit) {
            return fail(Errc::corrupt, "the reading of channel " + channel_ + " makes no sense");
        }
        PartValue value;
        value.quantity = group.quantities.front();
        if (!reading->is_ack) {
            value.status = "refused_" + std::string(reading->text);
            return std::vector{std::move(value)};
        }
        const Pressure pressure = pressure_of(reading->text);
        const auto pascals = unit->is_ack ? pascals_of_unit(unit->text) : std::nullopt;
        value.status = pressure.status;
        if (value.status.empty() && !pascals) {
            value.status = "unknown_unit";
        }
        if (value.status.empty()) {
            value.number = pressure.number * *pascals;
        }
        return std::vector{std::move(value)};
    }

    Result<std::vector<Query>> write(const std::string& quantity, double /*value*/) override {
        return fail(Errc::refused, "nothing of a gauge can be set, and no " + quantity);
    }

    /// Nothing is driven; it is there.
    SafeState safe_state() override {
        SafeState safe;
        safe.queries = identify();
        safe.is_safe = [](Replies) { return Result<void>(); };
        return safe;
    }

  private:
    static bool is_unit(std::string_view text) {
        return is_token(text) && text.find_first_of("0123456789") == std::string_view::npos;
    }
    [[nodiscard]] std::string text_of(std::string_view frame) const {
        const auto reply = reply_of(frame, address_);
        return reply && reply->is_ack ? std::string(reply->text) : std::string();
    }
    template <typename Fits>
    [[nodiscard]] Query ask(const std::string& word, Fits fits) const {
        Query query(question(address_, word));
        query.fits = [address = address_, fits](std::string_view frame) {
            const auto reply = reply_of(frame, address);
            return reply && fits(*reply);
        };
        return query;
    }

    int address_;
    std::string channel_;
};

}  // namespace

Result<std::unique_ptr<Dialect>> make_dialect(const std::map<std::string, std::string>& options) {
    const auto channel = chosen(options, "channel", {"1", "2", "3", "4", "5", "6"});
    if (!channel) {
        return fail(channel.error());
    }
    int address = usual_address;
    if (const auto found = options.find("address"); found != options.end()) {
        const auto number = to_count(found->second);
        if (!number || *number < 1 || *number > everybody) {
            return fail(
                Errc::invalid, "'" + found->second + "' is no address from 1 to 254", "address"
            );
        }
        address = static_cast<int>(*number);
    }
    return std::make_unique<Mks>(address, *channel);
}

}  // namespace relaxd::drivers::parts::mks
