#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Who may include whom: the layer table of ARCHITECTURE.md as data, checked over every source file.

Exit 0 and silence when all is well; otherwise one sentence a wrong include:
    model/bad.hpp:3: model may not include boost/asio.hpp
`--self-test` proves that the checker finds what it must find.
"""
import pathlib
import re
import sys

# layer: (our own layers it may include, third-party header prefixes). A layer may always include itself.
WORDS = ["schema/base", "schema/units", "schema/record"]
MAY_SEE = {
    "schema/base": ([], ["tl/expected.hpp", "openssl/evp.h", "toml++/"]),
    "schema/units": ([], []),
    "schema/record": (["schema/base", "schema/units"], ["zlib.h"]),
    "schema/method": (WORDS, []),
    "schema/material": (WORDS, []),
    "schema/protocol": (["schema/base"], []),
    "schema/table": (WORDS, []),
    "schema/score": (WORDS, []),
    "schema/wire": (WORDS + ["schema/score"], ["boost/json"]),
    "schema/store": (WORDS, ["sqlite3.h"]),
    "model": (WORDS, ["Eigen/"]),
    "drivers/link": (["schema/base", "schema/units"], ["boost/asio", "boost/system", "libserialport.h"]),
    "drivers/api": (WORDS + ["schema/method", "drivers/link"], ["boost/asio"]),
    "drivers/q800_class": (WORDS + ["schema/method", "drivers/api", "drivers/link"], ["boost/asio", "boost/system"]),
    "drivers/protocol_file": (WORDS + ["schema/method", "schema/protocol", "drivers/api", "drivers/link"],
                              ["boost/asio", "boost/system"]),
    "drivers/modbus": (["schema/base"], []),
    "drivers/ta_files": (WORDS + ["schema/table"], []),
    "drivers/ta_files/live": (WORDS + ["schema/method", "schema/table", "drivers/api", "drivers/link", "drivers/ta_files"],
                              ["boost/asio"]),
    "drivers/simulator": (WORDS + ["schema/material", "schema/protocol"], ["boost/asio", "boost/system"]),
    "drivers/parts": (WORDS + ["drivers/api", "drivers/link", "drivers/parts"], ["boost/asio", "boost/system"]),
    "drivers/torsion_pendulum": (WORDS + ["schema/method", "drivers/api", "drivers/link", "drivers/parts"],
                                 ["boost/asio", "boost/system"]),
    "drivers/registry": (["schema", "drivers"], ["boost/asio"]),
    "daemon/config": (["schema", "drivers/api", "drivers/registry", "daemon"], ["boost/", "spdlog/"]),
    "daemon/serve": (["schema", "daemon"], ["boost/", "spdlog/", "openssl/"]),
    "daemon": (["schema", "model", "drivers/api", "drivers/link", "drivers/registry", "daemon"], ["boost/", "spdlog/"]),
    "tools": (["schema", "model", "drivers"], ["boost/", "spdlog/", "CLI/"]),
}
# A driver, or a part of instruments, that is not named above: a layer of its own, which knows no other driver.
NEW_DRIVER = re.compile(r"^drivers/(?:parts/)?[a-z0-9_]+(?=/)")
NEW_DRIVER_MAY_SEE = (WORDS + ["schema/method", "drivers/api", "drivers/link", "drivers/modbus", "drivers/parts/polled"],
                      ["boost/asio", "boost/system"])
# The only files of their layer that may name these.
ONLY_IN = {
    "tl/expected.hpp": re.compile(r"^schema/base/result\.hpp$"),
    "toml++/": re.compile(r"^schema/base/toml_parser\.hpp$"),
    "openssl/evp.h": re.compile(r"^(schema/base/sha256\.cpp|daemon/serve/.*)$"),
    "zlib.h": re.compile(r"^schema/record/waveform[a-z_]*\.cpp$"),
    "libserialport.h": re.compile(r"^drivers/link/[a-z_]+\.cpp$"),
    "boost/beast": re.compile(r"^(daemon/serve/beast_server\.cpp|tools/ctl/http_client\.cpp)$"),
    "boost/json/src.hpp": re.compile(r"^schema/wire/boost_json\.cpp$"),
}
# Sans-I/O: the fuzzers compile these alone.
PURE = re.compile(r"^drivers/(parts/)?[^/]+/protocol\.(hpp|cpp)$")
STANDARD = re.compile(r"^[a-z_0-9]+$|^(sys|netinet|arpa|linux|net)/[a-z_0-9]+\.h$|^[a-z_0-9]+\.h$")
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def layer_of(path):
    """The longest layer name that is a folder above the path."""
    best = None
    for layer in MAY_SEE:
        if path.startswith(layer + "/") and (best is None or len(layer) > len(best)):
            best = layer
    if best in (None, "drivers/parts") and (match := NEW_DRIVER.match(path)) and match.group(0) != "drivers/parts":
        best = match.group(0)
    return best


def faults_of(path, text):
    layer = layer_of(path)
    if layer is None:
        return [f"{path}:1: no layer is declared for this folder (tools/check_layers.py)"]
    own, third = MAY_SEE.get(layer, NEW_DRIVER_MAY_SEE)
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        kind, name = match.groups()
        if kind == '"':
            target = layer_of(name)
            fine = target is not None and (
                target == layer or any(name.startswith(prefix + "/") for prefix in own))
        else:
            fine = any(name.startswith(prefix) for prefix in third) or (
                bool(STANDARD.match(name)) and name not in ("sqlite3.h", "libserialport.h"))
            for only, where in ONLY_IN.items():
                if name.startswith(only) and not where.match(path):
                    fine = False
        if fine and PURE.match(path) and ("asio" in name or "clock.hpp" in name or name in ("chrono", "thread")):
            found.append(f"{path}:{number}: a protocol decoder is pure and may not include {name}")
        elif not fine:
            found.append(f"{path}:{number}: {layer} may not include {name}")
    return found


def self_test():
    wrong = [
        ("schema/method/bad.cpp", "#include <toml++/toml.h>"),
        ("model/bad.hpp", "#include <boost/asio.hpp>"),
        ("drivers/q800_class/bad.cpp", '#include "drivers/simulator/furnace.hpp"'),
        ("drivers/simulator/bad.cpp", '#include "model/qpd/modulus.hpp"'),
        ("schema/record/bad.hpp", "#include <sqlite3.h>"),
        ("drivers/q800_class/protocol.cpp", "#include <chrono>"),
        ("daemon/run/bad.cpp", '#include "drivers/q800_class/protocol.hpp"'),
        ("daemon/run/bad.cpp", "#include <boost/beast/core.hpp>"),
        ("elsewhere/bad.cpp", ""),
        ("drivers/unnamed/bad.cpp", '#include "drivers/q800_class/protocol.hpp"'),
        ("drivers/parts/one/bad.cpp", '#include "drivers/parts/two/part.hpp"'),
        ("drivers/parts/one/bad.cpp", '#include "drivers/parts/parts.hpp"'),
        ("drivers/parts/one/protocol.cpp", "#include <boost/asio/buffer.hpp>"),
        ("drivers/registry/bad.cpp", "#include <zlib.h>"),
    ]
    right = [
        ("model/fit/good.cpp", '#include "schema/record/fit.hpp"\n#include <Eigen/Dense>\n#include <vector>'),
        ("daemon/serve/beast_server.cpp", "#include <boost/beast/core.hpp>"),
        ("drivers/parts/one/part.cpp", '#include "drivers/parts/one/protocol.hpp"\n#include "drivers/parts/polled/dialect.hpp"'),
        ("drivers/parts/parts.cpp", '#include "drivers/parts/one/dialect.hpp"'),
    ]
    for path, text in wrong:
        assert faults_of(path, text), f"not found: {path}: {text}"
    for path, text in right:
        assert not faults_of(path, text), faults_of(path, text)


def main():
    self_test()
    if "--self-test" in sys.argv:
        return 0
    root = pathlib.Path(__file__).resolve().parent.parent
    faults = []
    for top in ("schema", "model", "drivers", "daemon", "tools"):
        for path in sorted((root / top).rglob("*.[ch]pp")):
            if "node_modules" in path.parts:
                continue
            faults += faults_of(str(path.relative_to(root)), path.read_text(encoding="utf-8"))
    print("\n".join(faults) if faults else "layers: every include is allowed")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
