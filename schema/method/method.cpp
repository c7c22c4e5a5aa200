// SPDX-License-Identifier: MIT
//
// The TOML of a method: keys, their types and what fits together. Sentences: sentence.cpp.
#include "schema/method/method.hpp"

#include "schema/base/nearest.hpp"
#include "schema/base/number.hpp"
#include "schema/base/toml_parser.hpp"
#include "schema/base/toml_text.hpp"
#include "schema/method/expand.hpp"
#include "schema/method/mode_keys.hpp"
#include "schema/method/modes.hpp"
#include "schema/method/parameters.hpp"
#include "schema/method/quantity_text.hpp"
#include "schema/method/torsion_keys.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace relaxd::method {

namespace {

constexpr std::array<std::string_view, 7> clamp_words{
    "single-cantilever",
    "dual-cantilever",
    "3-point-bending",
    "tension",
    "compression",
    "shear-sandwich",
    "torsion",
};
constexpr std::array<std::string_view, 3> fits_words{"newest", "every", "off"};
constexpr std::array<std::string_view, 3> form_words{"printed", "gamma", "exact"};
constexpr std::array<std::string_view, 5> own_keys{"name", "mode", "clamp", "segments", "fits"};
constexpr std::array<std::string_view, 6> fits_keys{
    "mode", "form", "T_g_K", "material", "prior", "allow_state_change"
};
constexpr std::size_t segments_max = 10'000;

constexpr std::size_t keys_count = own_keys.size() + mode_keys.size() + torsion_keys.size();

std::array<std::string_view, keys_count> method_keys() {
    std::array<std::string_view, keys_count> all;
    auto* const after =
        std::ranges::copy(mode_keys, std::ranges::copy(own_keys, all.begin()).out).out;
    std::ranges::copy(torsion_keys, after);
    return all;
}

/// Reads one method; keeps the source name so that every error can say its line.
class Reader {
  public:
    Reader(std::string_view toml, std::string_view source) : source_(source) {
        method_.text = std::string(toml);
    }

    Result<Method> read(const toml::table& table) {
        if (auto done = check_keys(table, "a method", source_, method_keys()); !done) {
            return fail(done.error());
        }
        for (auto step :
             {&Reader::read_name,
              &Reader::read_mode,
              &Reader::read_clamp,
              &Reader::read_keys_of_mode,
              &Reader::read_segments,
              &Reader::read_fits,
              &Reader::check_together,
              &Reader::check_unrolls}) {
            if (Result<void> done = (this->*step)(table); !done) {
                return fail(done.error());
            }
        }
        return std::move(method_);
    }

  private:
    [[nodiscard]] std::string at(const toml::source_region& region) const {
        return source_ + ":" + std::to_string(region.begin.line);
    }
    [[nodiscard]] std::string at(const toml::node& node) const { return at(node.source()); }

    /// An error that `where` does not place yet gets its line.
    [[nodiscard]] tl::unexpected<Error> placed(
        Error error, const toml::node& node, std::string_view key
    ) const {
        error.where = at(node);
        error.message = "key '" + std::string(key) + "': " + error.message;
        return fail(std::move(error));
    }

    [[nodiscard]] tl::unexpected<Error> wrong(
        const toml::node& node, std::string message, std::string hint = {}
    ) const {
        return fail(Errc::invalid, std::move(message), at(node), std::move(hint));
    }

    /// The text of a key; an error if it is something else.
    [[nodiscard]] Result<std::string> text_of(const toml::node& node, std::string_view key) const {
        if (const auto* text = node.as_string()) {
            return text->get();
        }
        return wrong(
            node, "key '" + std::string(key) + "' must be text", "put it between \" and \""
        );
    }

    /// The position of a word in a list of known words.
    [[nodiscard]] Result<std::size_t> word_of(
        const toml::node& node, std::string_view key, std::span<const std::string_view> known
    ) const {
        const Result<std::string> text = text_of(node, key);
        if (!text) {
            return fail(text.error());
        }
        const auto found = std::ranges::find(known, *text);
        if (found == known.end()) {
            return wrong(
                node,
                "unknown " + std::string(key) + " '" + *text + "'",
                "the nearest known one is '" + std::string(nearest(*text, known)) +
                    "'; known: " + joined(known)
            );
        }
        return static_cast<std::size_t>(found - known.begin());
    }

