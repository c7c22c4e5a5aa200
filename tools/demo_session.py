#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Starts relaxsim and relaxd, runs a ramp and an isothermal scan while a torsion pendulum scans six temperatures, shows the
estimates tighten, scores them.

Truth comes from the simulation's own record (v_truth of the database) through `relaxctl score`, never from this file.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

import demo_pendulum

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "docs" / "examples"
# What the demo promises at the end of the ramp: state `determined` and this standard error at most.
PROMISED = {
    "E_u_Pa": lambda value, error: error <= 0.005 * value,
    "U_beta_J_mol": lambda value, error: error <= 500.0,
    "tau_beta0_s": lambda value, error: True,
    "B": lambda value, error: True,
    "chi_Tg": lambda value, error: error <= 0.01,
}
LIVE = [("chi_Tg", "chi", 1.0, ""), ("U_beta_J_mol", "U_beta", 1e-3, "kJ/mol"), ("tau_beta_s", "tau_beta(T)", 1.0, "s"),
        ("tau_max_Tg_s", "tau_max(Tg)", 1.0, "s")]
SCAN_S = 16_000.0  # of the pendulum's scan, for the bar
children = []


def start(command, prefix, log):
    """Starts a program and waits for its one line on stdout."""
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=open(log, "w"), text=True)
    children.append(child)
    line = child.stdout.readline().strip()
    if not line.startswith(prefix):
        sys.stderr.write(pathlib.Path(log).read_text()[-2000:])
        raise SystemExit(f"demo: {command[0]} did not start: {line or 'no line'}")
    return line[len(prefix):].strip()


def stop_all():
    for child in reversed(children):
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
    for child in reversed(children):
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def bar(share, width=24):
    done = int(max(0.0, min(1.0, share)) * width)
    return "█" * done + "·" * (width - done)


def shown(estimate, scale, unit):
    """A value with its 95 % interval where the data determine it; else what they do, with its state."""
    if estimate is None or estimate["value"] is None:
        return "undetermined"
    value, error = estimate["value"] * scale, estimate["standard_error"]
    if estimate["state"] in ("determined", "fixed"):
        interval = "" if error is None else f" ± {1.96 * error * scale:.2g}"
        return f"{value:.4g}{interval} {unit}".rstrip()
    return f"{estimate['state']} (about {value:.2g} {unit}".rstrip() + ")"


def follow(url, run_id, duration_s, label):
    """Prints one live line until the run ends; returns the run."""
    latest, after_estimate, after_point, point = {}, 0, 0, None
    while True:
        run = get(f"{url}/api/v1/runs/{run_id}")
        page = get(f"{url}/api/v1/runs/{run_id}/estimates?after_seq={after_estimate}&limit=10000")
        after_estimate = page["next_after_seq"]
        for row in page["estimates"]:
            latest[row["parameter"]] = row
        page = get(f"{url}/api/v1/runs/{run_id}/points?after_seq={after_point}&limit=10000")
        after_point = page["next_after_seq"]
        point = page["points"][-1] if page["points"] else point
        if point:
            facts = [f"{point['temperature_K']:6.1f} K", f"{point['reading_number']:5d} readings"]
            names = LIVE if label == "ramp" else [("chi", "chi", 1.0, ""), ("chi_slope", "chi (recipe)", 1.0, "")]
            facts += [f"{name} {shown(latest.get(key), scale, unit)}" for key, name, scale, unit in names]
            text = f"{label} {bar(point['time_s'] / duration_s)} " + "  ".join(facts)
            if sys.stdout.isatty():
                print("\r\x1b[K" + text[: shutil.get_terminal_size((160, 24)).columns - 1], end="", flush=True)
            else:
                print(text, flush=True)
        if run["state"] not in ("armed", "running", "paused"):
            if sys.stdout.isatty():
                print()
            return run
        time.sleep(0.5 if sys.stdout.isatty() else 3.0)


def wait_connected(url, instrument):
    """The daemon is ready before its instruments are: it connects on its own."""
    for _ in range(300):
        if any(row["name"] == instrument and row["link_state"] == "connected" for row in get(f"{url}/api/v1/instruments")["instruments"]):
            return
        time.sleep(0.1)
    raise SystemExit(f"demo: the simulated {instrument} did not connect within 30 s")


def begin(control, url, method, instrument="dma1", specimen="specimen.json"):
    wait_connected(url, instrument)
    command = [control, "--url", url, "--json", "run", "start", "--instrument", instrument, "--method", str(EXAMPLES / method),
               "--specimen", str(EXAMPLES / specimen)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"demo: the run was not started: {done.stdout} {done.stderr}")
    return json.loads(done.stdout)["run_id"]


def score(control, database, run_id):
    """What `relaxctl score` says of a run: {model: {parameter: its newest estimate beside the truth}}."""
    done = subprocess.run([control, "--json", "score", str(run_id), "--database", str(database)], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"demo: run {run_id} has no score: {done.stderr}")
    models = {}
    for row in json.loads(done.stdout)["parameters"]:
        models.setdefault(row["model"], {})[row["parameter"]] = row["last"]
    return models


