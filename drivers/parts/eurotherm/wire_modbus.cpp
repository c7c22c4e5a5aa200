// SPDX-License-Identifier: MIT
#include "drivers/modbus/registers.hpp"
#include "drivers/modbus/rtu.hpp"
#include "drivers/modbus/tcp.hpp"
#include "drivers/parts/eurotherm/wire.hpp"
#include "schema/base/number.hpp"

#include <chrono>
#include <cmath>
#include <string>

namespace relaxd::drivers::parts::eurotherm {
namespace {

using link::FrameEnd;
using link::Query;
using modbus::Bytes;
using modbus::Request;
using std::chrono::milliseconds;

constexpr std::uint32_t ieee_region = 0x8000;
constexpr std::size_t exception_size = 5;
constexpr std::uint8_t exception_bit = 0x80;
constexpr std::size_t mbap_length_end = 6;
constexpr std::size_t least_length = 3;  ///< Unit, function, one byte.

std::string text_of(const Bytes& bytes) {
    return {bytes.begin(), bytes.end()};
}

Bytes bytes_of(std::string_view text) {
    return {text.begin(), text.end()};
}

std::uint8_t byte_at(std::string_view text, std::size_t at) {
    return static_cast<std::uint8_t>(text[at]);
}

/// What both Modbus wires have in common: parameters as requests, replies as numbers.
class ModbusWire : public Wire {
  public:
    explicit ModbusWire(const WireOptions& options)
        : options_(options), unit_(static_cast<std::uint8_t>(options.address)) {}

    /// Three words at once, as nothing else is asked.
    Query sentinel() override {
        const Parameter* first = find_parameter(options_.series, Meaning::process_value);
        return query_of(Request::read_holding_registers(first->address, 3).value());
    }

    Query read(const Parameter& parameter) override { return query_of(read_request(parameter)); }

    Result<double> value(const Parameter& parameter, std::string_view frame) const override {
        const Request request = read_request(parameter);
        const Result<modbus::Answer> answer = answer_of(frame, request);
        if (!answer) {
            return fail(answer.error());
        }
        const Result<modbus::Reply> reply = modbus::reply_or_error(*answer, unit_, request);
        if (!reply) {
            return fail(reply.error());
        }
        if (is_float(parameter)) {
            const auto number = modbus::to_float(
                {reply->registers.at(0), reply->registers.at(1)}, modbus::Order::abcd
            );
            if (!number) {
                return fail(
                    Errc::refused,
                    "register " + std::to_string(parameter.address) + " holds no number"
                );
            }
            return static_cast<double>(*number);
        }
        const std::uint16_t held = reply->registers.at(0);
        if (parameter.kind == Kind::word) {
            return static_cast<double>(held);
        }
        const double whole = modbus::to_i16(held);
        return parameter.kind == Kind::floating ? whole / scale() : whole;
    }

    /// With function 16, also a single register: the reply to 6 would be the request itself.
    Result<std::vector<Query>> write(const Parameter& parameter, double value) override {
        std::uint32_t address = parameter.address;
        std::vector<std::uint16_t> registers;
        if (is_float(parameter)) {
            const auto pair = modbus::from_float(static_cast<float>(value), modbus::Order::abcd);
            if (!pair) {
                return fail(Errc::refused, to_text(value) + " is no number of 32 bits");
            }
            address = ieee_region + 2U * parameter.address;
            registers = {pair->at(0), pair->at(1)};
        } else {
            const double counts =
                std::round(parameter.kind == Kind::floating ? value * scale() : value);
            if (std::abs(counts) > 32767.0) {
                return fail(
                    Errc::refused,
                    to_text(value) + " with " + std::to_string(options_.decimals) +
                        " decimals does not fit into a register of 16 bits",
                    {},
                    "use numbers = \"ieee\""
                );
            }
            registers = {modbus::from_i16(static_cast<std::int16_t>(counts))};
        }
        const auto request = Request::write_registers(address, std::move(registers));
        if (!request) {
            return fail(request.error());
        }
        return std::vector{query_of(*request)};
    }

    /// The exception's sentence; what was taken is read back.
    Result<void> taken(const Parameter& parameter, Replies replies) const override {
        const bool is_exception = !replies.empty() && is_exception_frame(replies.front());
        if (!is_exception) {
            return {};
        }
        return fail(
            Errc::refused,
            "the controller does not take register " + std::to_string(parameter.address) + ": " +
                modbus::exception_name(byte_at(replies.front(), function_at() + 1))
        );
    }
    std::size_t replies_per_write() const override { return 1; }

  protected:
    [[nodiscard]] virtual Query query_of(const Request& request) = 0;
    [[nodiscard]] virtual Result<modbus::Answer> answer_of(
        std::string_view frame, const Request& request
    ) const = 0;
    /// Where the function code stands in a frame.
    [[nodiscard]] virtual std::size_t function_at() const = 0;
    [[nodiscard]] std::uint8_t unit() const { return unit_; }

