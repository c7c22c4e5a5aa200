// SPDX-License-Identifier: MIT
//
// A daemon that the test plays: it gives the answers it was told to, one a connection, and keeps
// what it was asked.
#pragma once

#include "tests/support/catch.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstdlib>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace relaxd::test {

/// Answers one request after the other with the given answers and keeps what it was sent.
class PlayedDaemon {
  public:
    explicit PlayedDaemon(std::vector<std::string> answers) : answers_(std::move(answers)) {
        listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the sockets interface
        auto* any = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(bind(listener_, any, size) == 0);
        REQUIRE(listen(listener_, 8) == 0);
        REQUIRE(getsockname(listener_, any, &size) == 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~PlayedDaemon() {
        shutdown(listener_, SHUT_RDWR);
        thread_.join();
        close(listener_);
    }
    PlayedDaemon(const PlayedDaemon&) = delete;
    PlayedDaemon& operator=(const PlayedDaemon&) = delete;

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    /// Only after relaxctl has ended.
    [[nodiscard]] const std::vector<std::string>& requests() const { return requests_; }

  private:
    void serve() {
        for (const std::string& answer : answers_) {
            const int peer = accept(listener_, nullptr, nullptr);
            if (peer < 0) {
                return;
            }
            requests_.push_back(whole_request(peer));
            static_cast<void>(::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL));
            close(peer);
        }
    }

    static std::string whole_request(int peer) {
        std::string text;
        std::array<char, 4096> piece{};
        while (true) {
            const std::size_t head = text.find("\r\n\r\n");
            if (head != std::string::npos) {
                const std::size_t at = text.find("Content-Length: ");
                const std::size_t body =
                    at == std::string::npos
                        ? 0
                        : static_cast<std::size_t>(std::atol(text.c_str() + at + 16));
                if (text.size() >= head + 4 + body) {
                    return text;
                }
            }
            const ssize_t got = recv(peer, piece.data(), piece.size(), 0);
            if (got <= 0) {
                return text;
            }
            text.append(piece.data(), static_cast<std::size_t>(got));
        }
    }

    std::vector<std::string> answers_;
    std::vector<std::string> requests_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

inline std::string answer(const std::string& status, const std::string& body) {
    return "HTTP/1.1 " + status +
           "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\nConnection: close\r\n\r\n" + body;
}

}  // namespace relaxd::test
