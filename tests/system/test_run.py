# SPDX-License-Identifier: MIT
"""A method over TCP and one over a pty: every reading stored in order, live estimates over a WebSocket."""
import json
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

    def test_a_run_without_a_specimen_uses_the_instruments_geometry_and_says_so(self):
        # As an operator types it, and with a specimen that lacks one dimension.
        with Laboratory() as laboratory:
            laboratory.connected()
            method = laboratory.folder / "ramp.toml"
            method.write_text(RAMP % 315)
            partly = laboratory.folder / "specimen.json"
            partly.write_text(json.dumps({**SPECIMEN, "width_m": 0.0031, "thickness_m": None}))
            own = {"length_m": 0.0175, "width_m": 0.003, "thickness_m": 0.001, "poisson_ratio": 0.35}
            for given, lacking in (([], own), (["--specimen", partly], {"thickness_m": 0.001})):
                out = control("--json", "--url", laboratory.url, "run", "start", "--instrument", "dma1", "--method", method, *given, check=0)[1]
                run_id = json.loads(out)["run_id"]
                self.assertEqual(laboratory.wait_until_ended(run_id)["state"], "completed")
                laboratory.assert_dense(run_id)
                events = laboratory.query("SELECT * FROM v_event WHERE run_id = ? AND code = 'GEOMETRY_FROM_INSTRUMENT'", run_id)
                self.assertEqual([event["severity"] for event in events], ["minor"], events)
                for name, value in own.items():
                    named = f"{name} = {value:g}" in events[0]["message"]
                    self.assertEqual(named, name in lacking, events)
                self.assertIn("moduli depend on them", events[0]["message"])
                specimen = laboratory.query("SELECT * FROM v_specimen WHERE run_id = ?", run_id)[0]
                for name in lacking:
                    self.assertIsNone(specimen[name], specimen)
                self.assertEqual(specimen["clamp"], "single-cantilever")
                points = laboratory.query("SELECT storage_modulus_Pa AS E FROM v_point WHERE run_id = ?", run_id)
                self.assertTrue(points and all(2e10 < point["E"] < 5e10 for point in points), points[:3])
            # What has all its dimensions says nothing, and what names no clamp at all is refused.
            run_id = laboratory.start_run(RAMP % 315)
            laboratory.wait_until_ended(run_id)
            self.assertEqual(laboratory.query("SELECT * FROM v_event WHERE run_id = ? AND code LIKE 'GEOMETRY%'", run_id), [])
            method.write_text((RAMP % 315).replace('clamp = "single-cantilever"\n', ""))
            start = ("--url", laboratory.url, "run", "start", "--instrument", "dma1", "--method", method)
            self.assertIn("clamp", control(*start, check=2)[2])
            partly.write_text('{"clamp": "tension"}')
            run_id = json.loads(control("--json", *start, "--specimen", partly, check=0)[1])["run_id"]
            self.assertEqual(laboratory.wait_until_ended(run_id)["state"], "completed")
            said = laboratory.query("SELECT message FROM v_event WHERE run_id = ? AND code = 'GEOMETRY_FROM_INSTRUMENT'", run_id)
            self.assertIn("thickness_m = 4e-05", said[0]["message"])

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
