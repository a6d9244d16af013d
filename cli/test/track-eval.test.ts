import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@safecity/platform/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const scratch = temporaryDirectory('cli-track');
const file = (...names: string[]) => join(scratch.path, ...names);

function safecity(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'cli', 'bin', 'safecity.mjs'), ...args], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { code: status, stdout, stderr };
}

/** Two people who walk past each other, one of them half a second behind a pillar. */
const walks = Array.from({ length: 50 }, (_, i) => [
  { frame: i + 1, id: 1, x: 20 + 6 * i, y: 100 },
  { frame: i + 1, id: 2, x: 320 - 5 * i, y: 150 },
]).flat();

beforeAll(() => {
  mkdirSync(file('truth', 'street', 'gt'), { recursive: true });
  mkdirSync(file('truth', 'street', 'det'), { recursive: true });
  mkdirSync(file('results'));
  const text = (rows: typeof walks, score: number, isTruth: boolean) =>
    rows.map(({ frame, id, x, y }) => `${frame},${isTruth ? id : -1},${x},${y},40,100,${score},-1,-1,-1\n`).join('');
  writeFileSync(file('truth', 'street', 'gt', 'gt.txt'), text(walks, 1, true));
  writeFileSync(
    file('truth', 'street', 'det', 'det.txt'),
    text(
      walks.filter(({ frame, id }) => id !== 2 || frame < 20 || frame > 24),
      0.9,
      false,
    ),
  );
  writeFileSync(file('truth', 'street', 'seqinfo.ini'), '[Sequence]\nname=street\nframeRate=10\nseqLength=50\n');
});

afterAll(() => scratch.remove());

test('track writes MOTChallenge results at the rate of seqinfo.ini, and eval mot scores them', () => {
  const tracked = safecity('track', '--detections', file('truth', 'street', 'det', 'det.txt'), '--out', file('results', 'street.txt'));
  expect(tracked.stderr).toContain('50 frames at 10 fps, 2 tracks');
  expect(tracked.code).toBe(0);
  expect(readFileSync(file('results', 'street.txt'), 'utf8')).toMatch(/^(\d+,[12](,[\d.]+){5},-1,-1,-1\n)+$/);

  const scored = safecity('eval', 'mot', '--truth', file('truth'), '--results', file('results'));
  expect(scored.code).toBe(0);
  expect(scored.stderr).toMatch(/MOTA\s+IDF1\s+HOTA/);
  const { sequences } = JSON.parse(scored.stdout) as { sequences: { sequence: string; idSwitches: number; mota: number; idf1: number }[] };
  expect(sequences.map(({ sequence }) => sequence)).toEqual(['street', 'all']);
  // One frame of each is lost to confirmation, five to the pillar.
  expect(sequences[0]).toMatchObject({ idSwitches: 0, mota: 93 });
  expect(sequences[1]?.idf1).toBeGreaterThan(96);
});

test('--fps goes before seqinfo.ini, and --config replaces defaults', () => {
  writeFileSync(file('sure.json'), JSON.stringify({ newTrackScore: 0.95, noise: { position: 0.05 } }));
  const args = ['--detections', file('truth', 'street', 'det', 'det.txt'), '--out', file('none.txt'), '--fps', '20'];
  expect(safecity('track', ...args, '--config', file('sure.json')).stderr).toContain('50 frames at 20 fps, 0 tracks');
  expect(readFileSync(file('none.txt'), 'utf8')).toBe('');
});

test('eval names the sequences there are when one is not', () => {
  const { code, stderr } = safecity('eval', 'mot', '--truth', file('truth'), '--results', file('results'), '--sequences', 'road');
  expect(code).toBe(2);
  expect(stderr).toContain('has no road/gt/gt.txt; it has: street');
});
