// SPDX-License-Identifier: MIT
#include "daemon/run/segment_condition.hpp"

#include "tests/support/catch.hpp"

using relaxd::daemon::condition_met;
using relaxd::daemon::SegmentRole;
using relaxd::record::Estimate;
using relaxd::record::ParameterState;
using relaxd::record::Row;

namespace {

relaxd::method::Segment until(const std::string& parameter) {
    relaxd::method::Segment segment;
    segment.kind = relaxd::method::SegmentKind::isothermal_until;
    segment.parameter = parameter;
    segment.tolerance = 0.005;
    return segment;
}

Row row(
    const std::string& parameter,
    double error,
    int segment = 3,
    ParameterState state = ParameterState::determined
) {
    Estimate estimate;
    estimate.parameter = parameter;
    estimate.value = 0.4;
    estimate.standard_error = error;
    estimate.segment = segment;
    estimate.state = state;
    return estimate;
}

bool is_met(const std::vector<Row>& rows, const std::string& parameter = "chi") {
    return condition_met(until(parameter), 3, SegmentRole::isotherm, rows).has_value();
}

}  // namespace

TEST_CASE(
    "a condition is met by a determined estimate of this segment within the tolerance", "[run]"
) {
    CHECK(is_met({row("chi_slope", 0.005)}));
    CHECK_FALSE(is_met({row("chi_slope", 0.0051)}));
    CHECK_FALSE(is_met({row("chi_slope", 0.001, 2)}));  // of another segment
    CHECK_FALSE(is_met({row("chi_slope", relaxd::record::unknown)}));
    CHECK_FALSE(is_met({}));
    for (const auto state :
         {ParameterState::undetermined,
          ParameterState::hinted,
          ParameterState::traded,
          ParameterState::at_limit,
          ParameterState::fixed}) {
        CHECK_FALSE(is_met({row("chi_slope", 0.001, 3, state)}));
    }
    auto plain = until("chi");
    plain.kind = relaxd::method::SegmentKind::isothermal;
    const std::vector<Row> known{row("chi_slope", 0.001)};
    CHECK_FALSE(condition_met(plain, 3, SegmentRole::isotherm, known));
}

TEST_CASE("chi is the corrected one where a fit has it, whatever the recipe says", "[run]") {
    CHECK_FALSE(is_met({row("chi_slope", 0.001), row("chi", 0.02)}));
    CHECK(is_met({row("chi_slope", 0.02), row("chi", 0.004)}));
    CHECK_FALSE(is_met({row("chi_slope", 0.001), row("chi", 0.004, 3, ParameterState::hinted)}));
    CHECK_FALSE(is_met({row("chi_Tg", 0.001, 0)}));  // the sweep itself will tell
    const std::vector<Row> dynamic{row("chi_Tg", 0.001, 0)};
    CHECK(condition_met(until("chi"), 3, SegmentRole::none, dynamic));
}

TEST_CASE("any reported parameter can be waited for", "[run]") {
    CHECK(is_met({row("E_u_Pa", 0.1, 0), row("B", 0.004, 0)}, "B"));
    CHECK_FALSE(is_met({row("B", 0.006, 0)}, "B"));
    CHECK_FALSE(is_met({row("chi_slope", 0.001)}, "B"));
    const std::vector<Row> rows{row("chi", 0.00412345)};
    const auto met = condition_met(until("chi"), 3, SegmentRole::isotherm, rows);
    REQUIRE(met);
    CHECK(relaxd::daemon::text_of(*met, 0.005) == "chi = 0.4 ± 0.004123, wanted to 0.005");
}
