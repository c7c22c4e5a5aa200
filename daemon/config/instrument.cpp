// SPDX-License-Identifier: MIT
//
// The [[instrument]] tables of the configuration file.
#include "daemon/config/reader.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

namespace relaxd::daemon {

namespace {

constexpr double heartbeat_min_s = 1.0;
constexpr double heartbeat_max_s = 3600.0;
constexpr double temperature_error_max_K = 50.0;
constexpr std::size_t name_chars_max = 64;

constexpr std::array<std::string_view, 13> instrument_keys{
    "name",
    "driver",
    "uri",
    "protocol",
    "heartbeat_s",
    "serial_number",
    "temperature_error_K",
    "calibration",
    "trace",
    "follow_new",
    "specimen",
    "pendulum",
    "part",
};

}  // namespace

void TableReader::read_name(const toml::table& table, drivers::InstrumentConfig& instrument) {
    const auto name = text(table, "name", "dma1");
    if (!name) {
        return;
    }
    const auto at = table.get("name")->source().begin;
    const bool is_plain = std::all_of(name->begin(), name->end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == '.';
    });
    if (name->empty() || name->size() > name_chars_max || !is_plain) {
        complain(
            at,
            "\"" + *name + "\" cannot be an instrument's name",
            "use 1 to 64 of the letters A-Z a-z, digits, '_', '-', '.'"
        );
    } else if (!names_.insert(*name).second) {
        complain(at, "two instruments are called \"" + *name + "\"", "give each its own name");
    }
    instrument.name = *name;
}

void TableReader::read_heartbeat(const toml::table& table, drivers::InstrumentConfig& instrument) {
    const toml::node* node = table.get("heartbeat_s");
    if (node == nullptr) {
        return;
    }
    const auto seconds = node->value<double>();
    const bool is_number = node->is_number() && seconds.has_value();
    if (!is_number || !(*seconds >= heartbeat_min_s && *seconds <= heartbeat_max_s)) {
        complain(
            node->source().begin,
            "\"heartbeat_s\" must be a number of seconds from 1 to 3600",
            "the instrument makes itself safe after this silence of the host; 30 is usual"
        );
        return;
    }
    instrument.heartbeat_s = *seconds;
}

void TableReader::read_serial_number(
    const toml::table& table, drivers::InstrumentConfig& instrument
) {
    const auto serial_number = text(table, "serial_number", "Q800-1234");
    if (serial_number && serial_number->empty()) {
        complain(
            table.get("serial_number")->source().begin,
            "\"serial_number\" is empty",
            "write the one that relaxctl instrument list shows, or leave the key out"
        );
    }
    instrument.serial_number = serial_number.value_or("");
}

void TableReader::read_temperature_error(
    const toml::table& table, drivers::InstrumentConfig& instrument
) {
    const toml::node* node = table.get("temperature_error_K");
    if (node == nullptr) {
        return;
    }
    const auto kelvin = node->value<double>();
    const bool is_number = node->is_number() && kelvin.has_value();
    if (!is_number || !(*kelvin >= 0.0 && *kelvin <= temperature_error_max_K)) {
        complain(
            node->source().begin,
            "\"temperature_error_K\" must be a number of kelvin from 0 to 50",
            "the standard deviation of the thermocouple's offset; 1 is usual without a melting "
            "standard"
        );
        return;
    }
    instrument.temperature_error_K = *kelvin;
}

void TableReader::read_calibration(
    const toml::table& table, drivers::InstrumentConfig& instrument
) {
    const toml::node* node = table.get("calibration");
    if (node == nullptr) {
        return;
    }
    const char* const hint = "for example calibration = [\"steel-2026\", \"empty-2026\"]";
    const toml::array* list = node->as_array();
    if (list == nullptr) {
        complain(node->source().begin, "\"calibration\" must be a list of names", hint);
        return;
    }
    for (const toml::node& entry : *list) {
        const auto* name = entry.as_string();
        if (name == nullptr || name->get().empty()) {
            complain(entry.source().begin, "an entry of \"calibration\" is not a name", hint);
        } else {
            instrument.calibration.push_back(name->get());
        }
    }
}

void TableReader::read_trace(const toml::table& table, drivers::InstrumentConfig& instrument) {
    const toml::node* node = table.get("trace");
    if (node == nullptr) {
        return;
    }
    if (!node->is_boolean()) {
        complain(
            node->source().begin,
            "\"trace\" must be true or false, without quotes",
            "true keeps a trace of the traffic of this instrument's link from the start on"
        );
        return;
    }
    instrument.trace = node->as_boolean()->get();
}

