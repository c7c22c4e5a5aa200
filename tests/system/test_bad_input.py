# SPDX-License-Identifier: MIT
"""Every bad input gets one clear error, the right exit code or status, and changes nothing."""
import json
import pathlib
import subprocess
import tempfile
import unittest

from laboratory import BIN, RAMP, SPECIMEN, Laboratory, control, wait_for


def check(text):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "lab.toml"
        file.write_text(text)
        done = subprocess.run([str(BIN / "relaxd"), "check", "--config", str(file)], capture_output=True, text=True, timeout=30)
        return done.returncode, done.stdout + done.stderr


GOOD = '[daemon]\ndatabase = "a.sqlite"\n[[instrument]]\nname = "dma1"\ndriver = "q800_class"\nuri = "tcp://127.0.0.1:4001"\n'


class BadInput(unittest.TestCase):
    def test_a_good_configuration_passes(self):
        self.assertEqual(check(GOOD)[0], 0)

    def test_configuration_errors_name_line_and_suggestion(self):
        for text, line, words in [
                (GOOD.replace("database", "databse"), ":2", ["databse", "database"]),
                (GOOD.replace('"q800_class"', '"q800_clas"'), ":5", ["q800_clas", "q800_class"]),
                (GOOD.replace("tcp://127.0.0.1:4001", "tpc://127.0.0.1:4001"), ":6", ["tpc"]),
                (GOOD.replace("[daemon]\n", '[daemon]\nlisten = "0.0.0.0:8737"\n'), ":2", ["0.0.0.0"]),
                (GOOD + "heartbeat_s = -3\n", ":7", ["heartbeat_s"]),
                (GOOD + 'nonsense = 1\n', ":7", ["nonsense"]),
                ("[daemon\n", ":1", [])]:
            code, said = check(text)
            self.assertEqual(code, 2, said)
            self.assertIn(line, said)
            for word in words:
                self.assertIn(word, said)

    def test_a_second_daemon_on_the_same_file_and_a_foreign_file_are_refused(self):
        with Laboratory() as laboratory:
            done = subprocess.run([str(BIN / "relaxd"), "--config", str(laboratory.folder / "relaxd.toml")], capture_output=True, text=True, timeout=30)
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn(str(laboratory.daemon.process.pid), done.stderr)
            other = laboratory.folder / "foreign"
            other.mkdir()
            (other / "campaign.sqlite").write_bytes(b"this is no database, and long enough to be read as one" * 100)
            before = (other / "campaign.sqlite").read_bytes()
            (other / "relaxd.toml").write_text((laboratory.folder / "relaxd.toml").read_text())
            done = subprocess.run([str(BIN / "relaxd"), "--config", str(other / "relaxd.toml")], capture_output=True, text=True, timeout=30)
            self.assertEqual(done.returncode, 4, done.stderr)
            self.assertEqual(before, (other / "campaign.sqlite").read_bytes())

    def test_requests_are_refused_with_the_contracts_codes(self):
        with Laboratory() as laboratory:
            laboratory.connected()
            start = {"instrument": "dma1", "method": RAMP % 420, "specimen": SPECIMEN}
            for status, body, headers in [
                    (400, "{", {}), (415, json.dumps(start), {"Content-Type": "text/plain"}),
                    (403, json.dumps(start), {"Origin": "http://example.org"}), (421, json.dumps(start), {"Host": "example.org"}),
                    (404, json.dumps({**start, "instrument": "dma9"}), {}),
                    (400, json.dumps({**start, "method": start["method"].replace("Ramp", "Rampp")}), {}),
                    (400, json.dumps({**start, "method": start["method"].replace("10 K/min", "100 K/min")}), {}),
                    (400, json.dumps({**start, "method": start["method"].replace("15 um", "15 Hz")}), {}),
                    (400, json.dumps({**start, "surprise": 1}), {})]:
                got, answer = laboratory.request("POST", "/api/v1/runs", body, headers)
                self.assertEqual(got, status, (answer, body, headers))
                self.assertTrue(answer["error"]["message"], answer)
            for path, status in [("/api/v1/runs/99", 404), ("/api/v1/runs/99/points", 404), ("/api/v1/nothing", 404), ("/metrics", 200),
                                 ("/healthz", 200), ("/readyz", 200)]:
                self.assertEqual(laboratory.request("GET", path)[0], status, path)
            self.assertEqual(laboratory.get("/runs")["runs"], [])
            run_id = laboratory.start_run(RAMP % 420)
            self.assertEqual(laboratory.request("POST", "/api/v1/runs", start)[0], 409)
            for limit in ("0", "10001", "x"):
                self.assertEqual(laboratory.request("GET", f"/api/v1/runs/{run_id}/points?limit={limit}")[0], 400)
            wait_for(lambda: laboratory.run(run_id)["last_seq"] > 40, "points")
            self.assertEqual(laboratory.request("GET", f"/api/v1/runs/{run_id}/points?max_points=5")[0], 400)
            self.assertEqual(laboratory.request("GET", f"/api/v1/runs/{run_id}/export?format=hdf5")[0], 501)

    def test_an_unreachable_instrument_is_said_and_keeps_nothing_waiting(self):
        with Laboratory(uri="tcp://127.0.0.1:9") as laboratory:
            wait_for(lambda: laboratory.get("/instruments")["instruments"][0]["link_state"] == "unreachable", "the word unreachable")
            status, body = laboratory.request("POST", "/api/v1/runs", {"instrument": "dma1", "method": RAMP % 420, "specimen": SPECIMEN})
            self.assertIn(status, (409, 503), body)

    def test_relaxctl_exit_codes(self):
        with tempfile.TemporaryDirectory() as folder:
            missing = pathlib.Path(folder) / "none.sqlite"
            control("--url", "http://127.0.0.1:9", "status", check=5)
            control("nonsense", check=2)
            control("fit", "no-such-file.csv", "--model", "dynamic", check=1)
            control("verify", missing, check=1)
            control("import", "no-such-file.csv", "--database", missing, check=1)
            self.assertFalse(missing.exists())
        with Laboratory() as laboratory:
            control("--url", laboratory.url, "run", "show", "99", check=4)
            bad = laboratory.folder / "bad.toml"
            bad.write_text('mode = "creep"\nclamp = "tension"\nsegments = ["Displace 25 Mpascal for 3 s"]\n')
            code, out, err = control("--url", laboratory.url, "run", "start", "--instrument", "dma1", "--method", bad, check=2)
            self.assertIn("Displace", out + err)
            self.assertIn(f"{bad}:3", err)


if __name__ == "__main__":
    # A socket of a killed process closes when it is collected: no news.
    unittest.main(verbosity=2, warnings="ignore")
