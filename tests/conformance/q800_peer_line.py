# SPDX-License-Identifier: MIT
"""Lines of docs/protocols/q800_class.md, section 1: payload, ' *', CRC-32, LF."""

import re
import zlib

LINE_MAX = 512
PAYLOAD_MAX = 480
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\Z")

READING_FIELDS = (
    "time_s segment temperature_K set_temperature_K frequency_Hz static_force_N dynamic_force_N displacement_m "
    "phase_rad storage_modulus_Pa loss_modulus_Pa tan_delta strain stress_Pa flags"
).split()

STATES = ("idle", "armed", "running", "holding", "cooling", "fault")
ERROR_CODES = (
    "bad_crc syntax unknown_verb bad_argument state method limit busy late unsupported fault"
).split()


def crc(payload: bytes) -> str:
    return f"{zlib.crc32(payload) & 0xFFFFFFFF:08X}"


def frame(payload: str) -> bytes:
    data = payload.encode("ascii")
    assert 1 <= len(data) <= PAYLOAD_MAX and all(0x20 <= b <= 0x7E for b in data), payload
    return data + b" *" + crc(data).encode() + b"\n"


def unframe(line: bytes):
    """The payload of one line without its LF, or None if the line is corrupt."""
    if line.endswith(b"\r"):
        line = line[:-1]
    if len(line) + 1 > LINE_MAX or len(line) < 11 or line[-10:-8] != b" *":
        return None
    payload, check = line[:-10], line[-8:]
    if not 1 <= len(payload) <= PAYLOAD_MAX or any(not 0x20 <= b <= 0x7E for b in payload):
        return None
    return payload.decode("ascii") if check == crc(payload).encode() else None


class LineReader:
    """Bytes in any split to (payload or None, raw line). Over-long lines come out as None."""

    def __init__(self):
        self.buffer = b""
        self.overlong = False

    def feed(self, data: bytes):
        self.buffer += data
        lines = []
        while True:
            end = self.buffer.find(b"\n")
            if end < 0:
                if len(self.buffer) >= LINE_MAX:
                    self.buffer, self.overlong = b"", True
                return lines
            line, self.buffer = self.buffer[:end], self.buffer[end + 1 :]
            if self.overlong:
                self.overlong = False
                lines.append((None, line))
            else:
                lines.append((unframe(line), line))


def pairs(words):
    """key=value words as a dictionary; anything else is ignored."""
    return dict(word.split("=", 1) for word in words if "=" in word)


def is_number(text: str) -> bool:
    return NUMBER.match(text) is not None


def show(value) -> str:
    """A number as text, '-' for None; enough digits to read the same double."""
    return "-" if value is None else repr(float(value))


def measuring_time_s(frequency_Hz: float) -> float:
    return max(10.0 / frequency_Hz, 1.0) if frequency_Hz >= 1.0 else 3.0 / frequency_Hz


def sweep_Hz(first: float, last: float, per_decade: int):
    frequencies, k = [], 0
    sign = 1.0 if last >= first else -1.0
    while sign * (first * 10 ** (sign * k / per_decade) - last) < -1e-9 * last:
        frequencies.append(first * 10 ** (sign * k / per_decade))
        k += 1
    return frequencies + [last]


assert crc(b"123456789") == "CBF43926"
