// SPDX-License-Identifier: MIT
//
// The events of the run, newest first, by fill, shape and word. Fits without a result come for each
// point, so runs of the same code are folded.

import type { JSX } from 'preact';
import type { Event } from './api';
import { clock_of } from './format';
import { Icon } from './icons';
import { shown } from './state';

const most_rows = 60;

interface Row {
  event: Event;
  times: number;
}

function folded(events: Event[]): Row[] {
  const found: Row[] = [];
  for (let i = events.length - 1; i >= 0 && found.length < most_rows; i -= 1) {
    const event = events[i];
    if (event === undefined) continue;
    const last = found[found.length - 1];
    if (last !== undefined && event.code !== 'STATE' && last.event.code === event.code) last.times += 1;
    else found.push({ event, times: 1 });
  }
  return found;
}

export function Events(): JSX.Element {
  const view = shown.value?.view ?? null;
  const list = folded(view?.events ?? []);
  const gaps = view?.gaps ?? [];
  const missing = gaps.reduce((sum, gap) => sum + (gap.missing ?? 0), 0);
  const alarm = list.find(({ event }) => event.severity === 'major' || event.severity === 'invalid');
  return (
    <section class="events card" aria-label="Events">
      <h2>Events {missing > 0 ? <span class="h-note bad-text">{missing} readings missing in {gaps.length} gaps</span> : null}</h2>
      <div class="hidden" aria-live="assertive">{alarm === undefined ? '' : alarm.event.message}</div>
      {list.length === 0 ? <p class="empty">Nothing has happened yet.</p> : (
        <ul class="event-list">
          {list.map(({ event, times }) => {
            const severity = event.severity.toLowerCase();
            return (
              <li key={event.seq} data-code={event.code}>
                <time>{clock_of(event.time_utc)}</time>
                <span class="severity" data-severity={severity}><Icon name={severity} />{severity}</span>
                <span class="event-text"><b>{event.code}</b> {event.message}
                  {event.code === 'STATE' && event.detail && event.detail !== event.message ? ` (${event.detail})` : ''}
                  {times > 1 ? <span class="times"> × {times}</span> : null}</span>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
