// SPDX-License-Identifier: MIT
//
// node build.mjs OUTDIR: writes index.html, app.HASH.js, app.HASH.css, favicon.svg and licences.txt.
// The same sources give the same bytes: names come from the content, nothing from the clock or the machine.

import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
if (out === undefined) {
  console.error('usage: node build.mjs OUTDIR');
  process.exit(2);
}

const result = await build({
  absWorkingDir: here,
  entryPoints: ['src/main.tsx'],
  outdir: 'out',
  entryNames: 'app',
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['es2022'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  charset: 'utf8',
  write: false,
});

const files = new Map();
const names = {};
for (const file of result.outputFiles) {
  const kind = file.path.endsWith('.css') ? 'css' : 'js';
  const hash = createHash('sha256').update(file.contents).digest('hex').slice(0, 16);
  names[kind] = `app.${hash}.${kind}`;
  files.set(names[kind], file.contents);
}

files.set('index.html', `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>relaxd</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/${names.css}">
<script type="module" src="/${names.js}"></script>
</head>
<body>
<div id="app"></div>
<noscript>This page needs JavaScript. Without it: relaxctl status.</noscript>
</body>
</html>
`);
files.set('favicon.svg', await readFile(join(here, 'src/favicon.svg')));

const licences = [];
for (const name of ['preact', '@preact/signals', '@preact/signals-core', 'uplot']) {
  const folder = join(here, 'node_modules', name);
  const { version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const text = await readFile(join(folder, 'LICENSE'), 'utf8');
  licences.push(`${name} ${version} (${license})\n\n${text.trim()}\n`);
}
const rule = `\n${'-'.repeat(72)}\n\n`;
files.set('licences.txt', `The page of relaxd contains these works.\n${rule}${licences.join(rule)}`);

await mkdir(out, { recursive: true });
for (const old of await readdir(out)) {
  if (/^app\.[0-9a-f]{16}\.(js|css)$/.test(old)) await rm(join(out, old));
}
for (const [name, contents] of files) await writeFile(join(out, name), contents);
