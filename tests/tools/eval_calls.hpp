// SPDX-License-Identifier: MIT
//
// Calls of `relaxctl model eval` in process: JSON text in, answers out.
#pragma once

#include "tests/support/catch.hpp"
#include "tools/ctl/eval/eval.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <string>
#include <vector>

namespace relaxd::test {

namespace json = boost::json;

/// S1 Table 1 with B = 1 (PHYSICS 4), one member replaced or added by `more` (`,"B":null`).
inline std::string table_1(const std::string& more = {}) {
    std::string text = R"({"E_u_Pa":3.3e10,"E_r_Pa":3.06e10,"U_beta_J_mol":83120,)"
                       R"("tau_beta0_s":1.86e-13,"B":1,"A_an_per_Pa":1.5e-11,)"
                       R"("A_vp_per_Pa":1.5e-11,"chi_Tg":0.4,"a1_per_K":0.00231,)"
                       R"("T_g_K":453,"t0_s":6e-7,"sigma1_Pa":2.8e10,"a2":1.8)";
    return text + more + "}";
}

/// The one answer to one call.
inline json::object answer_to(const std::string& function, const std::string& inputs) {
    const std::string call = R"({"function":")" + function + R"(","inputs":)" + inputs + "}";
    const auto answers = ctl::eval::evaluate(call, "test");
    INFO(call);
    REQUIRE(answers.has_value());
    REQUIRE(answers->size() == 1);
    return answers->front().as_object();
}

/// The outputs of a call that must succeed.
inline json::object outputs_of(const std::string& function, const std::string& inputs) {
    const json::object answer = answer_to(function, inputs);
    INFO(function << " " << inputs << " -> " << json::serialize(answer));
    REQUIRE(answer.contains("outputs"));
    REQUIRE(answer.contains("warnings"));
    return answer.at("outputs").as_object();
}

/// One scalar output of a call that must succeed.
inline double value_of(
    const std::string& function, const std::string& inputs, const std::string& output
) {
    const json::object outputs = outputs_of(function, inputs);
    INFO(function << " " << inputs << " " << output << " in " << json::serialize(outputs));
    REQUIRE(outputs.contains(output));
    REQUIRE(outputs.at(output).is_number());
    return outputs.at(output).to_number<double>();
}

/// An array output of a call that must succeed.
inline std::vector<double> values_of(
    const std::string& function, const std::string& inputs, const std::string& output
) {
    const json::object outputs = outputs_of(function, inputs);
    INFO(function << " " << inputs << " " << output << " in " << json::serialize(outputs));
    REQUIRE(outputs.contains(output));
    REQUIRE(outputs.at(output).is_array());
    std::vector<double> values;
    for (const json::value& one : outputs.at(output).as_array()) {
        values.push_back(one.to_number<double>());
    }
    return values;
}

}  // namespace relaxd::test
