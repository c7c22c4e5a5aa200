// SPDX-License-Identifier: MIT
#include "tools/ctl/verbs.hpp"

namespace relaxd::ctl {

int switch_trace(const Globals& globals, const std::string& name, const std::string& state) {
    if (state != "on" && state != "off") {
        return report(
            globals,
            {Errc::invalid,
             "a trace is switched on or off, not \"" + printable(state) + "\"",
             "trace",
             "relaxctl instrument trace NAME on|off"}
        );
    }
    const std::string target = "/api/v1/instruments/" + percent_encoded(name) + "/trace";
    const std::string body = state == "on" ? R"({"on":true})" : R"({"on":false})";
    const auto answer = ask(globals, "POST", target, body);
    if (!answer) {
        return report(globals, answer.error());
    }
    if (answer->status != 200) {
        return report_answer(globals, *answer);
    }
    if (globals.json) {
        print(answer->body);
        return exit_done;
    }
    const auto value = wire::parse(answer->body, "answer");
    if (!value) {
        return report(globals, value.error());
    }
    const std::string file = cell(*value, "trace_file");
    print("trace of " + name + ": " + cell(*value, "trace") + (file == "-" ? "" : ", " + file));
    return exit_done;
}

}  // namespace relaxd::ctl
