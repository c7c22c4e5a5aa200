// SPDX-License-Identifier: MIT
#include "schema/record/fit_inputs.hpp"

#include "schema/base/number.hpp"

#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace relaxd::record {

namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '+' || c == '-';
}

std::string encoded(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (is_plain(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += hex_digits[byte >> 4U];
        out += hex_digits[byte & 0xFU];
    }
    return out;
}

std::optional<std::string> decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            if (!is_plain(text[i])) {
                return std::nullopt;
            }
            out += text[i];
            continue;
        }
        if (i + 2 >= text.size()) {
            return std::nullopt;
        }
        const std::size_t high = hex_digits.find(text[i + 1]);
        const std::size_t low = hex_digits.find(text[i + 2]);
        if (high == std::string_view::npos || low == std::string_view::npos) {
            return std::nullopt;
        }
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

std::string number_text(double value) {
    if (std::isfinite(value)) {
        return to_text(value);
    }
    return std::isnan(value) ? "null" : value > 0.0 ? "inf" : "-inf";
}

std::optional<double> number_from(std::string_view text) {
    if (text == "null") {
        return unknown;
    }
    if (text == "inf") {
        return std::numeric_limits<double>::infinity();
    }
    if (text == "-inf") {
        return -std::numeric_limits<double>::infinity();
    }
    return to_double(text);
}

std::string prior_text(const Prior& prior) {
    return number_text(prior.mean) + " " + number_text(prior.sd);
}

std::optional<Prior> prior_from(std::string_view text) {
    const std::size_t blank = text.find(' ');
    if (blank == std::string_view::npos) {
        return std::nullopt;
    }
    const auto mean = number_from(text.substr(0, blank));
    const auto sd = number_from(text.substr(blank + 1));
    if (!mean || !sd) {
        return std::nullopt;
    }
    return Prior{*mean, *sd};
}

/// The next line, which is taken off `text`.
std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    return line;
}

tl::unexpected<Error> corrupt(std::string_view what, std::string_view line) {
    return fail(
        Errc::corrupt,
        "the stored " + std::string(what) + " of a fit have the line \"" + std::string(line) +
            "\", which this relaxd cannot read",
        "fit",
        "read it with the relaxd that wrote it"
    );
}

/// One line of the options, split; false when it is not understood.
bool take_option(
    FitOptions& options, std::string_view word, const std::string& name, std::string_view value
) {
    const auto number = [&](double& to) {
        const auto read = number_from(value);
        to = read.value_or(unknown);
        return read.has_value();
    };
    if (word == "model") {
        options.model = name;
        return value.empty();
    }
    if (word == "form") {
        const auto form = form_from(name);
        options.form = form.value_or(Form::exact);
        return form.has_value();
    }
    if (word == "formulation") {
        options.formulation = name;
        return value.empty();
    }
    if (word == "free") {
        options.freed.push_back(name);
        return value.empty();
    }
    if (word == "fix") {
        return number(options.fixed[name]);
    }
    if (word == "material") {
        return number(options.material[name]);
    }
    if (word == "prior") {
        const auto prior = prior_from(value);
        options.priors[name] = prior.value_or(Prior{});
        return prior.has_value();
    }
    if (word == "T_g_fixed_K") {
        return number(options.T_g_fixed_K.emplace());
    }
    if (word == "T_g_prior_K") {
        options.T_g_prior_K = prior_from(value);
        return options.T_g_prior_K.has_value();
    }
    if (word == "T_max_K") {
        return number(options.T_max_K);
    }
    if (word == "iterations_max") {
        const auto count = to_count(value);
        options.iterations_max = static_cast<int>(count.value_or(0));
        return count && *count <= static_cast<std::uint64_t>(std::numeric_limits<int>::max());
    }
    if (word == "modulus_scale_relative_sd") {
        return number(options.modulus_scale_relative_sd);
    }
    if (word == "temperature_offset_sd_K") {
        return number(options.temperature_offset_sd_K);
    }
    if (word == "wants_alternatives") {
        options.wants_alternatives = true;
        return value.empty();
    }
    if (word == "wants_profiles") {
        options.wants_profiles = true;
        return value.empty();
    }
    return false;
}

}  // namespace

