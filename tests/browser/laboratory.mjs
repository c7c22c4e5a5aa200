// SPDX-License-Identifier: MIT
//
// Real processes for the browser test: relaxsim and relaxd in a folder of their own, and their HTTP.
// Everything waits for a condition, at most limit_ms; nothing waits for a time.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

export const limit_ms = 60_000;
const bin = resolve(process.env.RELAXD_BIN_DIR ?? 'build/dev/bin');

export async function wait_for(condition, what, limit = limit_ms) {
  const end = Date.now() + limit;
  while (Date.now() < end) {
    const value = await condition();
    if (value) return value;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`waited ${limit / 1000} s for ${what}`);
}

/** A child process; its first line on stdout says where it listens. */
class Program {
  constructor(name, folder, args) {
    this.log = join(folder, `${name}.log`);
    this.child = spawn(join(bin, name), args, { stdio: ['ignore', 'pipe', openSync(this.log, 'a')] });
    this.ended = new Promise((done) => {
      this.child.on('exit', done);
      this.child.on('error', done);
    });
  }

  async address() {
    const lines = createInterface({ input: this.child.stdout });
    const first = await Promise.race([
      new Promise((done) => lines.once('line', done)),
      this.ended.then(() => ''),
    ]);
    if (!String(first).startsWith('listening ')) throw new Error(`not ready: "${first}"\n${this.tail()}`);
    return first.slice('listening '.length).trim();
  }

  tail() {
    return readFileSync(this.log, 'utf8').slice(-4000);
  }

  async end(signal = 'SIGTERM') {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    await this.ended;
  }
}

export class Laboratory {
  constructor({ speed, seed }) {
    this.folder = mkdtempSync(join(tmpdir(), 'relaxd-browser-'));
    this.options = ['--material', 'la60ni15al25', '--seed', String(seed), '--speed', String(speed)];
    this.port = 0;
  }

  async start() {
    this.simulator = new Program('relaxsim', this.folder, ['q800', '--listen', 'tcp://127.0.0.1:0', ...this.options]);
    this.uri = await this.simulator.address();
    await this.start_daemon();
  }

  /** On the port of the last start, if there was one. */
  async start_daemon() {
    const config = join(this.folder, 'relaxd.toml');
    writeFileSync(config, [
      '[daemon]', `listen = "127.0.0.1:${this.port}"`, 'database = "campaign.sqlite"', '',
      '[[instrument]]', 'name = "dma1"', 'driver = "q800_class"', `uri = "${this.uri}"`, '',
    ].join('\n'));
    this.daemon = new Program('relaxd', this.folder, ['--config', config]);
    this.url = await this.daemon.address();
    this.port = Number(new URL(this.url).port);
    await wait_for(async () => (await this.instrument()).link_state === 'connected', 'the instrument');
  }

  async get(path) {
    const answer = await fetch(`${this.url}/api/v1${path}`);
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  async instrument() {
    return (await this.get('/instruments')).instruments[0];
  }

  async start_run(method, specimen) {
    const answer = await fetch(`${this.url}/api/v1/runs`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ instrument: 'dma1', method, specimen }),
    });
    const body = await answer.json();
    if (answer.status !== 201) throw new Error(`POST /runs: ${answer.status} ${JSON.stringify(body)}`);
    return body.run_id;
  }

  /** Rows of one kind with seq ≤ to_seq. */
  async rows(run_id, kind, to_seq) {
    const found = [];
    let after = 0;
    while (after < to_seq) {
      const page = await this.get(`/runs/${run_id}/${kind}?after_seq=${after}&limit=10000`);
      if (page[kind].length === 0) break;
      found.push(...page[kind].filter((row) => row.seq <= to_seq));
      after = page.next_after_seq;
    }
    return found;
  }

  async close(is_failed) {
    for (const program of [this.daemon, this.simulator]) {
      if (program === undefined) continue;
      await program.end(is_failed ? 'SIGKILL' : 'SIGTERM');
      if (is_failed) console.error(`--- ${program.log}\n${program.tail()}`);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A daemon whose one instrument is a folder that is followed. */
export class FollowedLaboratory extends Laboratory {
  constructor() {
    super({ speed: 1, seed: 1 });
    this.data = join(this.folder, 'data');
    mkdirSync(this.data);
  }

  async start_daemon() {
    const config = join(this.folder, 'relaxd.toml');
    writeFileSync(config, [
      '[daemon]', 'listen = "127.0.0.1:0"', 'database = "campaign.sqlite"', '',
      '[[instrument]]', 'name = "q800"', 'driver = "ta_files"', `uri = "folder://${this.data}?period_s=0.2"`, '',
    ].join('\n'));
    this.daemon = new Program('relaxd', this.folder, ['--config', config]);
    this.url = await this.daemon.address();
    await wait_for(async () => (await this.instrument()).link_state === 'connected', 'the folder');
  }

  async follow() {
    const answer = await fetch(`${this.url}/api/v1/runs`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ instrument: 'q800', follow: true }),
    });
    const body = await answer.json();
    if (answer.status !== 201) throw new Error(`POST /runs: ${answer.status} ${JSON.stringify(body)}`);
    return body.run_id;
  }
}
