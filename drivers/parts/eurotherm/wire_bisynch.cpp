// SPDX-License-Identifier: MIT
#include "drivers/parts/eurotherm/protocol.hpp"
#include "drivers/parts/eurotherm/wire.hpp"
#include "drivers/parts/polled/reply.hpp"

#include <chrono>
#include <string>

namespace relaxd::drivers::parts::eurotherm {
namespace {

using link::FrameEnd;
using link::Query;
using std::chrono::milliseconds;

constexpr std::string_view error_mnemonic = "EE";

FrameEnd end_of(std::string_view received) {
    const auto size = frame_size(received);
    return size ? FrameEnd(*size) : FrameEnd::junk();
}

class Bisynch final : public Wire {
  public:
    explicit Bisynch(const WireOptions& options) : options_(options) {}

    void set_up(link::ExchangeSettings& settings) const override {
        settings.framing = end_of;
        settings.gap = milliseconds(20);  // it does not hear while it sends the checksum
        settings.deadlines.first_byte = milliseconds(400);
        settings.deadlines.between_bytes = milliseconds(200);
        settings.deadlines.overall = milliseconds(1000);
        settings.worst_latency = milliseconds(2000);
    }

    Query sentinel() override { return ask("II"); }

    Query read(const Parameter& parameter) override { return ask(parameter.mnemonic); }

    Result<double> value(const Parameter& parameter, std::string_view frame) const override {
        const std::string named(parameter.mnemonic);
        if (is_absent(frame)) {
            return fail(Errc::refused, "the controller has no parameter " + named);
        }
        const auto data = data_of(frame, parameter.mnemonic);
        const auto number = data ? number_of(*data) : std::nullopt;
        if (!number) {
            return fail(Errc::corrupt, named + " was not answered by a number");
        }
        return *number;
    }

    Result<std::vector<Query>> write(const Parameter& parameter, double value) override {
        const int decimals = parameter.kind == Kind::floating ? options_.decimals : 0;
        Query query(select(options_.address, parameter.mnemonic, fixed_text(value, decimals)));
        query.fits = [](std::string_view frame) {
            return frame.size() == 1 && (frame.front() == ack || frame.front() == nak);
        };
        return std::vector{std::move(query), ask(error_mnemonic)};
    }

    Result<void> taken(const Parameter& parameter, Replies replies) const override {
        if (replies.size() == 2 && replies[0].size() == 1 && replies[0].front() == ack) {
            return {};
        }
        std::string why = "it does not say why";
        if (replies.size() == 2) {
            const auto data = data_of(replies[1], error_mnemonic);
            const auto code = data ? number_of(*data) : std::nullopt;
            why = code ? error_sentence(static_cast<int>(*code)) : why;
        }
        return fail(
            Errc::refused,
            "the controller does not take " + std::string(parameter.mnemonic) + ": " + why
        );
    }
    std::size_t replies_per_write() const override { return 2; }

  private:
    [[nodiscard]] Query ask(std::string_view mnemonic) const {
        Query query(poll(options_.address, mnemonic));
        query.fits = [named = std::string(mnemonic)](std::string_view frame) {
            return is_absent(frame) || data_of(frame, named).has_value();
        };
        return query;
    }

    WireOptions options_;
};

}  // namespace

std::unique_ptr<Wire> make_bisynch(const WireOptions& options) {
    return std::make_unique<Bisynch>(options);
}

}  // namespace relaxd::drivers::parts::eurotherm
