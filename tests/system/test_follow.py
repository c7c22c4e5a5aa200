#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A shared data folder is followed: a file that grows as an instrument would write it becomes a run with live fits, over a restart of
the daemon and a lost share, each row once and in order; nothing in the folder is changed and nothing is commanded."""
import cmath
import json
import math
import os
import pathlib
import signal
import struct
import subprocess
import tempfile
import unittest

from laboratory import Laboratory, Program, BIN, control, wait_for

SIGNALS = ["Time (min)", "Temperature (°C)", "Storage Modulus (MPa)", "Loss Modulus (MPa)", "Stress (MPa)", "Tan Delta",
           "Frequency (Hz)", "Drive Force (N)", "Amplitude (µm)", "Strain (%)", "Displacement (µm)", "Static Force (N)",
           "Position (mm)", "Length (mm)", "Force (N)", "Stiffness (N/m)", "GCA Pressure (kPa)"]
FREQUENCIES_HZ = (1.0, 2.0, 4.0, 8.0, 16.0)
START_S = 1_709_280_000  # 2024-03-01T08:00:00


def modulus_MPa(temperature_K, frequency_Hz):
    """A glass with a beta process around 410 K and an alpha process above: numbers of the right shape, no claim beyond."""
    def process(tau_s, width):
        return 1 / (1 + (2j * math.pi * frequency_Hz * tau_s) ** -width)
    beta = process(1e-14 * math.exp(80e3 / (8.314 * temperature_K)), 0.35)
    alpha = process(1e2 * math.exp(320e3 / 8.314 * (1 / temperature_K - 1 / 453)), 0.45)
    return 33_000 * (0.2 * beta + 0.8) * alpha


def row(number):
    """Record `number` (from 1) as the 17 float32 of a Q800; the twelfth is a marker row."""
    time_min = -2.0 if number == 12 else number * 0.25
    temperature_C = 60.0 + 0.25 * number * 2.0
    frequency_Hz = FREQUENCIES_HZ[(number - 1) % len(FREQUENCIES_HZ)]
    modulus = modulus_MPa(temperature_C + 273.15, frequency_Hz)
    values = [time_min, temperature_C, modulus.real, modulus.imag, 12.5, math.tan(cmath.phase(modulus)), frequency_Hz, 1.25, 15.0, 0.1,
              -3.0, 0.5, 2.0, 17.5, 1.5, 8.0e4, 101.0]
    return struct.pack("<17f", *values)


class Writer:
    """Writes a native Q-Series file as its layout was read from real ones."""

    def __init__(self, folder, name, begun="08:00:00"):
        self.path = folder / name
        self.begun = begun
        self.written = 0
        self.path.write_bytes(self.header("OPEN"))

    def header(self, word):
        lines = [word, "VERSION 2.0", "Instrument DMA Q800 V20.26 Build 45", "Operator Ada", "InstSerial 0800-1234",
                 f"Nsig {len(SIGNALS)}", *[f"Sig{i + 1} {s}" for i, s in enumerate(SIGNALS)], "Date 2024-03-01", f"Time {self.begun}",
                 "OrgMethod 1: Sampling interval 2.00 s/pt", "OrgMethod 2: Ramp 2.00 °C/min to 240.00 °C"]
        return b"\xff\xfe" + "".join(line + "\r\n" for line in lines).encode("utf-16-le") + b"\x0c\x00" + bytes([len(SIGNALS)])

    def grow(self, rows, torn=20):
        """So many rows more, and the beginning of the next."""
        body = b"".join(row(n) for n in range(1, self.written + rows + 1)) + row(self.written + rows + 1)[:torn]
        with open(self.path, "r+b") as file:  # in place, as a program that writes goes on
            head = len(self.header("OPEN"))
            file.seek(head + 68 * self.written)
            file.write(body[68 * self.written:])
        self.written += rows

    def close(self):
        log = b"".join(bytes([n, kind]) + struct.pack("<fff", p1, p2, 0.0) + b"\0\0" + struct.pack("<I", START_S + end)
                       for n, kind, p1, p2, end in ((1, 9, 2.0, 0.0, 0), (2, 4, 2.0, 240.0, 5400), (3, 13, 0.0, 0.0, 5400)))
        body = b"".join(row(n) for n in range(1, self.written + 1)) + struct.pack("<17f", -100.0, 20.0, *[0.0] * 15) + log
        self.path.write_bytes(self.header("CLOSED") + body)


class Followed(Laboratory):
    """A daemon whose one instrument is a folder."""

    def __init__(self, more=""):
        super().__init__(uri="of a folder")
        self.more = more
        self.data = self.folder / "TA data"
        self.data.mkdir()

    def start_daemon(self):
        (self.folder / "relaxd.toml").write_text(
            f'[daemon]\nlisten = "127.0.0.1:{self.port}"\ndatabase = "campaign.sqlite"\n\n[[instrument]]\nname = "q800"\n'
            f'driver = "ta_files"\nuri = "folder://{self.data}?period_s=0.1"\n{self.more}')
        self.daemon = Program([BIN / "relaxd", "--config", self.folder / "relaxd.toml"], self.folder, "relaxd")
        self.port = int(self.daemon.address.rsplit(":", 1)[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def points(self, run_id):
        return self.query("SELECT * FROM v_point WHERE run_id = ? ORDER BY seq", run_id)

    def wait_rows(self, run_id, count):
        wait_for(lambda: len(self.points(run_id)) >= count, f"{count} rows of run {run_id}")

    def events(self, run_id, code):
        return self.query("SELECT * FROM v_event WHERE run_id = ? AND code = ? ORDER BY seq", run_id, code)

    def follow(self, *more):
        return int(control("run", "follow", "q800", *more, "--url", self.url, check=0)[1])


class Follow(unittest.TestCase):
    def every_row_once(self, laboratory, run_id, count):
        points = laboratory.points(run_id)
        self.assertEqual([p["reading_number"] for p in points], list(range(1, count + 1)))
        for number, point in enumerate(points, 1):
            values = struct.unpack("<17f", row(number))
            self.assertAlmostEqual(point["time_s"], values[0] * 60.0, delta=1e-3)
            self.assertAlmostEqual(point["temperature_K"], values[1] + 273.15, delta=1e-3)
            self.assertAlmostEqual(point["storage_modulus_Pa"] / (values[2] * 1e6), 1.0, delta=1e-9)
            self.assertAlmostEqual(point["loss_modulus_Pa"] / (values[3] * 1e6), 1.0, delta=1e-9)
            self.assertEqual(point["frequency_Hz"], values[6])
            self.assertEqual(point["flags"], "marker" if values[0] < 0 else point["flags"])
            self.assertEqual(point["simulated"], 0)
        laboratory.assert_dense(run_id)

    def test_a_growing_file_is_a_run(self):
        with Followed() as laboratory:
            instrument = lambda: laboratory.get("/instruments")["instruments"][0]
            self.assertEqual(instrument()["read_only"], 1)
            refused = control("run", "follow", "q800", "--url", laboratory.url)
            self.assertNotEqual(refused[0], 0)
            self.assertIn("no file in the folder", refused[2])
            writer = Writer(laboratory.data, "Data.001")
            writer.grow(20)
            laboratory.connected()
            self.assertIn("DMA Q800", instrument()["identity"])
            self.assertEqual(instrument()["serial_number"], "0800-1234")
            self.commands_are_refused(laboratory)
            run_id = laboratory.follow()
            laboratory.wait_rows(run_id, 20)
            for _ in range(10):
                writer.grow(5)
            laboratory.wait_rows(run_id, 70)
            self.assertLess(instrument()["last_row_age_s"], 60.0)
            self.assertEqual(laboratory.run(run_id)["state"], "running")
            self.assertIn("Ramp 2.00", laboratory.run(run_id)["method"])
            wait_for(lambda: laboratory.query("SELECT * FROM v_estimate WHERE run_id = ? AND model = 'dynamic'", run_id), "a live fit")
            status, answer = laboratory.request("POST", f"/api/v1/runs/{run_id}/stop", {})
            self.assertEqual(status, 409)
            self.assertIn("stop at the instrument", json.dumps(answer))
            writer.grow(30)
            before = writer.path.stat().st_mtime_ns
            laboratory.wait_rows(run_id, 100)
            self.assertEqual(writer.path.stat().st_mtime_ns, before)
            self.assertEqual([p.name for p in laboratory.data.iterdir()], ["Data.001"])
            writer.close()
            ended = laboratory.wait_until_ended(run_id)
            self.assertEqual((ended["state"], ended["end_cause"]), ("completed", "completed"))
            self.every_row_once(laboratory, run_id, 100)
            log = laboratory.events(run_id, "EXECUTED_SEGMENTS")
            self.assertIn("2: Ramp 2.00 °C/min to 240.00 °C, ended 2024-03-01T09:30:00", log[0]["detail"])
            self.assertFalse(laboratory.query("SELECT * FROM v_gap WHERE run_id = ?", run_id))
            listed = control("instrument", "list", "--url", laboratory.url, check=0)[1]
            self.assertIn("read_only", listed)
            after = control("run", "follow", "q800", "--url", laboratory.url)
            self.assertNotEqual(after[0], 0)
            self.assertIn("has ended", after[2])

    def commands_are_refused(self, laboratory):
        started = laboratory.request("POST", "/api/v1/runs", {"instrument": "q800", "method": "mode = \"creep\"\n"})
        self.assertEqual(started[0], 409)
        self.assertIn("start at the instrument: this one is only read", json.dumps(started[1]))
        safe = laboratory.request("POST", "/api/v1/instruments/q800/safe", {})
        self.assertEqual(safe[0], 409)
        self.assertIn("stop at the instrument: this one is only read", json.dumps(safe[1]))

    def test_restart_and_lost_share_leave_no_hole_and_no_double(self):
        with Followed() as laboratory:
            writer = Writer(laboratory.data, "Data.001")
            writer.grow(10)
            laboratory.connected()
            run_id = laboratory.follow()
            laboratory.wait_rows(run_id, 10)
            away = laboratory.folder / "away"
            laboratory.data.rename(away)
            wait_for(lambda: laboratory.events(run_id, "LINK_LOST"), "the lost share")
            writer.path = away / "Data.001"
            writer.grow(10)
            away.rename(laboratory.data)
            writer.path = laboratory.data / "Data.001"
            laboratory.wait_rows(run_id, 20)
            for how in (signal.SIGTERM, signal.SIGKILL):
                laboratory.daemon.end(how)
                writer.grow(10)
                laboratory.start_daemon()
                laboratory.wait_rows(run_id, writer.written)
                self.assertEqual(laboratory.run(run_id)["state"], "running")
            laboratory.daemon.end(signal.SIGTERM)
            writer.grow(5)
            writer.close()
            Writer(laboratory.data, "Data.002", begun="10:00:00").grow(3)
            os.utime(laboratory.data / "Data.001", (1, 1))  # whatever the clock of the share says
            laboratory.start_daemon()
            self.assertEqual(laboratory.wait_until_ended(run_id)["state"], "completed")
            self.every_row_once(laboratory, run_id, 45)

    def test_a_replaced_file_ends_the_run_and_unfollow_ends_a_record(self):
        with Followed() as laboratory:
            Writer(laboratory.data, "Data.001").grow(10)
            laboratory.connected()
            run_id = laboratory.follow()
            laboratory.wait_rows(run_id, 10)
            other = Writer(laboratory.data, "Data.001", begun="10:00:00")
            other.grow(40)
            ended = laboratory.wait_until_ended(run_id)
            self.assertEqual(ended["state"], "interrupted")
            self.assertIn("Data.001 was replaced", ended["end_cause"])
            self.every_row_once(laboratory, run_id, 10)
            wait_for(lambda: control("run", "follow", "q800", "--url", laboratory.url)[0] == 0, "the other file")
            second = max(run["run_id"] for run in laboratory.get("/runs")["runs"])
            self.assertGreater(second, run_id)
            laboratory.wait_rows(second, 40)
            control("run", "unfollow", second, "--url", laboratory.url, check=0)
            self.assertEqual(laboratory.run(second)["state"], "stopped")
            self.every_row_once(laboratory, second, 40)

    def test_each_new_file_becomes_a_run_once_by_itself(self):
        with Followed('follow_new = true\nspecimen = "beam.json"\n') as laboratory:
            beam = laboratory.folder / "beam.json"
            beam.write_text('{"name": "ribbon 7", "clamp": "tension", "width_m": 0.001}')
            runs = lambda: sorted(laboratory.get("/runs")["runs"], key=lambda run: run["run_id"])
            writer = Writer(laboratory.data, "Data.001")
            writer.grow(11)
            laboratory.connected()
            self.assertEqual(runs(), [])  # too little to know its frequencies; one row more begins it
            writer.grow(9)
            wait_for(runs, "a run that begins by itself")
            laboratory.wait_rows(1, 20)
            self.assertEqual(runs()[0]["specimen"], "ribbon 7")
            # The operator wants no record of it: it is left alone, also by the next daemon.
            control("run", "unfollow", 1, "--url", laboratory.url, check=0)
            laboratory.daemon.end(signal.SIGTERM)
            laboratory.start_daemon()
            laboratory.connected()
            # The next one has a specimen that cannot be read: recorded all the same, and said.
            beam.write_text('{"name": ')
            second = Writer(laboratory.data, "Data.002", begun="10:00:00")
            second.grow(15)
            wait_for(lambda: len(runs()) == 2, "the second run")
            second.close()
            self.assertEqual(laboratory.wait_until_ended(2)["state"], "completed")
            self.every_row_once(laboratory, 1, 20)
            self.every_row_once(laboratory, 2, 15)
            self.assertIn("beam.json", laboratory.events(2, "SPECIMEN_NOT_READ")[0]["detail"])
            self.assertFalse(laboratory.events(1, "SPECIMEN_NOT_READ"))
            self.assertEqual(len(runs()), 2)

    def test_the_configuration_of_following_by_itself_is_checked(self):
        with tempfile.TemporaryDirectory() as folder:
            for lines, words in ((('driver = "q800_class"', 'uri = "tcp://127.0.0.1:9"', "follow_new = true"), "ta_files"),
                                 (('driver = "ta_files"', 'uri = "folder:///tmp"', 'specimen = "a.json"'), "needs follow_new = true"),
                                 (('driver = "ta_files"', 'uri = "folder:///tmp"', 'follow_new = "yes"'), "true or false")):
                path = pathlib.Path(folder) / "wrong.toml"
                path.write_text('[daemon]\nlisten = "127.0.0.1:0"\ndatabase = "x.sqlite"\n[[instrument]]\nname = "q"\n' + "\n".join(lines) + "\n")
                found = subprocess.run([BIN / "relaxd", "check", "--config", path], capture_output=True, text=True)
                self.assertEqual(found.returncode, 2)
                self.assertIn(words, found.stdout + found.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
