// SPDX-License-Identifier: MIT
//
// The live-fit panel. Model values and recipe values stand apart under their own names; what the data do
// not determine has no number.

import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Estimate, Event } from './api';
import { ChiOfTemperature } from './chi_plot';
import { key_of, type Step } from './estimates';
import { age, clock_of, count, fixed, frequency, is_wide, span, with_interval, type Quantity } from './format';
import { add_sparkline } from './frame';
import { Icon } from './icons';
import { css_colour } from './palette';
import {
  derived_times, dynamic_parameters, parameter_of, recipe_parameters, series_parameters, state_help, state_text,
  transition_parameters, type Parameter,
} from './parameters';
import { is_active, now_ms, shown, type Shown } from './state';

const state_icon: Record<string, string> = {
  determined: 'ok', hinted: 'half', undetermined: 'open', traded: 'traded', at_limit: 'limit', fixed: 'fixed',
};

function Symbol({ of }: { of: Parameter }): JSX.Element {
  const [letter, index] = of.symbol;
  return <span class="symbol"><i>{letter}</i>{index === '' ? null : <sub>{index}</sub>}</span>;
}

function quantity_of(row: Estimate, parameter: Parameter): { quantity: Quantity; unit: string } {
  const value = row.value ?? 0;
  if (parameter.is_time === true && row.value !== null) {
    const { lower_95, upper_95 } = row;
    if (lower_95 !== null && upper_95 !== null && is_wide(value, lower_95, upper_95)) {
      const [middle, low, high] = [span(value, 2), span(lower_95, 1), span(upper_95, 1)];
      const interval = `(${low.value} ${low.unit} … ${high.value} ${high.unit})`;
      return { quantity: { value: `${middle.value} ${middle.unit}`, interval }, unit: '' };
    }
    const { unit } = span(value);
    const per = { y: 1 / (365.25 * 86_400), d: 1 / 86_400, h: 1 / 3600, s: 1, ms: 1e3, 'µs': 1e6, ns: 1e9 }[unit] ?? 1;
    const scaled = (x: number | null): number | null => (x === null ? null : x * per);
    return { quantity: with_interval(value * per, scaled(row.lower_95), scaled(row.upper_95)), unit };
  }
  const by = parameter.factor;
  const lower = row.lower_95 === null ? null : row.lower_95 * by;
  const upper = row.upper_95 === null ? null : row.upper_95 * by;
  return { quantity: with_interval(value * by, lower, upper, parameter.scientific === true), unit: parameter.unit };
}

function StateWord({ row }: { row: Estimate }): JSX.Element {
  const { state, traded_with } = row;
  const partner = state === 'traded' && traded_with !== null ? parameter_of(traded_with) : null;
  return (
    <span class="state" data-state={state} data-traded-with={traded_with ?? ''} title={state_help[state] ?? ''}>
      <Icon name={state_icon[state] ?? 'open'} />{state_text[state] ?? state}
      {partner === null ? null : <> with <Symbol of={partner} /></>}
    </span>
  );
}

/** Value with interval, or hatching where there is none. */
function Number_({ row, parameter }: { row: Estimate | undefined; parameter: Parameter }): JSX.Element {
  if (row === undefined || row.state === 'undetermined' || row.value === null) {
    return <span class="undetermined">{row === undefined ? 'no estimate yet' : 'not determined yet'}</span>;
  }
  const { quantity, unit } = quantity_of(row, parameter);
  return (
    <span class={`number ${row.state}`}>
      <span class="estimate">{quantity.value}</span>
      {quantity.interval === '' ? null : <span class="interval"> {quantity.interval}</span>}
      {unit === '' ? null : <span class="unit"> {unit}</span>}
      <Systematic row={row} parameter={parameter} />
    </span>
  );
}

/** Two significant digits, without an exponent where it can be. */
function two_digits(x: number): string {
  const text = x.toPrecision(2);
  return text.includes('e') ? `${Number(text)}` : text;
}

/** What dimensions and thermometer add, where that is more than the interval shows. */
function Systematic({ row, parameter }: { row: Estimate; parameter: Parameter }): JSX.Element | null {
  const { combined_error, standard_error, value } = row;
  if (combined_error === null || value === null || !(combined_error > 1.1 * (standard_error ?? 0))) return null;
  const whole = 1.96 * combined_error;
  const shown_error = parameter.is_time === true || parameter.scientific === true
    ? `${two_digits((100 * whole) / Math.abs(value))} %` : `${two_digits(whole * parameter.factor)} ${parameter.unit}`.trimEnd();
  return (
    <span class="systematic" title="95 % with the systematic error: dimensions, thermometer, start of a test">
      ± {shown_error} in all
    </span>
  );
}

