#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Somebody else's client of a LabJack T7: written from drivers/parts/labjack_t7/README.md alone.

    labjack_peer.py PORT VOLT

Reads the identity, sets an output, streams two inputs and compares their volts with VOLT and -VOLT.
Registers are read with pymodbus where that is installed. Last line: "right", or what is wrong.
"""
import math
import socket
import struct
import sys
import time

try:
    from pymodbus.client import ModbusTcpClient
except ImportError:
    ModbusTcpClient = None


class Device:
    def __init__(self, port):
        self.wire = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.number = 0

    def take(self, size):
        out = b""
        while len(out) < size:
            got = self.wire.recv(size - len(out))
            assert got, "the device closed the connection"
            out += got
        return out

    def ask(self, pdu):
        self.number += 1
        self.wire.sendall(struct.pack(">HHHB", self.number, 0, len(pdu) + 1, 1) + pdu)
        number, protocol, length, unit = struct.unpack(">HHHB", self.take(7))
        reply = self.take(length - 1)
        assert (number, protocol, unit) == (self.number, 0, 1), (number, protocol, unit)
        return reply

    def read(self, address, count):
        reply = self.ask(struct.pack(">BHH", 3, address, count))
        assert reply[0] == 3 and reply[1] == 2 * count, reply
        return reply[2:]

    def write(self, address, data):
        reply = self.ask(struct.pack(">BHHB", 16, address, len(data) // 2, len(data)) + data)
        assert reply == struct.pack(">BHH", 16, address, len(data) // 2), reply

    def feedback(self, frames, size):
        reply = self.ask(b"\x4c" + frames)
        assert reply[0] == 0x4c and len(reply) == 1 + size, reply
        return reply[1:]


def calibration(device):
    """PSlope, NSlope, Center of a gain of 1."""
    frames = struct.pack(">BHBI", 1, 61810, 2, 0x3C4000) + struct.pack(">BHB", 0, 61812, 8)
    return struct.unpack(">4f", device.feedback(frames, 16))[:3]


def stream(device, scans):
    device.write(4002, struct.pack(">fIIfIIIIII", 500.0, 2, 2, 0.0, 0, 32768, 0, 16, 0, 0))
    device.write(4100, struct.pack(">II", 0, 2))
    device.write(4990, struct.pack(">I", 1))
    codes = []
    while len(codes) < 2 * scans:
        reply = device.feedback(struct.pack(">BHB", 0, 4500, 104), 208)
        samples, _, status, _ = struct.unpack(">4H", reply[:8])
        assert status == 0, status
        codes += struct.unpack(f">{samples}H", reply[8:8 + 2 * samples])
        time.sleep(0.01)
    device.write(4990, struct.pack(">I", 0))
    return codes


def standard_client(port):
    client = ModbusTcpClient("127.0.0.1", port=port)
    assert client.connect()
    test = client.read_holding_registers(55100, 2, 1)
    assert test.registers == [0x0011, 0x2233], test
    assert client.read_holding_registers(60000, 2, 1).registers == list(struct.unpack(">2H", struct.pack(">f", 7.0)))
    written = client.write_registers(1002, list(struct.unpack(">2H", struct.pack(">f", 1.5))), 1)
    assert not written.isError(), written
    unknown = client.read_holding_registers(30000, 2, 1)
    assert unknown.isError() and unknown.exception_code == 2, unknown
    client.close()
    time.sleep(0.3)  # one host at a time: until the device has seen it go


def main():
    port, volt = int(sys.argv[1]), float(sys.argv[2])
    if ModbusTcpClient is None:
        print("pymodbus is not installed: its part is left out")
    else:
        standard_client(port)
    device = Device(port)
    assert device.read(55100, 2) == bytes.fromhex("00112233")
    assert struct.unpack(">f", device.read(60000, 2)) == (7.0,)
    serial, = struct.unpack(">I", device.read(60028, 2))
    assert 999000 <= serial <= 999999, serial
    device.write(1000, struct.pack(">f", 2.0))
    held, = struct.unpack(">f", device.read(1000, 2))
    assert math.isclose(held, 2.0, abs_tol=2.5e-3), held
    one, other = struct.unpack(">2f", device.read(0, 4))
    assert math.isclose(one, volt, abs_tol=1e-4) and math.isclose(other, -volt, abs_tol=1e-4), (one, other)
    up, down, center = calibration(device)
    assert device.ask(struct.pack(">BHH", 3, 30000, 1)) == b"\x83\x02"
    for i, code in enumerate(stream(device, 100)):
        found = (code - center) * up if code >= center else (center - code) * down
        expected = volt if i % 2 == 0 else -volt
        assert math.isclose(found, expected, abs_tol=0.51 * up), (i, code, found, expected)
    print("right")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as wrong:
        print("wrong:", wrong.__traceback__.tb_lineno, wrong)
