// SPDX-License-Identifier: MIT
#include "schema/record/calibration.hpp"

#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace relaxd::record {

namespace {

constexpr double same_place = 1e-9;  // relative: frequencies and temperatures that are one
constexpr std::size_t name_chars_max = 64;

bool is_word(std::string_view text) {
    return !text.empty() && text.size() <= name_chars_max &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-' || c == '.';
           });
}

/// A node with its share of the answer.
struct Share {
    const CalibrationNode* node = nullptr;
    double weight = 0.0;
};

/// Where `x` lies among ascending `places`: the two beside it and the weight of the second.
struct Place {
    std::size_t low = 0;
    std::size_t high = 0;
    double weight = 0.0;
    bool is_outside = false;
};

Place place_of(const std::vector<double>& places, double x) {
    Place out;
    const double tolerance = same_place * std::abs(x);
    if (x <= places.front() || places.size() == 1) {
        out.is_outside = std::abs(x - places.front()) > tolerance;
        return out;
    }
    const std::size_t last = places.size() - 1;
    if (x >= places.back()) {
        out.low = out.high = last;
        out.is_outside = x - places.back() > tolerance;
        return out;
    }
    const auto above = std::upper_bound(places.begin(), places.end(), x);
    out.high = static_cast<std::size_t>(above - places.begin());
    out.low = out.high - 1;
    out.weight = (x - places[out.low]) / (places[out.high] - places[out.low]);
    return out;
}

/// The nodes at one frequency (all where none is said), by ascending temperature.
std::vector<const CalibrationNode*> column_at(const Calibration& set, double frequency_Hz) {
    std::vector<const CalibrationNode*> found;
    for (const CalibrationNode& node : set.nodes) {
        if (!std::isfinite(node.frequency_Hz) || node.frequency_Hz == frequency_Hz) {
            found.push_back(&node);
        }
    }
    std::sort(found.begin(), found.end(), [](const CalibrationNode* a, const CalibrationNode* b) {
        return a->temperature_K < b->temperature_K;
    });
    return found;
}

/// Adds what one frequency's column says at T; true where T is beyond it.
bool add_column(
    std::vector<Share>& shares,
    const std::vector<const CalibrationNode*>& column,
    double temperature_K,
    double weight
) {
    if (weight == 0.0) {
        return false;
    }
    if (!std::isfinite(column.front()->temperature_K)) {
        shares.push_back({column.front(), weight});
        return false;
    }
    std::vector<double> temperatures;
    temperatures.reserve(column.size());
    for (const CalibrationNode* node : column) {
        temperatures.push_back(node->temperature_K);
    }
    const Place place = place_of(temperatures, temperature_K);
    shares.push_back({column[place.low], weight * (1.0 - place.weight)});
    if (place.weight > 0.0) {
        shares.push_back({column[place.high], weight * place.weight});
    }
    return place.is_outside;
}

CalibrationValue mixed(const std::vector<Share>& shares) {
    CalibrationValue out;
    const CalibrationNode& first = *shares.front().node;
    out.values.assign(first.values.size(), 0.0);
    out.covariance.assign(first.covariance.size(), 0.0);
    out.noise = 0.0;
    for (const auto& [node, weight] : shares) {
        for (std::size_t i = 0; i < out.values.size(); ++i) {
            out.values[i] += weight * node->values[i];
        }
        for (std::size_t i = 0; i < out.covariance.size(); ++i) {
            out.covariance[i] += weight * node->covariance[i];
        }
        out.noise += weight * node->noise;
    }
    return out;
}

Result<void> wrong(const Calibration& set, std::string what) {
    return fail(
        Errc::invalid,
        "a calibration set cannot be used: " + std::move(what),
        "calibration " + set.name,
        "make it again: relaxctl calibration make"
    );
}

}  // namespace

const CalibrationNumber* Calibration::number(std::string_view number_name) const {
    for (const CalibrationNumber& one : numbers) {
        if (one.name == number_name) {
            return &one;
        }
    }
    return nullptr;
}

