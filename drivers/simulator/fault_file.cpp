// SPDX-License-Identifier: MIT
//
// Fault scripts as TOML. Every error says file and line.
#include "drivers/simulator/fault_kinds.hpp"
#include "drivers/simulator/input_file.hpp"
#include "schema/base/nearest.hpp"
#include "schema/base/number.hpp"
#include "schema/base/toml_parser.hpp"
#include "schema/base/toml_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

namespace relaxd::simulator {
namespace {

constexpr std::array<std::string_view, 4> script_keys{"title", "notes", "seed", "fault"};
constexpr std::size_t faults_max = 1000;

enum class Measure : std::uint8_t {
    time,
    temperature,
    length,
    angle,
    share,
    size,
    relative_rate,
    temperature_rate,
};

struct Unit {
    std::string_view word;
    Measure measure;
    double multiply_by;
    double divide_by = 1.0;
    double add = 0.0;
};

constexpr std::array units{
    Unit{"ms", Measure::time, 1.0, 1e3},
    Unit{"s", Measure::time, 1.0},
    Unit{"min", Measure::time, 60.0},
    Unit{"h", Measure::time, 3600.0},
    Unit{"K", Measure::temperature, 1.0},
    Unit{"degC", Measure::temperature, 1.0, 1.0, 273.15},
    Unit{"°C", Measure::temperature, 1.0, 1.0, 273.15},
    Unit{"nm", Measure::length, 1.0, 1e9},
    Unit{"um", Measure::length, 1.0, 1e6},
    Unit{"\u00B5m", Measure::length, 1.0, 1e6},
    Unit{"mm", Measure::length, 1.0, 1e3},
    Unit{"deg", Measure::angle, std::numbers::pi, 180.0},
    Unit{"rad", Measure::angle, 1.0},
    Unit{"%", Measure::share, 1.0, 100.0},
    Unit{"B", Measure::size, 1.0},
    Unit{"kB", Measure::size, 1e3},
    Unit{"MB", Measure::size, 1e6},
    Unit{"%/h", Measure::relative_rate, 1.0, 360000.0},
    Unit{"%/min", Measure::relative_rate, 1.0, 6000.0},
    Unit{"K/h", Measure::temperature_rate, 1.0, 3600.0},
    Unit{"K/min", Measure::temperature_rate, 1.0, 60.0},
};

std::string known_units(Measure measure) {
    std::string text;
    for (const Unit& unit : units) {
        if (unit.measure == measure) {
            text += (text.empty() ? "" : ", ") + std::string(unit.word);
        }
    }
    return text;
}

/// Number and unit; nothing if it is not that.
std::optional<double> quantity(std::string_view text, Measure measure) {
    const auto trim = [](std::string_view piece) {
        while (!piece.empty() && piece.front() == ' ') {
            piece.remove_prefix(1);
        }
        while (!piece.empty() && piece.back() == ' ') {
            piece.remove_suffix(1);
        }
        return piece;
    };
    text = trim(text);
    const std::size_t digits = std::min(text.find_first_not_of("+-.0123456789eE"), text.size());
    const auto number = to_double(text.substr(0, digits));
    const std::string_view word = trim(text.substr(digits));
    for (const Unit& unit : units) {
        if (number && unit.measure == measure && unit.word == word) {
            const double si = *number * unit.multiply_by / unit.divide_by + unit.add;
            return std::isfinite(si) ? std::optional<double>(si) : std::nullopt;
        }
    }
    return std::nullopt;
}

class Reader {
  public:
    explicit Reader(const std::string& source) : source_(source) {}

    Result<FaultScript> read(const toml::table& table) {
        if (auto done = check_keys(table, "a fault script", source_, script_keys); !done) {
            return fail(done.error());
        }
        if (const toml::node* seed = table.get("seed")) {
            const auto value = whole(*seed);
            if (!value) {
                return wrong("seed", *seed, "must be a whole number", "write seed = 7");
            }
            script_.seed = value;
        }
        const toml::node* node = table.get("fault");
        const toml::array* list = node == nullptr ? nullptr : node->as_array();
        if (node != nullptr && list == nullptr) {
            return wrong("fault", *node, "must be a list of tables", "write [[fault]]");
        }
        if (list == nullptr || list->empty()) {
            return fail(
                Errc::invalid,
                "the script holds no fault",
                source_ + ":1",
                "see docs/fault-scripts.md: [[fault]], kind = \"garbled\", probability = 1e-4"
            );
        }
        if (list->size() > faults_max) {
            return wrong("fault", *node, "has more than 1000 tables", "write several scripts");
        }
        for (const toml::node& one : *list) {
            const toml::table* fault = one.as_table();
            if (fault == nullptr) {
                return wrong("fault", one, "must be a list of tables", "write [[fault]]");
            }
            if (auto done = read_fault(*fault); !done) {
                return fail(done.error());
            }
        }
        return std::move(script_);
    }