    Result<void> read_name(const toml::table& table) {
        if (const toml::node* node = table.get("name")) {
            Result<std::string> text = text_of(*node, "name");
            if (!text) {
                return fail(text.error());
            }
            method_.name = std::move(*text);
        }
        return {};
    }

    Result<void> read_mode(const toml::table& table) {
        const toml::node* node = table.get("mode");
        if (node == nullptr) {
            return fail(
                Errc::invalid,
                "key 'mode' is missing",
                source_ + ":1",
                "known modes: " + joined(mode_words)
            );
        }
        const Result<std::size_t> index = word_of(*node, "mode", mode_words);
        if (!index) {
            return fail(index.error());
        }
        method_.mode = static_cast<Mode>(*index);
        return {};
    }

    Result<void> read_clamp(const toml::table& table) {
        if (const toml::node* node = table.get("clamp")) {
            const Result<std::size_t> index = word_of(*node, "clamp", clamp_words);
            if (!index) {
                return fail(index.error());
            }
            method_.clamp = std::string(clamp_words[*index]);
        }
        return {};
    }

    Result<void> read_keys_of_mode(const toml::table& table) {
        if (auto done = read_mode_keys(table, source_, method_); !done) {
            return done;
        }
        return read_torsion_keys(table, source_, method_);
    }

    Result<void> read_segments(const toml::table& table) {
        const toml::node* node = table.get("segments");
        const toml::array* list = node == nullptr ? nullptr : node->as_array();
        if (list == nullptr || list->empty() || list->size() > segments_max) {
            return fail(
                Errc::invalid,
                node == nullptr ? "key 'segments' is missing"
                                : "key 'segments' must be a list of 1 to " +
                                      std::to_string(segments_max) + " sentences",
                node == nullptr ? source_ + ":1" : at(*node),
                "for example [\"Equilibrate at 300 K\", \"Ramp 3 K/min to 550 K\"]"
            );
        }
        for (const toml::node& one : *list) {
            const Result<std::string> text = text_of(one, "segments");
            if (!text) {
                return fail(text.error());
            }
            Result<Segment> segment = parse_sentence(*text, at(one));
            if (!segment) {
                return fail(segment.error());
            }
            segment_places_.push_back(at(one));
            method_.segments.push_back(std::move(*segment));
        }
        return {};
    }

    Result<void> read_fits(const toml::table& table) {
        const toml::node* node = table.get("fits");
        if (node == nullptr) {
            return {};
        }
        const toml::table* settings = node->as_table();
        if (settings == nullptr) {
            return read_fits_word(*node, "fits");
        }
        if (auto done = check_keys(*settings, "[fits]", source_, fits_keys); !done) {
            return done;
        }
        if (const toml::node* mode = settings->get("mode")) {
            if (auto done = read_fits_word(*mode, "fits.mode"); !done) {
                return done;
            }
        }
        return read_fit_settings(*settings);
    }

    Result<void> read_fits_word(const toml::node& node, std::string_view key) {
        const Result<std::size_t> index = word_of(node, key, fits_words);
        if (!index) {
            return fail(index.error());
        }
        method_.fits = static_cast<FitsMode>(*index);
        return {};
    }

    Result<void> read_fit_settings(const toml::table& settings) {
        if (const toml::node* node = settings.get("form")) {
            const Result<std::size_t> index = word_of(*node, "form", form_words);
            if (!index) {
                return fail(index.error());
            }
            method_.fit.form = record::form_from(form_words[*index]).value_or(method_.fit.form);
        }
        if (const toml::node* node = settings.get("T_g_K")) {
            const std::optional<double> T_g_K = node->value<double>();
            if (!node->is_number() || !T_g_K || !(*T_g_K > 0.0) || *T_g_K > 1e4) {
                return wrong(
                    *node, "key 'fits.T_g_K' must be a number of kelvin above 0", "T_g_K = 453.0"
                );
            }
            method_.fit.T_g_K = T_g_K;
        }
        if (const toml::node* node = settings.get("material")) {
            Result<std::string> text = text_of(*node, "fits.material");
            if (!text) {
                return fail(text.error());
            }
            method_.fit.material = std::move(*text);
        }
        if (const toml::node* node = settings.get("allow_state_change")) {
            if (!node->is_boolean()) {
                return wrong(
                    *node,
                    "key 'fits.allow_state_change' must be true or false",
                    "allow_state_change = true"
                );
            }
            method_.fit.allow_state_change = node->value_or(false);
        }
        const toml::node* prior = settings.get("prior");
        return prior == nullptr ? Result<void>{} : read_priors(*prior);
    }

