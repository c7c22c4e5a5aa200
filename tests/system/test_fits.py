# SPDX-License-Identifier: MIT
"""The live fits of real processes: what is stored can be computed again, and a worker that hangs or dies costs no reading."""
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import unittest

from laboratory import RAMP, SPECIMEN, Laboratory, control, wait_for

SWEEPS = ('mode = "frequency-sweep"\nclamp = "single-cantilever"\namplitude = "15 um"\n'
          'segments = ["Equilibrate at 420 K", "Frequency sweep 0.1 Hz to 10 Hz, 5 points per decade", '
          '"Equilibrate at 430 K", "Frequency sweep 0.1 Hz to 10 Hz, 5 points per decade"]\n')
CREEP = ('mode = "creep"\nclamp = "tension"\nsegments = ["Equilibrate at 430 K", "Sampling interval 0.1 s/pt", '
         '"Displace 25 MPa for 330 s", "Sampling interval 1 s/pt", "Recover for 1000 s"]\n')


def worker_of(daemon_pid):
    """The pid of the fit worker, a child of the daemon."""
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if int(fields[1]) == daemon_pid and fields[0] != "Z" and b"--fit-worker" in words:
            return int(entry.name)
    return None


class Replay(unittest.TestCase):
    def both_roads(self, laboratory, run_id):
        """The daemon's rows give what its file gives, in every word; the outcome of --json."""
        of_file, of_daemon = (("--database", laboratory.database), ("--url", laboratory.url))
        self.assertEqual(control("replay", run_id, *of_daemon), control("replay", run_id, *of_file))
        code, out, err = control("replay", run_id, "--json", *of_daemon)
        self.assertEqual((code, out, err), control("replay", run_id, "--json", *of_file))
        return code, json.loads(out), err

    def test_every_stored_fit_is_computed_again_bit_for_bit(self):
        with Laboratory(speed=4000, seed=5) as laboratory:
            ramp = laboratory.start_run(RAMP % 470)  # newest wins, warm starts, beta peaks
            self.assertEqual(laboratory.wait_until_ended(ramp)["state"], "completed")
            unknown_T_x = {k: v for k, v in SPECIMEN.items() if k != "T_x_K"}
            sweeps = laboratory.start_run('fits = "every"\n' + SWEEPS, unknown_T_x)
            self.assertEqual(laboratory.wait_until_ended(sweeps)["state"], "completed")
            for run_id in (ramp, sweeps):
                rows = laboratory.query("SELECT count(*) AS n, count(DISTINCT fit_number) AS fits FROM v_estimate WHERE run_id = ?", run_id)[0]
                self.assertGreater(rows["fits"], 5)
                stored = laboratory.query("SELECT count(*) AS n FROM v_fit WHERE run_id = ?", run_id)[0]["n"]
                self.assertEqual(stored, rows["fits"])
                code, body, err = self.both_roads(laboratory, run_id)
                self.assertEqual((code, err), (0, ""), body)
                self.assertEqual((body["n_fits"], body["n_agree"], body["n_estimates"]), (rows["fits"], rows["fits"], rows["n"]))
            warm = laboratory.query("SELECT count(*) AS n FROM v_fit WHERE run_id = ? AND start IS NOT NULL", ramp)[0]["n"]
            self.assertGreater(warm, 0, "no warm fit: the test proves too little")
            taken = laboratory.query("SELECT count(*) AS n FROM v_fit WHERE run_id = ? AND dynamic_fit_number IS NOT NULL", sweeps)[0]["n"]
            self.assertGreater(taken, 0)
            uuid = laboratory.run(ramp)["uuid"]
            self.assertEqual(control("replay", uuid, "--url", laboratory.url), control("replay", ramp, "--url", laboratory.url))
            self.assertEqual(control("replay", 99, "--url", laboratory.url)[0], 4)
            laboratory.daemon.end()
            self.assertEqual(control("replay", ramp, "--url", laboratory.url)[0], 5)
            self.tampered(laboratory, ramp)

    def test_a_run_that_goes_on_is_replayed_up_to_where_it_was(self):
        with Laboratory(speed=300, seed=7) as laboratory:
            run_id = laboratory.start_run(RAMP % 480)
            fits = lambda: laboratory.query("SELECT count(DISTINCT fit_number) AS n FROM v_estimate WHERE run_id = ?", run_id)[0]["n"]
            wait_for(lambda: fits() > 2, "the first fits")
            code, out, err = control("replay", run_id, "--url", laboratory.url, "--json")
            body = json.loads(out)
            self.assertEqual((code, err, body["state"]), (0, "", "running"), body)
            self.assertGreater(body["n_fits"], 2)
            self.assertEqual(body["n_agree"], body["n_fits"])
            estimates = laboratory.query("SELECT count(*) AS n FROM v_estimate WHERE run_id = ? AND seq <= ?", run_id, body["up_to_seq"])
            self.assertEqual(estimates[0]["n"], body["n_estimates"])
            code, text, _ = control("replay", run_id, "--url", laboratory.url)
            self.assertEqual(code, 0)
            self.assertIn("the run has not ended: it is running, this is what was stored up to seq ", text)
            self.assertEqual(control("run", "stop", run_id, "--url", laboratory.url)[0], 0)
            ended = laboratory.wait_until_ended(run_id)
            self.assertGreater(ended["last_seq"], body["up_to_seq"])
            self.assertNotIn("has not ended", control("replay", run_id, "--url", laboratory.url, check=0)[1])

    def served(self, laboratory, run_id, copy):
        """A daemon is started on the copy: its rows give what the copy gives."""
        for leftover in laboratory.folder.glob("campaign.sqlite-*"):
            leftover.unlink()
        shutil.copyfile(copy, laboratory.database)
        laboratory.start_daemon()
        found = self.both_roads(laboratory, run_id)
        laboratory.daemon.end()
        return found

    def tampered(self, laboratory, run_id):
        """One number is changed in a copy: it is named, with both values."""
        copy = laboratory.folder / "tampered.sqlite"
        shutil.copyfile(laboratory.database, copy)
        target = laboratory.query("SELECT * FROM v_estimate WHERE run_id = ? AND model = 'dynamic' AND value IS NOT NULL "
                                  "ORDER BY fit_number DESC LIMIT 1", run_id)[0]
        changed = target["value"] * (1 + 2 ** -52)
        with sqlite3.connect(copy) as database:
            database.execute("UPDATE estimate SET value = ? WHERE run_id = ? AND seq = ?", (changed, run_id, target["seq"]))
        database.close()
        code, body, _ = self.served(laboratory, run_id, copy)
        first = body["first_difference"]
        self.assertEqual((code, body["n_differ"]), (1, 1))
        self.assertEqual((first["fit_number"], first["model"], first["parameter"], first["column"]),
                         (target["fit_number"], "dynamic", target["parameter"], "value"))
        self.assertEqual((float(first["stored"]), float(first["recomputed"])), (changed, target["value"]))
        code, text, _ = control("replay", run_id, "--database", copy)
        self.assertEqual(code, 1)
        self.assertIn(f"first that differs: fit {target['fit_number']}, model dynamic, parameter {target['parameter']}, value", text)
        # A reading that somebody changed shows in the first fit that saw it.
        with sqlite3.connect(copy) as database:
            database.execute("UPDATE estimate SET value = ? WHERE run_id = ? AND seq = ?", (target["value"], run_id, target["seq"]))
            database.execute("UPDATE point SET loss_modulus_Pa = loss_modulus_Pa * 1.01 WHERE run_id = ? AND seq = "
                             "(SELECT min(seq) FROM point WHERE run_id = ? AND loss_modulus_Pa > 0)", (run_id, run_id))
        database.close()
        code, body, _ = self.served(laboratory, run_id, copy)
        self.assertEqual((code, body["n_agree"]), (1, 0))
        # Fits of a version that kept no inputs: said, not guessed.
        with sqlite3.connect(copy) as database:
            database.execute("DELETE FROM fit WHERE run_id = ?", (run_id,))
        database.close()
        code, body, err = self.served(laboratory, run_id, copy)
        self.assertEqual((code, body["n_without_inputs"]), (3, body["n_fits"]))
        self.assertIn("cannot be replayed", err)
        self.assertEqual(control("replay", 99, "--database", copy)[0], 4)


