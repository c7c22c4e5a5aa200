// SPDX-License-Identifier: MIT
//
// The value strip: the newest reading with units; a value that is too old is hatched and shows its age.

import type { JSX } from 'preact';
import type { Point } from './api';
import { age, fixed, frequency, prefixed, significant } from './format';
import { is_active, now_ms, shown, type Shown } from './state';

interface Value {
  label: JSX.Element | string;
  text: string;
  unit: string;
  name: string;
}

function scaled(name: string, label: Value['label'], value: number | null, unit: string, digits: number): Value {
  if (value === null) return { name, label, text: '–', unit: '' };
  const scale = prefixed(value, unit);
  return { name, label, text: significant(value * scale.factor, digits), unit: scale.unit };
}

function plain(name: string, label: Value['label'], value: number | null, unit: string, decimals: number): Value {
  return { name, label, text: value === null ? '–' : fixed(value, decimals), unit: value === null ? '' : unit };
}

function gigapascal(name: string, label: string, value: number | null): Value {
  return plain(name, label, value === null ? null : value * 1e-9, 'GPa', name === 'storage' ? 3 : 4);
}

function strain_of(point: Point): number | null {
  const strain = point.strain ?? point.shear_strain ?? null;
  return strain === null ? null : strain * 100;
}

function values_of(point: Point, is_shear: boolean): Value[] {
  const letter = is_shear ? 'G' : 'E';
  const f = point.frequency_Hz;
  const frequency_text = f === null ? ['–', ''] : frequency(f).split(' ');
  return [
    plain('temperature', 'T', point.temperature_K, 'K', 2),
    plain('set', 'set T', point.set_temperature_K, 'K', 2),
    { name: 'frequency', label: 'f', text: frequency_text[0] ?? '–', unit: frequency_text[1] ?? '' },
    gigapascal('storage', `${letter}′`, point.storage_modulus_Pa ?? point.shear_storage_modulus_Pa ?? null),
    gigapascal('loss', `${letter}″`, point.loss_modulus_Pa ?? point.shear_loss_modulus_Pa ?? null),
    plain('tan', 'tan δ', point.tan_delta, '', 5),
    plain('strain', 'strain', strain_of(point), '%', 4),
    scaled('static', 'static force', point.static_force_N, 'N', 3),
    scaled('dynamic', 'dynamic force', point.dynamic_force_N, 'N', 3),
  ];
}

function staleness(now: Shown): number {
  const { last_point_ms, point_period_ms } = now.view;
  if (last_point_ms === 0) return is_active.value ? 0 : Infinity;
  const silent_ms = now_ms.value - last_point_ms;
  return silent_ms > Math.max(3 * point_period_ms, 2_000) ? silent_ms / 1000 : 0;
}

export function Values(): JSX.Element {
  const now = shown.value;
  const point = now?.newest ?? null;
  if (now === null || point === null) {
    return <section class="values empty" aria-label="Newest reading">No reading yet.</section>;
  }
  const stale_s = staleness(now);
  const note = stale_s === 0 ? '' : is_active.value && Number.isFinite(stale_s) ? `${age(stale_s)} old` : 'last reading';
  return (
    <section class={stale_s > 0 ? 'values stale' : 'values'} aria-label="Newest reading">
      {values_of(point, now.view.is_shear).map((one) => (
        <div class="value" key={one.name} data-value={one.name}>
          <span class="value-label">{one.label}</span>
          <span class="value-number">{one.text}<span class="value-unit">{one.unit}</span></span>
        </div>
      ))}
      {note === '' ? null : <span class="value-age">{note}</span>}
    </section>
  );
}
