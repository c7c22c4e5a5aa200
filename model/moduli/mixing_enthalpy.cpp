// SPDX-License-Identifier: MIT
#include "model/moduli/mixing_enthalpy.hpp"

#include "model/domain.hpp"

#include <cmath>
#include <iterator>
#include <utility>

namespace relaxd::model {

namespace {

using Pair = std::pair<std::string, std::string>;

/// The elements of "A-B" in alphabetical order.
Result<Pair> elements_of(const std::string& name) {
    const auto dash = name.find('-');
    const bool has_one_dash = dash != std::string::npos && name.find('-', dash + 1) == name.npos;
    if (!has_one_dash || dash == 0 || dash + 1 == name.size()) {
        return fail(
            Errc::invalid,
            "pairs_kJ_mol has '" + name + "', which must be two elements as in \"Zr-Cu\"",
            "pairs_kJ_mol"
        );
    }
    Pair pair{name.substr(0, dash), name.substr(dash + 1)};
    if (pair.second < pair.first) {
        std::swap(pair.first, pair.second);
    }
    return pair;
}

Result<std::map<Pair, double>> read_pairs(const std::map<std::string, double>& pairs_kJ_mol) {
    std::map<Pair, double> out;
    for (const auto& [name, value] : pairs_kJ_mol) {
        auto pair = elements_of(name);
        if (!pair) {
            return fail(pair.error());
        }
        if (!std::isfinite(value)) {
            return fail(
                Errc::invalid, "pairs_kJ_mol of '" + name + "' is not finite", "pairs_kJ_mol"
            );
        }
        const auto [place, is_new] = out.emplace(std::move(*pair), value);
        if (!is_new && place->second != value) {
            return fail(
                Errc::invalid,
                "pairs_kJ_mol gives '" + name + "' twice, as " + shown(place->second) + " and " +
                    shown(value) + "; the two orders must agree",
                "pairs_kJ_mol"
            );
        }
    }
    return out;
}

Result<void> check_fractions(const std::map<std::string, double>& fractions) {
    double sum = 0.0;
    for (const auto& [element, fraction] : fractions) {
        if (!(fraction >= 0.0 && fraction <= 1.0)) {
            return fail(
                Errc::invalid,
                "the fraction of '" + element + "' is " + shown(fraction) +
                    " and must be between 0 and 1",
                "fractions"
            );
        }
        sum += fraction;
    }
    if (!(std::abs(sum - 1.0) <= 1e-6)) {
        return fail(
            Errc::invalid,
            "the fractions sum to " + shown(sum) + " and must sum to 1 within 1e-6",
            "fractions",
            "divide percentages by 100"
        );
    }
    return {};
}

}  // namespace

Result<double> mixing_enthalpy_kJ_mol(
    const std::map<std::string, double>& fractions,
    const std::map<std::string, double>& pairs_kJ_mol
) {
    if (auto ok = check_fractions(fractions); !ok) {
        return fail(ok.error());
    }
    const auto pairs = read_pairs(pairs_kJ_mol);
    if (!pairs) {
        return fail(pairs.error());
    }
    long double sum = 0;  // signs differ
    for (auto a = fractions.begin(); a != fractions.end(); ++a) {
        for (auto b = std::next(a); b != fractions.end(); ++b) {
            if (a->second == 0.0 || b->second == 0.0) {
                continue;
            }
            const auto pair = pairs->find({a->first, b->first});
            if (pair == pairs->end()) {
                return fail(
                    Errc::not_found,
                    "pairs_kJ_mol has no value for the pair '" + a->first + "-" + b->first + "'",
                    "pairs_kJ_mol",
                    "give it in either order, 0 for an ideal pair"
                );
            }
            sum += 4 * static_cast<long double>(pair->second) *
                   static_cast<long double>(a->second) * static_cast<long double>(b->second);
        }
    }
    const double enthalpy = static_cast<double>(sum);
    if (!std::isfinite(enthalpy)) {
        return fail(
            Errc::overflow, "dH_mix_kJ_mol leaves the range of double (1.8e308)", "pairs_kJ_mol"
        );
    }
    return enthalpy;
}

}  // namespace relaxd::model
