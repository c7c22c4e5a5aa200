// SPDX-License-Identifier: MIT
//
// A simulated MKS 937B at the rig's vacuum, as drivers/parts/mks/README.md describes the
// instrument: channel 1 has the rig's gauge, the others none. Its serial number is 999000001.

#pragma once

#include "drivers/simulator/parts/thermal_device.hpp"

#include <optional>
#include <string>

namespace relaxd::simulator {

struct MksOptions {
    int address = 253;
    std::string serial_number = "999000001";
    std::string unit = "TORR";  ///< As U? says it.
    bool knows_model = true;    ///< Else MD? and FV? are refused.
    MksOptions() = default;
};

class MksDevice final : public ThermalDevice {
  public:
    MksDevice(PendulumRig& rig, MksOptions options);

    /// Channel 1 shows this instead of the rig's vacuum; nothing: the rig.
    void show(std::optional<double> pressure_Pa) { shown_Pa_ = pressure_Pa; }
    /// Instead of a number from now on; empty: the number.
    void say_word(std::string word) { word_ = std::move(word); }
    /// As somebody at its front panel does.
    void press_unit(std::string unit) { options_.unit = std::move(unit); }
    /// Power lost and back.
    void reboot();

  private:
    void hear() override;
    void obey(const std::string& message);
    [[nodiscard]] std::string answer(const std::string& command) const;
    [[nodiscard]] std::string pressure() const;

    MksOptions options_;
    std::optional<double> shown_Pa_;
    std::string word_;
};

}  // namespace relaxd::simulator
