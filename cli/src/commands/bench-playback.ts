import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { median, percentile, seeded } from '@safecity/bench';
import { parseCamera } from '@safecity/contracts';
import { generateClip } from '@safecity/fixtures';
import { fragmentedFile, startIngestWorker, writeRecording } from '@safecity/ingest';
import { connectBus, createLogger, loadOrCreateKey } from '@safecity/platform';
import { temporaryDirectory } from '@safecity/platform/testing';
import { createUser, DEFAULT_SITE, migrate, provisionSite } from '@safecity/vms-api';
import type { Command } from 'commander';
import { withOwnServers } from '../own-servers.js';
import { Progress } from '../progress.js';
import { clickTimes } from './playback-browser.js';
import { positive } from './positive.js';

interface Options {
  seeks: string;
  clicks: string;
  browser: string;
}

/** Made-up cameras: an hour as a street camera sends it, the same in H.265, and a day of many small segments for the timeline. */
const HOUR = {
  cameraId: 'hour',
  segments: 60,
  clip: { widthPx: 1920, heightPx: 1080, fps: 25, durationS: 60, gopS: 2, bitrateKbps: 4000 },
};
const H265 = { ...HOUR, cameraId: 'h265', clip: { ...HOUR.clip, codec: 'h265' as const } };
const DAY = { cameraId: 'day', segments: 1440, clip: { widthPx: 160, heightPx: 96, fps: 5, durationS: 60, gopS: 1, bitrateKbps: 40 } };
const CAMERAS = [HOUR, H265, DAY];
const SEGMENT_MS = 60_000;
const TRANSCODES = 2;
const PLAYBACK_USER = { username: 'bench', password: randomBytes(24).toString('base64url') };

function site() {
  const cameras = CAMERAS.map(({ cameraId }) =>
    parseCamera({ id: cameraId, name: cameraId, unitId: 'all', source: { url: 'rtsp://127.0.0.1:1/none' } }),
  );
  const units = [{ id: 'all', name: { vi: 'Tất cả', en: 'All' } }];
  return { facts: DEFAULT_SITE, units, cameras: cameras.map((camera) => ({ ...camera })) };
}

/** Records all cameras up to `endMs` without a gap. */
async function record(dataDir: string, endMs: number, progress: Progress): Promise<void> {
  for (const { cameraId, segments, clip } of CAMERAS) {
    progress.step(`recording ${segments} minutes of ${cameraId}`);
    const file = await fragmentedFile((await generateClip(clip)).path);
    const startsMs = Array.from({ length: segments }, (_, index) => endMs - (segments - index) * SEGMENT_MS);
    await writeRecording(dataDir, cameraId, file, startsMs);
  }
}

