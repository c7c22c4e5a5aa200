# SPDX-License-Identifier: MIT
"""A laboratory of real processes for the system tests: relaxsim, relaxd, HTTP and a WebSocket of our own.

Everything waits for a condition, at most LIMIT_S; nothing waits for a time.
"""
import base64
import contextlib
import http.client
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import tempfile
import threading
import time

BIN = pathlib.Path(os.environ.get("RELAXD_BIN_DIR", "build/dev/bin")).resolve()
LIMIT_S = 60.0

RAMP = """mode = "multi-frequency-strain"
clamp = "single-cantilever"
amplitude = "15 um"
frequencies = ["1 Hz", "2 Hz", "4 Hz", "8 Hz", "16 Hz"]
segments = ["Equilibrate at 300 K", "Ramp 10 K/min to %d K"]
"""
SPECIMEN = {"name": "La60Ni15Al25 beam", "clamp": "single-cantilever", "length_m": 0.0175, "width_m": 0.003,
            "thickness_m": 0.001, "poisson_ratio": 0.35, "T_g_K": 453, "T_x_K": 505}


def wait_for(condition, what, limit_s=LIMIT_S):
    """The first true value of condition(); an error that names `what` after the limit."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited {limit_s} s for {what}")


class Program:
    """A child process with one line on stdout when it is ready."""

    def __init__(self, arguments, folder, name, ready="listening "):
        self.log = pathlib.Path(folder) / f"{name}.log"
        with open(self.log, "a") as log:
            self.process = subprocess.Popen([str(a) for a in arguments], stdout=subprocess.PIPE, stderr=log, text=True)
        readable, _, _ = select.select([self.process.stdout], [], [], LIMIT_S)
        self.line = self.process.stdout.readline().strip() if readable else ""
        if not self.line.startswith(ready):
            self.process.kill()
            self.close()
            raise AssertionError(f"{name} said {self.line!r} and not that it is ready; log:\n{self.log.read_text()[-3000:]}")
        self.address = self.line[len(ready):].strip()

    def close(self):
        self.process.wait()
        self.process.stdout.close()

    def end(self, how=signal.SIGTERM, limit_s=20.0):
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(limit_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"{self.line} did not end within {limit_s} s; log:\n{self.log.read_text()[-3000:]}")
        self.close()
        return self.process.returncode


class Stream:
    """A WebSocket client (RFC 6455), text frames only; `messages` grows as they arrive."""

    def __init__(self, port, subscribe):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.socket.recv(1)
        assert b" 101 " in head.split(b"\r\n")[0] + b" ", head
        self.messages = []
        self.closed = threading.Event()
        self.send({"subscribe": subscribe})
        threading.Thread(target=self._read, daemon=True).start()

    def send(self, value):
        data, mask = json.dumps(value).encode(), os.urandom(4)
        size = struct.pack("!B", 0x80 | len(data)) if len(data) < 126 else struct.pack("!BH", 0x80 | 126, len(data))
        self.socket.sendall(b"\x81" + size + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise ConnectionError
            data += part
        return data

    def _read(self):
        with contextlib.suppress(OSError, ConnectionError):
            self.socket.settimeout(None)
            while True:
                first, size = self._exactly(2)
                if size == 126:
                    size = struct.unpack("!H", self._exactly(2))[0]
                elif size == 127:
                    size = struct.unpack("!Q", self._exactly(8))[0]
                data = self._exactly(size)
                if first & 0x0F == 0x1:
                    self.messages.append(json.loads(data))
                elif first & 0x0F == 0x8:
                    break
                elif first & 0x0F == 0x9:
                    mask = os.urandom(4)
                    self.socket.sendall(bytes([0x8A, 0x80 | len(data)]) + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))
        self.closed.set()

    def rows(self, kind=None):
        return [m for m in list(self.messages) if "seq" in m and (kind is None or m["type"] == kind)]


class Laboratory:
    """One simulated instrument, one daemon, one campaign file; a context manager."""

    def __init__(self, pty=False, speed=2000, seed=1, heartbeat_s=30, uri=None, temperature_error_K=0.0, trace=False):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="relaxd-system-"))
        self.record = self.folder / "sent.jsonl"
        self.database = self.folder / "campaign.sqlite"
        self.where = ["--pty", self.folder / "dma"] if pty else ["--listen", "tcp://127.0.0.1:0"]
        self.options = ["--material", "la60ni15al25", "--seed", seed, "--speed", speed, "--record", self.record]
        self.heartbeat_s = heartbeat_s
        self.temperature_error_K = temperature_error_K
        self.trace = trace
        self.uri = uri
        self.more = ""  # further lines of the instrument's configuration
        self.daemon = None
        self.simulator = None
        self.port = 0

    def __enter__(self):
        if self.uri is None:
            self.simulator = Program([BIN / "relaxsim", "q800", *self.where, *self.options], self.folder, "relaxsim")
            address = self.simulator.address
            self.uri = f"serial://{address[4:]}?baudrate=115200" if address.startswith("pty ") else address
        self.start_daemon()
        return self

    def start_daemon(self):
        """On the port of the last start, if there was one."""
        (self.folder / "relaxd.toml").write_text(
            f'[daemon]\nlisten = "127.0.0.1:{self.port}"\ndatabase = "campaign.sqlite"\n\n[[instrument]]\nname = "dma1"\n'
            f'driver = "q800_class"\nuri = "{self.uri}"\nheartbeat_s = {self.heartbeat_s}\n'
            f'temperature_error_K = {self.temperature_error_K}\ntrace = {str(self.trace).lower()}\n{self.more}')
        self.daemon = Program([BIN / "relaxd", "--config", self.folder / "relaxd.toml"], self.folder, "relaxd")
        self.port = int(self.daemon.address.rsplit(":", 1)[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def __exit__(self, kind, value, trace):
        for program in (self.daemon, self.simulator):
            if program is not None and program.process.poll() is None:
                program.process.send_signal(signal.SIGKILL if kind else signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    program.process.wait(20)
                program.process.kill()
                program.close()
        if kind:
            for log in self.folder.glob("*.log"):
                print(f"--- {log.name}\n{log.read_text()[-4000:]}")
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- HTTP
    def request(self, verb, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_S)
        given = {"Content-Type": "application/json"} if verb == "POST" else {}
        given.update(headers or {})
        data = None if body is None else (body if isinstance(body, (bytes, str)) else json.dumps(body))
        connection.request(verb, path, body=data, headers=given)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        kind = answer.getheader("Content-Type", "")
        return answer.status, json.loads(text) if "json" in kind and text else text

    def get(self, path):
        status, body = self.request("GET", "/api/v1" + path)
        assert status == 200, (path, status, body)
        return body

    def connected(self):
        wait_for(lambda: any(i["link_state"] == "connected" for i in self.get("/instruments")["instruments"]), "the instrument")

    def start_run(self, method, specimen=None):
        self.connected()
        status, body = self.request("POST", "/api/v1/runs", {"instrument": "dma1", "method": method, "specimen": specimen or SPECIMEN})
        assert status == 201, (status, body)
        return body["run_id"]

    def run(self, run_id):
        return self.get(f"/runs/{run_id}")

    def wait_until_ended(self, run_id, limit_s=120.0):
        ends = ("completed", "stopped", "aborted", "interrupted", "rejected")
        return wait_for(lambda: (lambda run: run if run["state"] in ends else None)(self.run(run_id)), f"the end of run {run_id}", limit_s)

    # --- what was sent, what is stored
    def sent(self):
        return [json.loads(line) for line in self.record.read_text().splitlines()]

    def query(self, sql, *values):
        database = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        database.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in database.execute(sql, values)]
        finally:
            database.close()

    def assert_dense(self, run_id):
        """The union of the four views is 1 … last_seq without hole or duplicate."""
        seqs = [row["seq"] for row in self.query(
            "SELECT seq FROM v_point WHERE run_id = ?1 UNION ALL SELECT seq FROM v_gap WHERE run_id = ?1 "
            "UNION ALL SELECT seq FROM v_estimate WHERE run_id = ?1 UNION ALL SELECT seq FROM v_event WHERE run_id = ?1 ORDER BY seq", run_id)]
        last = self.query("SELECT last_seq FROM v_run WHERE run_id = ?", run_id)[0]["last_seq"]
        assert seqs == list(range(1, last + 1)), f"not dense: {len(seqs)} rows, last_seq {last}"

    def assert_every_reading(self, run_id, sent=None):
        """Every reading the simulator sent is stored, in order, with the same numbers; none was invented."""
        sent = self.sent() if sent is None else sent
        stored = self.query("SELECT * FROM v_point WHERE run_id = ? ORDER BY seq", run_id)
        assert [s["reading_number"] for s in sent] == [r["reading_number"] for r in stored], (len(sent), len(stored))
        compared = 0
        for s, r in zip(sent, stored):
            assert r["simulated"] == 1
            for column, value in s.items():
                if column in r and column not in ("flags", "seq", "run_id"):
                    assert r[column] == value, (column, value, r[column], s["reading_number"])
                    compared += 1
        assert compared >= 10 * len(sent), "the record and the view share too few columns to prove anything"
        assert len(sent) > 0


def control(*arguments, check=None):
    """relaxctl with arguments: (exit code, stdout, stderr)."""
    done = subprocess.run([str(BIN / "relaxctl"), *[str(a) for a in arguments]], capture_output=True, text=True, timeout=LIMIT_S)
    if check is not None:
        assert done.returncode == check, (arguments, done.returncode, done.stdout, done.stderr)
    return done.returncode, done.stdout, done.stderr
