// SPDX-License-Identifier: MIT
//
// Records to SQL and back: the statements and, in their columns' order, what is bound and taken.
// Private to schema/store.

#pragma once

#include "schema/record/records.hpp"
#include "schema/store/database.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace relaxd::store {

/// Writes one row under its sequence number.
[[nodiscard]] Result<void> insert(
    Database& database, std::int64_t run_id, std::uint64_t seq, const record::Row& row
);

/// `SELECT <columns that take_… reads> FROM <table>`; the caller appends WHERE and ORDER BY.
[[nodiscard]] const std::string& select_point();
inline constexpr std::string_view select_gap =
    "SELECT seq, from_time_s, to_time_s, first_number, missing, cause, time_ns, "
    "(SELECT simulated FROM run WHERE run.run_id = gap.run_id) FROM gap";
inline constexpr std::string_view select_event =
    "SELECT seq, time_ns, severity, code, message, detail, "
    "(SELECT simulated FROM run WHERE run.run_id = event.run_id) FROM event";
inline constexpr std::string_view select_estimate =
    "SELECT seq, fit_number, time_ns, model, parameter, value, standard_error, lower_95, upper_95, "
    "state, segment, temperature_K, frequency_Hz, form, n_points, first_seq, last_seq, "
    "options_sha256, code_version, simulated, systematic_error, traded_with, combined_error, "
    "method, known_combination, known_combination_value, known_combination_standard_error, "
    "experiment FROM estimate";
inline constexpr std::string_view select_fit =
    "SELECT fit_number, model, options, start, segments, series, up_to_seq, n_given, "
    "dynamic_fit_number FROM fit";
inline constexpr std::string_view select_run =
    "SELECT run_id, uuid, name, instrument, specimen, method, state, end_cause, started_ns, "
    "ended_ns, last_seq, simulated, code_version FROM run";

[[nodiscard]] record::Point take_point(Statement& row);
[[nodiscard]] record::Gap take_gap(Statement& row);
[[nodiscard]] record::Event take_event(Statement& row);
[[nodiscard]] record::Estimate take_estimate(Statement& row);
[[nodiscard]] record::FitInputs take_fit(Statement& row);
[[nodiscard]] record::Run take_run(Statement& row);

/// The specimen of a run, in its two tables.
[[nodiscard]] Result<void> insert_specimen(
    Database& database, std::int64_t run_id, const record::Specimen& specimen
);
[[nodiscard]] Result<record::Specimen> read_specimen(Database& database, std::int64_t run_id);

/// `use`, then `bind`, then `take` for every row.
template <typename T, typename Bind, typename Take>
[[nodiscard]] Result<std::vector<T>> select_all(
    Database& database, std::string_view sql, Bind bind, Take take
) {
    auto statement = database.use(sql);
    if (!statement) {
        return fail(statement.error());
    }
    bind(**statement);
    std::vector<T> rows;
    while (true) {
        const auto more = (*statement)->step();
        if (!more || !*more) {
            (*statement)->reset();
            return more ? Result<std::vector<T>>(std::move(rows)) : fail(more.error());
        }
        rows.push_back(take(**statement));
    }
}

}  // namespace relaxd::store
