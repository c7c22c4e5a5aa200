// SPDX-License-Identifier: MIT
//
// An instrument that is only read, on the page: rows of its growing file are drawn, nothing can be ordered,
// not by key either, and the corner of STOP says where to stop and how old the last row is.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { FollowedLaboratory, limit_ms, wait_for } from './laboratory.mjs';

const chromium_path = process.env.RELAXD_CHROMIUM ?? '/usr/bin/chromium';
if (!existsSync(chromium_path)) {
  console.log(`skipped: ${chromium_path} is not here`);
  process.exit(77);
}
const web = resolve(process.env.RELAXD_WEB_DIR ?? 'build/dev/web');
const { chromium } = createRequire(join(web, 'package.json'))('playwright-core');
const pictures = resolve(process.env.RELAXD_PICTURE_DIR ?? 'build/dev/pictures');

const signals = ['Time (min)', 'Temperature (°C)', 'Storage Modulus (MPa)', 'Loss Modulus (MPa)', 'Frequency (Hz)'];

/** A native Q-Series file of a run that goes on with so many rows. */
function native_file(rows) {
  const lines = [
    'OPEN', 'VERSION 2.0', 'Instrument DMA Q800 V20.26 Build 45', 'InstSerial 0800-1234', `Nsig ${signals.length}`,
    ...signals.map((signal, i) => `Sig${i + 1} ${signal}`), 'Date 2024-03-01', 'Time 08:00:00',
    'OrgMethod 1: Ramp 2.00 °C/min to 240.00 °C',
  ];
  const header = Buffer.from(`\ufeff${lines.map((line) => `${line}\r\n`).join('')}\f`, 'utf16le');
  const body = Buffer.alloc(1 + 20 * rows);
  body[0] = signals.length;
  for (let row = 0; row < rows; ++row) {
    [0.25 * row, 60 + row, 33_000 - 20 * row, 165 + row, 1 + (row % 3)].forEach(
      (value, i) => body.writeFloatLE(value, 1 + 20 * row + 4 * i),
    );
  }
  return Buffer.concat([header, body]);
}

async function shows_read_only(page) {
  await page.waitForSelector('#read-only');
  assert.match(await page.textContent('#read-only'), /stop at the instrument/i);
  await page.waitForFunction(() => /its last row is [\d.,]+\s?\w+ old/.test(document.getElementById('read-only').textContent));
  assert.equal(await page.locator('#stop').count(), 0, 'there is no STOP to press');
  assert.equal(await page.locator('[data-verb]').count(), 0, 'there is nothing to order');
  assert.match(await page.textContent('.start'), /relaxctl run follow q800/);
  assert.equal(await page.locator('.start button').count(), 0, 'there is no start');
}

const lab = new FollowedLaboratory();
const profile = mkdtempSync(join(tmpdir(), 'relaxd-chromium-'));
mkdirSync(pictures, { recursive: true });
let context = null;
let is_failed = true;
try {
  writeFileSync(join(lab.data, 'Data.001'), native_file(20));
  await lab.start_daemon();
  context = await chromium.launchPersistentContext(profile, {
    executablePath: chromium_path, headless: true, args: ['--no-sandbox'], viewport: { width: 1440, height: 920 },
  });
  context.setDefaultTimeout(limit_ms);
  const page = await context.newPage();
  const ordered = [];
  page.on('request', (request) => { if (request.method() === 'POST') ordered.push(request.url()); });
  await page.goto(lab.url);
  await shows_read_only(page);
  const run_id = await lab.follow();
  await page.waitForFunction((id) => document.getElementById('foot')?.dataset.run === String(id), run_id);
  writeFileSync(join(lab.data, 'Data.001'), native_file(60));
  await page.waitForFunction(() => Number(document.getElementById('foot').dataset.drawnPoints) === 60);
  await shows_read_only(page);
  await page.keyboard.press('Control+Shift+X');
  await page.waitForFunction(() => /Stop at the instrument: q800 is only read/.test(document.body.textContent));
  assert.deepEqual(ordered, [], 'nothing was ordered');
  await page.screenshot({ path: join(pictures, 'read_only.png') });
  await wait_for(async () => (await lab.get(`/runs/${run_id}`)).state === 'running', 'the run that goes on');
  is_failed = false;
  console.log('the page orders nothing from an instrument that is only read');
} catch (error) {
  console.error(error);
  await context?.pages().at(-1)?.screenshot({ path: join(pictures, 'failed.png') }).catch(() => {});
} finally {
  await context?.close().catch(() => {});
  await lab.close(is_failed);
  rmSync(profile, { recursive: true, force: true });
}
process.exit(is_failed ? 1 : 0);