  private:
    using Done = Result<void>;

    [[nodiscard]] std::string at(const toml::node& node) const {
        return source_ + ":" + std::to_string(node.source().begin.line);
    }

    [[nodiscard]] tl::unexpected<Error> wrong(
        std::string_view key, const toml::node& node, std::string_view what, std::string hint
    ) const {
        return fail(
            Errc::invalid,
            "key '" + std::string(key) + "' " + std::string(what),
            at(node),
            std::move(hint)
        );
    }

    static std::optional<std::uint64_t> whole(const toml::node& node) {
        const auto* number = node.as_integer();
        if (number == nullptr || number->get() < 0) {
            return std::nullopt;
        }
        return static_cast<std::uint64_t>(number->get());
    }

    [[nodiscard]] Done read_kind(const toml::table& table) {
        const toml::node* node = table.get("kind");
        if (node == nullptr) {
            return fail(
                Errc::invalid,
                "this fault has no kind",
                source_ + ":" + std::to_string(table.source().begin.line),
                "add kind = \"…\", one of " + joined(fault_words())
            );
        }
        const auto* word = node->as_string();
        if (word == nullptr) {
            return wrong("kind", *node, "must be text", "put it between \" and \"");
        }
        const auto kind = fault_kind(word->get());
        if (!kind) {
            return fail(
                Errc::invalid,
                "unknown kind '" + word->get() + "'",
                at(*node),
                "the nearest known kind is '" + std::string(nearest(word->get(), fault_words())) +
                    "'; known: " + joined(fault_words())
            );
        }
        fault_ = fault_of(*kind);
        fault_.line = table.source().begin.line;
        return {};
    }

    [[nodiscard]] Done read_fault(const toml::table& table) {
        if (auto done = read_kind(table); !done) {
            return done;
        }
        const std::string word(to_word(fault_.kind));
        if (auto done = check_keys(table, "fault '" + word + "'", source_, fault_keys(fault_.kind));
            !done) {
            return done;
        }
        if (table.contains("duration")) {
            fault_.count.reset();  // the kind's default
        }
        for (const auto& [key, node] : table) {
            if (auto done = take(key.str(), node); !done) {
                return done;
            }
        }
        if (const auto problem = problem_of(fault_)) {
            const toml::node* node = table.get(problem->key);
            return fail(
                Errc::invalid,
                word + ": " + problem->message,
                node != nullptr ? at(*node) : source_ + ":" + std::to_string(fault_.line),
                problem->hint
            );
        }
        script_.faults.push_back(fault_);
        return {};
    }

    [[nodiscard]] Done take(std::string_view key, const toml::node& node) {
        if (key == "kind") {
            return {};
        }
        for (const auto taken : {&Reader::take_count, &Reader::take_quantity, &Reader::take_word}) {
            Done done;
            if ((this->*taken)(key, node, done)) {
                return done;
            }
        }
        return wrong(key, node, "is not understood", "");  // a key of the table without a reader
    }

    /// Whole numbers, and the probability.
    bool take_count(std::string_view key, const toml::node& node, Done& done) {
        if (key == "probability") {
            fault_.probability = node.value<double>();
            if (!node.is_number() || !fault_.probability) {
                done = wrong(key, node, "must be a number", "write probability = 1e-4");
            }
            return true;
        }
        const auto value = whole(node);
        const std::uint64_t number = value.value_or(0);
        if (key == "at_reading") {
            fault_.at_reading = number;
        } else if (key == "count") {
            fault_.count = number;
        } else if (key == "pieces") {
            fault_.pieces = number;
        } else if (key == "together") {
            fault_.together = number;
        } else if (key == "copies") {
            fault_.copies = number;
        } else if (key == "places") {
            fault_.places = number;
        } else if (key == "bits") {
            fault_.bits = number;
        } else {
            return false;
        }
        if (!value) {
            done = wrong(key, node, "must be a whole number", "write " + std::string(key) + " = 3");
        }
        return true;
    }

    [[nodiscard]] Result<double> value_of(
        std::string_view key, const toml::node& node, Measure measure, std::string_view example
    ) const {
        const auto* text = node.as_string();
        const auto si = text == nullptr ? std::nullopt : quantity(text->get(), measure);
        if (!si) {
            return wrong(
                key,
                node,
                "must be text with a number and one of " + known_units(measure),
                "write " + std::string(key) + " = \"" + std::string(example) + "\""
            );
        }
        return *si;
    }

