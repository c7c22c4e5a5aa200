// SPDX-License-Identifier: MIT
//
// Bench files: how good a simulated instrument is, in TOML (docs/simulated-bench.md has every key).
// What a file does not say is as in `plain`; what [calibration] does not say is true. Plain
// functions; errors are one sentence with file and line.

#pragma once

#include "drivers/simulator/bench.hpp"
#include "drivers/simulator/glass_options.hpp"
#include "drivers/simulator/noise.hpp"
#include "schema/base/result.hpp"

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace relaxd::simulator {

/// What a bench file says.
struct BenchFile {
    Bench bench;
    NoiseSizes noise;
    GlassOptions specimen;
    std::string source = "plain";                                    ///< Built-in name or path.
    std::map<std::string, std::size_t, std::less<>> specimen_lines;  ///< Of the keys that stand.

    /// [specimen] for this material; the error names the key's line.
    [[nodiscard]] Result<GlassOptions> specimen_of(const material::Params& params) const;
};

/// The keys of [noise].
inline constexpr std::array<std::pair<std::string_view, double NoiseSizes::*>, 7> noise_numbers{{
    {"storage_relative", &NoiseSizes::storage_relative},
    {"loss_relative", &NoiseSizes::loss_relative},
    {"loss_floor_Pa", &NoiseSizes::loss_floor_Pa},
    {"displacement_relative", &NoiseSizes::displacement_relative},
    {"displacement_floor_m", &NoiseSizes::displacement_floor_m},
    {"drift_relative", &NoiseSizes::drift_relative},
    {"drift_time_s", &NoiseSizes::drift_time_s},
}};

[[nodiscard]] Result<BenchFile> parse_bench(std::string_view toml_text, std::string_view source);

/// A built-in name (`plain`, `realistic`) or a path: one with a `/` or that ends in `.toml`.
[[nodiscard]] Result<BenchFile> load_bench(const std::string& name_or_path);

/// The built-in bench `realistic` as a bench file.
[[nodiscard]] std::string_view realistic_bench();

}  // namespace relaxd::simulator
