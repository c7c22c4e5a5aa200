// SPDX-License-Identifier: MIT
//
// A scripted instrument at the other end of a link in memory, written from the protocol's document:
// own checksum, own parsing, nothing shared with the driver. It answers properly unless told to
// fail.
#pragma once

#include "drivers/link/link.hpp"
#include "drivers/link/signal.hpp"

#include <boost/asio/io_context.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace relaxd::test {

/// CRC-32 bit by bit, unlike the driver's table.
inline std::uint32_t slow_crc32(const std::string& bytes) {
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char c : bytes) {
        crc ^= static_cast<unsigned char>(c);
        for (int i = 0; i < 8; ++i) {
            const bool low = (crc & 1U) != 0;
            crc >>= 1U;
            if (low) {
                crc ^= 0xEDB88320U;
            }
        }
    }
    return ~crc;
}

inline std::string framed(const std::string& payload) {
    std::array<char, 16> crc{};
    std::snprintf(crc.data(), crc.size(), "%08X", slow_crc32(payload));
    return payload + " *" + crc.data() + "\n";
}

/// A plausible oscillation reading; E'' / E' is tan delta.
inline std::string reading_line(std::uint64_t number, int segment = 1) {
    return framed(
        "R " + std::to_string(number) + " " + std::to_string(number) + ".5 " +
        std::to_string(segment) +
        " 300.12 300 1 0.05 0.12345 1.5e-05 0.02 3e+10 6e+08 0.02 0.0001 " + "3000000 -"
    );
}

enum class Fault { none, silence, disconnect, corrupt_byte, error_reply, late };

/// What to do with the n-th request of a verb ("method begin" counts apart from "method line").
struct FaultPlan {
    std::string verb;
    Fault fault = Fault::none;
    int times = 1;
};

class FakeInstrument : public std::enable_shared_from_this<FakeInstrument> {
  public:
    explicit FakeInstrument(boost::asio::any_io_executor executor)
        : executor_(std::move(executor)) {}

    /// Serves `end` until it breaks. Start with co_spawn.
    static boost::asio::awaitable<void> serve(
        std::shared_ptr<FakeInstrument> self, std::unique_ptr<drivers::link::ByteLink> end
    );

    /// Writes bytes as they are, as soon as the link takes them.
    void emit(const std::string& bytes);
    void emit_reading(std::uint64_t number) { emit(reading_line(number)); }
    /// Hangs up at once.
    void hang_up();

    std::vector<FaultPlan> faults;
    std::vector<std::string> received;    ///< Payloads without ID, in order.
    std::map<std::string, int> executed;  ///< By verb; a repeated ID is not executed again.
    std::map<std::uint64_t, std::string> readings;  ///< Whole lines that resend can still deliver.
    std::uint64_t newest = 0;
    bool loses_states = false;  ///< The S line of a start is lost on the way.
    std::string state = "idle";
    std::string token = "-";
    std::string identity =
        "protocol=1 vendor=Fake model=Q800_class serial=F-1 firmware=1.0 simulated=1 keeps=4096";
    std::string geometry =
        " length_m=0.0175 width_m=0.003 thickness_m=0.001 poisson_ratio=0.35";  ///< In force.
    bool keeps_late = false;   ///< As a serial line: late answers outlive the connection.
    std::string status_more;   ///< Further keys of `status`, a blank before each.
    std::string guard_answer;  ///< Instead of the seconds that it was told.
    std::function<void(const std::string& verb)> on_request;  ///< Before the answer.

  private:
    void on_line(const std::string& line);
    std::string answer(const std::string& verb, const std::vector<std::string>& words);
    std::string resend(const std::vector<std::string>& words);
    Fault fault_for(const std::string& verb);
    /// One connection: the newest is the one that emit() writes to.
    struct Connection {
        Connection(
            const boost::asio::any_io_executor& executor, std::unique_ptr<drivers::link::ByteLink> e
        )
            : end(std::move(e)), signal(executor) {}
        std::unique_ptr<drivers::link::ByteLink> end;
        drivers::link::Signal signal;
        std::string out;
    };
    static boost::asio::awaitable<void> write_loop(std::shared_ptr<Connection> connection);

    boost::asio::any_io_executor executor_;
    std::shared_ptr<Connection> connection_;
    std::map<std::string, std::string> answered_;  ///< By ID.
    std::string held_back_;                        ///< Late answers.
};

}  // namespace relaxd::test