    Result<void> read_priors(const toml::node& node) {
        const toml::table* priors = node.as_table();
        if (priors == nullptr) {
            constexpr std::string_view run_word = "run:";
            const std::string text = node.value_or(std::string());
            if (text.starts_with(run_word) && text.size() > run_word.size()) {
                method_.fit.prior_run = text.substr(run_word.size());
                return {};
            }
            return wrong(
                node,
                "key 'fits.prior' must be \"run:ID\" or a table of NAME = \"MEAN+-SD\"",
                "for example prior = \"run:7\" or prior = {T_g_K = \"453+-3\"}"
            );
        }
        for (const auto& [key, value] : *priors) {
            const std::string name(key.str());
            if (Result<void> known = check_parameter_name(name); !known) {
                return placed(known.error(), value, "fits.prior");
            }
            const Result<std::string> text = text_of(value, "fits.prior." + name);
            if (!text) {
                return fail(text.error());
            }
            const std::optional<record::Prior> prior = prior_from(*text);
            if (!prior) {
                return wrong(
                    value,
                    "key 'fits.prior." + name + "': '" + *text +
                        "' is not MEAN+-SD with SD greater than 0",
                    "for example \"453+-3\""
                );
            }
            method_.fit.priors[name] = *prior;
        }
        return {};
    }

    static std::optional<record::Prior> prior_from(std::string_view text) {
        for (const std::string_view sign : {"+-", "\u00B1"}) {
            const std::size_t split = text.find(sign);
            if (split == std::string_view::npos) {
                continue;
            }
            Scanner mean_text(text.substr(0, split));
            Scanner sd_text(text.substr(split + sign.size()));
            const std::optional<double> mean = mean_text.take_number();
            const std::optional<double> sd = sd_text.take_number();
            if (mean && sd && *sd > 0.0 && mean_text.at_end() && sd_text.at_end()) {
                return record::Prior{*mean, *sd};
            }
        }
        return std::nullopt;
    }

    [[nodiscard]] bool has(SegmentKind kind) const {
        return std::ranges::any_of(method_.segments, [kind](const Segment& segment) {
            return segment.kind == kind;
        });
    }

    /// Sentences that the mode cannot execute, and a mode that lacks what it measures with.
    Result<void> check_together(const toml::table& /*table*/) {
        for (std::size_t i = 0; i < method_.segments.size(); ++i) {
            const Segment& segment = method_.segments[i];
            if (!is_possible(method_.mode, segment.kind)) {
                return fail(
                    Errc::invalid,
                    "\"" + segment.text + "\" is not possible in mode '" +
                        std::string(to_word(method_.mode)) + "'",
                    segment_places_[i],
                    where_possible(segment.kind)
                );
            }
        }
        if ((method_.mode == Mode::multi_frequency_strain || method_.mode == Mode::aging) &&
            method_.frequencies_Hz.empty() && !has(SegmentKind::frequency_sweep)) {
            return fail(
                Errc::invalid,
                "key 'frequencies' is missing: mode '" + std::string(to_word(method_.mode)) +
                    "' measures at given frequencies",
                source_ + ":1",
                "for example frequencies = [\"1 Hz\", \"2 Hz\"]"
            );
        }
        return {};
    }

    /// A repeat that cannot end is found now, not after a night in the furnace.
    Result<void> check_unrolls(const toml::table& /*table*/) {
        const auto executed = expand_or_index(method_);
        if (!executed) {
            Error error = executed.error().error;
            error.where = segment_places_[static_cast<std::size_t>(executed.error().index)];
            return fail(std::move(error));
        }
        return check_reference(method_, *executed, source_, segment_places_);
    }

    std::string source_;
    Method method_;
    std::vector<std::string> segment_places_;
};

}  // namespace

Result<Method> parse(std::string_view toml_text, std::string_view source_name) {
    const toml::parse_result parsed = toml::parse(toml_text, source_name);
    if (!parsed) {
        const toml::parse_error& error = parsed.error();
        const std::string_view description = error.description();
        Error told = not_toml(description, source_name, error.source().begin.line);
        if (description.find("redefine") != std::string_view::npos &&
            description.find("fits") != std::string_view::npos) {
            told.hint = "inside [fits] write mode = \"every\" instead of the key fits";
        }
        return fail(std::move(told));
    }
    return Reader(toml_text, source_name).read(parsed.table());
}

}  // namespace relaxd::method
