// SPDX-License-Identifier: MIT
//
// What the operator can order. STOP is one press, is never queued behind anything and reports each
// step: sent, the daemon has it, the instrument confirms (or does not within 2 s).

import { ApiError, get, post, type Instrument } from './api';
import { session } from './session';
import { instrument, instruments, is_read_only, notice, shown, stop_state, writes_off, type StopState } from './state';

const confirm_ms = 2_000;
const safe_states = new Set(['idle', 'cooling', 'safe', 'fault']);

function update(change: Partial<StopState>): void {
  stop_state.value = { ...stop_state.value, ...change };
}

async function confirm_by_poll(name: string, press: number): Promise<void> {
  while (stop_state.value.pressed_ms === press && performance.now() - press < 15_000) {
    const phase = stop_state.value.phase;
    if (phase === 'confirmed') return;
    if (phase !== 'sent') {
      try {
        const all = await get<{ instruments: Instrument[] }>('/instruments', 1_000);
        instruments.value = all.instruments;
        const state = all.instruments.find((one) => one.name === name)?.state ?? '';
        if (stop_state.value.received_ms > 0 && safe_states.has(state)) {
          update({ phase: 'confirmed', confirmed_ms: performance.now() });
          return;
        }
      } catch {
        // Not confirmed then; the band says so.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

export async function stop_heater(): Promise<void> {
  const name = instrument.value?.name ?? '';
  if (is_read_only.value) {
    notice.value = `Stop at the instrument: ${name} is only read.`;
    return;
  }
  const press = performance.now();
  stop_state.value = {
    phase: 'sent', instrument: name, pressed_ms: press, received_ms: 0, confirmed_ms: 0, reason: '',
  };
  setTimeout(() => {
    const { phase, pressed_ms } = stop_state.value;
    if (pressed_ms === press && (phase === 'sent' || phase === 'received')) update({ phase: 'not_confirmed' });
  }, confirm_ms);
  void confirm_by_poll(name, press);
  try {
    const path = `/instruments/${encodeURIComponent(name)}/safe`;
    const answer = await post<{ instrument: string; state: string }>(path, undefined, 10_000);
    const now = performance.now();
    if (stop_state.value.pressed_ms !== press) return;
    if (safe_states.has(answer.state)) update({ phase: 'confirmed', received_ms: now, confirmed_ms: now });
    else update({ phase: 'received', received_ms: now });
  } catch (error) {
    if (stop_state.value.pressed_ms !== press) return;
    update({ phase: 'failed', reason: error instanceof ApiError ? error.sentence() : String(error) });
  }
}

export type Verb = 'pause' | 'resume' | 'stop' | 'abort';

/** Why a verb cannot be used now; empty = it can. */
export function why_not(verb: Verb): string {
  if (writes_off.value !== '') return writes_off.value;
  const state = shown.value?.run.state;
  if (state === undefined) return 'there is no run';
  const is_live = state === 'running' || state === 'paused' || state === 'armed';
  if (!is_live) return `the run is ${state}`;
  if (verb === 'pause' && state !== 'running') return `the run is ${state}`;
  if (verb === 'resume' && state !== 'paused') return 'the run is not paused';
  return '';
}

export async function order(verb: Verb): Promise<void> {
  const run = shown.value?.run;
  if (run === undefined || why_not(verb) !== '') return;
  try {
    await post(`/runs/${run.run_id}/${verb}`, undefined);
  } catch (error) {
    session.complain(error);
  }
}

export interface StartForm {
  instrument: string;
  name: string;
  method: string;
  specimen: Record<string, string | number>;
}

/** Empty when the run started, else what to correct. */
export async function start_run(form: StartForm): Promise<string> {
  const { instrument: where, method, specimen, name } = form;
  try {
    const body = { instrument: where, method, specimen, ...(name === '' ? {} : { name }) };
    const answer = await post<{ run_id: number }>('/runs', body);
    notice.value = `Run ${answer.run_id} started.`;
    await session.refresh();
    return '';
  } catch (error) {
    return error instanceof ApiError ? error.sentence() : String(error);
  }
}
