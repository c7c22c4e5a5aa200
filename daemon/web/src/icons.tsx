// SPDX-License-Identifier: MIT
//
// Small drawings that carry meaning by shape, so that colour is never alone.

import type { JSX } from 'preact';

const shapes: Record<string, string> = {
  info: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13ZM7.2 7h1.6v4.5H7.2ZM7.2 4.3h1.6V6H7.2Z',
  minor: 'M8 1.5 15 14H1ZM7.2 6v4h1.6V6ZM7.2 11v1.6h1.6V11Z',
  major: 'M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1ZM7.2 4v5h1.6V4ZM7.2 10.4V12h1.6v-1.6Z',
  invalid: 'M8 .8 15.2 8 8 15.2.8 8ZM7.2 4.4v4.4h1.6V4.4ZM7.2 10v1.6h1.6V10Z',
  ok: 'M6.4 12.6 2 8.2l1.3-1.3 3.1 3.1 6.3-6.4L14 4.9Z',
  half: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13ZM8 3.2a4.8 4.8 0 0 1 0 9.6Z',
  traded: 'M4 3 .8 6 4 9V7h7V5H4ZM12 7v2H5v2h7v2l3.2-3Z',
  limit: 'M12 2h2v12h-2ZM2 7h6V4l4 4-4 4V9H2Z',
  fixed: 'M5 7V5a3 3 0 0 1 6 0v2h1v7H4V7Zm1.5 0h3V5a1.5 1.5 0 0 0-3 0Z',
  open: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Zm0 1.6a4.4 4.4 0 1 1 0 8.8a4.4 4.4 0 0 1 0-8.8Z',
};

export function Icon({ name }: { name: string }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path fill-rule="evenodd" d={shapes[name] ?? shapes['info'] ?? ''} />
    </svg>
  );
}
