// SPDX-License-Identifier: MIT
//
// What is measured: the hot functions of model/, each as a run over points that a measurement has.
// Two programs use the list: bench_model (time, Google Benchmark) and count_instructions
// (callgrind).
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace relaxd::bench {

struct Operation {
    std::string name;
    double evaluations = 1.0;  ///< Of the function named, in one run.
    bool cold = false;         ///< Each run needs a thread of its own: the tables are one a thread.
    std::function<double()> run;  ///< The return value keeps the work alive.
    /// Where the parts of a run differ: the same run, saying after each part that it is done.
    std::function<double(const std::function<void()>&)> run_in_parts;
};

/// Everything, in the order of tests/bench/README.md.
[[nodiscard]] std::vector<Operation> operations();

}  // namespace relaxd::bench