std::string options_text(const FitOptions& options) {
    std::string text = "model " + encoded(options.model) + "\n";
    text += "form " + std::string(to_word(options.form)) + "\n";
    if (!options.formulation.empty()) {
        text += "formulation " + encoded(options.formulation) + "\n";
    }
    for (const auto& [name, value] : options.fixed) {
        text += "fix " + encoded(name) + "=" + number_text(value) + "\n";
    }
    for (const std::string& name : options.freed) {
        text += "free " + encoded(name) + "\n";
    }
    for (const auto& [name, prior] : options.priors) {
        text += "prior " + encoded(name) + "=" + prior_text(prior) + "\n";
    }
    for (const auto& [name, value] : options.material) {
        text += "material " + encoded(name) + "=" + number_text(value) + "\n";
    }
    if (options.T_g_fixed_K) {
        text += "T_g_fixed_K =" + number_text(*options.T_g_fixed_K) + "\n";
    }
    if (options.T_g_prior_K) {
        text += "T_g_prior_K =" + prior_text(*options.T_g_prior_K) + "\n";
    }
    text += "T_max_K =" + number_text(options.T_max_K) + "\n";
    text += "iterations_max =" + std::to_string(options.iterations_max) + "\n";
    if (options.modulus_scale_relative_sd != 0.0) {
        text +=
            "modulus_scale_relative_sd =" + number_text(options.modulus_scale_relative_sd) + "\n";
    }
    if (options.temperature_offset_sd_K != 0.0) {
        text += "temperature_offset_sd_K =" + number_text(options.temperature_offset_sd_K) + "\n";
    }
    text += options.wants_alternatives ? "wants_alternatives \n" : "";
    text += options.wants_profiles ? "wants_profiles \n" : "";
    return text;
}

Result<FitOptions> options_from(std::string_view text) {
    FitOptions options;
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        const std::size_t blank = line.find(' ');
        if (blank == std::string_view::npos) {
            return corrupt("options", line);
        }
        const std::string_view rest = line.substr(blank + 1);
        const std::size_t equals = rest.find('=');
        const auto name = decoded(rest.substr(0, equals));
        const std::string_view value =
            equals == std::string_view::npos ? std::string_view{} : rest.substr(equals + 1);
        if (!name || !take_option(options, line.substr(0, blank), *name, value)) {
            return corrupt("options", line);
        }
    }
    return options;
}

std::string start_text(const std::map<std::string, double>& start) {
    std::string text;
    for (const auto& [name, value] : start) {
        text += encoded(name) + "=" + number_text(value) + "\n";
    }
    return text;
}

Result<std::map<std::string, double>> start_from(std::string_view text) {
    std::map<std::string, double> start;
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        const std::size_t equals = line.find('=');
        const auto name = decoded(line.substr(0, equals));
        const auto value = equals == std::string_view::npos ? std::optional<double>{}
                                                            : number_from(line.substr(equals + 1));
        if (!name || !value) {
            return corrupt("start values", line);
        }
        start[*name] = *value;
    }
    return start;
}

std::string segments_text(const std::vector<int>& segments) {
    std::string text;
    for (const int segment : segments) {
        text += text.empty() ? "" : " ";
        text += std::to_string(segment);
    }
    return text;
}

Result<std::vector<int>> segments_from(std::string_view text) {
    std::vector<int> segments;
    while (!text.empty()) {
        const std::size_t blank = text.find(' ');
        const auto number = to_count(text.substr(0, blank));
        if (!number || *number > static_cast<std::uint64_t>(std::numeric_limits<int>::max())) {
            return corrupt("segments", text);
        }
        segments.push_back(static_cast<int>(*number));
        text = blank == std::string_view::npos ? std::string_view{} : text.substr(blank + 1);
    }
    return segments;
}

}  // namespace relaxd::record
