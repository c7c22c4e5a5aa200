// SPDX-License-Identifier: MIT
#include "drivers/simulator/bench_file.hpp"

#include "drivers/simulator/input_file.hpp"
#include "schema/base/nearest.hpp"
#include "schema/base/number.hpp"
#include "schema/base/toml_parser.hpp"
#include "schema/base/toml_text.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace relaxd::simulator {
namespace {

using Words = std::vector<std::string_view>;

constexpr std::array<std::string_view, 9> sections{
    "furnace",
    "thermocouple",
    "force",
    "displacement",
    "analyser",
    "clamp",
    "calibration",
    "noise",
    "specimen",
};

class Reader {
  public:
    explicit Reader(std::string_view source) : source_(source) { file.source = source; }

    Result<void> read(const toml::table& root);
    BenchFile file;

  private:
    Result<void> read_bodies(const toml::table& root, bool calibration);
    Result<void> read_noise(const toml::table& root);
    Result<void> read_specimen(const toml::table& root);
    Result<void> read_key(const toml::table& table, const BenchKey& key);
    [[nodiscard]] std::string at(const toml::node& node) const {
        return std::string(source_) + ":" + std::to_string(node.source().begin.line);
    }

    std::string_view source_;
};

Result<double> number_of(const toml::node& node, std::string_view name, const std::string& where) {
    const auto value = node.is_number() ? node.value<double>() : std::nullopt;
    if (!value || !std::isfinite(*value)) {
        return fail(Errc::invalid, std::string(name) + " must be a number", where);
    }
    return *value;
}

Result<bool> flag_of(const toml::node& node, std::string_view name, const std::string& where) {
    const auto* value = node.as_boolean();
    if (value == nullptr) {
        return fail(Errc::invalid, std::string(name) + " must be true or false", where);
    }
    return value->get();
}

Result<void> Reader::read_key(const toml::table& table, const BenchKey& key) {
    const toml::node* node = table.get(key.key);
    if (node == nullptr) {
        return {};
    }
    const std::string name = std::string(key.section) + "." + std::string(key.key);
    if (key.flag != nullptr) {
        const auto flag = flag_of(*node, name, at(*node));
        if (!flag) {
            return fail(flag.error());
        }
        *key.flag = *flag;
        return {};
    }
    const auto number = number_of(*node, name, at(*node));
    if (!number) {
        return fail(number.error());
    }
    if (*number < key.low || *number > key.high || (key.whole && *number != std::floor(*number))) {
        return fail(
            Errc::invalid,
            name + " must be " + (key.whole ? "a whole number " : "") + "from " + to_text(key.low) +
                " to " + to_text(key.high) + ", it is " + to_text(*number),
            at(*node)
        );
    }
    *key.number = *number;
    return {};
}

Result<void> Reader::read_bodies(const toml::table& root, bool calibration) {
    const std::vector<BenchKey> keys = bench_keys(file.bench);
    for (const std::string_view section : std::span(sections).first(7)) {
        const toml::table* table = root[section].as_table();
        if (table == nullptr || (section == "calibration") != calibration) {
            continue;
        }
        Words known;
        for (const BenchKey& key : keys) {
            if (key.section == section) {
                known.push_back(key.key);
            }
        }
        const std::string of_what = "[" + std::string(section) + "] of a bench";
        if (auto good = check_keys(*table, of_what, source_, known); !good) {
            return good;
        }
        for (const BenchKey& key : keys) {
            if (key.section == section) {
                if (auto good = read_key(*table, key); !good) {
                    return good;
                }
            }
        }
    }
    return {};
}

Result<void> Reader::read_noise(const toml::table& root) {
    const toml::table* table = root["noise"].as_table();
    if (table == nullptr) {
        return {};
    }
    Words known;
    for (const auto& [name, member] : noise_numbers) {
        known.push_back(name);
    }
    if (auto good = check_keys(*table, "[noise] of a bench", source_, known); !good) {
        return good;
    }
    for (const auto& [name, member] : noise_numbers) {
        BenchKey key;
        key.section = "noise";
        key.key = name;
        key.number = &(file.noise.*member);
        key.low = name == "drift_time_s" ? 0.1 : 0.0;
        key.high = name == "drift_time_s"           ? 1e7
                   : name == "loss_floor_Pa"        ? 1e10
                   : name == "displacement_floor_m" ? 1e-4
                                                    : 0.3;
        if (auto good = read_key(*table, key); !good) {
            return good;
        }
    }
    return {};
}

// Types only: the rules need the material (`specimen_of`).
Result<void> Reader::read_specimen(const toml::table& root) {
    const toml::table* table = root["specimen"].as_table();
    if (table == nullptr) {
        return {};
    }
    Words known;
    for (const auto& [name, member] : glass_switches) {
        known.push_back(name);
    }
    for (const auto& [name, member] : glass_numbers) {
        known.push_back(name);
    }
    if (auto good = check_keys(*table, "[specimen] of a bench", source_, known); !good) {
        return good;
    }
    for (const auto& [key, node] : *table) {
        file.specimen_lines[std::string(key.str())] = node.source().begin.line;
    }
    for (const auto& [name, member] : glass_switches) {
        if (const toml::node* node = table->get(name)) {
            const auto flag = flag_of(*node, "specimen." + std::string(name), at(*node));
            if (!flag) {
                return fail(flag.error());
            }
            file.specimen.*member = *flag;
        }
    }
    for (const auto& [name, member] : glass_numbers) {
        if (const toml::node* node = table->get(name)) {
            const auto number = number_of(*node, "specimen." + std::string(name), at(*node));
            if (!number) {
                return fail(number.error());
            }
            file.specimen.*member = *number;
        }
    }
    return {};
}

Result<void> Reader::read(const toml::table& root) {
    if (auto good = check_keys(root, "a bench", source_, sections); !good) {
        return good;
    }
    for (const auto& [key, node] : root) {
        if (!node.is_table()) {
            const std::string name(key.str());
            return fail(
                Errc::invalid, name + " must be a section", at(node), "write [" + name + "]"
            );
        }
    }
    if (auto good = read_bodies(root, false); !good) {
        return good;
    }
    file.bench.calibration = file.bench.machine;
    if (auto good = read_bodies(root, true); !good) {
        return good;
    }
    if (auto good = read_noise(root); !good) {
        return good;
    }
    return read_specimen(root);
}

bool is_path(const std::string& name) {
    return name.find('/') != std::string::npos || name.ends_with(".toml");
}

}  // namespace

