import type { Camera } from '../api/types.js';
import { shownPlate } from '../text/plate.js';
import { boxToPixels, lineMarks, type PixelPoint, type PixelRect, toPixels } from './picture-geometry.js';
import type { ShownTrack } from './track-buffer.js';

/** Words that the overlay draws, in the operator's language. */
export interface OverlayWords {
  classNames: Record<string, string>;
  ruleTypeNames: Record<string, string>;
  /** `2 người`. */
  persons: (count: number) => string;
  left: string;
  right: string;
  /** `22 giây`, `3 phút`. */
  standing: (ms: number) => string;
}

/** What is drawn over one picture. */
export interface OverlayScene {
  rect: PixelRect;
  tracks: readonly ShownTrack[];
  /** Zones and lines to draw, or null for none. */
  geometry: Pick<Camera, 'zones' | 'lines'> | null;
  words: OverlayWords;
}

const COLOURS: Record<ShownTrack['class'], string> = {
  person: '#7fd4ff',
  bicycle: '#c9e265',
  motorcycle: '#c9e265',
  car: '#8fe3b4',
  bus: '#f0c674',
  truck: '#f0c674',
  train: '#f0c674',
  fire: '#ff8a65',
  smoke: '#c5c9d3',
  backpack: '#d8b4a0',
  handbag: '#d8b4a0',
  suitcase: '#d8b4a0',
};
const ALARM = '#ff6b62';
const ZONE = '#b9a2ff';
const SHADE = 'rgba(6, 10, 15, 0.78)';
const FONT = 'system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';
/** Standing for less than this is ordinary traffic. */
const STANDING_MS = 10_000;
const LARGE_PICTURE_PX = 560;
const NARROW_BOX_PX = 34;

/** Draws boxes, zones and lines; the context is already scaled to CSS pixels and cleared. */
export function paintOverlay(context: CanvasRenderingContext2D, scene: OverlayScene): void {
  const large = scene.rect.width >= LARGE_PICTURE_PX;
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  if (scene.geometry) {
    for (const zone of scene.geometry.zones) paintZone(context, scene, zone, large);
    for (const line of scene.geometry.lines) paintLine(context, scene, line, large);
  }
  const plain = scene.tracks.filter(({ findings }) => findings.length === 0);
  const flagged = scene.tracks.filter(({ findings }) => findings.length > 0);
  for (const track of [...plain, ...flagged]) paintTrack(context, scene, track, large);
}

function paintTrack(context: CanvasRenderingContext2D, scene: OverlayScene, track: ShownTrack, large: boolean): void {
  const box = boxToPixels(track.box, scene.rect);
  if (box.width < 1 || box.height < 1) return;
  const flagged = track.findings.length > 0;
  const colour = flagged ? ALARM : COLOURS[track.class];
  context.strokeStyle = 'rgba(0, 0, 0, 0.5)';
  context.lineWidth = flagged ? 5 : 3;
  context.strokeRect(box.x, box.y, box.width, box.height);
  context.strokeStyle = colour;
  context.lineWidth = flagged ? 2.5 : 1.25;
  context.strokeRect(box.x, box.y, box.width, box.height);
  const text = trackLabel(scene.words, track, !large && !flagged && box.width < NARROW_BOX_PX);
  paintLabel(context, text, { x: box.x, y: box.y }, { colour, filled: flagged, sizePx: large ? 12 : 10.5, within: scene.rect });
}

function trackLabel(words: OverlayWords, track: ShownTrack, short: boolean): string {
  const number = track.id.length > 5 ? track.id.slice(-4) : track.id;
  if (short) return track.plate?.text ? shownPlate(track.plate) : number;
  const standing = track.stationaryMs >= STANDING_MS ? ` · ${words.standing(track.stationaryMs)}` : '';
  const found = track.findings.map((type) => words.ruleTypeNames[type] ?? type).join(', ');
  const plate = track.plate?.text ? ` · ${shownPlate(track.plate)}` : '';
  return `${found ? `▲ ${found} · ` : ''}${words.classNames[track.class] ?? track.class}${(track.persons ?? 1) > 1 ? ` (${words.persons(track.persons ?? 1)})` : ''} ${number}${plate}${standing}`;
}

