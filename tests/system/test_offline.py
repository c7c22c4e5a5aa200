# SPDX-License-Identifier: MIT
"""Fits of stored runs beside a running daemon and from the file: the numbers that were live, and comparisons of runs."""
import json
import sqlite3
import unittest

from laboratory import RAMP, SPECIMEN, Laboratory, control

MEASURED = {**SPECIMEN, "length_sigma_m": 1.75e-5, "width_sigma_m": 6e-6, "thickness_sigma_m": 1e-5}  # 0.1, 0.2 and 1 %
TWO_LOADS = ('mode = "creep"\nclamp = "tension"\nsegments = ["Equilibrate at 420 K", "Sampling interval 0.1 s/pt", '
             '"Displace 25 MPa for 330 s", "Sampling interval 1 s/pt", "Recover for 600 s", "Equilibrate at 430 K", '
             '"Sampling interval 0.1 s/pt", "Displace 25 MPa for 330 s", "Sampling interval 1 s/pt", "Recover for 600 s"]\n')
AGEING = ('mode = "aging"\nclamp = "single-cantilever"\namplitude = "15 um"\nfrequencies = ["1 Hz"]\n'
          'segments = ["Equilibrate at 420 K", "Isothermal for 60 min"]\n')


def newest(laboratory, run_id, model):
    """The rows of the newest fit of a model, by parameter."""
    rows = laboratory.query("SELECT * FROM v_estimate WHERE run_id = ?1 AND model = ?2 AND fit_number = (SELECT max(fit_number) "
                            "FROM v_estimate WHERE run_id = ?1 AND model = ?2)", run_id, model)
    return {row["parameter"]: row for row in rows}


