# SPDX-License-Identifier: MIT
"""Links that break under a real daemon: what is told, and how soon."""
import os
import pathlib
import signal
import time
import unittest

from laboratory import RAMP, Laboratory, wait_for

SLACK = 5.0  # a busy machine is no failure


def lost(laboratory, run_id):
    """The event LINK_LOST, once it is there."""
    rows = laboratory.query("SELECT message FROM v_event WHERE run_id = ? AND code = 'LINK_LOST'", run_id)
    return rows[0]["message"] if rows else None


def state(laboratory):
    return laboratory.get("/instruments")["instruments"][0]["state"]


class Links(unittest.TestCase):
    def test_a_line_that_is_pulled_out_is_told_as_unplugged(self):
        with Laboratory(pty=True, speed=50) as laboratory:
            run_id = laboratory.start_run(RAMP % 420)
            wait_for(lambda: laboratory.run(run_id)["last_seq"] > 10, "the first points")
            begun = time.monotonic()
            laboratory.simulator.end(signal.SIGKILL)
            message = wait_for(lambda: lost(laboratory, run_id), "LINK_LOST", limit_s=1.0 * SLACK)
            self.assertLess(time.monotonic() - begun, 1.0 * SLACK)
            self.assertIn("unplugged: ", message)
            self.assertNotIn("silent", message)

    def test_an_instrument_that_hangs_is_told_as_silent(self):
        with Laboratory(speed=50) as laboratory:
            run_id = laboratory.start_run(RAMP % 420)
            wait_for(lambda: laboratory.run(run_id)["last_seq"] > 10, "the first points")
            laboratory.simulator.process.send_signal(signal.SIGSTOP)
            try:
                wait_for(lambda: state(laboratory) == "unknown", "its state to be unknown", limit_s=3.5 * SLACK)
                message = wait_for(lambda: lost(laboratory, run_id), "LINK_LOST", limit_s=6.0 * SLACK)
            finally:
                laboratory.simulator.process.send_signal(signal.SIGCONT)
            self.assertIn("silent: ", message)
            self.assertNotIn("unplugged", message)
            # It did not make itself safe meanwhile: the run goes on where it was.
            wait_for(lambda: any(e["code"] == "LINK_BACK" for e in laboratory.get(f"/runs/{run_id}/events?after_seq=0")["events"]), "the link")
            self.assertEqual(laboratory.wait_until_ended(run_id)["state"], "completed")
            laboratory.assert_every_reading(run_id)

    def test_every_descriptor_of_the_daemon_is_close_on_exec(self):
        with Laboratory() as laboratory:
            laboratory.connected()
            laboratory.start_run(RAMP % 310)
            process = laboratory.daemon.process.pid
            leaks = []
            names = sorted(pathlib.Path(f"/proc/{process}/fd").iterdir(), key=lambda path: int(path.name))
            for name in names:
                try:
                    target = os.readlink(name)
                    flags = pathlib.Path(f"/proc/{process}/fdinfo/{name.name}").read_text().split("flags:")[1].split()[0]
                except FileNotFoundError:
                    continue  # closed meanwhile
                if int(name.name) > 2 and not int(flags, 8) & os.O_CLOEXEC:
                    leaks.append(f"{name.name} {target}")
            self.assertEqual(leaks, [])
            self.assertGreater(len(names), 8)

    def test_another_serial_number_than_the_configured_one_is_not_connected(self):
        with Laboratory(seed=1) as laboratory:
            laboratory.connected()
            laboratory.daemon.end()
            for serial_number, link in (("SIM-2", "unreachable"), ("SIM-1", "connected")):
                laboratory.more = f'serial_number = "{serial_number}"\n'
                laboratory.start_daemon()
                wait_for(lambda: laboratory.get("/instruments")["instruments"][0]["link_state"] == link, link)
                if link == "unreachable":
                    status, body = laboratory.request("POST", "/api/v1/runs", {"instrument": "dma1", "method": RAMP % 310, "specimen": {}})
                    self.assertGreaterEqual(status, 400, body)
                    self.assertIn("serial number SIM-1, the configuration expects SIM-2", str(body))
                laboratory.daemon.end()
            laboratory.start_daemon()


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
