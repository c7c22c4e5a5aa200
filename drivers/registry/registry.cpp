// SPDX-License-Identifier: MIT
#include "drivers/registry/registry.hpp"

#include "drivers/link/link.hpp"
#include "drivers/link/uri.hpp"
#include "drivers/protocol_file/instrument.hpp"
#include "drivers/q800_class/instrument.hpp"
#include "drivers/ta_files/live/instrument.hpp"
#include "drivers/torsion_pendulum/instrument.hpp"
#include "schema/base/nearest.hpp"
#include "schema/base/number.hpp"
#include "schema/protocol/description.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace relaxd::drivers {
namespace {

using InstrumentPtr = std::unique_ptr<Instrument>;
using Executor = boost::asio::any_io_executor;
using SinkPtr = std::shared_ptr<link::TrafficSink>;
using Maker =
    InstrumentPtr (*)(const InstrumentConfig&, Executor, link::Uri, link::Timing&, SinkPtr);

std::unique_ptr<Instrument> make_q800_class(
    const InstrumentConfig& config,
    boost::asio::any_io_executor executor,
    link::Uri uri,
    link::Timing& timing,
    std::shared_ptr<link::TrafficSink> sink
) {
    q800_class::Options options;
    options.heartbeat_s = config.heartbeat_s;
    options.serial_number = config.serial_number;
    auto way =
        link::traced(link::make_opener(executor, std::move(uri), timing), std::move(sink), timing);
    return std::make_unique<q800_class::Q800Instrument>(
        std::move(executor), std::move(way), timing, options
    );
}

std::unique_ptr<Instrument> make_ta_files(
    const InstrumentConfig& /*config*/,
    boost::asio::any_io_executor executor,
    link::Uri uri,
    link::Timing& timing,
    std::shared_ptr<link::TrafficSink> /*sink*/  // a folder has no traffic
) {
    return std::make_unique<ta_files::FollowedInstrument>(
        std::move(executor),
        std::move(uri.folder),
        timing,
        std::make_unique<ta_files::ThreadBackground>(timing)
    );
}

using DescriptionPtr = std::shared_ptr<const protocol::Description>;

InstrumentPtr make_protocol_file(
    const InstrumentConfig& config,
    boost::asio::any_io_executor executor,
    link::Uri uri,
    link::Timing& timing,
    SinkPtr sink,
    DescriptionPtr description
) {
    protocol_file::Options options;
    options.path = config.protocol;
    options.heartbeat_s = config.heartbeat_s;
    options.serial_number = config.serial_number;
    auto way =
        link::traced(link::make_opener(executor, std::move(uri), timing), std::move(sink), timing);
    return std::make_unique<protocol_file::FileInstrument>(
        std::move(executor), std::move(way), timing, std::move(description), std::move(options)
    );
}

Result<InstrumentPtr> make_torsion_pendulum(
    const InstrumentConfig& config, Executor executor, link::Timing& timing
) {
    std::vector<parts::MadePart> made;
    for (const torsion_pendulum::ComposedPart& one : config.pendulum->parts) {
        auto part = parts::make_part(torsion_pendulum::config_of(one), executor, timing);
        if (!part) {
            return fail(part.error());
        }
        made.push_back(std::move(*part));
    }
    torsion_pendulum::Options options;
    options.heartbeat_s = config.heartbeat_s;
    return std::make_unique<torsion_pendulum::TorsionPendulum>(
        std::move(executor), timing, *config.pendulum, std::move(made), options
    );
}

struct Known {
    std::string_view name;
    Maker make;                      ///< Null: make_protocol_file, make_torsion_pendulum.
    bool reads_folder = false;       ///< Its address is a folder, not a link.
    bool reads_description = false;  ///< It needs `protocol`.
    bool is_composed = false;        ///< Its parts have the addresses.
};

constexpr std::array<Known, 4> known_drivers{
    Known{"q800_class", &make_q800_class},
    Known{"ta_files", &make_ta_files, true},
    Known{"protocol_file", nullptr, false, true},
    Known{"torsion_pendulum", nullptr, false, false, true}
};

const Known* find_driver(std::string_view name) {
    const auto it = std::find_if(known_drivers.begin(), known_drivers.end(), [&](const Known& k) {
        return k.name == name;
    });
    return it == known_drivers.end() ? nullptr : &*it;
}

struct Checked {
    const Known* driver = nullptr;
    link::Uri uri;
    DescriptionPtr description;  ///< Of protocol_file.
};

/// The description of a driver that needs one.
Result<DescriptionPtr> description_of(const InstrumentConfig& config, bool is_needed) {
    const std::string where = "instrument '" + config.name + "', protocol";
    if (is_needed == config.protocol.empty()) {
        return fail(
            Errc::invalid,
            is_needed ? "driver 'protocol_file' needs a description"
                      : "driver '" + config.driver + "' has no description",
            where,
            is_needed ? "write protocol = \"pendulum_electronics.toml\""
                      : "'protocol' belongs to driver 'protocol_file'"
        );
    }
    if (!is_needed) {
        return DescriptionPtr();
    }
    auto loaded = protocol::load(config.protocol);
    if (!loaded) {
        Error error = loaded.error();
        error.message = error.where + ": " + error.message;
        error.where = where;
        return fail(std::move(error));
    }
    return std::make_shared<const protocol::Description>(std::move(*loaded));
}

tl::unexpected<Error> no_driver(const InstrumentConfig& config, const std::string& where) {
    std::vector<std::string_view> names;
    names.reserve(std::size(known_drivers));
    for (const Known& known : known_drivers) {
        names.push_back(known.name);
    }
    return fail(
        Errc::invalid,
        "there is no driver '" + config.driver + "'",
        where,
        "did you mean '" + std::string(nearest(config.driver, names)) + "'? known are " +
            joined(names)
    );
}

/// A composition where the driver needs one, and none where not.
Result<void> check_composition(const InstrumentConfig& config, bool is_needed) {
    const std::string where = "instrument '" + config.name + "', pendulum";
    if (is_needed != config.pendulum.has_value()) {
        return fail(
            Errc::invalid,
            is_needed ? "driver 'torsion_pendulum' needs its numbers and its parts"
                      : "driver '" + config.driver + "' is not made of parts",
            where,
            is_needed ? "write [instrument.pendulum] and [[instrument.part]] (docs/pendulum.md)"
                      : "'pendulum' and 'part' belong to driver 'torsion_pendulum'"
        );
    }
    if (!is_needed) {
        return {};
    }
    const auto faults = torsion_pendulum::check(*config.pendulum);
    if (!faults.empty()) {
        return fail(Errc::invalid, faults.front().message, where, faults.front().hint);
    }
    return {};
}

Result<void> check_heartbeat(const InstrumentConfig& config, const std::string& where) {
    if (!(config.heartbeat_s >= 1.0 && config.heartbeat_s <= 3600.0)) {
        return fail(Errc::invalid, "heartbeat_s is not a number from 1 to 3600", where);
    }
    return {};
}

Result<Checked> check_config(const InstrumentConfig& config) {
    Checked checked;
    checked.driver = find_driver(config.driver);
    const std::string where = "instrument '" + config.name + "'";
    if (checked.driver == nullptr) {
        return no_driver(config, where);
    }
    if (auto composed = check_composition(config, checked.driver->is_composed); !composed) {
        return fail(composed.error());
    }
    if (checked.driver->is_composed) {
        auto heartbeat = check_heartbeat(config, where);
        return heartbeat ? Result<Checked>(std::move(checked)) : fail(heartbeat.error());
    }
    auto uri = link::parse_uri(config.uri);
    if (!uri) {
        Error error = uri.error();
        error.where = where + ", uri '" + config.uri + "'";
        return fail(std::move(error));
    }
    const bool is_folder = uri->transport == link::Transport::folder;
    if (is_folder != checked.driver->reads_folder) {
        return fail(
            Errc::invalid,
            "driver '" + config.driver +
                (is_folder ? "' cannot follow a folder" : "' follows a folder, not a link"),
            where + ", uri '" + config.uri + "'",
            is_folder ? "write it like tcp://192.168.1.20:4001, or use driver 'ta_files'"
                      : "write it like folder:///mnt/q800?pattern=*.001"
        );
    }
    if (auto heartbeat = check_heartbeat(config, where); !heartbeat) {
        return fail(heartbeat.error());
    }
    auto description = description_of(config, checked.driver->reads_description);
    if (!description) {
        return fail(description.error());
    }
    checked.description = std::move(*description);
    checked.uri = std::move(*uri);
    return checked;
}

}  // namespace

