// SPDX-License-Identifier: MIT
//
// Keeps the page in step with the daemon: picks the instrument and its present (else latest) run, loads
// history, follows the stream, refetches what was squashed or skipped, polls instruments.

import { batch } from '@preact/signals';
import { ApiError, get, type Instrument, type Run } from './api';
import { fit_all, natural_kind, x_kind } from './plot_options';
import { RunView } from './run_view';
import { clock_offset_s, earlier, ends, instruments, is_old_page, link, notice, now_ms, rows_waiting, runs, selected } from './state';
import { Stream, type Message, type StreamListener } from './stream';

const poll_ms = 2_000;

class Session implements StreamListener {
  /** The run on the page, replaced when another one starts. */
  view: RunView | null = null;
  dirty = true;
  fetched_points = 0;
  readonly stream = new Stream(this);
  private readonly queue: Message[] = [];
  private is_pumping = false;
  private page_build: string | null = null;
  private was_lost = false;
  private segment = 0;
  private offsets_s: number[] = [];

  async start(): Promise<void> {
    setInterval(() => this.watch(), 250);
    setInterval(() => void this.poll(), poll_ms);
    await this.refresh();
    this.stream.connect();
  }

  /** Instruments, runs and the run to show. */
  async refresh(): Promise<void> {
    try {
      const [all_instruments, all_runs] = await Promise.all([
        get<{ instruments: Instrument[] }>('/instruments'),
        get<{ runs: Run[] }>('/runs'),
      ]);
      batch(() => {
        instruments.value = all_instruments.instruments;
        runs.value = all_runs.runs;
        if (selected.value === '') selected.value = this.first_choice();
      });
      await this.show_newest();
    } catch (error) {
      this.complain(error);
    }
  }

  async choose(name: string): Promise<void> {
    selected.value = name;
    history.replaceState(null, '', `#${encodeURIComponent(name)}`);
    earlier.value = null;
    this.view = null;
    this.dirty = true;
    await this.show_newest();
    this.stream.resubscribe();
  }

  /** Another run in grey behind the live one. */
  async choose_earlier(run_id: number | null): Promise<void> {
    try {
      earlier.value = run_id === null ? null : await RunView.load(run_id);
    } catch (error) {
      this.complain(error);
    }
    this.dirty = true;
  }

  subscription(): { instrument: string; after_seq: number } | null {
    return selected.value === '' ? null : { instrument: selected.value, after_seq: this.view?.last_seq ?? 0 };
  }

  opened(): void {
    if (this.was_lost) {
      this.was_lost = false;
      this.fetched_points = 0;
      notice.value = 'The link is back.';
    }
    void this.refresh();
  }

  receive(message: Message): void {
    if (message.type === 'hello') this.check_build(message);
    else if (message.type === 'tick') {
      this.note_time(message);
      this.note_tick(message);
    } else if (message.type === 'error') {
      notice.value = (message['error'] as { message?: string } | undefined)?.message ?? 'The daemon refused a message.';
    } else {
      this.queue.push(message);
      void this.pump();
    }
  }

  complain(error: unknown): void {
    notice.value = error instanceof ApiError ? error.sentence() : String(error);
  }

  private first_choice(): string {
    const wanted = decodeURIComponent(location.hash.slice(1));
    const names = instruments.value.map((one) => one.name);
    if (names.includes(wanted)) return wanted;
    const busy = runs.value.find((run) => !ends.has(run.state) && names.includes(run.instrument));
    return busy?.instrument ?? names[0] ?? '';
  }

  private newest_run(): Run | undefined {
    const mine = runs.value.filter((run) => run.instrument === selected.value);
    const by_id = (a: Run, b: Run): number => b.run_id - a.run_id;
    return mine.filter((run) => !ends.has(run.state)).sort(by_id)[0] ?? mine.sort(by_id)[0];
  }

  private async show_newest(): Promise<void> {
    const run = this.newest_run();
    if (run === undefined || (this.view !== null && this.view.run.run_id >= run.run_id)) return;
    await this.show(run.run_id);
    this.stream.resubscribe();
  }

  private async show(run_id: number): Promise<void> {
    const view = await RunView.load(run_id);
    if (view.run.instrument !== selected.value) return;
    this.view = view;
    x_kind.value = natural_kind(view.run.method);
    fit_all();
    this.dirty = true;
  }

