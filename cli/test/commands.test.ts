import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { temporaryDirectory } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const scratch = temporaryDirectory('cli');
const file = (name: string) => join(scratch.path, name);

function safecity(...args: string[]) {
  const result = spawnSync(process.execPath, [join(root, 'cli', 'bin', 'safecity.mjs'), ...args], {
    cwd: scratch.path,
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { code: result.status, text: result.stdout + result.stderr };
}

const camera = {
  id: 'cam1',
  name: 'test',
  source: { url: 'rtsp://127.0.0.1:554/x' },
  zones: [
    {
      id: 'z',
      name: 'vùng',
      polygon: [
        [0, 0],
        [1, 1],
        [1, 0],
        [0, 1],
      ],
    },
  ],
};

beforeAll(() => {
  writeFileSync(file('crossing.json'), JSON.stringify(camera));
  writeFileSync(file('rule.json'), JSON.stringify({ ...camera, zones: [], rules: [{ id: 'r', name: 'r', type: 'teleport' }] }));
  writeFileSync(file('good.json'), JSON.stringify({ ...camera, zones: [] }));
  writeFileSync(file('not.json'), '{ not json');
  writeFileSync(file('clip.mp4'), 'this is no video');
  writeFileSync(file('config.json'), JSON.stringify({ prot: 8080 }));
  writeFileSync(file('message.xml'), '<alert/>');
  writeFileSync(file('det.txt'), '1,-1,0,0,10,20,0.9\n');
  writeFileSync(file('bad-det.txt'), '1,-1,0,0\n');
  writeFileSync(file('tracker.json'), JSON.stringify({ highScor: 0.5 }));
  writeFileSync(file('tracker-type.json'), JSON.stringify({ noise: { position: 'much' } }));
});

afterAll(() => scratch.remove());

describe('bad usage and bad input end with 2 and one line that says what, where and how to mend it', () => {
  test.each([
    ['an unknown command', ['fly'], "unknown command 'fly'"],
    ['a missing option', ['detect', '--model', 'nanodet-g'], "required option '--input <path...>' not specified"],
    [
      'a zone that crosses itself',
      ['analyze', '--video', 'clip.mp4', '--camera', 'crossing.json', '--out', 'o'],
      'crosses itself: side 1 meets side 3; move the corners',
    ],
    [
      'an unknown rule',
      ['analyze', '--video', 'clip.mp4', '--camera', 'rule.json', '--out', 'o'],
      'unknown rule type "teleport": available are',
    ],
    ['a camera file that is not JSON', ['analyze', '--video', 'clip.mp4', '--camera', 'not.json', '--out', 'o'], 'not.json is not JSON'],
    [
      'a camera file that is not there',
      ['analyze', '--video', 'clip.mp4', '--camera', 'none.json', '--out', 'o'],
      'there is no file none.json',
    ],
    [
      'a time without its zone',
      ['analyze', '--video', 'clip.mp4', '--camera', 'good.json', '--out', 'o', '--start', '2026-11-22T07:00:00'],
      'is not a time with its zone',
    ],
    ['a corrupt clip', ['analyze', '--video', 'clip.mp4', '--camera', 'good.json', '--out', 'o'], 'clip.mp4 cannot be read as video'],
    ['a clip that is not there', ['detect', '--model', 'nanodet-g', '--input', 'none.mp4'], 'none.mp4'],
    ['a score out of range', ['detect', '--model', 'nanodet-g', '--input', 'clip.mp4', '--min-score', '3'], '--min-score 3 is not a score'],
    ['a size that is none', ['detect', '--model', 'nanodet-g', '--input', 'clip.mp4', '--size', 'big'], '--size big is not a size'],
    ['an unknown model', ['models', 'pull', 'yolo-forty'], 'yolo-forty'],
    ['a port that is none', ['start', '--port', '99999'], '--port 99999 is not a port'],
    ['an unknown role', ['start', '--roles', 'ingest,cook'], 'unknown role "cook"; available are'],
    ['an unknown key in the configuration', ['start', '--config', 'config.json'], 'unknown key prot'],
    ['a CAP message that is none', ['cap', 'validate', 'message.xml'], 'message.xml'],
    ['detections that are not there', ['track', '--detections', 'none.txt', '--out', 'o'], 'there is no file none.txt'],
    [
      'detections that are none',
      ['track', '--detections', 'bad-det.txt', '--out', 'o'],
      'bad-det.txt, line 1: expected frame,id,x,y,w,h,score',
    ],
    ['a rate that is none', ['track', '--detections', 'det.txt', '--out', 'o', '--fps', '0'], '--fps 0 must be a number above 0'],
    ['an unknown tracker option', ['track', '--detections', 'det.txt', '--out', 'o', '--config', 'tracker.json'], 'unknown key highScor'],
    [
      'a tracker option of another type',
      ['track', '--detections', 'det.txt', '--out', 'o', '--config', 'tracker-type.json'],
      'position must be a number, not "much"',
    ],
    [
      'a truth folder without sequences',
      ['eval', 'mot', '--truth', '.', '--results', '.'],
      'has no sequence: expected <sequence>/gt/gt.txt',
    ],
    ['masking of nothing', ['eval', 'masking', '--out', 'o'], 'give pictures (--input), clips (--clip) or labels (--labels)'],
    ['an unknown demo camera action', ['demo', 'explode', '--data', 'nowhere'], 'no demo runs on'],
  ])('%s', (_name, args, message) => {
    const { code, text } = safecity(...args);
    expect(text).toContain(message);
    expect(text).not.toMatch(/\n\s+at /);
    expect(code === 2 || (args[0] === 'demo' && code === 1)).toBe(true);
  });
});

test('a port in use is named with the mend, and nothing is left running', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as { port: number };
  const { code, text } = safecity('start', '--port', String(port), '--data', 'data');
  holder.close();
  expect(code).toBe(1);
  expect(text).toContain(`port ${port} on 127.0.0.1 is in use: end the program that holds it, or choose another with --port`);
});

test('a database that does not answer is named with the mend, without its password', () => {
  const env = { ...process.env, DATABASE_URL: 'postgres://city:s3cret@127.0.0.1:1/safecity' };
  const args = [join(root, 'cli', 'bin', 'safecity.mjs'), 'start', '--port', '0', '--data', 'other'];
  const result = spawnSync(process.execPath, args, { cwd: scratch.path, encoding: 'utf8', timeout: 30_000, env });
  expect(result.status).toBe(1);
  expect(result.stderr).toContain(
    'the database of DATABASE_URL cannot be used: connect ECONNREFUSED 127.0.0.1:1; check the address, user and password',
  );
  expect(result.stderr).not.toContain('s3cret');
});

test.each([
  [[]],
  [['start']],
  [['demo']],
  [['doctor']],
  [['models', 'pull']],
  [['detect']],
  [['track']],
  [['analyze']],
  [['eval', 'mot']],
  [['cap', 'validate']],
  [['bench', 'pipeline']],
])('%j --help explains', (args) => {
  const { code, text } = safecity(...args, '--help');
  expect(code).toBe(0);
  expect(text).toContain('Usage: safecity');
});
