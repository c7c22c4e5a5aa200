// SPDX-License-Identifier: MIT
//
// Numbers and times as a person reads them: fixed prefixes, precision from the uncertainty, true minus
// signs and no number without its unit.

const superscripts: Record<string, string> = {
  '-': '⁻', '0': '⁰', '1': '¹', '2': '²', '3': '³', '4': '⁴', '5': '⁵', '6': '⁶', '7': '⁷', '8': '⁸', '9': '⁹',
};

export function power_of_ten(exponent: number): string {
  const digits = String(exponent).split('').map((c) => superscripts[c] ?? c).join('');
  return `10${digits}`;
}

function minus(text: string): string {
  return text.replace('-', '−');
}

export function fixed(value: number, decimals: number): string {
  return minus(value.toFixed(Math.max(0, Math.min(12, decimals))));
}

/** `digits` significant digits; powers of ten outside 1e-3 … 1e5. */
export function significant(value: number, digits: number): string {
  if (value === 0) return '0';
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  if (exponent < -3 || exponent > 5) {
    const mantissa = value / 10 ** exponent;
    return `${fixed(mantissa, digits - 1)} × ${power_of_ten(exponent)}`;
  }
  return fixed(value, digits - 1 - exponent);
}

export interface Quantity {
  value: string;
  /** "± 0.05", "+0.3 −0.2", "(2 … 900)"; empty when there is no interval. */
  interval: string;
}

/** An interval over more than this factor is shown by its ends. */
const wide_factor = 4;

/** Whether a positive quantity is known to its order of magnitude at best. */
export function is_wide(value: number, lower: number | null, upper: number | null): boolean {
  return value > 0 && lower !== null && upper !== null && lower >= 0 && upper > wide_factor * Math.max(lower, value / 100);
}

function decimals_for(half_width: number): number {
  const exponent = Math.floor(Math.log10(half_width));
  const leading = half_width / 10 ** exponent;
  return (leading < 3 ? 1 : 0) - exponent;
}

/** Value with its 95 % interval; both rounded to what the interval allows. */
export function with_interval(
  value: number, lower: number | null, upper: number | null, scientific = false,
): Quantity {
  if (lower === null || upper === null || !(upper > lower)) {
    return { value: significant(value, 4), interval: '' };
  }
  if (is_wide(value, lower, upper)) {
    return { value: significant(value, 2), interval: `(${significant(lower, 1)} … ${significant(upper, 1)})` };
  }
  const below = Math.max(value - lower, 0);
  const above = Math.max(upper - value, 0);
  const half = (upper - lower) / 2;
  const magnitude = Math.floor(Math.log10(Math.max(Math.abs(value), half)));
  const exponent = scientific || magnitude < -3 || magnitude > 5 ? magnitude : 0;
  const scale = 10 ** exponent;
  const decimals = Math.min(Math.max(decimals_for(half / scale), 0), 9);
  const unit = exponent === 0 ? '' : ` × ${power_of_ten(exponent)}`;
  const symmetric = Math.abs(above - below) <= 0.25 * half;
  const spread = symmetric
    ? `± ${fixed(half / scale, decimals)}`
    : `+${fixed(above / scale, decimals)} −${fixed(below / scale, decimals)}`;
  if (unit === '') return { value: fixed(value, decimals), interval: spread };
  return { value: `(${fixed(value / scale, decimals)}`, interval: `${spread})${unit}` };
}

const prefixes: [number, string][] = [
  [1e9, 'G'], [1e6, 'M'], [1e3, 'k'], [1, ''], [1e-3, 'm'], [1e-6, 'µ'], [1e-9, 'n'], [1e-12, 'p'],
];

/** A scale for a quantity of this size: factor and prefixed unit. */
export function prefixed(size: number, unit: string): { factor: number; unit: string } {
  const found = prefixes.find(([scale]) => Math.abs(size) >= scale) ?? [1, ''];
  return { factor: 1 / found[0], unit: found[1] + unit };
}

const year_s = 365.25 * 86_400;

/** A time span from nanoseconds to years. */
export function span(seconds: number, digits = 3): { value: string; unit: string } {
  const size = Math.abs(seconds);
  if (size >= year_s * 3) return { value: significant(seconds / year_s, digits), unit: 'y' };
  if (size >= 86_400 * 3) return { value: significant(seconds / 86_400, digits), unit: 'd' };
  if (size >= 3600 * 3) return { value: significant(seconds / 3600, digits), unit: 'h' };
  if (size >= 1 || size === 0) return { value: significant(seconds, digits), unit: 's' };
  if (size < 1e-9) return { value: significant(seconds, digits), unit: 's' };
  const scale = prefixed(size, 's');
  return { value: significant(seconds * scale.factor, digits), unit: scale.unit };
}

export function clock(milliseconds: number): string {
  const date = new Date(milliseconds);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

export function clock_of(utc: string | null): string {
  const milliseconds = utc === null ? NaN : Date.parse(utc);
  return Number.isNaN(milliseconds) ? '' : clock(milliseconds);
}

/** "1 h 23 min", "4 min 05 s", "12 s". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  if (hours > 0) return `${hours} h ${String(minutes).padStart(2, '0')} min`;
  if (minutes > 0 && whole % 60 === 0) return `${minutes} min`;
  if (minutes > 0) return `${minutes} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${whole} s`;
}

export function age(seconds: number): string {
  return seconds < 10 ? `${fixed(seconds, 1)} s` : duration(seconds);
}

/** 12 345 with thin spaces. */
export function count(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+(?!\d))/g, '\u2009');
}

export function frequency(hertz: number): string {
  if (hertz >= 1) return `${Number(hertz.toPrecision(3))} Hz`;
  return `${Number((hertz * 1000).toPrecision(3))} mHz`;
}
