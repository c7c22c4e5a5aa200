// SPDX-License-Identifier: MIT
//
// The operator page: one screen for one instrument and its run.

import { effect } from '@preact/signals';
import { render, type JSX } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './style.css';
import { stop_heater } from './commands';
import { Events } from './events';
import { FitPanel } from './fit';
import { fixed } from './format';
import { start_frames } from './frame';
import { Bands, Header } from './header';
import { RunCard } from './method';
import { cursor, fit_all, is_normalised, x_kind, type XKind } from './plot_options';
import { Plots } from './plots';
import { session } from './session';
import { StartCard } from './start';
import { clock_offset_s, instrument, is_old_page, is_read_only, is_simulated, link, notice, selected, shown } from './state';
import { Values } from './values';

function Simulated(): JSX.Element | null {
  if (!is_simulated.value) return null;
  return (
    <div class="simulated" id="simulated" role="note">
      <strong>SIMULATED</strong><span>no real specimen, no real instrument</span>
    </div>
  );
}

function OldPage(): JSX.Element | null {
  if (!is_old_page.value) return null;
  return (
    <div class="band amber" role="alert">The daemon has a new version of this page.
      <button type="button" onClick={() => location.reload()}>Reload</button></div>
  );
}

function Notice(): JSX.Element {
  return (
    <div class="notice-place" role="status" aria-live="polite">
      {notice.value === '' ? null : (
        <div class="band info">{notice.value}
          <button type="button" class="quiet" onClick={() => { notice.value = ''; }}>Close</button></div>
      )}
    </div>
  );
}

/** What was drawn, for people and for tests: every number here belongs to one sequence number. */
function Foot(): JSX.Element {
  const now = shown.value;
  const offset = clock_offset_s.value;
  const identity = instrument.value?.identity ?? '';
  return (
    <footer id="foot" data-run={now?.run.run_id ?? ''} data-last-seq={now?.last_seq ?? 0}
      data-drawn-points={now?.drawn_points ?? 0} data-last-fit={now?.estimates.last_fit ?? 0}>
      <span>{now === null ? '' : `${now.drawn_points} points drawn up to seq ${now.last_seq}`}
        {now?.view.is_decimated === true ? ', history thinned for display' : ''}</span>
      <span>{identity}</span>
      {Math.abs(offset) > 2 ? (
        <span class="warn-text">this computer's clock is {fixed(Math.abs(offset), 1)} s
          {offset > 0 ? ' ahead of' : ' behind'} the daemon's</span>
      ) : null}
      <a href="/licences.txt">licences</a>
    </footer>
  );
}

function Page(): JSX.Element {
  const word = link.value.word;
  const is_dead = word === 'lost' || word === 'refused';
  return (
    <div class={is_dead ? 'page dead' : 'page'}>
      <div class="head"><Simulated /><Header /></div>
      <OldPage />
      <Bands />
      <Notice />
      <main>
        <Values />
        {shown.value === null ? <Empty /> : null}
        <div class="columns">
          <div class="left"><Plots /><Events /></div>
          <div class="right"><FitPanel /><RunCard /><StartCard /></div>
        </div>
      </main>
      <Foot />
    </div>
  );
}

function Empty(): JSX.Element {
  return (
    <p class="empty-page">{selected.value === ''
      ? 'No instrument is configured. Add an [[instrument]] to the daemon\'s configuration.'
      : is_read_only.value ? 'No run yet. Start at the instrument, then use relaxctl run follow.'
        : 'No run yet. Open “Start a run”, or use relaxctl run start.'}</p>
  );
}

const kinds: Record<string, XKind> = { 1: 'temperature', 2: 'time', 3: 'frequency', 4: 'master' };

function on_key(event: KeyboardEvent): void {
  if (event.ctrlKey && event.shiftKey && event.key.toLowerCase() === 'x') {
    event.preventDefault();
    void stop_heater();
    return;
  }
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
  const kind = kinds[event.key];
  if (kind !== undefined) {
    cursor.value = null;
    x_kind.value = kind;
  } else if (event.key === 'n') is_normalised.value = !is_normalised.value;
  else if (event.key === 'f') fit_all();
}

addEventListener('keydown', on_key, true);
effect(() => { document.title = is_simulated.value ? 'SIMULATED · relaxd' : 'relaxd'; });
const root = document.getElementById('app');
if (root !== null) render(<Page />, root);
start_frames();
void session.start();
