// SPDX-License-Identifier: MIT
//
// What the components show. Bulk data stay in RunView; `shown` is replaced at each drawn frame, so that
// all numbers on the page belong to the same sequence number.

import { computed, signal } from '@preact/signals';
import type { Instrument, Point, Run } from './api';
import type { Estimates } from './estimates';
import type { RunView } from './run_view';
import type { LinkWord } from './stream';

export const ends = new Set(['completed', 'stopped', 'aborted', 'interrupted', 'rejected']);

export interface Shown {
  /** Moves on with the stream: for drawing, not for numbers beside `last_seq`. */
  view: RunView;
  run: Run;
  estimates: Estimates;
  newest: Point | null;
  last_seq: number;
  drawn_points: number;
  /** Of the page's monotonic clock. */
  drawn_ms: number;
}

export interface PageLink {
  word: LinkWord;
  silent_ms: number;
  since_utc_ms: number;
  reason: string;
}

export type StopPhase = 'none' | 'sent' | 'received' | 'confirmed' | 'not_confirmed' | 'failed';

export interface StopState {
  phase: StopPhase;
  instrument: string;
  pressed_ms: number;
  received_ms: number;
  confirmed_ms: number;
  reason: string;
}

export const instruments = signal<Instrument[]>([]);
export const runs = signal<Run[]>([]);
export const selected = signal('');
export const shown = signal<Shown | null>(null);
export const earlier = signal<RunView | null>(null);
export const link = signal<PageLink>({ word: 'connecting', silent_ms: 0, since_utc_ms: Date.now(), reason: '' });
export const now_ms = signal(performance.now());
export const notice = signal('');
export const is_old_page = signal(false);
export const clock_offset_s = signal(0);
/** Rows that the daemon has received and not yet committed. */
export const rows_waiting = signal(0);
export const stop_state = signal<StopState>({
  phase: 'none', instrument: '', pressed_ms: 0, received_ms: 0, confirmed_ms: 0, reason: '',
});

export const instrument = computed(() => instruments.value.find((one) => one.name === selected.value) ?? null);
/** Nothing can be ordered from here: the instrument is commanded at its own computer. */
export const is_read_only = computed(() => instrument.value?.read_only === 1);
export const is_active = computed(() => shown.value !== null && !ends.has(shown.value.run.state));
export const is_simulated = computed(
  () => Boolean(instrument.value?.simulated) || Boolean(shown.value?.run.simulated),
);
/** Why controls are off, or empty. */
export const writes_off = computed(() => {
  const word = link.value.word;
  if (word === 'lost' || word === 'refused') return 'the page has no link to the daemon';
  if (word === 'connecting') return 'the page is still connecting';
  return '';
});