class Prior(unittest.TestCase):
    def test_estimates_of_one_run_are_priors_of_the_next_when_the_operator_says_so(self):
        with Laboratory(speed=4000, seed=8) as laboratory:
            first = laboratory.start_run(RAMP % 470)
            self.assertEqual(laboratory.wait_until_ended(first)["state"], "completed")
            second = laboratory.start_run(RAMP % 330 + f'[fits]\nprior = "run:{first}"\n')
            self.assertEqual(laboratory.wait_until_ended(second)["state"], "completed")
            told = laboratory.query("SELECT * FROM v_event WHERE run_id = ? AND code = 'PRIOR_FROM_RUN'", second)
            self.assertEqual((len(told), told[0]["severity"], told[0]["detail"]), (1, "info", str(first)))
            self.assertIn("U_beta_J_mol", told[0]["message"])
            options = laboratory.query("SELECT options FROM v_fit WHERE run_id = ? AND model = 'dynamic' LIMIT 1", second)[0]["options"]
            self.assertIn("prior U_beta_J_mol=", options)
            self.assertEqual(control("replay", second, "--database", laboratory.database)[0], 0)
            start = lambda method, specimen: laboratory.request(
                "POST", "/api/v1/runs", {"instrument": "dma1", "method": method, "specimen": specimen})
            method = RAMP % 330 + f'[fits]\nprior = "run:{first}"\n'
            status, body = start(method, {**SPECIMEN, "name": "another beam"})
            self.assertEqual((status, "another beam" in body["error"]["message"]), (409, True), body)
            annealed = {**SPECIMEN, "state": "annealed"}
            status, body = start(method, annealed)
            self.assertEqual((status, "changed since" in body["error"]["message"]), (409, True), body)
            third = laboratory.start_run(method + "allow_state_change = true\n", annealed)
            self.assertEqual(laboratory.wait_until_ended(third)["state"], "completed")
            told = laboratory.query("SELECT * FROM v_event WHERE run_id = ? AND code = 'PRIOR_FROM_RUN'", third)
            self.assertEqual(told[0]["severity"], "minor")
            self.assertEqual(start(RAMP % 330 + '[fits]\nprior = "run:99"\n', SPECIMEN)[0], 400)


