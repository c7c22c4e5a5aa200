# SPDX-License-Identifier: MIT
"""A small fake instrument after docs/protocols/q800_class.md. Its readings are made up, the same each time."""

import asyncio
import collections
import math
import re
import time

from q800_peer_line import LineReader, frame, measuring_time_s, show, sweep_Hz
from q800_peer_method import COLUMNS, HEATING_MAX, Method, Refused, need

KEEPS = 4096
# What --fault breaks on purpose, so that the host can be seen to find it.
FAULTS = "hole resend reexecute slow heartbeat late allow busy checksum order state geometry columns track static".split()
STIFFNESS_N_PER_M = 1.25 / 1.5e-5
MODULUS_PA = 3.3e10


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
        tail = [fields.get("flags", "-")] + [f"{name}={show(self.column(name, fields))}" for name in self.method.columns]
        if self.fault == "columns":
            tail.reverse()
        payload = "R " + " ".join(head + [show(word) for word in words] + tail)
        self.kept[self.reading] = (payload, self.segment)
        if len(self.kept) > KEEPS:
            self.kept.popitem(last=False)
        self.send(payload)

    def column(self, name, fields):
        """Further columns (4.4) out of what the reading says already."""
        dynamic, static = fields.get("dynamic_force_N"), fields.get("static_force_N") or 0.0
        if name == "stiffness_N_per_m":
            return dynamic / fields["displacement_m"] if dynamic is not None else None
        if name == "drive_force_N":
            return round(abs(static) + (dynamic or 0.0), 5)
        if name == "position_m":
            return 0.0 if dynamic is not None else fields.get("displacement_m")
        if name == "length_m":
            return self.method.geometry["length_m"] if self.method.clamp in ("tension", "compression") else None
        return round(self.temperature_K, 2)

    # --- the run

    async def pass_time(self, seconds):
        self.time_s += seconds
        await asyncio.sleep(seconds / self.speed)

    async def run(self):
        self.strain, self.force_N, self.sampling = 0.0, self.method.preload, ("interval", 1.0)
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
        mode, thermal = self.method.mode, kind in ("isothermal", "isothermal_until", "ramp")
        if kind == "equilibrate":
            self.set_K = values["temperature_K"]
            await self.pass_time(60 + abs(self.set_K - self.temperature_K) / HEATING_MAX)
            self.temperature_K = self.set_K
        elif kind == "jump":
            self.set_K = self.temperature_K = values["temperature_K"]
        elif kind == "measure_length":
            self.strain = 0.0  # at the preload
            await self.pass_time(10)
        elif thermal and self.method.oscillates():
            await self.oscillate(kind, values)
        elif thermal and mode in ("controlled-force", "isostrain"):
            await self.hold_static(kind, values)
        elif kind in ("isothermal", "isothermal_until"):
            await self.pass_time(values["duration_s"])
        elif kind == "ramp":
            await self.pass_time(abs(values["temperature_K"] - self.temperature_K) / values["rate_K_per_s"])
            self.set_K = self.temperature_K = values["temperature_K"]
        elif kind == "sweep":
            for frequency in sweep_Hz(values["first_Hz"], values["last_Hz"], int(values["points_per_decade"])):
                if self.ended_by_host():
                    break
                await self.measure(frequency, (self.method.amplitudes or [1e-5])[0])
        elif kind in ("displace", "recover", "hold_strain", "strain_rate", "force_ramp"):
            await self.static_segment(kind, values)
        elif kind == "sampling":
            self.sampling = ("interval", values["interval_s"])
        elif kind == "sampling_log":
            self.sampling = ("log", values["points_per_decade"], values["start_s"])

    def adjusted(self, amplitude):
        """Within the bounds of the dynamic force and of the displacement, which come first (3.1)."""
        low, high = self.method.dynamic_force
        wanted = min(max(amplitude * STIFFNESS_N_PER_M, low), high) / STIFFNESS_N_PER_M
        return min(max(wanted, 5e-7), 1e-2)

    async def measure(self, frequency, asked):
        window = measuring_time_s(frequency)
        middle = self.time_s + window / 2
        await self.pass_time(window)
        x = (self.temperature_K - 300) / 150 - 0.05 * math.log(frequency)
        storage, loss = 3.3e10 / (1 + math.exp(4 * (x - 1))), 1e8 * (1 + 5 * math.exp(-((x - 0.5) ** 2)))
        amplitude = self.adjusted(asked)
        dynamic = amplitude * STIFFNESS_N_PER_M
        static = max(self.method.preload, self.method.track / 100 * dynamic) if self.fault != "track" else 0.0
        await self.emit({
            "time_s": middle, "frequency_Hz": frequency, "static_force_N": round(static, 5),
            "dynamic_force_N": round(dynamic, 5), "flags": "adjusted" if abs(amplitude / asked - 1) > 1e-9 else "-",
            "displacement_m": round(amplitude, 9), "phase_rad": round(math.atan2(loss, storage), 6),
            "storage_modulus_Pa": storage, "loss_modulus_Pa": loss, "tan_delta": round(loss / storage, 5),
            "strain": 1e-4, "stress_Pa": 1e-4 * storage})

    async def oscillate(self, kind, values):
        start_K, passed, index = self.temperature_K, 0.0, 0
        end_K = values.get("temperature_K", start_K)
        duration = abs(end_K - start_K) / values["rate_K_per_s"] if kind == "ramp" else values["duration_s"]
        cycle = [(f, a) for f in self.method.frequencies or [1.0] for a in self.method.amplitudes or [1e-5]]
        while passed < duration and not self.ended_by_host():
            frequency, amplitude = cycle[(-1 - index if self.fault == "order" else index) % len(cycle)]
            if self.state == "running":
                passed += measuring_time_s(frequency)
                share = min(1.0, passed / duration)
                self.set_K = self.temperature_K = start_K + share * (end_K - start_K)
            await self.measure(frequency, amplitude)
            index += 1
        self.set_K = self.temperature_K = end_K if not self.ended_by_host() else self.temperature_K

    async def sample(self, duration, fields_at):
        """Readings at an interval or logarithmically from now on; `fields_at` of the time since then."""
        start_s, k = self.time_s, 0
        sampling = getattr(self, "sampling", ("interval", 1.0))
        while not self.ended_by_host():
            k += 1
            if sampling[0] == "interval":
                offset = k * sampling[1]
            else:
                offset = sampling[2] * 10 ** ((k - 1) / sampling[1])
            if offset > duration * (1 + 1e-12):
                break
            await self.pass_time(start_s + offset - self.time_s)
            await self.emit({"time_s": self.time_s, **fields_at(offset)})
        await self.pass_time(max(0.0, start_s + duration - self.time_s))

    def static_fields(self, strain, stress):
        extra = {"frequency_Hz": 1.0} if self.fault == "static" and self.method.mode != "creep" else {}
        return {"static_force_N": round(stress * 3e-6, 5), "displacement_m": round(strain * 0.0175, 9), "strain": strain,
                "stress_Pa": stress, **extra}

    async def static_segment(self, kind, values):
        relaxed = lambda offset: 1 - 0.1 * math.log1p(offset)
        if kind in ("displace", "recover"):
            stress = values.get("stress_Pa", 0.0)
            await self.sample(values["duration_s"], lambda offset: self.static_fields(
                stress / MODULUS_PA * (1 + 0.1 * math.log1p(offset)) + 1e-6, stress))
        elif kind == "hold_strain":
            self.strain = values["strain"]
            await self.sample(values["duration_s"], lambda offset: self.static_fields(
                self.strain, self.strain * MODULUS_PA * relaxed(offset)))
        elif kind == "strain_rate":
            before, self.strain = self.strain, values["strain"]
            duration = abs(self.strain - before) / abs(values["rate_per_s"])
            at = lambda offset: before + (self.strain - before) * offset / duration
            await self.sample(duration, lambda offset: self.static_fields(at(offset), at(offset) * MODULUS_PA))
        else:
            before, self.force_N = self.force_N, values["force_N"]
            duration = abs(self.force_N - before) / abs(values["rate_N_per_s"])
            at = lambda offset: (before + (self.force_N - before) * offset / duration) / 3e-6
            await self.sample(duration, lambda offset: self.static_fields(at(offset) / MODULUS_PA, at(offset)))

    async def hold_static(self, kind, values):
        """controlled-force and isostrain while the temperature is held or ramped."""
        start_K, end_K = self.temperature_K, values.get("temperature_K", self.temperature_K)
        duration = abs(end_K - start_K) / values["rate_K_per_s"] if kind == "ramp" else values["duration_s"]

        def fields_at(offset):
            self.set_K = self.temperature_K = start_K + (end_K - start_K) * min(1.0, offset / duration)
            stress = self.force_N / 3e-6 if self.method.mode == "controlled-force" else self.method.strain * MODULUS_PA
            return self.static_fields(stress / MODULUS_PA, stress)

        await self.sample(duration, fields_at)

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
                "keeps": KEEPS, "columns": ",".join(COLUMNS)}

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
