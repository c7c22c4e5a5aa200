// SPDX-License-Identifier: MIT
//
// The operator sees what the database holds: drawn points and shown chi against the API at the same
// sequence number, in Chromium, with the page that the daemon serves. Also: simulated band, an earlier
// run in grey, the mark in sight and in every picture, named normalisers, STOP, a killed daemon, a dead path, no violation of the Content-Security-Policy,
// no console error, no request to another host. RELAXD_PAGE_PICTURE=FILE writes the README's picture.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Laboratory, limit_ms, wait_for } from './laboratory.mjs';

const chromium_path = process.env.RELAXD_CHROMIUM ?? '/usr/bin/chromium';
if (!existsSync(chromium_path)) {
  console.log(`skipped: ${chromium_path} is not here`);
  process.exit(77);
}
const web = resolve(process.env.RELAXD_WEB_DIR ?? 'build/dev/web');
const { chromium } = createRequire(join(web, 'package.json'))('playwright-core');
const pictures = resolve(process.env.RELAXD_PICTURE_DIR ?? 'build/dev/pictures');
const desktop = { width: 1440, height: 920 };
const picture_limit_bytes = 300_000;

const specimen = {
  name: 'La60Ni15Al25 beam', clamp: 'single-cantilever', length_m: 0.0175, width_m: 0.003, thickness_m: 0.001,
  poisson_ratio: 0.35, T_g_K: 453, T_x_K: 505,
};
const method = (segments, frequencies) => `mode = "multi-frequency-strain"
clamp = "single-cantilever"
amplitude = "15 um"
frequencies = ${JSON.stringify(frequencies)}
segments = ${JSON.stringify(segments)}
`;
const five = ['1 Hz', '2 Hz', '4 Hz', '8 Hz', '16 Hz'];
const earlier_method = method(['Equilibrate at 300 K', 'Ramp 10 K/min to 480 K'], five);
const main_method = method(['Equilibrate at 300 K', 'Isothermal for 10 min', 'Ramp 3 K/min to 600 K'], five);

const ribbon = { ...specimen, clamp: 'tension', form: 'ribbon', width_m: 0.001, thickness_m: 4e-5 };
const creep_method = `mode = "creep"
clamp = "tension"
segments = ["Equilibrate at 430 K", "Sampling interval 0.5 s/pt", "Displace 25 MPa for 330 s", "Recover for 600 s"]
`;

/** What the page shows, read in one go. */
const shown = (page) => page.evaluate(() => {
  const foot = document.getElementById('foot').dataset;
  const chi = document.getElementById('chi');
  return {
    run_id: Number(foot.run), last_seq: Number(foot.lastSeq), drawn: Number(foot.drawnPoints),
    last_fit: Number(foot.lastFit), chi: chi === null ? null : { ...chi.dataset },
    chi_text: chi?.querySelector('.estimate')?.textContent ?? '',
    chi_says: chi?.querySelector('.hero-value')?.textContent ?? '',
    combinations: [...document.querySelectorAll('[data-combination]')].map((one) => ({
      expression: one.dataset.combination, says: one.textContent,
    })),
    transitions: [...document.querySelectorAll('tr[data-transition]')].map((row) => ({
      name: row.dataset.transition, method: row.querySelector('.method').textContent,
    })),
    alarms: [...document.querySelectorAll('#model-alarm [data-model]')].map((one) => one.dataset.model),
    parameters: [...document.querySelectorAll('tr[data-parameter][data-seq]')].map((row) => ({
      name: row.dataset.parameter, seq: Number(row.dataset.seq), state: row.dataset.state,
      traded_with: row.querySelector('.state')?.dataset.tradedWith ?? '',
      estimate: row.querySelector('.estimate')?.textContent ?? '', says: row.querySelector('.number-cell').textContent,
    })),
  };
});

const canvas_of = (page, panel) => page.evaluate(
  (id) => document.querySelector(`[data-panel="${id}"] canvas`)?.toDataURL() ?? '', panel,
);

