// SPDX-License-Identifier: MIT
//
// The daemon's API as the page uses it (prefix /api/v1): row types with the columns of the documented
// views, SI units, null = unknown; and fetch with errors that a person can read.

export interface Run {
  run_id: number;
  uuid: string;
  name: string;
  instrument: string;
  specimen: string;
  method: string;
  state: string;
  end_cause: string | null;
  started_utc: string | null;
  ended_utc: string | null;
  last_seq: number;
  simulated: number;
}

export interface Point {
  run_id: number;
  seq: number;
  time_utc: string;
  segment: number;
  time_s: number;
  reading_number: number;
  temperature_K: number | null;
  set_temperature_K: number | null;
  frequency_Hz: number | null;
  storage_modulus_Pa: number | null;
  loss_modulus_Pa: number | null;
  tan_delta: number | null;
  /** Of a pendulum; the tensile ones are null then. */
  shear_storage_modulus_Pa?: number | null;
  shear_loss_modulus_Pa?: number | null;
  shear_strain?: number | null;
  strain: number | null;
  stress_Pa: number | null;
  displacement_m: number | null;
  static_force_N: number | null;
  dynamic_force_N: number | null;
  flags: string | null;
}

export interface Estimate {
  run_id: number;
  seq: number;
  fit_number: number;
  time_utc: string;
  model: string;
  parameter: string;
  value: number | null;
  standard_error: number | null;
  lower_95: number | null;
  upper_95: number | null;
  state: string;
  segment: number | null;
  temperature_K: number | null;
  frequency_Hz: number | null;
  form: string | null;
  n_points: number;
  first_seq: number | null;
  last_seq: number | null;
  systematic_error: number | null;
  traded_with: string | null;
  combined_error: number | null;
  method: string | null;
  known_combination: string | null;
  known_combination_value: number | null;
  known_combination_standard_error: number | null;
  experiment: string | null;
}

export interface Event {
  run_id: number;
  seq: number;
  time_utc: string;
  severity: string;
  code: string;
  message: string;
  detail: string | null;
}

export interface Gap {
  run_id: number;
  seq: number;
  from_time_s: number | null;
  to_time_s: number | null;
  missing: number | null; // null = unknown, at the end of a run
  cause: string;
}

export interface Segment {
  segment: number;
  text: string;
  started_utc: string | null;
  ended_utc: string | null;
  first_seq: number | null;
  last_seq: number | null;
  flags: string | null;
}

export interface Instrument {
  name: string;
  driver: string;
  uri: string;
  link_state: string;
  state: string;
  identity: string | null;
  serial_number: string | null;
  simulated: number;
  /** 1: it has run on the real hardware; `proof` says what was shown, and on what. */
  proven: number;
  proof: string | null;
  /** 1: it is only listened to, and commanded at the instrument itself. */
  read_only: number;
  last_row_utc: string | null;
  last_row_age_s: number | null;
}

export interface Specimen {
  name: string;
  clamp: string | null;
  length_m: number | null;
  width_m: number | null;
  thickness_m: number | null;
  poisson_ratio: number | null;
  T_g_K?: number | null;
  T_x_K?: number | null;
}

/** What a refused or failed request says, ready to be shown. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly where: string,
    readonly hint: string,
  ) {
    super(message);
  }

  sentence(): string {
    const parts = [this.message, this.where ? `(${this.where})` : '', this.hint ? `– ${this.hint}` : ''];
    return parts.filter((part) => part !== '').join(' ');
  }
}

const prefix = '/api/v1';

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

async function failure(response: Response): Promise<ApiError> {
  let body: { error?: Record<string, unknown> } = {};
  try {
    body = (await response.json()) as typeof body;
  } catch {
    // Not JSON: the status alone must do.
  }
  const error = body.error ?? {};
  const message = text(error['message']) || `the daemon answered HTTP ${response.status}`;
  return new ApiError(
    response.status, text(error['code']), message, text(error['where']), text(error['hint']),
  );
}

async function request<T>(path: string, init: RequestInit, timeout_ms: number): Promise<T> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeout_ms);
  try {
    const response = await fetch(prefix + path, { ...init, signal: stop.signal, cache: 'no-store' });
    if (!response.ok) throw await failure(response);
    return (await response.json()) as T;
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    const why = stop.signal.aborted ? 'did not answer in time' : 'cannot be reached';
    throw new ApiError(0, 'unreachable', `the daemon ${why}`, '', 'is relaxd still running?');
  } finally {
    clearTimeout(timer);
  }
}

/** A click's name, so that a retried POST acts once. getRandomValues works without TLS, too. */
function click_id(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function get<T>(path: string, timeout_ms = 20_000): Promise<T> {
  return request<T>(path, { method: 'GET' }, timeout_ms);
}

export function post<T>(path: string, body: unknown, timeout_ms = 20_000): Promise<T> {
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': click_id() };
  const payload = body === undefined ? '{}' : JSON.stringify(body);
  return request<T>(path, { method: 'POST', headers, body: payload }, timeout_ms);
}

/** Rows after `after_seq` up to `to_seq`, page by page. */
export async function rows<K extends 'points' | 'estimates' | 'events' | 'gaps', T extends { seq: number }>(
  run_id: number, kind: K, after_seq: number, to_seq: number, limit = 10_000,
): Promise<T[]> {
  const all: T[] = [];
  let after = after_seq;
  while (after < to_seq) {
    const path = `/runs/${run_id}/${kind}?after_seq=${after}&limit=${limit}`;
    const page = await get<Record<K, T[]> & { next_after_seq: number }>(path);
    for (const row of page[kind]) if (row.seq <= to_seq) all.push(row);
    if (page[kind].length < limit || page.next_after_seq <= after) break;
    after = page.next_after_seq;
  }
  return all;
}
