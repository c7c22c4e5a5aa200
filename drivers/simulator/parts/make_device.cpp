// SPDX-License-Identifier: MIT
#include "drivers/simulator/parts/make_device.hpp"

#include "drivers/simulator/parts/eurotherm_device.hpp"
#include "drivers/simulator/parts/keysight_33500_device.hpp"
#include "drivers/simulator/parts/labjack_t7_device.hpp"
#include "drivers/simulator/parts/lake_shore_device.hpp"
#include "drivers/simulator/parts/mks_device.hpp"
#include "drivers/simulator/parts/pfeiffer_tpg_device.hpp"
#include "drivers/simulator/parts/solartron_device.hpp"
#include "drivers/simulator/parts/sr830_device.hpp"
#include "drivers/simulator/parts/sr86x_device.hpp"
#include "schema/base/nearest.hpp"
#include "schema/base/number.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace relaxd::simulator {
namespace {

/// Takes the options one by one; the first wrong value is kept.
class Reader {
  public:
    Reader(std::string device, const DeviceOptions& options)
        : device_(std::move(device)), options_(options) {}

    [[nodiscard]] std::string text(const std::string& key, const std::string& otherwise) const {
        const auto found = options_.find(key);
        return found == options_.end() ? otherwise : found->second;
    }
    /// One of `words`, by its place.
    [[nodiscard]] std::size_t choice(
        const std::string& key, std::span<const std::string_view> words, std::size_t otherwise
    ) {
        const auto found = options_.find(key);
        if (found == options_.end()) {
            return otherwise;
        }
        const auto word = std::ranges::find(words, found->second);
        if (word == words.end()) {
            refuse(key, "one of " + joined(words));
            return otherwise;
        }
        return static_cast<std::size_t>(word - words.begin());
    }
    [[nodiscard]] std::uint64_t count(
        const std::string& key, std::uint64_t otherwise, std::uint64_t most
    ) {
        const auto found = options_.find(key);
        if (found == options_.end()) {
            return otherwise;
        }
        const auto number = to_count(found->second);
        if (!number || *number > most) {
            refuse(key, "a whole number from 0 to " + std::to_string(most));
            return otherwise;
        }
        return *number;
    }
    [[nodiscard]] const std::optional<Error>& error() const { return error_; }

  private:
    void refuse(const std::string& key, std::string hint) {
        if (!error_) {
            error_ = Error{
                Errc::invalid,
                "'" + options_.at(key) + "' is no " + key + " of a simulated " + device_,
                key,
                std::move(hint)
            };
        }
    }

