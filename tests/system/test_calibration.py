# SPDX-License-Identifier: MIT
"""A machine that is compliant, heavy, late and lossy: an empty run and two steel bars make calibration sets, and with them a metallic
glass is measured as it is; without them it is not. All of it by the programs, as a laboratory would."""
import csv
import json
import math
import signal
import subprocess
import unittest

from laboratory import BIN, SPECIMEN, Laboratory, Program, control, wait_for

BENCH = """[force]
noise_N = 3e-5
resolution_N = 1e-5
[displacement]
noise_m = 2e-9
resolution_m = 1e-9
[clamp]
compliance_m_per_N = 5e-6
compliance_loss = 0.01
mass_kg = 0.15
[analyser]
phase_offset_rad = 0.004
phase_delay_s = 3e-5
tan_delta = 0.001
tan_delta_per_decade = 0.0003
[calibration]
compliance_m_per_N = 0
compliance_loss = 0
mass_kg = 0
phase_offset_rad = 0
phase_delay_s = 0
tan_delta = 0
tan_delta_per_decade = 0
[noise]
storage_relative = 0
loss_relative = 0
loss_floor_Pa = 0
"""
# Nearly elastic at any temperature that is measured here: steel, and next to nothing.
MATERIAL = """name = "%s"
title = "%s"
source = "for a test"
notes = ""
assumed = []
[params]
E_u_Pa = %g
E_r_Pa = %g
U_beta_J_mol = 83120.0
tau_beta0_s = 1.86e-13
B = 1.0
A_an_per_Pa = %g
A_vp_per_Pa = %g
chi_Tg = 0.4
a1_per_K = 0.00231
T_g_K = 1500.0
t0_s = 6e-7
"""
HOLDS = """mode = "multi-frequency-strain"
clamp = "single-cantilever"
amplitude = "%s"
frequencies = ["1 Hz", "2 Hz", "4 Hz", "8 Hz", "16 Hz"]
segments = ["Equilibrate at 300 K", "Isothermal for 8 min", "Equilibrate at 470 K", "Isothermal for 8 min"]
"""
RAMP = """mode = "multi-frequency-strain"
clamp = "single-cantilever"
amplitude = "15 um"
frequencies = ["1 Hz", "2 Hz", "4 Hz", "8 Hz", "16 Hz"]
clamp_torque = "0.9 N m"
purge_gas = "nitrogen"
segments = ["Equilibrate at 301 K", "Ramp 5 K/min to 465 K"]
"""


def bar(thickness_m):
    return {"name": "steel", "clamp": "single-cantilever", "length_m": 0.0175, "width_m": 0.003, "thickness_m": thickness_m,
            "thickness_sigma_m": 1e-6, "poisson_ratio": 0.3}


