// SPDX-License-Identifier: MIT
//
// The plot area: tool bar, four panels, and one table that is legend, readout and table view at once.

import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { fixed, significant } from './format';
import { add_plot } from './frame';
import { trace_colours } from './palette';
import { Plot } from './plot';
import {
  cursor, fit_all, hidden, is_log, name_of, is_normalised, normaliser_texts, shift_of, traces_of, x_axis, x_kind, y_axis, zoom, type PanelId, type XKind,
} from './plot_options';
import type { RunView } from './run_view';
import { session } from './session';
import { earlier, is_active, runs, shown, type Shown } from './state';
import type { Column, Trace } from './trace';

const panels: [PanelId, string][] = [
  ['storage', 'storage modulus'], ['loss', 'loss modulus'], ['tan', 'loss tangent'], ['programme', 'programme'],
];

function kind_of(id: PanelId): XKind {
  return id === 'programme' ? 'time' : x_kind.value;
}

function Panel({ id, name }: { id: PanelId; name: string }): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (host.current === null) return undefined;
    const plot = new Plot(host.current, {
      moved: (x) => {
        if (kind_of(id) === x_kind.value) cursor.value = x;
      },
      zoomed: (range) => {
        zoom.value = { ...zoom.value, [kind_of(id)]: range };
      },
      fitted: () => {
        zoom.value = { ...zoom.value, [kind_of(id)]: null };
      },
    }, id === 'programme' ? 'programme' : 'shared');
    return add_plot(id, plot);
  }, [id]);
  const view = shown.value?.view ?? null;
  const label = view === null ? name : y_axis(view, id, is_normalised.value).label;
  const toggle = (): void => {
    is_log.value = { ...is_log.value, [id]: !is_log.value[id] };
  };
  return (
    <figure class="panel" data-panel={id}>
      <figcaption>
        <span class="panel-label" data-label={id}>{label}</span>
        <span class="panel-name">{name}</span>
        {id === 'programme' ? null : (
          <button type="button" class="chip" aria-pressed={is_log.value[id]} onClick={toggle}>
            {is_log.value[id] ? 'log' : 'lin'}
          </button>
        )}
      </figcaption>
      <div class="canvas-host" ref={host} role="img" aria-label={summary(view, id, name)} />
    </figure>
  );
}

/** One sentence for those who do not see the plot. */
function summary(view: RunView | null, id: PanelId, name: string): string {
  const point = view?.traces.newest;
  if (view === null || point === null || point === undefined) return `${name}: no points yet`;
  const axis = y_axis(view, id, false);
  const value = view.traces.all.last(axis.column) * axis.factor;
  const text = Number.isFinite(value) ? significant(value, 3) : 'unknown';
  return `${axis.label}: ${text} at ${fixed(point.temperature_K ?? 0, 1)} K; ${view.traces.points} points`;
}

function Choice(props: { label: string; is_on: boolean; choose: () => void; title?: string }): JSX.Element {
  return (
    <button type="button" class="choice" aria-pressed={props.is_on} onClick={props.choose} title={props.title ?? ''}>
      {props.label}
    </button>
  );
}

