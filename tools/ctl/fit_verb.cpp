// SPDX-License-Identifier: MIT
//
// `fit INPUT…`: the live fits, offline, on files and stored runs.
#include "schema/base/version.hpp"
#include "tools/ctl/fit_options.hpp"
#include "tools/ctl/fit_print.hpp"
#include "tools/ctl/fit_run.hpp"

#include <utility>

namespace relaxd::ctl {

int fit_inputs(const Globals& globals, const FitVerb& verb) {
    // Words first: a wrong option must not wait for a long file.
    if (const auto options = fit_options_from(verb); !options) {
        return report(globals, options.error());
    }
    std::vector<FitInput> inputs;
    for (const std::string& name : verb.inputs) {
        int exit_code = exit_done;
        auto input = read_input(globals, name, exit_code);
        if (!input) {
            return report(globals, input.error(), exit_code);
        }
        const auto kept =
            verb.segments.empty() ? Result<void>() : keep_segments(*input, verb.segments);
        if (!kept) {
            return report(globals, kept.error());
        }
        inputs.push_back(std::move(*input));
    }
    const auto answer = fit_together(verb, inputs);
    if (!answer) {
        return report(globals, answer.error());
    }
    if (globals.json) {
        json::object body = wire::to_json(answer->result, code_version(), answer->sha256);
        body["simulated"] = answer->simulated ? 1 : 0;
        print_json(body);
    } else {
        print_fit(answer->result, answer->simulated);
    }
    return exit_done;
}

}  // namespace relaxd::ctl
