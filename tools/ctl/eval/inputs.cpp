// SPDX-License-Identifier: MIT
#include "tools/ctl/eval/inputs.hpp"

#include "model/domain.hpp"
#include "schema/base/nearest.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace relaxd::ctl::eval {

namespace {

/// "a string", "an array" … for messages.
std::string_view kind_of(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null: return "null";
        case json::kind::bool_: return "true or false";
        case json::kind::string: return "a string";
        case json::kind::array: return "an array";
        case json::kind::object: return "an object";
        default: return "a number";
    }
}

tl::unexpected<Fault> wrong_type(
    std::string_view name, std::string_view shown_as, std::string_view wanted, std::string_view is
) {
    return blame(
        Code::bad_type,
        name,
        std::string(shown_as) + " must be " + std::string(wanted) + ", not " + std::string(is)
    );
}

/// A finite number. `shown_as` is the name in the message, e.g. with an index.
Checked<double> read_number(
    std::string_view name, const std::string& shown_as, const json::value& value
) {
    if (!value.is_number()) {
        return wrong_type(name, shown_as, "a number", kind_of(value));
    }
    const auto number = value.to_number<double>();
    if (!std::isfinite(number)) {
        return wrong_type(
            name, shown_as, "a finite number", "one beyond the range of double (1.8e308)"
        );
    }
    return number;
}

Checked<std::vector<double>> read_array(std::string_view name, const json::value& value) {
    if (!value.is_array()) {
        return wrong_type(name, name, "an array of numbers", kind_of(value));
    }
    const json::array& array = value.get_array();
    std::vector<double> out;
    out.reserve(array.size());
    for (std::size_t i = 0; i < array.size(); ++i) {
        const std::string shown_as = std::string(name) + "[" + std::to_string(i) + "]";
        const auto number = read_number(name, shown_as, array[i]);
        if (!number) {
            return blame(number.error());
        }
        out.push_back(*number);
    }
    return out;
}

Checked<std::map<std::string, double>> read_map(std::string_view name, const json::value& value) {
    if (!value.is_object()) {
        return wrong_type(name, name, "an object of numbers", kind_of(value));
    }
    std::map<std::string, double> out;
    for (const auto& [key, member] : value.get_object()) {
        const std::string shown_as = std::string(name) + " of '" + std::string(key) + "'";
        const auto number = read_number(name, shown_as, member);
        if (!number) {
            return blame(number.error());
        }
        out[key] = *number;
    }
    return out;
}

Checked<Numbers> read_numbers(const Input& input, const json::value& value) {
    if (input.kind == Kind::grid || (input.kind == Kind::number && value.is_array())) {
        auto values = read_array(input.name, value);
        if (!values) {
            return blame(values.error());
        }
        return Numbers{std::move(*values), true};
    }
    const std::string_view name = input.name;
    if (input.kind == Kind::number && !value.is_number()) {
        return wrong_type(name, name, "a number or an array of numbers", kind_of(value));
    }
    const auto number = read_number(name, std::string(name), value);
    if (!number) {
        return blame(number.error());
    }
    return Numbers{{*number}, false};
}

Checked<std::string> read_word(const Input& input, const json::value& value) {
    if (!value.is_string()) {
        return wrong_type(input.name, input.name, "a word", kind_of(value));
    }
    std::string text(value.get_string());
    if (std::find(input.words.begin(), input.words.end(), text) == input.words.end()) {
        return blame(
            Code::domain,
            input.name,
            std::string(input.name) + " is '" + text + "' and must be one of " + joined(input.words)
        );
    }
    return text;
}

/// Moves what was read to its place, or passes the fault on.
template <typename T>
Checked<void> move_to(T& place, Checked<T> read) {
    if (!read) {
        return blame(read.error());
    }
    place = std::move(*read);
    return {};
}

Checked<void> read_one(const Input& input, const json::value& value, Inputs& out) {
    switch (input.kind) {
        case Kind::number:
        case Kind::scalar:
        case Kind::grid: return move_to(out.numbers.back(), read_numbers(input, value));
        case Kind::list: return move_to(out.fixed.list, read_array(input.name, value));
        case Kind::word: return move_to(out.fixed.word, read_word(input, value));
        case Kind::params: return move_to(out.fixed.params, read_params(value));
        case Kind::fractions: return move_to(out.fixed.fractions, read_map(input.name, value));
        case Kind::pairs: return move_to(out.fixed.pairs_kJ_mol, read_map(input.name, value));
        case Kind::flag: break;
    }
    if (!value.is_bool()) {
        return wrong_type(input.name, input.name, "true or false", kind_of(value));
    }
    out.fixed.flag = value.get_bool();
    return {};
}

