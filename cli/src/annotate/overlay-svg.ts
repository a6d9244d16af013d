import type { CameraConfig, Point } from '@safecity/contracts';
import type { AnnotatedMoment } from './annotate.js';

interface Size {
  widthPx: number;
  heightPx: number;
}

const QUIET = '#58b7e8';
const STANDING = '#f2c14e';
const ALARM = '#ff5a4f';
const SIGNAL_COLOURS: Record<string, string> = { red: '#ff3b30', yellow: '#ffcc00', green: '#34c759' };

function escapeXml(text: string): string {
  return text.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function points(polygon: readonly Point[], { widthPx, heightPx }: Size): string {
  return polygon.map(([x, y]) => `${(x * widthPx).toFixed(1)},${(y * heightPx).toFixed(1)}`).join(' ');
}

function label(x: number, y: number, text: string, colour: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="${colour}" stroke="#000" stroke-width="3" paint-order="stroke" font-family="DejaVu Sans, sans-serif" font-size="15">${escapeXml(text)}</text>`;
}

/** Zones, lines, signal states, tracks and open reasons over one picture, as SVG of the picture's size. */
export function overlaySvg(camera: CameraConfig, size: Size, moment: AnnotatedMoment | undefined): string {
  const { widthPx, heightPx } = size;
  const parts = [
    ...camera.zones.map(
      (zone) => `<polygon points="${points(zone.polygon, size)}" fill="${QUIET}" fill-opacity="0.08" stroke="${QUIET}" stroke-width="2"/>`,
    ),
    ...camera.lines.map(
      (line) => `<polyline points="${points([line.a, line.b], size)}" stroke="${STANDING}" stroke-width="3" fill="none"/>`,
    ),
  ];
  for (const track of moment?.tracks.tracks ?? []) {
    const [x1, y1, x2, y2] = track.box;
    const colour = track.findings.length > 0 ? ALARM : track.stationaryMs > 0 ? STANDING : QUIET;
    parts.push(
      `<rect x="${(x1 * widthPx).toFixed(1)}" y="${(y1 * heightPx).toFixed(1)}" width="${((x2 - x1) * widthPx).toFixed(1)}" height="${((y2 - y1) * heightPx).toFixed(1)}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      label(
        x1 * widthPx,
        y1 * heightPx - 4,
        `${track.class}${track.persons === undefined ? '' : ` x${track.persons}`} ${track.id}${track.stationaryMs > 0 ? ` ${Math.round(track.stationaryMs / 1000)} s` : ''}`,
        colour,
      ),
    );
  }
  let line = 0;
  for (const [id, state] of Object.entries(moment?.tracks.signals ?? {}))
    parts.push(label(12, heightPx - 14 - 20 * line++, `${id}: ${state}`, SIGNAL_COLOURS[state] ?? '#fff'));
  for (const finding of moment?.findings ?? [])
    parts.push(label(12, heightPx - 14 - 20 * line++, `${finding.type}: ${finding.reason.text.vi}`, ALARM));
  parts.push(label(12, 22, `${((moment?.ptsMs ?? 0) / 1000).toFixed(1)} s`, '#fff'));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}">${parts.join('')}</svg>`;
}
