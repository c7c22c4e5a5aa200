// SPDX-License-Identifier: MIT
//
// The driver's side of a ChaosProxy: memory, a listening TCP socket, a pseudo-terminal.
#pragma once

#include "tests/conformance/kit/chaos_proxy.hpp"

#include <memory>
#include <string>

namespace relaxd::test::kit {

[[nodiscard]] std::unique_ptr<drivers::link::Opener> memory_front(ChaosProxy& proxy, bool is_slow);

/// Both put the front into `front` and return the URI.
[[nodiscard]] Result<std::string> tcp_front(
    std::weak_ptr<ChaosProxy> proxy,
    const boost::asio::any_io_executor& executor,
    std::shared_ptr<ChaosProxy::Front>& front
);
[[nodiscard]] Result<std::string> pty_front(
    std::weak_ptr<ChaosProxy> proxy,
    const boost::asio::any_io_executor& executor,
    const std::string& path,
    std::shared_ptr<ChaosProxy::Front>& front
);

}  // namespace relaxd::test::kit
