// SPDX-License-Identifier: MIT
//
// What the operator chose to see, and the axes that follow from it: temperature or time, SI or divided
// by a named normaliser.

import { signal } from '@preact/signals';
import { fixed, frequency, significant } from './format';
import type { RunView } from './run_view';
import type { Column, Trace } from './trace';

export type XKind = 'temperature' | 'time' | 'frequency' | 'master';
export type PanelId = 'storage' | 'loss' | 'tan' | 'programme';

export const x_kind = signal<XKind>('temperature');
export const is_normalised = signal(false);
export const is_log = signal<Record<PanelId, boolean>>({ storage: false, loss: true, tan: true, programme: false });
/** Keys of traces switched off in the legend: frequencies, −segments of isotherms. */
export const hidden = signal<ReadonlySet<number>>(new Set());
/** Zoomed x range; null follows the data. */
export const zoom = signal<Record<XKind, [number, number] | null>>({ temperature: null, time: null, frequency: null, master: null });
/** Cursor on the x axis of the plots, in shown units. */
export const cursor = signal<number | null>(null);

export interface Axis {
  column: Column;
  factor: number;
  label: string;
  is_log?: boolean;
}

/** A method with sweeps is read against frequency. */
export function natural_kind(method: string): XKind {
  return /Frequency sweep/i.test(method) ? 'frequency' : 'temperature';
}

/** One trace a frequency; against frequency one an isotherm. */
export function traces_of(view: RunView, kind: XKind): Trace[] {
  if (kind === 'frequency') return view.traces.isotherms.follow(view.traces.all);
  if (kind === 'master') return view.traces.isotherms.follow(view.traces.all).filter((trace) => shift_of(view, trace) !== null);
  return view.traces.ordered.filter((trace) => trace.key > 0);
}

/** Nearer than this an isotherm is the one that a shift was found for. */
const same_isotherm_K = 0.5;

/** a_T of an isotherm, by the master curve's newest fit; null = not shifted. */
export function shift_of(view: RunView, trace: Trace): number | null {
  if (view.not_stationary.has(-trace.key)) return null;
  const T = trace.last('temperature_K');
  const newest = view.estimates.newest_of('master-curve')?.fit_number;
  for (const row of view.estimates.rows_of('master-curve', 'ln_aT')) {
    const is_it = row.fit_number === newest && row.value !== null && Math.abs((row.temperature_K ?? NaN) - T) < same_isotherm_K;
    if (is_it) return Math.exp(row.value ?? 0);
  }
  return null;
}

export function name_of(trace: Trace): string {
  return trace.key > 0 ? frequency(trace.key) : `${fixed(trace.last('temperature_K'), 1)} K`;
}

export function fit_all(): void {
  zoom.value = { temperature: null, time: null, frequency: null, master: null };
}

export interface Normaliser {
  /** Divide by it, SI. */
  value: number;
  text: string;
}

const usable = new Set(['determined', 'hinted', 'traded', 'fixed']);

/** E_u of the run's own fit. */
export function modulus_normaliser(view: RunView): Normaliser | null {
  const name = view.is_shear ? 'G_u' : 'E_u';
  const row = view.estimates.dynamic(`${name}_Pa`);
  if (row === undefined || row.value === null || !(row.value > 0) || !usable.has(row.state)) return null;
  const quality = row.state === 'determined' ? '' : `, ${row.state}`;
  return {
    value: row.value,
    text: `${name} = ${significant(row.value * 1e-9, 3)} GPa, estimate of run ${view.run.run_id}${quality}`,
  };
}

/** T_g of the run's own fit, else of its specimen record. */
export function temperature_normaliser(view: RunView): Normaliser | null {
  const row = view.estimates.dynamic('T_g_K');
  const run = `run ${view.run.run_id}`;
  if (row !== undefined && row.value !== null && usable.has(row.state)) {
    const origin = row.state === 'fixed' ? `given for ${run}` : `estimate of ${run}`;
    return { value: row.value, text: `T_g = ${fixed(row.value, 1)} K, ${origin}` };
  }
  const T_g = view.specimen?.T_g_K ?? null;
  if (T_g === null) return null;
  return { value: T_g, text: `T_g = ${fixed(T_g, 1)} K, specimen record of ${run}` };
}

function time_axis(longest_s: number): Axis {
  if (longest_s > 6 * 3600) return { column: 'time_s', factor: 1 / 3600, label: 'time / h' };
  if (longest_s > 300) return { column: 'time_s', factor: 1 / 60, label: 'time / min' };
  return { column: 'time_s', factor: 1, label: 'time / s' };
}

export function x_axis(view: RunView, kind: XKind, normalised: boolean): Axis {
  if (kind === 'frequency') return { column: 'frequency_Hz', factor: 1, label: 'f / Hz', is_log: true };
  if (kind === 'master') return { column: 'frequency_Hz', factor: 1, label: 'f · a_T / Hz', is_log: true };
  if (kind === 'time') return time_axis(view.traces.all.last('time_s'));
  const by = normalised ? temperature_normaliser(view) : null;
  if (by === null) return { column: 'temperature_K', factor: 1, label: 'T / K' };
  return { column: 'temperature_K', factor: 1 / by.value, label: 'T / T_g' };
}

export function y_axis(view: RunView, panel: PanelId, normalised: boolean): Axis {
  if (panel === 'tan') return { column: 'tan_delta', factor: 1, label: 'tan δ' };
  if (panel === 'programme') {
    return view.traces.newest?.frequency_Hz === null
      ? { column: 'strain', factor: 100, label: 'strain / %' }
      : { column: 'temperature_K', factor: 1, label: 'T / K' };
  }
  const column = panel === 'storage' ? 'storage_modulus_Pa' : 'loss_modulus_Pa';
  const letter = view.is_shear ? 'G' : 'E';
  const symbol = panel === 'storage' ? `${letter}′` : `${letter}″`;
  const by = normalised ? modulus_normaliser(view) : null;
  if (by === null) return { column, factor: 1e-9, label: `${symbol} / GPa` };
  return { column, factor: 1 / by.value, label: `${symbol} / ${letter}_u` };
}

/** What the axes are divided by, or why they are not. */
export function normaliser_texts(view: RunView): string[] {
  const modulus = modulus_normaliser(view);
  const temperature = temperature_normaliser(view);
  return [
    modulus?.text ?? `${view.is_shear ? 'G_u' : 'E_u'} of run ${view.run.run_id} is not determined yet: moduli in GPa`,
    temperature?.text ?? `T_g of run ${view.run.run_id} is not known: T in K`,
  ];
}
