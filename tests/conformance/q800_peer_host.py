# SPDX-License-Identifier: MIT
"""A host that drives an instrument through short methods and checks every rule of docs/protocols/q800_class.md it can."""

import os
import select
import socket
import time
import tty

from q800_peer_geometry import UNKNOWN_GEOMETRY, check_in_force, check_own_geometry
from q800_peer_modes import check_modes
from q800_peer_line import (
    ERROR_CODES, READING_FIELDS, STATES, LineReader, crc, frame, is_number, measuring_time_s, pairs, sweep_Hz)

GEOMETRY = "geometry length_m=0.0175 width_m=0.003 thickness_m=0.001 poisson_ratio=0.35"
OSCILLATION = ["mode multi-frequency-strain", "clamp single-cantilever", GEOMETRY,
               "amplitude displacement_m=1.5e-05", "frequencies 1 2 4"]
FOREVER = "segment isothermal_until duration_s=1000000"


PROBLEMS_MAX = 30


class TooManyProblems(Exception):
    pass


class Peer:
    """The instrument at the other end: bytes, requests, and what was heard."""

    def __init__(self, uri, patience_s):
        self.uri, self.patience_s = uri, patience_s
        self.next_id, self.problems, self.checked = 1, [], 0
        self.readings, self.raw, self.states, self.truths = {}, {}, [], []
        self.replies, self.stray, self.resent, self.expect_run = {}, [], [], False
        self.offered, self.columns = [], []
        self.connect()

    def connect(self):
        self.lines = LineReader()
        if self.uri.startswith("tcp://"):
            host, port = self.uri[6:].rsplit(":", 1)
            self.socket = socket.create_connection((host, int(port)), timeout=5)
            self.fd = self.socket.fileno()
        else:
            self.socket = None
            self.fd = os.open(self.uri.removeprefix("serial://").split("?")[0], os.O_RDWR | os.O_NOCTTY)
            tty.setraw(self.fd)

    def close(self):
        self.socket.close() if self.socket else os.close(self.fd)

    def check(self, condition, rule, text):
        self.checked += 1
        if not condition:
            self.problems.append(f"{rule}: {text}")
            if len(self.problems) >= PROBLEMS_MAX:
                raise TooManyProblems
        return condition

    def write(self, data):
        while data:
            data = data[os.write(self.fd, data) :]

    def pump(self, seconds):
        """Hears for at most `seconds`; returns once something came."""
        ready, _, _ = select.select([self.fd], [], [], max(0.0, seconds))
        if not ready:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        if not data:
            raise EOFError("the instrument closed the connection")
        for payload, raw in self.lines.feed(data):
            if self.check(payload is not None, "1.2", f"corrupt line {raw[:80]!r}"):
                self.hear(payload, raw)
        return True

    def hear(self, payload, raw):
        words = payload.split(" ")
        self.check("" not in words, "1.4", f"two blanks in {payload!r}")
        if words[0] in "=!" and len(words) >= 3 and words[1].isdigit():
            if words[0] == "!":
                self.check(words[2] in ERROR_CODES, "2", f"unknown error code in {payload!r}")
                self.check(len(words) > 3, "2", f"an error says no sentence: {payload!r}")
            (self.stray if words[1] == "0" else self.replies.setdefault(int(words[1]), [])).append(payload)
        elif words[0] == "R":
            self.hear_reading(words, payload, raw)
        elif words[0] == "S":
            self.hear_state(words, payload)
        elif words[0] == "T":
            self.check(len(words) == 4 and words[1].isdigit() and is_number(words[3]), "2 truth", f"bad line {payload!r}")
            self.truths.append(words)
        else:
            self.check(False, "2, 4", f"a line of unknown kind {payload!r}")

    def hear_state(self, words, payload):
        if not self.check(len(words) == 6 and words[1] in STATES and words[2].isdigit() and words[4].isdigit(),
                          "4.2", f"bad state line {payload!r}"):
            return
        newest = max(self.readings, default=0)
        self.states.append((words[1], int(words[2]), words[3], int(words[4]), words[5]))
        if self.expect_run:
            self.check(int(words[4]) == newest, "4.2", f"READING is not the newest before the change ({newest}): {payload!r}")

    def hear_reading(self, words, payload, raw):
        asked = [word.split("=")[0] for word in words[17:]]
        if not self.check(len(words) >= 17 and words[1].isdigit(), "4.1", f"not 17 words: {payload!r}"):
            return
        if not self.check(asked == self.columns, "4.4", f"columns {asked} after the flags, asked for were {self.columns}"):
            return
        number = int(words[1])
        if number in self.raw:
            self.check(self.raw[number] == raw, "2 resend", f"reading {number} is not sent again byte for byte")
            self.resent.append(number)
            return
        newest = max(self.readings, default=0)
        self.check(number == newest + 1, "4.1", f"reading {number} follows {newest}")
        fields = dict(zip(READING_FIELDS, words[2:]))
        for name, text in fields.items():
            if name != "flags":
                self.check(text == "-" or is_number(text), "1.4", f"{name}={text} is no number in {payload!r}")
        row = {k: None if v == "-" else (v if k == "flags" else float(v)) for k, v in fields.items()}
        for name, text in (word.split("=", 1) for word in words[17:]):
            if self.check(text == "-" or is_number(text), "4.4", f"{name}={text} is no number in {payload!r}"):
                row[name] = None if text == "-" else float(text)
        for name in ("time_s", "segment", "temperature_K"):
            self.check(row[name] is not None, "4.1", f"{name} is absent in {payload!r}")
        for name, unit in (("temperature_K", 0.01), ("static_force_N", 1e-5), ("dynamic_force_N", 1e-5),
                           ("displacement_m", 1e-9), ("tan_delta", 1e-5)):
            if row[name] is not None:
                steps = row[name] / unit
                self.check(abs(steps - round(steps)) < 1e-3, "4.1", f"{name} is finer than its resolution in {payload!r}")
        if newest in self.readings:
            before = self.readings[newest]
            self.check(row["time_s"] > before["time_s"], "4.1", f"time does not rise at reading {number}")
            self.check(row["segment"] >= before["segment"], "4.1", f"segment goes back at reading {number}")
        self.readings[number], self.raw[number] = row, raw

    def wait(self, condition, rule, text, seconds=None):
        end = time.monotonic() + (seconds or self.patience_s)
        while not condition():
            if time.monotonic() > end:
                return self.check(False, rule, f"{text} did not come")
            self.pump(end - time.monotonic())
        return self.check(True, rule, text)

    def request(self, text, deadline_s=1.0, ident=None):
        """The answer's payload; the deadline of section 2 is checked."""
        if ident is None:
            ident, self.next_id = self.next_id, self.next_id + 1
        self.replies.pop(ident, None)
        started = time.monotonic()
        self.write(frame(f"{ident} {text}"))
        while not self.replies.get(ident):
            if time.monotonic() - started > deadline_s + 4.0:
                self.check(False, "2", f"no answer to {text!r}")
                return f"! {ident} timeout none"
            self.pump(0.2)
        self.check(time.monotonic() - started <= deadline_s, "2", f"the answer to {text!r} came after {deadline_s} s")
        reply = self.replies[ident][0]
        verb = text.split(" ")[0]
        if reply.startswith("="):
            self.check(reply.split(" ")[2] == verb, "2", f"the answer to {text!r} names another verb: {reply!r}")
        return reply

    def expect(self, text, deadline_s=1.0, ident=None):
        reply = self.request(text, deadline_s, ident)
        self.check(reply.startswith("= "), "2", f"{text!r} was refused: {reply!r}")
        return pairs(reply.split(" ")[3:])

    def refuse(self, text, codes, rule):
        reply = self.request(text, 2.0)
        code = reply.split(" ")[2]
        self.check(reply.startswith("! ") and code in codes, rule, f"{text!r} must be refused with {'/'.join(codes)}: {reply!r}")

    def download(self, token, lines):
        self.expect(f"method begin {token} {len(lines)}")
        for number, line in enumerate(lines, 1):
            self.expect(f"method line {number} {line}")
        done = self.expect("method commit", 2.0)
        segments = sum(line.startswith("segment ") for line in lines)
        self.columns = next((line.split(" ")[1:] for line in lines if line.startswith("columns ")), [])
        self.check(done.get("token") == token and done.get("segments") == str(segments), "2 commit", f"answered {done}")
        check_in_force(self, lines[2], done)
        self.check(self.status()["state"] == "armed", "2 commit", "the instrument is not armed")
        return done

    def status(self):
        values = self.expect("status")
        for name in "state token segment reading kept time_s temperature_K set_temperature_K cause".split():
            if not self.check(name in values, "2 status", f"{name} is missing"):
                values[name] = "-"
        self.check(values["state"] in STATES, "2 status", f"unknown state {values['state']}")
        return values

    def start(self, token):
        self.readings, self.raw, self.states, self.resent = {}, {}, [], []
        self.expect_run = True
        self.check(self.expect(f"start {token}").get("token") == token, "2 start", "answers another token")

    def ended(self, cause):
        self.wait(lambda: any(s[0] == "idle" for s in self.states), "4.2", f"state idle after {cause}")
        self.expect_run = False
        self.check(self.states[-1][4] == cause, "4.2", f"the last state line says {self.states[-1]}, not {cause}")
        status = self.status()
        self.check(status["state"] == "idle" and status["cause"] == cause, "2 status", f"after {cause}: {status}")


