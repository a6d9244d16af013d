import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { redactCredentials } from './logging.js';
import { issueInternalToken, loadOrCreateKey, openSecret, sealSecret, verifyInternalToken } from './secrets.js';
import { temporaryDirectory } from './testing/index.js';

const directory = temporaryDirectory('secrets');
afterAll(() => directory.remove());
const key = loadOrCreateKey(join(directory.path, 'deep', 'site.key'));

describe('site key', () => {
  test('is 32 bytes, private, and the same when read again', () => {
    const file = join(directory.path, 'deep', 'site.key');
    expect(key).toHaveLength(32);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(loadOrCreateKey(file).equals(key)).toBe(true);
  });

  test('of another length is refused', () => {
    const file = join(directory.path, 'short.key');
    writeFileSync(file, 'short');
    expect(() => loadOrCreateKey(file)).toThrow('holds 5 bytes instead of 32');
  });
});

describe('sealed secrets', () => {
  test('open with the key and differ each time', () => {
    const sealed = sealSecret(key, 'admin:p@ss:wörd');
    expect(openSecret(key, sealed)).toBe('admin:p@ss:wörd');
    expect(sealSecret(key, 'admin:p@ss:wörd')).not.toBe(sealed);
  });

  test.each([
    ['another key', (sealed: string) => openSecret(Buffer.alloc(32, 1), sealed)],
    ['a changed byte', (sealed: string) => openSecret(key, `${sealed.slice(0, 20)}${sealed[20] === 'A' ? 'B' : 'A'}${sealed.slice(21)}`)],
    ['nothing', () => openSecret(key, '')],
  ])('with %s are refused', (_name, open) => {
    expect(() => open(sealSecret(key, 'secret'))).toThrow('cannot be opened with this key');
  });
});

describe('internal tokens', () => {
  const token = issueInternalToken(key, 'live:cam1', 1000, 50_000);
  test.each([
    ['just issued', token, 'live:cam1', 50_000, true],
    ['a millisecond before expiry', token, 'live:cam1', 50_999, true],
    ['at expiry', token, 'live:cam1', 51_000, false],
    ['for another scope', token, 'live:cam2', 50_000, false],
    ['with a later expiry written in', token.replace('51000', '99000'), 'live:cam1', 50_000, false],
    ['empty', '', 'live:cam1', 50_000, false],
    ['without a signature', '99000', 'live:cam1', 50_000, false],
  ])('%s', (_name, given, scope, nowMs, expected) => {
    expect(verifyInternalToken(key, given, scope, nowMs)).toBe(expected);
  });
});

test.each([
  ['rtsp://admin:secret@10.0.0.1:554/x', 'rtsp://***@10.0.0.1:554/x'],
  ['open nats://u:p@h and postgres://a:b@c/d', 'open nats://***@h and postgres://***@c/d'],
  ['rtsp://a:p@ss@host/x', 'rtsp://***@host/x'],
  ['mail a@b.c stays', 'mail a@b.c stays'],
  ['rtsp://10.0.0.1/x?y=1@2 has no user', 'rtsp://10.0.0.1/x?y=1@2 has no user'],
])('credentials in "%s" are blanked', (text, expected) => {
  expect(redactCredentials(text)).toBe(expected);
});