Checked<void> check_lengths(Inputs& inputs) {
    std::string_view first;
    for (std::size_t k = 0; k < inputs.numbers.size(); ++k) {
        const Numbers& numbers = inputs.numbers[k];
        if (!numbers.is_array) {
            continue;
        }
        if (!inputs.is_array) {
            inputs.is_array = true;
            inputs.length = numbers.values.size();
            first = inputs.names[k];
        } else if (numbers.values.size() != inputs.length) {
            return blame(
                Code::bad_length,
                inputs.names[k],
                std::string(inputs.names[k]) + " has " + std::to_string(numbers.values.size()) +
                    " elements and " + std::string(first) + " has " +
                    std::to_string(inputs.length) + "; arrays must be of equal length"
            );
        }
    }
    return {};
}

Checked<void> check_names(const Function& function, const json::object& inputs) {
    std::vector<std::string_view> known;
    known.reserve(function.inputs.size());
    for (const Input& input : function.inputs) {
        known.push_back(input.name);
    }
    for (const auto& member : inputs) {
        const std::string_view key(member.key().data(), member.key().size());
        if (std::find(known.begin(), known.end(), key) == known.end()) {
            return blame(
                Code::unknown_input,
                key,
                "there is no input '" + std::string(key) + "'" + suggestion(key, known)
            );
        }
    }
    return {};
}

struct Param {
    std::string_view name;
    double model::QpdParameters::* member;
    bool required;
};
constexpr Param param_table[] = {
    {"E_u_Pa", &model::QpdParameters::E_u_Pa, true},
    {"E_r_Pa", &model::QpdParameters::E_r_Pa, true},
    {"U_beta_J_mol", &model::QpdParameters::U_beta_J_mol, true},
    {"tau_beta0_s", &model::QpdParameters::tau_beta0_s, true},
    {"B", &model::QpdParameters::B, false},
    {"A_an_per_Pa", &model::QpdParameters::A_an_per_Pa, true},
    {"A_vp_per_Pa", &model::QpdParameters::A_vp_per_Pa, true},
    {"chi_Tg", &model::QpdParameters::chi_Tg, true},
    {"a1_per_K", &model::QpdParameters::a1_per_K, true},
    {"T_g_K", &model::QpdParameters::T_g_K, true},
    {"t0_s", &model::QpdParameters::t0_s, true},
    {"sigma1_Pa", &model::QpdParameters::sigma1_Pa, false},
    {"a2", &model::QpdParameters::a2, false},
    {"E_u_slope_per_K", &model::QpdParameters::E_u_slope_per_K, false},
    {"E_u_T_ref_K", &model::QpdParameters::E_u_T_ref_K, false},
};

struct FastParam {
    std::string_view name;
    double model::FastBeta::* member;
    bool required;
    bool positive;
    bool signed_value;
};
constexpr FastParam fast_table[] = {
    {"A_per_Pa", &model::FastBeta::A_per_Pa, true, false, false},
    {"U_J_mol", &model::FastBeta::U_J_mol, true, false, true},
    {"tau0_s", &model::FastBeta::tau0_s, true, true, false},
    {"B", &model::FastBeta::B, false, true, false},
};

/// Each member of `object` must be in `table` or be `further`.
template <typename Table>
Checked<void> check_members(
    const json::object& object,
    const Table& table,
    std::string_view where,
    std::string_view prefix,
    std::string_view further
) {
    std::vector<std::string_view> known;
    for (const auto& row : table) {
        known.push_back(row.name);
    }
    if (!further.empty()) {
        known.push_back(further);
    }
    for (const auto& member : object) {
        const std::string_view key(member.key().data(), member.key().size());
        if (std::find(known.begin(), known.end(), key) == known.end()) {
            return blame(
                Code::unknown_input,
                std::string(prefix) + std::string(key),
                std::string(where) + " has no '" + std::string(key) + "'" + suggestion(key, known)
            );
        }
    }
    return {};
}

/// Reads the members of `object` that `table` names; absent or null leaves what is there.
template <typename Table, typename T>
Checked<void> read_members(
    const json::object& object,
    const Table& table,
    std::string_view where,
    const std::string& prefix,
    T& out
) {
    for (const auto& row : table) {
        const json::value* found = object.if_contains(row.name);
        const std::string name = prefix + std::string(row.name);
        if (found == nullptr || found->is_null()) {
            if (row.required) {
                return blame(
                    Code::missing_input,
                    name,
                    std::string(where) + " needs '" + std::string(row.name) + "'" +
                        (found == nullptr ? "" : ", which is null")
                );
            }
            continue;
        }
        const auto number = read_number(name, name, *found);
        if (!number) {
            return blame(number.error());
        }
        out.*row.member = *number;
    }
    return {};
}

