# SPDX-License-Identifier: MIT
"""A simulated run says so wherever it appears, and its estimates can be held against the truth that its record has."""
import json
import re
import unittest

from laboratory import RAMP, Laboratory, Stream, control, wait_for

RUN_TRUTH = {"E_u_Pa": 33e9, "chi_Tg": 0.4, "T_g_K": 453.0, "U_beta_J_mol": 83120.0, "seed": 5.0, "noise_storage_relative": 0.003}
OF_A_READING = ("chi", "tau_beta_s", "tau_max_s", "temperature_K", "storage_modulus_Pa", "loss_modulus_Pa")


class Simulated(unittest.TestCase):
    def test_one_run_from_log_line_to_score(self):
        with Laboratory(seed=5, speed=1000) as laboratory:
            run_id = laboratory.start_run(RAMP % 480)
            stream = Stream(laboratory.port, {"run": run_id, "instrument": "dma1", "after_seq": 0})
            wait_for(lambda: stream.rows("estimate"), "an estimate")
            laboratory.request("POST", f"/api/v1/runs/{run_id}/pause")
            refused = control("score", run_id, "--url", laboratory.url, check=3)
            self.assertIn("no truth is stored", refused[2])
            laboratory.request("POST", f"/api/v1/runs/{run_id}/resume")
            self.assertEqual(laboratory.wait_until_ended(run_id)["state"], "completed")
            last = laboratory.run(run_id)["last_seq"]
            wait_for(lambda: len(stream.rows()) >= last, "all rows on the stream")
            self.rows_are_marked(laboratory, run_id, stream)
            self.truth_is_whole(laboratory, run_id)
            self.exports_are_marked(laboratory, run_id)
            self.commands_are_marked(laboratory, run_id)
            self.score_is_right(laboratory, run_id)
            self.assertEqual(laboratory.daemon.end(), 0)
            self.log_is_marked(laboratory)

    def rows_are_marked(self, laboratory, run_id, stream):
        for view in ("v_run", "v_point", "v_event", "v_estimate", "v_segment"):
            rows = laboratory.query(f"SELECT simulated FROM {view} WHERE run_id = ?", run_id)
            self.assertTrue(rows and all(row["simulated"] == 1 for row in rows), view)
        self.assertTrue(all(message["data"]["simulated"] == 1 for message in stream.rows()))
        self.assertLessEqual({"point", "estimate", "state"}, {message["type"] for message in stream.rows()})
        for path, name in (("events", "events"), ("segments", "segments"), ("points", "points")):
            page = laboratory.get(f"/runs/{run_id}/{path}" + ("" if path == "segments" else "?after_seq=0"))
            self.assertTrue(page[name] and all(row["simulated"] == 1 for row in page[name]), path)

    def truth_is_whole(self, laboratory, run_id):
        told = {row["parameter"]: row["value"] for row in laboratory.query("SELECT * FROM v_truth WHERE run_id = ? AND seq IS NULL", run_id)}
        for name, value in RUN_TRUTH.items():
            self.assertEqual(told.get(name), value, told)
        self.assertAlmostEqual(told["A_beta_per_Pa"], 1 / told["E_r_Pa"] - 1 / told["E_u_Pa"], delta=1e-16)
        points = laboratory.query("SELECT seq, temperature_K, storage_modulus_Pa FROM v_point WHERE run_id = ? ORDER BY seq", run_id)
        for name in OF_A_READING:
            true = laboratory.query("SELECT seq, value FROM v_truth WHERE run_id = ? AND parameter = ? AND seq IS NOT NULL ORDER BY seq", run_id, name)
            self.assertEqual([row["seq"] for row in true], [row["seq"] for row in points], name)
            if name in points[0]:
                for row, point in zip(true, points):
                    self.assertAlmostEqual(row["value"] / point[name], 1.0, delta=0.05, msg=name)
        facts = laboratory.query("SELECT key, value FROM v_fact WHERE run_id = ? AND key LIKE 'simulation%' ORDER BY key", run_id)
        self.assertEqual([(row["key"], row["value"]) for row in facts], [("simulation_bench", "plain"), ("simulation_material", "la60ni15al25")])

    def exports_are_marked(self, laboratory, run_id):
        for where in (("--url", laboratory.url), ("--database", laboratory.database)):
            csv = control("export", run_id, *where, check=0)[1]
            self.assertIn("# simulated: 1\n", csv)
            header, *rows = [line for line in csv.splitlines() if not line.startswith("#")]
            self.assertTrue(header.endswith(",simulated"))
            self.assertTrue(rows and all(row.endswith(",1") for row in rows))
            whole = json.loads(control("export", run_id, "--format", "json", *where, check=0)[1])
            self.assertEqual(whole["simulated"], 1)
            for name in ("points", "estimates", "events", "segments"):
                self.assertTrue(whole[name] and all(row["simulated"] == 1 for row in whole[name]), name)

    def commands_are_marked(self, laboratory, run_id):
        here = ("--url", laboratory.url)
        self.assertTrue(control("run", "show", run_id, *here, check=0)[1].startswith("SIMULATED"))
        self.assertIn("SIMULATED", control("run", "watch", run_id, *here, check=0)[1])
        self.assertEqual(json.loads(control("run", "list", "--json", *here, check=0)[1])["runs"][0]["simulated"], 1)
        header, row = [re.split(r"\s{2,}", line.strip()) for line in control("run", "list", *here, check=0)[1].splitlines()[:2]]
        self.assertEqual(row[header.index("simulated")], "1")
        self.assertIn("simulated", control("status", *here, check=0)[1])
        fit = ("fit", f"run:{run_id}", "--model", "dynamic", "--t-g", "453", *here)
        self.assertTrue(control(*fit, check=0)[1].startswith("SIMULATED"))
        self.assertEqual(json.loads(control(*fit, "--json", check=0)[1])["simulated"], 1)

    def score_is_right(self, laboratory, run_id):
        by_daemon = json.loads(control("score", run_id, "--json", "--url", laboratory.url, check=0)[1])
        by_file = json.loads(control("score", run_id, "--json", "--database", laboratory.database, check=0)[1])
        self.assertEqual(by_daemon, by_file)
        stored = laboratory.query("SELECT * FROM v_estimate WHERE run_id = ? ORDER BY seq", run_id)
        self.assertEqual([row["seq"] for row in by_file["estimates"]], [row["seq"] for row in stored])
        truth = {row["parameter"]: row["value"] for row in laboratory.query("SELECT * FROM v_truth WHERE run_id = ? AND seq IS NULL", run_id)}
        inside = determined = 0
        for scored, row in zip(by_file["estimates"], stored):
            if row["parameter"] in truth:
                self.assertEqual(scored["truth"], truth[row["parameter"]], row)
                if row["value"] is not None:
                    self.assertAlmostEqual(scored["error"], row["value"] - truth[row["parameter"]], delta=1e-9 * abs(row["value"]))
            if row["state"] == "determined" and scored["truth"] is not None:
                determined += 1
                inside += row["lower_95"] <= scored["truth"] <= row["upper_95"]
        self.assertEqual((by_file["n_determined"], by_file["n_inside_95"]), (determined, inside))
        self.assertGreater(determined, 50)
        last = {row["parameter"]: row["last"] for row in by_file["parameters"] if row["model"] == "dynamic"}
        for name in ("E_u_Pa", "U_beta_J_mol", "B", "tau_beta_s"):
            self.assertLess(abs(last[name]["z"]), 4.5, last[name])
        table = control("score", run_id, "--url", laboratory.url, check=0)[1]
        self.assertIn("SIMULATED, material la60ni15al25", table)

    def log_is_marked(self, laboratory):
        about = [line for line in laboratory.daemon.log.read_text().splitlines() if re.search(r"\b(run|instrument)=", line)]
        self.assertGreater(len(about), 3)
        for line in about:
            self.assertRegex(line, r"\b(run=\d+|instrument=dma1) simulated=1\b")


if __name__ == "__main__":
    # A socket of a killed process closes when it is collected: no news.
    unittest.main(verbosity=2, warnings="ignore")