/** A combination as the record writes it, with symbols for the names in it. */
function Expression({ text }: { text: string }): JSX.Element {
  return (
    <span class="expression">
      {text.split(/([A-Za-z_][A-Za-z0-9_.]*|\^-?[0-9.]+)/).map((part, i) => {
        if (/^\^-?[0-9.]+$/.test(part)) return <sup key={i}>{part.slice(1)}</sup>;
        const of = part.includes('_') ? parameter_of(part) : null;
        return of !== null && of.symbol[0] !== part ? <Symbol key={i} of={of} /> : part.replaceAll(' * ', ' · ');
      })}
    </span>
  );
}

/** For what is not determined by itself: the combination that is known, and what would tell the rest. */
function Combinations({ rows }: { rows: Estimate[] }): JSX.Element | null {
  const known = new Map<string, Estimate>();
  for (const row of rows) {
    if (row.known_combination !== null && row.known_combination_value !== null) known.set(row.known_combination, row);
  }
  if (known.size === 0) return null;
  return (
    <ul class="combinations" aria-label="What is known instead">
      {[...known].map(([expression, row]) => {
        const value = row.known_combination_value ?? 0;
        const error = row.known_combination_standard_error;
        const percent = error === null || value === 0 ? '' : ` ± ${((196 * error) / Math.abs(value)).toPrecision(2)} %`;
        return (
          <li key={expression} data-combination={expression}>
            known: <Expression text={expression} /> = <b>{value.toPrecision(4)}</b>{percent}
            {row.experiment === null ? null : <span class="experiment"> What tells more: {row.experiment.replace(/\.$/, '')}.</span>}
          </li>
        );
      })}
    </ul>
  );
}

