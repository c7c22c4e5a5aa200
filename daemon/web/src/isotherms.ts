// SPDX-License-Identifier: MIT
//
// Isothermal sweeps as traces against frequency: one trace a segment whose temperature stays within
// ±0.5 K, the rule of the fits. Follows a growing trace of all points.

import { Trace } from './trace';

const window_K = 0.5;

export class Isotherms {
  private taken = 0;
  private readonly by_segment = new Map<number, Trace>();
  private readonly moving = new Set<number>();

  /** Ascending segment; only those measured at two frequencies or more. Their keys are −segment. */
  follow(all: Trace): Trace[] {
    if (all.length < this.taken) this.forget();
    const segments = all.view('segment');
    const temperatures = all.view('temperature_K');
    const frequencies = all.view('frequency_Hz');
    for (let i = this.taken; i < all.length; i += 1) {
      const segment = segments[i] ?? 0;
      const f = frequencies[i] ?? NaN;
      if (this.moving.has(segment) || !(f > 0)) continue;
      let trace = this.by_segment.get(segment);
      if (trace === undefined) this.by_segment.set(segment, (trace = new Trace(-segment)));
      const begin = trace.view('temperature_K')[0] ?? temperatures[i] ?? NaN;
      if (Math.abs((temperatures[i] ?? NaN) - begin) > 2 * window_K) {
        this.moving.add(segment);
        this.by_segment.delete(segment);
        continue;
      }
      // A new cycle through the frequencies is a new line.
      trace.copy(all, i, trace.length > 0 && f <= trace.last('frequency_Hz'));
    }
    this.taken = all.length;
    return [...this.by_segment.values()].filter((trace) => new Set(trace.view('frequency_Hz').subarray(0, 64)).size > 1);
  }

  private forget(): void {
    this.taken = 0;
    this.by_segment.clear();
    this.moving.clear();
  }
}
