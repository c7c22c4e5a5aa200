# SPDX-License-Identifier: MIT
"""A method over TCP and one over a pty: every reading stored in order, live estimates over a WebSocket."""
import unittest

from laboratory import RAMP, SPECIMEN, Laboratory, Stream, control, wait_for


class Run(unittest.TestCase):
    def whole_run(self, pty):
        with Laboratory(pty=pty) as laboratory:
            run_id = laboratory.start_run(RAMP % 420)
            stream = Stream(laboratory.port, {"run": run_id, "instrument": "dma1", "after_seq": 0})
            wait_for(lambda: stream.rows("point"), "a point on the stream")
            wait_for(lambda: stream.rows("estimate"), "an estimate on the stream")
            run = laboratory.wait_until_ended(run_id)
            self.assertEqual(run["state"], "completed", run)
            self.assertEqual(run["simulated"], True if isinstance(run["simulated"], bool) else 1)
            wait_for(lambda: len(stream.rows()) >= run["last_seq"], "all rows on the stream")
            self.assertEqual([m["seq"] for m in stream.rows()], list(range(1, run["last_seq"] + 1)))
            self.assertEqual(stream.messages[0]["type"], "hello")
            laboratory.assert_dense(run_id)
            laboratory.assert_every_reading(run_id)
            # What the stream said is what the file holds.
            stored = {row["seq"]: row for row in laboratory.query("SELECT * FROM v_estimate WHERE run_id = ?", run_id)}
            for message in stream.rows("estimate"):
                self.assertEqual(message["data"]["value"], stored[message["seq"]]["value"])
            truth = laboratory.query("SELECT * FROM v_truth WHERE run_id = ? AND seq IS NULL", run_id)
            self.assertTrue(any(row["parameter"] == "chi_Tg" and row["value"] == 0.4 for row in truth), truth)
            points = laboratory.query("SELECT count(*) AS n FROM v_point WHERE run_id = ?", run_id)[0]["n"]
            for name in ("chi", "tau_beta_s", "tau_max_s"):
                n = laboratory.query("SELECT count(*) AS n FROM v_truth WHERE run_id = ? AND parameter = ? AND seq IS NOT NULL", run_id, name)
                self.assertEqual(n[0]["n"], points, name)
            segments = laboratory.query("SELECT * FROM v_segment WHERE run_id = ? ORDER BY segment", run_id)
            self.assertEqual([s["text"] for s in segments], ["Equilibrate at 300 K", "Ramp 10 K/min to 420 K"])
            code, out, err = control("verify", laboratory.database)
            self.assertEqual(code, 0, out + err)
            self.assertEqual(laboratory.daemon.end(), 0)

    def test_a_run_over_tcp_is_stored_whole_and_seen_live(self):
        self.whole_run(pty=False)

    def test_a_run_over_a_pty_is_stored_whole_and_seen_live(self):
        self.whole_run(pty=True)

    def test_creep_and_recovery_are_recorded(self):
        method = ('mode = "creep"\nclamp = "tension"\nsegments = ["Equilibrate at 430 K", "Sampling interval 1 s/pt", '
                  '"Displace 25 MPa for 330 s", "Recover for 100 s"]\n')
        ribbon = {**SPECIMEN, "clamp": "tension", "form": "ribbon", "width_m": 0.001, "thickness_m": 4e-5}
        with Laboratory() as laboratory:
            run_id = laboratory.start_run(method, ribbon)
            self.assertEqual(laboratory.wait_until_ended(run_id)["state"], "completed")
            laboratory.assert_every_reading(run_id)
            loaded = laboratory.query("SELECT time_s, strain, stress_Pa FROM v_point WHERE run_id = ? AND stress_Pa > 0 ORDER BY seq", run_id)
            # PHYSICS section 4: creep of 330 s at 430 K and 25 MPa, linear: 1.3631e-3; 1 % is ten times the noise.
            self.assertAlmostEqual(loaded[-1]["strain"], 1.3631e-3, delta=1.4e-5)

    def test_the_same_seed_gives_the_same_points_whatever_the_speed(self):
        digests = []
        for speed in (1000, 4000):
            with Laboratory(speed=speed, seed=7) as laboratory:
                run_id = laboratory.start_run(RAMP % 320)
                laboratory.wait_until_ended(run_id)
                digests.append(control("digest", laboratory.database, "--run", run_id, check=0)[1].strip())
        self.assertEqual(digests[0], digests[1])

    def test_with_fits_every_the_same_seed_gives_the_same_estimates_too(self):
        digests = set()
        for speed in (1000, 5000):
            with Laboratory(speed=speed, seed=3) as laboratory:
                run_id = laboratory.start_run('fits = "every"\n' + RAMP % 315)
                self.assertEqual(laboratory.wait_until_ended(run_id)["state"], "completed")
                fits = laboratory.query("SELECT count(DISTINCT fit_number) AS n FROM v_estimate WHERE run_id = ? AND model = 'dynamic'", run_id)[0]["n"]
                points = laboratory.query("SELECT count(*) AS n FROM v_point WHERE run_id = ?", run_id)[0]["n"]
                self.assertGreater(fits, points / 2)
                laboratory.assert_dense(run_id)
                digests.add(control("digest", laboratory.database, "--run", run_id, check=0)[1].strip())
        self.assertEqual(len(digests), 1)


if __name__ == "__main__":
    # A socket of a killed process closes when it is collected: no news.
    unittest.main(verbosity=2, warnings="ignore")
