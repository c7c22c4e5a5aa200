# SPDX-License-Identifier: MIT
"""The further modes, lines and columns of docs/protocols/q800_class.md (3, 3.1 to 3.4, 4.4), as the host checks them."""

OSCILLATION_COLUMNS = "frequency_Hz dynamic_force_N phase_rad storage_modulus_Pa loss_modulus_Pa tan_delta".split()
TENSION = ["clamp tension", "geometry length_m=0.0175 width_m=0.001 thickness_m=4e-05 poisson_ratio=0.35"]
FREQUENCIES, AMPLITUDE = "frequencies 1", "amplitude displacement_m=1e-05"


def refuse_lines(peer, cases):
    """Each case: the lines before, the line that must be refused, and with what."""
    for lines, wrong, codes, rule in cases:
        peer.expect("method begin t 9")
        for number, line in enumerate(lines, 1):
            peer.expect(f"method line {number} {line}")
        peer.refuse(f"method line {len(lines) + 1} {wrong}", codes, rule)


def check_refusals(peer):
    def head(mode, *more):
        return [f"mode {mode}", *TENSION, *more]

    method, limit, either = ("method",), ("limit",), ("method", "limit", "bad_argument")
    cases = [(head("creep"), line, method, "3.2") for line in (
        AMPLITUDE, FREQUENCIES, "force_track percent=125", "dynamic_force min_N=0.1 max_N=1",
        "amplitudes displacement_m=1e-05,2e-05", "strain level=0.001")]
    cases += [(head("aging"), line, method, "3.2") for line in ("amplitudes displacement_m=1e-05", "strain level=0.001")]
    places = {
        "segment displace stress_Pa=1e6 duration_s=3": ("stress-relaxation", "strain-rate", "controlled-force", "aging"),
        "segment recover duration_s=3": ("strain-rate", "controlled-force"),
        "segment hold_strain strain=0.001 duration_s=3": ("creep", "controlled-force", "aging"),
        "segment strain_rate rate_per_s=0.001 strain=0.01": ("creep", "stress-relaxation", "controlled-force"),
        "segment force_ramp rate_N_per_s=1 force_N=2": ("creep", "stress-relaxation", "strain-rate"),
        "segment sweep first_Hz=1 last_Hz=2 points_per_decade=3": ("stress-relaxation", "controlled-force"),
    }
    cases += [(head(mode), line, method, "3.2") for line, modes in places.items() for mode in modes]
    cases += [
        (head("aging"), "amplitude strain=1e-09", limit, "3.1"),
        (head("aging"), "amplitude strain=0.9", limit, "3.1"),
        (head("aging"), "preload force_N=18.5", limit, "3.1"),
        (head("aging"), "preload force_N=-1", either, "3.1"),
        (head("aging"), "force_track percent=501", limit, "3.1"),
        (head("aging"), "dynamic_force min_N=2 max_N=1", either, "3.1"),
        (head("aging"), "columns novelty_m", ("unsupported",), "4.4"),
        (head("aging", "preload force_N=0.1"), "preload force_N=0.1", method, "3"),
        (head("multi-strain"), "amplitudes displacement_m=2e-05,1e-05", either, "3.2"),
        (head("strain-rate"), "segment strain_rate rate_per_s=0 strain=0.01", either, "3.3"),
        (head("strain-rate"), "segment strain_rate rate_per_s=0.01 strain=0.9", limit, "3.3"),
        (head("stress-relaxation"), "segment hold_strain strain=0.9 duration_s=3", limit, "3.3"),
        (head("isostrain"), "strain level=0.9", limit, "3.3"),
        (head("controlled-force"), "segment force_ramp rate_N_per_s=1 force_N=19", limit, "3.3"),
        (head("creep", "segment recover duration_s=3"), "preload force_N=0.1", method, "3"),
    ]
    refuse_lines(peer, cases)
    for lines in (head("isostrain", "segment isothermal duration_s=3"),
                  head("multi-strain", FREQUENCIES, "segment isothermal duration_s=3"),
                  head("multi-strain", "amplitudes displacement_m=1e-05", "segment isothermal duration_s=3")):
        peer.expect(f"method begin t {len(lines)}")
        replies = [peer.request(f"method line {number} {line}") for number, line in enumerate(lines, 1)]
        if all(reply.startswith("= ") for reply in replies):  # else the line was refused already
            peer.refuse("method commit", ("method",), "3.2")


