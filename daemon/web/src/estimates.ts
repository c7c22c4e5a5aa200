// SPDX-License-Identifier: MIT
//
// The newest estimate of every quantity and a short history of each for its sparkline.

import type { Estimate } from './api';

export interface Step {
  fit: number;
  value: number;
  lower: number;
  upper: number;
}

const most_steps = 240;
/** Models of tests in time: one test a segment. */
const series_models = new Set(['creep', 'aging']);

/**
 * One quantity: a fit's parameter; of the recipes also by isotherm or frequency. The dynamic model's
 * derived values move with the present temperature and stay one quantity.
 */
export function key_of(row: Estimate): string {
  if (row.model === 'dynamic') return `dynamic|${row.parameter}`;
  const isotherm = (row.segment ?? 0) > 0 ? `s${row.segment}` : `T${Math.round(row.temperature_K ?? 0)}`;
  const where = row.frequency_Hz === null ? (row.temperature_K === null ? '' : isotherm) : `f${row.frequency_Hz}`;
  return `${row.model}|${row.parameter}|${where}`;
}

export class Estimates {
  readonly newest = new Map<string, Estimate>();
  readonly history = new Map<string, Step[]>();
  last_fit = 0;
  last_seq = 0;
  /** Receipt on the page's own monotonic clock; 0 = before this page looked. */
  received_ms = 0;

  add(row: Estimate, now_ms: number): void {
    const key = key_of(row);
    const known = this.newest.get(key);
    if (known !== undefined && known.seq >= row.seq) return;
    this.newest.set(key, row);
    this.last_seq = Math.max(this.last_seq, row.seq);
    this.last_fit = Math.max(this.last_fit, row.fit_number);
    this.received_ms = now_ms;
    let steps = this.history.get(key);
    if (steps === undefined) this.history.set(key, (steps = []));
    steps.push({
      fit: row.fit_number, value: row.value ?? NaN, lower: row.lower_95 ?? NaN, upper: row.upper_95 ?? NaN,
    });
    if (steps.length > most_steps) {
      this.history.set(key, steps.filter((_, i) => i % 2 === 0 || i === steps.length - 1));
    }
  }

  /** As it is now; later rows do not change it. Histories are shared. */
  snapshot(): Estimates {
    const copy = new Estimates();
    for (const [key, row] of this.newest) copy.newest.set(key, row);
    for (const [key, steps] of this.history) copy.history.set(key, steps);
    copy.last_fit = this.last_fit;
    copy.last_seq = this.last_seq;
    copy.received_ms = this.received_ms;
    return copy;
  }

  dynamic(parameter: string): Estimate | undefined {
    return this.newest.get(`dynamic|${parameter}`);
  }

  /** Newest fit of a model: the row with the greatest seq. */
  newest_of(model: string): Estimate | undefined {
    let newest: Estimate | undefined;
    for (const row of this.newest.values()) {
      if (row.model === model && (newest === undefined || row.seq > newest.seq)) newest = row;
    }
    return newest;
  }

  newest_row(model: string, parameter: string): Estimate | undefined {
    let newest: Estimate | undefined;
    for (const row of this.newest.values()) {
      const is_it = row.model === model && row.parameter === parameter;
      if (is_it && (newest === undefined || row.seq > newest.seq)) newest = row;
    }
    return newest;
  }

  /** Newest rows of the tests in time, by test; the parts of the strain are left to the record. */
  tests(): Estimate[] {
    const rows = [...this.newest.values()].filter((row) => series_models.has(row.model) && !row.parameter.startsWith('eps_'));
    return rows.sort((a, b) => (a.segment ?? 0) - (b.segment ?? 0));
  }

  rows_of(model: string, parameter: string): Estimate[] {
    const rows = [...this.newest.values()].filter((row) => row.model === model && row.parameter === parameter);
    return rows.sort((a, b) => (a.temperature_K ?? 0) - (b.temperature_K ?? 0));
  }
}
