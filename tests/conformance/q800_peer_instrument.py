# SPDX-License-Identifier: MIT
"""A small fake instrument after docs/protocols/q800_class.md. Its readings are made up, the same each time."""

import asyncio
import collections
import math
import re
import time

from q800_peer_line import LineReader, frame, is_number, measuring_time_s, pairs, show, sweep_Hz

KEEPS = 4096
MODES = ("multi-frequency-strain", "frequency-sweep", "aging", "creep")
OTHER_MODES = (
    "multi-strain stress-relaxation controlled-force strain-rate isostrain torsion-forced torsion-free-decay torsion-creep"
).split()
CLAMPS = ("single-cantilever", "dual-cantilever", "3-point-bending", "tension", "compression", "shear-sandwich")
SEGMENTS = {
    "equilibrate": ("temperature_K",),
    "isothermal": ("duration_s",),
    "ramp": ("rate_K_per_s", "temperature_K"),
    "jump": ("temperature_K",),
    "sweep": ("first_Hz", "last_Hz", "points_per_decade"),
    "displace": ("stress_Pa", "duration_s"),
    "recover": ("duration_s",),
    "sampling": ("interval_s",),
    "sampling_log": ("points_per_decade", "start_s"),
    "storage": ("on",),
    "isothermal_until": ("duration_s",),
}
HEATING_MAX = 20 / 60
# What --fault breaks on purpose, so that the host can be seen to find it.
FAULTS = "hole resend reexecute slow heartbeat late allow busy checksum order state geometry".split()
# Set at the instrument itself, whatever the clamp; counts where the host sends `-`.
SET_GEOMETRY = {"length_m": 0.02, "width_m": 0.004, "thickness_m": 0.0008, "poisson_ratio": 0.3}
SLACK = 1 + 1e-9


class Refused(Exception):
    def __init__(self, code, text):
        super().__init__(text)
        self.code = code


def need(condition, code, text):
    if not condition:
        raise Refused(code, text)


def numbers(words, names):
    values = pairs(words)
    for name in names:
        need(name in values, "method", f"{name} is missing")
        need(is_number(values[name]), "method", f"{name}={values[name]} is not a number")
    return {name: float(values[name]) for name in names}