Result<void> check(const Calibration& set) {
    if (!is_word(set.name)) {
        return fail(
            Errc::invalid,
            "\"" + set.name + "\" cannot be the name of a calibration set",
            "calibration",
            "use 1 to 64 of the letters A-Z a-z, digits, '_', '-', '.'"
        );
    }
    if (!is_word(set.kind)) {
        return wrong(set, "it has no kind");
    }
    if (set.columns.empty() || set.nodes.empty()) {
        return wrong(set, "its table is empty");
    }
    const std::size_t n = set.columns.size();
    std::set<std::pair<double, double>> places;
    for (const CalibrationNode& node : set.nodes) {
        const bool has_f = std::isfinite(node.frequency_Hz);
        const bool has_T = std::isfinite(node.temperature_K);
        if (has_f != std::isfinite(set.nodes.front().frequency_Hz) ||
            has_T != std::isfinite(set.nodes.front().temperature_K)) {
            return wrong(set, "some rows of its table lack frequency or temperature");
        }
        if ((has_f && !(node.frequency_Hz > 0.0)) || (has_T && !(node.temperature_K > 0.0))) {
            return wrong(set, "a frequency or a temperature is not above 0");
        }
        if (!places.insert({has_f ? node.frequency_Hz : 0.0, has_T ? node.temperature_K : 0.0})
                 .second) {
            return wrong(set, "two rows of its table have one frequency and temperature");
        }
        if (node.values.size() != n || node.covariance.size() != n * n) {
            return wrong(set, "a row of its table lacks numbers");
        }
        const auto is_finite = [](double x) { return std::isfinite(x); };
        if (!std::all_of(node.values.begin(), node.values.end(), is_finite) ||
            !std::all_of(node.covariance.begin(), node.covariance.end(), is_finite)) {
            return wrong(set, "a number of its table is not known");
        }
        for (std::size_t i = 0; i < n; ++i) {
            if (node.covariance[i * n + i] < 0.0) {
                return wrong(set, "a variance of its table is negative");
            }
        }
    }
    return {};
}

Result<CalibrationValue> calibration_at(
    const Calibration& set, double frequency_Hz, double temperature_K
) {
    std::vector<double> frequencies;
    for (const CalibrationNode& node : set.nodes) {
        if (std::isfinite(node.frequency_Hz)) {
            frequencies.push_back(node.frequency_Hz);
        }
    }
    std::sort(frequencies.begin(), frequencies.end());
    frequencies.erase(std::unique(frequencies.begin(), frequencies.end()), frequencies.end());
    std::vector<Share> shares;
    bool is_outside = false;
    if (frequencies.empty()) {
        is_outside = add_column(shares, column_at(set, unknown), temperature_K, 1.0);
    } else {
        std::vector<double> logs;
        logs.reserve(frequencies.size());
        for (const double f : frequencies) {
            logs.push_back(std::log(f));
        }
        // A node's own frequency is itself, whatever the logarithm makes of it.
        const auto exact = std::find(frequencies.begin(), frequencies.end(), frequency_Hz);
        Place place = place_of(logs, std::log(frequency_Hz));
        if (exact != frequencies.end()) {
            place = Place{};
            place.low = place.high = static_cast<std::size_t>(exact - frequencies.begin());
        } else if (place.is_outside &&
                   std::abs(frequency_Hz - frequencies[place.low]) > same_place * frequency_Hz) {
            return fail(
                Errc::invalid,
                to_text(frequency_Hz) + " Hz is beyond the table, " + to_text(frequencies.front()) +
                    " to " + to_text(frequencies.back()) + " Hz",
                "calibration " + set.name,
                "make a version with readings at that frequency"
            );
        }
        const auto low = column_at(set, frequencies[place.low]);
        const auto high = column_at(set, frequencies[place.high]);
        is_outside = add_column(shares, low, temperature_K, 1.0 - place.weight);
        is_outside = add_column(shares, high, temperature_K, place.weight) || is_outside;
    }
    CalibrationValue out = mixed(shares);
    out.is_outside = is_outside;
    return out;
}

}  // namespace relaxd::record
