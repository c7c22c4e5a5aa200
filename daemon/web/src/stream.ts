// SPDX-License-Identifier: MIT
//
// The WebSocket to the daemon: back-off with jitter, resume after the last sequence number, and the
// page-link word from the monotonic receipt time (late after 3 s, lost after 10 s without a frame).

export type LinkWord = 'connecting' | 'live' | 'late' | 'lost' | 'refused';

export interface Message {
  type: string;
  run_id?: number;
  seq?: number;
  time_utc?: string;
  data?: unknown;
  from_seq?: number;
  to_seq?: number;
  count?: number;
  [key: string]: unknown;
}

export interface Subscription {
  instrument: string;
  after_seq: number;
}

export interface StreamListener {
  /** What to ask for after the daemon's hello; null = nothing yet. */
  subscription(): Subscription | null;
  receive(message: Message): void;
  opened(): void;
}

const late_ms = 3_000;
const lost_ms = 10_000;
const backoff_first_ms = 500;
const backoff_most_ms = 5_000;

export class Stream {
  last_frame_ms = performance.now();
  last_frame_utc_ms = Date.now();
  refused_because = '';
  private socket: WebSocket | null = null;
  private backoff_ms = backoff_first_ms;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private was_open = false;
  private tried_ms = performance.now();

  constructor(private readonly listener: StreamListener) {}

  connect(): void {
    clearTimeout(this.timer);
    this.tried_ms = performance.now();
    this.socket?.close();
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${location.host}/api/v1/stream`);
    this.socket = socket;
    socket.onopen = () => {
      this.was_open = true;
      this.refused_because = '';
    };
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (socket === this.socket) this.take(event.data);
    };
    socket.onclose = (event) => {
      if (socket === this.socket) this.closed(event);
    };
  }

  /** Asks again, e.g. for another instrument. */
  resubscribe(): void {
    const wanted = this.listener.subscription();
    if (wanted === null || this.socket?.readyState !== WebSocket.OPEN) return;
    const { instrument, after_seq } = wanted;
    this.socket.send(JSON.stringify({ subscribe: { run: 'current', instrument, after_seq } }));
  }

  /** A dead path closes no socket (a sleeping computer, a hanging tunnel): silence must do. */
  revive(now_ms: number): void {
    if (this.socket !== null && now_ms - Math.max(this.last_frame_ms, this.tried_ms) > lost_ms) this.connect();
  }

  word(now_ms: number): LinkWord {
    const silent_ms = now_ms - this.last_frame_ms;
    if (this.refused_because !== '' && silent_ms > late_ms) return 'refused';
    if (silent_ms > lost_ms) return 'lost';
    if (silent_ms > late_ms) return 'late';
    return this.was_open ? 'live' : 'connecting';
  }

  private take(data: unknown): void {
    if (typeof data !== 'string') return;
    this.last_frame_ms = performance.now();
    this.last_frame_utc_ms = Date.now();
    let message: Message;
    try {
      message = JSON.parse(data) as Message;
    } catch {
      return;
    }
    if (message.type === 'hello') {
      this.backoff_ms = backoff_first_ms;
      this.listener.opened();
      this.resubscribe();
    }
    this.listener.receive(message);
  }

  private closed(event: CloseEvent): void {
    this.socket = null;
    if (event.code === 1008) this.refused_because = event.reason || 'the daemon refused the connection';
    const wait_ms = this.backoff_ms * (0.75 + 0.5 * Math.random());
    this.backoff_ms = Math.min(this.backoff_ms * 2, backoff_most_ms);
    this.timer = setTimeout(() => this.connect(), wait_ms);
  }
}
