-- SPDX-License-Identifier: MIT
--
-- What each stored fit depended on, so that it can be computed again bit for bit: its options in
-- full, the start of its search, the readings it saw, and the fit whose result it took. Runs of
-- earlier versions have no row here: they cannot be replayed. Estimates say with what they are
-- traded, and their systematic error, in columns at the end.

ALTER TABLE estimate ADD COLUMN systematic_error REAL;
ALTER TABLE estimate ADD COLUMN traded_with TEXT NOT NULL DEFAULT '';

-- 0 = unknown: nobody could ask for the newest reading at the end of a run.
DROP VIEW v_gap;
CREATE VIEW v_gap AS
SELECT gap.run_id, seq, from_time_s, to_time_s, nullif(missing, 0) AS missing,
    nullif(cause, '') AS cause, run.simulated
FROM gap JOIN run ON run.run_id = gap.run_id;

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
    nullif(traded_with, '') AS traded_with
FROM estimate;

CREATE TABLE fit (
    run_id INTEGER NOT NULL REFERENCES run (run_id),
    fit_number INTEGER NOT NULL,
    model TEXT NOT NULL,
    options TEXT NOT NULL,
    start TEXT NOT NULL,
    segments TEXT NOT NULL,
    series TEXT NOT NULL,
    up_to_seq INTEGER NOT NULL,
    n_given INTEGER NOT NULL,
    dynamic_fit_number INTEGER NOT NULL,
    PRIMARY KEY (run_id, fit_number)
) STRICT, WITHOUT ROWID;

-- Beyond CONTRACT 6. segments: numbers, NULL = all; up_to_seq: the newest reading there was;
-- n_given: readings up to there that a fit may see; start NULL = a search from afresh.
CREATE VIEW v_fit AS
SELECT run_id,
    fit_number,
    model,
    options,
    nullif(start, '') AS start,
    nullif(segments, '') AS segments,
    nullif(series, '') AS series,
    up_to_seq,
    n_given,
    nullif(dynamic_fit_number, 0) AS dynamic_fit_number
FROM fit;
