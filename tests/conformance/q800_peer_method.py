# SPDX-License-Identifier: MIT
"""The method lines of docs/protocols/q800_class.md, section 3, as the fake instrument checks them; written from that page."""

from q800_peer_line import is_number, pairs

OSCILLATION_MODES = ("multi-frequency-strain", "frequency-sweep", "aging", "multi-strain")
STATIC_MODES = ("creep", "stress-relaxation", "strain-rate", "controlled-force", "isostrain")
CLAMPS = ("single-cantilever", "dual-cantilever", "3-point-bending", "tension", "compression", "shear-sandwich")
ONE_WAY_CLAMPS = ("3-point-bending", "tension", "compression")
COLUMNS = ("stiffness_N_per_m", "position_m", "length_m", "drive_force_N", "temperature_start_K", "temperature_end_K")
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
    "strain_rate": ("rate_per_s", "strain"),
    "hold_strain": ("strain", "duration_s"),
    "force_ramp": ("rate_N_per_s", "force_N"),
    "measure_length": (),
}
MODES_OF_SEGMENT = {
    "sweep": OSCILLATION_MODES,
    "displace": ("creep",),
    "recover": ("creep", "stress-relaxation"),
    "hold_strain": ("stress-relaxation", "strain-rate"),
    "strain_rate": ("strain-rate",),
    "force_ramp": ("controlled-force",),
}
HEATING_MAX = 20 / 60
FORCE_MAX = 18.0
DISPLACEMENT = (5e-7, 1e-2)
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
        self.mode = self.clamp = self.geometry = self.track = self.preload = self.strain = None
        self.amplitudes, self.frequencies, self.segments, self.columns, self.seen = [], [], [], [], set()
        self.dynamic_force = (0.0, FORCE_MAX)

    def oscillates(self):
        return self.mode in OSCILLATION_MODES

    def add(self, text):
        words = text.split(" ")
        need("" not in words, "syntax", "words are separated by exactly one blank")
        key, rest = words[0], words[1:]
        if key != "segment":
            need(not self.segments, "method", f"{key} must stand before the segments")
            need(key not in self.seen, "method", f"{key} stands there twice")
        handler = getattr(self, "line_" + key, None)
        need(handler is not None, "method", f"unknown method line {key}")
        handler(rest)
        self.seen.add(key)
        self.lines += 1

    def line_mode(self, rest):
        need(len(rest) == 1, "method", "a mode is one word")
        need(rest[0] in OSCILLATION_MODES + STATIC_MODES, "unsupported", f"mode {rest[0]} is not supported")
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

    def displacement_of(self, strain):
        """Beam theory without the shear term: what the strain takes at least."""
        length, thickness = self.geometry["length_m"], self.geometry["thickness_m"]
        if self.clamp == "tension":
            return strain * length
        if self.clamp in ("compression", "shear-sandwich"):
            return strain * thickness
        return strain * length**2 / thickness * (2 / 3 if self.clamp == "3-point-bending" else 1 / 3)

    def take_amplitudes(self, rest, only_one):
        need(self.geometry is not None, "method", "geometry comes before the amplitude")
        need(self.oscillates(), "method", f"mode {self.mode} has no amplitude")
        values = pairs(rest)
        need(len(values) == 1 and ("strain" in values or "displacement_m" in values), "method", "displacement_m= or strain=")
        (name, text), = values.items()
        words = text.split(",")
        need(all(is_number(word) for word in words), "method", f"{text} is not a list of numbers")
        need(len(words) == 1 if only_one else 1 <= len(words) <= 100, "method", "one amplitude, or 1 to 100")
        given = [float(word) for word in words]
        need(all(a < b for a, b in zip(given, given[1:])), "method", "amplitudes ascend")
        self.amplitudes = [self.displacement_of(value) if name == "strain" else value for value in given]
        low, high = DISPLACEMENT
        need(all(low / SLACK <= a <= high * SLACK for a in self.amplitudes), "limit", "amplitude must be 0.5 to 10000 um")

    def line_amplitude(self, rest):
        need(self.mode != "multi-strain", "method", "multi-strain has amplitudes")
        self.take_amplitudes(rest, True)

    def line_amplitudes(self, rest):
        need(self.mode == "multi-strain", "method", "amplitudes belong to multi-strain")
        self.take_amplitudes(rest, False)

    def line_frequencies(self, rest):
        need(self.oscillates(), "method", f"mode {self.mode} has no frequencies")
        need(rest and all(is_number(word) for word in rest), "method", "frequencies are numbers")
        self.frequencies = sorted(float(word) for word in rest)
        self.check_frequencies(self.frequencies)

    @staticmethod
    def check_frequencies(frequencies):
        need(all(0.01 / SLACK <= f <= 200 * SLACK for f in frequencies), "limit", "frequency must be 0.01 to 200 Hz")

    def line_columns(self, rest):
        need(rest and len(set(rest)) == len(rest), "method", "columns names each once")
        for name in rest:
            need(name in COLUMNS, "unsupported", f"there is no column {name}")
        self.columns = rest

    def line_preload(self, rest):
        self.preload = numbers(rest, ("force_N",))["force_N"]
        need(0 <= self.preload <= FORCE_MAX * SLACK, "limit", "preload must be 0 to 18 N")

    def line_force_track(self, rest):
        need(self.oscillates(), "method", f"mode {self.mode} has no dynamic force")
        self.track = numbers(rest, ("percent",))["percent"]
        need(0 <= self.track <= 500 * SLACK, "limit", "force_track must be 0 to 500 per cent")

    def line_dynamic_force(self, rest):
        need(self.oscillates(), "method", f"mode {self.mode} has no dynamic force")
        values = numbers(rest, ("min_N", "max_N"))
        self.dynamic_force = values["min_N"], values["max_N"]
        need(0 <= values["min_N"] < values["max_N"], "method", "min_N must be below max_N")
        need(values["max_N"] <= FORCE_MAX * SLACK, "limit", "force is at most 18 N")

    def line_strain(self, rest):
        need(self.mode == "isostrain", "method", "a strain line belongs to isostrain")
        need(self.geometry is not None, "method", "geometry comes before strain")
        self.strain = numbers(rest, ("level",))["level"]
        self.check_strain(self.strain)

    def check_strain(self, strain):
        need(abs(self.displacement_of(strain)) <= DISPLACEMENT[1] * SLACK, "limit", "displacement is at most 10000 um")

    def line_segment(self, rest):
        need(self.geometry is not None, "method", "geometry comes before segments")
        need(rest and rest[0] in SEGMENTS, "method", "unknown segment")
        kind, values = rest[0], numbers(rest[1:], SEGMENTS[rest[0]])
        need(self.mode in MODES_OF_SEGMENT.get(kind, (self.mode,)), "method", f"{kind} is not possible in mode {self.mode}")
        if "temperature_K" in values:
            need(123.15 <= values["temperature_K"] <= 873.15, "limit", "temperature must be 123.15 to 873.15 K")
        if "rate_K_per_s" in values:
            need(0 < values["rate_K_per_s"] <= HEATING_MAX * SLACK, "limit", "heating is at most 20 K/min")
        if kind == "sweep":
            self.check_frequencies((values["first_Hz"], values["last_Hz"]))
            need(values["points_per_decade"] >= 1, "method", "points_per_decade must be at least 1")
        if "strain" in values:
            self.check_strain(values["strain"])
        if kind in ("strain_rate", "force_ramp"):
            need(values.get("rate_per_s", values.get("rate_N_per_s")) != 0, "method", "a rate is never 0")
        need(abs(values.get("force_N", 0)) <= FORCE_MAX * SLACK, "limit", "force is at most 18 N")
        for name in ("duration_s", "interval_s", "start_s"):
            need(values.get(name, 1) > 0, "method", f"{name} must be positive")
        self.segments.append((kind, values))

    def check(self):
        need(self.lines == self.count, "method", f"{self.lines} of {self.count} lines were sent")
        need(self.segments, "method", "there is no segment")
        kinds = {kind for kind, _ in self.segments}
        if self.oscillates() and self.mode != "frequency-sweep" and kinds & {"isothermal", "ramp", "isothermal_until"}:
            need(self.frequencies, "method", "frequencies are missing")
            need(self.amplitudes, "method", "amplitude is missing")
        if self.mode == "multi-strain":
            need(self.amplitudes and self.frequencies, "method", "multi-strain needs amplitudes and frequencies")
        need(self.mode != "isostrain" or self.strain is not None, "method", "isostrain needs its strain")
        one_way = self.clamp in ONE_WAY_CLAMPS
        self.track = (125.0 if one_way else 0.0) if self.track is None else self.track
        self.preload = (0.01 if one_way else 0.0) if self.preload is None else self.preload
