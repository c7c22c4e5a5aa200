// SPDX-License-Identifier: MIT
//
// The run card: method stepper with progress, and the orders with the reason when one is off.

import type { JSX } from 'preact';
import type { Run } from './api';
import { order, why_not, type Verb } from './commands';
import { clock_of, duration, fixed, significant } from './format';
import { frequencies_of, is_unrolled, steps_of, word_of, type Step } from './method_text';
import type { RunView } from './run_view';
import { ends, is_read_only, shown, type Shown } from './state';

interface Position {
  /** Index into the sentences, -1 = none. */
  index: number;
  /** 0 … 1 within the segment; NaN = not known. */
  fraction: number;
}

function position_of(view: RunView, steps: Step[]): Position {
  const point = view.traces.newest;
  const executed = view.segments[view.segments.length - 1];
  const number = Math.max(executed?.segment ?? 0, point?.segment ?? 0);
  if (number === 0) return { index: view.run.state === 'running' ? 0 : -1, fraction: NaN };
  let index = number - 1;
  if (is_unrolled(steps)) {
    const text = executed?.text ?? '';
    index = steps.map((step) => step.text).lastIndexOf(text);
  }
  const step = steps[index];
  if (step === undefined || point === null || point.segment !== number) return { index, fraction: NaN };
  const start = view.segment_start(number);
  if (start === null || step.seconds === 0) return { index, fraction: NaN };
  return { index, fraction: Math.min(1, Math.max(0, (point.time_s - start) / step.seconds)) };
}

function remaining(steps: Step[], at: Position): number {
  return steps.reduce((sum, step, i) => {
    if (i < at.index) return sum;
    return sum + (i === at.index && !Number.isNaN(at.fraction) ? (1 - at.fraction) * step.seconds : step.seconds);
  }, 0);
}

function status_of(i: number, at: Position, is_over: boolean, is_complete: boolean): string {
  if (is_complete || i < at.index) return 'done';
  if (i > at.index) return 'waiting';
  return is_over ? 'ended' : 'now';
}

function Stepper({ now }: { now: Shown }): JSX.Element {
  const { view } = now;
  const steps = steps_of(view.run.method);
  const at = position_of(view, steps);
  const is_over = ends.has(view.run.state);
  const is_complete = view.run.state === 'completed';
  const left_s = is_over || is_unrolled(steps) ? 0 : remaining(steps, at);
  return (
    <>
      <p class="method-facts">
        {[word_of('mode', view.run.method), word_of('clamp', view.run.method), frequencies_of(view.run.method).join(', ')]
          .filter((fact) => fact !== '').join(' · ')}
      </p>
      <ol class="stepper">
        {steps.map((step, i) => {
          const status = status_of(i, at, is_over, is_complete);
          const fraction = status === 'done' ? 1 : status === 'waiting' ? 0 : at.fraction;
          const is_known = !Number.isNaN(fraction);
          return (
            <li key={i} data-status={status} data-kind={step.kind} aria-current={status === 'now' ? 'step' : undefined}>
              <span class="step-number">{i + 1}</span>
              <span class="step-text">{step.text}</span>
              <span class="step-length">
                {status === 'now' && is_known ? `${Math.round(fraction * 100)} %` : step.seconds > 0 ? duration(step.seconds) : ''}
              </span>
              <span class="step-bar"><span class={is_known ? 'step-fill' : 'step-fill unknown'}
                style={{ transform: `scaleX(${is_known ? fraction : 1})` }} /></span>
            </li>
          );
        })}
      </ol>
      {is_over ? null : <Waiting view={view} />}
      {left_s > 0 ? <p class="eta">about {duration(left_s)} of instrument time left, computed; equilibration not counted</p> : null}
      {is_over ? <p class="eta">{view.run.state} {clock_of(view.run.ended_utc)}{end_cause(view.run)}</p> : null}
    </>
  );
}

const told = new Set(['determined', 'hinted', 'traded', 'fixed']);

/** How long the present segment has lasted, in longest times at its temperature: has the specimen had time to settle? */
function Waiting({ view }: { view: RunView }): JSX.Element | null {
  const point = view.traces.newest;
  const start = point === null ? null : view.segment_start(point.segment);
  if (point === null || start === null) return null;
  const row = view.estimates.dynamic('tau_max_s');
  if (row === undefined || row.value === null || !(row.value > 0) || !told.has(row.state)) return null;
  if (Math.abs((row.temperature_K ?? NaN) - (point.temperature_K ?? NaN)) > 2) return null;
  const passed = point.time_s - start;
  return (
    <p class="eta" id="t-over-tau">
      t/τ<sub>max</sub> = {significant(passed / row.value, 2)} <span class="soft">({duration(passed)} at {fixed(point.temperature_K ?? 0, 1)} K,
      τ<sub>max</sub> {row.value < 60 ? `${significant(row.value, 2)} s` : duration(row.value)}{row.state === 'determined' ? '' : `, ${row.state}`})</span>
    </p>
  );
}

/** Why it ended, unless that only repeats the state. */
function end_cause(run: Run): string {
  const cause = run.end_cause ?? '';
  return cause === '' || cause === run.state ? '' : `: ${cause}`;
}

const verbs: [Verb, string, string][] = [
  ['pause', 'Pause', 'Holds temperature after the present point.'],
  ['resume', 'Resume', 'Goes on with the method.'],
  ['stop', 'Stop', 'Ends the method, cools at the programmed rate.'],
  ['abort', 'Abort', 'Ends the run at once, marks it aborted.'],
];

function Orders(): JSX.Element {
  if (is_read_only.value) return <p class="note">Pause and stop at the instrument: this one is only read.</p>;
  const reasons = verbs.map(([verb]) => why_not(verb));
  return (
    <div class="orders" role="group" aria-label="Run">
      {verbs.map(([verb, label, promise], i) => {
        const reason = reasons[i] ?? '';
        return (
          <button type="button" key={verb} class="order" data-verb={verb} aria-disabled={reason !== ''}
            title={reason === '' ? promise : `Not now: ${reason}`}
            onClick={() => { if (reason === '') void order(verb); }}>
            {label}{reason === '' ? null : <span class="hidden">, not now: {reason}</span>}
          </button>
        );
      })}
    </div>
  );
}

export function RunCard(): JSX.Element | null {
  const now = shown.value;
  if (now === null) return null;
  const { run } = now;
  return (
    <section class="run card" aria-label="Run and method">
      <h2>Method <span class="h-note">run {run.run_id}, {run.specimen || 'specimen without a name'}</span></h2>
      <Stepper now={now} />
      <Orders />
    </section>
  );
}
