// SPDX-License-Identifier: MIT
// Creep and tension are reached through the one dispatch that the daemon and relaxctl use.
#include "model/estimate/estimate.hpp"
#include "tests/support/catch.hpp"

namespace relaxd::model {

TEST_CASE("fit_series knows creep and tension", "[tension]") {
    record::FitOptions options;
    for (const char* model : {"creep", "tension"}) {
        options.model = model;
        const auto r = fit_series({}, options);
        CHECK(r.model == model);
        CHECK_FALSE(r.is_usable());
        CHECK(r.reason.find("no model") == std::string::npos);
    }
}

}  // namespace relaxd::model
