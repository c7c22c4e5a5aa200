-- SPDX-License-Identifier: MIT
--
-- What each stored fit depended on, so that it can be computed again bit for bit: its options in
-- full, the start of its search, the readings it saw, and the fit whose result it took. Runs of
-- earlier versions have no row here: they cannot be replayed.

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