    std::string device_;
    const DeviceOptions& options_;
    std::optional<Error> error_;
};

using Made = MadeDevice;

constexpr std::array<std::string_view, 2> no_or_yes{"no", "yes"};
constexpr std::array<std::string_view, 2> lock_in_inputs{"angle", "torque"};
constexpr std::array<std::string_view, 3> mks_units{"TORR", "MBAR", "PASCAL"};
constexpr std::array<std::string_view, 2> generator_channels{"1", "2"};
constexpr std::array<std::string_view, 3> eurotherm_wires{"modbus_rtu", "modbus_tcp", "ei_bisynch"};
constexpr std::array<std::string_view, 2> eurotherm_models{"2400", "nanodac"};
constexpr std::array<std::string_view, 2> eurotherm_units{"degC", "K"};
constexpr std::array<std::string_view, 2> tpg_enquiries{"bare", "crlf"};
constexpr std::array<std::string_view, 3> tpg_units{"mbar", "torr", "pascal"};
constexpr std::array<std::string_view, 3> solartron_models{"1250", "1255", "1260"};
constexpr std::array<std::string_view, 3> lake_shore_models{"335", "336", "350"};
constexpr std::array<std::string_view, LabJackT7Device::inputs> t7_inputs{
    "AIN0",
    "AIN1",
    "AIN2",
    "AIN3",
    "AIN4",
    "AIN5",
    "AIN6",
    "AIN7",
    "AIN8",
    "AIN9",
    "AIN10",
    "AIN11",
    "AIN12",
    "AIN13",
};

/// With what all of them have.
template <typename Device>
std::pair<MadeDevice, Device*> made(std::unique_ptr<Device> device) {
    Device* const it = device.get();
    MadeDevice out;
    out.device = std::move(device);
    out.reboot = [it] { it->reboot(); };
    return {std::move(out), it};
}

Made eurotherm(Reader& options, PendulumRig& rig) {
    EurothermOptions of;
    of.wire = static_cast<EurothermOptions::Wire>(options.choice("wire", eurotherm_wires, 0));
    of.is_nanodac = options.choice("model", eurotherm_models, 0) == 1;
    of.address = static_cast<int>(options.count("address", 1, 254));
    of.is_kelvin = options.choice("unit", eurotherm_units, 0) == 1;
    of.decimals = static_cast<int>(options.count("decimals", 1, 2));
    of.customer_number = static_cast<int>(options.count("serial", 9990, 9999));
    auto [out, it] = made(std::make_unique<EurothermDevice>(rig, of));
    out.open_thermocouple = [device = it](bool is_open) { device->break_sensor(is_open); };
    return std::move(out);
}

Made keysight_33500(Reader& options, PendulumRig& rig) {
    const int channel = static_cast<int>(options.choice("channel", generator_channels, 0)) + 1;
    return std::move(made(std::make_unique<Keysight33500Device>(
                              rig, options.text("serial", "SIM33500"), channel
                          ))
                         .first);
}

Made labjack_t7(Reader& options, PendulumRig& rig) {
    LabJackT7Options wired;
    wired.serial = static_cast<std::uint32_t>(
        options.count("serial", wired.serial, std::numeric_limits<std::uint32_t>::max())
    );
    wired.angle_input = options.choice("angle", t7_inputs, wired.angle_input);
    wired.torque_input = options.choice("torque", t7_inputs, wired.torque_input);
    return std::move(made(std::make_unique<LabJackT7Device>(rig, wired)).first);
}

Made lake_shore(Reader& options, PendulumRig& rig) {
    LakeShoreOptions of;
    of.model = lake_shore_models.at(options.choice("model", lake_shore_models, 1));
    of.serial_number = options.text("serial", of.serial_number);
    auto [out, it] = made(std::make_unique<LakeShoreDevice>(rig, of));
    constexpr unsigned over_range = 1U << 7U;
    out.open_thermocouple = [device = it](bool is_open) {
        device->say_status(is_open ? over_range : 0);
    };
    return std::move(out);
}

Made mks(Reader& options, PendulumRig& rig) {
    MksOptions of;
    of.address = static_cast<int>(options.count("address", 253, 254));
    of.serial_number = options.text("serial", of.serial_number);
    of.unit = mks_units.at(options.choice("unit", mks_units, 0));
    return std::move(made(std::make_unique<MksDevice>(rig, of)).first);
}

Made pfeiffer_tpg(Reader& options, PendulumRig& rig) {
    PfeifferTpgOptions of;
    of.unit = static_cast<unsigned>(options.choice("unit", tpg_units, of.unit));
    of.needs_crlf = options.choice("enquiry", tpg_enquiries, 0) == 1;
    of.stream_s = options.choice("streams", no_or_yes, 0) == 1 ? 1.0 : 0.0;
    return std::move(made(std::make_unique<PfeifferTpgDevice>(rig, of)).first);
}

Made solartron(Reader& options, PendulumRig& rig) {
    const auto model = static_cast<SolartronModel>(options.choice("model", solartron_models, 2));
    const bool is_source = options.choice("source", no_or_yes, 0) == 1;
    const std::string serial = options.text("serial", "SIM01260");
    auto [out, it] = made(std::make_unique<SolartronDevice>(rig, model, is_source, serial));
    out.overload = [device = it](bool is_overloaded) { device->overload(is_overloaded); };
    return std::move(out);
}

template <typename Device>
Made lock_in(Reader& options, PendulumRig& rig) {
    const auto input = static_cast<LockInInput>(options.choice("input", lock_in_inputs, 0));
    const bool is_source = options.choice("source", no_or_yes, 0) == 1;
    const std::string serial = options.text("serial", "");
    auto [out, it] = made(
        serial.empty() ? std::make_unique<Device>(rig, input, is_source)
                       : std::make_unique<Device>(rig, input, is_source, serial)
    );
    out.overload = [device = it](bool is_overloaded) { device->unit().overload(is_overloaded); };
    return std::move(out);
}

struct Kind {
    std::string_view name;
    std::vector<std::string_view> options;
    Made (*make)(Reader& options, PendulumRig& rig);
};

/// Sorted by name.
const std::vector<Kind>& kinds() {
    static const std::vector<Kind> all{
        {"eurotherm", {"address", "decimals", "model", "serial", "unit", "wire"}, &eurotherm},
        {"keysight_33500", {"channel", "serial"}, &keysight_33500},
        {"labjack_t7", {"angle", "serial", "torque"}, &labjack_t7},
        {"lake_shore", {"model", "serial"}, &lake_shore},
        {"mks", {"address", "serial", "unit"}, &mks},
        {"pfeiffer_tpg", {"enquiry", "streams", "unit"}, &pfeiffer_tpg},
        {"solartron", {"model", "serial", "source"}, &solartron},
        {"sr830", {"input", "serial", "source"}, &lock_in<Sr830Device>},
        {"sr86x", {"input", "serial", "source"}, &lock_in<Sr86xDevice>},
    };
    return all;
}

Result<void> check_options(const Kind& kind, const DeviceOptions& options) {
    const std::vector<std::string_view>& known = kind.options;
    for (const auto& [key, value] : options) {
        if (std::ranges::find(known, key) == known.end()) {
            return fail(
                Errc::invalid,
                "a simulated " + std::string(kind.name) + " has no option '" + key + "'",
                key,
                "it has " + joined(known) + "; the nearest is " + std::string(nearest(key, known))
            );
        }
    }
    return {};
}

}  // namespace

bool is_simulated_serial(std::string_view serial) {
    return serial.starts_with("SIM") || serial.starts_with("999");
}

std::vector<std::string> simulated_devices() {
    std::vector<std::string> names;
    for (const Kind& kind : kinds()) {
        names.emplace_back(kind.name);
    }
    return names;
}

Result<MadeDevice> make_device(
    const std::string& device, const DeviceOptions& options, PendulumRig& rig
) {
    const auto kind = std::ranges::find(kinds(), device, &Kind::name);
    if (kind == kinds().end()) {
        std::vector<std::string_view> known;
        for (const Kind& one : kinds()) {
            known.push_back(one.name);
        }
        return fail(
            Errc::invalid,
            "there is no simulated '" + device + "'",
            "device",
            "known: " + joined(known) + "; the nearest is " + std::string(nearest(device, known))
        );
    }
    if (auto checked = check_options(*kind, options); !checked) {
        return fail(std::move(checked.error()));
    }
    const auto serial = options.find("serial");
    if (serial != options.end() && !is_simulated_serial(serial->second)) {
        return fail(
            Errc::invalid,
            "'" + serial->second + "' could be the serial number of a real " + device,
            "serial",
            "that of a simulated one begins with SIM, or is a number that begins with 999"
        );
    }
    Reader reader(device, options);
    Made device_made = kind->make(reader, rig);
    if (reader.error()) {
        return fail(*reader.error());
    }
    return device_made;
}

}  // namespace relaxd::simulator
