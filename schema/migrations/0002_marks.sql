-- SPDX-License-Identifier: MIT
--
-- The mark of simulated data in every row of a run: gaps, events and segments have that of their
-- run, as a last column beside the mark that points and estimates carry themselves.

DROP VIEW v_gap;
CREATE VIEW v_gap AS
SELECT gap.run_id, seq, from_time_s, to_time_s, missing, nullif(cause, '') AS cause,
    run.simulated
FROM gap JOIN run ON run.run_id = gap.run_id;

DROP VIEW v_event;
CREATE VIEW v_event AS
SELECT event.run_id,
    seq,
    CASE WHEN time_ns <> 0 THEN
        strftime('%Y-%m-%dT%H:%M:%S', time_ns / 1000000000, 'unixepoch')
        || printf('.%06dZ', (time_ns / 1000) % 1000000) END AS time_utc,
    severity,
    code,
    nullif(message, '') AS message,
    nullif(detail, '') AS detail,
    run.simulated
FROM event JOIN run ON run.run_id = event.run_id;

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
    run.simulated
FROM segment JOIN run ON run.run_id = segment.run_id;
