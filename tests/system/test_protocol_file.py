# SPDX-License-Identifier: MIT
"""An instrument described in a file: relaxsim plays it, relaxd speaks to it, a run of it is stored."""
import pathlib
import subprocess
import unittest

from laboratory import BIN, Laboratory, Program, control, wait_for

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "docs/examples/pendulum_electronics.toml"
METHOD = """mode = "torsion-forced"
clamp = "torsion"
frequencies = ["0.5 Hz"]
segments = ["Jump to 310 K", "Sampling interval 0.2 s/pt", "Isothermal for 4 s"]
"""


class Pendulum(Laboratory):
    """The example's electronics in the place of the analyser."""

    def __init__(self, pty=False, edit=None):
        super().__init__(pty=pty)
        text = EXAMPLE.read_text()
        (self.folder / "pendulum.toml").write_text(edit(text) if edit else text)

    def __enter__(self):
        where = ["--pty", self.folder / "pendulum"] if self.where[0] == "--pty" else self.where
        self.simulator = Program([BIN / "relaxsim", "protocol", EXAMPLE, *where], self.folder, "relaxsim")
        address = self.simulator.address
        self.uri = f"serial://{address[4:]}?baudrate=115200" if address.startswith("pty ") else address
        self.start_daemon()
        return self

    def start_daemon(self):
        self.write_configuration()
        self.daemon = Program([BIN / "relaxd", "--config", self.folder / "relaxd.toml"], self.folder, "relaxd")
        self.port = int(self.daemon.address.rsplit(":", 1)[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def write_configuration(self):
        (self.folder / "relaxd.toml").write_text(
            f'[daemon]\nlisten = "127.0.0.1:{self.port}"\ndatabase = "campaign.sqlite"\n\n[[instrument]]\nname = "dma1"\n'
            f'driver = "protocol_file"\nprotocol = "pendulum.toml"\nuri = "{self.uri or "tcp://127.0.0.1:4001"}"\n')


def check(laboratory):
    laboratory.write_configuration()
    done = subprocess.run([str(BIN / "relaxd"), "check", "--config", str(laboratory.folder / "relaxd.toml")],
                          capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


class ProtocolFile(unittest.TestCase):
    def run_is_stored(self, pty):
        with Pendulum(pty=pty) as laboratory:
            run_id = laboratory.start_run(METHOD, {"name": "bar", "clamp": "torsion"})
            run = laboratory.wait_until_ended(run_id)
            self.assertEqual((run["state"], run["end_cause"]), ("completed", "completed"))
            laboratory.assert_dense(run_id)
            rows = laboratory.query("SELECT * FROM v_point WHERE run_id = ? ORDER BY seq", run_id)
            self.assertGreater(len(rows), 10)
            self.assertEqual([row["reading_number"] for row in rows], list(range(1, len(rows) + 1)))
            for row in rows:
                self.assertEqual(row["simulated"], 1)
                self.assertAlmostEqual(row["angle_rad"], 1.5e-3, delta=1e-4)
                self.assertAlmostEqual(row["set_temperature_K"], 310.0, delta=0.01)
            self.assertTrue(all(293 < row["temperature_K"] < 311 for row in rows))
            self.assertEqual(rows[0]["frequency_Hz"], 0.5)
            self.assertIsNone(rows[1]["frequency_Hz"])  # asked every 5 s
            listed = control("instrument", "list", "--url", laboratory.url, check=0)[1]
            self.assertIn("protocol_file", listed)
            self.assertIn("Workshop pendulum electronics", listed)
            self.assertEqual(laboratory.daemon.end(), 0)

    def test_a_run_over_tcp_is_stored(self):
        self.run_is_stored(pty=False)

    def test_a_run_over_a_pseudo_terminal_is_stored(self):
        self.run_is_stored(pty=True)

    def test_check_says_what_it_understood(self):
        code, out, err = check(Pendulum())
        self.assertEqual((code, err), (0, ""))
        for word in ("ok", "dma1, pendulum.toml", "crc16_ccitt", "angle_mrad", "angle_rad", "DA {value:3}", "P NEW"):
            self.assertIn(word, out)

    def test_check_names_file_line_key_and_the_nearest_known_one(self):
        code, out, err = check(Pendulum(edit=lambda text: text.replace("gap_ms = 10", "gap_sm = 10")))
        self.assertEqual((code, out), (2, ""))
        line = 1 + EXAMPLE.read_text().split("gap_ms = 10")[0].count("\n")
        for word in (f"pendulum.toml:{line}", "gap_sm", "gap_ms", "relaxd.toml:8"):
            self.assertIn(word, err)

    def test_what_the_device_cannot_do_is_refused(self):
        with Pendulum() as laboratory:
            laboratory.connected()
            hot = METHOD.replace("Jump to 310 K", "Jump to 900 K")
            status, body = laboratory.request("POST", "/api/v1/runs",
                                              {"instrument": "dma1", "method": hot, "specimen": {"name": "bar", "clamp": "torsion"}})
            self.assertGreaterEqual(status, 400)
            self.assertIn("723.15", str(body))
            self.assertEqual(laboratory.daemon.end(), 0)

    def test_a_changed_description_is_taken_up_and_a_wrong_one_is_told(self):
        with Pendulum() as laboratory:
            laboratory.connected()
            file = laboratory.folder / "pendulum.toml"
            file.write_text(EXAMPLE.read_text().replace("gap_ms = 10", "gap_sm = 10"))

            def listed():
                return laboratory.get("/instruments")["instruments"][0]

            note = wait_for(lambda: listed().get("note"), "the note of a wrong description")
            self.assertIn("gap_sm", note)
            self.assertIn("gap_sm", control("instrument", "list", "--url", laboratory.url, check=0)[1])
            self.assertEqual(listed()["link_state"], "connected")
            file.write_text(EXAMPLE.read_text().replace('model = "pendulum electronics"', 'model = "pendulum, rebuilt"'))
            wait_for(lambda: "rebuilt" in (listed()["identity"] or "") and not listed().get("note"), "the new description")
            self.assertEqual(listed()["link_state"], "connected")
            self.assertIn("has changed", laboratory.daemon.log.read_text())
            self.assertEqual(laboratory.daemon.end(), 0)


if __name__ == "__main__":
    unittest.main()
