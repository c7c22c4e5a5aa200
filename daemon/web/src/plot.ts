// SPDX-License-Identifier: MIT
//
// One plot: uPlot in mode 2 (x need not be sorted: heating and cooling), own ticks, own legend outside.
// Scales are set by us at each draw; uPlot only maps and draws. Gaps break the line.

import uPlot from 'uplot';
import { css_colour } from './palette';
import { ticks, tick_text } from './ticks';
import type { Column, Trace } from './trace';

export interface Line {
  trace: Trace;
  x: Column;
  y: Column;
  x_factor: number;
  y_factor: number;
  colour: string;
  width: number;
  dash: number[];
  marker: number;
  is_dotted: boolean;
}

export interface Drawing {
  lines: Line[];
  x_label: string;
  is_log: boolean;
  is_x_log: boolean;
  /** null = fit to the data. */
  x_range: [number, number] | null;
  /** Shaded x ranges with what they mean. */
  masks: [number, number][];
  mask_text: string;
  /** Written across the canvas, so that a picture of it carries it too; '' = nothing. */
  stamp: string;
}

export interface PlotListener {
  moved(x: number | null): void;
  zoomed(range: [number, number]): void;
  fitted(): void;
}

const most_log_decades = 5;
const text_px = 11;
const stamp_px = 22;
const least_relative_span = 0.005;

function padded(low: number, high: number, is_log: boolean): [number, number] {
  if (!(high >= low)) return is_log ? [0.1, 1] : [0, 1];
  if (is_log) {
    const floor = Math.max(low, high / 10 ** most_log_decades);
    const margin = Math.max(Math.log10(high / floor) * 0.06, 0.03);
    return [10 ** (Math.log10(floor) - margin), 10 ** (Math.log10(high) + margin)];
  }
  // Not below half a percent of the value: noise alone must not fill the plot.
  const missing = Math.max(0, least_relative_span * Math.abs(high) - (high - low)) / 2;
  const margin = (high - low) * 0.06 + missing || 0.5;
  return [low - margin, high + margin];
}

export class Plot {
  private chart: uPlot | null = null;
  private drawing: Drawing | null = null;
  private shape = '';
  private drawn = 0;
  private readonly observer: ResizeObserver;

  constructor(
    private readonly host: HTMLElement,
    private readonly listener: PlotListener,
    private readonly sync_key: string,
  ) {
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(host);
  }

  destroy(): void {
    this.observer.disconnect();
    this.chart?.destroy();
    this.chart = null;
  }

  /** Colours or fonts changed. */
  forget(): void {
    this.shape = '';
  }

  /** Draws now; how many points were put on the canvas as one trace each (grey lines not counted). */
  draw(drawing: Drawing): number {
    this.drawing = drawing;
    const shape = JSON.stringify([
      drawing.is_log, drawing.is_x_log, drawing.x_label, drawing.lines.map((l) => [l.colour, l.width, l.dash]),
    ]);
    if (this.chart === null || shape !== this.shape) this.rebuild(drawing);
    this.shape = shape;
    const chart = this.chart;
    if (chart === null) return 0;
    this.drawn = 0;
    const [x, y] = this.ranges(drawing);
    const data = drawing.lines.map((line) => [line.trace.view(line.x), line.trace.view(line.y)]);
    if (data.length === 0) data.push([new Float64Array(1), new Float64Array(1)]);
    chart.batch(() => {
      chart.setData([null, ...data] as unknown as uPlot.AlignedData, false);
      chart.setScale('x', { min: x[0], max: x[1] });
      chart.setScale('y', { min: y[0], max: y[1] });
    });
    return this.drawn;
  }

  private ranges(drawing: Drawing): [[number, number], [number, number]] {
    let [x_low, x_high] = drawing.x_range ?? [Infinity, -Infinity];
    if (drawing.x_range === null) {
      for (const line of drawing.lines) {
        for (const value of line.trace.view(line.x)) {
          const x = value * line.x_factor;
          if (x < x_low) x_low = x;
          if (x > x_high) x_high = x;
        }
      }
    }
    let low = Infinity;
    let high = -Infinity;
    for (const line of drawing.lines) {
      const xs = line.trace.view(line.x);
      const ys = line.trace.view(line.y);
      for (let i = 0; i < xs.length; i += 1) {
        const x = (xs[i] ?? NaN) * line.x_factor;
        const y = (ys[i] ?? NaN) * line.y_factor;
        if (!(x >= x_low && x <= x_high) || (drawing.is_log && !(y > 0))) continue;
        if (y < low) low = y;
        if (y > high) high = y;
      }
    }
    const x = drawing.x_range ?? padded(x_low, x_high, drawing.is_x_log);
    return [x, padded(low, high, drawing.is_log)];
  }