/** Every parameter shown has the state, the partner and, where it is known, the interval of its row. */
function compare_parameters(now, estimates) {
  const rows = new Map(estimates.map((row) => [row.seq, row]));
  for (const one of now.parameters) {
    const row = rows.get(one.seq);
    assert.ok(row !== undefined && row.parameter === one.name, `${one.name} shown with seq ${one.seq}`);
    assert.equal(one.state, row.state, `state of ${one.name}`);
    assert.equal(one.traded_with, row.traded_with ?? '', `what ${one.name} is traded with`);
    if (row.value === null || row.state === 'undetermined') {
      assert.match(one.says, /not determined yet/, `${one.name} has no number`);
    } else {
      assert.notEqual(one.estimate, '', `${one.name} has a number`);
      if (row.lower_95 !== null && row.state !== 'fixed') assert.match(one.says, /[±…+−]/, `${one.name} has an interval`);
    }
  }
}

/** What is known instead of a traded value, and how a transition was found, are the record's words. */
function compare_words(now, estimates) {
  for (const one of now.combinations) {
    const row = estimates.findLast((estimate) => estimate.known_combination === one.expression);
    assert.ok(row !== undefined, `the combination ${one.expression} is in the record`);
    assert.ok(one.says.includes(row.experiment.replace(/\.$/, '')), `what tells more: ${one.says}`);
  }
  const newest = estimates.findLast((row) => row.model === 'dynamic');
  const is_open = estimates.some((row) => row.fit_number === newest?.fit_number && row.known_combination !== null);
  assert.equal(now.combinations.length > 0 || !is_open, true, 'a traded value stands beside what is known');
  for (const one of now.transitions) {
    const row = estimates.findLast((estimate) => estimate.model === 'transitions' && estimate.parameter === one.name);
    assert.equal(one.method, row?.method, `how ${one.name} was found`);
  }
}

/** The page equals the database at the page's own sequence number. */
async function compare(lab, page) {
  const now = await shown(page);
  const points = await lab.rows(now.run_id, 'points', now.last_seq);
  const expected = points.filter((row) => row.storage_modulus_Pa !== null && row.temperature_K !== null).length;
  assert.equal(now.drawn, expected, `points drawn up to seq ${now.last_seq}`);
  const estimates = await lab.rows(now.run_id, 'estimates', now.last_seq);
  const fits = estimates.reduce((most, row) => Math.max(most, row.fit_number), 0);
  assert.equal(now.last_fit, fits, `newest fit up to seq ${now.last_seq}`);
  compare_parameters(now, estimates);
  compare_words(now, estimates);
  const events = await lab.rows(now.run_id, 'events', now.last_seq);
  const standing = new Set();
  for (const { code, detail } of events) {
    if (code === 'MODEL_ALARM') standing.add(detail);
    if (code === 'MODEL_ALARM_CLEARED') standing.delete(detail);
  }
  assert.deepEqual([...now.alarms].sort(), [...standing].sort(), 'the alarms that stand');
  const chi = estimates.filter((row) => row.model === 'dynamic' && row.parameter === 'chi_Tg').at(-1);
  if (chi === undefined) return now;
  assert.equal(Number(now.chi.seq), chi.seq, 'seq of the shown chi');
  assert.equal(now.chi.state, chi.state);
  assert.equal(now.chi.value === '' ? null : Number(now.chi.value), chi.value, 'chi in full precision');
  if (chi.value === null || chi.state === 'undetermined') {
    assert.match(now.chi_says, /not determined yet/, 'no number where nothing is determined');
  } else {
    const decimals = now.chi_text.split('.')[1]?.length ?? 0;
    assert.equal(now.chi_text, chi.value.toFixed(decimals), 'chi as text');
  }
  return now;
}

/** Who comes after the end sees what was estimated on the way, and a test in time by its segment. */
async function shows_creep_to_a_late_comer(lab, page) {
  await page.waitForSelector('[data-test="3"] [data-parameter="chi"] .estimate');
  const now = await compare(lab, page);
  assert.ok(now.parameters.some((one) => one.name === 'tau_max_s'), 'tau_max of the creep test');
  const drawn = await page.evaluate(() => {
    const canvas = document.querySelector('[data-test="3"] [data-parameter="chi"] canvas.spark');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((value, i) => i % 4 === 3 && value > 0).length;
  });
  assert.ok(drawn > 20, `the history of chi is drawn (${drawn} pixels)`);
  assert.match(await page.locator('[data-test="3"] h3').innerText(), /Creep at 4[23]\d\.\d K/);
}

