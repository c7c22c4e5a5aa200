# SPDX-License-Identifier: MIT
"""relaxsim pendulum from outside: every device answers in its own dialect, and all of them see one world.

The client is this file, from the devices' manuals; the numbers are INSTRUMENTS 8.1 and 8.2 written down again.
"""
import cmath
import json
import math
import os
import pathlib
import select
import shutil
import socket
import struct
import subprocess
import tempfile
import time
import unittest

from laboratory import BIN, LIMIT_S, Program, wait_for


class Line:
    """Bytes to and from one device, on TCP or on a pseudo-terminal."""

    def __init__(self, place, end=b"\n"):
        self.end = end
        self.rest = b""
        if place.startswith("tcp://"):
            host, port = place[6:].rsplit(":", 1)
            self.socket = socket.create_connection((host, int(port)), timeout=LIMIT_S)
            self.file = self.socket.fileno()
        else:
            self.socket = None
            self.file = os.open(place.removeprefix("serial://"), os.O_RDWR | os.O_NOCTTY)

    def close(self):
        if self.socket:
            self.socket.close()
        else:
            os.close(self.file)

    def send(self, data):
        data = data if isinstance(data, bytes) else data.encode()
        while data:
            data = data[os.write(self.file, data):]

    def _more(self, what):
        readable, _, _ = select.select([self.file], [], [], LIMIT_S)
        assert readable, f"no answer to {what!r}"
        data = os.read(self.file, 4096)
        assert data, f"the line was closed instead of an answer to {what!r}"
        self.rest += data

    def exactly(self, count, what):
        while len(self.rest) < count:
            self._more(what)
        out, self.rest = self.rest[:count], self.rest[count:]
        return out

    def read(self, what=""):
        while self.end not in self.rest:
            self._more(what)
        out, self.rest = self.rest.split(self.end, 1)
        return out.decode("latin-1")

    def ask(self, question):
        self.send(question)
        return self.read(question)