Result<GlassOptions> BenchFile::specimen_of(const material::Params& params) const {
    auto checked = checked_glass(specimen, params);
    if (checked) {
        return checked;
    }
    Error error = checked.error();
    const auto line = specimen_lines.find(error.where);
    error.where =
        line == specimen_lines.end() ? source : source + ":" + std::to_string(line->second);
    return fail(std::move(error));
}

Result<BenchFile> parse_bench(std::string_view toml_text, std::string_view source) {
    const toml::parse_result parsed = toml::parse(toml_text, source);
    if (!parsed) {
        const toml::parse_error& error = parsed.error();
        return fail(not_toml(error.description(), source, error.source().begin.line));
    }
    Reader reader(source);
    if (auto good = reader.read(parsed.table()); !good) {
        return fail(good.error());
    }
    return std::move(reader.file);
}

Result<BenchFile> load_bench(const std::string& name_or_path) {
    if (name_or_path == "plain") {
        return BenchFile();
    }
    if (name_or_path == "realistic") {
        return parse_bench(realistic_bench(), "realistic");
    }
    if (!is_path(name_or_path)) {
        constexpr std::array<std::string_view, 2> names{"plain", "realistic"};
        return fail(
            Errc::not_found,
            "no built-in bench '" + name_or_path.substr(0, 120) + "'",
            "--bench",
            "the nearest is '" + std::string(nearest(name_or_path, names)) +
                "'; built in: " + joined(names) + "; or give the path of a .toml file"
        );
    }
    const auto text = read_input(name_or_path, "bench file");
    if (!text) {
        return fail(text.error());
    }
    return parse_bench(*text, name_or_path);
}

}  // namespace relaxd::simulator
