// SPDX-License-Identifier: MIT
//
// From a run and the operator's choices to what each plot draws: lines, masks, axes.

import { css_colour, trace_colours } from './palette';
import type { Drawing, Line } from './plot';
import {
  hidden, is_log, is_normalised, shift_of, traces_of, x_axis, x_kind, y_axis, zoom, type Axis, type PanelId, type XKind,
} from './plot_options';
import type { RunView } from './run_view';
import type { Trace } from './trace';

function line(trace: Trace, x: Axis, y: Axis, colour: string, more: Partial<Line> = {}): Line {
  return {
    trace, x: x.column, y: y.column, x_factor: x.factor, y_factor: y.factor, colour,
    width: 1.25, dash: [], marker: 0, is_dotted: true, ...more,
  };
}

/** Stretches of the x axis whose points lie above the mask temperature. */
function masks(view: RunView, kind: XKind, x: Axis): [number, number][] {
  const limit = view.mask_K();
  if (limit === null || kind === 'frequency' || kind === 'master') return [];
  if (kind === 'temperature') return [[limit * x.factor, Infinity]];
  const times = view.traces.all.view('time_s');
  const temperatures = view.traces.all.view('temperature_K');
  const found: [number, number][] = [];
  let from = NaN;
  for (let i = 0; i < times.length; i += 1) {
    const is_above = (temperatures[i] ?? 0) > limit;
    const time = (times[i] ?? 0) * x.factor;
    if (is_above && Number.isNaN(from)) from = time;
    if (!is_above && !Number.isNaN(from)) {
      found.push([from, time]);
      from = NaN;
    }
  }
  if (!Number.isNaN(from)) found.push([from, Infinity]);
  return found;
}

function mask_text(view: RunView): string {
  const limit = view.mask_K();
  return limit === null ? '' : `above T_x − 5 K = ${limit.toFixed(0)} K: not fitted`;
}

/** What is simulated says so in the picture itself. */
function stamp(view: RunView, grey: RunView | null): string {
  if (view.run.simulated) return 'SIMULATED';
  return grey?.run.simulated ? `grey: run ${grey.run.run_id} SIMULATED` : '';
}

function grey_lines(grey: RunView, panel: PanelId, kind: XKind): Line[] {
  const x = x_axis(grey, kind, is_normalised.value);
  const y = y_axis(grey, panel, is_normalised.value);
  const colour = css_colour('--plot-grey');
  return traces_of(grey, kind)
    .map((trace) => {
      const shift = kind === 'master' ? (shift_of(grey, trace) ?? 1) : 1;
      return line(trace, x, y, colour, { width: 1.5, is_dotted: false, x_factor: x.factor * shift });
    });
}

function live_lines(view: RunView, kind: XKind, x: Axis, y: Axis): Line[] {
  const traces = traces_of(view, kind);
  const colours = trace_colours(traces.length);
  return traces
    .map((trace, i) => {
      const marker = traces.length > 6 ? i % 4 : 0;
      const shift = kind === 'master' ? (shift_of(view, trace) ?? 1) : 1;
      return line(trace, x, y, colours[i % colours.length] ?? '#888', { marker, x_factor: x.factor * shift });
    })
    .filter((one) => !hidden.value.has(one.trace.key));
}

function programme_lines(view: RunView, x: Axis, y: Axis): Line[] {
  const main = line(view.traces.all, x, y, css_colour('--accent'), { width: 1.75, is_dotted: false });
  if (y.column !== 'temperature_K') return [main];
  const set: Axis = { ...y, column: 'set_temperature_K' };
  return [line(view.traces.all, x, set, css_colour('--plot-grey'), { dash: [5, 4], is_dotted: false }), main];
}

/** What one panel draws now. The programme panel always runs against time. */
export function drawing_of(view: RunView, grey: RunView | null, panel: PanelId): Drawing {
  const kind = panel === 'programme' ? 'time' : x_kind.value;
  const x = x_axis(view, kind, is_normalised.value);
  const y = y_axis(view, panel, is_normalised.value);
  const live = panel === 'programme' ? programme_lines(view, x, y) : live_lines(view, kind, x, y);
  const behind = grey === null || panel === 'programme' ? [] : grey_lines(grey, panel, kind);
  // A grey run shares the live run's time unit.
  const aligned = kind === 'time' ? behind.map((one) => ({ ...one, x_factor: x.factor })) : behind;
  return {
    lines: [...aligned, ...live],
    x_label: x.label,
    is_log: is_log.value[panel],
    is_x_log: x.is_log === true,
    x_range: zoom.value[kind],
    masks: masks(view, kind, x),
    mask_text: mask_text(view),
    stamp: stamp(view, grey),
  };
}
