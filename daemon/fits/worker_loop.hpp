// SPDX-License-Identifier: MIT
//
// The fit worker's own side (`relaxd --fit-worker`): a child process that reads jobs from a socket,
// fits, answers, and ends when the socket closes. It touches no instrument, file or clock that
// matters. Single thread.

#pragma once

#include "daemon/fits/codec.hpp"
#include "model/estimate/growing_points.hpp"

#include <functional>

namespace relaxd::daemon {

/// The descriptor on which a worker finds its socket.
inline constexpr int worker_descriptor = 3;
/// Heap and private mappings of a worker (RLIMIT_DATA), as DESIGN 5 budgets.
inline constexpr std::uint64_t worker_data_bytes = 64ULL * 1024 * 1024;
/// All its address space with libraries, table and stack (RLIMIT_AS): the second fence.
inline constexpr std::uint64_t worker_address_bytes = 512ULL * 1024 * 1024;
/// Points a snapshot may have: 200 000 × 80 bytes stay below a quarter of the worker's memory.
inline constexpr std::size_t fit_points_max = 200'000;

using FitFunction = std::function<
    record::FitResult(model::GrowingPoints&, const record::FitOptions&, const record::FitResult*)>;

/// Of a test in time.
using SeriesFunction =
    std::function<record::FitResult(const record::SeriesData&, const record::FitOptions&)>;

/// Answers jobs until the other end closes. Exit code: 0 closed, 1 a frame was garbage.
[[nodiscard]] int serve_fits(
    int descriptor, const FitFunction& fit, const SeriesFunction& fit_series
);

/// Limits the heap and the address space of this process; nothing under sanitizers, which reserve
/// terabytes.
void limit_worker_memory();

/// Limits itself, dies with its parent, serves `model::fit` and `model::fit_series`. For main().
[[nodiscard]] int run_fit_worker();

}  // namespace relaxd::daemon
