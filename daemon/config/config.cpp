// SPDX-License-Identifier: MIT
#include "daemon/config/config.hpp"

#include "daemon/core/logging.hpp"
#include "schema/base/nearest.hpp"
#include "schema/base/number.hpp"
#include "schema/base/toml_parser.hpp"
#include "schema/base/toml_text.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <numeric>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <utility>

namespace relaxd::daemon {

namespace {

constexpr double heartbeat_min_s = 1.0;
constexpr double heartbeat_max_s = 3600.0;
constexpr double temperature_error_max_K = 50.0;
constexpr std::size_t name_chars_max = 64;

using Words = std::span<const std::string_view>;
constexpr std::array<std::string_view, 2> root_keys{"daemon", "instrument"};
constexpr std::array<std::string_view, 4> daemon_keys{
    "listen", "database", "log_level", "allowed_hosts"
};
constexpr std::array<std::string_view, 11> instrument_keys{
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
};

std::string suggestion(std::string_view word, Words known) {
    const std::string_view likely = nearest(word, known);
    std::string text;
    if (edit_distance(word, likely) <= (likely.size() / 2) + 1) {
        text = "did you mean \"" + std::string(likely) + "\"? ";
    }
    return text + "known: " + joined(known);
}

/// Reads one file and collects every mistake instead of stopping at the first.
class Reader {
  public:
    Reader(std::string source_name, std::string folder)
        : source_name_(std::move(source_name)), folder_(std::move(folder)) {}

    void read(const toml::table& root);
    DaemonConfig config;
    ConfigErrors errors;
    void complain(const toml::source_position& at, std::string message, std::string hint = {});
    /// In the order of the file.
    void sort_errors();

  private:
    void unknown_keys(const toml::table& table, const std::string& path, Words known);
    std::optional<std::string> text(const toml::table& table, const char* key, const char* example);
    void read_daemon(const toml::table& table);
    void read_listen(const std::string& listen, const toml::node& node);
    void read_hosts(const toml::node& node);
    void read_instrument(const toml::table& table);
    void read_name(const toml::table& table, drivers::InstrumentConfig& instrument);
    void read_heartbeat(const toml::table& table, drivers::InstrumentConfig& instrument);
    void read_serial_number(const toml::table& table, drivers::InstrumentConfig& instrument);
    void read_temperature_error(const toml::table& table, drivers::InstrumentConfig& instrument);
    void read_calibration(const toml::table& table, drivers::InstrumentConfig& instrument);
    void read_trace(const toml::table& table, drivers::InstrumentConfig& instrument);
    void read_follow_new(const toml::table& table, drivers::InstrumentConfig& instrument);