std::vector<std::string> driver_names() {
    std::vector<std::string> names;
    names.reserve(std::size(known_drivers));
    for (const Known& known : known_drivers) {
        names.emplace_back(known.name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

Result<std::unique_ptr<Instrument>> make_instrument(
    const InstrumentConfig& config,
    boost::asio::any_io_executor executor,
    link::Timing& timing,
    std::shared_ptr<link::TrafficSink> sink
) {
    auto checked = check_config(config);
    if (!checked) {
        return fail(checked.error());
    }
    if (checked->driver->is_composed) {
        return make_torsion_pendulum(config, std::move(executor), timing);
    }
    if (checked->description) {
        return make_protocol_file(
            config,
            std::move(executor),
            std::move(checked->uri),
            timing,
            std::move(sink),
            std::move(checked->description)
        );
    }
    return checked->driver->make(
        config, std::move(executor), std::move(checked->uri), timing, std::move(sink)
    );
}

Result<void> check_instrument(const InstrumentConfig& config) {
    auto checked = check_config(config);
    return checked ? Result<void>() : fail(checked.error());
}

bool is_composed(const std::string& driver) {
    const Known* known = find_driver(driver);
    return known != nullptr && known->is_composed;
}

std::string describe_instrument(const InstrumentConfig& config) {
    auto checked = check_config(config);
    if (checked && checked->driver->is_composed) {
        return torsion_pendulum::describe(*config.pendulum);
    }
    return checked && checked->description ? protocol::describe(*checked->description)
                                           : std::string();
}

}  // namespace relaxd::drivers