/** T_g and T_x as the ramp shows them, each with how and at what rate. */
function Transitions({ now }: { now: Shown }): JSX.Element | null {
  const rows = transition_parameters
    .map((parameter) => ({ parameter, row: now.estimates.newest_row('transitions', parameter.name) }))
    .filter((one) => one.row !== undefined);
  if (rows.length === 0) return null;
  return (
    <section class="recipes" aria-label="Transitions">
      <h3>Transitions <span class="h-note">as this ramp shows them</span></h3>
      <table class="parameters recipe-table">
        <Columns />
        <tbody>
          {rows.map(({ parameter, row }) => (
            <tr key={parameter.name} data-transition={parameter.name}>
              <th scope="row" title={`${parameter.meaning} (${parameter.name})`}><Symbol of={parameter} /></th>
              <td class="number-cell"><Number_ row={row} parameter={parameter} /></td>
              <td colSpan={2} class="method">{row?.method ?? ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function draw_steps(canvas: HTMLCanvasElement, steps: Step[]): void {
  const ratio = devicePixelRatio;
  const width = canvas.clientWidth * ratio;
  const height = canvas.clientHeight * ratio;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.clearRect(0, 0, width, height);
  const known = steps.filter((step) => Number.isFinite(step.value));
  if (known.length < 2) return;
  const recent = known.slice(known.length >> 1);
  const lows = recent.map((step) => (Number.isFinite(step.lower) ? step.lower : step.value));
  const highs = recent.map((step) => (Number.isFinite(step.upper) ? step.upper : step.value));
  const low = Math.min(...lows);
  const high = Math.max(...highs);
  const first = known[0]?.fit ?? 0;
  const last = known[known.length - 1]?.fit ?? 1;
  const margin = (high - low) * 0.15 || Math.abs(high) * 0.01 || 1;
  const x = (step: Step): number => ((step.fit - first) / Math.max(1, last - first)) * (width - 2 * ratio) + ratio;
  const y = (value: number): number => {
    const at = height * (1 - (value - low + margin) / (high - low + 2 * margin));
    return Math.max(-height, Math.min(2 * height, at));
  };
  context.fillStyle = css_colour('--spark-band');
  context.beginPath();
  for (const step of known) context.lineTo(x(step), y(Number.isFinite(step.upper) ? step.upper : step.value));
  for (const step of [...known].reverse()) context.lineTo(x(step), y(Number.isFinite(step.lower) ? step.lower : step.value));
  context.fill();
  context.strokeStyle = css_colour('--accent');
  context.lineWidth = 1.5 * ratio;
  context.beginPath();
  for (const step of known) context.lineTo(x(step), y(step.value));
  context.stroke();
}

/** Value with its 95 % band against the number of the fit. */
function Sparkline({ id, name }: { id: string; name: string }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const draw = (): void => {
      const steps = shown.value?.estimates.history.get(id);
      if (canvas.current !== null) draw_steps(canvas.current, steps ?? []);
    };
    draw();
    return add_sparkline(draw);
  }, [id]);
  return <canvas class="spark" ref={canvas} role="img" aria-label={`${name} against fit number`} />;
}

function Hero({ now }: { now: Shown }): JSX.Element {
  const chi = now.estimates.dynamic('chi_Tg');
  const parameter = parameter_of('chi_Tg');
  const at = now.estimates.dynamic('tau_beta_s')?.temperature_K ?? now.newest?.temperature_K ?? null;
  return (
    <div class="hero">
      <div class="hero-main" id="chi" data-seq={chi?.seq ?? ''} data-fit={chi?.fit_number ?? ''}
        data-value={chi?.value ?? ''} data-state={chi?.state ?? ''}>
        <span class="hero-label">correlation <span class="symbol"><i>χ</i>(<i>T</i><sub>g</sub>)</span></span>
        <span class="hero-value"><Number_ row={chi} parameter={parameter} /></span>
        {chi === undefined ? null : <StateWord row={chi} />}
        <Sparkline id="dynamic|chi_Tg" name="chi" />
      </div>
      {derived_times.slice(0, 2).map((time) => {
        const row = now.estimates.dynamic(time.name);
        return (
          <div class="hero-time" key={time.name} data-derived={time.name}>
            <span class="hero-label"><Symbol of={time} />({at === null ? 'T' : `${fixed(at, 1)} K`})</span>
            <span class="hero-value"><Number_ row={row} parameter={time} /></span>
            {row === undefined ? null : <StateWord row={row} />}
          </div>
        );
      })}
    </div>
  );
}

function ParameterRow({ row, parameter }: { row: Estimate | undefined; parameter: Parameter }): JSX.Element {
  const id = row === undefined ? parameter.name : key_of(row);
  return (
    <tr data-parameter={parameter.name} data-state={row?.state ?? ''} data-seq={row?.seq ?? ''}>
      <th scope="row" title={`${parameter.meaning} (${parameter.name})`}><Symbol of={parameter} />
        {parameter.where === undefined ? null : <span class="at"> {parameter.where}</span>}</th>
      <td class="number-cell"><Number_ row={row} parameter={parameter} /></td>
      <td>{row === undefined ? null : <StateWord row={row} />}</td>
      <td class="spark-cell"><Sparkline id={id} name={parameter.name} /></td>
    </tr>
  );
}

function Columns(): JSX.Element {
  return <colgroup><col class="col-symbol" /><col /><col class="col-state" /><col class="col-spark" /></colgroup>;
}

function ModelTable({ now }: { now: Shown }): JSX.Element {
  const listed = new Set(dynamic_parameters.map((parameter) => parameter.name));
  const times = new Set(derived_times.map((parameter) => parameter.name));
  const others = [...now.estimates.newest.values()]
    .filter((row) => row.model === 'dynamic' && !listed.has(row.parameter) && !times.has(row.parameter))
    .map((row) => parameter_of(row.parameter));
  const isotherms = now.estimates.rows_of('chi-slope', 'chi');
  const known = [...dynamic_parameters, ...derived_times.slice(2), ...others]
    .filter((parameter) => now.estimates.dynamic(parameter.name) !== undefined && parameter.name !== 'chi_Tg');
  const newest = now.estimates.newest_of('dynamic')?.fit_number;
  const open = [...now.estimates.newest.values()].filter((row) => row.model === 'dynamic' && row.fit_number === newest);
  return (
    <>
    <table class="parameters">
      <Columns />
      <thead class="hidden"><tr><th>parameter</th><th>value and 95 % interval</th><th>state</th><th>history</th></tr></thead>
      <tbody>
        {known.map((parameter) => (
          <ParameterRow key={parameter.name} parameter={parameter} row={now.estimates.dynamic(parameter.name)} />
        ))}
        {isotherms.map((row) => <ParameterRow key={key_of(row)} row={row} parameter={isotherm_parameter(row, '')} />)}
      </tbody>
    </table>
    <Combinations rows={open} />
    </>
  );
}

function isotherm_parameter(row: Estimate, index: string): Parameter {
  const where = row.temperature_K === null ? '' : `${fixed(row.temperature_K, 1)} K`;
  return { name: row.parameter, symbol: ['χ', index], meaning: `chi of the isotherm at ${where}`, unit: '', factor: 1, where };
}

function Recipes({ now }: { now: Shown }): JSX.Element | null {
  const { estimates } = now;
  const peaks = recipe_parameters
    .map((parameter) => ({ parameter, row: estimates.rows_of('beta-peaks', parameter.name)[0] }))
    .filter((one) => one.row !== undefined);
  const slopes = estimates.rows_of('chi-slope', 'chi_slope');
  const maxima = [...estimates.newest.values()]
    .filter((row) => row.model === 'beta-peaks' && row.frequency_Hz !== null)
    .sort((a, b) => (a.frequency_Hz ?? 0) - (b.frequency_Hz ?? 0));
  if (peaks.length + slopes.length + maxima.length === 0) return null;
  return (
    <section class="recipes" aria-label="Recipe values">
      <h3>Recipe values <span class="h-note">the papers' short cuts</span></h3>
      <table class="parameters recipe-table">
        <Columns />
        <tbody>
          {slopes.map((row) => <ParameterRow key={key_of(row)} row={row} parameter={isotherm_parameter(row, 'slope')} />)}
          {peaks.map(({ parameter, row }) => <ParameterRow key={parameter.name} row={row} parameter={parameter} />)}
        </tbody>
      </table>
      {maxima.length === 0 ? null : (
        <p class="maxima">β peaks: {maxima
          .filter((row) => row.value !== null)
          .map((row) => `${fixed(row.value ?? 0, 1)} K at ${frequency(row.frequency_Hz ?? 0)}`).join(' · ')}</p>
      )}
    </section>
  );
}

/** What each test in time tells so far: a load with its recovery, one ageing isotherm. */
function Tests({ now }: { now: Shown }): JSX.Element | null {
  const rows = now.estimates.tests();
  if (rows.length === 0) return null;
  const order = new Map(series_parameters.map((parameter, at) => [parameter.name, at]));
  const place = (row: Estimate): number => order.get(row.parameter) ?? order.size;
  const segments = [...new Set(rows.map((row) => row.segment ?? 0))];
  return (
    <>
      {segments.map((segment) => {
        const of = rows.filter((row) => (row.segment ?? 0) === segment).sort((a, b) => place(a) - place(b));
        const first = of[0];
        const at = first?.temperature_K ?? null;
        const title = first?.model === 'aging' ? 'Ageing' : 'Creep';
        return (
          <section class="recipes" key={segment} data-test={segment} aria-label={`${title} of segment ${segment}`}>
            <h3>{title}{at === null ? '' : ` at ${fixed(at, 1)} K`} <span class="h-note">segment {segment}</span></h3>
            <table class="parameters recipe-table">
              <Columns />
              <tbody>{of.map((row) => <ParameterRow key={key_of(row)} row={row} parameter={parameter_of(row.parameter)} />)}</tbody>
            </table>
            <Combinations rows={of} />
          </section>
        );
      })}
    </>
  );
}

/** Alarms that stand: the model stopped describing the specimen. */
function Alarms({ now }: { now: Shown }): JSX.Element | null {
  const standing = new Map<string, Event>();
  for (const event of now.view.events) {
    const model = event.detail ?? '';
    if (event.code === 'MODEL_ALARM') standing.set(model, event);
    if (event.code === 'MODEL_ALARM_CLEARED') standing.delete(model);
  }
  if (standing.size === 0) return null;
  return (
    <div id="model-alarm" role="status">
      {[...standing].map(([model, event]) => (
        <p class="provenance warn-text" key={model} data-model={model}>
          <Icon name="minor" /> <b>Model alarm</b> ({model}): {event.message}
        </p>
      ))}
    </div>
  );
}

function Provenance({ now }: { now: Shown }): JSX.Element {
  const fit = now.estimates.newest_of('dynamic') ?? now.estimates.newest_of('creep') ?? now.estimates.newest_of('aging');
  const refusals = now.view.events.filter((event) => event.code === 'NO_ESTIMATE');
  const refusal = refusals[refusals.length - 1];
  if (fit === undefined) {
    return <p class="provenance">{refusal === undefined ? 'No fit yet.' : `No estimate yet: ${refusal.message}`}</p>;
  }
  const received = now.estimates.received_ms;
  const when = received > 0 && is_active.value
    ? `${age(Math.max(0, now_ms.value - received) / 1000)} ago` : `at ${clock_of(fit.time_utc)}`;
  return (
    <p class="provenance" id="fit" data-fit={fit.fit_number}>
      fit <b>{count(fit.fit_number)}</b> · {count(fit.n_points)} points · form <i>{fit.form ?? '–'}</i> · {when}
      {refusal !== undefined && refusal.seq > fit.seq ? <span class="warn-text"> · since then none: {refusal.message}</span> : null}
    </p>
  );
}

export function FitPanel(): JSX.Element {
  const now = shown.value;
  return (
    <section class="fit card" aria-label="Live fit">
      <h2>Live fit <span class="h-note">Eq. 25b, ± 95 %</span></h2>
      {now === null ? <p class="empty">Estimates appear here while a run records.</p> : (
        <>
          {now.estimates.newest_of('dynamic') === undefined && now.estimates.tests().length > 0 ? null : <Hero now={now} />}
          <Provenance now={now} />
          <Alarms now={now} />
          <ChiOfTemperature now={now} />
          <ModelTable now={now} />
          <Transitions now={now} />
          <Tests now={now} />
          <Recipes now={now} />
        </>
      )}
    </section>
  );
}
