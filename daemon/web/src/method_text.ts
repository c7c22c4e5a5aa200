// SPDX-License-Identifier: MIT
//
// The little that the page reads from a method's text: its sentences, their kind and expected length.
// The daemon is the judge of methods; what is not understood here just has no length.

export type StepKind = 'ramp' | 'isothermal' | 'equilibrate' | 'sweep' | 'stress' | 'setting' | 'other';

export interface Step {
  text: string;
  kind: StepKind;
  /** Expected instrument seconds; 0 = not known. */
  seconds: number;
  target_K: number | null;
}

function strings_of(key: string, toml: string): string[] {
  const uncommented = toml.replace(/^\s*#.*$/gm, '');
  const list = new RegExp(`^\\s*${key}\\s*=\\s*\\[([\\s\\S]*?)\\]`, 'm').exec(uncommented)?.[1] ?? '';
  return [...list.matchAll(/"([^"]*)"|'([^']*)'/g)].map((match) => match[1] ?? match[2] ?? '');
}

const unit_seconds: Record<string, number> = { s: 1, min: 60, h: 3600 };

function kelvin(value: string, unit: string): number {
  return unit === 'K' ? Number(value) : Number(value) + 273.15;
}

function sweep_seconds(first: number, last: number, per_decade: number): number {
  const steps = Math.ceil(Math.abs(Math.log10(last / first)) * per_decade - 1e-9);
  let seconds = 0;
  for (let k = 0; k <= steps; k += 1) {
    const f = k === steps ? last : first * 10 ** ((Math.sign(last - first) * k) / per_decade);
    seconds += f >= 1 ? Math.max(10 / f, 1) : 3 / f;
  }
  return seconds;
}

function step_of(text: string, from_K: number | null): Step {
  const number = '([-+]?[\\d.]+(?:e[-+]?\\d+)?)';
  const temperature = `${number} *(K|°C|degC|C)\\b`;
  const ramp = new RegExp(`^Ramp ${number} *(?:K|°C|degC|C)/min to ${temperature}`, 'i').exec(text);
  if (ramp !== null) {
    const target_K = kelvin(ramp[2] ?? '', ramp[3] ?? 'K');
    const seconds = from_K === null ? 0 : (Math.abs(target_K - from_K) / Number(ramp[1])) * 60;
    return { text, kind: 'ramp', seconds, target_K };
  }
  const still = new RegExp(`^(Equilibrate at|Jump to) ${temperature}`, 'i').exec(text);
  if (still !== null) return { text, kind: 'equilibrate', seconds: 0, target_K: kelvin(still[2] ?? '', still[3] ?? 'K') };
  const hold = new RegExp(`^(Isothermal|Recover|Displace .*) for ${number} *(s|min|h)\\b`, 'i').exec(text);
  if (hold !== null) {
    const kind = /^iso/i.test(text) ? 'isothermal' : 'stress';
    return { text, kind, seconds: Number(hold[2]) * (unit_seconds[hold[3] ?? 's'] ?? 1), target_K: from_K };
  }
  const sweep = new RegExp(`^Frequency sweep ${number} *Hz to ${number} *Hz, *${number} points`, 'i').exec(text);
  if (sweep !== null) {
    const seconds = sweep_seconds(Number(sweep[1]), Number(sweep[2]), Number(sweep[3]));
    return { text, kind: 'sweep', seconds, target_K: from_K };
  }
  const kind = /^(Sampling|Data storage)/i.test(text) ? 'setting' : 'other';
  return { text, kind, seconds: 0, target_K: from_K };
}

export function steps_of(toml: string): Step[] {
  const steps: Step[] = [];
  let at_K: number | null = null;
  for (const text of strings_of('segments', toml)) {
    const step = step_of(text, at_K);
    at_K = step.target_K;
    steps.push(step);
  }
  return steps;
}

/** Repeats and increments: the executed number is then not the sentence's place. */
export function is_unrolled(steps: Step[]): boolean {
  return steps.some((step) => /^(Repeat|Increment)/i.test(step.text));
}

export function frequencies_of(toml: string): string[] {
  return strings_of('frequencies', toml);
}

export function word_of(key: string, toml: string): string {
  return new RegExp(`^\\s*${key}\\s*=\\s*"([^"]*)"`, 'm').exec(toml)?.[1] ?? '';
}

export const templates: [string, string][] = [
  ['ramp with five frequencies', `mode = "multi-frequency-strain"
clamp = "single-cantilever"
amplitude = "15 um"
frequencies = ["1 Hz", "2 Hz", "4 Hz", "8 Hz", "16 Hz"]
segments = [
  "Equilibrate at 300 K",
  "Isothermal for 10 min",
  "Ramp 3 K/min to 550 K",
]
`],
  ['isothermal frequency scan', `mode = "frequency-sweep"
clamp = "single-cantilever"
amplitude = "15 um"
segments = [
  "Equilibrate at 440 K",
  "Isothermal for 5 min",
  "Frequency sweep 0.01 Hz to 2 Hz, 5 points per decade",
]
`],
];