class Offline(unittest.TestCase):
    def answer(self, *words):
        code, out, err = control(*words, "--json")
        self.assertEqual((code, err), (0, ""), out)
        return json.loads(out)

    def test_runs_are_compared_beside_the_daemon_that_holds_them(self):
        with Laboratory(speed=4000, seed=11) as laboratory:
            runs = [laboratory.start_run(RAMP % 480, {**SPECIMEN, "name": f"beam {n}"}) for n in (1,)]
            self.assertEqual(laboratory.wait_until_ended(runs[0])["state"], "completed")
            runs.append(laboratory.start_run(RAMP % 480, {**SPECIMEN, "name": "beam 2"}))
            self.assertEqual(laboratory.wait_until_ended(runs[1])["state"], "completed")
            for verb in ("summary", "compare", "difference"):
                live = self.answer(verb, *runs, "--url", laboratory.url)
                self.assertEqual(live, self.answer(verb, *runs, "--database", laboratory.database), verb)
                code, text, _ = control(verb, *runs, "--url", laboratory.url)
                self.assertEqual(code, 0)
                self.assertIn("SIMULATED", text.upper())
            # One glass measured twice: what is determined does not differ.
            compared = json.dumps(self.answer("compare", *runs, "--url", laboratory.url))
            self.assertIn("U_beta_J_mol", compared)
            self.assertEqual(control("compare", runs[0], 99, "--url", laboratory.url)[0], 4)
            self.assertEqual(control("summary", runs[0], "--url", "http://127.0.0.1:9")[0], 5)

    def test_T_g_comes_from_the_ramp_and_errors_from_the_dimensions(self):
        unknown = {k: v for k, v in MEASURED.items() if k not in ("T_g_K", "T_x_K")}
        with Laboratory(speed=1000, seed=4, temperature_error_K=1.0) as laboratory:
            run_id = laboratory.start_run(RAMP % 490, unknown)
            self.assertEqual(laboratory.wait_until_ended(run_id)["state"], "completed")
            told = laboratory.query("SELECT * FROM v_event WHERE run_id = ? AND code = 'SYSTEMATIC_ERRORS'", run_id)
            self.assertEqual(len(told), 1)
            self.assertIn("l^3 / (w t^3)", told[0]["message"])
            T_g = newest(laboratory, run_id, "transitions")["T_g_K"]
            self.assertIn("chi kink, ", T_g["method"])
            self.assertAlmostEqual(float(T_g["method"].split(", ")[1].split()[0]), 10.0, delta=0.6)
            self.assertLess(abs(T_g["value"] - 453.0), 4 * T_g["standard_error"] + 1.0)
            self.assertEqual(len(laboratory.query("SELECT 1 FROM v_event WHERE run_id = ? AND code = 'T_G_DETECTED'", run_id)), 1)
            options = laboratory.query("SELECT options FROM v_fit WHERE run_id = ? AND model = 'dynamic' ORDER BY fit_number", run_id)
            self.assertNotIn("T_g_prior_K", options[0]["options"])
            self.assertIn("T_g_prior_K", options[-1]["options"])
            looks = laboratory.query("SELECT count(DISTINCT fit_number) AS n FROM v_estimate WHERE run_id = ? AND model = 'transitions'",
                                     run_id)[0]["n"]
            self.assertLess(looks, 50)
            E_u = newest(laboratory, run_id, "dynamic")["E_u_Pa"]
            relative = (0.003 ** 2 + 0.002 ** 2 + 0.03 ** 2) ** 0.5
            self.assertAlmostEqual(E_u["systematic_error"] / E_u["value"], relative, delta=0.1 * relative)
            self.assertAlmostEqual(E_u["combined_error"], (E_u["standard_error"] ** 2 + E_u["systematic_error"] ** 2) ** 0.5,
                                   delta=1e-9 * E_u["value"])
            for where in (("--url", laboratory.url), ("--database", laboratory.database)):
                again = self.answer("fit", f"run:{run_id}", "--model", "dynamic", "--prior", f"T_g_K={T_g['value']}+-5", *where)
                self.assertAlmostEqual(again["parameters"]["E_u_Pa"]["systematic_error"] / E_u["systematic_error"], 1.0, delta=0.01)
            self.assertEqual(control("replay", run_id, "--database", laboratory.database)[0], 0)
            self.without_the_event(laboratory, run_id, T_g["value"], relative)

    def without_the_event(self, laboratory, run_id, T_g_K, relative):
        """Of a run that is older than the event the dimensions alone say what is uncertain, on both roads."""
        laboratory.daemon.end()
        with sqlite3.connect(laboratory.database) as database:
            database.execute("UPDATE event SET code = 'OLDER' WHERE run_id = ? AND code = 'SYSTEMATIC_ERRORS'", (run_id,))
        database.close()
        laboratory.start_daemon()
        of_daemon, of_file = (
            self.answer("fit", f"run:{run_id}", "--model", "dynamic", "--prior", f"T_g_K={T_g_K}+-5", *where)["parameters"]
            for where in (("--url", laboratory.url), ("--database", laboratory.database)))
        self.assertEqual(of_daemon, of_file)
        E_u = of_daemon["E_u_Pa"]
        self.assertAlmostEqual(E_u["systematic_error"] / E_u["value"], relative, delta=0.1 * relative)

    def test_a_second_load_is_fitted_offline_as_it_was_live(self):
        ribbon = {**SPECIMEN, "clamp": "tension", "form": "ribbon", "width_m": 0.001, "thickness_m": 4e-5}
        with Laboratory(speed=2000, seed=3) as laboratory:
            run_id = laboratory.start_run(TWO_LOADS, ribbon)
            self.assertEqual(laboratory.wait_until_ended(run_id)["state"], "completed")
            live = newest(laboratory, run_id, "creep")
            self.assertEqual(live["chi"]["segment"], 8)
            for where in (("--url", laboratory.url), ("--database", laboratory.database)):
                fitted = self.answer("fit", f"run:{run_id}", "--model", "creep", "--segment", 8, *where)
                self.assertEqual(fitted["n_points"], live["chi"]["n_points"])
                for name in ("J_0_per_Pa", "chi", "tau_max_s"):
                    self.assertAlmostEqual(fitted["parameters"][name]["value"] / live[name]["value"], 1.0, delta=1e-6, msg=name)
            whole = self.answer("fit", f"run:{run_id}", "--model", "creep", "--database", laboratory.database)
            self.assertIn("fit the temperatures one by one", whole["reason"])

    def test_ageing_fits_itself_and_not_the_whole_model(self):
        with Laboratory(speed=4000, seed=9) as laboratory:
            run_id = laboratory.start_run(AGEING)
            self.assertEqual(laboratory.wait_until_ended(run_id)["state"], "completed")
            fits = lambda model: laboratory.query("SELECT count(*) AS n FROM v_fit WHERE run_id = ? AND model = ?", run_id, model)[0]["n"]
            told = lambda model: laboratory.query("SELECT message FROM v_event WHERE run_id = ? AND code = 'NO_ESTIMATE' AND detail = ?",
                                                  run_id, model)
            self.assertEqual(fits("dynamic"), 0)
            self.assertIn("one temperature and one frequency", told("dynamic")[0]["message"])
            self.assertTrue(fits("aging") > 0 or told("aging"))
            live = newest(laboratory, run_id, "aging")
            fitted = self.answer("fit", f"run:{run_id}", "--model", "aging", "--segment", 2, "--url", laboratory.url)
            self.assertEqual(fitted["status"] == "converged", bool(live), fitted["reason"])
            for name, row in live.items():
                if row["state"] == "determined" and name in fitted["parameters"]:
                    self.assertAlmostEqual(fitted["parameters"][name]["value"] / row["value"], 1.0, delta=1e-4, msg=name)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
