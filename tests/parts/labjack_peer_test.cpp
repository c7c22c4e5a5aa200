// SPDX-License-Identifier: MIT
//
// The simulated LabJack T7 on a TCP port, asked by a client that shares no code with the driver
// (labjack_peer.py): what our driver understands is what the documentation says.
#include "drivers/simulator/parts/labjack_t7_device.hpp"
#include "drivers/simulator/sim_server.hpp"
#include "tests/support/catch.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <array>
#include <cstdio>
#include <string>
#include <thread>

using namespace relaxd;

namespace {

/// What a command prints.
std::string output_of(const std::string& command) {
    std::string out;
    FILE* const pipe = popen(command.c_str(), "r");  // NOLINT(cert-env33-c)
    if (pipe == nullptr) {
        return "cannot start it";
    }
    std::array<char, 256> buffer{};
    while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), pipe) != nullptr) {
        out += buffer.data();
    }
    pclose(pipe);
    return out;
}

}  // namespace

TEST_CASE("somebody else's client understands the simulated T7", "[labjack]") {
    simulator::PendulumRig rig{
        simulator::PendulumSetup(simulator::ShearMaterial::elastic(3.0e10)), 20.0
    };
    simulator::LabJackT7Device device(rig);
    device.feed(0, 3.21);
    device.feed(1, -3.21);
    boost::asio::io_context io;
    const SystemClock clock;
    simulator::SimServer server(io, device, clock, nullptr);
    const auto where = server.listen("127.0.0.1", 0);
    REQUIRE(where.has_value());
    const std::string port = where->substr(where->rfind(':') + 1);
    std::string said;
    std::thread client([&] {
        said = output_of(
            "/usr/bin/python3 " RELAXD_SOURCE_DIR "/tests/parts/labjack_peer.py " + port +
            " 3.21 2>&1"
        );
        boost::asio::post(io, [&server] { server.stop(); });
    });
    io.run();
    client.join();
    INFO(said);
    CHECK(said.ends_with("right\n"));
    CHECK_FALSE(device.is_streaming());
    CHECK(device.output_V(0) == Approx(2.0).margin(2.5e-3));
}