class Method:
    """Lines of section 3, checked one by one and as a whole."""

    def __init__(self, token, count):
        self.token, self.count, self.lines = token, count, 0
        self.mode = self.clamp = self.geometry = self.amplitude = None
        self.frequencies, self.segments = [], []

    def add(self, text):
        words = text.split(" ")
        need("" not in words, "syntax", "words are separated by exactly one blank")
        key, rest = words[0], words[1:]
        if key != "segment":
            need(not self.segments, "method", f"{key} must stand before the segments")
        handler = getattr(self, "line_" + key, None)
        need(handler is not None, "method", f"unknown method line {key}")
        handler(rest)
        self.lines += 1

    def line_mode(self, rest):
        need(len(rest) == 1 and rest[0] in MODES + tuple(OTHER_MODES), "method", "unknown mode")
        need(rest[0] in MODES, "unsupported", f"mode {rest[0]} is not supported")
        self.mode = rest[0]

    def line_clamp(self, rest):
        need(self.mode is not None, "method", "mode comes first")
        need(len(rest) == 1 and rest[0] in CLAMPS, "method", "unknown clamp")
        self.clamp = rest[0]

    def line_geometry(self, rest):
        need(self.clamp is not None, "method", "clamp comes before geometry")
        absent = [name for name, text in pairs(rest).items() if text == "-"]
        own = {name: SET_GEOMETRY[name] for name in SET_GEOMETRY if name in absent}
        self.geometry = {**numbers(rest, [name for name in SET_GEOMETRY if name not in own]), **own}
        self.geometry = {name: self.geometry[name] for name in SET_GEOMETRY}
        need(min(list(self.geometry.values())[:3]) > 0, "method", "lengths are positive")

    def line_amplitude(self, rest):
        self.amplitude = numbers(rest, ("displacement_m",))["displacement_m"]
        need(5e-7 / SLACK <= self.amplitude <= 1e-2 * SLACK, "limit", "amplitude must be 0.5 to 10000 um")

    def line_frequencies(self, rest):
        need(rest and all(is_number(word) for word in rest), "method", "frequencies are numbers")
        self.frequencies = sorted(float(word) for word in rest)
        self.check_frequencies(self.frequencies)

    @staticmethod
    def check_frequencies(frequencies):
        need(all(0.01 / SLACK <= f <= 200 * SLACK for f in frequencies), "limit", "frequency must be 0.01 to 200 Hz")

    def line_segment(self, rest):
        need(self.geometry is not None, "method", "geometry comes before segments")
        need(rest and rest[0] in SEGMENTS, "method", "unknown segment")
        values = numbers(rest[1:], SEGMENTS[rest[0]])
        if "temperature_K" in values:
            need(123.15 <= values["temperature_K"] <= 873.15, "limit", "temperature must be 123.15 to 873.15 K")
        if "rate_K_per_s" in values:
            need(0 < values["rate_K_per_s"] <= HEATING_MAX * SLACK, "limit", "heating is at most 20 K/min")
        if rest[0] == "sweep":
            self.check_frequencies((values["first_Hz"], values["last_Hz"]))
            need(values["points_per_decade"] >= 1, "method", "points_per_decade must be at least 1")
        for name in ("duration_s", "interval_s", "start_s"):
            need(values.get(name, 1) > 0, "method", f"{name} must be positive")
        oscillating = self.mode != "creep"
        need(rest[0] not in ("displace", "recover") or not oscillating, "method", "only possible in mode creep")
        need(rest[0] != "sweep" or oscillating, "method", "not possible in mode creep")
        self.segments.append((rest[0], values))

    def check(self):
        need(self.lines == self.count, "method", f"{self.lines} of {self.count} lines were sent")
        need(self.segments, "method", "there is no segment")
        kinds = {kind for kind, _ in self.segments}
        if self.mode != "creep" and kinds & {"isothermal", "ramp", "isothermal_until"} and self.mode != "frequency-sweep":
            need(self.frequencies, "method", "frequencies are missing")
            need(self.amplitude is not None, "method", "amplitude is missing")


