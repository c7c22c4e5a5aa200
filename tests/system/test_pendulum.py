# SPDX-License-Identifier: MIT
"""A pendulum from calibration to chi: the programs as a laboratory uses them, simulated parts on TCP and pseudo-terminals,
lines that are late, split and broken; what is true comes from the simulation's own record, what the waveforms say from an
oracle in Python that knows no code of relaxd."""
import json
import math
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "signal"))
import pendulum_oracle  # noqa: E402
from laboratory import BIN, Laboratory, Program, control, wait_for  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SPEED = 200
BAR = {"name": "bar", "clamp": "torsion", "length_m": 0.03, "length_sigma_m": 3e-6, "width_m": 0.005, "width_sigma_m": 5e-7,
       "thickness_m": 0.001, "thickness_sigma_m": 1e-7, "poisson_ratio": 0.35, "T_g_K": 453, "T_x_K": 540}
TEMPERATURES = (438, 446, 454, 466, 484, 512)

BAR_SWEEP = """mode = "torsion-forced"
strain_amplitude = "0.0003 %"
cycles = 4
segments = ["Isothermal for 1 min", "Frequency sweep 0.01 Hz to 2 Hz, 3 points per decade", "Repeat segment 2 for 2 times"]
"""
SCAN = f"""mode = "torsion-forced"
strain_amplitude = "0.0003 %"
reference_frequency = "1 Hz"
reference_every = 5
cycles = 2
segments = [{", ".join(f'"Equilibrate at {T} K", "Isothermal for 3 min", "Frequency sweep 0.01 Hz to 2 Hz, 3 points per decade"'
                       for T in TEMPERATURES)}]
"""
FORCED = """mode = "torsion-forced"
strain_amplitude = "0.0003 %"
cycles = 40
segments = ["Isothermal for 1 min", "Frequency sweep 5 Hz to 12 Hz, 5 points per decade", "Repeat segment 2 for 2 times"]
"""
DECAYS = """mode = "torsion-free-decay"
strain_amplitude = "0.0003 %"
segments = ["Sampling interval 30 s/pt", "Isothermal for 4 min"]
"""
CHAOS = """seed = 11
[[fault]]
kind = "late"
probability = 0.01
delay = "400 ms"
[[fault]]
kind = "split"
probability = 0.1
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Pendulum(Laboratory):
    """The parts of docs/examples/pendulum.toml on free ports; what hangs in it can be changed."""

    def __init__(self, specimen="elastic", speed=SPEED, rate_Hz=100.0):
        super().__init__()
        self.first, self.speed = specimen, speed
        text = (ROOT / "docs/examples/pendulum.toml").read_text()
        for port in ("40001", "40002"):
            text = text.replace(port, str(free_port()))
        text = text.replace("sample_rate_Hz = 100.0", f"sample_rate_Hz = {rate_Hz}")
        self.instrument = text.replace("/tmp/relaxsim", str(self.folder / "line"))
        self.sets = ""

    def mount(self, specimen, *more):
        """Another specimen between the clamps: the simulation of another pendulum, at the same addresses."""
        if self.simulator is not None:
            self.simulator.end()
        self.write_configuration()
        self.simulator = Program([BIN / "relaxsim", "pendulum", "--config", self.folder / "relaxd.toml", "--specimen", specimen,
                                  "--seed", "3", "--speed", str(self.speed), "--record", self.folder / f"{specimen}.jsonl", *more],
                                 self.folder, "relaxsim")

    def write_configuration(self):
        daemon = f'[daemon]\nlisten = "127.0.0.1:{self.port}"\ndatabase = "campaign.sqlite"\n\n'
        self.folder.joinpath("relaxd.toml").write_text(
            daemon + self.instrument.replace('driver = "torsion_pendulum"\n', 'driver = "torsion_pendulum"\n' + self.sets))

    def start_daemon(self):
        self.write_configuration()
        self.daemon = Program([BIN / "relaxd", "--config", self.folder / "relaxd.toml"], self.folder, "relaxd")
        self.port = int(self.daemon.address.rsplit(":", 1)[1])

    def __enter__(self):
        self.mount(self.first)
        self.start_daemon()
        return self

    def measure(self, method, specimen):
        """Starts a run as soon as the pendulum is there and waits for its end, segment by segment."""
        self.connected()

        def begin():
            status, body = self.request("POST", "/api/v1/runs", {"instrument": "pendulum1", "method": method, "specimen": specimen})
            assert status in (201, 409, 503), (status, body)
            return body["run_id"] if status == 201 else None

        run_id = wait_for(begin, "the start of a run")
        seen = -1
        while True:
            run = wait_for(lambda: (lambda one: one if one["last_seq"] != seen or one["state"] not in ("armed", "running") else None)(
                self.run(run_id)), "anything new of the run")
            seen = run["last_seq"]
            if run["state"] not in ("armed", "running"):
                assert run["state"] == "completed", run
                return run_id

    def truth(self, specimen):
        rows = [json.loads(line) for line in (self.folder / f"{specimen}.jsonl").read_text().splitlines()]
        return [row for row in rows if row.get("shear_storage_modulus_Pa")]


def nearest(truth, point):
    """What was true at this frequency, nearest in temperature."""
    same = [row for row in truth if abs(row["frequency_Hz"] / point["frequency_Hz"] - 1.0) < 1e-6]
    return min(same, key=lambda row: abs(row["temperature_K"] - point["temperature_K"])) if same else None


def extra(row):
    return json.loads(row["extra"]) if row["extra"] else {}


class PendulumTest(unittest.TestCase):
    def calibrate(self, lab, sweep=BAR_SWEEP):
        """A steel bar; what it says is configured. The empty pendulum, which rings for a quarter of an hour at each frequency, is left
        to tests/torsion: here the configuration's inertia and suspension count, with their errors."""
        bar = lab.measure(sweep, {**BAR, "name": "steel", "T_g_K": None, "T_x_K": None})
        lab.daemon.end()
        database = ["--database", lab.database]
        control("calibration", "make", "bar", "--kind", "pendulum_bar", "--run", bar, "--modulus", "8e10+-8e7", *database, check=0)
        lab.sets = 'calibration = ["bar"]\n'
        lab.start_daemon()

    def test_a_scan_over_six_temperatures_on_bad_lines_recovers_the_specimen(self):
        with Pendulum() as lab:
            self.calibrate(lab)
            (lab.folder / "chaos.toml").write_text(CHAOS)
            lab.mount("glass", "--faults", lab.folder / "chaos.toml")
            run_id = lab.measure(SCAN, BAR)
            lab.assert_dense(run_id)
            points = lab.query("SELECT p.*, i.extra FROM v_point p JOIN point i USING (run_id, seq) WHERE run_id = ? ORDER BY seq", run_id)
            self.check_moduli(lab, points)
            self.check_chi(lab, run_id)
            self.check_again(lab, run_id, points)

    def test_free_decay_and_forced_oscillation_of_one_specimen_agree(self):
        """A glass far below T_g, forced at 5 to 12 Hz and free at 17 Hz, where its loss is small at both."""
        with Pendulum("elastic", 20, 400.0) as lab:
            self.calibrate(lab, FORCED)
            lab.mount("glass")
            found = {}
            for name, method in (("forced", FORCED), ("decay", DECAYS)):
                run_id = lab.measure(method, BAR)
                rows = lab.query("SELECT p.*, i.extra FROM v_point p JOIN point i USING (run_id, seq) WHERE run_id = ?", run_id)
                found[name] = [(row["frequency_Hz"], row["shear_storage_modulus_Pa"], row["shear_storage_modulus_sigma_Pa"],
                                extra(row)["shear_storage_modulus_systematic_Pa"], row["tan_delta"], row["tan_delta_sigma"],
                                extra(row)["tan_delta_systematic"], row["flags"]) for row in rows]
            for name, rows in found.items():
                for row in rows:
                    print(name, *row)
            self.assertGreaterEqual(len(found["decay"]), 3)
            for _, G, random, systematic, tan, tan_random, tan_systematic, _ in found["decay"]:
                for _, F, F_random, F_systematic, t, t_random, t_systematic, _ in found["forced"]:
                    self.assertLess(abs(G - F), 4.0 * math.hypot(random, systematic, F_random, F_systematic))
                    self.assertLess(abs(tan - t), 4.0 * math.hypot(tan_random, tan_systematic, t_random, t_systematic))

    def check_moduli(self, lab, points):
        truth, misses, soft = lab.truth("glass"), {"storage": [], "loss": []}, []
        for point in points:
            if any(word in (point["flags"] or "") for word in ("correction_dominates", "not_settled")):
                continue
            if point["temperature_K"] is None:
                self.assertIn("temperature_no_answer", point["flags"])  # a late reply is no value
                continue
            true, more = nearest(truth, point), extra(point)
            self.assertIsNotNone(true, point["frequency_Hz"])
            for name in misses:
                column = f"shear_{name}_modulus"
                sigma = math.hypot(point[f"{column}_sigma_Pa"], more[f"{column}_systematic_Pa"])
                misses[name].append((point[f"{column}_Pa"] - true[f"{column}_Pa"]) / sigma)
            shown = point["torque_N_m"] / point["angle_rad"] * math.cos(point["phase_rad"])
            if shown < 0.0:
                soft.append((point["frequency_Hz"], point["shear_storage_modulus_Pa"]))
        for name, found in misses.items():
            print(name, "z: rms", statistics.fmean(z * z for z in found) ** 0.5, "largest", max(found, key=abs), "of", len(found))
            self.assertLess(max(abs(z) for z in found), 5.0, name)
            self.assertLess(statistics.fmean(z * z for z in found) ** 0.5, 1.6, name)
        print("negative as shown, positive as corrected:", soft)
        self.assertTrue(any(f > 1.9 and G > 0.0 for f, G in soft), "no soft state was measured at 2 Hz")

    def check_chi(self, lab, run_id):
        rows = lab.query("SELECT * FROM v_estimate e WHERE run_id = ?1 AND model = 'chi-slope' AND parameter = 'chi' AND fit_number = "
                         "(SELECT max(fit_number) FROM v_estimate WHERE run_id = ?1 AND model = 'chi-slope' AND segment = e.segment)", run_id)
        told = [row for row in rows if row["value"] is not None]
        self.assertGreaterEqual(len(told), 2)
        truth = lab.truth("glass")
        for row in told:
            true = min(truth, key=lambda one: abs(one["temperature_K"] - row["temperature_K"]))["chi"]
            print(f"chi at {row['temperature_K']:.1f} K: {row['value']:.4f} ± {row['standard_error']:.4f}, true {true:.4f}, {row['state']}")
            self.assertLess(abs(row["value"] - true), 4.0 * (row["combined_error"] or row["standard_error"]))

    def check_again(self, lab, run_id, points):
        """From the stored waveforms: the same numbers to the last digit by relaxctl, and the same by the oracle."""
        lab.daemon.end()
        database = ["--database", lab.database]
        control("reparse", f"run:{run_id}", "-o", lab.folder / "again.csv", *database, check=0)
        control("export", run_id, "--format", "csv", "-o", lab.folder / "live.csv", *database, check=0)
        rows = [[line for line in (lab.folder / name).read_text().splitlines() if not line.startswith("#")]
                for name in ("again.csv", "live.csv")]
        self.assertEqual(rows[0], rows[1])
        waveforms = lab.query("SELECT seq, bytes FROM v_waveform WHERE run_id = ?", run_id)
        self.assertEqual(len(waveforms), len(points))
        by_seq = {point["seq"]: point for point in points}
        scale = {row["name"]: row["value"] for row in lab.query("SELECT name, value FROM v_run_fact WHERE run_id = ?", run_id)}
        for row in waveforms[::3]:
            waveform, point = pendulum_oracle.unpack(row["bytes"]), by_seq[row["seq"]]
            angle, torque = pendulum_oracle.demodulate([waveform["channels"]["angle"], waveform["channels"]["torque"]],
                                                       waveform["rate_Hz"], waveform["frequency_Hz"])
            found = torque / angle * scale["torque_N_m_per_V"] * scale["angle_V_per_rad"]
            size, phase = point["torque_N_m"] / point["angle_rad"], point["phase_rad"]
            self.assertLess(abs(found / complex(size * math.cos(phase), size * math.sin(phase)) - 1.0), 1e-9)


if __name__ == "__main__":
    unittest.main(verbosity=2)