  private size(): { width: number; height: number } {
    const box = this.host.getBoundingClientRect();
    return { width: Math.max(160, Math.floor(box.width)), height: Math.max(120, Math.floor(box.height)) };
  }

  private resize(): void {
    const size = this.size();
    if (this.chart === null || (this.chart.width === size.width && this.chart.height === size.height)) return;
    this.chart.setSize(size);
  }

  private axis(side: 'x' | 'y', drawing: Drawing): uPlot.Axis {
    const is_log = side === 'y' ? drawing.is_log : drawing.is_x_log;
    const text = css_colour('--plot-text');
    const grid = css_colour('--plot-grid');
    return {
      scale: side,
      stroke: text,
      font: '12px system-ui, sans-serif',
      size: side === 'x' ? 30 : 54,
      gap: 4,
      grid: { stroke: grid, width: 1 },
      ticks: { stroke: grid, width: 1, size: 4 },
      splits: (chart, _axis, min, max) => {
        const pixels = side === 'x' ? chart.bbox.width : chart.bbox.height;
        return ticks(min, max, pixels / devicePixelRatio / (side === 'x' ? 72 : 36), is_log);
      },
      filter: (_chart, splits) => splits,
      values: (_chart, splits) => tick_text(splits, is_log),
      ...(side === 'x'
        ? { label: drawing.x_label, labelSize: 20, labelGap: 0, labelFont: '12px system-ui, sans-serif' }
        : {}),
    };
  }

  private rebuild(drawing: Drawing): void {
    this.chart?.destroy();
    const facets = [{ scale: 'x', auto: false }, { scale: 'y', auto: false }];
    const lines = drawing.lines.length > 0 ? drawing.lines : [null];
    const options: uPlot.Options = {
      mode: 2,
      ...this.size(),
      padding: [10, 14, 0, 0],
      legend: { show: false },
      scales: { x: { time: false, auto: false, distr: drawing.is_x_log ? 3 : 1 }, y: { auto: false, distr: drawing.is_log ? 3 : 1 } },
      axes: [this.axis('x', drawing), this.axis('y', drawing)],
      cursor: {
        dataIdx: () => null,
        points: { show: false },
        focus: { prox: -1 },
        drag: { x: true, y: false, setScale: false },
        sync: { key: this.sync_key, scales: ['x', null] },
        bind: { dblclick: () => () => { this.listener.fitted(); return null; } },
      },
      series: [
        {},
        ...lines.map((line): uPlot.Series => ({
          facets,
          stroke: line?.colour ?? 'transparent',
          fill: line?.colour ?? 'transparent',
          width: line?.width ?? 0,
          dash: line?.dash ?? [],
          points: { show: false },
          paths: (_chart, index) => this.path(index),
        })),
      ] as uPlot.Series[],
      hooks: {
        drawClear: [() => this.shade(), () => this.stamp()],
        setCursor: [(chart) => this.moved(chart)],
        setSelect: [(chart) => this.selected(chart)],
      },
    };
    const empty = lines.map(() => [new Float64Array(1), new Float64Array(1)]);
    this.chart = new uPlot(options, [null, ...empty] as unknown as uPlot.AlignedData, this.host);
  }

  private moved(chart: uPlot): void {
    const left = chart.cursor.left ?? -1;
    this.listener.moved(left < 0 ? null : chart.posToVal(left, 'x'));
  }