def check_lines(peer):
    """Section 1: checksums, repairs, and the syntax of requests."""
    good = frame("999999999 identify")
    for name, line in (
        ("a wrong digit", good.replace(crc(b"999999999 identify").encode(), b"00000000")),
        ("a lower-case checksum", frame("999999998 status")[:-9] + crc(b"999999998 status").lower().encode() + b"\n"),
        ("a control byte", b"\x07" + good),
        ("no checksum", b"999999999 identify\n"),
    ):
        if line == good or (name.startswith("a lower") and line == frame("999999998 status")):
            continue
        before = len(peer.stray)
        peer.write(line)
        peer.wait(lambda: len(peer.stray) > before, "1.3", f"'! 0 bad_crc' after {name}", 2)
        if len(peer.stray) > before:
            peer.check(peer.stray[-1].startswith("! 0 bad_crc "), "1.3", f"after {name}: {peer.stray[-1]!r}")
    peer.write(b"x" * 700 + b"\n")
    peer.status()
    peer.pump(0.3)
    peer.check(999999999 not in peer.replies, "1.3", "a corrupt line was executed")
    for byte in frame(f"{peer.next_id} identify"):
        peer.write(bytes([byte]))
    ident, peer.next_id = peer.next_id, peer.next_id + 1
    peer.wait(lambda: ident in peer.replies, "1.2", "an answer to a line sent byte by byte", 2)
    ident, peer.next_id = peer.next_id, peer.next_id + 1
    peer.write(frame(f"{ident} identify")[:-1] + b"\r\n")
    peer.wait(lambda: ident in peer.replies, "1.2", "an answer to a line that ends with CR LF", 2)
    peer.refuse("fly", ("unknown_verb",), "2")
    before = len(peer.stray)
    peer.write(frame("0 status"))
    peer.write(frame("x status"))
    peer.wait(lambda: len(peer.stray) >= before + 2, "2", "an error for an ID that is none", 2)


