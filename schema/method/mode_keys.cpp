// SPDX-License-Identifier: MIT
#include "schema/method/mode_keys.hpp"

#include "schema/base/nearest.hpp"
#include "schema/base/number.hpp"
#include "schema/method/modes.hpp"
#include "schema/method/quantity_text.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace relaxd::method {

namespace {

constexpr std::size_t frequencies_max = 1000;
constexpr std::size_t amplitudes_max = 100;  // docs/protocols/q800_class.md 3.2
constexpr double force_track_max = 500.0;    // docs/protocols/q800_class.md 3.1, per cent
constexpr double strain_max = 10.0;
constexpr std::size_t purge_gas_max = 200;

/// Where a key belongs, and what to write elsewhere.
struct Belongs {
    bool here = false;
    const char* hint = "";
};

/// `amplitude` and `frequencies` in mode creep are older than this rule: read, and of no effect.
Belongs belongs(std::string_view key, Mode mode) {
    const bool oscillates = is_oscillation(mode) && !is_torsion(mode);
    const bool was_free = mode == Mode::creep || is_torsion(mode);
    if (key == "amplitude") {
        if (mode == Mode::multi_strain) {
            return {false, "write amplitudes = [\"5 um\", \"10 um\"]"};
        }
        return {oscillates || was_free, "only modes that oscillate have an amplitude"};
    }
    if (key == "frequencies") {
        return {oscillates || was_free, "only modes that oscillate have frequencies"};
    }
    if (key == "strain_amplitude") {
        if (mode == Mode::multi_strain) {
            return {false, "write strain_amplitudes = [\"0.01 %\", \"0.1 %\"]"};
        }
        return {
            oscillates || mode == Mode::torsion_forced || mode == Mode::torsion_free_decay,
            "only modes that oscillate have an amplitude"
        };
    }
    if (key == "amplitudes" || key == "strain_amplitudes") {
        return {mode == Mode::multi_strain, "use mode 'multi-strain', or one amplitude"};
    }
    if (key == "force_track" || key == "minimum_dynamic_force" || key == "maximum_dynamic_force" ||
        key == "static_elongation_alarm") {
        return {oscillates, "it belongs to the analyser's modes that oscillate"};
    }
    if (key == "strain") {
        return {
            mode == Mode::isostrain,
            mode == Mode::stress_relaxation || mode == Mode::strain_rate
                ? "write the strain into a sentence: \"Hold strain 0.1 % for 1000 s\""
                : "use mode 'isostrain', or strain_amplitude for the strain of an oscillation"
        };
    }
    if (key == "preload" || key == "reference_length") {
        return {!is_torsion(mode), "it belongs to the modes of the analyser"};
    }
    return {true, ""};
}

/// Reads the keys of one method; every error says its line.
class KeyReader {
  public:
    KeyReader(const toml::table& table, const std::string& source, Method& method)
        : table_(table), source_(source), method_(method) {}

    Result<void> read() {
        for (const std::string_view key : mode_keys) {
            const toml::node* node = table_.get(key);
            if (node == nullptr) {
                continue;
            }
            const Belongs place = belongs(key, method_.mode);
            if (!place.here) {
                return wrong(
                    *node,
                    "key '" + std::string(key) + "' is not possible in mode '" +
                        std::string(to_word(method_.mode)) + "'",
                    place.hint
                );
            }
            if (auto done = read_key(key, *node); !done) {
                return done;
            }
        }
        return check_together();
    }

  private:
    [[nodiscard]] std::string at(const toml::node& node) const {
        return source_ + ":" + std::to_string(node.source().begin.line);
    }
    [[nodiscard]] tl::unexpected<Error> wrong(
        const toml::node& node, std::string message, std::string hint = {}
    ) const {
        return fail(Errc::invalid, std::move(message), at(node), std::move(hint));
    }

    /// A number with its unit in SI. `example` is what to write.
    [[nodiscard]] Result<double> quantity_of(
        const toml::node& node, std::string_view key, Measure measure, const char* example
    ) const {
        const auto* text = node.as_string();
        if (text == nullptr) {
            return wrong(
                node,
                "key '" + std::string(key) + "' must be text with a number and a unit",
                "for example \"" + std::string(example) + "\""
            );
        }
        Result<double> value = quantity(text->get(), measure);
        if (!value) {
            Error error = value.error();
            error.message = "key '" + std::string(key) + "': " + error.message;
            error.hint +=
                (error.hint.empty() ? "" : "; ") + std::string("for example \"") + example + "\"";
            error.where = at(node);
            return fail(std::move(error));
        }
        return value;
    }

    /// Of a quantity that is greater than 0.
    [[nodiscard]] Result<double> positive(
        const toml::node& node, std::string_view key, Measure measure, const char* example
    ) const {
        Result<double> value = quantity_of(node, key, measure, example);
        if (value && !(*value > 0.0)) {
            return wrong(
                node,
                "key '" + std::string(key) + "': " + node.value_or(std::string()) +
                    " must be greater than 0"
            );
        }
        return value;
    }

