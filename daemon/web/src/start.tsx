// SPDX-License-Identifier: MIT
//
// Start of a run: instrument, method text, specimen. The daemon checks; its answer is shown beside the
// button, and nothing typed is lost.

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { start_run } from './commands';
import { templates } from './method_text';
import { instrument, instruments, is_active, is_read_only, runs, selected, shown, writes_off } from './state';

interface Field {
  key: string;
  label: string;
  unit: string;
  /** SI per shown unit; 0 = text. */
  factor: number;
}

const fields: Field[] = [
  { key: 'name', label: 'Specimen', unit: '', factor: 0 },
  { key: 'length_m', label: 'Length', unit: 'mm', factor: 1e-3 },
  { key: 'width_m', label: 'Width', unit: 'mm', factor: 1e-3 },
  { key: 'thickness_m', label: 'Thickness', unit: 'mm', factor: 1e-3 },
  { key: 'poisson_ratio', label: 'Poisson ratio', unit: '', factor: 1 },
  { key: 'T_g_K', label: 'T_g (DSC)', unit: 'K', factor: 1 },
  { key: 'T_x_K', label: 'T_x (DSC)', unit: 'K', factor: 1 },
];
const clamps = ['single-cantilever', 'dual-cantilever', '3-point-bending', 'tension', 'compression', 'shear-sandwich'];

function known_specimen(): Record<string, string> {
  const specimen = shown.value?.view.specimen ?? null;
  if (specimen === null) return { clamp: clamps[0] ?? '' };
  const entries = fields.map(({ key, factor }) => {
    const value = (specimen as unknown as Record<string, unknown>)[key];
    if (factor === 0) return [key, typeof value === 'string' ? value : ''];
    return [key, typeof value === 'number' ? String(Number((value / factor).toPrecision(9))) : ''];
  });
  return { ...Object.fromEntries(entries), clamp: specimen.clamp ?? clamps[0] ?? '' } as Record<string, string>;
}

/** SI values of the form, or the name of the field that is no number. */
function specimen_of(form: Record<string, string>): Record<string, string | number> | string {
  const found: Record<string, string | number> = { clamp: form['clamp'] ?? '' };
  for (const { key, label, factor } of fields) {
    const text = (form[key] ?? '').trim();
    if (text === '') continue;
    const value = factor === 0 ? text : Number(text.replace(',', '.')) * factor;
    if (typeof value === 'number' && !Number.isFinite(value)) return label;
    found[key] = typeof value === 'number' ? Number(value.toPrecision(12)) : value;
  }
  return found;
}

function why_no_start(): string {
  if (writes_off.value !== '') return writes_off.value;
  if (instrument.value === null) return 'no instrument is configured';
  if (is_active.value) return `run ${shown.value?.run.run_id ?? ''} is ${shown.value?.run.state ?? ''}`;
  const state = instrument.value.link_state;
  return state === 'connected' ? '' : `the instrument is ${state.replace('_', ' ')}`;
}

function MethodChoice({ choose }: { choose: (text: string) => void }): JSX.Element {
  const used = [...new Map(runs.value.map((run) => [run.method, run])).values()].slice(-20).reverse();
  const texts = [...templates.map(([, text]) => text), ...used.map((run) => run.method)];
  const read = (file: File | undefined): void => void file?.text().then(choose);
  return (
    <div class="method-choice">
      <label class="field"><span>Start from</span>
        <select onChange={(event) => {
          const text = texts[Number(event.currentTarget.value)];
          if (text !== undefined) choose(text);
        }}>
          {templates.map(([name], i) => <option key={name} value={String(i)}>{name}</option>)}
          {used.map((run, i) => (
            <option key={run.run_id} value={String(templates.length + i)}>method of run {run.run_id}</option>
          ))}
        </select>
      </label>
      <label class="field"><span>or a file</span>
        <input type="file" accept=".toml,text/plain" onChange={(event) => read(event.currentTarget.files?.[0])} />
      </label>
    </div>
  );
}

export function StartCard(): JSX.Element {
  const [is_open, set_open] = useState(false);
  if (is_read_only.value) {
    return (
      <section class="start card" aria-label="Start a run">
        <h2>Start at the instrument</h2>
        <p class="note">This one is only read. What it measures is recorded with
          {' '}<code>relaxctl run follow {selected.value}</code>.</p>
      </section>
    );
  }
  return (
    <section class="start card" aria-label="Start a run">
      <h2><button type="button" class="disclosure" aria-expanded={is_open} onClick={() => set_open(!is_open)}>
        Start a run</button></h2>
      {is_open ? <StartForm /> : null}
    </section>
  );
}

function StartForm(): JSX.Element {
  const [method, set_method] = useState(templates[0]?.[1] ?? '');
  const [name, set_name] = useState('');
  const [form, set_form] = useState(known_specimen);
  const [problem, set_problem] = useState('');
  const [is_busy, set_busy] = useState(false);
  const reason = is_busy ? 'the run is being started' : why_no_start();
  const set = (key: string, text: string): void => set_form({ ...form, [key]: text });
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (reason !== '') return;
    const specimen = specimen_of(form);
    if (typeof specimen === 'string') {
      set_problem(`${specimen} is not a number`);
      return;
    }
    set_busy(true);
    set_problem(await start_run({ instrument: selected.value, name, method, specimen }));
    set_busy(false);
  };
  return (
    <form onSubmit={(event) => void submit(event)} class="start-form">
      <p class="on-what">on <b>{selected.value}</b>{instruments.value.length > 1 ? ' (chosen in the header)' : ''}</p>
      <label class="field"><span>Run name</span>
        <input value={name} onInput={(event) => set_name(event.currentTarget.value)} /></label>
      <MethodChoice choose={set_method} />
      <label class="field"><span>Method</span>
        <textarea rows={11} spellcheck={false} value={method} onInput={(event) => set_method(event.currentTarget.value)} />
      </label>
      <div class="specimen">
        {fields.map(({ key, label, unit, factor }) => (
          <label class="field" key={key}><span>{label}{unit === '' ? '' : ` / ${unit}`}</span>
            <input value={form[key] ?? ''} inputMode={factor === 0 ? 'text' : 'decimal'}
              onInput={(event) => set(key, event.currentTarget.value)} /></label>
        ))}
        <label class="field"><span>Clamp</span>
          <select value={form['clamp'] ?? ''} onChange={(event) => set('clamp', event.currentTarget.value)}>
            {clamps.map((clamp) => <option key={clamp} value={clamp}>{clamp}</option>)}
          </select></label>
      </div>
      <div class="start-row">
        <button type="submit" class="go" aria-disabled={reason !== ''} title={reason === '' ? '' : `Not now: ${reason}`}>
          Start</button>
        {reason === '' ? null : <span class="reason">not now: {reason}</span>}
      </div>
      {problem === '' ? null : <p class="problem" role="alert">{problem}</p>}
    </form>
  );
}
