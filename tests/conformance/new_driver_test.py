# SPDX-License-Identifier: MIT
"""tools/new_driver makes what compiles, keeps the house's rules, and says that it is not written.

  new_driver_test.py --cxx COMPILER [--libs LIBRARY ...]

With clang++-19 on the machine that compiles it too. The libraries are those that the made unit test is linked with.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
sys.dont_write_bytecode = True

import check_layers  # noqa: E402
import check_style  # noqa: E402

WARNINGS = (
    "-std=c++20 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wold-style-cast -Wnon-virtual-dtor -Wdouble-promotion -Wformat=2 "
    "-Wimplicit-fallthrough -Wno-missing-field-initializers -Werror -DBOOST_ASIO_NO_DEPRECATED"
).split()
given = argparse.Namespace(cxx="c++", libs=[])


def new_driver(*arguments):
    return subprocess.run([sys.executable, str(ROOT / "tools/new_driver"), *arguments], capture_output=True, text=True, check=False)


def compile_with(compiler, arguments):
    return subprocess.run([compiler, *WARNINGS, *arguments], capture_output=True, text=True, check=False)


class NewDriver(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(prefix="relaxd-new-driver-")
        cls.tree = pathlib.Path(cls.scratch.name)
        cls.part = new_driver("made_box", "--part", "--root", str(cls.tree))
        cls.instrument = new_driver("made_dma", "--root", str(cls.tree))
        cls.files = sorted(path for path in cls.tree.rglob("*") if path.is_file())

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def test_both_kinds_are_made_and_what_is_left_is_named(self):
        for made in (self.part, self.instrument):
            self.assertEqual(made.returncode, 0, made.stderr)
            self.assertIn("relaxd_layer(", made.stdout)
            self.assertIn("CMakeLists.txt", made.stdout)
        self.assertIn("part_subjects.cpp", self.part.stdout)
        self.assertIn("parts.cpp", self.part.stdout)
        self.assertIn("registry.cpp", self.instrument.stdout)
        self.assertIn(self.tree / "drivers/parts/made_box/dialect.cpp", self.files)
        self.assertIn(self.tree / "tests/conformance/kit/subject_of_made_box.cpp", self.files)
        self.assertIn(self.tree / "drivers/made_dma/instrument.cpp", self.files)
        self.assertIn(self.tree / "docs/protocols/made_dma.md", self.files)

    def test_what_exists_is_never_touched(self):
        target = self.tree / "drivers/made_dma/README.md"
        target.write_text("mine", encoding="utf-8")
        again = new_driver("made_dma", "--root", str(self.tree))
        self.assertEqual(again.returncode, 3)
        self.assertIn("exists; nothing was made", again.stderr)
        self.assertEqual(target.read_text(encoding="utf-8"), "mine")

    def test_a_bad_name_is_refused(self):
        for name in ("Bad", "a", "with-dash", "../up", "1st"):
            self.assertEqual(new_driver(name, "--root", str(self.tree)).returncode, 2, name)

    def test_layers_and_style_are_kept(self):
        for path in self.files:
            name, text = str(path.relative_to(self.tree)), path.read_text(encoding="utf-8")
            self.assertEqual(check_style.faults_of(name, text), [])
            if name.startswith("drivers/") and path.suffix in (".hpp", ".cpp"):
                self.assertEqual(check_layers.faults_of(name, text), [])
            self.assertNotRegex(text, r"\b(FOLDER|DEVICE_FOLDER|TYPE|CLASS|KNOWS|DRIVER_FILE)\b")

    def test_a_new_driver_knows_no_other(self):
        for line in ('#include "drivers/q800_class/protocol.hpp"', '#include "drivers/simulator/sim_device.hpp"', "#include <sqlite3.h>"):
            self.assertTrue(check_layers.faults_of("drivers/parts/made_box/part.cpp", line), line)
            self.assertTrue(check_layers.faults_of("drivers/made_dma/instrument.cpp", line), line)
        self.assertTrue(check_layers.faults_of("drivers/parts/made_box/protocol.cpp", "#include <boost/asio.hpp>"))
        self.assertTrue(check_layers.faults_of("drivers/parts/one/part.cpp", '#include "drivers/parts/two/part.hpp"'))

    def test_it_compiles_without_a_warning(self):
        compilers = [given.cxx] + [found for found in [shutil.which("clang++-19")] if found and found != given.cxx]
        for name in ("made_box", "made_dma"):
            everything = self.tree / f"everything_of_{name}.cpp"
            sources = [path for path in self.files if path.suffix == ".cpp" and name in str(path) and not path.name.endswith("_test.cpp")]
            self.assertEqual(len(sources), 4)
            everything.write_text("".join(f'#include "{path}"\n' for path in sources), encoding="utf-8")
            for compiler in compilers:
                options = ["-fsyntax-only", f"-I{self.tree}", f"-I{ROOT}", str(everything)]
                done = compile_with(compiler, options + ([] if "clang" in compiler else ["-fcoroutines"]))
                self.assertEqual(done.returncode, 0, done.stderr[-3000:])

    def test_its_unit_test_fails_and_says_what_to_write(self):
        if not given.libs:
            self.skipTest("no libraries were named")
        for name, folder, test in (
            ("made_box", "drivers/parts/made_box", "tests/parts/made_box_test.cpp"),
            ("made_dma", "drivers/made_dma", "tests/made_dma/protocol_test.cpp"),
        ):
            program = self.tree / f"test_{name}"
            sources = [str(self.tree / folder / "protocol.cpp"), str(self.tree / test)]
            built = compile_with(given.cxx, [f"-I{self.tree}", f"-I{ROOT}", *sources, *given.libs, "-o", str(program)])
            self.assertEqual(built.returncode, 0, built.stderr[-3000:])
            ran = subprocess.run([str(program)], capture_output=True, text=True, check=False)
            self.assertNotEqual(ran.returncode, 0)
            said = " ".join(ran.stdout.split())
            self.assertIn("identity_question() in protocol.cpp is not written yet", said)
            self.assertIn(f"docs/protocols/{name}.md", said)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--cxx", default="c++")
    parser.add_argument("--libs", nargs="*", default=[])
    given = parser.parse_args()
    unittest.main(argv=[sys.argv[0]], verbosity=2)
