import { describe, expect, it } from 'vitest';
import { readSettings } from './config.js';

const MODELS = { SAFECITY_MODELS: '/m/a-16x8.onnx' };

describe('readSettings', () => {
  it('has a default for everything but the models', () => {
    expect(readSettings(MODELS)).toEqual({
      modelPaths: ['/m/a-16x8.onnx'],
      sessions: undefined,
      provider: 'cpu',
      shares: {},
      listen: { kind: 'sockets', directory: undefined },
      hungRunMs: 2000,
    });
  });

  it('reads every setting', () => {
    const env = {
      SAFECITY_MODELS: ' /m/a.onnx, /m/b.onnx,,/m/a.onnx',
      SAFECITY_SESSIONS: '3',
      SAFECITY_PROVIDER: 'tensorrt',
      SAFECITY_INFERENCE_LISTEN: '10.0.0.7:8100',
      SAFECITY_SOCKET_DIR: '/run/safecity',
      SAFECITY_HUNG_RUN_MS: '5000',
      SAFECITY_MODEL_SHARES: 'a=3, plate-text=0.5',
    };
    expect(readSettings(env)).toEqual({
      modelPaths: ['/m/a.onnx', '/m/b.onnx'],
      sessions: 3,
      provider: 'tensorrt',
      shares: { a: 3, 'plate-text': 0.5 },
      listen: { kind: 'tcp', host: '10.0.0.7', basePort: 8100 },
      hungRunMs: 5000,
    });
  });

  it.each([
    { listen: 'gpu-1:80', expected: { host: 'gpu-1', basePort: 80 } },
    { listen: '[fd00::1]:8000', expected: { host: 'fd00::1', basePort: 8000 } },
  ])('reads the address $listen', ({ listen, expected }) => {
    expect(readSettings({ ...MODELS, SAFECITY_INFERENCE_LISTEN: listen }).listen).toEqual({ kind: 'tcp', ...expected });
  });

  it.each([
    { name: 'no models', env: {}, message: 'SAFECITY_MODELS must list prepared .onnx files, separated by commas; got nothing' },
    { name: 'another file', env: { SAFECITY_MODELS: '/m/a.pt' }, message: 'SAFECITY_MODELS must list .onnx files; got "/m/a.pt"' },
    {
      name: 'no sessions',
      env: { ...MODELS, SAFECITY_SESSIONS: '0' },
      message: 'SAFECITY_SESSIONS must be a whole number from 1 to 256; got "0"',
    },
    {
      name: 'half a session',
      env: { ...MODELS, SAFECITY_SESSIONS: '1.5' },
      message: 'SAFECITY_SESSIONS must be a whole number from 1 to 256; got "1.5"',
    },
    {
      name: 'a provider nobody has',
      env: { ...MODELS, SAFECITY_PROVIDER: 'npu' },
      message: 'SAFECITY_PROVIDER must be one of cpu, cuda, tensorrt; got "npu"',
    },
    {
      name: 'no port',
      env: { ...MODELS, SAFECITY_INFERENCE_LISTEN: 'gpu-1' },
      message: 'SAFECITY_INFERENCE_LISTEN must be host:port; got "gpu-1"',
    },
    {
      name: 'an address nobody can reach',
      env: { ...MODELS, SAFECITY_INFERENCE_LISTEN: '0.0.0.0:8000' },
      message: 'SAFECITY_INFERENCE_LISTEN must name the address that clients reach, which is announced to them; got "0.0.0.0:8000"',
    },
  ])('refuses $name', ({ env, message }) => {
    expect(() => readSettings(env)).toThrow(expect.objectContaining({ code: 'INFERENCE_CONFIG_INVALID', message }));
  });
});
