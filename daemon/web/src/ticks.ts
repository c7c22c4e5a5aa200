// SPDX-License-Identifier: MIT
//
// Round tick positions and their texts; uPlot's own labels overflow the axis.

import { fixed, power_of_ten } from './format';

function linear(min: number, max: number, wanted: number): number[] {
  const raw = (max - min) / Math.max(wanted, 1);
  const magnitude = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 2.5, 5, 10].find((m) => m * magnitude >= raw) ?? 10) * magnitude;
  const first = Math.ceil(min / step - 1e-9);
  const last = Math.floor(max / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function logarithmic(min: number, max: number, wanted: number): number[] {
  const decades = Math.log10(max / min);
  if (decades < 0.7) return linear(min, max, wanted).filter((value) => value > 0);
  const multiples = decades * 3 <= wanted ? [1, 2, 5] : [1];
  const stride = Math.max(1, Math.ceil(decades / Math.max(wanted, 1)));
  const found: number[] = [];
  for (let e = Math.floor(Math.log10(min)); e <= Math.ceil(Math.log10(max)); e += 1) {
    if (multiples.length === 1 && e % stride !== 0) continue;
    for (const m of multiples) {
      const value = Number(`${m}e${e}`);
      if (value >= min && value <= max) found.push(value);
    }
  }
  return found;
}

export function ticks(min: number, max: number, wanted: number, is_log: boolean): number[] {
  if (!(max > min) || !Number.isFinite(max - min)) return [];
  return is_log ? logarithmic(min, max, wanted) : linear(min, max, wanted);
}

export function tick_text(values: number[], is_log: boolean): string[] {
  const spacing = values.length > 1 ? Math.abs((values[1] ?? 0) - (values[0] ?? 0)) : 1;
  return values.map((value) => {
    if (value === 0) return '0';
    const size = Math.abs(value);
    if (is_log && (size < 1e-3 || size >= 1e5)) {
      const exponent = Math.floor(Math.log10(size) + 1e-9);
      const mantissa = Math.round(value / 10 ** exponent);
      return mantissa === 1 ? power_of_ten(exponent) : `${mantissa}·${power_of_ten(exponent)}`;
    }
    if (is_log) return String(Number(value.toPrecision(3))).replace('-', '−');
    const decimals = Math.max(0, -Math.floor(Math.log10(spacing) + 1e-9));
    const is_quarter = Math.abs(spacing / 10 ** Math.floor(Math.log10(spacing)) - 2.5) < 1e-6;
    return fixed(value, decimals + (is_quarter ? 1 : 0));
  });
}
