// SPDX-License-Identifier: MIT
//
// Everything the page holds of one run: its points, estimates, events and gaps up to `last_seq`, without
// hole. Filled from HTTP history (decimated when long) and then row by row from the stream.

import { get, rows, type Estimate, type Event, type Gap, type Point, type Run, type Segment, type Specimen } from './api';
import { Estimates } from './estimates';
import type { Message } from './stream';
import { Traces } from './trace';

/** The API's greatest page; also how many points a decimated history has at most. */
const page_rows = 10_000;
const window_count = 32;
const window_rows = 150;
const tail_rows = 3_000;

async function optional<T>(path: string): Promise<T | null> {
  try {
    return await get<T>(path);
  } catch {
    return null;
  }
}

/** Estimates of a long stretch: sparse windows for the history, everything at its end. */
async function sparse_estimates(run_id: number, from: number, to: number): Promise<Estimate[]> {
  const tail = Math.max(from, to - tail_rows);
  const starts = Array.from({ length: window_count }, (_, i) => from + Math.floor(((tail - from) * i) / window_count));
  const path = (after: number): string => `/runs/${run_id}/estimates?after_seq=${after}&limit=${window_rows}`;
  const pages = await Promise.all(starts.map((after) => get<{ estimates: Estimate[] }>(path(after))));
  const found = pages.flatMap((page) => page.estimates).filter((row) => row.seq <= tail);
  return [...found, ...(await rows<'estimates', Estimate>(run_id, 'estimates', tail, to))];
}

async function estimates_between(run_id: number, from: number, to: number): Promise<Estimate[]> {
  if (to - from > 2 * tail_rows) return sparse_estimates(run_id, from, to);
  return rows<'estimates', Estimate>(run_id, 'estimates', from, to);
}

async function gaps_between(run_id: number, from: number, to: number): Promise<Gap[]> {
  try {
    return await rows<'gaps', Gap>(run_id, 'gaps', from, to);
  } catch {
    return [];  // A jump of the reading number shows the hole, too.
  }
}

/** Whether readings were left out for display, that is, more than the gaps explain. */
function is_thinned(points: Point[], gaps: Gap[]): boolean {
  const missing = gaps.reduce((sum, gap) => sum + (gap.missing ?? 0), 0);
  return (points.at(-1)?.reading_number ?? 0) > points.length + missing;
}

export class RunView {
  readonly estimates = new Estimates();
  readonly events: Event[] = [];
  readonly gaps: Gap[] = [];
  traces = new Traces(true);
  specimen: Specimen | null = null;
  segments: Segment[] = [];
  /** The moduli are those of shear: G′ and G″. */
  is_shear = false;
  /** Isotherms that the specimen changed in: no fit sees them. */
  readonly not_stationary = new Set<number>();
  /** Every row up to here has been taken in. */
  last_seq = 0;
  /** Receipt of the newest row, monotonic; 0 = none since the page was opened. */
  last_row_ms = 0;
  last_point_ms = 0;
  /** Smoothed time between points on the host's clock. */
  point_period_ms = 0;
  /** The history was thinned for display. */
  is_decimated = false;
  private readonly segment_starts = new Map<number, number>();

  constructor(public run: Run) {}

  static async load(run_id: number): Promise<RunView> {
    const run = await get<Run>(`/runs/${run_id}`);
    const view = new RunView(run);
    const end = run.last_seq;
    const amount = end > page_rows ? `max_points=${page_rows}` : `limit=${page_rows}`;
    const [points, estimates, events, gaps] = await Promise.all([
      get<{ points: Point[] }>(`/runs/${run_id}/points?after_seq=0&${amount}`),
      estimates_between(run_id, 0, end),
      rows<'events', Event>(run_id, 'events', 0, end),
      gaps_between(run_id, 0, end),
    ]);
    const history = points.points.filter((row) => row.seq <= end);
    view.is_decimated = is_thinned(history, gaps);
    view.traces = new Traces(!view.is_decimated);
    view.merge(history, estimates, events, gaps);
    view.last_seq = end;
    view.estimates.received_ms = 0;
    view.last_row_ms = 0;
    view.last_point_ms = 0;
    view.traces.set_whole();
    await view.load_frame();
    return view;
  }

