-- SPDX-License-Identifier: MIT
--
-- Runs and their rows. Times are UTC nanoseconds (0 = not yet); the views print them. Tables are
-- the program's own and may change with a migration; the views are CONTRACT 6 and may only grow.
-- An unknown number is NULL. Points, gaps, events and estimates of a run share ONE sequence.

CREATE TABLE run (
    run_id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    instrument TEXT NOT NULL,
    specimen TEXT NOT NULL,
    method TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('armed', 'running', 'paused', 'completed', 'stopped',
                                         'aborted', 'interrupted', 'rejected')),
    end_cause TEXT NOT NULL,
    started_ns INTEGER NOT NULL,
    ended_ns INTEGER NOT NULL,
    last_seq INTEGER NOT NULL CHECK (last_seq >= 0),
    simulated INTEGER NOT NULL CHECK (simulated IN (0, 1)),
    code_version TEXT NOT NULL
) STRICT;

-- composition and extra are flat JSON objects.
CREATE TABLE specimen (
    run_id INTEGER PRIMARY KEY REFERENCES run (run_id),
    name TEXT NOT NULL,
    id TEXT NOT NULL,
    parent_plate TEXT NOT NULL,
    composition_at_percent TEXT NOT NULL,
    form TEXT NOT NULL,
    production TEXT NOT NULL,
    state TEXT NOT NULL,
    surface TEXT NOT NULL,
    T_g_K REAL,
    T_x_K REAL,
    dsc_rate_K_per_s REAL,
    clamp TEXT NOT NULL,
    length_m REAL,
    length_sigma_m REAL,
    width_m REAL,
    width_sigma_m REAL,
    thickness_m REAL,
    thickness_sigma_m REAL,
    poisson_ratio REAL,
    atmosphere TEXT NOT NULL,
    extra TEXT NOT NULL
) STRICT;

CREATE TABLE anneal (
    run_id INTEGER NOT NULL REFERENCES specimen (run_id),
    number INTEGER NOT NULL,
    temperature_K REAL,
    duration_s REAL,
    atmosphere TEXT NOT NULL,
    PRIMARY KEY (run_id, number)
) STRICT, WITHOUT ROWID;

