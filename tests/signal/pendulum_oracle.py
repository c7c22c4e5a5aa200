#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The numbers of a torsion pendulum's waveform, computed without any code of relaxd.

Written from the equations alone (Saint-Venant's series; forced inverted pendulum; least squares of
cosine, sine, 1, s, s^2 and two harmonics) and from the layout of stored waveforms in
docs/pendulum.md. Python's standard library only.

    pendulum_oracle.py WAVEFORM FACTS.json      prints lines "name value"
    pendulum_oracle.py --run CAMPAIGN.db RUN    a stored run's waveforms against its stored moduli
    pendulum_oracle.py --self-test

WAVEFORM is a stored waveform as it is, or JSON {"kind", "rate_Hz", "frequency_Hz", "angle_V": [...],
"torque_V": [...]}. FACTS has angle_V_per_rad, torque_N_m_per_V, inertia_kg_m2, wire_N_m,
wire_tan_phi, damping_N_m_s, clamp_rad_per_N_m and length_m with width_m and thickness_m or
diameter_m; without dimensions the moduli are left out. A run has its own facts (view v_run_fact);
calibration sets are not known here, so a corrected run differs by its corrections.
"""
import cmath
import json
import math
import sqlite3
import struct
import sys
import zlib

KINDS = ("forced", "decay", "steady")


# --- the stored waveform

def unpack(blob):
    """A stored waveform as a dict: kind, rate_Hz, first_time_s, frequency_Hz, channels {name: volts}."""
    if blob[:8] != b"RLXWAVE\x01":
        raise ValueError("not a waveform of version 1")
    if zlib.crc32(blob[:-4]) != struct.unpack("<I", blob[-4:])[0]:
        raise ValueError("the bytes do not fit their CRC")
    length, crc = struct.unpack("<II", blob[8:16])
    content = zlib.decompress(blob[16:-4])
    if len(content) != length or zlib.crc32(content) != crc:
        raise ValueError("the content does not fit its length or its CRC")
    kind, channels, _, samples, rate, first, frequency = struct.unpack_from("<BBHIddd", content)
    at = 32
    heads = []
    for _ in range(channels):
        order, size = struct.unpack_from("<BB", content, at)
        name = content[at + 2:at + 2 + size].decode()
        heads.append((name, order) + struct.unpack_from("<dddd", content, at + 2 + size))
        at += 2 + size + 32
    out = {"kind": KINDS[kind], "rate_Hz": rate, "first_time_s": first, "frequency_Hz": frequency,
           "channels": {}}
    for name, order, scale, offset, _, _ in heads:
        planes = [content[at + k * samples:at + (k + 1) * samples] for k in range(4)]
        at += 4 * samples
        codes = []
        for word in (a | b << 8 | c << 16 | d << 24 for a, b, c, d in zip(*planes)):
            codes.append((word >> 1) ^ -(word & 1))
        for _ in range(order):
            total = 0
            for k, difference in enumerate(codes):
                total = (total + difference) & 0xFFFFFFFF
                codes[k] = total
        signed = [((code + 0x80000000) & 0xFFFFFFFF) - 0x80000000 for code in codes]
        out["channels"][name] = [offset + scale * code for code in signed]
    if at != len(content):
        raise ValueError("the content has bytes left")
    return out


def read_waveform(path):
    with open(path, "rb") as file:
        blob = file.read()
    if blob[:1] != b"{":
        return unpack(blob)
    given = json.loads(blob)
    return {"kind": given.get("kind", "forced"), "rate_Hz": given["rate_Hz"], "first_time_s": 0.0,
            "frequency_Hz": given.get("frequency_Hz", math.nan),
            "channels": {"angle": given["angle_V"], "torque": given.get("torque_V", [])}}


# --- from periods to complex amplitudes

def solve(matrix, right):
    """Gauss with the largest pivot; right is a list of columns."""
    n = len(matrix)
    rows = [list(matrix[i]) + [column[i] for column in right] for i in range(n)]
    for a in range(n):
        pivot = max(range(a, n), key=lambda i: abs(rows[i][a]))
        rows[a], rows[pivot] = rows[pivot], rows[a]
        for b in range(a + 1, n):
            factor = rows[b][a] / rows[a][a]
            for c in range(a, n + len(right)):
                rows[b][c] -= factor * rows[a][c]
    found = [[0.0] * n for _ in right]
    for k, column in enumerate(found):
        for a in reversed(range(n)):
            rest = sum(rows[a][c] * column[c] for c in range(a + 1, n))
            column[a] = (rows[a][n + k] - rest) / rows[a][a]
    return found


def demodulate(channels, rate_Hz, frequency_Hz):
    """A of Re(A exp(i w t)), t = 0 at the first sample, for each channel in turn."""
    samples = len(channels[0])
    harmonics = 1
    while harmonics < 3 and (harmonics + 1) * frequency_Hz <= 0.45 * rate_Hz:
        harmonics += 1
    size = 2 * harmonics + 3
    matrix = [[0.0] * size for _ in range(size)]
    right = [[0.0] * size for _ in channels]
    for i in range(samples):
        turns = frequency_Hz * i / rate_Hz
        angle = 2.0 * math.pi * (turns - math.floor(turns))
        s = 2.0 * i / (samples - 1) - 1.0
        row = []
        for h in range(1, harmonics + 1):
            row += [math.cos(h * angle), -math.sin(h * angle)]
        row += [1.0, s, s * s]
        for a in range(size):
            for b in range(a + 1):
                matrix[a][b] += row[a] * row[b]
            for column, volts in zip(right, channels):
                column[a] += row[a] * volts[i]
    for a in range(size):
        for b in range(a):
            matrix[b][a] = matrix[a][b]
    return [complex(found[0], found[1]) for found in solve(matrix, right)]


# --- free decay

def swings(volts, rate_Hz):
    """Times and sizes of the swings: each extremum by the parabola through its neighbourhood."""
    spread = max(volts) - min(volts)
    middle = sum(volts) / len(volts)
    crossings = [i for i in range(1, len(volts))
                 if (volts[i - 1] - middle) * (volts[i] - middle) < 0.0]
    extrema = []
    for first, last in zip(crossings, crossings[1:]):
        top = max(range(first, last), key=lambda i: abs(volts[i] - middle))
        if not 0 < top < len(volts) - 1:
            continue
        below, here, above = volts[top - 1] - middle, volts[top] - middle, volts[top + 1] - middle
        bend = below - 2.0 * here + above
        shift = 0.5 * (below - above) / bend
        value = here - 0.25 * (below - above) * shift
        if abs(value) < 0.02 * spread:
            break
        extrema.append(((top + shift) / rate_Hz, value))
    return [(extrema[k][0], abs(extrema[k][1] - 0.5 * (extrema[k - 1][1] + extrema[k + 1][1])))
            for k in range(1, len(extrema) - 1)]


def decay(volts, rate_Hz):
    """Frequency and logarithmic decrement."""
    found = swings(volts, rate_Hz)
    n = len(found)
    if n < 3:
        raise ValueError("the decay has too few extrema")
    frequency_Hz = 0.5 * (n - 1) / (found[-1][0] - found[0][0])
    mean = sum(range(n)) / n
    slope = sum((k - mean) * math.log(size) for k, (_, size) in enumerate(found))
    return frequency_Hz, -2.0 * slope / sum((k - mean) ** 2 for k in range(n))


# --- from torque over angle to moduli

def form_m3(facts):
    """J/L of the specimen, or None."""
    if "diameter_m" in facts:
        return math.pi * facts["diameter_m"] ** 4 / 32.0 / facts["length_m"]
    if "length_m" not in facts:
        return None
    a, b = max(facts["width_m"], facts["thickness_m"]), min(facts["width_m"], facts["thickness_m"])
    return saint_venant(a / b)[0] * a * b ** 3 / facts["length_m"]


def saint_venant(ratio):
    """beta and kappa of a rectangle."""
    odd = range(1, 40, 2)
    beta = (1.0 - 192.0 / math.pi ** 5 / ratio *
            sum(n ** -5 * math.tanh(0.5 * n * math.pi * ratio) for n in odd)) / 3.0
    kappa = 1.0 - 8.0 / math.pi ** 2 * sum(
        1.0 / (n * n * math.cosh(0.5 * n * math.pi * ratio)) for n in odd
        if 0.5 * n * math.pi * ratio < 700.0)
    return beta, kappa


def specimen_stiffness(shown, s, facts):
    """K_s* from torque over angle at the complex frequency s: inertia, wire, damping, clamps."""
    wire = facts.get("wire_N_m", 0.0) * complex(1.0, facts.get("wire_tan_phi", 0.0))
    carried = shown - wire - facts["inertia_kg_m2"] * s * s - facts.get("damping_N_m_s", 0.0) * s
    return 1.0 / (1.0 / carried - facts.get("clamp_rad_per_N_m", 0.0))


def moduli(waveform, facts):
    """All that can be said, in the order in which it is computed."""
    angle = waveform["channels"]["angle"]
    out = {}
    if waveform["kind"] == "forced":
        frequency_Hz = waveform["frequency_Hz"]
        torque = waveform["channels"]["torque"]
        found = demodulate([angle, torque], waveform["rate_Hz"], frequency_Hz)
        for name, amplitude in zip(("angle", "torque"), found):
            out[name + "_real_V"] = amplitude.real
            out[name + "_imag_V"] = amplitude.imag
        ratio = found[1] / found[0]
        out["ratio_real"], out["ratio_imag"] = ratio.real, ratio.imag
        shown = ratio * facts["torque_N_m_per_V"] * facts["angle_V_per_rad"]
        s = 2j * math.pi * frequency_Hz
    elif waveform["kind"] == "decay":
        frequency_Hz, decrement = decay(angle, waveform["rate_Hz"])
        out["frequency_Hz"], out["decrement"] = frequency_Hz, decrement
        shown = 0.0
        s = complex(-decrement * frequency_Hz, 2.0 * math.pi * frequency_Hz)
    else:
        raise ValueError("a steady waveform has no modulus")
    form = form_m3(facts)
    if form is not None:
        G = specimen_stiffness(shown, s, facts) / form
        if s.real != 0.0:  # to the real frequency, at a loss angle that is the same at all
            power = cmath.phase(G) / cmath.phase(s)
            G *= (1j * s.imag / s) ** power
        out["G_storage_Pa"], out["G_loss_Pa"], out["tan_phi"] = G.real, G.imag, G.imag / G.real
    return out


# --- a stored run

def compare_run(base, run):
    """Lines "seq kind G' G'' stored G' stored G'' difference", the largest difference last."""
    facts = dict(base.execute(
        "SELECT name, value FROM v_run_fact WHERE run_id = ? AND value IS NOT NULL", (run,)))
    largest = 0.0
    rows = base.execute(
        "SELECT w.seq, w.kind, w.bytes, p.shear_storage_modulus_Pa, p.shear_loss_modulus_Pa"
        " FROM v_waveform w JOIN v_point p ON p.run_id = w.run_id AND p.seq = w.seq"
        " WHERE w.run_id = ? AND w.kind <> 'steady' ORDER BY w.seq", (run,)).fetchall()
    if not rows:
        raise ValueError(f"run {run} has no waveforms of oscillations")
    for seq, kind, blob, storage, loss in rows:
        if storage is None or loss is None:
            print(seq, kind, "has no stored moduli")
            continue
        out = moduli(unpack(blob), facts)
        G = complex(out["G_storage_Pa"], out["G_loss_Pa"])
        difference = abs(complex(storage, loss) / G - 1.0)
        largest = max(largest, difference)
        print(seq, kind, repr(G.real), repr(G.imag), repr(storage), repr(loss), repr(difference))
    print("largest", repr(largest))


# --- does it compute what it should

def packed(waveform):
    """The stored form, plainly: order 0 and the codes of 1 nV."""
    heads, planes = b"", b""
    for name, volts in waveform["channels"].items():
        heads += struct.pack("<BB", 0, len(name)) + name.encode()
        heads += struct.pack("<dddd", 1e-9, 0.0, math.nan, math.nan)
        codes = [round(volt / 1e-9) for volt in volts]
        words = [(code << 1 ^ code >> 31) & 0xFFFFFFFF for code in codes]
        planes += b"".join(bytes(word >> 8 * k & 0xFF for word in words) for k in range(4))
    content = struct.pack(
        "<BBHIddd", KINDS.index(waveform["kind"]), len(waveform["channels"]), 0,
        len(waveform["channels"]["angle"]), waveform["rate_Hz"], 0.0, waveform["frequency_Hz"])
    content += heads + planes
    blob = b"RLXWAVE\x01" + struct.pack("<II", len(content), zlib.crc32(content))
    blob += zlib.compress(content)
    return blob + struct.pack("<I", zlib.crc32(blob))


def test_stored_run(waveform, facts):
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE v_run_fact (run_id, name, value)")
    base.execute("CREATE TABLE v_waveform (run_id, seq, kind, bytes)")
    base.execute(
        "CREATE TABLE v_point (run_id, seq, shear_storage_modulus_Pa, shear_loss_modulus_Pa)")
    base.executemany("INSERT INTO v_run_fact VALUES (1, ?, ?)", facts.items())
    base.execute("INSERT INTO v_waveform VALUES (1, 7, 'forced', ?)", (packed(waveform),))
    out = moduli(waveform, facts)
    base.execute("INSERT INTO v_point VALUES (1, 7, ?, ?)", (out["G_storage_Pa"], out["G_loss_Pa"]))
    back = unpack(packed(waveform))
    for name, volts in waveform["channels"].items():
        assert max(abs(a - b) for a, b in zip(back["channels"][name], volts)) < 1e-9
    found = moduli(back, facts)
    assert abs(found["G_storage_Pa"] / out["G_storage_Pa"] - 1.0) < 1e-7
    compare_run(base, 1)


def self_test():
    for ratio, beta, kappa in ((1, 0.14058, 0.675), (2, 0.22868, 0.930), (5, 0.29132, 0.9994),
                               (10, 0.31233, 1.000)):
        found = saint_venant(ratio)
        assert abs(found[0] - beta) < 6e-6 and abs(found[1] - kappa) < 6e-4, (ratio, found)
    facts = {"angle_V_per_rad": 2000.0, "torque_N_m_per_V": 1e-5, "inertia_kg_m2": 5e-5,
             "wire_N_m": 1.2e-4, "damping_N_m_s": 2e-6, "length_m": 0.03, "width_m": 5e-3,
             "thickness_m": 1e-3, "clamp_rad_per_N_m": 0.02}
    for f, G in ((0.01, 1.02e9 + 5.73e7j), (2.0, 22.24e6 + 9.74e6j)):
        s = 2j * math.pi * f
        carried = 1.0 / (1.0 / (G * form_m3(facts)) + 0.02)
        ratio = (carried + 1.2e-4 + 5e-5 * s * s + 2e-6 * s) / 0.02
        times = [i / (f * 90.0) for i in range(250)]
        waveform = {"kind": "forced", "rate_Hz": f * 90.0, "frequency_Hz": f, "channels": {
            "angle": [(0.5 * cmath.exp(s * t)).real + 0.1 + 0.01 * f * t for t in times],
            "torque": [(0.5 * ratio * cmath.exp(s * t)).real for t in times]}}
        out = moduli(waveform, facts)
        assert abs(complex(out["G_storage_Pa"], out["G_loss_Pa"]) / G - 1.0) < 1e-9, out
        test_stored_run(waveform, facts)
    volts = [math.exp(-0.03 * t / 40) * math.cos(2 * math.pi * t / 40 + 0.4) + 0.2
             for t in range(800)]
    frequency_Hz, decrement = decay(volts, 200.0)
    assert abs(frequency_Hz - 5.0) < 2e-3 and abs(decrement - 0.03) < 1e-4, (frequency_Hz, decrement)
    print("ok")


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return 0
    is_run = sys.argv[1:2] == ["--run"]
    if len(sys.argv) != (4 if is_run else 3):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        if is_run:
            compare_run(sqlite3.connect(f"file:{sys.argv[2]}?mode=ro", uri=True), int(sys.argv[3]))
            return 0
        with open(sys.argv[2], encoding="utf-8") as file:
            facts = json.load(file)
        for name, value in moduli(read_waveform(sys.argv[1]), facts).items():
            print(name, repr(value))
    except (ValueError, sqlite3.Error) as error:
        print(f"pendulum_oracle: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