def check_identity(peer):
    values = peer.expect("identify")
    for name in "protocol vendor model serial firmware simulated keeps".split():
        peer.check(name in values, "2 identify", f"{name} is missing")
    peer.check(values.get("protocol") == "1", "2 identify", f"protocol {values.get('protocol')}")
    peer.check(values.get("simulated") in ("0", "1"), "2 identify", f"simulated {values.get('simulated')}")
    peer.check(values.get("keeps", "").isdigit() and int(values["keeps"]) >= 4096, "2 identify", f"keeps {values.get('keeps')}")
    peer.offered = [name for name in values.get("columns", "-").split(",") if name != "-"]
    return values.get("simulated") == "1"


def check_busy(peer):
    if peer.socket is None:
        return
    peer.status()  # The first host is alive.
    host, port = peer.uri[6:].rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=3) as second:
        lines, data = LineReader(), b""
        try:
            while chunk := second.recv(4096):
                data += chunk
            got = [payload for payload, _ in lines.feed(data)]
            peer.check(got == ["! 0 busy another host is connected"], "1.1", f"a second host hears {got}")
        except TimeoutError:
            peer.check(False, "1.1", "a second host's connection is not closed")
    peer.status()


def check_method_errors(peer):
    peer.refuse("start nothing", ("state",), "2 start")
    peer.refuse("hold", ("state",), "2 hold")
    peer.refuse("resume", ("state",), "2 resume")
    peer.refuse("method begin bad/token 3", ("bad_argument", "syntax"), "2 method begin")
    peer.refuse("method begin t 0", ("bad_argument", "syntax"), "2 method begin")
    for line, codes in (
        ("mode dancing", ("method", "unsupported")), ("mode torsion-forced", ("unsupported",)),
        ("clamp single-cantilever", ("method", "syntax"))):
        peer.expect("method begin t 9")
        peer.refuse(f"method line 1 {line}", codes, "3")
    for line, codes in (
        ("segment isothermal duration_s=-1", ("method", "limit", "bad_argument")),
        ("segment isothermal duration_s=warm", ("method", "bad_argument")),
        ("segment equilibrate temperature_K=1000", ("limit",)), ("segment equilibrate temperature_K=100", ("limit",)),
        ("segment ramp rate_K_per_s=0.5 temperature_K=400", ("limit",)), ("segment fly height_m=3", ("method",)),
        ("segment sweep first_Hz=0.001 last_Hz=1 points_per_decade=5", ("limit",))):
        peer.expect("method begin t 9")
        for number, good in enumerate(OSCILLATION, 1):
            peer.expect(f"method line {number} {good}")
        peer.refuse(f"method line 6 {line}", codes, "3")
    for number, (line, codes) in enumerate((("amplitude displacement_m=1", ("limit",)), ("frequencies 1 500", ("limit",)))):
        peer.expect("method begin t 9")
        for k, good in enumerate(OSCILLATION[: 3 + number], 1):
            peer.expect(f"method line {k} {good}")
        peer.refuse(f"method line {4 + number} {line}", codes, "3")
    peer.expect("method begin t 9")
    peer.refuse("method line 2 clamp tension", ("bad_argument", "method"), "2 method line")
    peer.refuse("method commit", ("method", "state"), "2 method commit")


