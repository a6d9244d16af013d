import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plateModelsPresent } from '@safecity/models';
import { temporaryDirectory } from '@safecity/platform/testing';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const scratch = temporaryDirectory('cli-plates');
const file = (name: string) => join(scratch.path, name);
afterAll(() => scratch.remove());

function safecity(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'cli', 'bin', 'safecity.mjs'), ...args], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { code: status, stdout, stderr };
}

interface Size {
  width: number;
  height: number;
}

/** Rows of text on a plate in the middle of a picture. */
function drawn(rows: readonly string[], { width, height }: Size, colours = { plate: '#f4f4f0', text: '#111' }): Buffer {
  const row = (height * 0.8) / rows.length;
  const texts = rows.map(
    (text, index) =>
      `<text x="50%" y="${height * 0.1 + row * (index + 0.8)}" font-size="${row * 0.85}" text-anchor="middle" fill="${colours.text}" font-family="DejaVu Sans" textLength="${width * 0.8}" lengthAdjust="spacingAndGlyphs">${text}</text>`,
  );
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#445"/>` +
      `<rect x="3%" y="5%" width="94%" height="90%" rx="8" fill="${colours.plate}"/>${texts.join('')}</svg>`,
  );
}

const CAR = { width: 420, height: 100 };
const MOTORCYCLE = { width: 280, height: 200 };

test('eval plates scores results against labels.csv, rows apart', () => {
  writeFileSync(file('labels.csv'), 'file,text,rows\na.jpg,51F31118,1\nb.jpg,59E121500,2\n');
  writeFileSync(
    file('scored.jsonl'),
    `${JSON.stringify({ image: 'a.jpg', plates: [{ text: '51F31118', score: 0.98 }] })}\n{"image":"b.jpg","plates":[]}\n`,
  );
  const { code, stdout, stderr } = safecity('eval', 'plates', '--truth', scratch.path, '--results', file('scored.jsonl'));
  expect(code).toBe(0);
  expect(stderr).toContain('exact 50.0 %');
  const { groups, wrong } = JSON.parse(stdout) as { groups: { group: string; exact: number; unread: number }[]; wrong: object[] };
  expect(groups.map(({ group, exact, unread }) => ({ group, exact, unread }))).toEqual([
    { group: '1 row', exact: 1, unread: 0 },
    { group: '2 rows', exact: 0, unread: 1 },
    { group: 'all', exact: 0.5, unread: 1 },
  ]);
  expect(wrong).toEqual([{ file: 'b.jpg', truth: '59E121500', readings: [] }]);
});

test('an unknown country is refused before anything is loaded', () => {
  const { code, stderr } = safecity('plates', '--input', 'none.jpg', '--country', 'XX');
  expect(code).toBe(2);
  expect(stderr).toContain('--country XX is not known: use one of any, VN');
});

const present = await plateModelsPresent();
if (!present) console.warn('skipped: reading plates needs its networks (15 MB): npx safecity models pull plate-find plate-read');

describe.skipIf(!present)('reading drawn plates', () => {
  const results = new Map<string, { text: string; valid: boolean; lines: number; raw: string }[]>();

  beforeAll(async () => {
    const street = { width: 640, height: 200 };
    const pictures: Record<string, Sharp> = {
      'car.png': sharp(drawn(['51F-311.18'], CAR)),
      'motorcycle.jpg': sharp(drawn(['59-E1', '215.00'], MOTORCYCLE)).jpeg({ quality: 80 }),
      'blue.png': sharp(drawn(['80B-123.45'], CAR, { plate: '#1c4fa0', text: '#fff' })),
      'cmyk.jpg': sharp(drawn(['51F-311.18'], CAR))
        .flatten()
        .toColourspace('cmyk')
        .jpeg(),
      'grey.png': sharp(drawn(['51F-311.18'], CAR)).toColourspace('b-w'),
      'empty.png': sharp(drawn([], CAR)),
      'shop.png': sharp(drawn(['PHỞ HÀ NỘI'], street)),
      'phone.png': sharp(drawn(['0903.123.456'], street)),
      'bus.png': sharp(drawn(['SALE 50', 'OFF TODAY'], MOTORCYCLE)),
      'mirrored.png': sharp(drawn(['59-E1', '275.43'], MOTORCYCLE)).flop(),
      'upside-down.png': sharp(drawn(['59-E2', '275.43'], MOTORCYCLE)).rotate(180),
      'tiny.png': sharp(drawn(['51F-311.18'], CAR)).resize(10, 3),
    };
    for (const [name, picture] of Object.entries(pictures)) await picture.toFile(file(name));
    const inputs = Object.keys(pictures).map(file);
    const { code, stderr } = safecity('plates', '--crops', '--country', 'VN', '--input', ...inputs, '--out', file('read.jsonl'));
    expect(stderr).toContain('ms of CPU per picture');
    expect(code).toBe(0);
    for (const line of readFileSync(file('read.jsonl'), 'utf8').trim().split('\n')) {
      const { image, plates } = JSON.parse(line);
      results.set(image, plates);
    }
  }, 60_000);

  it.each([
    { image: 'car.png', text: '51F31118', lines: 1 },
    { image: 'motorcycle.jpg', text: '59E121500', lines: 2 },
    { image: 'blue.png', text: '80B12345', lines: 1 },
    { image: 'cmyk.jpg', text: '51F31118', lines: 1 },
    { image: 'grey.png', text: '51F31118', lines: 1 },
  ])('$image', ({ image, text, lines }) => {
    expect(results.get(image)).toEqual([expect.objectContaining({ text, lines, valid: true })]);
  });

  it.each(['empty.png', 'shop.png', 'phone.png', 'bus.png', 'mirrored.png', 'upside-down.png', 'tiny.png'])(
    '%s holds no plate',
    (image) => {
      expect(results.get(image)?.filter(({ valid }) => valid)).toEqual([]);
    },
  );

  it('a picture cut short is refused by name', async () => {
    const whole = await sharp(drawn(['51F-311.18'], CAR))
      .jpeg()
      .toBuffer();
    writeFileSync(file('cut.jpg'), whole.subarray(0, whole.length / 2));
    const { code, stderr } = safecity('plates', '--input', file('cut.jpg'));
    expect(code).toBe(2);
    expect(stderr).toMatch(/cut\.jpg cannot be decoded \(.+\): give a whole JPEG, PNG or WebP picture/);
  });
});