    [[nodiscard]] Result<void> put(double& field, const Result<double>& value) const {
        if (!value) {
            return fail(value.error());
        }
        field = *value;
        return {};
    }
    [[nodiscard]] Result<void> put(std::optional<double>& field, const Result<double>& value)
        const {
        if (!value) {
            return fail(value.error());
        }
        field = *value;
        return {};
    }

    Result<void> read_key(std::string_view key, const toml::node& node) {
        if (key == "amplitude") {
            return put(method_.amplitude_m, positive(node, key, Measure::length, "15 um"));
        }
        if (key == "strain_amplitude") {
            return put(method_.strain_amplitude, positive(node, key, Measure::strain, "0.05 %"));
        }
        if (key == "amplitudes") {
            return read_amplitudes(node, key, Measure::length, "5 um", method_.amplitudes_m);
        }
        if (key == "strain_amplitudes") {
            return read_amplitudes(node, key, Measure::strain, "0.01 %", method_.strain_amplitudes);
        }
        if (key == "frequencies") {
            return read_frequencies(node);
        }
        if (key == "preload") {
            return read_preload(node, key);
        }
        if (key == "force_track") {
            return read_force_track(node, key);
        }
        if (key == "minimum_dynamic_force") {
            return put(
                method_.minimum_dynamic_force_N, positive(node, key, Measure::force, "0.005 N")
            );
        }
        if (key == "maximum_dynamic_force") {
            return put(method_.maximum_dynamic_force_N, positive(node, key, Measure::force, "5 N"));
        }
        if (key == "strain") {
            return read_strain(node, key);
        }
        if (key == "static_elongation_alarm") {
            return put(
                method_.static_elongation_alarm, positive(node, key, Measure::strain, "2 %")
            );
        }
        if (key == "clamp_torque") {
            return put(method_.clamp_torque_N_m, positive(node, key, Measure::torque, "0.9 N m"));
        }
        return read_words(key, node);
    }

    Result<void> read_words(std::string_view key, const toml::node& node) {
        const std::optional<std::string> text = node.value<std::string>();
        if (!node.is_string() || !text) {
            return wrong(
                node, "key '" + std::string(key) + "' must be text", "put it between \" and \""
            );
        }
        if (key == "purge_gas") {
            if (text->empty() || text->size() > purge_gas_max) {
                return wrong(
                    node,
                    "key 'purge_gas' must be 1 to " + std::to_string(purge_gas_max) + " bytes",
                    "for example \"nitrogen, 60 mL/min\""
                );
            }
            method_.purge_gas = *text;
            return {};
        }
        const auto found = std::ranges::find(reference_words, *text);
        if (found == reference_words.end()) {
            return wrong(
                node,
                "unknown reference_length '" + *text + "'",
                "the nearest known one is '" + std::string(nearest(*text, reference_words)) +
                    "'; known: " + joined(reference_words)
            );
        }
        method_.reference_length = static_cast<ReferenceLength>(found - reference_words.begin());
        if (method_.reference_length == ReferenceLength::current && !method_.clamp.empty() &&
            method_.clamp != "tension" && method_.clamp != "compression") {
            return wrong(
                node,
                "reference_length = \"current\" is not possible in clamp '" + method_.clamp +
                    "': its span is the clamp's, not the specimen's",
                "clamps tension and compression have a length to measure"
            );
        }
        return {};
    }

    Result<void> read_amplitudes(
        const toml::node& node,
        std::string_view key,
        Measure measure,
        const char* example,
        std::vector<double>& into
    ) {
        const toml::array* list = node.as_array();
        if (list == nullptr || list->empty() || list->size() > amplitudes_max) {
            return wrong(
                node,
                "key '" + std::string(key) + "' must be a list of 1 to " +
                    std::to_string(amplitudes_max) + " amplitudes",
                "for example [\"" + std::string(example) + "\"]"
            );
        }
        for (const toml::node& one : *list) {
            const Result<double> value = positive(one, key, measure, example);
            if (!value) {
                return fail(value.error());
            }
            if (!into.empty() && *value <= into.back()) {
                return wrong(
                    one,
                    "key '" + std::string(key) + "' must ascend: " + one.value_or(std::string()) +
                        " is not greater than the one before",
                    "a specimen that was strained much is another one afterwards"
                );
            }
            into.push_back(*value);
        }
        return {};
    }

    Result<void> read_frequencies(const toml::node& node) {
        const toml::array* list = node.as_array();
        if (list == nullptr || list->empty() || list->size() > frequencies_max) {
            return wrong(
                node,
                "key 'frequencies' must be a list of 1 to " + std::to_string(frequencies_max) +
                    " frequencies",
                "for example [\"1 Hz\", \"2 Hz\"]"
            );
        }
        std::vector<double>& into = method_.frequencies_Hz;
        for (const toml::node& one : *list) {
            const Result<double> value = positive(one, "frequencies", Measure::frequency, "1 Hz");
            if (!value) {
                return fail(value.error());
            }
            if (std::ranges::find(into, *value) != into.end()) {
                return wrong(
                    one, "key 'frequencies' names " + relaxd::to_text(*value) + " Hz twice"
                );
            }
            into.push_back(*value);
        }
        return {};
    }