def table(fit):
    """The end of the ramp: parameter, estimate, interval, truth. Returns the faults."""
    faults = []
    print(f"\n{'parameter':<16}{'estimate':>14}{'95 % interval':>28}{'truth':>14}   {'state':<13}{'off by':>8}")
    for name, row in fit.items():
        true, off = row["truth"], row["z"]
        truth = "-" if true is None else format(true, ".5g")
        if row["value"] is None:
            print(f"{name:<16}{'-':>14}{'-':>28}{truth:>14}   {row['state']:<13}")
        else:
            interval = f"{row['lower_95']:.5g} … {row['upper_95']:.5g}" if row["lower_95"] is not None else "-"
            print(f"{name:<16}{row['value']:>14.5g}{interval:>28}{truth:>14}   "
                  f"{row['state']:<13}{'' if off is None else format(off, '+.1f') + ' se':>8}")
            if off is not None and abs(off) > 4.0 and row["state"] in ("determined", "hinted", "traded"):
                faults.append(f"{name} missed the truth by {off:+.1f} standard errors")
        if name in PROMISED and (row["state"] != "determined" or not PROMISED[name](row["value"], row["standard_error"])):
            faults.append(f"{name} is {row['state']} ± {row['standard_error']}: not as well known as promised")
    faults += [f"{name} was not estimated" for name in PROMISED if name not in fit]
    return faults


def lost(database, record, run_ids):
    """Readings the simulator sent that are not in the database, in order."""
    sent = [json.loads(line) for line in pathlib.Path(record).read_text().splitlines()]
    stored = database.execute(
        f"SELECT reading_number, time_s, temperature_K FROM v_point WHERE run_id IN ({','.join('?' * len(run_ids))}) "
        "ORDER BY run_id, seq", run_ids).fetchall()
    gaps = database.execute("SELECT count(*) FROM v_gap").fetchone()[0]
    same = len(sent) == len(stored) and all(
        s["reading_number"] == r["reading_number"] and s["temperature_K"] == r["temperature_K"] for s, r in zip(sent, stored))
    print(f"\n{len(sent)} readings sent, {len(stored)} committed, {gaps} gaps"
          f"{', every one in order' if same else ''}")
    return [] if same and gaps == 0 else ["readings were lost"]


def main():
    options = argparse.ArgumentParser(description="relaxd's demonstration")
    options.add_argument("--bin", default=str(ROOT / "build/release/bin"))
    options.add_argument("--once", action="store_true")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--speed", type=float, default=250.0)
    options.add_argument("--pendulum-speed", type=float, default=100.0)
    options.add_argument("--port", type=int, default=0)
    given = options.parse_args()
    programs = pathlib.Path(given.bin)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="relaxd-demo-"))
    record = folder / "sent.jsonl"
    try:
        uri = start([str(programs / "relaxsim"), "q800", "--listen", "tcp://127.0.0.1:0", "--material", "la60ni15al25",
                     "--seed", str(given.seed), "--speed", str(given.speed), "--record", str(record)], "listening ", folder / "relaxsim.log")
        parts = start(demo_pendulum.command(programs, folder, given.seed, given.pendulum_speed), "listening ", folder / "pendulum.log")
        config = folder / "relaxd.toml"
        config.write_text(f'[daemon]\nlisten = "127.0.0.1:{given.port}"\ndatabase = "campaign.sqlite"\n\n'
                          f'[[instrument]]\nname = "dma1"\ndriver = "q800_class"\nuri = "{uri}"\n\n'
                          + demo_pendulum.configuration(parts))
        url = start([str(programs / "relaxd"), "--config", str(config)], "listening ", folder / "relaxd.log")
        control = str(programs / "relaxctl")
        print(f"demo: the page is at {url}/\ndemo: the campaign file is {folder / 'campaign.sqlite'}\n", flush=True)
        scan = begin(control, url, "torsion_scan.toml", "pendulum1", "bar.json")
        run_ids = []
        for method, label, duration_s in (("ramp.toml", "ramp", 5400.0), ("isotherm.toml", "isotherm", 2600.0)):
            run_ids.append(begin(control, url, method))
            run = follow(url, run_ids[-1], duration_s, label)
            if run["state"] != "completed":
                raise SystemExit(f"demo: run {run_ids[-1]} ended {run['state']}: {run['end_cause']}")
        run = follow(url, scan, SCAN_S, "pendulum")
        if run["state"] != "completed":
            raise SystemExit(f"demo: the pendulum's run {scan} ended {run['state']}: {run['end_cause']}")
        database = sqlite3.connect(f"file:{folder / 'campaign.sqlite'}?mode=ro", uri=True)
        database.row_factory = sqlite3.Row
        faults = table(score(control, folder / "campaign.sqlite", run_ids[0]).get("dynamic", {}))
        for parameter, row in score(control, folder / "campaign.sqlite", run_ids[1]).get("chi-slope", {}).items():
            if row["value"] is not None:
                print(f"isotherm at {row['temperature_K']:.1f} K: {parameter} = {row['value']:.4f} ± {1.96 * row['standard_error']:.4f}"
                      f"{'  (the recipe; biased on this model, see docs/physics.md)' if parameter == 'chi_slope' else ''}")
        faults += lost(database, record, run_ids)
        faults += demo_pendulum.table(database, scan, folder)
        database.close()
        for fault in faults:
            print(f"demo: {fault}")
        if not given.once:
            print(f"\ndemo: still serving {url}/ — Ctrl-C ends it", flush=True)
            signal.pause()
        return 1 if faults else 0
    except KeyboardInterrupt:
        return 0
    finally:
        stop_all()
        if given.once:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.chdir(ROOT)
    sys.exit(main())