class Creep(unittest.TestCase):
    def test_creep_is_fitted_live_and_agrees_with_the_truth(self):
        ribbon = {**SPECIMEN, "clamp": "tension", "form": "ribbon", "width_m": 0.001, "thickness_m": 4e-5}
        with Laboratory(speed=1000, seed=3) as laboratory:
            run_id = laboratory.start_run(CREEP, ribbon)
            self.assertEqual(laboratory.wait_until_ended(run_id)["state"], "completed")
            rows = laboratory.query("SELECT * FROM v_estimate WHERE run_id = ? AND model = 'creep' ORDER BY seq", run_id)
            self.assertGreater(len({row["fit_number"] for row in rows}), 3)
            last = {row["parameter"]: row for row in rows if row["fit_number"] == rows[-1]["fit_number"]}
            self.assertEqual((last["chi"]["segment"], last["chi"]["state"]), (3, "determined"))
            self.assertAlmostEqual(last["chi"]["temperature_K"], 430, delta=0.5)
            score = json.loads(control("score", run_id, "--database", laboratory.database, "--json", check=0)[1])
            chi = next(one for one in score["parameters"] if (one["model"], one["parameter"]) == ("creep", "chi"))
            self.assertLess(abs(chi["last"]["z"]), 4)
            self.assertEqual(control("replay", run_id, "--database", laboratory.database)[0], 0)
            self.assertEqual(control("replay", run_id, "--url", laboratory.url)[0], 0)
            laboratory.assert_every_reading(run_id)
            laboratory.assert_dense(run_id)


class Worker(unittest.TestCase):
    def test_a_worker_that_hangs_and_one_that_dies_cost_no_reading(self):
        with Laboratory(speed=300, seed=6) as laboratory:
            run_id = laboratory.start_run(RAMP % 480)
            fits = lambda: laboratory.query("SELECT count(DISTINCT fit_number) AS n FROM v_estimate WHERE run_id = ?", run_id)[0]["n"]
            wait_for(lambda: fits() > 0, "the first fit")
            events = lambda code: laboratory.query("SELECT message FROM v_event WHERE run_id = ? AND code = ?", run_id, code)
            hung = wait_for(lambda: worker_of(laboratory.daemon.process.pid), "the worker")
            os.kill(hung, signal.SIGSTOP)
            wait_for(lambda: events("FIT_WORKER_RESTARTED"), "the end of the hung worker")
            self.assertIn("neither answered nor computed", events("FIT_WORKER_RESTARTED")[0]["message"])
            next_one = wait_for(lambda: worker_of(laboratory.daemon.process.pid), "a new worker")
            self.assertNotEqual(next_one, hung)
            before = fits()
            wait_for(lambda: fits() > before, "fits of the new worker")
            os.kill(next_one, signal.SIGKILL)
            wait_for(lambda: len(events("FIT_WORKER_RESTARTED")) > 1, "the dead worker's event")
            self.assertEqual(laboratory.wait_until_ended(run_id)["state"], "completed")
            self.assertGreaterEqual(len(events("NO_ESTIMATE")), 2)
            laboratory.assert_every_reading(run_id)
            laboratory.assert_dense(run_id)
            self.assertEqual(control("replay", run_id, "--database", laboratory.database)[0], 0)


if __name__ == "__main__":
    # A socket of a killed process closes when it is collected: no news.
    unittest.main(verbosity=2, warnings="ignore")
