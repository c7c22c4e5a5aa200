-- SPDX-License-Identifier: MIT
--
-- Estimates say how a transition was found, their standard and systematic error together, and,
-- where they are not determined, the combination that is known and what would tell more.

ALTER TABLE estimate ADD COLUMN combined_error REAL;
ALTER TABLE estimate ADD COLUMN method TEXT NOT NULL DEFAULT '';
ALTER TABLE estimate ADD COLUMN known_combination TEXT NOT NULL DEFAULT '';
ALTER TABLE estimate ADD COLUMN known_combination_value REAL;
ALTER TABLE estimate ADD COLUMN known_combination_standard_error REAL;
ALTER TABLE estimate ADD COLUMN experiment TEXT NOT NULL DEFAULT '';

DROP VIEW v_estimate;
CREATE VIEW v_estimate AS
SELECT run_id,
    seq,
    fit_number,
    CASE WHEN time_ns <> 0 THEN
        strftime('%Y-%m-%dT%H:%M:%S', time_ns / 1000000000, 'unixepoch')
        || printf('.%06dZ', (time_ns / 1000) % 1000000) END AS time_utc,
    model,
    parameter,
    value,
    standard_error,
    lower_95,
    upper_95,
    state,
    nullif(segment, 0) AS segment,
    temperature_K,
    frequency_Hz,
    nullif(form, '') AS form,
    n_points,
    nullif(first_seq, 0) AS first_seq,
    nullif(last_seq, 0) AS last_seq,
    nullif(options_sha256, '') AS options_sha256,
    nullif(code_version, '') AS code_version,
    simulated,
    systematic_error,
    nullif(traded_with, '') AS traded_with,
    combined_error,
    nullif(method, '') AS method,
    nullif(known_combination, '') AS known_combination,
    known_combination_value,
    known_combination_standard_error,
    nullif(experiment, '') AS experiment
FROM estimate;
