// SPDX-License-Identifier: MIT
//
// chi against temperature while the isotherms come in: the model's chi (filled) and the recipe's
// slope (open), each with its 95 % interval; an undetermined one is a hatched column, never a point.

import type { JSX } from 'preact';
import type { Estimate } from './api';
import { fixed, significant } from './format';
import type { Shown } from './state';
import { tick_text, ticks } from './ticks';

const width = 340;
const height = 170;
const left = 40;
const right = 10;
const top = 10;
const bottom = 28;

interface Isotherm {
  segment: number;
  T: number;
  chi: Estimate | null;
  slope: Estimate | null;
}

/** One a segment, ascending temperature; those the specimen changed in apart. */
function isotherms_of(now: Shown): Isotherm[] {
  const found = new Map<number, Isotherm>();
  for (const parameter of ['chi_slope', 'chi']) {
    for (const row of now.estimates.rows_of('chi-slope', parameter)) {
      if (row.temperature_K === null || now.view.not_stationary.has(row.segment ?? 0)) continue;
      const segment = row.segment ?? 0;
      const one = found.get(segment) ?? { segment, T: row.temperature_K, chi: null, slope: null };
      if (parameter === 'chi') one.chi = row;
      else one.slope = row;
      found.set(segment, one);
    }
  }
  return [...found.values()].sort((a, b) => a.T - b.T);
}

function is_told(row: Estimate | null): row is Estimate & { value: number } {
  return row !== null && row.value !== null && row.state !== 'undetermined';
}

function interval(row: Estimate & { value: number }): [number, number] {
  return [row.lower_95 ?? row.value, row.upper_95 ?? row.value];
}

interface Frame {
  x: (T: number) => number;
  y: (chi: number) => number;
  x_ticks: number[];
  y_ticks: number[];
}

function frame_of(all: Isotherm[]): Frame {
  const rows = all.flatMap((one) => [one.chi, one.slope]).filter(is_told);
  const temperatures = all.map((one) => one.T);
  let T_low = Math.min(...temperatures);
  let T_high = Math.max(...temperatures);
  const T_margin = Math.max((T_high - T_low) * 0.08, 2);
  T_low -= T_margin;
  T_high += T_margin;
  const clipped = rows.flatMap((row) => interval(row).map((value) => Math.min(1.2, Math.max(-0.2, value))));
  const low = Math.min(0.2, ...clipped);
  const high = Math.max(0.6, ...clipped);
  return {
    x: (T) => left + ((T - T_low) / (T_high - T_low)) * (width - left - right),
    y: (chi) => height - bottom - ((chi - low) / (high - low)) * (height - top - bottom),
    x_ticks: ticks(T_low, T_high, 5, false),
    y_ticks: ticks(low, high, 4, false),
  };
}

function Mark({ row, T, frame, is_filled }: { row: Estimate | null; T: number; frame: Frame; is_filled: boolean }): JSX.Element | null {
  if (!is_told(row)) return null;
  const x = frame.x(T) + (is_filled ? 0 : 4);
  const [low, high] = interval(row);
  const clamp = (y: number): number => Math.min(height - bottom, Math.max(top, y));
  const y = clamp(frame.y(row.value));
  const colour = is_filled ? 'var(--accent)' : 'var(--plot-grey)';
  return (
    <g>
      <line x1={x} x2={x} y1={clamp(frame.y(low))} y2={clamp(frame.y(high))} stroke={colour} stroke-width="1.5" />
      <circle cx={x} cy={y} r="3.5" stroke={colour} stroke-width="1.5" fill={is_filled ? colour : 'none'} />
    </g>
  );
}

function sentence(all: Isotherm[]): string {
  return all.map((one) => {
    const row = is_told(one.chi) ? one.chi : one.slope;
    return `${fixed(one.T, 1)} K: ${is_told(row) ? significant(row.value, 3) : 'undetermined'}`;
  }).join('; ');
}

export function ChiOfTemperature({ now }: { now: Shown }): JSX.Element | null {
  const all = isotherms_of(now);
  const changed = [...now.view.not_stationary];
  if (all.length === 0 && changed.length === 0) return null;
  const frame = all.length === 0 ? null : frame_of(all);
  return (
    <section class="recipes" id="chi-of-T" aria-label="chi against temperature">
      <h3>χ(T) <span class="h-note">{all.length} isotherm{all.length === 1 ? '' : 's'}; filled: model, open: recipe slope</span></h3>
      {frame === null ? null : (
        <svg class="chi-plot" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`chi against temperature: ${sentence(all)}`}>
          {frame.y_ticks.map((value, i) => (
            <g key={`y${value}`}>
              <line class="chi-grid" x1={left} x2={width - right} y1={frame.y(value)} y2={frame.y(value)} />
              <text class="chi-text" x={left - 6} y={frame.y(value) + 4} text-anchor="end">{tick_text(frame.y_ticks, false)[i]}</text>
            </g>
          ))}
          {frame.x_ticks.map((value, i) => (
            <text class="chi-text" key={`x${value}`} x={frame.x(value)} y={height - bottom + 15} text-anchor="middle">
              {tick_text(frame.x_ticks, false)[i]}
            </text>
          ))}
          <text class="chi-text" x={width - right} y={height - 2} text-anchor="end">T / K</text>
          <text class="chi-text" x={4} y={top + 8}>χ</text>
          {all.map((one) => (
            <g key={one.segment} data-segment={one.segment}>
              {is_told(one.chi) || is_told(one.slope) ? null : (
                <rect class="chi-open" x={frame.x(one.T) - 4} y={top} width="8" height={height - top - bottom} />
              )}
              <Mark row={one.slope} T={one.T} frame={frame} is_filled={false} />
              <Mark row={one.chi} T={one.T} frame={frame} is_filled />
            </g>
          ))}
        </svg>
      )}
      {changed.length === 0 ? null : (
        <p class="provenance warn-text" id="not-stationary">
          Not stationary, left out: {changed.length === 1 ? 'segment' : 'segments'} {changed.join(', ')}. The specimen changed while it was measured.
        </p>
      )}
    </section>
  );
}
