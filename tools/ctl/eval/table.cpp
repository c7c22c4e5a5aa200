// SPDX-License-Identifier: MIT
//
// The whole table in the contract's order, and what its parts share.
#include "tools/ctl/eval/eval.hpp"
#include "tools/ctl/eval/fault.hpp"
#include "tools/ctl/eval/function.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <iterator>

namespace relaxd::ctl::eval {

namespace {

namespace json = boost::json;

std::vector<Function> joined_table() {
    std::vector<Function> all;
    for (std::vector<Function> part :
         {law_functions(), spread_functions(), material_functions(), form_functions()}) {
        std::move(part.begin(), part.end(), std::back_inserter(all));
    }
    return all;
}

/// Six digits: what was an exponential of a logarithm has not more to say.
std::string short_text(double value) {
    std::array<char, 32> text{};
    static_cast<void>(std::snprintf(text.data(), text.size(), "%.6g", value));
    return text.data();
}

}  // namespace

const std::vector<Function>& all_functions() {
    static const std::vector<Function> all = joined_table();
    return all;
}

json::array list_functions() {
    json::array list;
    for (const Function& function : all_functions()) {
        json::array inputs;
        json::array optional;
        json::array outputs;
        for (const Input& input : function.inputs) {
            (input.required ? inputs : optional).emplace_back(input.name);
        }
        for (const Output& output : function.outputs) {
            outputs.emplace_back(output.name);
        }
        json::object item;
        item["name"] = function.name;
        item["inputs"] = std::move(inputs);
        item["optional"] = std::move(optional);
        item["outputs"] = std::move(outputs);
        item["source"] = function.source;
        list.push_back(std::move(item));
    }
    return list;
}

std::string_view to_word(Code code) {
    switch (code) {
        case Code::unknown_function: return "unknown_function";
        case Code::missing_input: return "missing_input";
        case Code::unknown_input: return "unknown_input";
        case Code::bad_type: return "bad_type";
        case Code::bad_length: return "bad_length";
        case Code::domain: return "domain";
        case Code::overflow: return "overflow";
        case Code::not_converged: return "not_converged";
    }
    return "domain";
}

void Notes::add(std::string_view kind, std::string sentence) {
    const auto found = std::find_if(notes_.begin(), notes_.end(), [&](const Note& note) {
        return note.kind == kind;
    });
    if (found == notes_.end()) {
        notes_.push_back({kind, std::move(sentence), 1});
    } else {
        ++found->count;
    }
}

std::vector<std::string> Notes::sentences() const {
    std::vector<std::string> out;
    for (const Note& note : notes_) {
        out.push_back(note.sentence);
        if (note.count > 1) {
            out.back() += " (the first of " + std::to_string(note.count) + ")";
        }
    }
    return out;
}

void note_fast_beta_time(double ln_tau_beta, double t0_s, Notes& notes) {
    if (!(t0_s > 0.0) || !(ln_tau_beta <= std::log(t0_s))) {
        return;
    }
    notes.add(
        "tau_beta",
        "tau_beta = " + short_text(std::exp(ln_tau_beta)) + " s is not above t0_s = " +
            short_text(t0_s) + ": tau_max is then not above tau_beta (S1 Eq. 11b, E1-5)"
    );
}

}  // namespace relaxd::ctl::eval
