// SPDX-License-Identifier: MIT
#include "drivers/torsion_pendulum/composition_file.hpp"

#include "schema/base/nearest.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <utility>

namespace relaxd::drivers::torsion_pendulum {

namespace {

constexpr std::array<std::string_view, 6> part_keys{
    "name", "device", "uri", "serial_number", "roles", "options"
};

/// Reads the tables of one instrument; remembers where each was, for what check() finds.
class Reader {
  public:
    explicit Reader(const Complain& complain) : complain_(complain) {}

    Composition read(const toml::table& instrument) {
        read_pendulum(instrument);
        read_parts(instrument);
        if (mistakes_ == 0) {
            for (const Fault& fault : check(composition_)) {
                tell(place_of(fault), fault.message, fault.hint);
            }
        }
        return std::move(composition_);
    }

  private:
    void tell(const toml::source_position& at, std::string message, std::string hint = {}) {
        ++mistakes_;
        complain_(at, std::move(message), std::move(hint));
    }

    [[nodiscard]] toml::source_position place_of(const Fault& fault) const {
        const toml::table* table = pendulum_;
        if (fault.part) {
            table = parts_[*fault.part];
        }
        const toml::node* node =
            fault.key.empty() ? nullptr : table->get(std::string_view(fault.key));
        return node == nullptr ? table->source().begin : node->source().begin;
    }

    void unknown_keys(
        const toml::table& table, const std::string& path, std::span<const std::string_view> known
    ) {
        for (const auto& [key, node] : table) {
            if (std::ranges::find(known, key.str()) == known.end()) {
                tell(
                    key.source().begin,
                    "unknown key \"" + path + std::string(key.str()) + "\"",
                    "did you mean \"" + std::string(nearest(key.str(), known)) +
                        "\"? known: " + joined(known)
                );
            }
        }
    }

    void read_number(const toml::table& table, std::string_view key, double& into) {
        const toml::node* node = table.get(key);
        if (node == nullptr) {
            return;
        }
        const std::optional<double> value = node->value<double>();
        if (!node->is_number() || !value || !std::isfinite(*value)) {
            tell(
                node->source().begin,
                "\"" + std::string(key) + "\" must be a number, without quotes",
                "its unit is in its name"
            );
            return;
        }
        into = *value;
    }

    void read_pendulum(const toml::table& instrument) {
        const toml::node* node = instrument.get(pendulum_key);
        pendulum_ = node == nullptr ? nullptr : node->as_table();
        if (pendulum_ == nullptr) {
            tell(
                node == nullptr ? instrument.source().begin : node->source().begin,
                node == nullptr ? "a torsion pendulum has no [instrument.pendulum]"
                                : "\"pendulum\" must be a section",
                "write [instrument.pendulum] and its numbers below it (docs/pendulum.md)"
            );
            return;
        }
        std::vector<std::string> names;
        for (const NumberKey& key : number_keys()) {
            names.emplace_back(key.key);
            if (key.number != nullptr) {
                names.push_back(std::string(key.key) + "_sigma");
            }
        }
        const std::vector<std::string_view> known(names.begin(), names.end());
        unknown_keys(*pendulum_, "instrument.pendulum.", known);
        for (const NumberKey& key : number_keys()) {
            if (key.number == nullptr) {
                read_number(*pendulum_, key.key, composition_.*key.plain);
                continue;
            }
            Number& number = composition_.*key.number;
            const std::string sigma = std::string(key.key) + "_sigma";
            read_number(*pendulum_, key.key, number.value);
            read_number(*pendulum_, sigma, number.sigma);
            if (pendulum_->contains(sigma) && !pendulum_->contains(key.key)) {
                tell(
                    pendulum_->get(sigma)->source().begin,
                    "\"" + sigma + "\" without \"" + std::string(key.key) + "\"",
                    "write the number that it belongs to"
                );
            }
        }
    }

    void read_parts(const toml::table& instrument) {
        const toml::node* node = instrument.get(part_key);
        const toml::array* list = node == nullptr ? nullptr : node->as_array();
        if (list == nullptr || list->empty()) {
            tell(
                node == nullptr ? instrument.source().begin : node->source().begin,
                node == nullptr ? "a torsion pendulum has no [[instrument.part]]"
                                : "\"part\" must be a list of sections",
                "write [[instrument.part]] once for each device (docs/pendulum.md)"
            );
            return;
        }
        for (const toml::node& entry : *list) {
            if (const toml::table* table = entry.as_table()) {
                read_part(*table);
            } else {
                tell(entry.source().begin, "a part must be a section", "write [[instrument.part]]");
            }
        }
    }

