# SPDX-License-Identifier: MIT
"""The torsion pendulum of the demo: simulated parts on TCP and pseudo-terminals, one scan at six temperatures.

What is true comes from the simulation's own record, never from this file.
"""
import json
import pathlib
import re

EXAMPLES = pathlib.Path(__file__).resolve().parent.parent / "docs" / "examples"
PARTS = ("digitiser", "generator", "controller", "gauge")
# Of docs/examples/torsion_scan.toml.
TEMPERATURES = 6


def command(programs, folder, seed, speed):
    """relaxsim with the parts of docs/examples/pendulum.toml: two on TCP, two on pseudo-terminals."""
    return [str(programs / "relaxsim"), "pendulum", "--material", "la60ni15al25", "--seed", str(seed), "--speed", str(speed),
            "--part", "digitiser=labjack_t7@tcp://127.0.0.1:0", "--part", "generator=keysight_33500@tcp://127.0.0.1:0",
            "--part", f"controller=lake_shore@pty:{folder / 'controller'}", "--part", f"gauge=pfeiffer_tpg@pty:{folder / 'gauge'}",
            "--record", str(folder / "pendulum.jsonl")]


def configuration(line):
    """The example's [[instrument]] with the addresses of `line`: NAME=URI NAME=URI …"""
    found = dict(one.split("=", 1) for one in line.split())
    text = (EXAMPLES / "pendulum.toml").read_text()
    for name in PARTS:
        text = re.sub(rf'(name = "{name}"\ndevice = "[a-z0-9_]+"\nuri = )"[^"?]*(\??[^"]*)"',
                      lambda match: f'{match.group(1)}"{found[name]}{match.group(2) if "serial" in found[name] else ""}"', text)
    return text


def truth(folder):
    """chi by temperature, as the specimen had it."""
    rows = []
    for line in (folder / "pendulum.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row.get("chi") is not None:
            rows.append((row["temperature_K"], row["chi"]))
    return rows


def table(database, run_id, folder):
    """chi of every isotherm beside the truth. Returns the faults."""
    rows = database.execute(
        "SELECT segment, parameter, temperature_K, value, standard_error, combined_error, state FROM v_estimate AS e WHERE run_id = ? "
        "AND model = 'chi-slope' AND fit_number = (SELECT max(fit_number) FROM v_estimate WHERE run_id = e.run_id AND "
        "model = 'chi-slope' AND segment = e.segment) ORDER BY temperature_K, parameter", (run_id,)).fetchall()
    true, faults, temperatures = truth(folder), [], set()
    print(f"\n{'isotherm':>10}  {'parameter':<10}{'estimate':>10}{'± 95 %':>10}{'truth':>9}   state")
    for row in rows:
        temperatures.add(round(row["temperature_K"]))
        chi = min(true, key=lambda one: abs(one[0] - row["temperature_K"]))[1] if true else None
        value = "-" if row["value"] is None else f"{row['value']:.4f}"
        error = row["combined_error"] or row["standard_error"]
        width = "-" if error is None else f"{1.96 * error:.4f}"
        print(f"{row['temperature_K']:>8.1f} K  {row['parameter']:<10}{value:>10}{width:>10}"
              f"{'-' if chi is None else format(chi, '.4f'):>9}   {row['state']}")
        if row["parameter"] == "chi" and row["value"] is not None and chi is not None and row["state"] == "determined" \
                and abs(row["value"] - chi) > 4.0 * error:
            faults.append(f"chi at {row['temperature_K']:.1f} K missed the truth by more than 4 standard errors")
    if len(temperatures) != TEMPERATURES:
        faults.append(f"the pendulum's scan has {len(temperatures)} isotherms, not {TEMPERATURES}")
    raw = database.execute("SELECT count(*), sum(length(bytes)) FROM v_waveform WHERE run_id = ?", (run_id,)).fetchone()
    points = database.execute("SELECT count(*) FROM v_point WHERE run_id = ?", (run_id,)).fetchone()[0]
    print(f"{points} points, {raw[0]} with their raw periods ({(raw[1] or 0) / 1e6:.1f} MB)")
    shifts = database.execute(
        "SELECT temperature_K, value FROM v_estimate WHERE run_id = ? AND parameter = 'ln_aT' AND fit_number = (SELECT max(fit_number) "
        "FROM v_estimate WHERE run_id = ? AND model = 'master-curve') ORDER BY temperature_K", (run_id, run_id)).fetchall()
    if shifts:
        print("master curve, ln a_T: " + ", ".join(f"{row['value']:+.2f} at {row['temperature_K']:.0f} K"
                                                   for row in shifts if row["value"] is not None))
    return faults