  private selected(chart: uPlot): void {
    const { left, width } = chart.select;
    if (width < 4) return;
    this.listener.zoomed([chart.posToVal(left, 'x'), chart.posToVal(left + width, 'x')]);
    chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  private shade(): void {
    const chart = this.chart;
    if (chart === null || this.drawing === null) return;
    const { ctx, bbox } = chart;
    const right = bbox.left + bbox.width;
    let is_named = false;
    for (const [from, to] of this.drawing.masks) {
      const a = Math.max(chart.valToPos(from, 'x', true), bbox.left);
      const b = Math.min(Number.isFinite(to) ? chart.valToPos(to, 'x', true) : right, right);
      if (!(b > a)) continue;
      ctx.save();
      ctx.beginPath();
      ctx.rect(a, bbox.top, b - a, bbox.height);
      ctx.clip();
      ctx.fillStyle = css_colour('--mask-fill');
      ctx.fillRect(a, bbox.top, b - a, bbox.height);
      this.hatch(ctx, a, b, bbox);
      ctx.fillStyle = css_colour('--plot-text');
      ctx.font = `${text_px * devicePixelRatio}px system-ui, sans-serif`;
      if (!is_named) this.name_mask(ctx, a, b, bbox);
      is_named = true;
      ctx.restore();
    }
  }

  /** Rows of the word, slanting, under the data: every part of the plot that is worth cutting out has one. */
  private stamp(): void {
    const chart = this.chart;
    const text = this.drawing?.stamp ?? '';
    if (chart === null || text === '') return;
    const { ctx, bbox } = chart;
    const px = stamp_px * devicePixelRatio;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.fillStyle = css_colour('--stamp');
    ctx.font = `700 ${px}px system-ui, sans-serif`;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'middle';
    const step_x = ctx.measureText(text).width + 2 * px;
    const step_y = 3.5 * px;
    const columns = Math.max(1, Math.floor(bbox.width / step_x));
    const rows = Math.max(1, Math.floor(bbox.height / step_y));
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        const x = bbox.left + (bbox.width * (column + 0.5)) / columns;
        const y = bbox.top + (bbox.height * (row + 0.5)) / rows;
        ctx.setTransform(1, 0, 0, 1, x, y);
        ctx.rotate(-Math.PI / 12);
        ctx.fillText(text, 0, 0);
      }
    }
    ctx.restore();
  }

  /** What the shading means: along the top where it fits, else upright. */
  private name_mask(ctx: CanvasRenderingContext2D, a: number, b: number, bbox: uPlot.BBox): void {
    const text = this.drawing?.mask_text ?? '';
    const pad = 6 * devicePixelRatio;
    const { width } = ctx.measureText(text);
    ctx.textAlign = 'left';
    ctx.textBaseline = 'top';
    if (width + 2 * pad < b - a) ctx.fillText(text, a + pad, bbox.top + pad);
    else if (width + 2 * pad < bbox.height && b - a > 3 * pad) {
      ctx.translate(b - pad - text_px * devicePixelRatio, bbox.top + bbox.height - pad);
      ctx.rotate(-Math.PI / 2);
      ctx.fillText(text, 0, 0);
    }
  }

  private hatch(ctx: CanvasRenderingContext2D, a: number, b: number, bbox: uPlot.BBox): void {
    ctx.strokeStyle = css_colour('--mask-line');
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    const step = 9 * devicePixelRatio;
    for (let x = a - bbox.height; x < b; x += step) {
      ctx.moveTo(x, bbox.top + bbox.height);
      ctx.lineTo(x + bbox.height, bbox.top);
    }
    ctx.stroke();
  }

  private path(index: number): uPlot.Series.Paths | null {
    const chart = this.chart;
    const line = this.drawing?.lines[index - 1];
    if (chart === null || line === undefined) return null;
    const { left, top, width, height } = chart.bbox;
    const { x: sx, y: sy } = chart.scales;
    const is_log = this.drawing?.is_log === true;
    const y_of = is_log ? Math.log10 : (value: number): number => value;
    const x_of = this.drawing?.is_x_log === true ? Math.log10 : (value: number): number => value;
    const x0 = x_of(sx?.min ?? 0);
    const y0 = y_of(sy?.min ?? 0);
    const kx = width / (x_of(sx?.max ?? 1) - x0);
    const ky = height / (y_of(sy?.max ?? 1) - y0);
    const xs = line.trace.view(line.x);
    const ys = line.trace.view(line.y);
    const stroke = new Path2D();
    const dots = new Path2D();
    const is_sparse = line.is_dotted && xs.length < width / (6 * devicePixelRatio);
    const radius = 1.5 * devicePixelRatio;
    let is_down = false;
    let count = 0;
    for (let i = 0; i < xs.length; i += 1) {
      const X = left + (x_of((xs[i] ?? NaN) * line.x_factor) - x0) * kx;
      const Y = top + height - (y_of((ys[i] ?? NaN) * line.y_factor) - y0) * ky;
      if (!Number.isFinite(X) || !Number.isFinite(Y)) {
        is_down = false;
        continue;
      }
      if (is_down && line.trace.breaks[i] === 0) stroke.lineTo(X, Y);
      else stroke.moveTo(X, Y);
      is_down = true;
      if (is_sparse) mark(dots, line.marker, X, Y, radius);
      count += 1;
    }
    if (line.is_dotted) this.drawn += count;
    return { stroke, fill: dots, clip: null, band: null, flags: 0 };
  }
}

/** Circle-like square, diamond, triangle, bar: told apart without colour. */
function mark(path: Path2D, kind: number, x: number, y: number, r: number): void {
  if (kind === 1) {
    path.moveTo(x, y - 1.5 * r);
    path.lineTo(x + 1.5 * r, y);
    path.lineTo(x, y + 1.5 * r);
    path.lineTo(x - 1.5 * r, y);
    path.closePath();
  } else if (kind === 2) {
    path.moveTo(x, y - 1.5 * r);
    path.lineTo(x + 1.4 * r, y + r);
    path.lineTo(x - 1.4 * r, y + r);
    path.closePath();
  } else if (kind === 3) path.rect(x - 1.6 * r, y - 0.6 * r, 3.2 * r, 1.2 * r);
  else path.rect(x - r, y - r, 2 * r, 2 * r);
}