    std::string text(const toml::table& table, std::string_view key, bool is_needed) {
        const toml::node* node = table.get(key);
        const std::string name(key);
        if (node == nullptr) {
            if (is_needed) {
                tell(
                    table.source().begin,
                    "[[instrument.part]] has no \"" + name + "\"",
                    "each part needs name, device, uri and roles"
                );
            }
            return {};
        }
        const auto* value = node->as_string();
        if (value == nullptr || value->get().empty()) {
            tell(
                node->source().begin,
                "\"" + name + "\" must be a text in quotes, not empty",
                key == "serial_number" ? "leave it out where any will do" : ""
            );
            return {};
        }
        return value->get();
    }

    std::map<std::string, std::string> words(const toml::table& table, std::string_view key) {
        std::map<std::string, std::string> out;
        const toml::node* node = table.get(key);
        if (node == nullptr) {
            return out;
        }
        const std::string name(key);
        const toml::table* entries = node->as_table();
        if (entries == nullptr) {
            tell(
                node->source().begin,
                "\"" + name + "\" must be a table",
                key == "roles" ? "for example roles = { temperature = \"A\" }"
                               : "for example options = { output = \"1\" }"
            );
            return out;
        }
        for (const auto& [entry, value] : *entries) {
            const auto* said = value.as_string();
            if (said == nullptr) {
                tell(
                    value.source().begin,
                    "\"" + name + "." + std::string(entry.str()) + "\" must be a text in quotes",
                    "for example " + std::string(entry.str()) + " = \"1\""
                );
                continue;
            }
            out[std::string(entry.str())] = said->get();
        }
        return out;
    }

    void read_part(const toml::table& table) {
        unknown_keys(table, "instrument.part.", part_keys);
        ComposedPart part;
        part.config.name = text(table, "name", true);
        part.config.device = text(table, "device", true);
        part.config.uri = text(table, "uri", true);
        part.config.serial_number = text(table, "serial_number", false);
        part.config.options = words(table, "options");
        part.roles = words(table, "roles");
        parts_.push_back(&table);
        composition_.parts.push_back(std::move(part));
    }

    const Complain& complain_;
    Composition composition_;
    const toml::table* pendulum_ = nullptr;
    std::vector<const toml::table*> parts_;
    std::size_t mistakes_ = 0;
};

}  // namespace

Composition read_composition(const toml::table& instrument, const Complain& complain) {
    return Reader(complain).read(instrument);
}

Result<std::vector<NamedComposition>, std::vector<Error>> read_compositions(
    std::string_view text, const std::string& source_name
) {
    std::vector<Error> errors;
    const Complain complain =
        [&errors,
         &source_name](const toml::source_position& at, std::string message, std::string hint) {
            std::string where =
                source_name + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
            errors.push_back(
                Error{Errc::invalid, std::move(message), std::move(where), std::move(hint)}
            );
        };
    std::vector<NamedComposition> out;
    const toml::parse_result parsed = toml::parse(text, source_name);
    if (!parsed) {
        complain(parsed.error().source().begin, std::string(parsed.error().description()), {});
        return tl::unexpected<std::vector<Error>>(std::move(errors));
    }
    const toml::node* node = parsed.table().get("instrument");
    if (const toml::array* list = node == nullptr ? nullptr : node->as_array()) {
        for (const toml::node& entry : *list) {
            const toml::table* table = entry.as_table();
            if (table == nullptr ||
                (*table)["driver"].value_or(std::string()) != "torsion_pendulum") {
                continue;
            }
            NamedComposition one;
            one.name = (*table)["name"].value_or(std::string());
            one.composition = read_composition(*table, complain);
            out.push_back(std::move(one));
        }
    }
    if (!errors.empty()) {
        return tl::unexpected<std::vector<Error>>(std::move(errors));
    }
    return out;
}

}  // namespace relaxd::drivers::torsion_pendulum