def run(peer, token, lines):
    peer.expect("allow 0") if peer.simulated else None
    peer.download(token, lines)
    peer.start(token)
    peer.wait(lambda: any(s[0] == "idle" for s in peer.states), "4.2", f"the end of {token}", 300)
    peer.ended("completed")
    return list(peer.readings.values())


def check_static(peer, mode, lines, wanted):
    """`wanted`: how many readings come in which segment."""
    columns = [f"columns {' '.join(peer.offered)}"] if peer.offered else []
    rows = run(peer, f"{mode}-1", [f"mode {mode}", *TENSION, *columns, *lines])
    counts = {}
    for row in rows:
        counts[int(row["segment"])] = counts.get(int(row["segment"]), 0) + 1
    peer.check(counts == wanted, "3.3", f"{mode}: readings by segment {counts}, not {wanted}")
    for row in rows:
        for name in OSCILLATION_COLUMNS:
            peer.check(row[name] is None, "3.3", f"{mode}: {name} is given")
        for name in ("displacement_m", "strain", "stress_Pa", "static_force_N"):
            peer.check(row[name] is not None, "3.3", f"{mode}: {name} is absent")
        if "stiffness_N_per_m" in peer.offered:
            peer.check(row["stiffness_N_per_m"] is None, "4.4", f"{mode}: a stiffness without an oscillation")
        if "temperature_start_K" in peer.offered:
            same = row["temperature_start_K"] == row["temperature_K"] == row["temperature_end_K"]
            peer.check(same, "4.4", f"{mode}: a static reading has one temperature, not {row}")
    return rows


def of_segment(rows, segment):
    return [row for row in rows if row["segment"] == segment]


def check_static_modes(peer):
    rows = check_static(peer, "stress-relaxation", [
        "segment isothermal duration_s=5", "segment sampling interval_s=2",
        "segment hold_strain strain=0.0002 duration_s=20", "segment recover duration_s=6"], {3: 10, 4: 3})
    for row in of_segment(rows, 3):
        peer.check(abs(row["strain"] / 0.0002 - 1) < 0.2, "3.3", f"held is 0.0002, read {row['strain']}")
        peer.check(row["stress_Pa"] > 0, "3.3", f"a strain that is held has no stress: {row['stress_Pa']}")
    rows = check_static(peer, "strain-rate", [
        "segment measure_length", "segment strain_rate rate_per_s=2e-05 strain=0.0002",
        "segment hold_strain strain=0.0001 duration_s=5", "segment strain_rate rate_per_s=-2e-05 strain=0"], {2: 10, 3: 5, 4: 5})
    strains = [row["strain"] for row in of_segment(rows, 2)]
    peer.check(all(a < b for a, b in zip(strains, strains[1:])), "3.3", f"the strain does not rise: {strains}")
    strains = [row["strain"] for row in of_segment(rows, 4)]
    peer.check(all(a > b for a, b in zip(strains, strains[1:])), "3.3", f"the strain does not fall: {strains}")
    rows = check_static(peer, "controlled-force", [
        "preload force_N=0.1", "segment isothermal duration_s=5", "segment force_ramp rate_N_per_s=0.1 force_N=1.1",
        "segment isothermal duration_s=4"], {1: 5, 2: 10, 3: 4})
    for segment, low, high in ((1, 0.09, 0.11), (3, 1.09, 1.11)):
        forces = [row["static_force_N"] for row in of_segment(rows, segment)]
        peer.check(all(low <= force <= high for force in forces), "3.3", f"forces of segment {segment} are {forces}")
    rows = check_static(peer, "isostrain", [
        "strain level=0.0002", "segment equilibrate temperature_K=300", "segment ramp rate_K_per_s=0.1 temperature_K=301",
        "segment isothermal_until duration_s=3"], {2: 10, 3: 3})
    peer.check(all(row["stress_Pa"] != 0 for row in rows), "3.3", "no stress in isostrain")


