import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RECORDING_DEFAULTS } from '@safecity/contracts';
import { generateClip } from '@safecity/fixtures';
import { fragmentedFile, type RunningWorker, startIngestWorker, writeRecording } from '@safecity/ingest';
import { type Bus, connectBus } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeAlert } from '../../vms-api/src/alerts/alert-intake.js';
import type { RunningApi } from '../../vms-api/src/api.js';
import { aFinding, anAlert } from '../../vms-api/src/testing/builders.js';
import { aCamera, type Harness, PASSWORD, quiet, startHarness } from '../../vms-api/test/harness.js';
import { CHROMIUM, openBrowser, screenshot } from './browser.js';

const consoleDirectory = join(import.meta.dirname, '..', '..', 'console', 'dist');
const missing = [CHROMIUM, join(consoleDirectory, 'index.html')].find((path) => !existsSync(path));
if (missing) process.stderr.write(`playback in a browser is not tested: ${missing} is missing\n`);

/** Half a minute, a gap of a minute, half a minute; a picture every 40 ms. */
const FIRST_MS = Math.floor(Date.now() / 1000) * 1000 - 7_200_000;
const CLIP_MS = 30_000;
const SECOND_MS = FIRST_MS + 90_000;
const STEP_MS = 40;

let harness: Harness;
let bus: Bus;
let worker: RunningWorker;
let api: RunningApi;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  if (missing) return;
  harness = await startHarness();
  bus = await connectBus({ url: harness.natsUrl, name: 'ingest', logger: quiet });
  const size = { widthPx: 320, heightPx: 180, durationS: CLIP_MS / 1000, fps: 25, gopS: 2 };
  const clip = await generateClip({ ...size, directory: harness.dataDirectory });
  await writeRecording(harness.dataDirectory, 'cam-past', await fragmentedFile(clip.path), [FIRST_MS, SECOND_MS]);
  const h265 = await generateClip({ ...size, durationS: 8, codec: 'h265', directory: harness.dataDirectory });
  await writeRecording(harness.dataDirectory, 'cam-h265', await fragmentedFile(h265.path), [FIRST_MS]);
  worker = await startIngestWorker({
    ...{ bus, key: harness.key, dataDir: harness.dataDirectory, workerId: 'ingest-1', transcodes: 1, logger: quiet },
    inference: { model: () => null, infer: () => Promise.reject(new Error('not asked for')) },
  });
  const admin = await harness.client('admin');
  for (const id of ['cam-past', 'cam-h265']) {
    const source = { url: 'rtsp://127.0.0.1:1/none' };
    const camera = aCamera({ id, unitId: 'ward-a', source, rules: [], recording: RECORDING_DEFAULTS });
    await admin.json('POST', '/cameras', { camera }, 201);
  }
  const startMs = SECOND_MS + 20_000;
  const finding = aFinding({ cameraId: 'cam-past', startMs, raisedAtMs: startMs });
  await takeAlert(harness.sql, anAlert({ cameraId: 'cam-past', startMs, findings: [finding] }), Date.now());
  api = await harness.startApi({ settings: { version: 'test', demo: false, secureCookies: false, consoleDirectory } });
  browser = await openBrowser();
  page = await browser.newPage({ viewport: { width: 1366, height: 768 } });
  await page.goto(api.url);
  await page.locator('input').first().fill('lead-a');
  await page.locator('input[type=password]').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-testid=tile-cam-past]');
});
afterAll(async () => {
  await browser?.close();
  await api?.close();
  await worker?.close();
  await bus?.close();
  await harness?.stop();
});

const stage = () => page.locator('[data-testid=playback-stage]');
/** Capture time of the picture shown, ms after the beginning of the recording. */
const shown = async () => Number(await stage().getAttribute('data-shown-ms')) - FIRST_MS;
const open = async (atMs: number, cameraId = 'cam-past') => {
  await page.goto(`${api.url}/playback/${cameraId}?at=${FIRST_MS + atMs}`);
  await page.waitForSelector('[data-testid=playback-stage][data-state=playing]');
};
const reaches = (least: number, most: number) =>
  waitFor(async () => {
    const ms = await shown();
    return ms >= least && ms <= most ? ms : null;
  });

