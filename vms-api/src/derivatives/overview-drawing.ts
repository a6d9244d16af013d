import { createRequire } from 'node:module';
import type { CameraConfig, Point } from '@safecity/contracts';
import sharp from 'sharp';
import type { RgbPicture } from '../masking/picture.js';

/** One thing drawn into an overview, and its line in the legend. */
export interface Drawn {
  kind: 'zone' | 'line' | 'lane' | 'track' | 'subject';
  /** 0..1 of the picture; two or more points, of a zone closed by itself. */
  points: readonly Point[];
  /** Vietnamese first, English beside it. */
  label: string;
}

const COLOURS: Record<Drawn['kind'], string> = { zone: '#58b7e8', line: '#ff5a4f', lane: '#b79cff', track: '#ffd23f', subject: '#ff7a1a' };
const FONT = createRequire(import.meta.url).resolve('@expo-google-fonts/tinos/400Regular/Tinos_400Regular.ttf');
const FONT_NAME = 'Tinos';
const BACKGROUND = { r: 20, g: 24, b: 30 };

const escaped = (text: string) => text.replace(/[<>&]/g, (character) => ({ '<': '&lt;', '>': '&gt;', '&': '&amp;' })[character] as string);

/** Zones and lines that a rule names, anywhere in its configuration. */
export function geometryOfRule(camera: CameraConfig, ruleId: string): Drawn[] {
  const rule = camera.rules.find(({ id }) => id === ruleId);
  const named = new Set(
    JSON.stringify(rule ?? {})
      .match(/"[^"]+"/g)
      ?.map((text) => text.slice(1, -1)),
  );
  return [
    ...camera.zones
      .filter(({ id }) => named.has(id))
      .map(({ name, polygon }): Drawn => ({ kind: 'zone', points: polygon as Point[], label: `Vùng / Zone: ${name}` })),
    ...camera.lanes
      .filter(({ id }) => named.has(id))
      .map(({ name, polygon }): Drawn => ({ kind: 'lane', points: polygon as Point[], label: `Làn / Lane: ${name}` })),
    ...camera.lines
      .filter(({ id }) => named.has(id))
      .map(({ name, a, b }): Drawn => ({ kind: 'line', points: [a, b], label: `Vạch / Line: ${name}` })),
  ];
}

function shapeOf({ kind, points }: Drawn, { widthPx, heightPx }: RgbPicture): string {
  const at = points.map(([x, y]) => `${(x * widthPx).toFixed(1)},${(y * heightPx).toFixed(1)}`);
  const stroke = `stroke="${COLOURS[kind]}" stroke-width="${Math.max(2, Math.round(heightPx / 300))}" stroke-linejoin="round"`;
  if (kind !== 'line' && kind !== 'track')
    return `<polygon points="${at.join(' ')}" ${stroke} fill="${COLOURS[kind]}" fill-opacity="${kind === 'subject' ? 0 : 0.12}"/>`;
  const dots =
    kind === 'track'
      ? at.map((point) => `<circle cx="${point.split(',')[0]}" cy="${point.split(',')[1]}" r="3" fill="${COLOURS.track}"/>`)
      : [];
  return `<polyline points="${at.join(' ')}" ${stroke} fill="none"/>${dots.join('')}`;
}

/** A line of text as a picture: the font comes with the package, since a server may have none. */
async function textPicture(text: string, heightPx: number): Promise<Buffer> {
  const options = {
    text: `<span foreground="#ffffff">${escaped(text)}</span>`,
    font: `${FONT_NAME} ${heightPx}`,
    fontfile: FONT,
    rgba: true,
    dpi: 72,
  };
  return sharp({ text: options }).png().toBuffer();
}

/**
 * The picture with shapes drawn in and a legend below it, one line each; nothing of the picture is covered by words.
 * @param head first line of the legend
 */
export async function drawOverview(
  picture: RgbPicture,
  drawn: readonly Drawn[],
  head: string,
): Promise<{ bytes: Buffer; heightPx: number }> {
  const { widthPx, heightPx } = picture;
  const lineHeight = Math.max(18, Math.round(heightPx / 36));
  const lines = [{ label: head, colour: null }, ...drawn.map(({ label, kind }) => ({ label, colour: COLOURS[kind] }))];
  const legendPx = lineHeight * lines.length + lineHeight;
  const swatches = lines.map(({ colour }, index) =>
    colour ? `<rect x="10" y="${heightPx + lineHeight * (index + 0.5) + 4}" width="22" height="${lineHeight - 8}" fill="${colour}"/>` : '',
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx + legendPx}">${drawn.map((one) => shapeOf(one, picture)).join('')}${swatches.join('')}</svg>`;
  const texts = await Promise.all(
    lines.map(async ({ label, colour }, index) => ({
      input: await sharp(await textPicture(label, Math.round(lineHeight * 0.72)))
        .resize({ width: widthPx - 50, withoutEnlargement: true })
        .toBuffer(),
      left: colour ? 40 : 10,
      top: Math.round(heightPx + lineHeight * (index + 0.5) + lineHeight * 0.1),
    })),
  );
  const extended = await sharp(picture.data, { raw: { width: widthPx, height: heightPx, channels: 3 } })
    .extend({ bottom: legendPx, background: BACKGROUND })
    .png()
    .toBuffer();
  const bytes = await sharp(extended)
    .composite([{ input: Buffer.from(svg), left: 0, top: 0 }, ...texts])
    .removeAlpha()
    .jpeg({ quality: 90 })
    .toBuffer();
  return { bytes, heightPx: heightPx + legendPx };
}