-- raw is the reply's bytes as received; extra a flat JSON object of channels without a column.
CREATE TABLE point (
    run_id INTEGER NOT NULL REFERENCES run (run_id),
    seq INTEGER NOT NULL,
    segment INTEGER NOT NULL,
    time_s REAL,
    reading_number INTEGER NOT NULL,
    temperature_K REAL,
    set_temperature_K REAL,
    frequency_Hz REAL,
    storage_modulus_Pa REAL,
    loss_modulus_Pa REAL,
    tan_delta REAL,
    strain REAL,
    stress_Pa REAL,
    displacement_m REAL,
    static_force_N REAL,
    dynamic_force_N REAL,
    drive_force_N REAL,
    phase_rad REAL,
    force_N REAL,
    stiffness_N_per_m REAL,
    position_m REAL,
    length_m REAL,
    torque_N_m REAL,
    angle_rad REAL,
    compliance_per_Pa REAL,
    relaxation_modulus_Pa REAL,
    storage_modulus_sigma_Pa REAL,
    loss_modulus_sigma_Pa REAL,
    tan_delta_sigma REAL,
    strain_sigma REAL,
    stress_sigma_Pa REAL,
    compliance_sigma_per_Pa REAL,
    shear_storage_modulus_Pa REAL,
    shear_loss_modulus_Pa REAL,
    shear_stress_Pa REAL,
    shear_strain REAL,
    shear_storage_modulus_sigma_Pa REAL,
    shear_loss_modulus_sigma_Pa REAL,
    shear_stress_sigma_Pa REAL,
    shear_strain_sigma REAL,
    storage_modulus_relative REAL,
    loss_modulus_relative REAL,
    storage_modulus_relative_sigma REAL,
    loss_modulus_relative_sigma REAL,
    omega_rad_s REAL,
    flags TEXT NOT NULL,
    simulated INTEGER NOT NULL CHECK (simulated IN (0, 1)),
    received_steady_ns INTEGER NOT NULL,
    received_utc_ns INTEGER NOT NULL,
    raw BLOB NOT NULL,
    extra TEXT,
    PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;

-- The same reading is never stored twice; 0 means that the instrument does not count.
CREATE UNIQUE INDEX point_reading ON point (run_id, reading_number) WHERE reading_number > 0;

CREATE TABLE gap (
    run_id INTEGER NOT NULL REFERENCES run (run_id),
    seq INTEGER NOT NULL,
    from_time_s REAL,
    to_time_s REAL,
    first_number INTEGER NOT NULL,
    missing INTEGER NOT NULL,
    cause TEXT NOT NULL,
    time_ns INTEGER NOT NULL,
    PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE event (
    run_id INTEGER NOT NULL REFERENCES run (run_id),
    seq INTEGER NOT NULL,
    time_ns INTEGER NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('info', 'minor', 'major', 'invalid')),
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE estimate (
    run_id INTEGER NOT NULL REFERENCES run (run_id),
    seq INTEGER NOT NULL,
    fit_number INTEGER NOT NULL,
    time_ns INTEGER NOT NULL,
    model TEXT NOT NULL,
    parameter TEXT NOT NULL,
    value REAL,
    standard_error REAL,
    lower_95 REAL,
    upper_95 REAL,
    state TEXT NOT NULL CHECK (state IN ('undetermined', 'hinted', 'determined', 'traded',
                                         'at_limit', 'fixed')),
    segment INTEGER NOT NULL,
    temperature_K REAL,
    frequency_Hz REAL,
    form TEXT NOT NULL,
    n_points INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    options_sha256 TEXT NOT NULL,
    code_version TEXT NOT NULL,
    simulated INTEGER NOT NULL CHECK (simulated IN (0, 1)),
    PRIMARY KEY (run_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE segment (
    run_id INTEGER NOT NULL REFERENCES run (run_id),
    segment INTEGER NOT NULL,
    text TEXT NOT NULL,
    started_ns INTEGER NOT NULL,
    ended_ns INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    PRIMARY KEY (run_id, segment)
) STRICT, WITHOUT ROWID;

CREATE TABLE instrument (
    name TEXT NOT NULL PRIMARY KEY,
    driver TEXT NOT NULL,
    uri TEXT NOT NULL,
    link_state TEXT NOT NULL,
    state TEXT NOT NULL,
    identity TEXT NOT NULL,
    serial_number TEXT NOT NULL,
    simulated INTEGER NOT NULL CHECK (simulated IN (0, 1)),
    proven INTEGER NOT NULL CHECK (proven IN (0, 1))
) STRICT, WITHOUT ROWID;

-- seq 0: a parameter of the whole run.
CREATE TABLE truth (
    run_id INTEGER NOT NULL REFERENCES run (run_id),
    seq INTEGER NOT NULL,
    parameter TEXT NOT NULL,
    value REAL,
    PRIMARY KEY (run_id, seq, parameter)
) STRICT, WITHOUT ROWID;

CREATE TABLE fact (
    run_id INTEGER NOT NULL REFERENCES run (run_id),
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run_id, key)
) STRICT, WITHOUT ROWID;

CREATE VIEW v_run AS
SELECT run_id,
    uuid,
    nullif(name, '') AS name,
    nullif(instrument, '') AS instrument,
    nullif(specimen, '') AS specimen,
    nullif(method, '') AS method,
    state,
    nullif(end_cause, '') AS end_cause,
    CASE WHEN started_ns <> 0 THEN
        strftime('%Y-%m-%dT%H:%M:%S', started_ns / 1000000000, 'unixepoch')
        || printf('.%06dZ', (started_ns / 1000) % 1000000) END AS started_utc,
    CASE WHEN ended_ns <> 0 THEN
        strftime('%Y-%m-%dT%H:%M:%S', ended_ns / 1000000000, 'unixepoch')
        || printf('.%06dZ', (ended_ns / 1000) % 1000000) END AS ended_utc,
    last_seq,
    simulated,
    nullif(code_version, '') AS code_version
FROM run;

CREATE VIEW v_point AS
SELECT run_id,
    seq,
    CASE WHEN received_utc_ns <> 0 THEN
        strftime('%Y-%m-%dT%H:%M:%S', received_utc_ns / 1000000000, 'unixepoch')
        || printf('.%06dZ', (received_utc_ns / 1000) % 1000000) END AS time_utc,
    segment,
    time_s,
    nullif(reading_number, 0) AS reading_number,
    temperature_K,
    set_temperature_K,
    frequency_Hz,
    storage_modulus_Pa,
    loss_modulus_Pa,
    tan_delta,
    strain,
    stress_Pa,
    displacement_m,
    static_force_N,
    dynamic_force_N,
    drive_force_N,
    phase_rad,
    force_N,
    stiffness_N_per_m,
    position_m,
    length_m,
    torque_N_m,
    angle_rad,
    compliance_per_Pa,
    relaxation_modulus_Pa,
    storage_modulus_sigma_Pa,
    loss_modulus_sigma_Pa,
    tan_delta_sigma,
    strain_sigma,
    stress_sigma_Pa,
    compliance_sigma_per_Pa,
    shear_storage_modulus_Pa,
    shear_loss_modulus_Pa,
    shear_stress_Pa,
    shear_strain,
    shear_storage_modulus_sigma_Pa,
    shear_loss_modulus_sigma_Pa,
    shear_stress_sigma_Pa,
    shear_strain_sigma,
    storage_modulus_relative,
    loss_modulus_relative,
    storage_modulus_relative_sigma,
    loss_modulus_relative_sigma,
    omega_rad_s,
    nullif(flags, '') AS flags,
    simulated
FROM point;

CREATE VIEW v_gap AS
SELECT run_id, seq, from_time_s, to_time_s, missing, nullif(cause, '') AS cause
FROM gap;

CREATE VIEW v_event AS
SELECT run_id,
    seq,
    CASE WHEN time_ns <> 0 THEN
        strftime('%Y-%m-%dT%H:%M:%S', time_ns / 1000000000, 'unixepoch')
        || printf('.%06dZ', (time_ns / 1000) % 1000000) END AS time_utc,
    severity,
    code,
    nullif(message, '') AS message,
    nullif(detail, '') AS detail
FROM event;

CREATE VIEW v_segment AS
SELECT run_id,
    segment,
    nullif(text, '') AS text,
    CASE WHEN started_ns <> 0 THEN
        strftime('%Y-%m-%dT%H:%M:%S', started_ns / 1000000000, 'unixepoch')
        || printf('.%06dZ', (started_ns / 1000) % 1000000) END AS started_utc,
    CASE WHEN ended_ns <> 0 THEN
        strftime('%Y-%m-%dT%H:%M:%S', ended_ns / 1000000000, 'unixepoch')
        || printf('.%06dZ', (ended_ns / 1000) % 1000000) END AS ended_utc,
    nullif(first_seq, 0) AS first_seq,
    nullif(last_seq, 0) AS last_seq
FROM segment;

CREATE VIEW v_instrument AS
SELECT name,
    nullif(driver, '') AS driver,
    nullif(uri, '') AS uri,
    nullif(link_state, '') AS link_state,
    nullif(state, '') AS state,
    nullif(identity, '') AS identity,
    nullif(serial_number, '') AS serial_number,
    simulated,
    proven
FROM instrument;

CREATE VIEW v_specimen AS
SELECT run_id,
    nullif(name, '') AS name,
    nullif(clamp, '') AS clamp,
    length_m,
    width_m,
    thickness_m,
    poisson_ratio,
    nullif(id, '') AS id,
    nullif(parent_plate, '') AS parent_plate,
    nullif(composition_at_percent, '{}') AS composition_at_percent,
    nullif(form, '') AS form,
    nullif(production, '') AS production,
    nullif(state, '') AS state,
    (SELECT nullif(json_group_array(json_object('temperature_K', a.temperature_K,
                                                'duration_s', a.duration_s,
                                                'atmosphere', nullif(a.atmosphere, ''))), '[]')
     FROM (SELECT * FROM anneal WHERE anneal.run_id = specimen.run_id ORDER BY number) AS a)
        AS anneals,
    nullif(surface, '') AS surface,
    T_g_K,
    T_x_K,
    dsc_rate_K_per_s,
    length_sigma_m,
    width_sigma_m,
    thickness_sigma_m,
    nullif(atmosphere, '') AS atmosphere,
    nullif(extra, '{}') AS extra
FROM specimen;

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
    simulated
FROM estimate;

CREATE VIEW v_truth AS
SELECT run_id, nullif(seq, 0) AS seq, parameter, value
FROM truth;

-- Beyond CONTRACT 6: small named facts of a run, among them its thermal history.
CREATE VIEW v_fact AS
SELECT run_id, key, value
FROM fact;
