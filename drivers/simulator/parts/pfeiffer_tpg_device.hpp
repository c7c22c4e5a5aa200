// SPDX-License-Identifier: MIT
//
// A simulated Pfeiffer TPG 262 at the rig's vacuum, as drivers/parts/pfeiffer_tpg/README.md
// describes the instrument: gauge 1 is the rig's, at input 2 there is none. Its firmware is called
// 999-510-A, for it has no serial number.

#pragma once

#include "drivers/simulator/parts/thermal_device.hpp"

#include <optional>
#include <string>

namespace relaxd::simulator {

struct PfeifferTpgOptions {
    std::string firmware = "999-510-A";
    unsigned unit = 0;        ///< 0 mbar, 1 Torr, 2 Pa.
    double stream_s = 0.0;    ///< From power-on it sends by itself so often; 0: not.
    bool needs_crlf = false;  ///< ENQ only with CR LF behind it.
    PfeifferTpgOptions() = default;
};

class PfeifferTpgDevice final : public ThermalDevice {
  public:
    PfeifferTpgDevice(PendulumRig& rig, PfeifferTpgOptions options);

    /// Gauge 1 shows this instead of the rig's vacuum; nothing: the rig.
    void show(std::optional<double> pressure_Pa) { shown_Pa_ = pressure_Pa; }
    /// Of gauge 1 from now on; 0: what the rig's gauge says.
    void say_status(unsigned status) { status_ = status; }
    /// As somebody at its front panel does.
    void press_unit(unsigned unit) { options_.unit = unit; }
    /// Power lost and back: it streams again, if it does.
    void reboot();

    [[nodiscard]] unsigned unit() const { return options_.unit; }
    [[nodiscard]] bool streams() const { return every_s_ > 0.0; }
    [[nodiscard]] SteadyTime next_wake() const override;

  private:
    void hear() override;
    void tick() override;
    void obey(std::string word);
    [[nodiscard]] bool understand(const std::string& word);
    [[nodiscard]] std::string gauge_line(int gauge) const;
    void fetch();

    PfeifferTpgOptions options_;
    std::optional<double> shown_Pa_;
    unsigned status_ = 0;
    std::string errors_ = "0000";
    std::string mnemonic_;  ///< What ENQ fetches; empty: nothing.
    double every_s_ = 0.0;  ///< Of the stream.
    SteadyTime next_line_;
};

}  // namespace relaxd::simulator
