// SPDX-License-Identifier: MIT
//
// One call: broadcasting, curves computed once, errors with their index, answers as JSON.
#include "model/domain.hpp"
#include "schema/wire/wire.hpp"
#include "tools/ctl/eval/eval.hpp"
#include "tools/ctl/eval/inputs.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace relaxd::ctl::eval {

namespace {

using Columns = std::vector<std::vector<double>>;  ///< One for each output.

Code code_of(Errc code) {
    switch (code) {
        case Errc::invalid: return Code::domain;
        case Errc::overflow: return Code::overflow;
        case Errc::not_found: return Code::missing_input;
        default: return Code::not_converged;
    }
}

/// True where the index of an element says more than the blamed input alone.
bool has_index(const Inputs& in, std::string_view blamed) {
    if (!in.is_array || in.length == 0) {
        return false;
    }
    for (std::size_t k = 0; k < in.names.size(); ++k) {
        if (in.names[k] == blamed) {
            return in.numbers[k].is_array;
        }
    }
    return true;
}

Fault fault_of(const Error& error) {
    Fault fault{code_of(error.code), error.message, error.where};
    if (!error.hint.empty()) {
        fault.message += "; " + error.hint;
    }
    return fault;
}

/// What the model said, with the element of the call where it said it.
Fault fault_of(const Error& error, const Inputs& in, std::size_t index) {
    Error placed = error;
    if (has_index(in, error.where)) {
        placed.message += " (at index " + std::to_string(index) + ")";
    }
    return fault_of(placed);
}

bool is_present(const Function& function, const Output& output, const Fixed& fixed) {
    if (output.only_with.empty()) {
        return true;
    }
    for (std::size_t k = 0; k < function.inputs.size(); ++k) {
        if (function.inputs[k].name == output.only_with) {
            return fixed.given[k];
        }
    }
    return false;
}

/// The name of the first number, for a result that leaves the range without saying why.
std::string_view first_name(const Inputs& in) {
    return in.names.empty() ? std::string_view() : in.names.front();
}

Checked<void> check_outputs(
    const Function& function, const Inputs& in, std::span<const double> y, std::size_t index
) {
    for (std::size_t k = 0; k < y.size(); ++k) {
        const Output& output = function.outputs[k];
        const bool is_fine = std::isfinite(y[k]) || !is_present(function, output, in.fixed) ||
                             (output.may_be_null && std::isnan(y[k]));
        if (!is_fine) {
            const Error error{
                Errc::overflow,
                std::string(output.name) + " leaves the range of double (1.8e308)",
                std::string(first_name(in)),
                ""
            };
            return blame(fault_of(error, in, index));
        }
    }
    return {};
}

Checked<Columns> elementwise(const Function& function, const Inputs& in, Notes& notes) {
    Columns columns(function.outputs.size(), std::vector<double>(in.length));
    std::vector<double> x(in.numbers.size());
    std::vector<double> y(function.outputs.size());
    for (std::size_t i = 0; i < in.length; ++i) {
        for (std::size_t k = 0; k < x.size(); ++k) {
            x[k] = in.numbers[k].at(i);
        }
        if (const auto ok = function.each(in.fixed, x, y, notes); !ok) {
            return blame(fault_of(ok.error(), in, i));
        }
        if (auto ok = check_outputs(function, in, y, i); !ok) {
            return blame(ok.error());
        }
        for (std::size_t k = 0; k < y.size(); ++k) {
            columns[k][i] = y[k];
        }
    }
    return columns;
}

/// The elements that share all inputs but the curve's variable, in the order of the call.
struct Group {
    std::vector<double> x;
    std::vector<std::size_t> members;
};

std::vector<Group> groups_of(const Inputs& in, std::size_t variable) {
    std::vector<Group> groups;
    std::map<std::vector<double>, std::size_t> place;
    for (std::size_t i = 0; i < in.length; ++i) {
        std::vector<double> x;
        for (std::size_t k = 0; k < in.numbers.size(); ++k) {
            if (k != variable) {
                x.push_back(in.numbers[k].at(i));
            }
        }
        const auto [at, is_new] = place.emplace(x, groups.size());
        if (is_new) {
            groups.push_back({std::move(x), {}});
        }
        groups[at->second].members.push_back(i);
    }
    return groups;
}

Checked<void> check_variable(
    const Function& function, const Inputs& in, std::size_t variable, const Group& group
) {
    double before = -infinite;
    for (const std::size_t i : group.members) {
        const double value = in.numbers[variable].at(i);
        if (function.not_negative && value < 0.0) {
            const Error error = model::out_of_domain(function.variable, value, "0 or more").value();
            return blame(fault_of(error, in, i));
        }
        if (function.ascending && value < before) {
            const Error error =
                model::out_of_domain(
                    function.variable, value, "ascending; before it is " + model::shown(before)
                )
                    .value();
            return blame(fault_of(error, in, i));
        }
        before = value;
    }
    return {};
}

/// True where an input other than the curve's variable is an array.
bool others_vary(const Inputs& in, std::size_t variable) {
    for (std::size_t k = 0; k < in.numbers.size(); ++k) {
        if (k != variable && in.numbers[k].is_array) {
            return true;
        }
    }
    return false;
}

/// One group computed and put into `columns`.
Checked<void> one_curve(
    const Function& function,
    const Inputs& in,
    std::size_t variable,
    const Group& group,
    Columns& columns,
    Notes& notes
) {
    if (auto ok = check_variable(function, in, variable, group); !ok) {
        return ok;
    }
    std::vector<double> curve;
    curve.reserve(group.members.size());
    for (const std::size_t i : group.members) {
        curve.push_back(in.numbers[variable].at(i));
    }
    Columns y;
    for (const Output& output : function.outputs) {
        y.emplace_back(output.once ? 1 : curve.size());
    }
    if (const auto ok = function.curve(in.fixed, group.x, curve, y, notes); !ok) {
        const bool is_placed = others_vary(in, variable) && ok.error().where != function.variable;
        return blame(
            is_placed ? fault_of(ok.error(), in, group.members.front()) : fault_of(ok.error())
        );
    }
    std::vector<double> row(y.size());
    for (std::size_t j = 0; j < group.members.size(); ++j) {
        for (std::size_t k = 0; k < y.size(); ++k) {
            row[k] = y[k][function.outputs[k].once ? 0 : j];
        }
        if (auto ok = check_outputs(function, in, row, group.members[j]); !ok) {
            return ok;
        }
        for (std::size_t k = 0; k < y.size(); ++k) {
            columns[k][group.members[j]] = row[k];
        }
    }
    if (group.members.empty()) {
        for (std::size_t k = 0; k < y.size(); ++k) {
            if (function.outputs[k].once) {
                columns[k] = y[k];
            }
        }
    }
    return {};
}

std::size_t place_of_variable(const Function& function, const Inputs& in) {
    const auto found = std::find(in.names.begin(), in.names.end(), function.variable);
    return static_cast<std::size_t>(found - in.names.begin());
}

Checked<Columns> curves(const Function& function, const Inputs& in, Notes& notes) {
    const std::size_t variable = place_of_variable(function, in);
    Columns columns(function.outputs.size(), std::vector<double>(in.length));
    std::vector<Group> groups = groups_of(in, variable);
    if (groups.empty() && !others_vary(in, variable)) {
        // A curve without points still has what is there once.
        Group nothing;
        for (std::size_t k = 0; k < in.numbers.size(); ++k) {
            if (k != variable) {
                nothing.x.push_back(in.numbers[k].at(0));
            }
        }
        groups.push_back(std::move(nothing));
    }
    for (const Group& group : groups) {
        if (auto ok = one_curve(function, in, variable, group, columns, notes); !ok) {
            return blame(ok.error());
        }
    }
    return columns;
}

json::object outputs_json(const Function& function, const Inputs& in, const Columns& columns) {
    const bool once_is_array =
        function.curve != nullptr && others_vary(in, place_of_variable(function, in));
    json::object out;
    for (std::size_t k = 0; k < columns.size(); ++k) {
        const Output& output = function.outputs[k];
        if (!is_present(function, output, in.fixed)) {
            continue;
        }
        const bool is_array = output.once ? once_is_array : in.is_array;
        if (!is_array) {
            out[output.name] = wire::number(columns[k].front());
            continue;
        }
        json::array values;
        values.reserve(columns[k].size());
        for (const double value : columns[k]) {
            values.push_back(wire::number(value));
        }
        out[output.name] = std::move(values);
    }
    return out;
}

Checked<json::object> computed(const Function& function, const json::object& inputs) {
    const auto in = read_inputs(function, inputs);
    if (!in) {
        return blame(in.error());
    }
    Notes notes;
    const auto columns = function.curve != nullptr ? curves(function, *in, notes)
                                                   : elementwise(function, *in, notes);
    if (!columns) {
        return blame(columns.error());
    }
    json::array warnings;
    for (const std::string& sentence : notes.sentences()) {
        warnings.emplace_back(sentence);
    }
    json::object answer;
    answer["outputs"] = outputs_json(function, *in, *columns);
    answer["warnings"] = std::move(warnings);
    return answer;
}

/// The function that a call names.
Checked<const Function*> function_of(const json::object& call) {
    for (const auto& member : call) {
        const std::string_view key(member.key().data(), member.key().size());
        if (key != "function" && key != "inputs") {
            return blame(
                Code::unknown_input,
                key,
                "a call has no '" + std::string(key) + "'" + suggestion(key, {"function", "inputs"})
            );
        }
    }
    const json::value* name = call.if_contains("function");
    if (name == nullptr || !name->is_string()) {
        return blame(
            name == nullptr ? Code::missing_input : Code::bad_type,
            "function",
            "a call needs 'function', the name of an equation"
        );
    }
    std::vector<std::string_view> known;
    const std::string_view wanted(name->get_string().data(), name->get_string().size());
    for (const Function& function : all_functions()) {
        if (function.name == wanted) {
            return &function;
        }
        known.push_back(function.name);
    }
    return blame(
        Code::unknown_function,
        "function",
        "there is no function '" + std::string(wanted) + "'" + suggestion(wanted, known)
    );
}

Checked<json::object> answer_of(const json::value& call) {
    if (!call.is_object()) {
        return blame(
            Code::bad_type, "", "a call must be an object {\"function\": …, \"inputs\": {…}}"
        );
    }
    const auto function = function_of(call.get_object());
    if (!function) {
        return blame(function.error());
    }
    const json::value* inputs = call.get_object().if_contains("inputs");
    if (inputs != nullptr && !inputs->is_object()) {
        return blame(Code::bad_type, "inputs", "'inputs' must be an object");
    }
    const json::object none;
    auto answer = computed(**function, inputs == nullptr ? none : inputs->get_object());
    if (!answer) {
        Fault fault = answer.error();
        fault.message = std::string((*function)->name) + ": " + fault.message;
        return blame(std::move(fault));
    }
    return answer;
}

}  // namespace

json::object evaluate(const json::value& call) {
    auto answer = answer_of(call);
    if (answer) {
        return std::move(*answer);
    }
    const Fault& fault = answer.error();
    json::object error;
    error["code"] = to_word(fault.code);
    error["message"] = fault.message;
    error["input"] = fault.input.empty() ? json::value(nullptr) : json::value(fault.input);
    json::object out;
    out["error"] = std::move(error);
    return out;
}

Result<json::array> evaluate(std::string_view text, std::string_view source) {
    const auto parsed = wire::parse(text, source);
    if (!parsed) {
        return fail(parsed.error());
    }
    json::array answers;
    if (parsed->is_object()) {
        answers.push_back(evaluate(*parsed));
        return answers;
    }
    if (!parsed->is_array()) {
        return fail(
            Errc::invalid,
            "the calls must be one JSON object or an array of objects",
            std::string(source),
            "write {\"function\": \"tau_max\", \"inputs\": {…}}"
        );
    }
    answers.reserve(parsed->get_array().size());
    for (const json::value& call : parsed->get_array()) {
        answers.push_back(evaluate(call));
    }
    return answers;
}

}  // namespace relaxd::ctl::eval
