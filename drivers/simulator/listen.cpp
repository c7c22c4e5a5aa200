// SPDX-License-Identifier: MIT
#include "drivers/simulator/listen.hpp"

namespace relaxd::simulator {

namespace asio = boost::asio;

Result<std::string> listen_on(
    asio::ip::tcp::acceptor& acceptor, const std::string& address, std::uint16_t port
) {
    boost::system::error_code error;
    const std::string where = "tcp://" + address + ":" + std::to_string(port);
    const asio::ip::address parsed =
        asio::ip::make_address(address == "localhost" ? "127.0.0.1" : address, error);
    if (error) {
        return fail(Errc::invalid, "not an IP address", where, "write tcp://127.0.0.1:0");
    }
    const asio::ip::tcp::endpoint endpoint(parsed, port);
    acceptor.open(endpoint.protocol(), error);
    if (!error) {
        acceptor.set_option(asio::ip::tcp::acceptor::reuse_address(true), error);
    }
    if (!error) {
        acceptor.bind(endpoint, error);
    }
    if (!error) {
        acceptor.listen(8, error);
    }
    if (error) {
        return fail(Errc::io, "cannot listen: " + error.message(), where, "take port 0 for any");
    }
    return "tcp://" + parsed.to_string() + ":" +
           std::to_string(acceptor.local_endpoint(error).port());
}

}  // namespace relaxd::simulator