  /** Specimen and executed segments. */
  async load_frame(): Promise<void> {
    const id = this.run.run_id;
    const [specimen, segments] = await Promise.all([
      optional<Specimen & { specimen?: Specimen }>(`/runs/${id}/specimen`),
      optional<{ segments: Segment[] }>(`/runs/${id}/segments`),
    ]);
    this.specimen = specimen?.specimen ?? specimen;
    this.segments = segments?.segments ?? [];
  }

  /** Fetches what the stream left out. */
  async refill(from_seq: number, to_seq: number): Promise<number> {
    const after = from_seq - 1;
    const id = this.run.run_id;
    const [points, estimates, events, gaps] = await Promise.all([
      rows<'points', Point>(id, 'points', after, to_seq),
      estimates_between(id, after, to_seq),
      rows<'events', Event>(id, 'events', after, to_seq),
      gaps_between(id, after, to_seq),
    ]);
    this.merge(points, estimates, events, gaps);
    this.last_seq = Math.max(this.last_seq, to_seq);
    return points.length;
  }

  private merge(points: Point[], estimates: Estimate[], events: Event[], gaps: Gap[]): void {
    const messages: Message[] = [
      ...points.map((row) => ({ type: 'point', seq: row.seq, data: row })),
      ...estimates.map((row) => ({ type: 'estimate', seq: row.seq, data: row })),
      ...events.map((row) => ({ type: 'event', seq: row.seq, data: row })),
      ...gaps.map((row) => ({ type: 'gap', seq: row.seq, data: row })),
    ];
    messages.sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0));
    for (const message of messages) this.take(message);
  }

  /** One row; the caller has made sure that it is the next. */
  take(message: Message): void {
    const now = performance.now();
    if (message.type === 'point') this.take_point(message.data as Point, now);
    else if (message.type === 'estimate') this.estimates.add(message.data as Estimate, now);
    else if (message.type === 'gap') {
      this.gaps.push(message.data as Gap);
      this.traces.note_gap();
    } else if (message.type === 'state' || message.type === 'event') this.take_event(message.data as Event);
    this.last_seq = Math.max(this.last_seq, message.seq ?? 0);
    this.last_row_ms = now;
  }

  private take_point(point: Point, now_ms: number): void {
    if (this.last_point_ms > 0) {
      const period = now_ms - this.last_point_ms;
      this.point_period_ms = this.point_period_ms === 0 ? period : 0.8 * this.point_period_ms + 0.2 * period;
    }
    this.last_point_ms = now_ms;
    if (!this.segment_starts.has(point.segment)) this.segment_starts.set(point.segment, point.time_s);
    this.traces.add(this.shown_as(point));
  }

  /** A pendulum's moduli in the columns that the plots know. */
  private shown_as(point: Point): Point {
    const storage = point.shear_storage_modulus_Pa ?? null;
    if (point.storage_modulus_Pa !== null || storage === null) return point;
    this.is_shear = true;
    return {
      ...point, storage_modulus_Pa: storage, loss_modulus_Pa: point.shear_loss_modulus_Pa ?? null,
      strain: point.strain ?? point.shear_strain ?? null,
    };
  }

  /** Instrument time of a segment's first point; null = none yet. */
  segment_start(segment: number): number | null {
    return this.segment_starts.get(segment) ?? null;
  }

  private take_event(event: Event): void {
    this.events.push(event);
    if (event.code === 'NOT_STATIONARY') {
      const found = /"segment":(\d+)/.exec(event.detail ?? '');
      if (found !== null) this.not_stationary.add(Number(found[1]));
    }
    if (event.code === 'STATE' && event.detail !== null && event.detail !== '') {
      this.run = { ...this.run, state: event.detail };
    }
  }

  /** Points above this temperature are not fitted; null = no mask is known. */
  mask_K(): number | null {
    const T_x = this.specimen?.T_x_K ?? this.estimates.rows_of('transitions', 'T_x_K')[0]?.value ?? null;
    return T_x === null ? null : T_x - 5;
  }
}