async function signIn(url: string): Promise<string> {
  const body = JSON.stringify(PLAYBACK_USER);
  const response = await fetch(`${url}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  if (!response.ok) throw new Error(`cannot sign in: ${response.status} ${await response.text()}`);
  return (response.headers.get('set-cookie') ?? '').split(';')[0] as string;
}

/** Asks until ingest holds the cameras. */
async function held(ask: (path: string) => Promise<Response>, path: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if ((await ask(path)).ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('the ingest worker does not hold the cameras');
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const beganMs = performance.now();
  await work();
  return performance.now() - beganMs;
}

const figures = (values: number[]) => ({ p50: percentile(values, 50), p95: percentile(values, 95), count: values.length });

/** Times requests of pieces at random times of the hour, and of the timeline of a day. */
async function measure(url: string, endMs: number, seeks: number) {
  const cookie = await signIn(url);
  const ask = (path: string) => fetch(`${url}/api/v1/cameras/${path}`, { headers: { cookie } });
  const whole = async (path: string) => {
    const response = await ask(path);
    const bytes = (await response.arrayBuffer()).byteLength;
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return bytes;
  };
  const day = `day/recording/timeline?fromMs=${endMs - DAY.segments * SEGMENT_MS}&toMs=${endMs}&steps=600`;
  await held(ask, 'hour/recording/timeline?fromMs=1&toMs=2');
  let dayBytes = 0;
  const firstDayMs = await timed(async () => {
    dayBytes = await whole(day);
  });
  const random = seeded(1);
  const anyMs = () => Math.round(endMs - random() * HOUR.segments * SEGMENT_MS);
  const sample = async (path: () => string) => {
    const values: number[] = [];
    for (let run = 0; run < seeks; run++) values.push(await timed(() => whole(path())));
    return figures(values);
  };
  return {
    firstGroupMs: await sample(() => `hour/recording/play?fromMs=${anyMs()}&forMs=1`),
    transcodedFirstPieceMs: await sample(() => `h265/recording/play?fromMs=${anyMs()}&forMs=1&plays=h264`),
    keyframesOfMinuteMs: await sample(() => `hour/recording/play?fromMs=${anyMs()}&forMs=60000&pictures=keyframes`),
    dayTimelineMs: { first: firstDayMs, bytes: dayBytes, ...(await sample(() => day)) },
  };
}

async function bench(options: Options): Promise<void> {
  const progress = new Progress();
  const logger = createLogger('bench', { write: () => undefined });
  const [seeks, clicks] = [positive('seeks', options.seeks), positive('clicks', options.clicks)];
  const data = temporaryDirectory('bench-playback');
  const endMs = Math.floor(Date.now() / SEGMENT_MS) * SEGMENT_MS;
  try {
    await record(data.path, endMs, progress);
    await withOwnServers({ name: 'bench-playback', durable: false, logger }, async ({ natsUrl, databaseUrl, sql, keyFile, startApi }) => {
      await migrate(sql);
      await provisionSite({ databaseUrl, keyFile, site: site() });
      await createUser({ databaseUrl, ...PLAYBACK_USER, displayName: 'Bench', role: 'operator', unitId: 'all' });
      const consoleDirectory = dirname(createRequire(import.meta.url).resolve('@safecity/console/dist'));
      const api = await startApi({ settings: { version: 'bench', demo: false, secureCookies: false, consoleDirectory } });
      const bus = await connectBus({ url: natsUrl, name: 'bench-ingest', logger });
      const inference = { model: () => null, infer: () => Promise.reject(new Error('no picture is analysed')) };
      const key = loadOrCreateKey(keyFile);
      const worker = await startIngestWorker({
        bus,
        inference,
        key,
        dataDir: data.path,
        workerId: 'bench',
        transcodes: TRANSCODES,
        logger,
      });
      try {
        progress.step('asking for random times');
        const served = await measure(api.url, endMs, seeks);
        progress.step('clicking in the browser');
        const span = { fromMs: endMs - HOUR.segments * SEGMENT_MS, toMs: endMs };
        const clicked = (cameraId: string) =>
          clickTimes({ executablePath: options.browser, url: api.url, user: PLAYBACK_USER, cameraId, span, clicks }).then((times) =>
            'missing' in times ? times.missing : { median: median(times.values), ...figures(times.values) },
          );
        const clickToPictureMs = await clicked(HOUR.cameraId);
        progress.step('clicking in a recording that is transcoded, where the browser does not play H.265');
        const h265ClickToPictureMs = await clicked(H265.cameraId);
        const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}`;
        process.stdout.write(`${JSON.stringify({ machine, ...served, clickToPictureMs, h265ClickToPictureMs }, null, 1)}\n`);
      } finally {
        await worker.close();
        await bus.close();
      }
    });
  } finally {
    data.remove();
  }
}

/** Adds `safecity bench playback`. */
export function registerBenchPlayback(parent: Command): void {
  parent
    .command('playback')
    .description(
      'recordings through the API: from a request to the first group of pictures (also transcoded), a minute of keyframes, the timeline of a day; in Chromium from a click to the picture, of H.264 and of H.265',
    )
    .option('--seeks <n>', 'random times asked for', '100')
    .option('--clicks <n>', 'clicks on the timeline', '20')
    .option('--browser <path>', 'Chromium', '/usr/bin/chromium')
    .action(bench);
}
