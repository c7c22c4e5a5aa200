// SPDX-License-Identifier: MIT
//
// NIST's certified problems through our solver, one line a problem and start:
// name, start, how it ended, evaluations, digits of the worst parameter.
// tests/bench/strd_compare puts another solver beside it.

#include "tests/model/strd_fit.hpp"

#include <cstdio>
#include <string>

int main() {
    using relaxd::test::strd_names;
    for (const char* name : strd_names) {
        const auto problem = relaxd::test::read_strd(RELAXD_SOURCE_DIR "/tests/model/strd", name);
        for (const std::size_t start : {0U, 1U}) {
            const auto fit = relaxd::test::fit_strd(problem, start);
            const std::string end(relaxd::model::to_word(fit.termination));
            const double digits =
                fit.q.size() > 0 ? relaxd::test::least_digits(problem, fit.q) : 0.0;
            std::printf(
                "%s %zu %s %d %.1f\n",
                name,
                start + 1,
                fit.is_usable() ? "converged" : end.c_str(),
                fit.evaluations,
                digits
            );
        }
    }
    return 0;
}
