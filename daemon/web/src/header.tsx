// SPDX-License-Identifier: MIT
//
// The header: what runs where, three lamps, and STOP in the same corner always.

import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { stop_heater } from './commands';
import { age, clock, count } from './format';
import { session } from './session';
import {
  instrument, instruments, is_active, is_read_only, link, now_ms, rows_waiting, selected, shown, stop_state,
} from './state';

type Tone = 'good' | 'warn' | 'bad' | 'off';

interface LampProps {
  name: string;
  tone: Tone;
  text: string;
}

function Lamp({ name, tone, text }: LampProps): JSX.Element {
  return (
    <div class="lamp" data-tone={tone} data-lamp={name}>
      <span class="lamp-light" aria-hidden="true" />
      <span class="lamp-name">{name}</span>
      <span class="lamp-text">{text}</span>
    </div>
  );
}

function page_lamp(): LampProps {
  const { word, silent_ms, reason } = link.value;
  const tone: Tone = word === 'live' ? 'good' : word === 'late' || word === 'connecting' ? 'warn' : 'bad';
  const text = word === 'late' ? `late, ${age(silent_ms / 1000)}` : word === 'refused' ? `refused: ${reason}` : word;
  return { name: 'page', tone, text };
}

const link_words: Record<string, string> = { no_answer: 'no answer' };

function instrument_lamp(): LampProps {
  const state = instrument.value?.link_state ?? 'unknown';
  const tone: Tone = state === 'connected' ? 'good' : state === 'connecting' ? 'warn' : state === 'offline' ? 'off' : 'bad';
  return { name: 'instrument', tone, text: link_words[state] ?? state };
}

const most_waiting = 500;

function recording_lamp(): LampProps {
  const now = shown.value;
  const name = 'recording';
  if (now === null) return { name, tone: 'off', text: 'no run' };
  const seq = `seq ${count(now.last_seq)}`;
  if (!is_active.value) return { name, tone: 'off', text: `ended, ${seq}` };
  if (now.view.last_row_ms === 0) return { name, tone: 'off', text: seq };
  const age_s = Math.max(0, now_ms.value - now.view.last_row_ms) / 1000;
  const patience_s = Math.max(15, (3 * now.view.point_period_ms) / 1000);
  const tone: Tone = link.value.word !== 'live' ? 'warn' : age_s > patience_s ? 'warn' : 'good';
  if (rows_waiting.value > most_waiting) return { name, tone: 'warn', text: `${count(rows_waiting.value)} rows wait for the disk, ${seq}` };
  return { name, tone, text: `last row ${age(age_s)} ago, ${seq}` };
}

const pocket_query = matchMedia('(pointer: coarse) and (max-width: 600px)');
const pocket_ms = 500;

/** One press acts at once; on small touch screens it must last half a second against pocket presses. */
export function StopButton(): JSX.Element {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const [is_held, set_held] = useState(false);
  const release = (): void => {
    clearTimeout(timer.current);
    set_held(false);
  };
  const press = (event: PointerEvent): void => {
    if (event.button !== 0 || !pocket_query.matches) return;
    set_held(true);
    timer.current = setTimeout(() => {
      release();
      void stop_heater();
    }, pocket_ms);
  };
  const click = (event: MouseEvent): void => {
    if (event.detail === 0 || !pocket_query.matches) void stop_heater();  // detail 0 = keyboard
  };
  return (
    <button
      type="button" id="stop" class={is_held ? 'stop held' : 'stop'}
      onClick={click} onPointerDown={press} onPointerUp={release} onPointerLeave={release} onPointerCancel={release}
      aria-describedby="stop-help" aria-keyshortcuts="Control+Shift+X"
      title="Software stop, at once (Ctrl+Shift+X). In an emergency use the hardware switch."
    >
      <span class="stop-word">STOP</span>
      <span class="stop-what">heater off</span>
      <span id="stop-help" class="hidden">
        A normal stop by software. In an emergency use the hardware switch.
      </span>
    </button>
  );
}

/** In the corner of STOP where there is nothing that could be stopped from here. */
function ReadOnly(): JSX.Element {
  const age_s = instrument.value?.last_row_age_s ?? null;
  return (
    <div class="read-only" id="read-only" role="note">
      <strong>stop at the instrument</strong>
      <span>this one is only read; {age_s === null ? 'no row yet' : `its last row is ${age(age_s)} old`}</span>
    </div>
  );
}

