import type { Timeline } from '../api/types.js';
import { type TimeView, ticksOf, xOf } from './timeline-scale.js';

/** What of the page is drawn on the timeline. */
export interface PaintedTimeline {
  timeline: Timeline | null;
  view: TimeView;
  cursorMs: number | null;
  /** What is marked for a download, lock or bookmark. */
  inMs: number | null;
  outMs: number | null;
  hoverMs: number | null;
  timeText: (ms: number, stepMs: number) => string;
}

/** Rows from the top, px. */
export const ROWS = {
  ticks: 18,
  alerts: { top: 22, height: 14 },
  band: { top: 40, height: 44 },
  marks: { top: 88, height: 12 },
  height: 104,
};

/** A curve of little motion is drawn low: full height is this much, or the most there is. */
const FULL_MOTION = 0.25;
const LEAST_ALERT_PX = 3;

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

type Context = CanvasRenderingContext2D;
type Place = (ms: number) => number;

function hatched(context: Context): CanvasPattern | string {
  const tile = document.createElement('canvas');
  tile.width = 8;
  tile.height = 8;
  const pen = tile.getContext('2d');
  if (!pen) return colour('--line-strong');
  pen.strokeStyle = colour('--text-dim');
  pen.lineWidth = 1;
  for (const shift of [-8, 0, 8]) {
    pen.beginPath();
    pen.moveTo(shift, 8);
    pen.lineTo(shift + 8, 0);
    pen.stroke();
  }
  return context.createPattern(tile, 'repeat') ?? colour('--line-strong');
}

function paintBand(context: Context, { spans, gaps, motion, fromMs }: Timeline, place: Place): void {
  const { top, height } = ROWS.band;
  context.fillStyle = colour('--accent-ground');
  for (const span of spans) context.fillRect(place(span.fromMs), top, Math.max(1, place(span.toMs) - place(span.fromMs)), height);
  if (motion) {
    const full = Math.max(FULL_MOTION, ...motion.values.map((value) => value ?? 0));
    context.fillStyle = colour('--accent');
    motion.values.forEach((value, step) => {
      if (value === null) return;
      const x = place(fromMs + step * motion.stepMs);
      // The root lifts a person in an empty street above the noise of the encoder.
      const tall = Math.max(1, Math.sqrt(value / full) * (height - 4));
      context.fillRect(x, top + height - tall, Math.max(1, place(fromMs + (step + 1) * motion.stepMs) - x), tall);
    });
  }
  context.fillStyle = hatched(context);
  for (const gap of gaps) context.fillRect(place(gap.fromMs), top, Math.max(2, place(gap.toMs) - place(gap.fromMs)), height);
}

function paintBarred(context: Context, { watchable }: Timeline, view: TimeView, place: Place): void {
  if (!watchable) return;
  context.fillStyle = colour('--shade');
  let reached = view.fromMs;
  for (const { fromMs, toMs } of [...watchable, { fromMs: view.toMs, toMs: view.toMs }]) {
    if (fromMs > reached) context.fillRect(place(reached), ROWS.band.top, place(fromMs) - place(reached), ROWS.band.height);
    reached = Math.max(reached, toMs);
  }
}

function paintAlerts(context: Context, { alerts }: Timeline, place: Place): void {
  const { top, height } = ROWS.alerts;
  // The gravest last, on top of the others.
  for (const { severity, startMs, endMs } of [...alerts].reverse()) {
    context.fillStyle = colour(`--${severity}`);
    context.fillRect(place(startMs), top, Math.max(LEAST_ALERT_PX, place(endMs ?? startMs) - place(startMs)), height);
  }
}

function paintMarks(context: Context, { bookmarks, locks }: Timeline, place: Place): void {
  const { top, height } = ROWS.marks;
  context.fillStyle = colour('--medium');
  for (const { fromMs, toMs } of locks) context.fillRect(place(fromMs), top + height - 3, Math.max(2, place(toMs) - place(fromMs)), 3);
  context.fillStyle = colour('--simulated');
  for (const { atMs } of bookmarks) {
    const x = place(atMs);
    context.beginPath();
    context.moveTo(x, top);
    context.lineTo(x - 5, top + 8);
    context.lineTo(x + 5, top + 8);
    context.fill();
  }
}

function paintLine(context: Context, x: number, colourName: string, widthPx: number): void {
  context.fillStyle = colour(colourName);
  context.fillRect(x - widthPx / 2, ROWS.ticks, widthPx, ROWS.height - ROWS.ticks);
}

function paintSelection(context: Context, { inMs, outMs }: PaintedTimeline, place: Place): void {
  const { top, height } = ROWS.band;
  if (inMs !== null && outMs !== null) {
    context.fillStyle = 'rgb(88 207 146 / 22%)';
    context.fillRect(place(inMs), top, place(outMs) - place(inMs), height);
  }
  for (const ms of [inMs, outMs]) if (ms !== null) paintLine(context, place(ms), '--good', 2);
}

/** Draws the timeline: times, alerts, what is recorded with its motion, gaps hatched, bookmarks, locks, and where one is. */
export function paintTimeline(canvas: HTMLCanvasElement, painted: PaintedTimeline): void {
  const context = canvas.getContext('2d');
  const widthPx = canvas.clientWidth;
  if (!context || widthPx === 0) return;
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(widthPx * scale);
  canvas.height = Math.round(ROWS.height * scale);
  context.scale(scale, scale);
  const place: Place = (ms) => xOf(ms, painted.view, widthPx);
  context.fillStyle = colour('--surface');
  context.fillRect(0, ROWS.band.top, widthPx, ROWS.band.height);
  if (painted.timeline) {
    paintBand(context, painted.timeline, place);
    paintBarred(context, painted.timeline, painted.view, place);
    paintAlerts(context, painted.timeline, place);
    paintMarks(context, painted.timeline, place);
  }
  const { stepMs, ticksMs } = ticksOf(painted.view, widthPx);
  context.font = `11px ${getComputedStyle(canvas).fontFamily}`;
  for (const ms of ticksMs) {
    context.fillStyle = colour('--line-strong');
    context.fillRect(place(ms), ROWS.ticks - 4, 1, ROWS.band.top + ROWS.band.height - ROWS.ticks + 4);
    context.fillStyle = colour('--text-dim');
    context.fillText(painted.timeText(ms, stepMs), place(ms) + 3, 11);
  }
  paintSelection(context, painted, place);
  if (painted.hoverMs !== null) paintLine(context, place(painted.hoverMs), '--text-dim', 1);
  if (painted.cursorMs !== null) paintLine(context, place(painted.cursorMs), '--text', 2);
}
