# SPDX-License-Identifier: MIT
"""The trace of a link: switched while it lives, and a traced run that comes back to another daemon."""
import json
import pathlib
import shutil
import tempfile
import unittest

from laboratory import BIN, RAMP, Laboratory, Program, control, wait_for


def traced(laboratory):
    return laboratory.get("/instruments")["instruments"][0]


class Traffic(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="relaxd-traffic-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def test_it_is_switched_while_the_link_lives(self):
        with Laboratory() as laboratory:
            laboratory.connected()
            self.assertEqual(traced(laboratory)["trace"], "off")
            self.assertIsNone(traced(laboratory)["trace_file"])
            said = control("instrument", "trace", "dma1", "on", "--url", laboratory.url, check=0)[1]
            self.assertIn("trace of dma1: on, ", said)
            seen = traced(laboratory)
            self.assertEqual((seen["trace"], seen["trace_lost_chunks"]), ("on", 0))
            self.assertTrue(seen["trace_since_utc"].endswith("Z"))
            file = pathlib.Path(seen["trace_file"])
            self.assertEqual(file.parent, laboratory.folder / "traffic")
            self.assertIn("trace_since_utc", control("instrument", "list", "--url", laboratory.url, check=0)[1])
            wait_for(lambda: "status state=idle" in file.read_text(), "traffic in the file")
            lease = laboratory.request("POST", "/api/v1/control/acquire", {"instrument": "dma1"})[1]["lease"]
            self.assertIn("has control", control("instrument", "trace", "dma1", "off", "--url", laboratory.url, check=3)[2])
            control("instrument", "trace", "dma1", "off", "--url", laboratory.url, "--lease", lease, check=0)
            self.assertEqual(traced(laboratory)["trace"], "off")
            lines = file.read_text().splitlines()
            self.assertTrue(lines[0].startswith("relaxd-traffic 1 instrument=dma1 driver=q800_class uri=tcp://127.0.0.1:"), lines[0])
            self.assertTrue(lines[-1].endswith(" | 3 off"), lines[-1])
            control("instrument", "trace", "dma2", "on", "--url", laboratory.url, check=4)
            # Amid a connection: there is nothing that a fresh host could begin with.
            refused = control("replay-traffic", file, "--listen", "tcp://127.0.0.1:0", check=1)[2]
            self.assertIn("no opening of the link", refused)
            self.assertEqual(laboratory.daemon.end(), 0)

    def test_a_traced_run_comes_back_to_another_daemon(self):
        method = RAMP % 320
        columns = "reading_number, segment, time_s, temperature_K, frequency_Hz, storage_modulus_Pa, loss_modulus_Pa, tan_delta, flags"
        with Laboratory(trace=True) as laboratory:
            run_id = laboratory.start_run(method)
            self.assertEqual(laboratory.wait_until_ended(run_id)["state"], "completed")
            measured = laboratory.query(f"SELECT {columns} FROM v_point WHERE run_id = ? ORDER BY seq", run_id)
            file = pathlib.Path(traced(laboratory)["trace_file"])
            self.assertEqual(laboratory.daemon.end(), 0)
            self.assertTrue(file.read_text().endswith(" | 3 off\n"))
            kept = self.folder / file.name
            shutil.copy(file, kept)
        self.assertGreater(len(measured), 20)
        player = Program([BIN / "relaxctl", "replay-traffic", kept, "--listen", "tcp://127.0.0.1:0"], self.folder, "replay")
        taken = control("replay-traffic", kept, "--listen", player.address, check=1)[2]
        self.assertIn("Address already in use", taken)
        with Laboratory(uri=player.address) as laboratory:
            run_id = laboratory.start_run(method)
            self.assertEqual(laboratory.wait_until_ended(run_id)["state"], "completed", player.log.read_text())
            again = laboratory.query(f"SELECT {columns} FROM v_point WHERE run_id = ? ORDER BY seq", run_id)
            self.assertEqual(again, measured)
            laboratory.assert_dense(run_id)
            self.assertEqual(laboratory.daemon.end(), 0)
        player.process.wait(20)
        said = player.process.stdout.read()
        player.close()
        self.assertEqual(player.process.returncode, 0, player.log.read_text())
        self.assertIn("played 1 connection", said)

    def test_another_method_is_told_with_both_texts(self):
        with Laboratory(trace=True) as laboratory:
            run_id = laboratory.start_run(RAMP % 305)
            laboratory.wait_until_ended(run_id)
            kept = self.folder / "a.traffic"
            file = traced(laboratory)["trace_file"]
            self.assertEqual(laboratory.daemon.end(), 0)
            shutil.copy(file, kept)
        player = Program([BIN / "relaxctl", "replay-traffic", kept, "--listen", "tcp://127.0.0.1:0", "--json"], self.folder, "replay", ready="")
        address = json.loads(player.line)["listening"]
        with Laboratory(uri=address) as laboratory:
            laboratory.connected()
            laboratory.request("POST", "/api/v1/runs", {"instrument": "dma1", "method": RAMP % 310, "specimen": {"name": "x"}})
            player.process.wait(20)
            self.assertEqual(player.process.returncode, 1)
            told = player.log.read_text()
            self.assertIn("the host says something else at byte ", told)
            self.assertIn('recorded "', told)
            self.assertIn('received "', told)
            player.close()


if __name__ == "__main__":
    unittest.main()
