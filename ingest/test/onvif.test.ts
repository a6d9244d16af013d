import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type OfferedProfile, type OnvifDeviceOptions, probeMatches, type RunningOnvifDevice, startOnvifDevice } from '@safecity/fixtures';
import { CameraNetworks } from '@safecity/platform';
import { afterEach, describe, expect, it } from 'vitest';
import { type LookUpOptions, lookUpStreams } from '../src/onvif/look-up.js';
import { devicesIn, searchNetwork } from '../src/onvif/search-network.js';

const main: OfferedProfile = {
  ...{ token: 'main', name: 'Luồng chính', url: 'rtsp://127.0.0.1:8554/main?x=1', codec: 'H264' },
  ...{ widthPx: 1920, heightPx: 1080, fps: 25 },
};
const sub = { ...main, token: 'sub', name: 'Sub', url: 'rtsp://admin:hidden@192.168.1.9:8554/sub', widthPx: 640, heightPx: 360, fps: 10 };
const credentials = { username: 'admin', password: 'secret' };
const devices: RunningOnvifDevice[] = [];
afterEach(async () => {
  for (const device of devices.splice(0)) await device.close();
});

async function device(options: Partial<OnvifDeviceOptions> = {}): Promise<RunningOnvifDevice> {
  const started = await startOnvifDevice({ profiles: [main, sub], ...options });
  devices.push(started);
  return started;
}

const ask = (address: string, options: Partial<LookUpOptions> = {}) =>
  lookUpStreams({ address }, { credentials: null, networks: undefined, timeLimitMs: 8000, ...options });

describe('streams of an ONVIF device', () => {
  it('are told with codec, size and rate, at the host that was asked and without credentials', async () => {
    const { address } = await device({ credentials });
    const found = await ask(address, { credentials: 'admin:secret' });
    expect(found).toEqual({
      ok: true,
      profiles: [
        { ...main, url: 'rtsp://127.0.0.1:8554/main?x=1' },
        { ...sub, url: 'rtsp://127.0.0.1:8554/sub' },
      ],
    });
  });

  it('are not told for a wrong password', async () => {
    const { address } = await device({ credentials });
    for (const wrong of ['admin:wrong-secret', null]) {
      const refused = await ask(address, { credentials: wrong });
      expect(refused).toMatchObject({ ok: false, problem: { code: 'INGEST_ONVIF_UNAUTHORIZED' } });
      expect(JSON.stringify(refused)).not.toContain('wrong-secret');
    }
  });

  it.each([
    { manner: 'garbage', code: 'INGEST_ONVIF_INVALID' },
    { manner: 'hostile', code: 'INGEST_ONVIF_INVALID' },
    { manner: 'redirects', code: 'INGEST_ONVIF_INVALID' },
    { manner: 'silent', code: 'INGEST_ONVIF_NO_ANSWER' },
  ] as const)('$manner: $code', async ({ manner, code }) => {
    const { address } = await device({ manner });
    expect(await ask(address, { timeLimitMs: 3000 })).toMatchObject({ ok: false, problem: { code } });
  });

  it('an answer without end harms nobody', async () => {
    const { address } = await device({ manner: 'endless' });
    const before = process.memoryUsage().rss;
    expect(await ask(address, { timeLimitMs: 3000 })).toMatchObject({ ok: false });
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  });

  it('are asked for at the address that was checked, whatever the device says', async () => {
    let visits = 0;
    const inside = createServer((_request, response) => {
      visits++;
      response.end();
    });
    await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve));
    const { address } = await device({ mediaAddress: `http://127.0.0.1:${(inside.address() as AddressInfo).port}/inside` });
    expect(await ask(address)).toMatchObject({ ok: true });
    expect(visits).toBe(0);
    await new Promise((resolve) => inside.close(resolve));
  });

  it('are not asked for outside the networks of cameras, nor where nothing listens', async () => {
    const gone = await device();
    const networks = CameraNetworks.parse('10.0.0.0/8', async () => ['127.0.0.1']);
    for (const address of [gone.address, 'http://camera.example/onvif/device_service']) {
      expect(await ask(address, { networks })).toMatchObject({ ok: false, problem: { code: 'INGEST_CAMERA_ADDRESS_REFUSED' } });
    }
    expect(gone.connections).toBe(0);
    const { address } = await startOnvifDevice({ profiles: [] }).then(async (stopped) => {
      await stopped.close();
      return stopped;
    });
    expect(await ask(address)).toMatchObject({ ok: false, problem: { code: 'INGEST_ONVIF_REFUSED' } });
  });
});

describe('a search of the network', () => {
  it('lists who answers, at the address that answered', async () => {
    const { address, discoveryPort } = await device();
    const found = await searchNetwork({ timeLimitMs: 900, target: { host: '127.0.0.1', port: discoveryPort } });
    expect(found).toEqual([{ address, name: 'Cổng chính', hardware: 'SIM-1' }]);
  });

  const id = '00000000-0000-4000-8000-000000000001';
  const good = probeMatches(`<MessageID>urn:uuid:${id}</MessageID>`, 'http://127.0.0.1:80/x');
  it.each([
    { name: 'a good answer', answer: good, from: '127.0.0.1', count: 1 },
    {
      name: 'an answer to another question',
      answer: good.replace(id, `${id.slice(0, -1)}2`),
      from: '127.0.0.1',
      count: 0,
    },
    { name: 'a host that speaks for another', answer: good, from: '127.0.0.2', count: 0 },
    { name: 'no XML', answer: '\u0000\u0001', from: '127.0.0.1', count: 0 },
    { name: 'entities', answer: `<!DOCTYPE x [<!ENTITY a "b">]>${good}`, from: '127.0.0.1', count: 0 },
    { name: 'too deep', answer: '<a>'.repeat(5000), from: '127.0.0.1', count: 0 },
    { name: 'too long', answer: good + ' '.repeat(40_000), from: '127.0.0.1', count: 0 },
  ])('$name: $count', ({ answer, from, count }) => {
    expect(devicesIn(answer, id, from)).toHaveLength(count);
  });
});