    Result<void> read_preload(const toml::node& node, std::string_view key) {
        const Result<double> value = quantity_of(node, key, Measure::force, "0.01 N");
        if (value && *value < 0.0) {
            return wrong(
                node,
                "key 'preload': " + node.value_or(std::string()) + " must not be negative",
                "a preload pulls a film and presses a plate or a beam: it is positive"
            );
        }
        return put(method_.preload_N, value);
    }

    Result<void> read_force_track(const toml::node& node, std::string_view key) {
        if (node.is_number()) {
            return wrong(
                node,
                "key 'force_track' must say per cent: is " + relaxd::to_text(node.value_or(0.0)) +
                    " a ratio or a percentage?",
                "write \"125 %\" for a static force of 1.25 times the dynamic one"
            );
        }
        const Result<double> value = quantity_of(node, key, Measure::percentage, "125 %");
        if (value && (*value < 0.0 || *value > force_track_max)) {
            return wrong(
                node,
                "key 'force_track': " + node.value_or(std::string()) + " is outside 0 % to " +
                    relaxd::to_text(force_track_max) + " %"
            );
        }
        return put(method_.force_track_percent, value);
    }

    Result<void> read_strain(const toml::node& node, std::string_view key) {
        const Result<double> value = quantity_of(node, key, Measure::strain, "0.1 %");
        if (value && (*value == 0.0 || std::abs(*value) > strain_max)) {
            return wrong(
                node,
                "key 'strain': " + node.value_or(std::string()) +
                    (*value == 0.0 ? " strains nothing" : " is more than 1000 %")
            );
        }
        return put(method_.strain, value);
    }

    /// A key of two that exclude each other, or of several of which one is needed.
    Result<void> check_together() const {
        for (const auto& [one, other] :
             {std::pair("amplitude", "strain_amplitude"),
              std::pair("amplitudes", "strain_amplitudes")}) {
            if (const toml::node* node = table_.get(other); node && table_.get(one)) {
                return wrong(
                    *node,
                    "keys '" + std::string(one) + "' and '" + other + "' exclude each other",
                    "keep the one that you mean"
                );
            }
        }
        if (method_.minimum_dynamic_force_N && method_.maximum_dynamic_force_N &&
            *method_.minimum_dynamic_force_N >= *method_.maximum_dynamic_force_N) {
            return wrong(
                *table_.get("minimum_dynamic_force"),
                "key 'minimum_dynamic_force': " + to_text(*method_.minimum_dynamic_force_N) +
                    " N is not below maximum_dynamic_force, " +
                    to_text(*method_.maximum_dynamic_force_N) + " N"
            );
        }
        if (method_.mode == Mode::multi_strain && method_.amplitudes_m.empty() &&
            method_.strain_amplitudes.empty()) {
            return missing("amplitudes", "amplitudes = [\"5 um\", \"10 um\"]");
        }
        if (method_.mode == Mode::multi_strain && method_.frequencies_Hz.empty()) {
            return missing("frequencies", "frequencies = [\"1 Hz\"]");
        }
        if (method_.mode == Mode::isostrain && method_.strain == 0.0) {
            return missing("strain", "strain = \"0.1 %\"");
        }
        return {};
    }

    [[nodiscard]] tl::unexpected<Error> missing(const char* key, const char* example) const {
        return fail(
            Errc::invalid,
            "key '" + std::string(key) + "' is missing: mode '" +
                std::string(to_word(method_.mode)) + "' needs it",
            source_ + ":1",
            "for example " + std::string(example)
        );
    }

    const toml::table& table_;
    const std::string& source_;
    Method& method_;
};

}  // namespace

Result<void> read_mode_keys(const toml::table& table, const std::string& source, Method& method) {
    return KeyReader(table, source, method).read();
}

Result<void> check_reference(
    const Method& method,
    const std::vector<Executed>& executed,
    const std::string& source,
    const std::vector<std::string>& places
) {
    const bool is_current = method.reference_length == ReferenceLength::current;
    bool has_measured = false;
    bool has_length = false;
    for (const Executed& one : executed) {
        const bool is_length = one.segment.kind == SegmentKind::measure_length;
        has_length = has_length || is_length;
        if (is_length && has_measured && !is_current) {
            return fail(
                Errc::invalid,
                "\"" + one.segment.text +
                    "\" after readings gives the strains and moduli of one run two reference "
                    "lengths",
                places[static_cast<std::size_t>(one.method_segment) - 1],
                "put it before what measures, or say reference_length = \"current\""
            );
        }
        has_measured = has_measured || has_readings(method, one.segment.kind);
    }
    if (is_current && !has_length) {
        return fail(
            Errc::invalid,
            "reference_length = \"current\" needs the sentence \"Measure length\" where the "
            "length is to be taken",
            source + ":1",
            "add \"Measure length\" to the segments, or leave the key out"
        );
    }
    return {};
}

}  // namespace relaxd::method