    std::string source_name_;
    std::string folder_;
    std::set<std::string> names_;
    std::vector<std::pair<std::size_t, std::size_t>> places_;  ///< Line and column of each error.
};

void Reader::complain(const toml::source_position& at, std::string message, std::string hint) {
    const std::string where =
        source_name_ + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
    errors.push_back(Error{Errc::invalid, std::move(message), where, std::move(hint)});
    places_.emplace_back(at.line, at.column);
}

void Reader::sort_errors() {
    std::vector<std::size_t> order(errors.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
        return std::tie(places_[a], a) < std::tie(places_[b], b);
    });
    ConfigErrors sorted;
    for (const std::size_t i : order) {
        sorted.push_back(std::move(errors[i]));
    }
    errors = std::move(sorted);
}

void Reader::unknown_keys(const toml::table& table, const std::string& path, Words known) {
    for (const auto& [key, node] : table) {
        if (std::find(known.begin(), known.end(), key.str()) == known.end()) {
            complain(
                key.source().begin,
                "unknown key \"" + path + std::string(key.str()) + "\"",
                suggestion(key.str(), known)
            );
        }
    }
}

std::optional<std::string> Reader::text(
    const toml::table& table, const char* key, const char* example
) {
    const toml::node* node = table.get(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    const auto* value = node->as_string();
    if (value == nullptr) {
        complain(
            node->source().begin,
            std::string("\"") + key + "\" must be a text in quotes",
            std::string("for example ") + key + " = \"" + example + "\""
        );
        return std::nullopt;
    }
    return value->get();
}

void Reader::read_listen(const std::string& listen, const toml::node& node) {
    const auto at = node.source().begin;
    const std::size_t colon = listen.rfind(':');
    const char* const hint = "write listen = \"127.0.0.1:8737\"; port 0 takes any free one";
    if (colon == std::string::npos) {
        complain(at, "\"listen\" needs an address and a port, got \"" + listen + "\"", hint);
        return;
    }
    std::string host = listen.substr(0, colon);
    const auto port = to_count(std::string_view(listen).substr(colon + 1));
    if (!port || *port > std::numeric_limits<std::uint16_t>::max()) {
        complain(at, "the port in \"" + listen + "\" is not a number from 0 to 65535", hint);
        return;
    }
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    }
    if (host == "localhost") {
        host = "127.0.0.1";
    }
    if (host != "127.0.0.1" && host != "::1") {
        complain(
            at,
            "relaxd listens on loopback only, not on \"" + host + "\"",
            "use 127.0.0.1 or [::1] and reach it from elsewhere through an SSH tunnel"
        );
        return;
    }
    config.listen_host = host;
    config.listen_port = static_cast<std::uint16_t>(*port);
}

void Reader::read_hosts(const toml::node& node) {
    const auto* list = node.as_array();
    if (list == nullptr) {
        complain(
            node.source().begin,
            "\"allowed_hosts\" must be a list of texts",
            "for example allowed_hosts = [\"dma.example:8737\"]"
        );
        return;
    }
    for (const toml::node& entry : *list) {
        const auto* value = entry.as_string();
        if (value == nullptr || value->get().empty()) {
            complain(entry.source().begin, "an entry of \"allowed_hosts\" is not a host name", "");
            continue;
        }
        config.allowed_hosts.push_back(value->get());
    }
}

void Reader::read_daemon(const toml::table& table) {
    unknown_keys(table, "daemon.", daemon_keys);
    if (const auto listen = text(table, "listen", "127.0.0.1:8737")) {
        read_listen(*listen, *table.get("listen"));
    }
    if (const auto database = text(table, "database", "campaign.sqlite")) {
        if (database->empty()) {
            complain(table.get("database")->source().begin, "\"database\" is empty", "name a file");
        } else {
            const std::filesystem::path file(*database);
            const std::filesystem::path below = std::filesystem::path(folder_) / file;
            config.database_path =
                file.is_absolute() ? file.string() : below.lexically_normal().string();
        }
    } else if (table.get("database") == nullptr) {
        complain(
            table.source().begin,
            "[daemon] has no \"database\"",
            "write database = \"campaign.sqlite\"; the file is created if absent"
        );
    }
    if (const auto level = text(table, "log_level", "info")) {
        if (is_log_level(*level)) {
            config.log_level = *level;
        } else {
            complain(
                table.get("log_level")->source().begin,
                "\"" + *level + "\" is not a log level",
                suggestion(*level, log_levels())
            );
        }
    }
    if (const toml::node* hosts = table.get("allowed_hosts")) {
        read_hosts(*hosts);
    }
}

void Reader::read_name(const toml::table& table, drivers::InstrumentConfig& instrument) {
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

void Reader::read_heartbeat(const toml::table& table, drivers::InstrumentConfig& instrument) {
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

void Reader::read_serial_number(const toml::table& table, drivers::InstrumentConfig& instrument) {
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

void Reader::read_temperature_error(
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

void Reader::read_calibration(const toml::table& table, drivers::InstrumentConfig& instrument) {
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

void Reader::read_trace(const toml::table& table, drivers::InstrumentConfig& instrument) {
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

void Reader::read_follow_new(const toml::table& table, drivers::InstrumentConfig& instrument) {
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

void Reader::read_instrument(const toml::table& table) {
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
    for (const char* key : {"name", "driver", "uri"}) {
        if (table.get(key) == nullptr) {
            complain(
                table.source().begin,
                std::string("[[instrument]] has no \"") + key + "\"",
                "each instrument needs name, driver and uri"
            );
        }
    }
    if (errors.size() == before) {
        if (const auto checked = drivers::check_instrument(instrument); !checked) {
            const auto known = drivers::driver_names();
            const bool is_driver =
                std::find(known.begin(), known.end(), instrument.driver) == known.end();
            const bool is_protocol =
                checked.error().where.ends_with(", protocol") && table.get("protocol") != nullptr;
            const char* const key = is_driver ? "driver" : (is_protocol ? "protocol" : "uri");
            complain(table.get(key)->source().begin, checked.error().message, checked.error().hint);
        }
    }
    config.instruments.push_back(std::move(instrument));
}

void Reader::read(const toml::table& root) {
    unknown_keys(root, "", root_keys);
    const toml::node* daemon = root.get("daemon");
    if (daemon == nullptr) {
        complain(
            {1, 1}, "there is no [daemon] section", "begin with [daemon] and database = \"…\""
        );
    } else if (const toml::table* table = daemon->as_table()) {
        read_daemon(*table);
    } else {
        complain(daemon->source().begin, "\"daemon\" must be a section", "write [daemon]");
    }
    const toml::node* instruments = root.get("instrument");
    if (instruments == nullptr) {
        return;
    }
    const toml::array* list = instruments->as_array();
    if (list == nullptr) {
        complain(
            instruments->source().begin,
            "\"instrument\" must be a list of sections",
            "write [[instrument]] with two pairs of brackets"
        );
        return;
    }
    for (const toml::node& entry : *list) {
        if (const toml::table* table = entry.as_table()) {
            read_instrument(*table);
        } else {
            complain(
                entry.source().begin, "an instrument must be a section", "write [[instrument]]"
            );
        }
    }
}

}  // namespace

Result<DaemonConfig, ConfigErrors> parse_config(
    std::string_view text, const std::string& source_name, const std::string& folder
) {
    Reader reader(source_name, folder);
    if (const toml::parse_result parsed = toml::parse(text, source_name)) {
        reader.read(parsed.table());
    } else {
        const toml::parse_error& error = parsed.error();
        reader.complain(error.source().begin, std::string(error.description()), "");
    }
    reader.sort_errors();
    if (!reader.errors.empty()) {
        return tl::unexpected<ConfigErrors>(std::move(reader.errors));
    }
    return std::move(reader.config);
}

Result<DaemonConfig, ConfigErrors> load_config(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::error_code failed;
    if (!file || std::filesystem::is_directory(path, failed)) {
        return tl::unexpected<ConfigErrors>(ConfigErrors{Error{
            Errc::not_found, "the configuration file cannot be read", path, "check --config FILE"
        }});
    }
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const auto absolute = std::filesystem::absolute(path, failed);
    if (failed) {
        return tl::unexpected<ConfigErrors>(
            ConfigErrors{Error{Errc::io, failed.message(), path, "check --config FILE"}}
        );
    }
    return parse_config(text, path, absolute.parent_path().string());
}

}  // namespace relaxd::daemon
