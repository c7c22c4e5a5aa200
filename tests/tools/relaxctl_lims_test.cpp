// SPDX-License-Identifier: MIT
//
// chi of the imported sweeps of a soft polymer, whose file has no sigmas and moduli of kilopascals.
#include "schema/base/number.hpp"
#include "tests/tools/command.hpp"

namespace relaxd::test {

TEST_CASE("sweeps of a soft polymer have errors that their scatter explains", "[relaxctl]") {
    const std::string file = RELAXD_SOURCE_DIR
        "/../shared/data/3mcloud__hermes-rheo/tests/fileio/test_data/"
        "test_frequency_sweep_tts_ARES.txt";
    if (!std::filesystem::exists(file)) {
        WARN("skipped: " << file << " is not here");
        return;
    }
    const Outcome fitted = relaxctl({"fit", file, "--model", "chi-slope", "--json"});
    REQUIRE(fitted.exit_code == 0);
    CHECK(fitted.out.find("\"converged\"") != std::string::npos);
    const std::string key = "\"standard_error\":";
    int errors = 0;
    for (std::size_t at = fitted.out.find(key); at != std::string::npos;
         at = fitted.out.find(key, at + 1)) {
        std::size_t from = at + key.size();
        while (fitted.out[from] == ' ') {
            ++from;
        }
        const std::size_t to = fitted.out.find_first_of(",}\n", from);
        const auto error = to_double(fitted.out.substr(from, to - from));
        REQUIRE(error);  // none of these sweeps is undetermined
        CHECK(*error > 0.0001);
        CHECK(*error < 0.05);
        ++errors;
    }
    CHECK(errors >= 20);  // 20 slopes, and chi where the model of the sweeps can be told
}

}  // namespace relaxd::test