Checked<model::FastBeta> read_fast_beta(const json::value& value, std::size_t index) {
    const std::string where = "fast_beta[" + std::to_string(index) + "]";
    if (!value.is_object()) {
        return wrong_type(where, where, "an object", kind_of(value));
    }
    const json::object& object = value.get_object();
    const std::string prefix = where + ".";
    if (auto ok = check_members(object, fast_table, where, prefix, {}); !ok) {
        return blame(ok.error());
    }
    model::FastBeta out;
    if (auto ok = read_members(object, fast_table, where, prefix, out); !ok) {
        return blame(ok.error());
    }
    for (const FastParam& row : fast_table) {
        const double given = out.*row.member;
        const bool fine = row.signed_value || (row.positive ? given > 0.0 : given >= 0.0);
        if (!fine) {
            const std::string name = prefix + std::string(row.name);
            return blame(
                Code::domain,
                name,
                name + " is " + model::shown(given) + " and must be " +
                    (row.positive ? "positive" : "0 or more")
            );
        }
    }
    return out;
}

}  // namespace

std::string suggestion(std::string_view word, const std::vector<std::string_view>& known) {
    if (known.empty()) {
        return {};
    }
    return "; did you mean '" + std::string(nearest(word, known)) + "'?";
}

Checked<model::QpdParameters> read_params(const json::value& value) {
    if (!value.is_object()) {
        return wrong_type("params", "params", "an object", kind_of(value));
    }
    const json::object& object = value.get_object();
    if (auto ok = check_members(object, param_table, "params", "", "fast_beta"); !ok) {
        return blame(ok.error());
    }
    model::QpdParameters out;
    if (auto ok = read_members(object, param_table, "params", "", out); !ok) {
        return blame(ok.error());
    }
    const json::value* reference = object.if_contains("E_u_T_ref_K");
    if (out.E_u_slope_per_K != 0.0 && (reference == nullptr || reference->is_null())) {
        return blame(
            Code::missing_input, "E_u_T_ref_K", "params needs 'E_u_T_ref_K' with E_u_slope_per_K"
        );
    }
    const json::value* fast = object.if_contains("fast_beta");
    if (fast == nullptr || fast->is_null()) {
        return out;
    }
    if (!fast->is_array()) {
        return wrong_type("fast_beta", "fast_beta", "a list of objects", kind_of(*fast));
    }
    const json::array& processes = fast->get_array();
    for (std::size_t i = 0; i < processes.size(); ++i) {
        auto one = read_fast_beta(processes[i], i);
        if (!one) {
            return blame(one.error());
        }
        out.fast_beta.push_back(*one);
    }
    return out;
}

Checked<Inputs> read_inputs(const Function& function, const json::object& inputs) {
    if (auto ok = check_names(function, inputs); !ok) {
        return blame(ok.error());
    }
    Inputs out;
    for (const Input& input : function.inputs) {
        const bool is_numeric =
            input.kind == Kind::number || input.kind == Kind::scalar || input.kind == Kind::grid;
        if (is_numeric) {
            out.numbers.push_back({{input.absent}, false});
            out.names.push_back(input.name);
        }
        const json::value* found = inputs.if_contains(input.name);
        const bool is_null = found != nullptr && found->is_null();
        const bool is_given = found != nullptr && !is_null;
        out.fixed.given.push_back(is_given);
        if (is_given) {
            if (auto ok = read_one(input, *found, out); !ok) {
                return blame(ok.error());
            }
        } else if (input.required && !(is_null && input.null_is_absent)) {
            return blame(
                Code::missing_input,
                input.name,
                "the input '" + std::string(input.name) + "' is " + (is_null ? "null" : "missing")
            );
        }
    }
    const auto is_given = [&](std::string_view name) {
        const json::value* found = inputs.if_contains(name);
        return found != nullptr && !found->is_null();
    };
    if (!function.one_of.empty() &&
        std::none_of(function.one_of.begin(), function.one_of.end(), is_given)) {
        return blame(
            Code::missing_input,
            function.one_of.front(),
            "at least one of " + joined(function.one_of) + " is needed"
        );
    }
    if (auto ok = check_lengths(out); !ok) {
        return blame(ok.error());
    }
    return out;
}

}  // namespace relaxd::ctl::eval
