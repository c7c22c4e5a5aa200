// SPDX-License-Identifier: MIT
#include "daemon/config/config.hpp"

#include "daemon/config/reader.hpp"
#include "daemon/core/logging.hpp"
#include "schema/base/nearest.hpp"
#include "schema/base/number.hpp"
#include "schema/base/toml_text.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

namespace relaxd::daemon {

namespace {

constexpr std::array<std::string_view, 2> root_keys{"daemon", "instrument"};
constexpr std::array<std::string_view, 4> daemon_keys{
    "listen", "database", "log_level", "allowed_hosts"
};

}  // namespace

std::string suggestion(std::string_view word, Words known) {
    const std::string_view likely = nearest(word, known);
    std::string text;
    if (edit_distance(word, likely) <= (likely.size() / 2) + 1) {
        text = "did you mean \"" + std::string(likely) + "\"? ";
    }
    return text + "known: " + joined(known);
}

void TableReader::complain(const toml::source_position& at, std::string message, std::string hint) {
    const std::string where =
        source_name_ + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
    errors.push_back(Error{Errc::invalid, std::move(message), where, std::move(hint)});
    places_.emplace_back(at.line, at.column);
}

void TableReader::sort_errors() {
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

void TableReader::unknown_keys(const toml::table& table, const std::string& path, Words known) {
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

std::optional<std::string> TableReader::text(
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

void TableReader::read_listen(const std::string& listen, const toml::node& node) {
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

void TableReader::read_hosts(const toml::node& node) {
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

void TableReader::read_daemon(const toml::table& table) {
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

void TableReader::read(const toml::table& root) {
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

Result<DaemonConfig, ConfigErrors> parse_config(
    std::string_view text, const std::string& source_name, const std::string& folder
) {
    TableReader reader(source_name, folder);
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
