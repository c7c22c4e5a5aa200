-- SPDX-License-Identifier: MIT
--
-- Raw periods that a point's values were demodulated from (docs/pendulum.md has the bytes' layout),
-- and what is known of a whole segment after its last reading (`not_stationary`).

CREATE TABLE waveform (
    run_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('forced', 'decay', 'steady')),
    rate_Hz REAL NOT NULL,
    first_time_s REAL,
    frequency_Hz REAL,
    samples INTEGER NOT NULL CHECK (samples > 0),
    bytes BLOB NOT NULL,
    PRIMARY KEY (run_id, seq),
    FOREIGN KEY (run_id, seq) REFERENCES point (run_id, seq)
) STRICT;

CREATE VIEW v_waveform AS
SELECT run_id, seq, kind, rate_Hz, first_time_s, frequency_Hz, samples, bytes
FROM waveform;

ALTER TABLE segment ADD COLUMN flags TEXT NOT NULL DEFAULT '';

DROP VIEW v_segment;
CREATE VIEW v_segment AS
SELECT segment.run_id,
    segment,
    nullif(text, '') AS text,
    CASE WHEN segment.started_ns <> 0 THEN
        strftime('%Y-%m-%dT%H:%M:%S', segment.started_ns / 1000000000, 'unixepoch')
        || printf('.%06dZ', (segment.started_ns / 1000) % 1000000) END AS started_utc,
    CASE WHEN segment.ended_ns <> 0 THEN
        strftime('%Y-%m-%dT%H:%M:%S', segment.ended_ns / 1000000000, 'unixepoch')
        || printf('.%06dZ', (segment.ended_ns / 1000) % 1000000) END AS ended_utc,
    nullif(first_seq, 0) AS first_seq,
    nullif(segment.last_seq, 0) AS last_seq,
    run.simulated,
    nullif(segment.flags, '') AS flags
FROM segment JOIN run ON run.run_id = segment.run_id;
