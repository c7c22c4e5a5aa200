#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""pymodbus 3.0 as server, as a process. Its memory is that of tests/modbus/peer_memory.hpp.

    pymodbus_server.py tcp          first line: listening PORT
    pymodbus_server.py rtu PATH     first line: listening
    pymodbus_server.py probe        first line: present, or absent: why
"""
import asyncio
import logging
import struct
import sys

UNIT = 17
BITS = 2000
REGISTERS = 200
FLOATS_AT = 150
NUMBER = -123.456


def say(line):
    print(line, flush=True)


def floats():
    """NUMBER in the orders abcd, cdab, badc, dcba, two registers each."""
    a, b, c, d = struct.pack(">f", NUMBER)
    for order in ((a, b, c, d), (c, d, a, b), (b, a, d, c), (d, c, b, a)):
        yield from struct.unpack(">HH", bytes(order))


def memory():
    inputs = [65535 - i for i in range(REGISTERS)]
    inputs[FLOATS_AT:FLOATS_AT + 8] = floats()
    unit = ModbusSlaveContext(
        co=ModbusSequentialDataBlock(0, [i % 3 == 0 for i in range(BITS)]),
        di=ModbusSequentialDataBlock(0, [i * 7 % 5 == 0 for i in range(BITS)]),
        hr=ModbusSequentialDataBlock(0, [1000 + i for i in range(REGISTERS)]),
        ir=ModbusSequentialDataBlock(0, inputs),
        zero_mode=True)  # otherwise address 0 on the wire is 1 in the block
    return ModbusServerContext(slaves={UNIT: unit}, single=False)


async def serve_tcp():
    server = ModbusTcpServer(memory(), address=("127.0.0.1", 0))
    task = asyncio.ensure_future(server.serve_forever())
    await server.serving
    say(f"listening {server.server.sockets[0].getsockname()[1]}")
    await task


async def serve_rtu(path):
    server = ModbusSerialServer(memory(), framer=ModbusRtuFramer, port=path, baudrate=115200, timeout=0.05)
    await server.start()
    if server.transport is None:
        say("cannot open the line")
        return
    say("listening")
    await server.serve_forever()


if __name__ == "__main__":
    try:
        from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
        from pymodbus.server.async_io import ModbusSerialServer, ModbusTcpServer
        from pymodbus.transaction import ModbusRtuFramer
    except ImportError as error:
        say(f"absent: {error}")
        sys.exit(0)
    if sys.argv[1] == "probe":
        say("present")
        sys.exit(0)
    logging.disable(logging.ERROR)  # it reports every exception reply
    asyncio.run(serve_rtu(sys.argv[2]) if sys.argv[1] == "rtu" else serve_tcp())
