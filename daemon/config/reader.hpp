// SPDX-License-Identifier: MIT
//
// Reads one configuration file and collects every mistake. Internal to daemon/config.

#pragma once

#include "daemon/config/config.hpp"
#include "schema/base/toml_parser.hpp"

#include <cstddef>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relaxd::daemon {

using Words = std::span<const std::string_view>;

/// "did you mean …? known: …".
[[nodiscard]] std::string suggestion(std::string_view word, Words known);

/// Reads one file and collects every mistake instead of stopping at the first.
class TableReader {
  public:
    TableReader(std::string source_name, std::string folder)
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
    void read_pendulum(const toml::table& table, drivers::InstrumentConfig& instrument);
    void check_as_a_whole(const toml::table& table, const drivers::InstrumentConfig& instrument);

    std::string source_name_;
    std::string folder_;
    std::set<std::string> names_;
    std::vector<std::pair<std::size_t, std::size_t>> places_;  ///< Line and column of each error.
};

}  // namespace relaxd::daemon
