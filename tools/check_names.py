#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One name in one namespace is one type: two of them make one program in which either's destructor may run for both.

The compiler cannot see it (each file is right alone), the linker takes whichever comes first. Names in unnamed namespaces and inside
classes are nobody else's. Tests itself first.
"""
import collections
import pathlib
import re
import subprocess
import sys

NAMESPACE = re.compile(r"\s*(?:inline\s+)?namespace\s*([\w:]*)\s*\{")
TYPE = re.compile(r"(?:template\s*<.*>\s*)?(?:class|struct|enum class)\s+(?:\[\[\w+\]\]\s*)?(\w+)(?:\s+final)?\s*(?::[^:].*)?\{")


def types_of(text):
    """Names with their namespace of the types that are defined here for all to see."""
    found, spaces, depth = [], [], 0
    for line in text.splitlines():
        code = re.sub(r"'(\\.|[^'\\])'", "''", re.sub(r'"(\\.|[^"\\])*"', '""', re.sub(r"//.*", "", line)))
        space = NAMESPACE.match(code)
        kind = TYPE.match(code)
        if space:
            spaces.append((space.group(1) or "-", depth))
        elif kind and len(spaces) == depth and all(name != "-" for name, _ in spaces):
            found.append("::".join([name for name, _ in spaces] + [kind.group(1)]))
        depth += code.count("{") - code.count("}")
        while spaces and spaces[-1][1] >= depth:
            spaces.pop()
    return found


def faults_of(files):
    places = collections.defaultdict(set)
    for path, text in files:
        for name in types_of(text):
            places[name].add(path)
    return [f"{name} is defined in {' and in '.join(sorted(paths))}: rename one"
            for name, paths in sorted(places.items()) if len(paths) > 1]


def self_test():
    one = "namespace relaxd::a {\nclass Reader {\n  public:\n    struct Inner {\n    };\n};\n}  // namespace\n"
    hidden = "namespace relaxd::a {\nnamespace {\nstruct Reader {\n};\n}  // namespace\n}\n"
    assert types_of(one) == ["relaxd::a::Reader"], types_of(one)
    assert not types_of(hidden)
    assert faults_of([("x.hpp", one), ("y.cpp", one.replace("class", "struct"))])
    assert not faults_of([("x.hpp", one), ("y.cpp", hidden), ("z.hpp", one.replace("::a", "::b"))])


def main():
    self_test()
    root = pathlib.Path(__file__).resolve().parent.parent
    names = subprocess.run(["git", "ls-files", "*.hpp", "*.cpp"], cwd=root, capture_output=True, text=True, check=True).stdout.split()
    faults = faults_of((name, (root / name).read_text(encoding="utf-8")) for name in names
                       if not name.startswith("tests/") and (root / name).exists())
    print("\n".join(faults) if faults else "names: each is one type")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