export function Header(): JSX.Element {
  const run = shown.value?.run ?? null;
  const names = instruments.value.map((one) => one.name);
  return (
    <header class="top">
      <div class="brand">
        <svg viewBox="0 0 32 32" class="logo" aria-hidden="true">
          <path d="M3 26C9 26 10 7 15 7s4 14 8 14 3.5-5 6-5" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" />
        </svg>
        <h1>relaxd</h1>
      </div>
      <div class="identity">
        <div class="instrument">
          {names.length > 1 ? (
            <select aria-label="Instrument" value={selected.value}
              onChange={(event) => void session.choose(event.currentTarget.value)}>
              {names.map((name) => <option key={name} value={name}>{name}</option>)}
            </select>
          ) : <strong>{selected.value || 'no instrument'}</strong>}
          <span class="word">{instrument.value?.state ?? ''}</span>
          {instrument.value?.proven === 0 ? (
            <span class="word" id="unproven" title={`Shown of this driver: ${instrument.value.proof ?? 'nothing'}.`}>unproven</span>
          ) : null}
        </div>
        <div class="run-name">
          {run === null ? 'no run yet' : (
            <>
              run <b id="run-id">{run.run_id}</b>
              <span class="run-title">{run.name || run.specimen}</span>
              {run.simulated ? <span class="badge mark" id="run-mark">SIMULATED</span> : null}
              <span class="badge" id="run-state" data-state={run.state}>{run.state}</span>
            </>
          )}
        </div>
      </div>
      <div class="lamps" role="group" aria-label="Connection and recording">
        <Lamp {...page_lamp()} />
        <Lamp {...instrument_lamp()} />
        <Lamp {...recording_lamp()} />
      </div>
      {is_read_only.value ? <ReadOnly /> : <StopButton />}
    </header>
  );
}

function milliseconds(from: number, to: number): string {
  return `${Math.round(to - from)} ms`;
}

/** How far the STOP got. */
export function StopBand(): JSX.Element | null {
  const { phase, instrument: name, pressed_ms, received_ms, confirmed_ms, reason } = stop_state.value;
  if (phase === 'none') return null;
  const steps = [
    'sent',
    received_ms > 0 ? `daemon has it (${milliseconds(pressed_ms, received_ms)})` : '',
    confirmed_ms > 0 ? `instrument confirms (${milliseconds(pressed_ms, confirmed_ms)})` : '',
  ].filter((step) => step !== '');
  const is_bad = phase === 'not_confirmed' || phase === 'failed';
  const done = (): void => {
    stop_state.value = { ...stop_state.value, phase: 'none' };
  };
  return (
    <div class={is_bad ? 'band stop-band bad' : 'band stop-band'} role="alert" id="stop-band" data-phase={phase}>
      {is_bad ? <strong class="shout">NOT CONFIRMED – use the hardware switch</strong> : (
        <strong>STOP {name}: {phase === 'confirmed' ? 'heater off, confirmed' : 'waiting for confirmation'}</strong>
      )}
      <span class="steps">{steps.join(' → ')}{reason === '' ? '' : ` · ${reason}`}</span>
      <span class="note">This is a stop by software; it does not replace the hardware switch.</span>
      <button type="button" class="quiet" onClick={done}>Close</button>
    </div>
  );
}

/** Standing and passing messages of the whole page. */
export function Bands(): JSX.Element {
  const { word, silent_ms, since_utc_ms, reason } = link.value;
  return (
    <div class="bands">
      <StopBand />
      {word === 'late' ? (
        <div class="band amber" role="status" id="late-band">late, last data {age(silent_ms / 1000)} ago</div>
      ) : null}
      {word === 'lost' || word === 'refused' ? (
        <div class="band lost" role="alert" id="lost-band">
          <strong>NOT LIVE since {clock(since_utc_ms)}</strong>
          <span>{reason || 'The link to the daemon is lost; trying again.'} The instrument may still be running and hot.</span>
          <button type="button" onClick={() => session.stream.connect()}>Try again now</button>
        </div>
      ) : null}
    </div>
  );
}
