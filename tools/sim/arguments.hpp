// SPDX-License-Identifier: MIT
//
// What relaxsim was asked for, and how it says no: the exit codes of CONTRACT 1.

#pragma once

#include "schema/base/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace relaxd::tools::sim {

inline constexpr int exit_other = 1;
inline constexpr int exit_usage = 2;

struct Arguments {
    std::string kind;
    std::string file;  ///< Of `protocol`.
    std::string listen;
    std::string pty;
    std::string material = "la60ni15al25";
    std::string seed = "1";
    double speed = 1.0;
    std::string bench = "plain";
    std::string faults;
    std::string record;
    bool noise_free = false;
    bool drift = false;
    std::vector<std::string> parts;  ///< Of `pendulum`, as the next two.
    std::string config;
    std::string specimen = "glass";
    Arguments() = default;
};

/// Where a TCP server listens.
struct Target {
    std::string address;
    std::uint16_t port = 0;
    Target() = default;
};

/// `tcp://ADDRESS:PORT`; error `invalid`, which names `where` it stands.
[[nodiscard]] Result<Target> parse_listen(const std::string& uri, const std::string& where);

[[nodiscard]] Result<std::uint64_t> seed_of(const Arguments& arguments);

/// Says the sentence on stderr and gives the code back.
[[nodiscard]] int complain(int code, const std::string& sentence);
/// 2 for what the user wrote (`invalid`, `not_found`), else 1.
[[nodiscard]] int complain(const Error& error);

}  // namespace relaxd::tools::sim