  private:
    [[nodiscard]] bool is_float(const Parameter& parameter) const {
        return parameter.kind == Kind::floating && !options_.is_scaled;
    }
    [[nodiscard]] double scale() const { return std::pow(10.0, options_.decimals); }
    [[nodiscard]] Request read_request(const Parameter& parameter) const {
        const bool is_pair = is_float(parameter);
        const std::uint32_t address =
            is_pair ? ieee_region + 2U * parameter.address : parameter.address;
        return Request::read_holding_registers(address, is_pair ? 2 : 1).value();
    }
    [[nodiscard]] bool is_exception_frame(std::string_view frame) const {
        return frame.size() > function_at() + 1 &&
               (byte_at(frame, function_at()) & exception_bit) != 0;
    }

    WireOptions options_;
    std::uint8_t unit_;
};

class RtuWire final : public ModbusWire {
  public:
    using ModbusWire::ModbusWire;

    /// What comes unasked is no frame: all of it goes.
    void set_up(link::ExchangeSettings& settings) const override {
        settings.framing = [](std::string_view received) { return FrameEnd(received.size()); };
        settings.gap = milliseconds(10);  // 3.5 characters at 9600 baud are 4 ms
        settings.deadlines.first_byte = milliseconds(400);
        settings.deadlines.between_bytes = milliseconds(200);
        settings.deadlines.overall = milliseconds(1000);
        settings.worst_latency = milliseconds(2000);
    }

  protected:
    Query query_of(const Request& request) override {
        Query query(text_of(modbus::encode_rtu(unit(), request).value()));
        const auto function = static_cast<std::uint8_t>(request.function());
        const std::size_t whole = modbus::rtu_reply_size(request);
        query.framing = [of = unit(), function, whole](std::string_view received) {
            if (byte_at(received, 0) != of) {
                return FrameEnd::junk();
            }
            if (received.size() < 2) {
                return FrameEnd();
            }
            const bool is_exception = byte_at(received, 1) == (function | exception_bit);
            if (!is_exception && byte_at(received, 1) != function) {
                return FrameEnd::junk();
            }
            const std::size_t size = is_exception ? exception_size : whole;
            return received.size() < size ? FrameEnd() : FrameEnd(size);
        };
        query.fits = [of = unit(), request](std::string_view frame) {
            const auto decoded = modbus::decode_rtu(bytes_of(frame));
            return decoded && modbus::match(*decoded, of, request).has_value();
        };
        return query;
    }
    Result<modbus::Answer> answer_of(std::string_view frame, const Request& request)
        const override {
        const auto decoded = modbus::decode_rtu(bytes_of(frame));
        return decoded ? modbus::match(*decoded, unit(), request) : fail(decoded.error());
    }
    std::size_t function_at() const override { return 1; }
};

FrameEnd end_of_tcp(std::string_view received) {
    if (received.size() < mbap_length_end) {
        return {};
    }
    const std::size_t length =
        static_cast<std::size_t>(byte_at(received, 4)) << 8U | byte_at(received, 5);
    if (byte_at(received, 2) != 0 || byte_at(received, 3) != 0 || length < least_length ||
        length > modbus::max_pdu + 1) {
        return FrameEnd::junk();
    }
    const std::size_t size = mbap_length_end + length;
    return received.size() < size ? FrameEnd() : FrameEnd(size);
}

class TcpWire final : public ModbusWire {
  public:
    using ModbusWire::ModbusWire;

    void set_up(link::ExchangeSettings& settings) const override {
        settings.framing = end_of_tcp;
        settings.gap = milliseconds(2);
        settings.deadlines.first_byte = milliseconds(400);
        settings.deadlines.between_bytes = milliseconds(200);
        settings.deadlines.overall = milliseconds(1000);
        settings.worst_latency = milliseconds(2000);
    }

  protected:
    Query query_of(const Request& request) override {
        const std::uint16_t transaction = ++last_transaction_;
        Query query(text_of(modbus::encode_tcp(transaction, unit(), request)));
        query.fits = [transaction, of = unit(), request](std::string_view frame) {
            const auto decoded = modbus::decode_tcp(bytes_of(frame));
            return decoded && modbus::match(*decoded, transaction, of, request).has_value();
        };
        return query;
    }
    Result<modbus::Answer> answer_of(std::string_view frame, const Request& request)
        const override {
        const auto decoded = modbus::decode_tcp(bytes_of(frame));
        return decoded ? modbus::match(*decoded, decoded->transaction, unit(), request)
                       : fail(decoded.error());
    }
    std::size_t function_at() const override { return modbus::mbap_header; }

  private:
    std::uint16_t last_transaction_ = 0;
};

}  // namespace

std::unique_ptr<Wire> make_rtu(const WireOptions& options) {
    return std::make_unique<RtuWire>(options);
}

std::unique_ptr<Wire> make_tcp(const WireOptions& options) {
    return std::make_unique<TcpWire>(options);
}

}  // namespace relaxd::drivers::parts::eurotherm