interface LabelStyle {
  colour: string;
  filled?: boolean;
  sizePx: number;
  /** Labels are pushed inside this, so that they are never cut off. */
  within: PixelRect;
}

/** A chip whose lower left corner stands at `foot`. */
function paintLabel(context: CanvasRenderingContext2D, text: string, foot: PixelPoint, style: LabelStyle): void {
  context.font = `600 ${style.sizePx}px ${FONT}`;
  const width = context.measureText(text).width + 8;
  const height = style.sizePx + 5;
  const { within } = style;
  const x = Math.max(within.x, Math.min(foot.x - 0.5, within.x + within.width - width));
  const y = Math.max(within.y, Math.min(foot.y - height, within.y + within.height - height));
  context.fillStyle = style.filled ? style.colour : SHADE;
  context.fillRect(x, y, width, height);
  context.fillStyle = style.filled ? '#180605' : style.colour;
  context.fillText(text, x + 4, y + height / 2 + 0.5);
}

function paintZone(context: CanvasRenderingContext2D, scene: OverlayScene, zone: Camera['zones'][number], large: boolean): void {
  const corners = zone.polygon.map((point) => toPixels(point, scene.rect));
  context.beginPath();
  for (const corner of corners) context.lineTo(corner.x, corner.y);
  context.closePath();
  context.fillStyle = 'rgba(150, 120, 255, 0.10)';
  context.fill();
  context.strokeStyle = ZONE;
  context.lineWidth = 1.25;
  context.setLineDash([6, 4]);
  context.stroke();
  context.setLineDash([]);
  const top = corners.reduce((best, corner) => (corner.y < best.y ? corner : best));
  paintLabel(context, zone.name, { x: top.x, y: top.y }, { colour: ZONE, sizePx: large ? 12 : 10.5, within: scene.rect });
}

function paintLine(context: CanvasRenderingContext2D, scene: OverlayScene, line: Camera['lines'][number], large: boolean): void {
  const a = toPixels(line.a, scene.rect);
  const b = toPixels(line.b, scene.rect);
  const marks = lineMarks(a, b, large ? 22 : 14);
  context.strokeStyle = ZONE;
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(a.x, a.y);
  context.lineTo(b.x, b.y);
  context.stroke();
  paintArrowHead(context, marks.middle, marks.along, large ? 9 : 6);
  if (!large) return;
  const style = { colour: ZONE, sizePx: 12, within: scene.rect };
  paintLabel(context, 'A', { x: a.x - 8, y: a.y + 8 }, style);
  paintLabel(context, 'B', { x: b.x - 8, y: b.y + 8 }, style);
  paintLabel(context, scene.words.left, { x: marks.left.x - 14, y: marks.left.y + 8 }, style);
  paintLabel(context, scene.words.right, { x: marks.right.x - 14, y: marks.right.y + 8 }, style);
  paintLabel(context, line.name, { x: (a.x + marks.middle.x) / 2, y: (a.y + marks.middle.y) / 2 - 4 }, style);
}

function paintArrowHead(context: CanvasRenderingContext2D, at: PixelPoint, along: PixelPoint, sizePx: number): void {
  context.fillStyle = ZONE;
  context.beginPath();
  context.moveTo(at.x + along.x * sizePx, at.y + along.y * sizePx);
  context.lineTo(at.x - along.x * sizePx - along.y * sizePx, at.y - along.y * sizePx + along.x * sizePx);
  context.lineTo(at.x - along.x * sizePx + along.y * sizePx, at.y - along.y * sizePx - along.x * sizePx);
  context.closePath();
  context.fill();
}
