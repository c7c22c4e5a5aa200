// SPDX-License-Identifier: MIT
//
// The LabJack T7 as a polled part: inputs AIN0 … AIN3, outputs DAC0 and DAC1, how its inputs are
// set, and the watchdog that takes the outputs to 0 V when the host is gone.

#pragma once

#include "drivers/parts/labjack_t7/protocol.hpp"
#include "drivers/parts/polled/dialect.hpp"
#include "schema/base/result.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace relaxd::drivers::parts::labjack_t7 {

struct Settings {
    double range_V = 10.0;                ///< 10, 1, 0.1 or 0.01: of all inputs.
    std::uint32_t resolution = 8;         ///< 1 … 8 (T7-Pro: 12), of polled readings.
    std::uint32_t stream_resolution = 0;  ///< 0 … 8; 0 is the device's choice: 1, the fastest.
    double settling_us = 0.0;             ///< 0: the device chooses.
    std::uint32_t watchdog_s = 30;        ///< 0: the watchdog is left as it is.
    Settings() = default;
};
/// `range_V`, `resolution`, `stream_resolution`, `settling_us`, `watchdog_s`. `invalid` names the
/// key and what it may be.
[[nodiscard]] Result<Settings> parse_settings(const std::map<std::string, std::string>& options);

class T7Dialect final : public Dialect {
  public:
    explicit T7Dialect(Settings settings) : settings_(settings) {}

    [[nodiscard]] std::string name() const override { return "LabJack T7"; }
    [[nodiscard]] link::ExchangeSettings exchange() const override;
    [[nodiscard]] std::vector<link::Query> identify() override;
    [[nodiscard]] Result<Identity> identity(Replies replies) override;
    [[nodiscard]] std::vector<Preparation> preparations() override;
    [[nodiscard]] std::vector<Quantity> quantities() const override;
    [[nodiscard]] Group group_of(const std::string& quantity) override;
    [[nodiscard]] Result<std::vector<PartValue>> decode(const Group& group, Replies replies)
        override;
    [[nodiscard]] Result<std::vector<link::Query>> write(const std::string& quantity, double value)
        override;
    [[nodiscard]] Result<void> written(const std::string& quantity, double value, Replies replies)
        override;
    [[nodiscard]] RebootCheck reboot_check() override;
    [[nodiscard]] SafeState safe_state() override;

    /// With the next transaction number.
    [[nodiscard]] link::Query ask(const Question& question) {
        return question.query(next_transaction());
    }
    [[nodiscard]] const Settings& settings() const { return settings_; }

  private:
    [[nodiscard]] std::uint16_t next_transaction();
    [[nodiscard]] Preparation input_settings();
    [[nodiscard]] Preparation watchdog();

    Settings settings_;
    std::uint16_t transaction_ = 0;  ///< The sentinel alone has 0.
    std::shared_ptr<std::optional<std::uint32_t>> ticks_ =
        std::make_shared<std::optional<std::uint32_t>>();
};

}  // namespace relaxd::drivers::parts::labjack_t7
