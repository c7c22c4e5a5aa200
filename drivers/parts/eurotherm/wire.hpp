// SPDX-License-Identifier: MIT
//
// How parameters are asked and written on each of the three wires. One object a device; no I/O.

#pragma once

#include "drivers/link/exchange.hpp"
#include "drivers/parts/eurotherm/parameters.hpp"
#include "drivers/parts/polled/dialect.hpp"
#include "schema/base/result.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace relaxd::drivers::parts::eurotherm {

class Wire {
  public:
    virtual ~Wire() = default;

    /// Framing and rhythm, but for the sentinel.
    virtual void set_up(link::ExchangeSettings& settings) const = 0;
    /// Its answer is longer than that to any other question, or names what it answers.
    [[nodiscard]] virtual link::Query sentinel() = 0;

    [[nodiscard]] virtual link::Query read(const Parameter& parameter) = 0;
    /// The number in the device's unit. `refused`: the device says why it has none; `corrupt`.
    [[nodiscard]] virtual Result<double> value(const Parameter& parameter, std::string_view frame)
        const = 0;

    /// `refused`: the wire cannot carry this number.
    [[nodiscard]] virtual Result<std::vector<link::Query>> write(
        const Parameter& parameter, double value
    ) = 0;
    /// What the device said to write()'s queries, `size` of them for each.
    [[nodiscard]] virtual Result<void> taken(const Parameter& parameter, Replies replies) const = 0;
    [[nodiscard]] virtual std::size_t replies_per_write() const = 0;
};

struct WireOptions {
    Series series = Series::s2400;
    int address = 1;
    int decimals = 1;  ///< Of what is scaled or written as text.
    bool is_scaled = false;
    WireOptions() = default;
};

[[nodiscard]] std::unique_ptr<Wire> make_rtu(const WireOptions& options);
[[nodiscard]] std::unique_ptr<Wire> make_tcp(const WireOptions& options);
[[nodiscard]] std::unique_ptr<Wire> make_bisynch(const WireOptions& options);

}  // namespace relaxd::drivers::parts::eurotherm