def check_repeated_request(peer):
    """A request with the same ID is answered again and not executed again."""
    ident, peer.next_id = peer.next_id, peer.next_id + 1
    first = peer.request(f"method begin again {len(OSCILLATION) + 1}", ident=ident)
    peer.expect(f"method line 1 {OSCILLATION[0]}")
    second = peer.request(f"method begin again {len(OSCILLATION) + 1}", ident=ident)
    peer.check(first == second, "2", f"the repeated request is answered {second!r}, first {first!r}")
    peer.expect(f"method line 2 {OSCILLATION[1]}")


def check_timing(peer, segment, frequencies):
    """Order of frequencies and distance in time within one segment that was not held."""
    rows = [row for row in peer.readings.values() if row["segment"] == segment]
    for k, row in enumerate(rows):
        wanted = frequencies[k % len(frequencies)]
        peer.check(abs(row["frequency_Hz"] / wanted - 1) < 1e-6, "3", f"segment {segment}, reading {k + 1} at {row['frequency_Hz']} Hz, not {wanted}")
    for a, b in zip(rows, rows[1:]):
        wanted = (measuring_time_s(a["frequency_Hz"]) + measuring_time_s(b["frequency_Hz"])) / 2
        got = b["time_s"] - a["time_s"]
        peer.check(abs(got - wanted) < 0.02 * wanted + 0.02, "3", f"segment {segment}: {got} s between readings, not {wanted}")


