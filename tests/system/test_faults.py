# SPDX-License-Identifier: MIT
"""kill -9, lost links, garbled bytes, a late reply: nothing acknowledged is lost, nothing wrong is stored."""
import json
import random
import signal
import socket
import sqlite3
import subprocess
import threading
import unittest

from laboratory import RAMP, Laboratory, Program, BIN, Stream, wait_for


class Proxy:
    """A TCP proxy on loopback that can cut the line or flip bytes on their way to the host."""

    def __init__(self, target):
        self.target = ("127.0.0.1", int(target.rsplit(":", 1)[1]))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self.listener.getsockname()[1]}"
        self.flip = 0.0
        self.flipped = 0
        self.pairs = []
        self.random = random.Random(1)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
                far = socket.create_connection(self.target)
            except OSError:
                continue
            self.pairs.append((near, far))
            threading.Thread(target=self._pump, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self._pump, args=(far, near, True), daemon=True).start()

    def _pump(self, source, target, to_host):
        try:
            while data := source.recv(4096):
                if to_host and self.flip and self.random.random() < self.flip:
                    at = self.random.randrange(len(data))
                    data = data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1:]
                    self.flipped += 1
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        for pair in self.pairs:
            for end in pair:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        self.pairs.clear()


class Faults(unittest.TestCase):
    def test_kill_minus_nine_loses_no_acknowledged_reading_and_the_run_goes_on(self):
        with Laboratory(speed=400, heartbeat_s=120) as laboratory:
            run_id = laboratory.start_run(RAMP % 420)
            for count in (30, 90):
                stream = Stream(laboratory.port, {"run": run_id, "instrument": "dma1", "after_seq": 0})
                wait_for(lambda: len(stream.rows("point")) >= count, f"{count} points")
                laboratory.daemon.process.send_signal(signal.SIGKILL)
                laboratory.daemon.process.wait()
                acknowledged = {m["seq"]: m["data"]["reading_number"] for m in stream.rows("point")}
                stored = {r["seq"]: r["reading_number"] for r in laboratory.query("SELECT seq, reading_number FROM v_point WHERE run_id = ?", run_id)}
                for seq, number in acknowledged.items():
                    self.assertEqual(stored.get(seq), number)
                laboratory.start_daemon()
            run = laboratory.wait_until_ended(run_id)
            self.assertEqual(run["state"], "completed", run)
            laboratory.assert_every_reading(run_id)
            laboratory.assert_dense(run_id)
            codes = [e["code"] for e in laboratory.query("SELECT code FROM v_event WHERE run_id = ? ORDER BY seq", run_id)]
            self.assertEqual(codes.count("DAEMON_RESTARTED"), 2, codes)
            self.assertEqual(laboratory.query("SELECT count(*) AS n FROM v_gap")[0]["n"], 0)

    def test_a_watch_goes_on_after_the_daemon_was_killed_and_gives_up_when_it_stays_away(self):
        with Laboratory(speed=400, heartbeat_s=120) as laboratory:
            run_id = laboratory.start_run(RAMP % 420)
            command = [str(BIN / "relaxctl"), "--json", "--url", laboratory.url, "run", "watch", str(run_id)]
            out, said = laboratory.folder / "watch.out", laboratory.folder / "watch.err"
            short_out, short_said = laboratory.folder / "short.out", laboratory.folder / "short.err"
            with open(out, "w") as stdout, open(said, "w") as stderr:
                watch = subprocess.Popen(command, stdout=stdout, stderr=stderr)
            with open(short_out, "w") as stdout, open(short_said, "w") as stderr:
                short = subprocess.Popen([*command, "--reconnect", "0.5"], stdout=stdout, stderr=stderr)
            wait_for(lambda: all(file.read_text().count('"point"') > 30 for file in (out, short_out)), "the first rows of both")
            laboratory.daemon.end(signal.SIGKILL)
            wait_for(lambda: "trying again for 60 s" in said.read_text(), "the watch to notice")
            self.assertEqual(short.wait(60), 5, short_said.read_text())
            self.assertIn("relaxd was away for 0.5 s", short_said.read_text())
            self.assertIn("the run is not touched", short_said.read_text())
            laboratory.start_daemon()
            run = laboratory.wait_until_ended(run_id)
            self.assertEqual(watch.wait(60), 0, said.read_text())
            self.assertIn("connected again", said.read_text())
            seqs = [json.loads(line)["seq"] for line in out.read_text().splitlines()]
            self.assertEqual(seqs, list(range(1, run["last_seq"] + 1)))

    def test_another_program_may_read_the_campaign_file_during_a_run(self):
        # As a notebook does it: opened as SQLite's own default, read, closed.
        with Laboratory(speed=400) as laboratory:
            run_id = laboratory.start_run(RAMP % 420)
            for last_seq in (20, 100, 200):
                wait_for(lambda: laboratory.run(run_id)["last_seq"] > last_seq, "rows")
                notebook = sqlite3.connect(laboratory.database)
                self.assertGreater(notebook.execute("SELECT count(*) FROM v_point").fetchone()[0], 0)
                notebook.close()
            self.assertEqual(laboratory.wait_until_ended(run_id)["state"], "completed")
            # An orderly end would write what the notebook's close had cut off from the file.
            laboratory.daemon.end(signal.SIGKILL)
            laboratory.assert_every_reading(run_id)
            laboratory.assert_dense(run_id)

    def test_a_cut_line_and_flipped_bytes_cost_no_reading(self):
        with Laboratory(speed=400) as inner:
            proxy = Proxy(inner.simulator.address)
            inner.daemon.end()
            inner.uri = proxy.address
            inner.start_daemon()
            run_id = inner.start_run(RAMP % 420)
            wait_for(lambda: inner.run(run_id)["last_seq"] > 40, "the first points")
            proxy.cut()
            wait_for(lambda: any(e["code"] == "LINK_BACK" for e in inner.get(f"/runs/{run_id}/events?after_seq=0")["events"]), "the link to come back")
            proxy.flip = 0.05
            wait_for(lambda: proxy.flipped >= 20 or inner.run(run_id)["state"] != "running", "flipped bytes")
            proxy.flip = 0.0
            run = inner.wait_until_ended(run_id)
            self.assertEqual(run["state"], "completed", run)
            self.assertGreaterEqual(proxy.flipped, 5)
            inner.assert_every_reading(run_id)
            inner.assert_dense(run_id)

    def test_a_simulator_that_dies_ends_the_run_with_its_cause(self):
        with Laboratory(speed=200) as laboratory:
            run_id = laboratory.start_run(RAMP % 420)
            wait_for(lambda: laboratory.run(run_id)["last_seq"] > 30, "the first points")
            laboratory.simulator.end(signal.SIGKILL)
            where = laboratory.simulator.address
            laboratory.simulator = Program([BIN / "relaxsim", "q800", "--listen", where, *laboratory.options], laboratory.folder, "relaxsim")
            run = laboratory.wait_until_ended(run_id)
            self.assertEqual(run["state"], "interrupted", run)
            self.assertTrue(run["end_cause"])
            laboratory.assert_dense(run_id)

    def test_stop_makes_the_instrument_safe_and_the_run_ends_once(self):
        with Laboratory(speed=200) as laboratory:
            run_id = laboratory.start_run(RAMP % 420)
            wait_for(lambda: laboratory.run(run_id)["last_seq"] > 20, "the first points")
            status, body = laboratory.request("POST", "/api/v1/instruments/dma1/safe")
            self.assertEqual(status, 200, body)
            run = laboratory.wait_until_ended(run_id)
            self.assertIn(run["state"], ("aborted", "stopped"))
            self.assertEqual(laboratory.request("POST", "/api/v1/instruments/dma1/safe")[0], 200)
            ends = laboratory.query("SELECT detail FROM v_event WHERE run_id = ? AND code = 'STATE' ORDER BY seq", run_id)
            self.assertEqual([e["detail"] for e in ends][-1], run["state"])
            self.assertEqual(sum(e["detail"] in ("completed", "stopped", "aborted", "interrupted") for e in ends), 1)
            # The instrument is free again.
            again = laboratory.start_run(RAMP % 310)
            self.assertEqual(laboratory.wait_until_ended(again)["state"], "completed")

    def test_pause_holds_and_resume_goes_on(self):
        with Laboratory(speed=200) as laboratory:
            run_id = laboratory.start_run(RAMP % 330)
            wait_for(lambda: laboratory.run(run_id)["last_seq"] > 10, "the first points")
            for verb, state in (("pause", "paused"), ("pause", "paused"), ("resume", "running")):
                status, body = laboratory.request("POST", f"/api/v1/runs/{run_id}/{verb}")
                self.assertEqual((status, body.get("state")), (200, state), body)
            self.assertEqual(laboratory.wait_until_ended(run_id)["state"], "completed")
            self.assertEqual(laboratory.request("POST", f"/api/v1/runs/{run_id}/pause")[0], 409)
            laboratory.assert_every_reading(run_id)


if __name__ == "__main__":
    # A socket of a killed process closes when it is collected: no news.
    unittest.main(verbosity=2, warnings="ignore")
