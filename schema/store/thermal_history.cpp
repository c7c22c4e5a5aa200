// SPDX-License-Identifier: MIT
#include "schema/store/thermal_history.hpp"

#include "schema/base/number.hpp"

#include <algorithm>
#include <cmath>

namespace relaxd::store {

namespace {

constexpr double below_T_g_K = 50.0;

/// Part of an interval, 0…1, in which a temperature that runs linearly from `a_K` to `b_K` is above
/// `limit_K`.
double share_above(double a_K, double b_K, double limit_K) {
    const double high_K = std::max(a_K, b_K);
    const double low_K = std::min(a_K, b_K);
    if (low_K >= limit_K) {
        return 1.0;
    }
    return high_K <= limit_K ? 0.0 : (high_K - limit_K) / (high_K - low_K);
}

std::string text_of(double value) {
    return std::isfinite(value) ? to_text(value) : "unknown";
}

}  // namespace

Result<std::map<std::string, std::string>> thermal_history(
    Database& database, std::int64_t run_id, const record::Specimen& specimen
) {
    auto row = database.use(
        "SELECT time_s, temperature_K FROM point WHERE run_id = ? AND temperature_K IS NOT NULL "
        "AND time_s IS NOT NULL ORDER BY seq"
    );
    if (!row) {
        return fail(row.error());
    }
    (*row)->put(run_id);
    const double limit_K = specimen.T_g_K - below_T_g_K;
    double T_max_K = record::unknown;
    double above_s = 0.0;
    double before_s = record::unknown;
    double before_K = record::unknown;
    while (true) {
        const auto more = (*row)->step();
        if (!more) {
            return fail(more.error());
        }
        if (!*more) {
            break;
        }
        const double time_s = (*row)->take_double();
        const double temperature_K = (*row)->take_double();
        T_max_K = std::fmax(T_max_K, temperature_K);
        if (time_s > before_s) {
            above_s += (time_s - before_s) * share_above(before_K, temperature_K, limit_K);
        }
        before_s = time_s;
        before_K = temperature_K;
    }
    (*row)->reset();
    const bool measured = std::isfinite(T_max_K);
    const bool knows_T_g = std::isfinite(specimen.T_g_K);
    const bool knows_T_x = std::isfinite(specimen.T_x_K);
    std::string passed = "unknown";
    if (measured && knows_T_x) {
        passed = T_max_K >= specimen.T_x_K ? "yes" : "no";
    }
    return std::map<std::string, std::string>{
        {"thermal_T_max_K", text_of(T_max_K)},
        {"thermal_time_above_Tg_minus_50K_s",
         measured && knows_T_g ? text_of(above_s) : std::string("unknown")},
        {"thermal_T_x_passed", passed},
    };
}

}  // namespace relaxd::store