class Digitiser:
    """LabJack T7: Modbus TCP, functions 3 and 16, and the stream that is fetched by commands."""

    VOLT_PER_CODE, ZERO = 0.000315805780, 33523

    def __init__(self, place):
        self.line = Line(place)
        self.count = 0

    def _pdu(self, pdu):
        self.count += 1
        self.line.send(struct.pack(">HHHB", self.count, 0, 1 + len(pdu), 1) + pdu)
        number, zero, size, _unit = struct.unpack(">HHHB", self.line.exactly(7, pdu))
        assert (number, zero) == (self.count, 0), (number, zero)
        answer = self.line.exactly(size - 1, pdu)
        assert answer[0] == pdu[0], f"exception {answer.hex()} to {pdu.hex()}"
        return answer[1:]

    def words(self, address, count):
        return struct.unpack(f">{count}H", self._pdu(struct.pack(">BHH", 3, address, count))[1:])

    def u32(self, address):
        high, low = self.words(address, 2)
        return high << 16 | low

    def write(self, address, data):
        self._pdu(struct.pack(">BHHB", 16, address, len(data) // 2, len(data)) + data)

    def stream(self, rate_Hz, inputs, scans):
        """Volts of each input, scan by scan; asserts that none was lost."""
        self.write(4002, struct.pack(">f", rate_Hz))
        self.write(4004, struct.pack(">I", len(inputs)))
        self.write(4012, struct.pack(">I", 4096))
        self.write(4016, struct.pack(">I", 16))
        for place, channel in enumerate(inputs):
            self.write(4100 + 2 * place, struct.pack(">I", 2 * channel))
        self.write(4990, struct.pack(">I", 1))
        codes = []
        end = time.monotonic() + LIMIT_S
        while len(codes) < scans * len(inputs):
            assert time.monotonic() < end, f"only {len(codes)} samples came"
            had, _backlog, status, _info, *some = self.words(4500, 124)
            assert status == 0, status
            codes += some[:had]
        self.write(4990, struct.pack(">I", 0))
        volts = [(code - self.ZERO) * self.VOLT_PER_CODE for code in codes[:scans * len(inputs)]]
        return [volts[k::len(inputs)] for k in range(len(inputs))]


def amplitude(volts, rate_Hz, frequency_Hz):
    """Complex A of Re A exp(i omega t) + c + d s by least squares (INSTRUMENTS 8.3), Gauss on four unknowns."""
    rows = [[0.0] * 5 for _ in range(4)]
    for number, volt in enumerate(volts):
        turn = 2 * math.pi * frequency_Hz * number / rate_Hz
        base = (math.cos(turn), -math.sin(turn), 1.0, 2 * number / len(volts) - 1, volt)
        for i in range(4):
            for k in range(5):
                rows[i][k] += base[i] * base[k]
    for i in range(4):
        for k in range(4):
            if k != i:
                factor = rows[k][i] / rows[i][i]
                rows[k] = [a - factor * b for a, b in zip(rows[k], rows[i])]
    return complex(rows[0][4] / rows[0][0], rows[1][4] / rows[1][1])


def volt_per_volt(setup, truth, frequency_Hz, G):
    """Angle over sense resistor, settled: INSTRUMENTS 8.1 and 8.2, clamps in series, the angle's delay."""
    a, b, L = setup["width_m"], setup["thickness_m"], setup["length_m"]
    series = sum(math.tanh(n * math.pi * a / (2 * b)) / n**5 for n in range(1, 40, 2))
    J = a * b**3 / 3 * (1 - 192 / math.pi**5 * b / a * series)
    omega = 2 * math.pi * frequency_Hz
    gas = truth["pressure_Pa"] / (truth["pressure_Pa"] + setup["gas_half_Pa"])
    K = 1 / (1 / (G * J / L) + setup["clamp_rad_per_N_m"])
    K += setup["wire_N_m"] * (1 + 1j * setup["wire_tan_phi"]) + setup["field_N_m"] - setup["inertia_kg_m2"] * omega**2
    K += 1j * omega * (setup["eddy_N_m_s"] + setup["gas_N_m_s"] * gas)
    delay = 1 - 1j * omega * setup["angle_delay_s"]
    return setup["torque_N_m_per_A"] / K * delay * setup["angle_V_per_rad"] / setup["sense_V_per_A"]


CONFIGURATION = """[daemon]
database = "campaign.sqlite"
[[instrument]]
name = "pendulum1"
driver = "torsion_pendulum"
[instrument.pendulum]
angle_V_per_rad = 1500.0
sense_V_per_A = 50.0
torque_N_m_per_A = 2e-3
drive_A_per_V = 0.02
drive_limit_V = 5.0
inertia_kg_m2 = 6e-5
damping_N_m_s = 1e-7
[[instrument.part]]
name = "digitiser"
device = "labjack_t7"
uri = "tcp://127.0.0.1:%d"
serial_number = "999123"
roles = { angle = "AIN2", torque = "AIN3" }
[[instrument.part]]
name = "generator"
device = "keysight_33500"
uri = "tcp://127.0.0.1:%d"
roles = { excitation = "1" }
[[instrument.part]]
name = "controller"
device = "lake_shore"
uri = "serial://%s/controller?baudrate=57600&data_bits=7&parity=odd"
serial_number = "SIM4711"
roles = { temperature = "A" }
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class World:
    """A running relaxsim pendulum; `places` by the parts' names."""

    def __init__(self, parts, *options, configuration=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="relaxd-pendulum-"))
        self.record = self.folder / "truth.jsonl"
        named = [word for part in parts for word in ("--part", part.replace("HERE", str(self.folder)))]
        if configuration:
            (self.folder / "relaxd.toml").write_text(configuration(self.folder))
            named = ["--config", self.folder / "relaxd.toml"]
        self.program = Program([BIN / "relaxsim", "pendulum", *named, "--record", self.record, *options], self.folder, "relaxsim")
        self.places = dict(word.split("=", 1) for word in self.program.address.split() if "=" in word)
        self.lines = []

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        for line in self.lines:
            line.close()
        code = self.program.end()
        left = [path.name for path in self.folder.iterdir() if path.is_symlink()]
        shutil.rmtree(self.folder, ignore_errors=True)
        if kind is None:
            assert code == 0, code
            assert not left, f"pseudo-terminals were left behind: {left}"

    def line(self, name, end=b"\n"):
        self.lines.append(Line(self.places[name], end))
        return self.lines[-1]

    def digitiser(self, name="digitiser"):
        device = Digitiser(self.places[name])
        self.lines.append(device.line)
        return device

    def truths(self):
        lines = self.record.read_text().splitlines() if self.record.exists() else []
        return [json.loads(line) for line in lines if line.endswith("}")]


PARTS = ["digitiser=labjack_t7@tcp://127.0.0.1:0", "generator=keysight_33500@tcp://127.0.0.1:0",
         "controller=lake_shore@pty:HERE/controller", "gauge=pfeiffer_tpg@pty:HERE/gauge",
         "lock-in=sr830@pty:HERE/lock-in?input=angle"]


def drive(generator, frequency_Hz, volt):
    """Peak volts of a sine at the source's input, which is no 50 ohm."""
    generator.send(f"OUTP:LOAD INF;:FUNC SIN;:FREQ {frequency_Hz};:VOLT {2 * volt} VPP;:VOLT:OFFS 0;:OUTP ON\n")
    assert generator.ask("SYST:ERR?\n") == '+0,"No error"'


class PendulumSim(unittest.TestCase):
    def test_every_device_says_in_its_dialect_that_it_is_simulated(self):
        with World(PARTS) as world:
            self.assertEqual(list(world.places), ["digitiser", "generator", "controller", "gauge", "lock-in"])
            self.assertRegex(world.places["controller"], r"^serial:///")
            self.assertIn(",SIM", world.line("generator").ask("*IDN?\n"))
            self.assertIn(",SIM", world.line("controller", b"\r\n").ask("*IDN?\n"))
            self.assertIn("SIM", world.line("lock-in", b"\r").ask("*IDN?\r"))
            digitiser = world.digitiser()
            self.assertEqual(digitiser.u32(55100), 0x00112233)
            self.assertTrue(str(digitiser.u32(60028)).startswith("999"))
            gauge = world.line("gauge", b"\r\n")
            self.assertEqual(gauge.ask("PNR\r\n"), "\x06")
            self.assertTrue(gauge.ask("\x05").startswith("999"))

    def test_a_set_point_warms_the_specimen_and_the_gauge_knows_the_chamber(self):
        with World(PARTS, "--speed", "60") as world:
            controller = world.line("controller", b"\r\n")
            begun = float(controller.ask("KRDG? A\n"))
            self.assertAlmostEqual(begun, 298.15, delta=0.5)
            controller.send("RAMP 1,1,10;SETP 1,330;RANGE 1,3\n")
            wait_for(lambda: float(controller.ask("KRDG? A\n")) > begun + 10, "the furnace to warm")
            truth = wait_for(world.truths, "the record")[-1]
            self.assertGreater(truth["temperature_K"], 299)
            gauge = world.line("gauge", b"\r\n")
            self.assertEqual(gauge.ask("PR1\r\n"), "\x06")
            state, number = gauge.ask("\x05").split(",")
            self.assertEqual(state, "0")
            truth = world.truths()[-1]
            self.assertAlmostEqual(math.log(100 * float(number) / truth["pressure_Pa"]), 0, delta=0.15)  # mbar; 2 % of noise

    def test_the_stream_shows_the_amplitude_of_the_closed_form(self):
        with World(PARTS, "--speed", "30") as world:
            drive(world.line("generator"), 2.0, 4.0)
            digitiser, lock_in = world.digitiser(), world.line("lock-in", b"\r")
            lock_in.send("FMOD 0\rOFLT 10\rOFSL 3\r")  # external reference, 1 s, 24 dB/oct
            wait_for(lambda: world.truths() and world.truths()[-1]["time_s"] > 20, "the transient to be over")
            angle, torque = digitiser.stream(200.0, [0, 1], 1600)
            driven, moved = amplitude(torque, 200.0, 2.0), amplitude(angle, 200.0, 2.0)
            first, last = world.truths()[0], world.truths()[-1]
            G = complex(last["shear_storage_modulus_Pa"], last["shear_loss_modulus_Pa"])
            self.assertEqual(last["frequency_Hz"], 2.0)
            expected = volt_per_volt(first["setup"], last, 2.0, G)
            self.assertAlmostEqual(abs(driven), 4.0, delta=0.02)  # 10 mA a volt, 100 ohm
            self.assertAlmostEqual(abs(moved / driven) / abs(expected), 1, delta=0.01)
            self.assertAlmostEqual(cmath.phase(moved / driven / expected), 0, delta=0.01)
            x, y, f = (float(word) for word in lock_in.ask("SNAP?1,2,9\r").split(","))
            self.assertAlmostEqual(f, 2.0, delta=0.001)
            self.assertAlmostEqual(math.hypot(x, y) * math.sqrt(2) / abs(moved), 1, delta=0.02)
            self.assertAlmostEqual(cmath.phase(complex(x, y) / expected), 0, delta=0.02)

    def test_a_steel_bar_and_nothing_hang_there_for_calibration(self):
        for specimen, G, frequency_Hz, volt, rings_s in (("elastic", 8e10 * (1 + 1e-4j), 5.0, 4.5, 500), ("none", 1e-9, 2.0, 0.5, 2000)):
            with self.subTest(specimen=specimen), World(PARTS[:2], "--speed", "200", "--specimen", specimen) as world:
                drive(world.line("generator"), frequency_Hz, volt)
                wait_for(lambda: world.truths() and world.truths()[-1]["time_s"] > rings_s, "the ringing to be over")
                angle, torque = world.digitiser().stream(400.0, [0, 1], 1600)
                ratio = amplitude(angle, 400.0, frequency_Hz) / amplitude(torque, 400.0, frequency_Hz)
                first, last = world.truths()[0], world.truths()[-1]
                expected = volt_per_volt(first["setup"], last, frequency_Hz, G)
                self.assertAlmostEqual(abs(ratio / expected), 1, delta=0.02)
                self.assertEqual(first["setup"]["specimen"], specimen)
                self.assertIsNone(last["chi"])

    def test_nothing_moves_before_a_host_comes_nor_after_the_output_is_off(self):
        with World(PARTS[:2], "--speed", "20", "--noise-free") as world:
            time.sleep(0.3)  # the clock must not begin meanwhile; a slow machine only weakens the test
            self.assertEqual(world.truths(), [])
            generator = world.line("generator")
            drive(generator, 2.0, 4.0)
            digitiser = world.digitiser()
            angle, _ = digitiser.stream(200.0, [0, 1], 400)
            self.assertGreater(abs(amplitude(angle, 200.0, 2.0)), 0.05)
            generator.send("OUTP OFF\n")
            self.assertEqual(generator.ask("OUTP?\n"), "0")
            _, torque = digitiser.stream(200.0, [0, 1], 400)
            self.assertLess(abs(amplitude(torque, 200.0, 2.0)), 0.001)

    def test_a_bad_line_is_bad_for_its_own_part_only(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="relaxd-faults-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        script = folder / "bad.toml"
        script.write_text('[[fault]]\nkind = "duplicated"\nprobability = 1.0\ncopies = 3\n')
        parts = [PARTS[1] + f"?faults={script}", PARTS[4]]
        with World(parts) as world:
            generator = world.line("generator")
            answers = [generator.ask("FREQ?\n"), generator.read(), generator.read()]
            self.assertEqual(len(set(answers)), 1)
            lock_in = world.line("lock-in", b"\r")
            self.assertEqual(lock_in.ask("FREQ?\r"), lock_in.ask("FREQ?\r"))

    def test_a_broken_specimen_is_gone_at_its_time(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="relaxd-faults-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        script = folder / "breaks.toml"
        script.write_text('[[fault]]\nkind = "specimen_breaks"\nat = "2 s"\n')
        with World(PARTS[:2], "--speed", "10", "--faults", script) as world:
            drive(world.line("generator"), 1.0, 1.0)
            wait_for(lambda: any(t["shear_storage_modulus_Pa"] is None and t["time_s"] > 2 for t in world.truths()), "the break")
            self.assertIsNotNone(world.truths()[1]["shear_storage_modulus_Pa"])

    def test_a_part_loses_power_and_a_thermocouple_opens_at_their_times(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="relaxd-faults-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        script = folder / "night.toml"
        script.write_text('[[fault]]\nkind = "reboot"\nat = "2 s"\nback_after = "200 ms"\n')
        opens = folder / "opens.toml"
        opens.write_text('[[fault]]\nkind = "thermocouple_opens"\nat = "1 s"\nduration = "30 s"\n')
        with World([PARTS[1] + f"?faults={script}", PARTS[2] + f"?faults={opens}"], "--speed", "10") as world:
            generator = world.line("generator")
            self.assertEqual(generator.ask("*ESR?\n"), "128")
            self.assertEqual(generator.ask("FREQ 3;*ESR?\n"), "0")
            controller = world.line("controller", b"\r\n")
            wait_for(lambda: controller.ask("RDGST? A\n") != "000", "the thermocouple to open")
            wait_for(lambda: controller.ask("RDGST? A\n") == "000", "somebody to mend it")
            back = wait_for(lambda: self.connected_again(world), "the generator to be back")
            self.assertEqual(back.ask("*ESR?;FREQ?\n"), "128;+1.0000000000000E+03")

    @staticmethod
    def connected_again(world):
        """A new line to the generator, once it keeps one."""
        line = world.line("generator")
        try:
            return line if line.ask("*OPC?\n") == "1" else None
        except (AssertionError, OSError):
            return None

    def test_one_part_alone_is_told_in_the_contracts_words_and_the_usual_ones_by_name(self):
        with World(["sr830@tcp://127.0.0.1:0"]) as world:
            self.assertRegex(world.program.line, r"^listening tcp://127\.0\.0\.1:\d+$")
        folder = pathlib.Path(tempfile.mkdtemp(prefix="relaxd-usual-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        for where in (["--listen", "tcp://127.0.0.1:0"], ["--pty", folder / "line"]):
            program = Program([BIN / "relaxsim", "pendulum", *where], folder, "relaxsim")
            self.assertEqual([word.split("=")[0] for word in program.address.split()],
                             ["digitiser", "generator", "controller", "gauge"])
            self.assertEqual(program.end(), 0)

    def test_the_pendulum_of_a_configuration_is_where_the_daemon_looks_for_it(self):
        ports = free_port(), free_port()
        with World([], "--speed", "20", configuration=lambda folder: CONFIGURATION % (*ports, folder)) as world:
            self.assertEqual(world.places["digitiser"], f"tcp://127.0.0.1:{ports[0]}")
            self.assertEqual(world.places["controller"], f"serial://{world.folder}/controller")
            self.assertIn(",SIM4711", world.line("controller", b"\r\n").ask("*IDN?\n"))
            drive(world.line("generator"), 2.0, 4.0)
            digitiser = world.digitiser()
            self.assertEqual(digitiser.u32(60028), 999123)
            angle, torque = digitiser.stream(200.0, [2, 3], 800)
            self.assertAlmostEqual(abs(amplitude(torque, 200.0, 2.0)), 4.0, delta=0.05)  # 0.02 A/V, 50 ohm
            setup = world.truths()[0]["setup"]
            self.assertEqual((setup["inertia_kg_m2"], setup["angle_V_per_rad"], setup["drive_A_per_V"]), (6e-5, 1500, 0.02))
            self.assertGreater(abs(amplitude(angle, 200.0, 2.0)), 0.1)

    def test_what_of_a_configuration_cannot_be_simulated_is_named(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="relaxd-configuration-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        text = CONFIGURATION % (free_port(), free_port(), folder)
        for old, new, words in (
                ('"999123"', '"470012345"', "a real device"), ('temperature = "A"', 'temperature = "B"', 'at "A"'),
                ("drive_limit_V = 5.0", "drive_limit_V = 5.0\nintertia = 1.0", "intertia"),
                ('"torsion_pendulum"', '"q800_class"', "0 instruments"), ("[daemon]", "[daemon", "relaxd.toml:1")):
            with self.subTest(new=new):
                (folder / "relaxd.toml").write_text(text.replace(old, new))
                done = subprocess.run([str(BIN / "relaxsim"), "pendulum", "--config", str(folder / "relaxd.toml")],
                                      capture_output=True, text=True, timeout=LIMIT_S)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
                self.assertIn(words, done.stderr)

    def test_what_cannot_be_served_is_refused_in_one_sentence(self):
        free = "tcp://127.0.0.1:0"
        folder = pathlib.Path(tempfile.mkdtemp(prefix="relaxd-faults-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        faults = {name: folder / name for name in ("slips", "when", "opens")}
        faults["slips"].write_text('[[fault]]\nkind = "clamp_slips"\nat = "1 s"\n')
        faults["when"].write_text('[[fault]]\nkind = "overload"\nprobability = 0.1\n')
        faults["opens"].write_text('[[fault]]\nkind = "thermocouple_opens"\nat = "1 s"\n')
        for arguments, code, words in (
                (["--part", "sr830"], 2, "@ is missing"),
                (["--part", "a=sr831@" + free], 2, "nearest is sr830"),
                (["--part", "a=sr830@udp://x"], 2, "pty:PATH"),
                (["--part", "a=sr830@" + free + "?inptu=angle"], 2, "nearest is input"),
                (["--part", "a=sr830@" + free + "?input=angel"], 2, "angle, torque"),
                (["--part", "a=sr830@" + free + "?serial=12345"], 2, "real sr830"),
                (["--part", "a=sr830@" + free, "--part", "a=sr830@" + free], 2, "another part"),
                (["--part", "a=sr830@" + free, "--listen", free], 2, "--part"),
                (["--config", "/no/such/relaxd.toml"], 2, "/no/such/relaxd.toml"),
                (["--config", "x.toml", "--listen", free], 2, "say one of them"),
                (["--part", "a=sr830@tcp://203.0.113.9:4001"], 1, "203.0.113.9"),
                (["--listen", free, "--specimen", "stel"], 2, "steel bar"),
                (["--listen", free, "--material", "unobtainium"], 2, "unobtainium"),
                (["--listen", free, "--bench", "realistic"], 2, "--bench"),
                (["--listen", free, "--faults", "/no/such/file"], 2, "/no/such/file"),
                (["--listen", free, "--faults", faults["slips"]], 2, "slips, line 1: 'clamp_slips'"),
                (["--listen", free, "--faults", faults["when"]], 2, "has no `at`"),
                (["--part", f"a=sr830@{free}?faults={faults['opens']}"], 2, "none of the devices"),
                (["--listen", free, "--record", "/no/such/folder/f"], 1, "/no/such/folder/f"),
                ([], 2, "--listen")):
            with self.subTest(arguments=arguments):
                done = subprocess.run([str(BIN / "relaxsim"), "pendulum", *arguments], capture_output=True, text=True, timeout=LIMIT_S)
                self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
                self.assertIn(words, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)


if __name__ == "__main__":
    unittest.main()