function EarlierRun(): JSX.Element {
  const present = shown.value?.run.run_id;
  const others = runs.value.filter((run) => run.run_id !== present).sort((a, b) => b.run_id - a.run_id);
  const choose = (text: string): void => void session.choose_earlier(text === '' ? null : Number(text));
  return (
    <label class="field-inline">
      <span>in grey</span>
      <select id="earlier" value={earlier.value === null ? '' : String(earlier.value.run.run_id)}
        onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">no earlier run</option>
        {others.map((run) => (
          <option key={run.run_id} value={String(run.run_id)}>
            run {run.run_id} · {run.name || run.specimen || run.instrument} · {run.state}{run.simulated ? ' · SIMULATED' : ''}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Plots(): JSX.Element {
  const now = shown.value;
  const kind = x_kind.value;
  const is_zoomed = zoom.value[kind] !== null;
  const set_kind = (next: XKind): void => {
    cursor.value = null;
    x_kind.value = next;
  };
  return (
    <section class="plots card" aria-label="Plots">
      <div class="toolbar">
        <div class="choices" role="group" aria-label="Horizontal axis">
          <Choice label="Temperature" is_on={kind === 'temperature'} choose={() => set_kind('temperature')} title="key 1" />
          <Choice label="Time" is_on={kind === 'time'} choose={() => set_kind('time')} title="key 2" />
          <Choice label="Frequency" is_on={kind === 'frequency'} choose={() => set_kind('frequency')} title="key 3: isothermal sweeps" />
          <Choice label="Master curve" is_on={kind === 'master'} choose={() => set_kind('master')} title="key 4: sweeps shifted along the frequency" />
        </div>
        <div class="choices" role="group" aria-label="Scale of the axes">
          <Choice label="SI" is_on={!is_normalised.value} choose={() => { is_normalised.value = false; }} />
          <Choice label="E / Eᵤ, T / Tg" is_on={is_normalised.value} choose={() => { is_normalised.value = true; }} title="key n" />
        </div>
        <EarlierRun />
        <span class="spring" />
        {is_zoomed ? (
          <button type="button" class="choice follow" onClick={() => { fit_all(); }}>
            Paused view · fit (f)
          </button>
        ) : <span class="chip quiet-chip">{is_active.value ? 'following live' : 'all points'}</span>}
      </div>
      {now !== null && is_normalised.value ? <Normalisers now={now} /> : null}
      <div class="panels">{panels.map(([id, name]) => <Panel key={id} id={id} name={name} />)}</div>
      {now === null ? null : <Readout now={now} />}
    </section>
  );
}

function Normalisers({ now }: { now: Shown }): JSX.Element {
  const grey = earlier.value;
  return (
    <p class="normaliser" id="normaliser">
      {normaliser_texts(now.view).join(' · ')}
      {grey === null ? '' : ` · grey: ${normaliser_texts(grey).join(' · ')}`}
    </p>
  );
}

/** Point of a trace nearest to the cursor in x, the later one when the curve passes twice; else the last. */
function index_at(trace: Trace, column: Column, factor: number): number {
  const x = cursor.value;
  if (x === null) return trace.length - 1;
  const xs = trace.view(column);
  let best = -1;
  let distance = Infinity;
  for (let i = 0; i < xs.length; i += 1) {
    const d = Math.abs((xs[i] ?? NaN) * factor - x);
    if (d <= distance) {
      distance = d;
      best = i;
    }
  }
  return best;
}

function cell(value: number | undefined, factor: number, decimals: number): string {
  return value === undefined || Number.isNaN(value) ? '–' : fixed(value * factor, decimals);
}

function toggle_trace(all: Trace[], f: number, is_solo: boolean): void {
  const next = new Set(hidden.value);
  if (is_solo) {
    const is_alone = hidden.value.size === all.length - 1 && !hidden.value.has(f);
    next.clear();
    if (!is_alone) for (const trace of all) if (trace.key !== f) next.add(trace.key);
  } else if (!next.delete(f)) next.add(f);
  hidden.value = next;
}

function Swatch({ colour, is_off }: { colour: string; is_off: boolean }): JSX.Element {
  return <span class="swatch" style={{ background: is_off ? 'transparent' : colour, borderColor: colour }} />;
}

function empty_note(kind: XKind): JSX.Element | null {
  if (kind === 'frequency') return <p class="empty">No isothermal sweep yet.</p>;
  if (kind === 'master') return <p class="empty">No master curve yet: it needs two isothermal sweeps that overlap.</p>;
  return null;
}

/** Does time-temperature superposition hold? */
function superposition(now: Shown): string {
  const row = now.estimates.rows_of('master-curve', 'tts_p_value')[0];
  if (row === undefined || row.value === null) return '';
  const p = significant(row.value, 2);
  return row.value < 0.01
    ? `Superposition does not hold (p = ${p}): the shape changes with temperature, the shifts are a convention.`
    : `Superposition is not contradicted (p = ${p}).`;
}

/** Takes `now`, a new object at each frame: a component whose props stay the same is not drawn again. */
function Readout({ now }: { now: Shown }): JSX.Element | null {
  const { view } = now;
  const kind = x_kind.value;
  const traces = traces_of(view, kind);
  if (traces.length === 0) return empty_note(kind);
  const colours = trace_colours(traces.length);
  const axis = x_axis(view, kind, is_normalised.value);
  const is_sweep = kind === 'frequency' || kind === 'master';
  const letter = view.is_shear ? 'G' : 'E';
  return (
    <div class="readout-wrap">
      <table class="readout">
        <caption>{cursor.value === null ? 'Newest points' : 'At the cursor'}
          <span class="caption-help">click a trace: hide · Alt+click: only this one</span>
        </caption>
        <thead>
          <tr><th scope="col">{is_sweep ? 'isotherm' : 'f'}</th><th scope="col">{is_sweep ? 'f / Hz' : 'T / K'}</th><th scope="col">{letter}′ / GPa</th><th scope="col">{letter}″ / GPa</th>
            <th scope="col">tan δ</th><th scope="col">points</th></tr>
        </thead>
        <tbody>
          {traces.map((trace, i) => {
            const shift = kind === 'master' ? (shift_of(view, trace) ?? 1) : 1;
            const at = index_at(trace, axis.column, axis.factor * shift);
            const is_off = hidden.value.has(trace.key);
            return (
              <tr key={trace.key} class={is_off ? 'off' : ''}>
                <th scope="row">
                  <button type="button" class="legend" aria-pressed={!is_off}
                    onClick={(event) => toggle_trace(traces, trace.key, event.altKey)}>
                    <Swatch colour={colours[i % colours.length] ?? '#888'} is_off={is_off} />
                    {name_of(trace)}{view.not_stationary.has(-trace.key) ? ' (not stationary)' : ''}
                  </button>
                </th>
                <td>{is_sweep
                  ? cell(trace.view('frequency_Hz')[at], 1, 4) : cell(trace.view('temperature_K')[at], 1, 2)}</td>
                <td>{cell(trace.view('storage_modulus_Pa')[at], 1e-9, 3)}</td>
                <td>{cell(trace.view('loss_modulus_Pa')[at], 1e-9, 4)}</td>
                <td>{cell(trace.view('tan_delta')[at], 1, 5)}</td>
                <td>{trace.length}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {kind === 'master' && superposition(now) !== '' ? <p class="grey-note" id="superposition">{superposition(now)}</p> : null}
      {earlier.value === null ? null : (
        <p class="grey-note"><span class="swatch grey" /> run {earlier.value.run.run_id}
          {' '}({earlier.value.run.specimen || earlier.value.run.name}, {earlier.value.run.state})
          {earlier.value.run.simulated ? <b> SIMULATED</b> : null}</p>
      )}
    </div>
  );
}
