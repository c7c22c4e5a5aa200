#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Banned words and the coroutine rule, over every file of ours. Tests itself first.

A line may be excused with `// style: allow REASON` at its end.
"""
import pathlib
import re
import subprocess
import sys

BANS = [  # pattern, what to do instead, paths that are excused
    (r"\bstd::sto[dfil]\b|\batof\b|\bstrtod\b", "use schema/base/number.hpp", r"^$"),
    (r"\bsystem_clock\b", "take a Clock (schema/base/clock.hpp)", r"^schema/base/clock\.cpp$"),
    (r"\bsleep_for\b|\busleep\(", "take a Clock or a timer; tests wait for conditions", r"^$"),
    (r"\basio::detached\b", "every child belongs to a TaskGroup", r"^$"),
    (r"\busing namespace\b", "name what you use", r"^tests/.*\.cpp$"),
    (r"\bstd::endl\b", "write '\\n'", r"^$"),
    (r"\bvolatile\b", "use std::atomic", r"^$"),
    (r"\bstd::stable_(sort|partition)\b", "clang 19 refuses what libstdc++ 12 makes of it: order by a whole key, or model/estimate/ascending.hpp", r"^model/estimate/ascending\.hpp$"),
    (r"\bM_PI\b", "use std::numbers::pi", r"^$"),
    (r"\b(TODO|FIXME|XXX|HACK)\b", "do it now, or say it in an issue", r"^tools/check_style\.py$"),
    (r"\binnerHTML\b", "text nodes only", r"^tools/check_style\.py$"),
    (r"<catch2/", "include tests/support/catch.hpp", r"^tests/support/"),
    (r"^<{7} |^>{7} ", "resolve the conflict", r"^$"),
]
CAPTURING_AWAIT = re.compile(r"co_await[^;]*\[[^\]\s][^\]]*\]\s*\(")
LINES_MAX = 500
COLUMNS_MAX = 100


def faults_of(path, text):
    found = []
    lines = text.splitlines()
    code = path.endswith((".cpp", ".hpp"))
    for number, line in enumerate(lines, 1):
        if "style: allow" in line:
            continue
        for pattern, instead, excused in BANS:
            if re.search(pattern, line) and not re.match(excused, path) and path != "tools/check_style.py":
                found.append(f"{path}:{number}: '{re.search(pattern, line).group(0)}' is banned: {instead}")
        if code and len(line) > COLUMNS_MAX and "http" not in line and 'R"' not in line:
            found.append(f"{path}:{number}: {len(line)} columns, at most {COLUMNS_MAX}")
        if code and CAPTURING_AWAIT.search(line):
            found.append(f"{path}:{number}: a capturing lambda inside a co_await expression (GCC 12 destroys it twice): name it first")
    if code and len(lines) > LINES_MAX:
        found.append(f"{path}: {len(lines)} lines, at most {LINES_MAX}")
    if code and not (lines and lines[0].startswith("// SPDX-License-Identifier: MIT")):
        found.append(f"{path}:1: the first line names the licence: // SPDX-License-Identifier: MIT")
    if path.endswith(".hpp") and "#pragma once" not in text:
        found.append(f"{path}: no #pragma once")
    return found


def self_test():
    head = "// SPDX-License-Identifier: MIT\n#pragma once\n"
    for bad in ["double x = std::stod(s);", "co_await f([x]() {});", "std::cout << std::endl;", "x" * 101, "// TODO later"]:
        assert faults_of("model/a.hpp", head + bad + "\n"), bad
    assert not faults_of("model/a.hpp", head + "int x = 0;\n")
    assert faults_of("model/a.hpp", head + "int x;\n" * 500)


def main():
    self_test()
    root = pathlib.Path(__file__).resolve().parent.parent
    names = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True).stdout.split("\n")
    faults = []
    for name in names:
        if name.endswith((".cpp", ".hpp", ".ts", ".tsx", ".py", ".mjs")) and (root / name).exists():
            faults += faults_of(name, (root / name).read_text(encoding="utf-8"))
    lock = root / "daemon/web/package-lock.json"
    if lock.exists() and '"resolved"' in lock.read_text(encoding="utf-8"):
        faults.append("daemon/web/package-lock.json: records download addresses; write it with the settings of daemon/web/.npmrc")
    print("\n".join(faults) if faults else "style: nothing banned")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
