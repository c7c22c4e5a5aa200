#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Embeds the files of a folder: writes assets.S (.incbin of plain and gzip'd bytes) and asset_table.cpp.

embed_assets.py FOLDER OUTPUT_FOLDER. Same input, same output: sorted names, gzip without time or name."""
import gzip
import hashlib
import pathlib
import re
import sys

MIME = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
        ".txt": "text/plain; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon",
        ".json": "application/json; charset=utf-8", ".webmanifest": "application/manifest+json"}
HASHED = re.compile(r"^[A-Za-z0-9_-]+\.[A-Za-z0-9]{8,}\.(js|css)$")


def write_if_changed(path, text):
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def main(folder, output):
    output.mkdir(parents=True, exist_ok=True)
    assembler = ["/* Written by cmake/embed_assets.py. */", '    .section .note.GNU-stack,"",%progbits',
                 "    .section .rodata"]
    declared, rows = [], []
    files = sorted(path for path in folder.iterdir() if path.is_file())
    for number, path in enumerate(files):
        if path.suffix not in MIME:
            sys.exit(f"{path}: no MIME type known for this ending (cmake/embed_assets.py)")
        plain = path.read_bytes()
        zipped = gzip.compress(plain, 9, mtime=0)
        zipped = zipped if len(zipped) < len(plain) else b""
        stored = output / (path.name + ".gz")
        stored.write_bytes(zipped)
        for kind, source in (("plain", path), ("gzip", stored)):
            label = f"relaxd_asset_{number}_{kind}"
            assembler += [f"    .global {label}", f"{label}:", f'    .incbin "{source}"', "    .byte 0"]
            declared.append(f"extern const char {label}[];")
        rows.append(f'    {{"{path.name}", {{relaxd_asset_{number}_plain, {len(plain)}}}, '
                    f'{{relaxd_asset_{number}_gzip, {len(zipped)}}},\n     "{hashlib.sha256(plain).hexdigest()}", '
                    f'"{MIME[path.suffix]}", {"true" if HASHED.match(path.name) else "false"}}},')
    table = ['// Written by cmake/embed_assets.py.', '#include "daemon/serve/asset_table.hpp"', 'extern "C" {', *declared,
             "}", "namespace relaxd::daemon {", "namespace {", "const Asset table[] = {", *rows, "};", "}  // namespace",
             "std::span<const Asset> asset_table() { return table; }", "}  // namespace relaxd::daemon", ""]
    # The digest makes the assembler file change whenever a file does, so that it is assembled again.
    assembler.append("/* " + hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest() + " */")
    write_if_changed(output / "assets.S", "\n".join(assembler) + "\n")
    write_if_changed(output / "asset_table.cpp", "\n".join(table))


main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve())