def check_multi_strain(peer):
    amplitudes = (1e-5, 2e-5, 4e-5)
    rows = run(peer, "multi-1", [
        "mode multi-strain", *TENSION, "amplitudes displacement_m=" + ",".join(map(str, amplitudes)), "frequencies 2 1",
        "segment isothermal duration_s=80"])
    wanted = [(f, a) for f in (1.0, 2.0) for a in amplitudes]
    peer.check(len(rows) >= len(wanted), "3.2", f"multi-strain gave {len(rows)} readings")
    for k, row in enumerate(rows):
        frequency, amplitude = wanted[k % len(wanted)]
        near = abs(row["displacement_m"] / amplitude - 1) < 0.05
        peer.check(row["frequency_Hz"] == frequency and near, "3.2",
                   f"reading {k + 1} at {row['frequency_Hz']} Hz, {row['displacement_m']} m, not {frequency} Hz, {amplitude} m")


def check_forces(peer, oscillation):
    asked = [name for name in ("drive_force_N", "stiffness_N_per_m", "temperature_end_K", "temperature_start_K", "length_m")
             if name in peer.offered]
    columns = ["columns " + " ".join(asked)] if asked else []
    rows = run(peer, "force-1", ["mode aging", *TENSION, *columns, AMPLITUDE, FREQUENCIES, "preload force_N=0.02",
                                 "force_track percent=150", "segment isothermal duration_s=45"])
    peer.check(len(rows) >= 3, "3", f"{len(rows)} readings at one frequency in 45 s")
    for row in rows:
        static, dynamic = row["static_force_N"], row["dynamic_force_N"]
        wanted = max(0.02, 1.5 * dynamic)
        peer.check(abs(static - wanted) < 0.05 * wanted + 1e-3, "3.1", f"static force {static} N beside {dynamic} N at 150 %")
        if "drive_force_N" in asked:
            peer.check(abs(row["drive_force_N"] - abs(static) - dynamic) < 3e-5, "4.4", f"drive force of {row}")
        if "stiffness_N_per_m" in asked:
            ratio = row["stiffness_N_per_m"] * row["displacement_m"] / dynamic
            peer.check(abs(ratio - 1) < 1e-3 + 2e-5 / dynamic + 2e-9 / row["displacement_m"], "4.4", f"stiffness of {row}")
        if "length_m" in asked:
            peer.check(abs(row["length_m"] / 0.0175 - 1) < 0.05, "4.4", f"length {row['length_m']} of a specimen of 0.0175 m")
        if "temperature_start_K" in asked and "temperature_end_K" in asked:
            low, high = sorted((row["temperature_start_K"], row["temperature_end_K"]))
            peer.check(low - 1 <= row["temperature_K"] <= high + 1, "4.4", f"temperatures of {row}")
    rows = run(peer, "force-2", ["mode aging", *TENSION, AMPLITUDE, FREQUENCIES, "dynamic_force min_N=0.0001 max_N=0.002",
                                 "segment isothermal duration_s=45"])
    flagged = [row for row in rows if "adjusted" in (row["flags"] or "")]
    for row in flagged:
        peer.check(row["displacement_m"] < 0.999e-5, "3.1", f"flagged adjusted at the amplitude that was asked for: {row}")
    for row in rows[1:]:
        if row["displacement_m"] > 5.1e-7:  # the displacement limits come first
            peer.check(row["dynamic_force_N"] < 0.0025, "3.1", f"dynamic force {row['dynamic_force_N']} N, at most 0.002 N")
    peer.check(flagged, "3.1", "no reading is flagged adjusted")
    run(peer, "plain-1", oscillation + ["segment isothermal duration_s=20"])  # no column that nobody asked for


def check_modes(peer, oscillation):
    check_refusals(peer)
    check_static_modes(peer)
    check_multi_strain(peer)
    check_forces(peer, oscillation)
