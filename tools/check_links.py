#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""docs/link-failures.md names tests that exist, and tools/udev has rules that udev reads. Tests itself first."""
import pathlib
import re
import sys

NAMED = re.compile(r'`([a-z0-9_]+)`: ((?:"[^"]+"(?:, )?)+)')
ASSIGNMENT = re.compile(r'^[A-Z_]+(\{[A-Za-z0-9_./-]+\})?(==|!=|=|\+=|-=|:=)"[^"]*"$')


def tests_below(folder):
    """Names of all tests in a folder of tests/, C++ and Python."""
    found = set()
    for path in sorted(folder.rglob("*")):
        if path.suffix not in (".cpp", ".py"):
            continue
        text = path.read_text(encoding="utf-8")
        for literals in re.findall(r'TEST_CASE\(\s*((?:"[^"]*"\s*)+)', text):
            found.add("".join(re.findall(r'"([^"]*)"', literals)))
        found.update(re.findall(r"def (test_\w+)\(", text))
    return found


def missing_tests(table, names_of):
    """Sentences about tests that are named in the table and are not there."""
    faults = []
    rows = [line for line in table.splitlines() if line.startswith("| ") and '"' in line and "`: " in line]
    for row in rows:
        for folder, names in NAMED.findall(row):
            for name in re.findall(r'"([^"]+)"', names):
                if name not in names_of(folder):
                    faults.append(f'docs/link-failures.md: tests/{folder} has no test "{name}"')
    if not rows:
        faults.append("docs/link-failures.md: no row names a test")
    return faults


def faults_of_rules(name, text):
    """What udev would not read: its own checker is not everywhere installed."""
    faults, labels, jumps = [], [], []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        for part in (part.strip() for part in re.split(r",\s*(?=[A-Z])", line.strip())):
            if not ASSIGNMENT.match(part):
                faults.append(f"{name}:{number}: not KEY, operator, value in quotes: {part}")
            labels += re.findall(r'^LABEL="(\w+)"$', part)
            jumps += re.findall(r'^GOTO="(\w+)"$', part)
    faults += [f"{name}: GOTO {label} has no label" for label in sorted(set(jumps) - set(labels))]
    faults += [f"{name}: label {label} stands twice" for label in sorted({x for x in labels if labels.count(x) > 1})]
    return faults


def self_test():
    row = '| a | b | `link`: "one", "two"; `system`: "test_x" |'
    assert not missing_tests(row, lambda folder: {"one", "two", "test_x"})
    assert len(missing_tests(row, lambda folder: {"one"})) == 2
    assert missing_tests("nothing", lambda folder: set())
    assert not faults_of_rules("r", '# x\nSUBSYSTEM!="tty", GOTO="end"\nENV{A_B}="1", MODE="0660"\nLABEL="end"\n')
    assert faults_of_rules("r", 'SUBSYSTEM=tty\n') and faults_of_rules("r", 'GOTO="end"\n')


def main():
    self_test()
    root = pathlib.Path(__file__).resolve().parent.parent
    known = {}

    def names_of(folder):
        if folder not in known:
            known[folder] = tests_below(root / "tests" / folder)
        return known[folder]

    faults = missing_tests((root / "docs/link-failures.md").read_text(encoding="utf-8"), names_of)
    for rules in sorted((root / "tools/udev").glob("*.rules")):
        faults += faults_of_rules(str(rules.relative_to(root)), rules.read_text(encoding="utf-8"))
    print("\n".join(faults) if faults else "links: every failure has its tests")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