  private async pump(): Promise<void> {
    if (this.is_pumping) return;
    this.is_pumping = true;
    try {
      for (let message = this.queue.shift(); message !== undefined; message = this.queue.shift()) {
        await this.handle(message);
      }
    } catch (error) {
      this.complain(error);
      this.queue.length = 0;
      setTimeout(() => this.stream.connect(), 1_000);  // Resumes after the last row taken in.
    } finally {
      this.is_pumping = false;
    }
  }

  private handle(message: Message): Promise<void> | undefined {
    const run_id = message.run_id ?? this.view?.run.run_id;
    if (run_id === undefined) return undefined;
    if (this.view === null || run_id > this.view.run.run_id) return this.show(run_id).then(() => this.apply(message));
    return run_id === this.view.run.run_id ? this.apply(message) : undefined;
  }

  private apply(message: Message): Promise<void> | undefined {
    const view = this.view;
    if (view === null) return undefined;
    this.dirty = true;
    if (message.type === 'squashed') {
      const from = Math.max(message.from_seq ?? 1, view.last_seq + 1);
      const to = message.to_seq ?? 0;
      return to >= from ? this.catch_up(view, from, to) : undefined;
    }
    const seq = message.seq ?? 0;
    if (seq <= view.last_seq) return undefined;
    if (seq > view.last_seq + 1) {
      return this.catch_up(view, view.last_seq + 1, seq - 1).then(() => this.take(view, message));
    }
    this.take(view, message);
    return undefined;
  }

  private take(view: RunView, message: Message): void {
    view.take(message);
    if (message.type === 'state') void this.refresh_run(view);
    const segment = view.traces.newest?.segment ?? 0;
    if (segment !== this.segment) {
      this.segment = segment;
      void view.load_frame();
    }
  }

  private async catch_up(view: RunView, from: number, to: number): Promise<void> {
    this.fetched_points += await view.refill(from, to);
    notice.value = `Caught up: ${this.fetched_points} points fetched.`;
  }

  private async refresh_run(view: RunView): Promise<void> {
    try {
      const [run, all] = await Promise.all([
        get<Run>(`/runs/${view.run.run_id}`), get<{ runs: Run[] }>('/runs'), view.load_frame(),
      ]);
      view.run = run;
      runs.value = all.runs;
      this.dirty = true;
    } catch (error) {
      this.complain(error);
    }
  }

  private check_build(message: Message): void {
    const build = message['page_build'];
    if (typeof build !== 'string') return;
    if (this.page_build === null) this.page_build = build;
    else if (this.page_build !== build) is_old_page.value = true;
  }

  private note_tick(message: Message): void {
    const recording = message['recording'] as { rows_waiting?: number } | undefined;
    rows_waiting.value = recording?.rows_waiting ?? 0;
    const present = (message['runs'] ?? []) as { run_id: number; instrument: string }[];
    const shown_id = this.view?.run.run_id ?? 0;
    if (present.some((run) => run.instrument === selected.value && run.run_id > shown_id)) void this.refresh();
  }

  private note_time(message: Message): void {
    const theirs = typeof message.time_utc === 'string' ? Date.parse(message.time_utc) : NaN;
    if (Number.isNaN(theirs)) return;
    this.offsets_s.push((Date.now() - theirs) / 1000);
    if (this.offsets_s.length > 9) this.offsets_s.shift();
    const sorted = [...this.offsets_s].sort((a, b) => a - b);
    clock_offset_s.value = sorted[sorted.length >> 1] ?? 0;
  }

  private watch(): void {
    const now = performance.now();
    const stream = this.stream;
    const word = stream.word(now);
    if (word === 'lost' || word === 'refused') this.was_lost = true;
    stream.revive(now);
    batch(() => {
      now_ms.value = now;
      link.value = {
        word,
        silent_ms: now - stream.last_frame_ms,
        since_utc_ms: stream.last_frame_utc_ms,
        reason: stream.refused_because,
      };
    });
  }

  private async poll(): Promise<void> {
    if (link.value.word === 'lost') return;
    try {
      instruments.value = (await get<{ instruments: Instrument[] }>('/instruments', 4_000)).instruments;
      if (selected.value === '') await this.refresh();
    } catch {
      // The page-link lamp tells; a poll is not worth a second message.
    }
  }
}

export const session = new Session();
