// SPDX-License-Identifier: MIT
//
// The instrument of a description (schema/protocol) as its wire sees it: every command of the file
// is answered byte for byte as the file says, every other by nothing. Set points act, what follows
// one runs after it, noise comes from a seed. It calls itself "simulated" in its identity.

#pragma once

#include "drivers/simulator/sim_device.hpp"
#include "schema/base/result.hpp"
#include "schema/protocol/description.hpp"

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>

namespace relaxd::simulator {

class ProtocolDevice final : public SimDevice {
  public:
    /// `invalid`: the identity's answer has no {firmware:word} to say "simulated" in.
    [[nodiscard]] static Result<void> check(const protocol::Description& description);

    ProtocolDevice(protocol::Description description, std::uint64_t seed, std::string serial = {});

    void receive(std::string_view bytes, SteadyTime now) override;
    void advance_to(SteadyTime now) override;
    [[nodiscard]] std::string take_output() override;
    [[nodiscard]] SteadyTime next_wake() const override;
    void connect() override;
    void disconnect() override { is_connected_ = false; }
    [[nodiscard]] bool connected() const override { return is_connected_; }
    [[nodiscard]] RunPosition run_position() const override;

    /// Power lost and back: set points as at the start, the power-on bit set.
    void reboot();
    /// As somebody at its front panel does; device units.
    void turn(const std::string& device_name, double value) { values_[device_name] = value; }
    /// What {status} of the replies says from now on; empty = the first good word.
    void say_status(std::string word) { status_ = std::move(word); }
    /// Device units.
    [[nodiscard]] double value(const std::string& device_name) const;

  private:
    void answer(std::string_view text);
    [[nodiscard]] bool answer_set(const std::string& text);
    [[nodiscard]] bool answer_query(const std::string& text);
    [[nodiscard]] bool answer_reboot(const std::string& text);
    void say(const std::string& text);
    void put(const protocol::SetRule& rule, double number);
    [[nodiscard]] double target_of(const protocol::Played& played) const;
    [[nodiscard]] std::string shown(const std::string& device_name);

    protocol::Description description_;
    std::mt19937_64 random_;
    std::string serial_;
    std::string status_;
    std::map<std::string, double> values_;  ///< By device name.
    std::string received_;
    std::string output_;
    SteadyTime now_;
    SteadyTime since_;
    bool is_connected_ = false;
    bool is_begun_ = false;
    bool is_new_ = true;  ///< The power-on bit.
};

}  // namespace relaxd::simulator