def run_oscillation(peer, simulated):
    segments = ["segment equilibrate temperature_K=300", "segment isothermal duration_s=60",
                "segment ramp rate_K_per_s=0.1 temperature_K=303", "segment sweep first_Hz=1 last_Hz=10 points_per_decade=3", FOREVER]
    peer.expect("heartbeat 30")
    peer.download("osc-1", OSCILLATION + segments)
    peer.refuse("start other", ("bad_argument", "state"), "2 start")
    if simulated:
        peer.expect("allow 5")
    else:
        peer.refuse("allow 5", ("unsupported",), "2 allow")
    peer.start("osc-1")
    peer.refuse("heartbeat 0", ("state", "bad_argument"), "2 heartbeat")
    peer.refuse("method begin t 3", ("state",), "2 method begin")
    peer.wait(lambda: len(peer.readings) >= (5 if simulated else 1), "4.1", "readings", 600)
    if simulated:
        end = time.monotonic() + 0.7
        while time.monotonic() < end:
            peer.pump(end - time.monotonic())
        peer.check(len(peer.readings) == 5, "2 allow", f"{len(peer.readings)} readings came, 5 were allowed")
        peer.expect("allow 0")
    peer.wait(lambda: any(s[1] == 5 for s in peer.states), "4.2", "segment 5", 600)
    check_timing(peer, 2, [1.0, 2.0, 4.0])
    check_timing(peer, 3, [1.0, 2.0, 4.0])
    check_timing(peer, 4, sweep_Hz(1, 10, 3))
    sweep = [row for row in peer.readings.values() if row["segment"] == 4]
    peer.check(len(sweep) == 4, "3", f"the sweep gave {len(sweep)} readings, not 4")
    temperatures = [row["temperature_K"] for row in peer.readings.values() if row["segment"] == 2]
    peer.check(all(abs(t - 300) < 1.0 for t in temperatures), "3", f"the isothermal at 300 K measured {temperatures}")
    check_resend(peer)
    check_hold(peer)
    check_truth(peer, simulated)
    peer.expect(f"ack {max(peer.readings)}")
    peer.refuse("end_segment 2", ("late",), "2 end_segment")
    number = int(peer.status()["reading"]) + (200 if simulated else 3)
    reply = peer.request(f"end_segment {number}")
    if peer.check(reply.startswith("= "), "2 end_segment", f"answered {reply!r}"):
        peer.ended("completed")
        peer.check(max(peer.readings) == number, "2 end_segment", f"the run ended after {max(peer.readings)}, not {number}")
    order = [(s[0], s[1]) for s in peer.states if s[0] in ("running", "cooling", "idle")]
    wanted = [("running", k) for k in (1, 2, 3, 4, 5)] + [("cooling", 0), ("idle", 0)]
    order = [s for k, s in enumerate(order) if s not in order[:k]]
    peer.check(order == wanted, "4.2", f"the states were {order}")


def check_resend(peer):
    for text, low, high in (("resend 1 3", 1, 3), ("resend 2", 2, None)):
        peer.resent = []
        newest = max(peer.readings)
        answer = peer.expect(text)
        last = high or int(answer.get("last", 0))
        peer.check(answer.get("first") == str(low) and answer.get("count") == str(last - low + 1) and last >= (high or newest),
                   "2 resend", f"{text} is answered {answer}")
        peer.check(peer.resent == list(range(low, last + 1)), "2 resend", f"{text} sends {peer.resent[:9]} …")
    answer = peer.expect("resend 99999999")
    peer.check(answer == {"first": "0", "last": "0", "count": "0"}, "2 resend", f"of nothing is answered {answer}")


def check_hold(peer):
    peer.expect("hold")
    peer.expect("hold")
    status = peer.status()
    peer.check(status["state"] == "holding", "2 hold", f"the state is {status['state']}")
    before = len(peer.readings)
    peer.wait(lambda: len(peer.readings) > before, "2 hold", "a reading while holding", 60)
    peer.expect("resume")
    peer.expect("resume")
    peer.check(peer.status()["state"] == "running", "2 resume", "not running")


def check_truth(peer, simulated):
    if not simulated:
        peer.refuse("truth run", ("unsupported",), "2 truth")
        return
    for text, low, high in (("truth run", 0, 0), ("truth 1 3", 1, 3)):
        peer.truths = []
        count = peer.expect(text).get("count")
        peer.check(count == str(len(peer.truths)) or high > 0, "2 truth", f"{text}: count={count}, {len(peer.truths)} lines")
        peer.check(peer.truths and all(low <= int(t[1]) <= high for t in peer.truths), "2 truth", f"{text}: {peer.truths[:3]}")


