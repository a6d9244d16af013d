import { CameraNetworks } from '@safecity/platform';
import { describe, expect, it } from 'vitest';
import { readConfig } from './config.js';

const complete = { NATS_URL: 'nats://127.0.0.1:4222', SAFECITY_DATA_DIR: '/data', SAFECITY_KEY_FILE: '/data/key' };

describe('the environment', () => {
  it('gives a frozen configuration with the default worker id', () => {
    const config = readConfig(complete);
    expect(config).toEqual({
      networks: expect.any(CameraNetworks),
      natsUrl: 'nats://127.0.0.1:4222',
      dataDir: '/data',
      keyFile: '/data/key',
      workerId: 'ingest-1',
      hwaccel: 'off',
      transcodes: 4,
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it.each(Object.keys(complete))('needs %s', (name) => {
    expect(() => readConfig({ ...complete, [name]: '' })).toThrow(name);
  });

  it.each(['-1', '2.5', 'many', '257'])('takes no %s transcodes', (text) => {
    expect(() => readConfig({ ...complete, SAFECITY_TRANSCODES: text })).toThrow(
      `SAFECITY_TRANSCODES must be a whole number 0..256; got "${text}"`,
    );
  });

  it('takes 0 transcodes for none', () => {
    expect(readConfig({ ...complete, SAFECITY_TRANSCODES: '0' }).transcodes).toBe(0);
  });

  it.each(['off', 'auto', 'cuda'])('decodes with %s', (hwaccel) => {
    expect(readConfig({ ...complete, SAFECITY_HWACCEL: hwaccel }).hwaccel).toBe(hwaccel);
  });

  it('knows no other hardware', () => {
    expect(() => readConfig({ ...complete, SAFECITY_HWACCEL: 'vaapi' })).toThrow(
      'SAFECITY_HWACCEL must be one of off, auto, cuda; got "vaapi"',
    );
  });

  it('takes no worker id that NATS reserves', () => {
    expect(() => readConfig({ ...complete, SAFECITY_WORKER_ID: 'a.b' })).toThrow('SAFECITY_WORKER_ID');
  });
});