class Calibration(unittest.TestCase):
    def measure(self, laboratory, material, runs, look=None, seed=2, speed=3000, amid=None):
        """The runs on a simulator of this material, each (method, specimen); their ids. `look` while the daemon lives, `amid` after the
        start of each run. The serial number is of the seed."""
        where = ["--listen", "tcp://127.0.0.1:0", "--bench", laboratory.folder / "machine.toml", "--speed", speed, "--seed", seed]
        simulator = Program([BIN / "relaxsim", "q800", *where, "--material", material], laboratory.folder, "relaxsim")
        try:
            laboratory.uri = simulator.address
            laboratory.start_daemon()
            ids = []
            for method, specimen in runs:
                ids.append(laboratory.start_run(method, specimen))
                if amid is not None:
                    amid(ids[-1])
                self.assertEqual(laboratory.wait_until_ended(ids[-1])["state"], "completed")
            if look is not None:
                look(ids[-1])
            self.assertEqual(laboratory.daemon.end(), 0)
            return ids
        finally:
            simulator.end()

    def make(self, laboratory, name, *options):
        _, out, err = control("calibration", "make", name, *options, "--database", laboratory.database, "--json", check=0)
        self.assertEqual(err, "")
        return json.loads(out)

    def rows(self, laboratory, run_id):
        return laboratory.query(
            "SELECT p.*, s.value AS true_storage, l.value AS true_loss FROM v_point AS p "
            "JOIN v_truth AS s ON s.run_id = p.run_id AND s.seq = p.seq AND s.parameter = 'storage_modulus_Pa' "
            "JOIN v_truth AS l ON l.run_id = p.run_id AND l.seq = p.seq AND l.parameter = 'loss_modulus_Pa' "
            "WHERE p.run_id = ? ORDER BY p.seq", run_id)

    def test_a_glass_is_itself_with_calibration_sets_and_not_without(self):
        laboratory = Laboratory(uri="tcp://127.0.0.1:1")
        with Closing(laboratory):
            folder = laboratory.folder
            (folder / "machine.toml").write_text(BENCH)
            (folder / "steel.toml").write_text(MATERIAL % ("steel", "Steel", 2e11, 1.99999e11, 1e-20, 1e-20))
            (folder / "nothing.toml").write_text(MATERIAL % ("nothing", "No specimen", 1e4, 9.99e3, 1e-9, 1e-9))
            bars = self.measure(laboratory, folder / "steel.toml", [(HOLDS % "15 um", bar(0.001)), (HOLDS % "15 um", bar(0.0005))])
            empty, = self.measure(laboratory, folder / "nothing.toml", [(HOLDS % "200 um", bar(0.001))])
            bare, = self.measure(laboratory, "la60ni15al25", [(RAMP, SPECIMEN)])
            self.a_bare_run_is_wrong_and_says_so(laboratory, bare)
            self.sets_are_what_the_machine_is(laboratory, bars, empty)
            self.names_are_checked(laboratory)
            laboratory.more = 'calibration = ["frame", "hollow"]\n'
            whole, = self.measure(laboratory, "la60ni15al25", [(RAMP, SPECIMEN)], lambda run_id: self.the_API_tells(laboratory, run_id))
            with self.assertRaisesRegex(AssertionError, "made on the instrument with serial number SIM-2, this one has SIM-9"):
                self.measure(laboratory, "la60ni15al25", [(RAMP, SPECIMEN)], seed=9)
            self.assertEqual(laboratory.daemon.end(), 0)
            self.a_corrected_run_is_right_within_its_errors(laboratory, whole)
            self.facts_are_told(laboratory, whole)
            self.recomputing_repeats_it(laboratory, whole, bare)
            killed, = self.measure(laboratory, "la60ni15al25", [(RAMP, SPECIMEN)], speed=300, amid=lambda run: self.kill(laboratory, run))
            self.a_corrected_run_is_right_within_its_errors(laboratory, killed)
            self.assertEqual(control("verify", laboratory.database)[0], 0)

    def a_bare_run_is_wrong_and_says_so(self, laboratory, run_id):
        rows = self.rows(laboratory, run_id)
        self.assertGreater(len(rows), 200)
        for row in rows:
            self.assertEqual(row["flags"], "background_uncorrected")
            self.assertIsNone(row["storage_modulus_sigma_Pa"])
        cold = [row for row in rows if row["temperature_K"] < 400]
        self.assertTrue(all(row["storage_modulus_Pa"] < 0.97 * row["true_storage"] for row in cold))
        off = [row["loss_modulus_Pa"] / row["storage_modulus_Pa"] - row["true_loss"] / row["true_storage"] for row in cold]
        self.assertTrue(all(abs(one) > 3e-3 for one in off))
        fits = laboratory.query("SELECT count(*) AS n FROM v_estimate WHERE run_id = ?", run_id)
        self.assertGreater(fits[0]["n"], 0)  # marked, and fitted all the same

    def sets_are_what_the_machine_is(self, laboratory, bars, empty):
        hollow = self.make(laboratory, "hollow", "--kind", "empty", "--run", empty)
        mass = hollow["numbers"]["mass_kg"]
        self.assertLess(abs(mass["value"] - 0.15), 4 * mass["sigma"] + 1e-4)
        runs = [word for one in bars for word in ("--run", one)]
        frame = self.make(laboratory, "frame", "--kind", "steel", *runs, "--modulus", "2.0e11+-1e9", "--with", "hollow")
        self.assertEqual((frame["version"], frame["clamp"], len(frame["runs"])), (1, "single-cantilever", 2))
        self.assertEqual(len(frame["nodes"]), 10)  # five frequencies, two temperatures
        for node in frame["nodes"]:
            phi, real, imag = node["values"]
            s_phi, s_real, s_imag = (math.sqrt(node["covariance"][4 * i]) for i in range(3))
            f = node["frequency_Hz"]
            true_phi = 0.004 + 2 * math.pi * f * 3e-5 + 0.001 + 0.0003 * math.log10(f)
            self.assertLess(abs(phi - true_phi), 4.5 * s_phi, f)
            self.assertLess(abs(real - 5e-6), 4.5 * s_real, f)
            self.assertLess(abs(imag + 5e-8), 4.5 * s_imag, f)
            self.assertLess(s_real, 0.03 * 5e-6)
        listed = json.loads(control("calibration", "list", "--database", laboratory.database, "--json", check=0)[1])["calibrations"]
        self.assertEqual([(one["name"], one["kind"]) for one in listed], [("frame", "steel"), ("hollow", "empty")])
        text = control("calibration", "show", "frame", "--text", "--database", laboratory.database, check=0)[1]
        (laboratory.folder / "frame.txt").write_text(text)
        other = laboratory.folder / "other.sqlite"
        control("calibration", "add", laboratory.folder / "frame.txt", "--database", other, check=0)
        carried = json.loads(control("calibration", "show", "frame", "--database", other, "--json", check=0)[1])
        self.assertEqual(carried["sha256"], frame["sha256"])
        self.assertEqual(control("calibration", "make", "x", "--kind", "steel", "--run", 1, "--database", other)[0], 2)

    def names_are_checked(self, laboratory):
        config = laboratory.folder / "wrong.toml"
        config.write_text('[daemon]\ndatabase = "campaign.sqlite"\n[[instrument]]\nname = "dma1"\ndriver = "q800_class"\n'
                          'uri = "tcp://127.0.0.1:4001"\ncalibration = ["framme"]\n')
        done = subprocess.run([str(BIN / "relaxd"), "check", "--config", str(config)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn('did you mean "frame"', done.stderr)

    def a_corrected_run_is_right_within_its_errors(self, laboratory, run_id):
        rows = self.rows(laboratory, run_id)
        self.assertGreater(len(rows), 200)
        live = {row["seq"]: json.loads(row["extra"]) for row in laboratory.query("SELECT seq, extra FROM point WHERE run_id = ?", run_id)}
        squares, n = 0.0, 0
        for row in rows:
            self.assertEqual(row["flags"], None, row)
            extra = live[row["seq"]]
            self.assertIn("instrument_storage_modulus_Pa", extra)
            for name, truth in (("storage_modulus", row["true_storage"]), ("loss_modulus", row["true_loss"])):
                sigma = math.hypot(row[f"{name}_sigma_Pa"], extra[f"{name}_systematic_Pa"])
                self.assertLess(abs(row[f"{name}_Pa"] - truth), 5 * sigma, (name, row["frequency_Hz"], row["temperature_K"]))
                squares, n = squares + ((row[f"{name}_Pa"] - truth) / sigma) ** 2, n + 1
            tan = row["true_loss"] / row["true_storage"]
            sigma = math.hypot(row["tan_delta_sigma"], extra["tan_delta_systematic"])
            self.assertLess(abs(row["tan_delta"] - tan), 5 * sigma)
            self.assertLess(sigma, 0.05 * tan + 1e-3)
        self.assertLess(squares / n, 2.5)

    def kill(self, laboratory, run_id):
        """The next daemon goes on with the sets that the run began with, whatever its configuration names by then."""
        wait_for(lambda: laboratory.query("SELECT count(*) AS n FROM v_point WHERE run_id = ?", run_id)[0]["n"] > 40, "readings")
        laboratory.daemon.end(signal.SIGKILL)
        laboratory.more = ""
        laboratory.start_daemon()
        wait_for(lambda: laboratory.query("SELECT * FROM v_event WHERE run_id = ? AND code = 'DAEMON_RESTARTED'", run_id), "the restart")
        self.assertEqual(laboratory.run(run_id)["state"], "running")

    def the_API_tells(self, laboratory, run_id):
        self.assertEqual([one["name"] for one in laboratory.get("/calibrations")["calibrations"]], ["frame", "hollow"])
        whole = laboratory.get("/calibrations/frame")
        self.assertEqual((whole["columns"][0], len(whole["nodes"])), ("phase_offset_rad", 10))
        self.assertEqual(laboratory.request("GET", "/api/v1/calibrations/framme")[0], 404)
        facts = {one["name"]: one for one in laboratory.get(f"/runs/{run_id}/facts")["facts"]}
        self.assertEqual(facts["calibration:hollow"]["value"], 1.0)
        listed = control("calibration", "list", "--url", laboratory.url, check=0)[1]
        self.assertIn("single-cantilever", listed)
        refused = control("calibration", "make", "more", "--kind", "empty", "--run", run_id, "--database", laboratory.database)
        self.assertEqual(refused[0], 3)  # the daemon holds the file

    def facts_are_told(self, laboratory, run_id):
        facts = {row["name"]: row for row in laboratory.query("SELECT * FROM v_run_fact WHERE run_id = ?", run_id)}
        self.assertEqual(facts["moduli"]["text"], "relaxd")
        self.assertEqual((facts["clamp_factor"]["value"], facts["clamp_factor"]["source"]), (1.0, "assumed"))
        self.assertEqual(facts["clamp_torque_N_m"]["value"], 0.9)
        self.assertEqual(facts["purge_gas"]["text"], "nitrogen")
        self.assertEqual(facts["calibration:frame"]["value"], 1.0)
        events = laboratory.query("SELECT * FROM v_event WHERE run_id = ? AND code = 'SYSTEMATIC_ERRORS'", run_id)
        self.assertEqual(len(events), 1)
        self.assertGreater(facts["modulus_relative_sigma"]["value"], 1e-4)
        newest = laboratory.query("SELECT * FROM v_estimate WHERE run_id = ? AND parameter = 'E_u_Pa' ORDER BY seq DESC LIMIT 1", run_id)[0]
        if newest["value"] is not None:
            self.assertGreater(newest["systematic_error"], 0.0)

    def recomputing_repeats_it(self, laboratory, run_id, bare):
        folder, database = laboratory.folder, ("--database", laboratory.database)
        control("export", run_id, "-o", folder / "live.csv", *database, check=0)
        control("recompute", f"run:{run_id}", "-o", folder / "again.csv", *database, check=0)
        control("recompute", f"run:{bare}", "--calibration", "frame", "--calibration", "hollow@1", "-o", folder / "bare.csv",
                *database, check=0)

        def table(name):
            lines = (folder / name).read_text().splitlines()
            return list(csv.DictReader(line for line in lines if not line.startswith("# ")))
        self.assertEqual(table("live.csv"), table("again.csv"))  # text of the shortest exact decimals: the same bits
        for row, truth in zip(table("bare.csv"), self.rows(laboratory, bare)):
            sigma = math.hypot(float(row["storage_modulus_sigma_Pa"]), float(row["storage_modulus_systematic_Pa"]))
            self.assertLess(abs(float(row["storage_modulus_Pa"]) - truth["true_storage"]), 5 * sigma)
        softer = control("recompute", f"run:{run_id}", "--clamp-factor", "0.5", *database, check=0)[1]
        first = next(csv.DictReader(line for line in softer.splitlines() if not line.startswith("# ")))
        self.assertAlmostEqual(float(first["storage_modulus_Pa"]), 2 * float(table("live.csv")[0]["storage_modulus_Pa"]), delta=1.0)
        code, out, _ = control("fit", folder / "again.csv", "--model", "dynamic", "--t-g", 453, "--json")
        self.assertEqual((code, json.loads(out)["status"]), (0, "converged"))


class Closing:
    """The laboratory's own way out, without its way in: this test starts the programs one by one."""

    def __init__(self, laboratory):
        self.laboratory = laboratory

    def __enter__(self):
        return self.laboratory

    def __exit__(self, *what):
        return self.laboratory.__exit__(*what)


if __name__ == "__main__":
    unittest.main()