async function open_page(lab, profile) {
  const flags = [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
  ];
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromium_path, args: flags, viewport: desktop, colorScheme: 'light',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(limit_ms);
  const seen = { console: [], hosts: new Set(), responses: [] };
  page.on('console', (message) => {
    if (message.type() === 'error') seen.console.push(message.text());
  });
  page.on('pageerror', (error) => seen.console.push(String(error.stack)));
  page.on('request', (request) => seen.hosts.add(new URL(request.url()).host));
  page.on('websocket', (socket) => seen.hosts.add(new URL(socket.url()).host));
  page.on('response', (response) => seen.responses.push(response));
  await page.addInitScript(() => {
    window.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => {
      window.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  await page.goto(lab.url);
  return { context, page, seen };
}

async function sees_points_and_estimates(lab, page, run_id) {
  await page.waitForFunction((id) => document.getElementById('foot')?.dataset.run === String(id), run_id);
  await page.waitForFunction(() => Number(document.getElementById('foot').dataset.drawnPoints) > 20);
  const before = await canvas_of(page, 'storage');
  await wait_for(async () => (await canvas_of(page, 'storage')) !== before, 'the canvas to change as points come');
  await page.waitForFunction(() => Number(document.getElementById('foot').dataset.drawnPoints) > 60);
  await page.waitForSelector('[data-parameter="E_u_Pa"] .estimate');
  for (let round = 0; round < 3; round += 1) await compare(lab, page);
  assert.ok(await page.locator('#simulated').isVisible(), 'the simulated band is visible');
  assert.match(await page.locator('#simulated').innerText(), /SIMULATED/);
}

/** Pixels of one named colour on each plot, its transparency included: what a picture of the canvas would carry. */
const pixels_of = (page, name) => page.evaluate((variable) => Object.fromEntries(
  [...document.querySelectorAll('[data-panel]')].map((panel) => {
    const canvas = panel.querySelector('canvas');
    const wanted = getComputedStyle(document.documentElement).getPropertyValue(variable).trim().padEnd(9, 'f');
    const rgba = [1, 3, 5, 7].map((at) => Number.parseInt(wanted.slice(at, at + 2), 16));
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4) {
      const is_near = rgba.every((value, k) => Math.abs(data[i + k] - value) <= 6);
      count += is_near ? 1 : 0;
    }
    return [panel.dataset.panel, count];
  }),
), name);

async function cannot_be_taken_for_real(page) {
  assert.match(await page.title(), /^SIMULATED/);
  assert.equal(await page.locator('#run-mark').innerText(), 'SIMULATED');
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  const band = await page.locator('#simulated').boundingBox();
  assert.ok(band.y >= 0 && band.y + band.height < desktop.height, 'the band stays in sight when the page is scrolled');
  await page.evaluate(() => scrollTo(0, 0));
  const counts = await pixels_of(page, '--stamp');
  assert.equal(Object.keys(counts).length, 4, 'plots');
  for (const [panel, count] of Object.entries(counts)) assert.ok(count > 1000, `${panel} has ${count} pixels of the mark`);
  const picture = Buffer.from((await canvas_of(page, 'storage')).split(',')[1], 'base64');
  writeFileSync(join(pictures, 'canvas.png'), picture);
}

async function shows_earlier_run(page, run_id) {
  const before = await pixels_of(page, '--plot-grey');
  await page.selectOption('#earlier', String(run_id));
  await page.waitForSelector('.grey-note');
  assert.match(await page.locator('.grey-note').innerText(), new RegExp(`run ${run_id}\\b.*SIMULATED`, 's'));
  const is_drawn = async () => (await pixels_of(page, '--plot-grey')).storage > before.storage + 200;
  await wait_for(is_drawn, `run ${run_id} in grey behind the live one`);
}

async function names_normalisers(page, run_id) {
  await page.locator('body').press('n');
  await page.waitForSelector('#normaliser');
  const said = await page.locator('#normaliser').innerText();
  assert.match(said, new RegExp(`E_u = [\\d.]+ GPa, estimate of run ${run_id}`));
  assert.match(said, new RegExp(`T_g = [\\d.]+ K, (estimate of|given for|specimen record of) run ${run_id}`));
  await page.waitForFunction(() => document.querySelector('[data-label="storage"]').textContent === 'E′ / E_u');
  await page.locator('body').press('n');
  await page.waitForFunction(() => document.querySelector('[data-label="storage"]').textContent === 'E′ / GPa');
}

async function switches_axes(page) {
  for (const [key, label] of [['2', 'Time'], ['3', 'Frequency'], ['1', 'Temperature']]) {
    const before = await canvas_of(page, 'tan');
    await page.locator('body').press(key);
    await page.waitForSelector(`.choice[aria-pressed="true"]:text-is("${label}")`);
    await wait_for(async () => (await canvas_of(page, 'tan')) !== before, `a plot against ${label}`);
    if (key === '3') await page.waitForSelector('.readout thead:has-text("isotherm")');
  }
}

async function works_on_a_phone(page) {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.waitForFunction(() => document.documentElement.scrollWidth <= 360);
  const stop = await page.locator('#stop').boundingBox();
  assert.ok(stop.width >= 64 && stop.height >= 48 && stop.x + stop.width <= 360, 'STOP is whole on a phone');
  await page.screenshot({ path: join(pictures, 'phone.png') });
  await page.setViewportSize(desktop);
}

async function takes_pictures(page) {
  await page.waitForFunction(() => document.getElementById('chi').dataset.state === 'determined');
  await page.waitForFunction(() => Number.parseFloat(document.querySelector('[data-value="temperature"] .value-number').textContent) > 515);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const picture = process.env.RELAXD_PAGE_PICTURE ?? join(pictures, 'page.png');
  await page.screenshot({ path: picture });
  assert.ok(statSync(picture).size < picture_limit_bytes, `${picture} is below 300 kB`);
}

async function is_drawn_in_the_dark(page) {
  const before = await canvas_of(page, 'storage');
  await page.emulateMedia({ colorScheme: 'dark' });
  await wait_for(async () => (await canvas_of(page, 'storage')) !== before, 'other colours on the canvas');
  await page.screenshot({ path: join(pictures, 'dark.png') });
  await page.emulateMedia({ colorScheme: 'light' });
}

async function stops(lab, page, run_id) {
  await page.click('#stop');
  await page.waitForSelector('#stop-band[data-phase="confirmed"]');
  assert.match(await page.locator('#stop-band').innerText(), /software/);
  const run = await wait_for(async () => {
    const one = await lab.get(`/runs/${run_id}`);
    return one.state === 'running' || one.state === 'paused' ? null : one;
  }, 'the end of the stopped run');
  assert.ok(['aborted', 'stopped'].includes(run.state), `after STOP the run is ${run.state}`);
  assert.notEqual((await lab.instrument()).state, 'running');
  await page.waitForFunction((state) => document.getElementById('run-state').dataset.state === state, run.state);
  await wait_for(async () => (await shown(page)).last_seq === (await lab.get(`/runs/${run_id}`)).last_seq, 'the last row');
  await compare(lab, page);
}

/** A wrong method is explained and kept; the corrected one starts from the page, pauses and goes on. */
async function starts_a_run(page, run_id) {
  await page.click('.disclosure');
  const method_box = page.locator('.start-form textarea');
  await method_box.fill(main_method.replace('Equilibrate', 'Equilibrat'));
  await page.click('.go');
  await page.waitForSelector('.problem');
  const problem = await page.locator('.problem').innerText();
  assert.match(problem, /Equilibrat/, problem);
  await method_box.fill(main_method);
  await page.click('.go');
  await page.waitForFunction((before) => Number(document.getElementById('foot').dataset.run) > before, run_id);
  await page.waitForSelector('.order[data-verb="pause"][aria-disabled="false"]');
  await page.click('.order[data-verb="pause"]');
  await page.waitForSelector('#run-state[data-state="paused"]');
  await page.click('.order[data-verb="resume"]');
  await page.waitForSelector('#run-state[data-state="running"]');
  await page.waitForFunction(() => Number(document.getElementById('foot').dataset.drawnPoints) > 30);
  return (await compare(lab, page)).run_id;
}

async function notices_a_dead_daemon(lab, page, run_id) {
  const killed = Date.now();
  await lab.daemon.end('SIGKILL');
  await page.waitForSelector('#late-band');
  const late_s = (Date.now() - killed) / 1000;
  await page.waitForSelector('#lost-band');
  const lost_s = (Date.now() - killed) / 1000;
  console.log(`killed daemon: late band after ${late_s.toFixed(1)} s, overlay after ${lost_s.toFixed(1)} s`);
  assert.match(await page.locator('#lost-band').innerText(), /NOT LIVE since \d\d:\d\d:\d\d/);
  assert.ok(await page.locator('.page.dead').count() === 1, 'the page is dimmed');
  assert.equal(await page.locator('.order[aria-disabled="false"]').count(), 0, 'orders are off');
  await lab.start_daemon();
  await page.waitForSelector('#lost-band', { state: 'detached' });
  await page.waitForSelector('[data-lamp="page"][data-tone="good"]');
  const recorded = (await lab.get(`/runs/${run_id}`)).last_seq;
  await wait_for(async () => (await shown(page)).last_seq >= recorded, 'the page to catch up after the restart');
  assert.equal((await compare(lab, page)).run_id, run_id);
}

/** A path that went silent without closing, as after sleep or in a hanging tunnel, is left for a new one. */
async function leaves_a_dead_path(lab, context) {
  const page = await context.newPage();
  page.setDefaultTimeout(limit_ms);
  let paths = 0;
  let is_dead = false;
  await page.routeWebSocket(/stream$/, (socket) => {
    const is_first = paths === 0;
    paths += 1;
    socket.connectToServer().onMessage((message) => {
      if (!(is_first && is_dead)) socket.send(message);
    });
  });
  await page.goto(lab.url);
  await page.waitForSelector('[data-lamp="page"][data-tone="good"]');
  is_dead = true;
  await page.waitForSelector('#late-band');
  await page.waitForSelector('[data-lamp="page"][data-tone="good"]');
  assert.equal(paths, 2, 'the page opened another stream');
  await page.close();
}

const lab = new Laboratory({ speed: 300, seed: 7 });
const profile = mkdtempSync(join(tmpdir(), 'relaxd-profile-'));
mkdirSync(pictures, { recursive: true });
let context;
let is_failed = true;
try {
  await lab.start();
  const creep = await lab.start_run(creep_method, ribbon);
  await wait_for(async () => (await lab.get(`/runs/${creep}`)).state === 'completed', 'the creep run', 2 * limit_ms);
  const late = await open_page(lab, profile);
  context = late.context;
  await shows_creep_to_a_late_comer(lab, late.page);
  await context.close();
  const first = await lab.start_run(earlier_method, specimen);
  await wait_for(async () => (await lab.get(`/runs/${first}`)).state === 'completed', 'the earlier run', 2 * limit_ms);
  const opened = await open_page(lab, profile);
  context = opened.context;
  const { page, seen } = opened;
  await page.waitForFunction((id) => document.getElementById('foot')?.dataset.run === String(id), first);
  await compare(lab, page);

  const second = await lab.start_run(main_method, specimen);
  await sees_points_and_estimates(lab, page, second);
  await cannot_be_taken_for_real(page);
  await shows_earlier_run(page, first);
  await names_normalisers(page, second);
  await switches_axes(page);
  await works_on_a_phone(page);
  await page.waitForFunction(() => document.getElementById('chi').dataset.value !== '');
  const during = await compare(lab, page);
  console.log(`at seq ${during.last_seq}: ${during.drawn} points drawn, chi ${during.chi_text} (${during.chi.state})`);
  await takes_pictures(page);
  await stops(lab, page, second);
  await is_drawn_in_the_dark(page);

  assert.deepEqual(await page.evaluate(() => window.violations), [], 'violations of the Content-Security-Policy');
  assert.deepEqual(seen.console, [], 'console errors');
  const refused = seen.responses.filter((response) => response.status() >= 400).map((response) => response.url());
  assert.deepEqual(refused, [], 'refused requests');
  assert.deepEqual([...seen.hosts], [new URL(lab.url).host], 'hosts asked');

  const third = await starts_a_run(page, second);
  await notices_a_dead_daemon(lab, page, third);
  assert.deepEqual(await page.evaluate(() => window.violations), [], 'violations of the Content-Security-Policy');
  await leaves_a_dead_path(lab, context);
  is_failed = false;
  console.log('the page shows what the database holds');
} catch (error) {
  console.error(error);
  const page = context?.pages().at(-1);
  await page?.screenshot({ path: join(pictures, 'failed.png') }).catch(() => {});
} finally {
  await context?.close().catch(() => {});
  await lab.close(is_failed);
  rmSync(profile, { recursive: true, force: true });
}
process.exit(is_failed ? 1 : 0);