void TableReader::read_follow_new(const toml::table& table, drivers::InstrumentConfig& instrument) {
    const toml::node* node = table.get("follow_new");
    const toml::node* specimen = table.get("specimen");
    if (node != nullptr && !node->is_boolean()) {
        complain(
            node->source().begin,
            "\"follow_new\" must be true or false, without quotes",
            "true makes a run of each measurement that begins in the folder"
        );
        return;
    }
    instrument.follow_new = node != nullptr && node->as_boolean()->get();
    if (instrument.follow_new && instrument.driver != "ta_files") {
        complain(
            node->source().begin,
            "\"follow_new\" is for an instrument that is only read, driver ta_files",
            "the runs of " + instrument.driver + " are started with relaxctl run start"
        );
    }
    if (specimen == nullptr) {
        return;
    }
    const std::string file = text(table, "specimen", "beam.json").value_or("");
    if (!instrument.follow_new) {
        complain(
            specimen->source().begin,
            "\"specimen\" is of runs that begin by themselves: it needs follow_new = true",
            "else give it to relaxctl run start --specimen, or run follow --specimen"
        );
    }
    instrument.specimen_file = (std::filesystem::path(folder_) / file).lexically_normal().string();
}

/// Keys of an instrument with one link, and the tables of one that is made of parts.
void TableReader::read_pendulum(const toml::table& table, drivers::InstrumentConfig& instrument) {
    for (const char* key : {"uri", "serial_number", "protocol", "trace"}) {
        if (const toml::node* node = table.get(key)) {
            complain(
                node->source().begin,
                std::string("\"") + key + "\" is of an instrument with one link",
                "a torsion pendulum has parts: each [[instrument.part]] has its uri and, if you "
                "like, its serial_number"
            );
        }
    }
    instrument.pendulum = drivers::torsion_pendulum::read_composition(
        table,
        [this](const toml::source_position& at, std::string message, std::string hint) {
            complain(at, std::move(message), std::move(hint));
        }
    );
    instrument.uri = drivers::torsion_pendulum::uris_of(*instrument.pendulum);
}

/// What only the registry knows.
void TableReader::check_as_a_whole(
    const toml::table& table, const drivers::InstrumentConfig& instrument
) {
    for (const char* key : {"pendulum", "part"}) {
        if (const toml::node* node = table.get(key); node != nullptr && !instrument.pendulum) {
            complain(
                node->source().begin,
                std::string("\"") + key + "\" belongs to driver 'torsion_pendulum'",
                "driver '" + instrument.driver + "' is not made of parts"
            );
            return;
        }
    }
    const auto checked = drivers::check_instrument(instrument);
    if (checked) {
        return;
    }
    const auto known = drivers::driver_names();
    const bool is_driver = std::find(known.begin(), known.end(), instrument.driver) == known.end();
    const bool is_protocol =
        checked.error().where.ends_with(", protocol") && table.get("protocol") != nullptr;
    const char* const key = is_driver ? "driver" : (is_protocol ? "protocol" : "uri");
    const toml::node* node = table.get(key);
    complain(
        node == nullptr ? table.source().begin : node->source().begin,
        checked.error().message,
        checked.error().hint
    );
}

void TableReader::read_instrument(const toml::table& table) {
    const std::size_t before = errors.size();
    unknown_keys(table, "instrument.", instrument_keys);
    drivers::InstrumentConfig instrument;
    read_name(table, instrument);
    read_heartbeat(table, instrument);
    read_serial_number(table, instrument);
    read_temperature_error(table, instrument);
    read_calibration(table, instrument);
    read_trace(table, instrument);
    instrument.driver = text(table, "driver", "q800_class").value_or("");
    instrument.uri = text(table, "uri", "tcp://127.0.0.1:4001").value_or("");
    if (const auto protocol = text(table, "protocol", "pendulum_electronics.toml")) {
        const std::filesystem::path file(*protocol);
        instrument.protocol = (std::filesystem::path(folder_) / file).lexically_normal().string();
    }
    read_follow_new(table, instrument);
    const bool is_composed = drivers::is_composed(instrument.driver);
    for (const char* key : {"name", "driver", "uri"}) {
        if (table.get(key) == nullptr && !(is_composed && std::string_view(key) == "uri")) {
            complain(
                table.source().begin,
                std::string("[[instrument]] has no \"") + key + "\"",
                is_composed ? "a torsion pendulum needs name and driver; its parts have the uris"
                            : "each instrument needs name, driver and uri"
            );
        }
    }
    if (is_composed) {
        read_pendulum(table, instrument);
    }
    if (errors.size() == before) {
        check_as_a_whole(table, instrument);
    }
    config.instruments.push_back(std::move(instrument));
}

}  // namespace relaxd::daemon
