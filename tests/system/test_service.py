# SPDX-License-Identifier: MIT
"""The daemon as a service: what it tells the service manager (sd_notify(3)), and the unit that is installed."""
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

from laboratory import LIMIT_S, Laboratory

SOURCE = pathlib.Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def service_manager(watchdog_s):
    """A notification socket as systemd gives one to a Type=notify service; yields a function that reads one message."""
    with tempfile.TemporaryDirectory(prefix="relaxd-notify-") as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ours:
        path = str(pathlib.Path(folder) / "notify")
        ours.bind(path)
        ours.settimeout(LIMIT_S)
        os.environ.update(NOTIFY_SOCKET=path, WATCHDOG_USEC=str(int(watchdog_s * 1e6)))
        try:
            yield lambda: ours.recv(4096).decode()
        finally:
            del os.environ["NOTIFY_SOCKET"], os.environ["WATCHDOG_USEC"]


class Service(unittest.TestCase):
    def test_ready_is_told_once_then_the_watchdog_is_fed_then_stopping(self):
        with service_manager(watchdog_s=1.0) as next_message, Laboratory() as laboratory:
            self.assertEqual(next_message(), "READY=1")
            self.assertEqual(laboratory.request("GET", "/readyz")[0], 200)
            self.assertEqual([next_message() for _ in range(3)], ["WATCHDOG=1"] * 3)
            laboratory.daemon.process.send_signal(signal.SIGTERM)
            message = next_message()
            while message == "WATCHDOG=1":
                message = next_message()
            self.assertEqual(message, "STOPPING=1")
            laboratory.daemon.process.wait(LIMIT_S)
            self.assertEqual(laboratory.daemon.end(), 0)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
    def test_the_unit_is_one_that_systemd_understands(self):
        text = (SOURCE / "cmake" / "relaxd.service.in").read_text()
        with tempfile.TemporaryDirectory() as folder:
            unit = pathlib.Path(folder) / "relaxd.service"
            for name, value in (("@CMAKE_INSTALL_FULL_BINDIR@/relaxd", shutil.which("true")), ("@CMAKE_INSTALL_FULL_DOCDIR@", "/usr/share/doc/relaxd")):
                self.assertIn(name, text)
                text = text.replace(name, value)
            self.assertNotIn("@CMAKE", text)
            unit.write_text(text)
            done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, timeout=LIMIT_S)
            complaints = [line for line in (done.stdout + done.stderr).splitlines() if "relaxd.service" in line]
            self.assertEqual(complaints, [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
