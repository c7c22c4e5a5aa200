#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The third implementation of docs/protocols/q800_class.md, written from that page alone; Python 3.11, nothing else.

q800_peer.py instrument --listen 127.0.0.1:0 [--speed X]   a small fake instrument; prints `listening tcp://HOST:PORT`
q800_peer.py host tcp://HOST:PORT | serial:///dev/…          drives an instrument, checks every rule it can, exits 0 or 1
q800_peer.py selftest [--fault NAME]                         one against the other; with a fault the host must find it
"""

import argparse
import asyncio
import subprocess
import sys

from q800_peer_host import drive
from q800_peer_instrument import FAULTS, serve_instrument


def selftest(fault):
    command = [sys.executable, __file__, "instrument", "--listen", "127.0.0.1:0", "--speed", "1000"]
    command += ["--fault", fault] if fault else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as instrument:
        try:
            return drive(instrument.stdout.readline().split()[1], 5 if fault else 30)
        finally:
            instrument.terminate()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    roles = parser.add_subparsers(dest="role", required=True)
    instrument = roles.add_parser("instrument")
    instrument.add_argument("--listen", default="127.0.0.1:0")
    instrument.add_argument("--speed", type=float, default=100.0, help="instrument seconds a host second")
    host = roles.add_parser("host")
    host.add_argument("uri")
    host.add_argument("--patience", type=float, default=30.0, help="seconds to wait for what must come")
    test = roles.add_parser("selftest")
    for role in (instrument, test):
        role.add_argument("--fault", choices=FAULTS, default="", help="break one rule on purpose")
    arguments = parser.parse_args()
    if arguments.role == "instrument":
        address, port = arguments.listen.rsplit(":", 1)
        try:
            asyncio.run(serve_instrument(address, int(port), arguments.speed, arguments.fault))
        except KeyboardInterrupt:
            pass
        return 0
    return selftest(arguments.fault) if arguments.role == "selftest" else drive(arguments.uri, arguments.patience)


if __name__ == "__main__":
    sys.exit(main())
