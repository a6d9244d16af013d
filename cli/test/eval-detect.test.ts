import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SAFECITY = fileURLToPath(new URL('../bin/safecity.mjs', import.meta.url));
const folder = temporaryDirectory('eval-detect-');
const detections = join(folder.path, 'found.jsonl');

beforeAll(() => {
  mkdirSync(join(folder.path, 'labels'));
  writeFileSync(join(folder.path, 'classes.txt'), 'person\nbicycle\ncar\nmotorcycle\n');
  writeFileSync(join(folder.path, 'labels', 'a.txt'), '2 0.25 0.25 0.5 0.5\n3 0.75 0.75 0.1 0.1\n');
  const line = {
    image: 'a.jpg',
    width: 200,
    height: 100,
    detections: [
      { class: 'car', score: 0.9, box: [0, 0, 100, 50] },
      { class: 'bicycle', score: 0.8, box: [140, 70, 160, 80] },
    ],
  };
  writeFileSync(detections, `${JSON.stringify(line)}\n`);
});
afterAll(() => folder.remove());

describe('eval detect', () => {
  it('scores classes and groups in pixels of the picture', () => {
    const text = execFileSync(process.execPath, [SAFECITY, 'eval', 'detect', '--truth', folder.path, '--detections', detections], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const { pictures, classes } = JSON.parse(text);
    const ap = Object.fromEntries(classes.map((row: { class: string; ap: number }) => [row.class, row.ap]));
    expect(pictures).toBe(1);
    // A bicycle where a motorcycle is: wrong as a class, right as a two-wheeler.
    expect(ap).toEqual({ car: 1, motorcycle: 0, 'two-wheeler': 1, vehicle: 1 });
  });

  it('names the line that is not one of detect', () => {
    writeFileSync(join(folder.path, 'bad.jsonl'), 'no json\n');
    const result = spawnSync(
      process.execPath,
      [SAFECITY, 'eval', 'detect', '--truth', folder.path, '--detections', join(folder.path, 'bad.jsonl')],
      { encoding: 'utf8' },
    );
    expect(result.status).toBe(2);
    expect(result.stderr).toContain('bad.jsonl, line 1');
  });
});
