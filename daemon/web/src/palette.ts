// SPDX-License-Identifier: MIT
//
// Trace colours with at least 3:1 contrast to the page that stay apart for colour-blind viewers; above
// six traces a ramp by frequency with changing markers. Alarm colours are not among them.

const light_four = ['#1B1F24', '#785EF0', '#CC3311', '#CC79A7'];
const light_six = ['#1B1F24', '#006B57', '#5B2A86', '#648FFF', '#CC79A7', '#999933'];
const dark_five = ['#33BBEE', '#F0E442', '#785EF0', '#CC6677', '#D43D00'];
const dark_six = ['#F0E442', '#88CCEE', '#785EF0', '#AA4499', '#C2185B', '#999933'];
// Ends of a viridis-like ramp, cut where the contrast to the page would fall below 3:1.
const light_ramp: [number, number, number][] = [[68, 1, 84], [59, 82, 139], [33, 125, 132], [72, 140, 60], [138, 130, 10]];
const dark_ramp: [number, number, number][] = [[140, 110, 230], [80, 140, 215], [33, 165, 160], [94, 201, 98], [253, 231, 37]];

export const dark_query = matchMedia('(prefers-color-scheme: dark)');

function ramp(stops: [number, number, number][], t: number): string {
  const at = t * (stops.length - 1);
  const low = Math.min(Math.floor(at), stops.length - 2);
  const a = stops[low] ?? [0, 0, 0];
  const b = stops[low + 1] ?? a;
  const mix = (i: 0 | 1 | 2): string => Math.round(a[i] + (b[i] - a[i]) * (at - low)).toString(16).padStart(2, '0');
  return `#${mix(0)}${mix(1)}${mix(2)}`;
}

export function trace_colours(n: number): string[] {
  const is_dark = dark_query.matches;
  if (n > 6) {
    const stops = is_dark ? dark_ramp : light_ramp;
    return Array.from({ length: n }, (_, i) => ramp(stops, i / (n - 1)));
  }
  if (is_dark) return n <= 5 ? dark_five : dark_six;
  return n <= 4 ? light_four : light_six;
}

/** A colour of the style sheet, for canvases. */
export function css_colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || '#888';
}
