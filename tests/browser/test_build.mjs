// SPDX-License-Identifier: MIT
//
// The bundle keeps its promises: types check, the same sources give the same bytes, no inline code, no
// address of another host, licences of all that is shipped, no download address in the lock file, and
// npm's settings beside it.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const web = resolve(process.env.RELAXD_WEB_DIR ?? 'build/dev/web');
const first_load_limit_bytes = 250_000;

const folder = mkdtempSync(join(tmpdir(), 'relaxd-page-'));
const contents = (out) => Object.fromEntries(
  readdirSync(out).sort().map((name) => [name, readFileSync(join(out, name), 'utf8')]),
);
try {
  execFileSync(process.execPath, [join(web, 'node_modules/typescript/bin/tsc'), '--noEmit', '-p', web], { stdio: 'inherit' });
  const builds = ['one', 'two'].map((name) => {
    const out = join(folder, name);
    execFileSync(process.execPath, [join(web, 'build.mjs'), out], { stdio: 'inherit', cwd: folder });
    return contents(out);
  });
  assert.deepEqual(builds[0], builds[1], 'two builds are byte-identical');
  const files = builds[0];
  const names = Object.keys(files);
  assert.equal(names.length, 5, names.join(' '));
  for (const pattern of [/^app\.[0-9a-f]{16}\.js$/, /^app\.[0-9a-f]{16}\.css$/, /^favicon\.svg$/, /^index\.html$/, /^licences\.txt$/]) {
    assert.ok(names.some((name) => pattern.test(name)), `${pattern}`);
  }
  const index = files['index.html'];
  assert.doesNotMatch(index, /<style|style=|<script(?![^>]*\bsrc=)|\bon\w+=/i, 'no inline script or style');
  assert.doesNotMatch(index, /https?:/, 'nothing from another host');
  const css = files[names.find((name) => name.endsWith('.css'))];
  assert.doesNotMatch(css, /https?:|@import|url\((?!data:)/, 'styles load nothing');
  for (const name of ['preact ', '@preact/signals ', '@preact/signals-core ', 'uplot ']) {
    assert.ok(files['licences.txt'].includes(`\n${name}`), `licence of ${name}`);
  }
  const size = names.filter((name) => name.startsWith('app.')).reduce((sum, name) => sum + files[name].length, 0);
  assert.ok(size < first_load_limit_bytes, `the page has ${size} bytes`);
  assert.match(readFileSync(join(web, '.npmrc'), 'utf8'), /^engine-strict=true$/m, 'the build holds to the engines');
  assert.doesNotMatch(readFileSync(join(web, 'package-lock.json'), 'utf8'), /"resolved"/, 'no download address in the lock file');
  console.log(`the page: ${size} bytes, ${names.length} files`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