class Instrument:
    def __init__(self, speed, fault):
        self.speed, self.fault = speed, fault
        self.state, self.method, self.draft = "idle", None, None
        self.token, self.segment, self.cause = "-", 0, "-"
        self.kept = collections.OrderedDict()
        self.reading, self.acked, self.gate, self.end_after = 0, 0, 0, None
        self.time_s, self.temperature_K, self.set_K = 0.0, 298.15, 298.15
        self.task, self.host, self.heartbeat_s = None, None, 0.0
        self.heard, self.answers = time.monotonic(), collections.OrderedDict()
        self.changed = asyncio.Event()

    # --- what is sent

    def send(self, payload):
        if self.host is not None:
            self.host.write(frame(payload))

    def change(self, state, segment=0, cause="-"):
        self.state, self.segment = state, segment
        if cause != "-":
            self.cause = cause
        if self.fault != "state" or segment != 3:
            self.send(f"S {state} {segment} {self.token} {self.reading} {cause}")
        self.poke()

    def poke(self):
        self.changed.set()
        self.changed = asyncio.Event()

    async def emit(self, fields):
        """One reading; waits where the host must store or decide first."""
        while self.reading - self.acked >= KEEPS or (self.gate and self.reading >= self.gate and self.fault != "allow"):
            await self.changed.wait()
        self.reading += 2 if self.fault == "hole" and self.reading == 6 else 1
        words = [fields.get(name, None) for name in (
            "frequency_Hz", "static_force_N", "dynamic_force_N", "displacement_m", "phase_rad", "storage_modulus_Pa",
            "loss_modulus_Pa", "tan_delta", "strain", "stress_Pa")]
        head = [str(self.reading), show(round(fields["time_s"], 6)), str(self.segment),
                show(round(self.temperature_K, 2)), show(round(self.set_K, 2))]
        payload = "R " + " ".join(head + [show(word) for word in words] + ["-"])
        self.kept[self.reading] = (payload, self.segment)
        if len(self.kept) > KEEPS:
            self.kept.popitem(last=False)
        self.send(payload)

    # --- the run

    async def pass_time(self, seconds):
        self.time_s += seconds
        await asyncio.sleep(seconds / self.speed)

    async def run(self):
        for number, (kind, values) in enumerate(self.method.segments, 1):
            self.change(self.state, number)
            self.end_after = None
            await self.one_segment(kind, values)
        await self.cool("completed")

    async def cool(self, cause):
        self.change("cooling", 0, cause)
        await asyncio.sleep(0.05)
        self.change("idle", 0, cause)

    def ended_by_host(self):
        return self.end_after is not None and self.reading >= self.end_after

    async def one_segment(self, kind, values):
        if kind == "equilibrate":
            self.set_K = values["temperature_K"]
            await self.pass_time(60 + abs(self.set_K - self.temperature_K) / HEATING_MAX)
            self.temperature_K = self.set_K
        elif kind == "jump":
            self.set_K = self.temperature_K = values["temperature_K"]
        elif kind in ("isothermal", "isothermal_until", "ramp") and self.method.mode != "creep":
            await self.oscillate(kind, values)
        elif kind in ("isothermal", "isothermal_until"):
            await self.pass_time(values["duration_s"])
        elif kind == "ramp":
            await self.pass_time(abs(values["temperature_K"] - self.temperature_K) / values["rate_K_per_s"])
            self.set_K = self.temperature_K = values["temperature_K"]
        elif kind == "sweep":
            for frequency in sweep_Hz(values["first_Hz"], values["last_Hz"], int(values["points_per_decade"])):
                if self.ended_by_host():
                    break
                await self.measure(frequency)
        elif kind in ("displace", "recover"):
            await self.creep(kind, values)
        elif kind == "sampling":
            self.sampling = ("interval", values["interval_s"])
        elif kind == "sampling_log":
            self.sampling = ("log", values["points_per_decade"], values["start_s"])

    async def measure(self, frequency):
        window = measuring_time_s(frequency)
        middle = self.time_s + window / 2
        await self.pass_time(window)
        x = (self.temperature_K - 300) / 150 - 0.05 * math.log(frequency)
        storage, loss = 3.3e10 / (1 + math.exp(4 * (x - 1))), 1e8 * (1 + 5 * math.exp(-((x - 0.5) ** 2)))
        amplitude = self.method.amplitude or 1e-5
        await self.emit({
            "time_s": middle, "frequency_Hz": frequency, "static_force_N": 0.5, "dynamic_force_N": 1.25,
            "displacement_m": round(amplitude, 9), "phase_rad": round(math.atan2(loss, storage), 6),
            "storage_modulus_Pa": storage, "loss_modulus_Pa": loss, "tan_delta": round(loss / storage, 5),
            "strain": 1e-4, "stress_Pa": 1e-4 * storage})

    async def oscillate(self, kind, values):
        start_K, passed, index = self.temperature_K, 0.0, 0
        end_K = values.get("temperature_K", start_K)
        duration = abs(end_K - start_K) / values["rate_K_per_s"] if kind == "ramp" else values["duration_s"]
        frequencies = self.method.frequencies or [1.0]
        while passed < duration and not self.ended_by_host():
            frequency = frequencies[(-1 - index if self.fault == "order" else index) % len(frequencies)]
            if self.state == "running":
                passed += measuring_time_s(frequency)
                share = min(1.0, passed / duration)
                self.set_K = self.temperature_K = start_K + share * (end_K - start_K)
            await self.measure(frequency)
            index += 1
        self.set_K = self.temperature_K = end_K if not self.ended_by_host() else self.temperature_K

    async def creep(self, kind, values):
        stress = values.get("stress_Pa", 0.0)
        start_s, k = self.time_s, 0
        sampling = getattr(self, "sampling", ("interval", 1.0))
        while not self.ended_by_host():
            k += 1
            if sampling[0] == "interval":
                offset = k * sampling[1]
            else:
                offset = sampling[2] * 10 ** ((k - 1) / sampling[1])
            if offset > values["duration_s"] * (1 + 1e-12):
                break
            await self.pass_time(start_s + offset - self.time_s)
            strain = stress / 3.3e10 * (1 + 0.1 * math.log1p(offset)) + 1e-6
            await self.emit({"time_s": self.time_s, "static_force_N": round(stress * 3e-6, 5),
                             "displacement_m": round(strain * 0.0175, 9), "strain": strain, "stress_Pa": stress})
        await self.pass_time(max(0.0, start_s + values["duration_s"] - self.time_s))

    def end_run(self):
        if self.task is not None and self.state in ("running", "holding"):
            self.task.cancel()
            return True
        return False

    # --- requests (section 2)

    def answer(self, payload):
        words = payload.split(" ")
        if not re.fullmatch(r"[1-9]\d{0,8}", words[0]):
            return "! 0 syntax a request begins with an ID from 1 to 999999999"
        ident = words[0]
        if ident in self.answers and self.fault != "reexecute":
            return self.answers[ident]
        if len(words) < 2 or "" in words:
            reply = f"! {ident} syntax a request is ID VERB and arguments separated by one blank"
        else:
            try:
                handler = getattr(self, "do_" + words[1], None)
                need(handler is not None, "unknown_verb", f"there is no verb {words[1]}")
                reply = " ".join([f"= {ident} {words[1]}"] + [f"{k}={v}" for k, v in handler(words[2:]).items()])
            except Refused as error:
                reply = f"! {ident} {error.code} {error}"
        self.answers[ident] = reply
        if len(self.answers) > 64:
            self.answers.popitem(last=False)
        return reply

    @staticmethod
    def count_of(words, index, low=0, high=10**9):
        need(len(words) > index and words[index].isdigit(), "bad_argument", "a whole number is missing")
        need(low <= int(words[index]) <= high, "bad_argument", f"the number must be {low} to {high}")
        return int(words[index])

    def do_identify(self, _):
        return {"protocol": 1, "vendor": "relaxd", "model": "q800_peer", "serial": "0", "firmware": "1", "simulated": 1,
                "keeps": KEEPS}

    def do_status(self, _):
        return {"state": self.state, "token": self.token, "segment": self.segment, "reading": self.reading,
                "kept": next(iter(self.kept), 0), "time_s": show(self.time_s), "temperature_K": show(self.temperature_K),
                "set_temperature_K": show(self.set_K), "cause": self.cause}

    def do_heartbeat(self, words):
        seconds = self.count_of(words, 0, 0, 3600)
        need(seconds or self.state not in ("running", "holding"), "state", "the guard stays on while running")
        self.heartbeat_s = seconds
        return {"seconds": seconds}

    def do_method(self, words):
        need(words, "bad_argument", "method begin, line or commit")
        need(self.state in ("idle", "armed", "cooling"), "state", f"not possible while {self.state}")
        if words[0] == "begin":
            need(len(words) == 3 and re.fullmatch(r"[A-Za-z0-9._-]{1,64}", words[1]), "bad_argument", "TOKEN and N")
            self.draft = Method(words[1], self.count_of(words, 2, 1, 20000))
            if self.state == "armed":
                self.forget_armed("-")
            return {"lines": self.draft.count}
        need(self.draft is not None, "state", "method begin comes first")
        if words[0] == "line":
            number = self.count_of(words, 1, 1, self.draft.count)
            need(number == self.draft.lines + 1, "bad_argument", f"line {self.draft.lines + 1} is next")
            self.draft.add(" ".join(words[2:]))
            return {"line": number}
        need(words[0] == "commit", "bad_argument", "method begin, line or commit")
        self.draft.check()
        self.method, self.draft = self.draft, None
        self.token = self.method.token
        self.change("armed")
        in_force = {**self.method.geometry, **({"width_m": 0.0042} if self.fault == "geometry" else {})}
        return {"token": self.token, "segments": len(self.method.segments), **{k: show(v) for k, v in in_force.items()}}

    def do_start(self, words):
        need(self.state == "armed", "state", f"not possible while {self.state}")
        need(words == [self.token], "bad_argument", f"the armed method is {self.token}")
        self.kept.clear()
        self.reading, self.acked, self.time_s, self.cause = 0, 0, 0.0, "-"
        self.state = "running"
        self.task = asyncio.get_running_loop().create_task(self.run())
        return {"token": self.token}

    def do_hold(self, _):
        self.freeze("holding")
        return {}

    def do_resume(self, _):
        self.freeze("running")
        return {}

    def freeze(self, state):
        need(self.state in ("running", "holding"), "state", f"not possible while {self.state}")
        if self.state != state:
            self.change(state, self.segment)

    def do_stop(self, _):
        if self.end_run():
            self.task = asyncio.get_running_loop().create_task(self.cool("stopped"))
        elif self.state == "armed":
            self.forget_armed("stopped")
        return {}

    def do_safe(self, _):
        self.go_safe("safe")
        return {}

    def forget_armed(self, cause):
        self.change("idle", 0, cause)
        self.token = "-"

    def go_safe(self, cause):
        if self.state == "armed":
            self.forget_armed(cause)
            return
        ended = self.end_run()
        if ended or self.state not in ("idle",):
            self.change("idle", 0, cause if ended else "-")

    def do_resend(self, words):
        first = self.count_of(words, 0, 1)
        last = self.count_of(words, 1, 1) if len(words) > 1 else self.reading
        sent = [n for n in self.kept if first <= n <= last]
        for number in sent:
            self.send(self.kept[number][0] + ("x" if self.fault == "resend" and number == 2 else ""))
        return {"first": sent[0] if sent else 0, "last": sent[-1] if sent else 0, "count": len(sent)}

    def do_ack(self, words):
        self.acked = max(self.acked, self.count_of(words, 0))
        self.poke()
        return {"ack": self.count_of(words, 0)}

    def do_allow(self, words):
        self.gate = self.count_of(words, 0)
        self.poke()
        return {"allow": self.gate}

    def do_end_segment(self, words):
        number = self.count_of(words, 0)
        need(self.state in ("running", "holding"), "state", f"not possible while {self.state}")
        later = any(n > number and segment > self.segment_of(number) for n, (_, segment) in self.kept.items())
        need(not later or self.fault == "late", "late", "a reading of a later segment exists already")
        if number > self.reading or self.segment_of(number) == self.segment:
            self.end_after = number
        return {"after": number}

    def segment_of(self, number):
        return self.kept[number][1] if number in self.kept else self.segment

    def do_truth(self, words):
        if words == ["run"]:
            self.send("T 0 E_u_Pa 3.3e10")
            self.send("T 0 chi_Tg 0.4")
            return {"count": 2}
        first, last = self.count_of(words, 0, 1), self.count_of(words, 1, 1)
        need(last - first < 1000, "bad_argument", "at most 1000 readings")
        known = [n for n in self.kept if first <= n <= last]
        for number in known:
            self.send(f"T {number} chi 0.4")
        return {"count": len(known)}

    # --- connections (1.1, 1.3)

    async def watch_heartbeat(self):
        while True:
            await asyncio.sleep(0.1)
            if self.fault != "heartbeat" and self.heartbeat_s and time.monotonic() - self.heard > self.heartbeat_s:
                if self.state in ("running", "holding"):
                    self.go_safe("heartbeat")

    async def serve(self, reader, writer):
        if self.host is not None:
            if time.monotonic() - self.heard < 5.0 and self.fault != "busy":
                writer.write(frame("! 0 busy another host is connected"))
                await writer.drain()
                writer.close()
                return
            self.host.close()
        self.host, self.heard = writer, time.monotonic()
        self.answers.clear()
        lines = LineReader()
        try:
            while data := await reader.read(65536):
                for payload, raw in lines.feed(data):
                    if self.host is not writer:
                        return
                    if self.fault == "slow":
                        await asyncio.sleep(1.1)
                    if payload is None and self.fault == "checksum" and raw[-10:-8] == b" *":
                        payload = raw[:-10].decode("ascii", "replace")
                    if payload is None:
                        self.send("! 0 bad_crc line dropped")
                    else:
                        self.heard = time.monotonic()
                        self.send(self.answer(payload))
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            if self.host is writer:
                self.host = None
            writer.close()


async def serve_instrument(host, port, speed, fault):
    instrument = Instrument(speed, fault)
    server = await asyncio.start_server(instrument.serve, host, port)
    print(f"listening tcp://{host}:{server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await asyncio.gather(server.serve_forever(), instrument.watch_heartbeat())
