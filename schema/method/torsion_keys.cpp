// SPDX-License-Identifier: MIT
#include "schema/method/torsion_keys.hpp"

#include "schema/base/number.hpp"
#include "schema/method/modes.hpp"
#include "schema/method/quantity_text.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace relaxd::method {

namespace {

constexpr std::int64_t cycles_max = 1000;
constexpr std::int64_t windows_max = 1000;
constexpr std::int64_t every_max = 1000;

bool belongs(std::string_view key, Mode mode) {
    if (key == "torque") {
        return mode == Mode::torsion_creep;
    }
    if (key == "deflection") {
        return mode == Mode::torsion_free_decay;
    }
    if (key == "torque_amplitude" || key == "drive_amplitude") {
        return mode == Mode::torsion_forced || mode == Mode::torsion_free_decay;
    }
    return mode == Mode::torsion_forced;
}

std::string_view where_it_belongs(std::string_view key) {
    if (key == "torque") {
        return "use mode 'torsion-creep'";
    }
    if (key == "deflection") {
        return "use mode 'torsion-free-decay'";
    }
    if (key == "torque_amplitude" || key == "drive_amplitude") {
        return "use mode 'torsion-forced' or 'torsion-free-decay'";
    }
    return "use mode 'torsion-forced'";
}

class Reader {
  public:
    Reader(const toml::table& table, const std::string& source, Method& method)
        : table_(table), source_(source), method_(method) {}

    Result<void> read() {
        for (const std::string_view key : torsion_keys) {
            const toml::node* node = table_.get(key);
            if (node == nullptr) {
                continue;
            }
            if (!belongs(key, method_.mode)) {
                return wrong(
                    *node,
                    "key '" + std::string(key) + "' is not possible in mode '" +
                        std::string(to_word(method_.mode)) + "'",
                    std::string(where_it_belongs(key))
                );
            }
            if (auto done = read_key(key, *node); !done) {
                return done;
            }
        }
        return check_together();
    }

  private:
    [[nodiscard]] tl::unexpected<Error> wrong(
        const toml::node& node, std::string message, std::string hint
    ) const {
        return fail(
            Errc::invalid,
            std::move(message),
            source_ + ":" + std::to_string(node.source().begin.line),
            std::move(hint)
        );
    }

    Result<void> read_key(std::string_view key, const toml::node& node) {
        TorsionSettings& into = method_.torsion;
        if (key == "reference_frequency") {
            return put(into.reference_frequency_Hz, key, node, Measure::frequency, "1 Hz");
        }
        if (key == "torque_amplitude") {
            return put(into.torque_amplitude_N_m, key, node, Measure::torque, "1e-6 N m");
        }
        if (key == "drive_amplitude") {
            return put(into.drive_amplitude_V, key, node, Measure::voltage, "0.5 V");
        }
        if (key == "deflection") {
            return put(into.deflection_rad, key, node, Measure::angle, "1 mrad");
        }
        if (key == "torque") {
            return put(into.torque_N_m, key, node, Measure::torque, "1e-5 N m");
        }
        if (key == "reference_every") {
            return put_count(into.reference_every, key, node, every_max);
        }
        if (key == "cycles") {
            return put_count(into.cycles, key, node, cycles_max);
        }
        if (key == "windows_at_most") {
            return put_count(into.windows_at_most, key, node, windows_max);
        }
        const std::string word = node.value_or(std::string());
        if (!node.is_string() || (word != "on" && word != "off")) {
            return wrong(
                node,
                "key 'check_isotherm' is \"on\" or \"off\"",
                "for example check_isotherm = \"on\""
            );
        }
        into.checks_isotherm = word == "on";
        return {};
    }

    /// A number with its unit; of a torque that is constant either sign, else above 0.
    Result<void> put(
        double& field,
        std::string_view key,
        const toml::node& node,
        Measure measure,
        const std::string& example
    ) const {
        const std::string name(key);
        const auto* text = node.as_string();
        if (text == nullptr) {
            return wrong(
                node,
                "key '" + name + "' must be text with a number and a unit",
                "for example \"" + example + "\""
            );
        }
        const Result<double> value = quantity(text->get(), measure);
        if (!value) {
            const std::string& hint = value.error().hint;
            return wrong(
                node,
                "key '" + name + "': " + value.error().message,
                hint + (hint.empty() ? "" : "; ") + "for example \"" + example + "\""
            );
        }
        if (*value == 0.0 || (*value < 0.0 && key != "torque")) {
            return wrong(
                node,
                "key '" + name + "': " + text->get() +
                    (*value == 0.0 ? " does nothing" : " must be greater than 0"),
                "for example \"" + example + "\""
            );
        }
        field = *value;
        return {};
    }

    Result<void> put_count(
        int& field, std::string_view key, const toml::node& node, std::int64_t largest
    ) const {
        const std::optional<std::int64_t> value = node.value<std::int64_t>();
        if (!node.is_integer() || !value || *value < 1 || *value > largest) {
            return wrong(
                node,
                "key '" + std::string(key) + "' must be a whole number from 1 to " +
                    std::to_string(largest) + ", without quotes",
                "for example " + std::string(key) + " = 4"
            );
        }
        field = static_cast<int>(*value);
        return {};
    }

    [[nodiscard]] Result<void> check_together() const {
        const toml::node* every = table_.get("reference_every");
        if (every != nullptr && method_.torsion.reference_frequency_Hz == 0.0) {
            return wrong(
                *every,
                "key 'reference_every' needs 'reference_frequency'",
                "for example reference_frequency = \"1 Hz\""
            );
        }
        const toml::node* first = nullptr;
        std::string first_key;
        for (const char* key :
             {"strain_amplitude", "torque_amplitude", "drive_amplitude", "deflection"}) {
            const toml::node* node = is_torsion(method_.mode) ? table_.get(key) : nullptr;
            if (node != nullptr && first != nullptr) {
                return wrong(
                    *node,
                    "keys '" + first_key + "' and '" + key + "' exclude each other",
                    "keep the one that you mean"
                );
            }
            if (node != nullptr) {
                first = node;
                first_key = key;
            }
        }
        return {};
    }

    const toml::table& table_;
    const std::string& source_;
    Method& method_;
};

}  // namespace

Result<void> read_torsion_keys(
    const toml::table& table, const std::string& source, Method& method
) {
    return Reader(table, source, method).read();
}

}  // namespace relaxd::method
