// SPDX-License-Identifier: MIT
//
// Measured points of one run by frequency, in growing typed arrays outside the component tree.
// Columns are SI; NaN = unknown. At `most` points a trace halves its older half, so that memory stays
// bounded on endless runs; `thinned` then says that not every point is held.

import type { Point } from './api';
import { Isotherms } from './isotherms';

export const columns = [
  'seq', 'segment', 'time_s', 'frequency_Hz', 'temperature_K', 'set_temperature_K', 'storage_modulus_Pa', 'loss_modulus_Pa',
  'tan_delta', 'strain',
] as const;
export type Column = (typeof columns)[number];

const most = 1 << 18;

export class Trace {
  length = 0;
  thinned = false;
  /** 1 where the line must not come from the point before. */
  breaks = new Uint8Array(256);
  private readonly data: Record<Column, Float64Array>;

  /** `key`: what all points have in common, the frequency in Hz or −segment; 0 = nothing. */
  constructor(readonly key: number) {
    this.data = Object.fromEntries(columns.map((c) => [c, new Float64Array(256)])) as typeof this.data;
  }

  /** The filled part of a column; valid until the next push. */
  view(column: Column): Float64Array {
    return this.data[column].subarray(0, this.length);
  }

  last(column: Column): number {
    return this.length === 0 ? NaN : (this.data[column][this.length - 1] ?? NaN);
  }

  push(point: Point, is_after_gap: boolean): void {
    const i = this.place();
    for (const column of columns) this.data[column][i] = point[column] ?? NaN;
    this.breaks[i] = is_after_gap ? 1 : 0;
  }

  /** Appends point `index` of another trace. */
  copy(from: Trace, index: number, is_break: boolean): void {
    const i = this.place();
    for (const column of columns) this.data[column][i] = from.data[column][index] ?? NaN;
    this.breaks[i] = is_break ? 1 : 0;
  }

  private place(): number {
    if (this.length === this.breaks.length) this.grow();
    this.length += 1;
    return this.length - 1;
  }

  private grow(): void {
    if (this.length >= most) {
      this.thin();
      return;
    }
    for (const column of columns) {
      const larger = new Float64Array(this.length * 2);
      larger.set(this.data[column]);
      this.data[column] = larger;
    }
    const breaks = new Uint8Array(this.length * 2);
    breaks.set(this.breaks);
    this.breaks = breaks;
  }

  private thin(): void {
    const half = this.length >> 1;
    const kept = half >> 1;
    for (const column of columns) {
      const data = this.data[column];
      for (let i = 0; i < kept; i += 1) data[i] = data[2 * i] ?? NaN;
      data.copyWithin(kept, half, this.length);
    }
    for (let i = 0; i < kept; i += 1) this.breaks[i] = (this.breaks[2 * i] ?? 0) | (this.breaks[2 * i + 1] ?? 0);
    this.breaks.copyWithin(kept, half, this.length);
    this.length -= half - kept;
    this.thinned = true;
  }
}

/** All traces of one run. Points without a frequency (creep) are the trace of frequency 0. */
export class Traces {
  readonly by_frequency = new Map<number, Trace>();
  /** Ascending frequency; a new array whenever a trace is added. */
  ordered: Trace[] = [];
  /** Every point whatever its frequency, in the order of time. */
  readonly all = new Trace(0);
  readonly isotherms = new Isotherms();
  points = 0;
  last_point_seq = 0;
  newest: Point | null = null;
  private last_reading = 0;
  private whole = true;

  /** `is_whole`: the points come without decimation, so a jump of the reading number is a hole. */
  constructor(is_whole: boolean) {
    this.whole = is_whole;
  }

  /** From here on every point arrives. */
  set_whole(): void {
    this.whole = true;
    this.last_reading = this.newest?.reading_number ?? 0;
  }

  get thinned(): boolean {
    return this.ordered.some((trace) => trace.thinned);
  }

  add(point: Point): void {
    if (point.seq <= this.last_point_seq) return;
    const frequency = point.frequency_Hz ?? 0;
    let trace = this.by_frequency.get(frequency);
    if (trace === undefined) {
      trace = new Trace(frequency);
      this.by_frequency.set(frequency, trace);
      this.ordered = [...this.by_frequency.values()].sort((a, b) => a.key - b.key);
    }
    const skipped = this.whole && this.last_reading > 0 && point.reading_number > this.last_reading + 1;
    if (skipped) this.note_gap();
    trace.push(point, this.after_gap.delete(frequency));
    this.all.push(point, this.after_gap.delete(-1));
    this.last_reading = point.reading_number;
    this.last_point_seq = point.seq;
    this.newest = point;
    this.points += 1;
  }

  /** Every trace's next point starts a new line. */
  note_gap(): void {
    for (const frequency of this.by_frequency.keys()) this.after_gap.add(frequency);
    this.after_gap.add(-1);
  }

  private readonly after_gap = new Set<number>();
}
