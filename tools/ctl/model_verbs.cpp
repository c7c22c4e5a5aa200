// SPDX-License-Identifier: MIT
#include "tools/ctl/eval/eval.hpp"
#include "tools/ctl/verbs.hpp"

#include <iostream>
#include <iterator>
#include <string>

namespace relaxd::ctl {

namespace {

/// "a b" of an array of words.
std::string spaced(const json::value& list) {
    std::string out;
    for (const json::value& word : list.as_array()) {
        out += (out.empty() ? "" : " ") + std::string(word.as_string());
    }
    return out;
}

Result<std::string> read_calls(const std::string& file) {
    if (file != "-") {
        return read_file(file);
    }
    std::string text{std::istreambuf_iterator<char>(std::cin), {}};
    if (std::cin.bad()) {
        return fail(Errc::io, "reading standard input failed", "-", "check what feeds it");
    }
    return text;
}

}  // namespace

int list_models(const Globals& globals) {
    const json::array list = eval::list_functions();
    if (globals.json) {
        print_json(list);
        return exit_done;
    }
    for (const json::value& one : list) {
        const json::object& item = one.as_object();
        std::string inputs = spaced(item.at("inputs"));
        const std::string optional = spaced(item.at("optional"));
        if (!optional.empty()) {
            inputs += " [" + optional + "]";
        }
        print(cell(one, "name") + "  (" + cell(one, "source") + ")");
        print("    from " + inputs);
        print("    to   " + spaced(item.at("outputs")));
    }
    return exit_done;
}

int evaluate_calls(const Globals& globals, const std::string& file) {
    const auto text = read_calls(file);
    if (!text) {
        return report(globals, text.error());
    }
    const auto answers = eval::evaluate(*text, file == "-" ? "stdin" : file);
    if (!answers) {
        return report(globals, answers.error());
    }
    print_json(*answers);
    return exit_done;
}

}  // namespace relaxd::ctl