def run_creep(peer):
    peer.expect("allow 0") if peer.simulated else None
    peer.download("creep-1", ["mode creep", "clamp single-cantilever", UNKNOWN_GEOMETRY, "segment sampling interval_s=1",
                              "segment displace stress_Pa=1000000 duration_s=10", "segment recover duration_s=5"])
    peer.start("creep-1")
    peer.wait(lambda: any(s[0] == "idle" for s in peer.states), "4.2", "the end of the creep run", 120)
    peer.ended("completed")
    rows = list(peer.readings.values())
    peer.check([row["segment"] for row in rows] == [2] * 10 + [3] * 5, "3", f"creep gave segments {[int(r['segment']) for r in rows]}")
    for row in rows:
        for name in ("frequency_Hz", "dynamic_force_N", "phase_rad", "storage_modulus_Pa", "loss_modulus_Pa", "tan_delta"):
            peer.check(row[name] is None, "4.1", f"{name} is given in creep")
        for name in ("displacement_m", "strain", "stress_Pa"):
            peer.check(row[name] is not None, "4.1", f"{name} is absent in creep")
    for a, b in zip(rows, rows[1:]):
        peer.check(abs(b["time_s"] - a["time_s"] - 1.0) < 0.01, "3", f"creep readings {a['time_s']} s and {b['time_s']} s")


def run_stop_and_reconnect(peer):
    peer.download("stop-1", OSCILLATION + [FOREVER])
    peer.start("stop-1")
    peer.wait(lambda: len(peer.readings) >= 4, "4.1", "readings", 120)
    peer.close()
    time.sleep(0.3)
    peer.connect()
    peer.expect_run = False
    peer.replies.clear()
    known, fresh, hear_later = dict(peer.raw), {}, peer.hear_reading

    def collect(words, payload, raw):  # Holes are allowed now, changes are not.
        number = int(words[1])
        peer.check(fresh.setdefault(number, raw) == raw and known.get(number, raw) == raw, "2 resend", f"reading {number} has changed")

    peer.hear_reading = collect
    status = peer.status()
    peer.check(status["state"] == "running" and status["token"] == "stop-1", "1.1", f"after a reconnect: {status}")
    answer = peer.expect("resend 1")
    last = int(answer.get("last", 0))
    peer.check(set(range(1, last + 1)) <= set(fresh), "2 resend", f"holes remain after resend 1: {answer}, {len(fresh)} readings")
    peer.states = []
    peer.expect("stop")
    peer.wait(lambda: any(s[0] == "idle" for s in peer.states), "4.2", "idle after stop", 600)
    peer.check([s[0] for s in peer.states] == ["cooling", "idle"], "2 stop", f"states {peer.states}")
    status = peer.status()
    peer.check(status["cause"] == "stopped" and status["state"] == "idle", "2 stop", f"{status}")
    peer.check(int(peer.expect("resend 1 2").get("count", 0)) == 2, "5", "readings are gone after the run")
    peer.expect("stop")
    peer.hear_reading = hear_later


def run_safe(peer):
    for token, act, cause in (("safe-1", lambda: peer.expect("safe"), "safe"), ("beat-1", lambda: None, "heartbeat")):
        peer.expect("heartbeat 1" if cause == "heartbeat" else "heartbeat 30")
        peer.download(token, OSCILLATION + [FOREVER])
        peer.start(token)
        peer.wait(lambda: len(peer.readings) >= 1, "4.1", "a reading", 120)
        act()
        peer.wait(lambda: any(s[0] == "idle" for s in peer.states), "5", f"idle after {cause}", 4)
        peer.ended(cause)
    peer.expect("heartbeat 0")


def drive(uri, patience_s):
    peer = Peer(uri, patience_s)
    steps = (
        ("identity", lambda: setattr(peer, "simulated", check_identity(peer))),
        ("safe start", lambda: (peer.expect("safe"), peer.check(peer.status()["state"] == "idle", "2 safe", "not idle"))),
        ("lines", lambda: check_lines(peer)), ("one host", lambda: check_busy(peer)),
        ("method errors", lambda: check_method_errors(peer)), ("repeated request", lambda: check_repeated_request(peer)),
        ("geometry", lambda: check_own_geometry(peer, OSCILLATION)),
        ("oscillation", lambda: run_oscillation(peer, peer.simulated)), ("creep", lambda: run_creep(peer)),
        ("modes", lambda: check_modes(peer, OSCILLATION)),
        ("stop, reconnect", lambda: run_stop_and_reconnect(peer)), ("safe, heartbeat", lambda: run_safe(peer)))
    for name, step in steps:
        try:
            step()
        except (EOFError, OSError) as error:
            peer.problems.append(f"{name}: {error}")
            break
        except TooManyProblems:
            print(f"given up during: {name}")
            break
    for problem in peer.problems:
        print("violated", problem)
    print(f"{peer.checked} checks, {len(peer.problems)} violated")
    return 1 if peer.problems else 0
