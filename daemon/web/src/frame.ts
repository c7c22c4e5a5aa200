// SPDX-License-Identifier: MIT
//
// The one requestAnimationFrame loop: draws the plots when something changed, at most ten times a
// second, then publishes what was drawn so that all numbers on the page belong to one sequence number.

import { effect } from '@preact/signals';
import { dark_query } from './palette';
import type { Plot } from './plot';
import { hidden, is_log, is_normalised, x_kind, zoom, type PanelId } from './plot_options';
import { drawing_of } from './scene';
import { session } from './session';
import { earlier, shown } from './state';

const frame_ms = 100;
/** Drawing takes at most this part of the time. */
const busy_part = 0.25;

const plots = new Map<PanelId, Plot>();
const sparklines = new Set<() => void>();
let last_ms = 0;
let pause_ms = frame_ms;

export function add_plot(id: PanelId, plot: Plot): () => void {
  plots.set(id, plot);
  session.dirty = true;
  return () => {
    plots.delete(id);
    plot.destroy();
  };
}

export function add_sparkline(draw: () => void): () => void {
  sparklines.add(draw);
  return () => sparklines.delete(draw);
}

export function touch(): void {
  session.dirty = true;
}

function draw(now: number): void {
  const view = session.view;
  if (view === null) {
    shown.value = null;
    return;
  }
  let drawn = 0;
  for (const [id, plot] of plots) {
    const count = plot.draw(drawing_of(view, earlier.value, id));
    if (id === 'storage') drawn = count;
  }
  shown.value = {
    view,
    run: view.run,
    estimates: view.estimates.snapshot(),
    newest: view.traces.newest,
    last_seq: view.last_seq,
    drawn_points: drawn,
    drawn_ms: now,
  };
  for (const sparkline of sparklines) sparkline();
}

function loop(now: number): void {
  if (session.dirty && now - last_ms >= pause_ms) {
    session.dirty = false;
    last_ms = now;
    const begin = performance.now();
    draw(begin);
    pause_ms = Math.max(frame_ms, (performance.now() - begin) / busy_part);
  }
  requestAnimationFrame(loop);
}

export function start_frames(): void {
  effect(() => {
    for (const option of [x_kind, is_normalised, is_log, hidden, zoom, earlier]) void option.value;
    touch();
  });
  dark_query.addEventListener('change', () => {
    for (const plot of plots.values()) plot.forget();
    touch();
  });
  requestAnimationFrame(loop);
}
