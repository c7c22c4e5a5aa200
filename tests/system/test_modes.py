# SPDX-License-Identifier: MIT
"""Every mode of the analyser from its method to the rows, the columns and the fits of a run."""
import json
import unittest

from laboratory import Laboratory, control

RIBBON = {"name": "La60Ni15Al25 ribbon", "clamp": "tension", "length_m": 0.0175, "width_m": 0.001,
          "thickness_m": 4e-5, "poisson_ratio": 0.35, "T_g_K": 453}
CHANNELS = ("stiffness_N_per_m", "position_m", "length_m", "drive_force_N")
OSCILLATION = ("frequency_Hz", "dynamic_force_N", "phase_rad", "storage_modulus_Pa", "loss_modulus_Pa", "tan_delta")
STATIC = ("strain", "stress_Pa", "displacement_m", "static_force_N")


def method_of(mode, segments, keys=""):
    return f'mode = "{mode}"\nclamp = "tension"\n{keys}segments = {json.dumps(segments)}\n'


class Modes(unittest.TestCase):
    def completed(self, laboratory, method):
        run_id = laboratory.start_run(method, RIBBON)
        self.assertEqual(laboratory.wait_until_ended(run_id)["state"], "completed")
        rows = laboratory.query("SELECT * FROM v_point WHERE run_id = ? ORDER BY seq", run_id)
        self.assertGreater(len(rows), 0)
        return run_id, rows

    def static(self, laboratory, method, segments):
        run_id, rows = self.completed(laboratory, method)
        self.assertEqual(sorted({row["segment"] for row in rows}), segments)
        for row in rows:
            self.assertEqual([name for name in OSCILLATION if row[name] is not None], [])
            self.assertEqual([name for name in STATIC if row[name] is None], [])
        return run_id, rows

    def test_stress_relaxation_is_recorded_and_fitted(self):
        with Laboratory(speed=500, seed=3) as laboratory:
            run_id, rows = self.static(laboratory, method_of("stress-relaxation", [
                "Equilibrate at 440 K", "Sampling 20 points per decade from 0.1 s", "Hold strain 0.05 % for 1000 s",
                "Recover for 100 s"]), [3, 4])
            held = [row for row in rows if row["segment"] == 3]
            self.assertLess(held[-1]["stress_Pa"], 0.95 * held[0]["stress_Pa"])
            self.assertAlmostEqual(held[0]["strain"], 0.0005, delta=5e-5)
            live = laboratory.query("SELECT * FROM v_estimate WHERE run_id = ? AND model = 'relaxation' ORDER BY seq", run_id)
            self.assertIn("E_0_Pa", [row["parameter"] for row in live])
            self.assertEqual({row["segment"] for row in live}, {3})
            answer = json.loads(control("fit", f"run:{run_id}", "--model", "relaxation", "--json", "--url", laboratory.url, check=0)[1])
            newest = max(row["fit_number"] for row in live)
            last = {row["parameter"]: row["value"] for row in live if row["fit_number"] == newest}
            self.assertEqual(answer["parameters"]["E_0_Pa"]["value"], last["E_0_Pa"])
            self.assertEqual(control("replay", run_id, "--url", laboratory.url)[0], 0)

    def test_the_other_static_modes_are_recorded(self):
        with Laboratory(speed=500, seed=4) as laboratory:
            _, rows = self.static(laboratory, method_of("strain-rate", [
                "Equilibrate at 400 K", "Strain rate 0.00001 1/s to 0.05 %", "Hold strain 0.03 % for 20 s",
                "Strain rate 0.00001 1/s to 0 %"]), [2, 3, 4])
            pulled = [row["strain"] for row in rows if row["segment"] == 2]
            self.assertEqual(pulled, sorted(pulled))
            _, rows = self.static(laboratory, method_of("controlled-force", [
                "Equilibrate at 400 K", "Isothermal for 20 s", "Ramp force 1.2 N/min to 1 N", "Isothermal for 20 s"],
                'preload = "0.1 N"\n'), [2, 3, 4])
            self.assertAlmostEqual(rows[0]["static_force_N"], 0.1, delta=0.01)
            self.assertAlmostEqual(rows[-1]["static_force_N"], 1.0, delta=0.01)
            _, rows = self.static(laboratory, method_of("isostrain", [
                "Equilibrate at 400 K", "Ramp 3 K/min to 405 K", "Isothermal for 20 s"], 'strain = "0.03 %"\n'), [2, 3])
            self.assertGreater(min(row["stress_Pa"] for row in rows), 0.0)

    def test_multi_strain_takes_each_amplitude_in_turn(self):
        with Laboratory(speed=500, seed=5) as laboratory:
            _, rows = self.completed(laboratory, method_of("multi-strain", ["Equilibrate at 400 K", "Isothermal for 2 min"],
                'strain_amplitudes = ["0.01 %", "0.02 %", "0.03 %"]\nfrequencies = ["1 Hz", "2 Hz"]\npreload = "20 mN"\n'))
            for k, row in enumerate(rows):
                self.assertAlmostEqual(row["displacement_m"], 0.0175 * 1e-4 * (k % 3 + 1), delta=1e-7)
                self.assertEqual(row["frequency_Hz"], 1 + k // 3 % 2)
                self.assertEqual([name for name in CHANNELS if row[name] is None], [])
                self.assertAlmostEqual(row["drive_force_N"], row["static_force_N"] + row["dynamic_force_N"], delta=1e-4)
                self.assertGreaterEqual(row["static_force_N"] + 1e-4, 1.25 * row["dynamic_force_N"])

    def test_a_specimen_that_grows_is_told_once(self):
        oscillation = 'frequencies = ["1 Hz"]\namplitude = "2 um"\npreload = "5 N"\nstatic_elongation_alarm = "%s"\n'
        with Laboratory(speed=500, seed=6) as laboratory:
            for alarm, told in (("0.1 %", 1), ("20 %", 0)):
                run_id, _ = self.completed(laboratory, method_of(
                    "aging", ["Equilibrate at 400 K", "Isothermal for 2 min"], oscillation % alarm))
                events = laboratory.query("SELECT * FROM v_event WHERE run_id = ? AND code = 'STATIC_ELONGATION'", run_id)
                self.assertEqual(len(events), told, events)
                self.assertTrue(all(event["severity"] == "minor" for event in events))

    def test_what_cannot_be_done_is_refused_before_it_is_sent(self):
        with Laboratory(speed=500, seed=7) as laboratory:
            for method, specimen, said in (
                    (method_of("controlled-force", ["Ramp force 3 N/min to 19 N"]), RIBBON, "19"),
                    (method_of("stress-relaxation", ["Hold strain 90 % for 10 s"]), RIBBON, "0.01 m"),
                    (method_of("creep", ["Displace 25 MPa for 10 s"]), {**RIBBON, "width_m": 0.009}, "width_m is 9 mm"),
                    (method_of("creep", ["Displace 25 MPa for 10 s"], 'force_track = "125 %"\n'), RIBBON, "'force_track'")):
                body = {"instrument": "dma1", "method": method, "specimen": specimen}
                status, answer = laboratory.request("POST", "/api/v1/runs", body)
                self.assertEqual((status, answer["error"]["code"]), (400, "invalid_method"), answer)
                self.assertIn(said, answer["error"]["message"])


if __name__ == "__main__":
    unittest.main()
