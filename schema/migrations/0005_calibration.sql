-- SPDX-License-Identifier: MIT
--
-- Calibration sets, made once and never changed, and the numbers that a run's moduli were computed
-- with. `content` is the whole set as text, `sha256` of it.

CREATE TABLE calibration (
    name TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    kind TEXT NOT NULL,
    instrument TEXT NOT NULL,
    serial_number TEXT NOT NULL,
    clamp TEXT NOT NULL,
    made_ns INTEGER NOT NULL,
    content TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (name, version)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER calibration_is_not_changed BEFORE UPDATE ON calibration
BEGIN SELECT raise(ABORT, 'a calibration set is never changed: make a new version'); END;
CREATE TRIGGER calibration_is_not_deleted BEFORE DELETE ON calibration
BEGIN SELECT raise(ABORT, 'a calibration set is never deleted: runs were computed with it'); END;

CREATE TABLE run_fact (
    run_id INTEGER NOT NULL REFERENCES run (run_id),
    name TEXT NOT NULL,
    value REAL,
    sigma REAL,
    unit TEXT NOT NULL,
    text TEXT NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (run_id, name)
) STRICT, WITHOUT ROWID;

CREATE VIEW v_calibration AS
SELECT name,
    version,
    kind,
    nullif(instrument, '') AS instrument,
    nullif(serial_number, '') AS serial_number,
    nullif(clamp, '') AS clamp,
    CASE WHEN made_ns <> 0 THEN
        strftime('%Y-%m-%dT%H:%M:%S', made_ns / 1000000000, 'unixepoch')
        || printf('.%06dZ', (made_ns / 1000) % 1000000) END AS made_utc,
    content,
    sha256
FROM calibration;

CREATE VIEW v_run_fact AS
SELECT run_id, name, value, sigma, nullif(unit, '') AS unit, nullif(text, '') AS text,
    nullif(source, '') AS source
FROM run_fact;
