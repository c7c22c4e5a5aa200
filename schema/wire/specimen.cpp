// SPDX-License-Identifier: MIT
//
// A specimen as JSON, out and in. In: every known key is typed and checked, unknown keys are kept,
// unless they look like a known one that was misspelt.
#include "schema/base/nearest.hpp"
#include "schema/wire/text.hpp"
#include "schema/wire/wire.hpp"

#include <boost/json/serialize.hpp>

#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace relaxd::wire {

namespace {

using record::Specimen;

struct TextKey {
    std::string_view name;
    std::string Specimen::* member;
    std::string_view allowed;  ///< Words separated by one blank; empty = any text.
};
constexpr std::array<TextKey, 9> text_keys{{
    {"name", &Specimen::name, ""},
    {"clamp", &Specimen::clamp, ""},
    {"id", &Specimen::id, ""},
    {"parent_plate", &Specimen::parent_plate, ""},
    {"form", &Specimen::form, "bulk ribbon"},
    {"production", &Specimen::production, ""},
    {"state", &Specimen::state, "as-cast annealed rejuvenated unknown"},
    {"surface", &Specimen::surface, ""},
    {"atmosphere", &Specimen::atmosphere, ""},
}};

struct NumberKey {
    std::string_view name;
    double Specimen::* member;
    double above;  ///< The value must be greater than this …
    double up_to;  ///< … and at most this.
    std::string_view rule;
};
constexpr double none = std::numeric_limits<double>::max();
constexpr double below_zero = -std::numeric_limits<double>::denorm_min();  // allows 0 itself
constexpr std::array<NumberKey, 10> number_keys{{
    {"length_m", &Specimen::length_m, 0.0, none, "a positive length in m"},
    {"width_m", &Specimen::width_m, 0.0, none, "a positive length in m"},
    {"thickness_m", &Specimen::thickness_m, 0.0, none, "a positive length in m"},
    {"poisson_ratio", &Specimen::poisson_ratio, -1.0, 0.5, "above -1 and at most 0.5"},
    {"T_g_K", &Specimen::T_g_K, 0.0, none, "a positive temperature in K"},
    {"T_x_K", &Specimen::T_x_K, 0.0, none, "a positive temperature in K"},
    {"dsc_rate_K_per_s", &Specimen::dsc_rate_K_per_s, 0.0, none, "a positive rate in K/s"},
    {"length_sigma_m", &Specimen::length_sigma_m, below_zero, none, "0 or more, in m"},
    {"width_sigma_m", &Specimen::width_sigma_m, below_zero, none, "0 or more, in m"},
    {"thickness_sigma_m", &Specimen::thickness_sigma_m, below_zero, none, "0 or more, in m"},
}};

tl::unexpected<Error> bad(std::string_view key, const std::string& rule, const json::value& got) {
    return fail(
        Errc::invalid,
        "specimen." + valid_utf8(key) + " must be " + rule + ", not " + json::serialize(got),
        "specimen." + valid_utf8(key),
        "correct the value, or leave the key out if it is unknown"
    );
}

bool is_among(std::string_view words, std::string_view word) {
    while (!words.empty()) {
        const std::size_t end = std::min(words.find(' '), words.size());
        if (words.substr(0, end) == word) {
            return true;
        }
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return false;
}

std::optional<double> number_of(const json::value& value) {
    if (!value.is_number()) {
        return std::nullopt;
    }
    const double number = value.to_number<double>();
    return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

Result<void> take_text(Specimen& specimen, const TextKey& key, const json::value& value) {
    if (!value.is_string()) {
        return bad(key.name, "a text", value);
    }
    const std::string text(value.get_string());
    if (!key.allowed.empty() && !text.empty() && !is_among(key.allowed, text)) {
        return bad(key.name, "one of: " + std::string(key.allowed), value);
    }
    specimen.*key.member = text;
    return {};
}

Result<void> take_number(Specimen& specimen, const NumberKey& key, const json::value& value) {
    const auto number = number_of(value);
    if (!number || !(*number > key.above) || *number > key.up_to) {
        return bad(key.name, std::string(key.rule), value);
    }
    specimen.*key.member = *number;
    return {};
}

Result<void> take_composition(Specimen& specimen, const json::value& value) {
    constexpr std::string_view key = "composition_at_percent";
    if (!value.is_object()) {
        return bad(key, "an object like {\"La\": 60, \"Ni\": 15, \"Al\": 25}", value);
    }
    double sum = 0.0;
    for (const auto& [element, share] : value.get_object()) {
        const auto number = number_of(share);
        if (!number || *number < 0.0) {
            return bad(key, "made of numbers of 0 or more", value);
        }
        sum += *number;
        specimen.composition_at_percent[std::string(element)] = *number;
    }
    if (std::fabs(sum - 100.0) > 0.5) {
        return bad(key, "100 in sum, within 0.5 (at. %)", value);
    }
    return {};
}

Result<void> take_anneals(Specimen& specimen, const json::value& value) {
    constexpr std::string_view key = "anneals";
    const std::string rule = "a list of {\"temperature_K\", \"duration_s\", \"atmosphere\"}";
    if (!value.is_array()) {
        return bad(key, rule, value);
    }
    for (const json::value& one : value.get_array()) {
        if (!one.is_object()) {
            return bad(key, rule, one);
        }
        record::Anneal anneal;
        for (const auto& [name, part] : one.get_object()) {
            const auto number = number_of(part);
            if (part.is_null()) {
                continue;
            }
            if (name == "temperature_K" && number && *number > 0.0) {
                anneal.temperature_K = *number;
            } else if (name == "duration_s" && number && *number >= 0.0) {
                anneal.duration_s = *number;
            } else if (name == "atmosphere" && part.is_string()) {
                anneal.atmosphere = std::string(part.get_string());
            } else {
                return bad(key, rule + " with a positive temperature and a duration", one);
            }
        }
        specimen.anneals.push_back(std::move(anneal));
    }
    return {};
}

/// The known key that `name` was probably meant to be: without its unit, or two letters away.
std::string_view meant_by(std::string_view name) {
    std::vector<std::string_view> known{"composition_at_percent", "anneals"};
    for (const TextKey& key : text_keys) {
        known.push_back(key.name);
    }
    for (const NumberKey& key : number_keys) {
        known.push_back(key.name);
    }
    const std::string_view cut = name.substr(0, 80);
    for (const std::string_view key : known) {
        const bool lacks_unit = key.starts_with(cut) && key.substr(cut.size()).starts_with('_');
        const std::size_t slips = key.size() < 7 ? 0 : 2;
        if (!cut.empty() && (lacks_unit || edit_distance(cut, key) <= slips)) {
            return key;
        }
    }
    return {};
}

Result<void> take_key(Specimen& specimen, std::string_view name, const json::value& value) {
    if (value.is_null()) {
        return {};
    }
    for (const TextKey& key : text_keys) {
        if (key.name == name) {
            return take_text(specimen, key, value);
        }
    }
    for (const NumberKey& key : number_keys) {
        if (key.name == name) {
            return take_number(specimen, key, value);
        }
    }
    if (name == "composition_at_percent") {
        return take_composition(specimen, value);
    }
    if (name == "anneals") {
        return take_anneals(specimen, value);
    }
    if (name == "extra" && value.is_object()) {
        for (const auto& [extra_name, extra] : value.get_object()) {
            specimen.extra[std::string(extra_name)] =
                extra.is_string() ? std::string(extra.get_string()) : json::serialize(extra);
        }
        return {};
    }
    if (const std::string_view known = meant_by(name); !known.empty()) {
        const std::string key = valid_utf8(name.substr(0, 80));
        return fail(
            Errc::invalid,
            "unknown key \"" + key + "\" in a specimen",
            "specimen." + key,
            "did you mean \"" + std::string(known) +
                "\"? Keys of your own may stand below \"extra\""
        );
    }
    specimen.extra[std::string(name)] =
        value.is_string() ? std::string(value.get_string()) : json::serialize(value);
    return {};
}

json::value composition_json(const std::map<std::string, double>& composition) {
    if (composition.empty()) {
        return nullptr;
    }
    json::object out;
    for (const auto& [element, share] : composition) {
        out[valid_utf8(element)] = number(share);
    }
    return out;
}

json::value anneals_json(std::span<const record::Anneal> anneals) {
    if (anneals.empty()) {
        return nullptr;
    }
    json::array out;
    for (const record::Anneal& anneal : anneals) {
        json::object one;
        one["temperature_K"] = number(anneal.temperature_K);
        one["duration_s"] = number(anneal.duration_s);
        one["atmosphere"] = text_or_null(anneal.atmosphere);
        out.push_back(std::move(one));
    }
    return out;
}

json::value extra_json(const std::map<std::string, std::string>& extra) {
    if (extra.empty()) {
        return nullptr;
    }
    json::object out;
    for (const auto& [key, text] : extra) {
        out[valid_utf8(key)] = valid_utf8(text);
    }
    return out;
}

}  // namespace

json::object to_json(std::int64_t run_id, const record::Specimen& specimen) {
    json::object out;
    out["run_id"] = run_id;
    out["name"] = text_or_null(specimen.name);
    out["clamp"] = text_or_null(specimen.clamp);
    out["length_m"] = number(specimen.length_m);
    out["width_m"] = number(specimen.width_m);
    out["thickness_m"] = number(specimen.thickness_m);
    out["poisson_ratio"] = number(specimen.poisson_ratio);
    out["id"] = text_or_null(specimen.id);
    out["parent_plate"] = text_or_null(specimen.parent_plate);
    out["composition_at_percent"] = composition_json(specimen.composition_at_percent);
    out["form"] = text_or_null(specimen.form);
    out["production"] = text_or_null(specimen.production);
    out["state"] = text_or_null(specimen.state);
    out["anneals"] = anneals_json(specimen.anneals);
    out["surface"] = text_or_null(specimen.surface);
    out["T_g_K"] = number(specimen.T_g_K);
    out["T_x_K"] = number(specimen.T_x_K);
    out["dsc_rate_K_per_s"] = number(specimen.dsc_rate_K_per_s);
    out["length_sigma_m"] = number(specimen.length_sigma_m);
    out["width_sigma_m"] = number(specimen.width_sigma_m);
    out["thickness_sigma_m"] = number(specimen.thickness_sigma_m);
    out["atmosphere"] = text_or_null(specimen.atmosphere);
    out["extra"] = extra_json(specimen.extra);
    return out;
}

Result<record::Specimen> specimen_from_json(const json::value& value) {
    if (!value.is_object()) {
        return fail(
            Errc::invalid,
            "the specimen must be an object like {\"name\": \"plate 7 a\", \"length_m\": 0.0175}",
            "specimen",
            "write the specimen as an object"
        );
    }
    Specimen specimen;
    for (const auto& [name, part] : value.get_object()) {
        if (name == "run_id") {
            continue;  // A specimen read back from the API.
        }
        if (auto done = take_key(specimen, name, part); !done) {
            return fail(done.error());
        }
    }
    return specimen;
}

}  // namespace relaxd::wire
