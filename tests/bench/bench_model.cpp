// SPDX-License-Identifier: MIT
//
// Times of the hot functions of model/: CPU time of the thread, so that a loaded machine disturbs
// less. `per_evaluation` is the time of one evaluation of the function named.
#include "schema/base/version.hpp"
#include "tests/bench/operations.hpp"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

namespace {

double thread_cpu_s() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double timed(const relaxd::bench::Operation& operation) {
    const double from = thread_cpu_s();
    benchmark::DoNotOptimize(operation.run());
    return thread_cpu_s() - from;
}

/// CPU times of the parts of one run.
std::vector<double> timed_parts(const relaxd::bench::Operation& operation) {
    std::vector<double> seconds;
    double from = thread_cpu_s();
    benchmark::DoNotOptimize(operation.run_in_parts([&] {
        const double now = thread_cpu_s();
        seconds.push_back(now - from);
        from = now;
    }));
    return seconds;
}

void measure(benchmark::State& state, const relaxd::bench::Operation& operation) {
    if (!operation.cold) {
        benchmark::DoNotOptimize(operation.run());  // fills the tables
    }
    for ([[maybe_unused]] auto _ : state) {
        double seconds = 0.0;
        if (operation.cold) {
            std::thread([&] { seconds = timed(operation); }).join();
        } else {
            seconds = timed(operation);
        }
        state.SetIterationTime(seconds);
    }
    if (operation.run_in_parts) {
        std::vector<double> parts = timed_parts(operation);
        std::sort(parts.begin(), parts.end());
        state.counters["median_ms"] = 1e3 * parts[parts.size() / 2];
        state.counters["worst_ms"] = 1e3 * parts.back();
    }
    state.counters["per_evaluation"] = benchmark::Counter(
        operation.evaluations,
        benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert
    );
}

}  // namespace

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 2;
    }
    benchmark::AddCustomContext("relaxd", std::string(relaxd::code_version()));
#ifndef NDEBUG
    benchmark::AddCustomContext("warning", "not a release build: times mean nothing");
#endif
    for (const auto& operation : relaxd::bench::operations()) {
        benchmark::RegisterBenchmark(
            operation.name.c_str(),
            [operation](benchmark::State& state) { measure(state, operation); }
        )
            ->UseManualTime()
            ->Unit(benchmark::kMicrosecond);
    }
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