    template <typename Member>
    void take_si(
        std::string_view key,
        const toml::node& node,
        Measure measure,
        std::string_view example,
        Member& into,
        Done& done
    ) const {
        const Result<double> si = value_of(key, node, measure, example);
        if (si) {
            into = *si;
        } else {
            done = fail(si.error());
        }
    }

    bool take_quantity(std::string_view key, const toml::node& node, Done& done) {
        const auto into = [&](auto& member, Measure measure, std::string_view example) {
            take_si(key, node, measure, example, member, done);
            return true;
        };
        if (key == "at" || key == "every") {
            return into(key == "at" ? fault_.at_s : fault_.every_s, Measure::time, "35 min");
        }
        if (key == "duration") {
            return into(fault_.duration_s, Measure::time, "3 s");
        }
        if (key == "delay" || key == "reacts_after" || key == "back_after") {
            return into(fault_.delay_s, Measure::time, "400 ms");
        }
        if (key == "refused_for") {
            return into(fault_.refused_s, Measure::time, "10 s");
        }
        if (key == "cut_out") {
            return into(fault_.value, Measure::temperature, "900 K");
        }
        if (key == "displacement") {
            return into(fault_.step_m, Measure::length, "20 um");
        }
        if (key == "stiffness_loss") {
            return into(fault_.value, Measure::share, "30 %");
        }
        if (key == "phase") {
            return into(fault_.value, Measure::angle, "3 deg");
        }
        if (key == "size") {
            double bytes = 0.0;
            into(bytes, Measure::size, "1 MB");
            fault_.size_bytes =
                bytes >= 0.0 && bytes < 1e12 ? static_cast<std::uint64_t>(bytes) : 0;
            return true;
        }
        return take_special(key, node, done);
    }

    /// What is measured depends on another key.
    bool take_special(std::string_view key, const toml::node& node, Done& done) {
        if (key == "shows") {
            if (node.value<std::string_view>() == "stuck") {
                fault_.value.reset();
                return true;
            }
            take_si(key, node, Measure::temperature, "1645 K", fault_.value, done);
            return true;
        }
        if (key == "rate") {  // `column` stands before it in the table's order
            const bool kelvin = fault_.column.ends_with("_K");
            take_si(
                key,
                node,
                kelvin ? Measure::temperature_rate : Measure::relative_rate,
                kelvin ? "0.5 K/h" : "1 %/h",
                fault_.value,
                done
            );
            return true;
        }
        return false;
    }

    template <std::size_t N, typename Word>
    void take_choice(
        std::string_view key,
        const toml::node& node,
        const std::array<std::string_view, N>& words,
        Word& into,
        Done& done
    ) {
        const std::string word = node.value_or(std::string());
        const auto found = std::ranges::find(words, word);
        if (found == words.end()) {
            done = fail(
                Errc::invalid,
                "unknown " + std::string(key) + " '" + word + "'",
                at(node),
                "the nearest known word is '" + std::string(nearest(word, words)) +
                    "'; known: " + joined(words)
            );
            return;
        }
        into = static_cast<Word>(found - words.begin());
    }

    bool take_word(std::string_view key, const toml::node& node, Done& done) {
        static constexpr std::array<std::string_view, 3> directions{
            "to_host", "to_instrument", "both"
        };
        static constexpr std::array<std::string_view, 4> lines{
            "any", "readings", "replies", "states"
        };
        if (key == "direction") {
            take_choice(key, node, directions, fault_.direction, done);
        } else if (key == "lines") {
            take_choice(key, node, lines, fault_.lines, done);
        } else if (key == "reacts") {
            const auto yes = node.value<bool>();
            if (!node.is_boolean() || !yes) {
                done = wrong(key, node, "must be true or false", "");
            }
            fault_.reacts = yes.value_or(true);
        } else if (key == "serial" || key == "column" || key == "word") {
            const auto* text = node.as_string();
            if (text == nullptr) {
                done = wrong(key, node, "must be text", "put it between \" and \"");
                return true;
            }
            (key == "serial"   ? fault_.serial
             : key == "column" ? fault_.column
                               : fault_.word) = text->get();
        } else {
            return false;
        }
        return true;
    }

    std::string source_;
    FaultScript script_;
    Fault fault_;
};

}  // namespace

Result<FaultScript> parse_faults(std::string_view toml_text, const std::string& source) {
    const toml::parse_result parsed = toml::parse(toml_text, source);
    if (!parsed) {
        const toml::parse_error& error = parsed.error();
        return fail(not_toml(error.description(), source, error.source().begin.line));
    }
    return Reader(source).read(parsed.table());
}

Result<FaultScript> load_faults(const std::filesystem::path& file) {
    const auto text = read_input(file, "fault script");
    if (!text) {
        return fail(text.error());
    }
    return parse_faults(*text, file.string());
}

}  // namespace relaxd::simulator