describe.skipIf(missing)('playback in a browser', () => {
  it('begins at the time of the address, and steps picture by picture, also back over a keyframe', async () => {
    await open(10_000);
    await reaches(10_000, 12_000);
    await page.keyboard.press('k');
    await page.waitForSelector('[data-testid=playback-stage][data-state=paused]');
    const first = await shown();
    await page.keyboard.press('ArrowRight');
    await reaches(first + STEP_MS, first + STEP_MS);
    await open(20_010);
    await page.keyboard.press('k');
    await page.waitForSelector('[data-testid=playback-stage][data-state=paused]');
    for (let ms = await shown(); ms > 19_900; ms -= STEP_MS) {
      await page.keyboard.press('ArrowLeft');
      await reaches(ms - STEP_MS, ms - STEP_MS);
    }
    expect(await shown()).toBeLessThan(20_000);
  });

  it('goes where the timeline is clicked, and plays keyframes alone at eight times', async () => {
    const box = await page.locator('[data-testid=timeline]').boundingBox();
    expect(box).not.toBeNull();
    // An hour about the moment that was opened: a minute is a sixtieth of it.
    const shareOf = (ms: number) => 0.5 + (ms - 20_010) / 3_600_000;
    await page.mouse.click((box?.x ?? 0) + (box?.width ?? 0) * shareOf(105_000), (box?.y ?? 0) + 60);
    await reaches(100_000, 110_000);
    await page.keyboard.press(' ');
    await page.locator('[data-testid=rate-8]').click();
    await waitFor(async () => ((await page.evaluate('document.querySelector("video").playbackRate')) === 8 ? true : null));
    // The last keyframe, and not the last picture.
    await reaches(118_000, 118_000);
    await page.locator('[data-testid=rate-1]').click();
  });

  it('shows a gap before it passes over it', async () => {
    await open(CLIP_MS - 1000);
    const gap = page.locator('[data-testid=playback-gap]');
    await gap.waitFor();
    expect(await gap.textContent()).toContain('Không có hình trong 1 phút 00 giây');
    expect(await shown()).toBeLessThan(CLIP_MS);
    await screenshot(page, 'playback-gap');
    await reaches(90_000, 95_000);
  });

  it('shows what the browser cannot play encoded anew, smaller, to the picture', async () => {
    expect(await page.evaluate('MediaSource.isTypeSupported(\'video/mp4; codecs="hvc1.1.6.L120.90"\')')).toBe(false);
    await open(3000, 'cam-h265');
    await page.keyboard.press('k');
    await page.waitForSelector('[data-testid=playback-stage][data-state=paused]');
    const told = await page.locator('[data-testid=playback-transcoded]').textContent();
    expect(told).toBe('H.265 chuyển sang H.264, hình 320×180 (bản ghi 320×180)');
    // Nothing before the first picture is held yet: it is made.
    for (let back = await shown(); back > 2900; back -= STEP_MS) {
      await page.keyboard.press('ArrowLeft');
      await reaches(back - STEP_MS, back - STEP_MS);
    }
    const ms = await shown();
    await page.keyboard.press('ArrowRight');
    await reaches(ms + STEP_MS, ms + STEP_MS);
    await page.locator('[data-testid=rate-8]').click();
    await page.keyboard.press(' ');
    await reaches(6000, 6000);
    await screenshot(page, 'playback-transcoded');
  });

  it('finds the next alert, and marks a stretch that is downloaded with a reason', async () => {
    await open(92_000);
    await reaches(92_000, 95_000);
    await page.keyboard.press('[');
    await page.keyboard.press('n');
    await reaches(100_000, 103_000);
    await page.keyboard.press(']');
    await page.locator('[data-testid=download]').click();
    await page.locator('[data-testid=dialog-reason]').fill('Công an phường yêu cầu');
    const [file] = await Promise.all([page.waitForEvent('download'), page.locator('[data-testid=dialog-send]').click()]);
    expect(file.suggestedFilename()).toMatch(/^cam-past_\d{4}-\d{2}-\d{2}_[\d-]{8}_\d{4}-\d{2}-\d{2}_[\d-]{8}\.mp4$/);
    expect(await page.locator('[data-testid=dialog-done]').textContent()).toMatch(/SHA-256: [0-9a-f]{64}/);
    await screenshot(page, 'playback-download');
  });
});
