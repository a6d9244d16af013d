import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { validateCap } from '@safecity/contracts/cap';
import { availableClips, type CameraSimulator, generateClip, type ReceivedMessage, startCameraSimulator } from '@safecity/fixtures';
import { embeddedPostgresHome } from '@safecity/platform';
import { temporaryDirectory, waitFor } from '@safecity/platform/testing';
import type { Browser, Page } from 'playwright-core';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, openBrowser, screenshot } from './browser.js';
import { isAlive, type RunningDemo, startDemo } from './running-demo.js';

/** One camera suffices: walkers on a campus path, from Debian's opencv-doc package. */
const CAMERA = 'campus';
const clip = (await availableClips()).find(({ id }) => id === 'vtest');
const missing = [
  ...(existsSync(CHROMIUM) ? [] : ['chromium']),
  ...(clip === undefined || clip.availability === 'missing' ? ['the recording vtest'] : []),
];
if (missing.length > 0) process.stderr.write(`end-to-end test skipped: ${missing.join(' and ')} missing\n`);

const data = temporaryDirectory('e2e');
const dataDir = join(data.path, 'data');
let demo: RunningDemo;
let browser: Browser;
let simulator: CameraSimulator | undefined;
let page: Page;

/** The demo's own database, reached as its services reach it. */
function openDatabase() {
  const home = embeddedPostgresHome(dataDir);
  const port = readFileSync(join(home, 'data', 'postmaster.pid'), 'utf8').split('\n')[3];
  const password = readFileSync(join(home, 'password'), 'utf8');
  return postgres(`postgres://safecity:${encodeURIComponent(password)}@127.0.0.1:${port}/safecity`, { max: 1 });
}

async function received(): Promise<ReceivedMessage[]> {
  const answer = (await (await fetch(`${demo.eocUrl}/messages`)).json()) as { messages: ReceivedMessage[] };
  return answer.messages;
}

async function signIn(): Promise<void> {
  await page.goto(demo.url);
  await page.getByTestId('login-username').fill('admin');
  await page.getByTestId('login-password').fill(demo.adminPassword);
  await page.getByTestId('login-submit').click();
  await page.getByTestId(`tile-${CAMERA}`).waitFor();
}

describe.skipIf(missing.length > 0)('from a simulated camera to the desks', { timeout: 120_000 }, () => {
  let alertId = '';

  beforeAll(async () => {
    demo = await startDemo(dataDir, CAMERA);
    // Off from the beginning: whatever is sent must wait, and arrive once.
    demo.tell('eoc-off');
    browser = await openBrowser();
    page = await browser.newPage({ viewport: { width: 1600, height: 900 } });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    if (demo?.pids().some(isAlive)) await demo.interrupt();
    await simulator?.close();
    rmSync(embeddedPostgresHome(dataDir), { recursive: true, force: true });
    data.remove();
  }, 60_000);

  test('the wall plays the camera, says that it is simulated, and draws tracks', async () => {
    await signIn();
    const video = page.getByTestId(`video-${CAMERA}`);
    const position = () => video.evaluate((element) => (element as unknown as { currentTime: number }).currentTime);
    const before = await waitFor(position, { timeoutMs: 20_000, what: 'the video to play' });
    await waitFor(async () => (await position()) > before + 1, { timeoutMs: 10_000, what: 'the video to go on' });
    await waitFor(async () => Number(await page.getByTestId(`overlay-${CAMERA}`).getAttribute('data-track-count')) > 0, {
      timeoutMs: 20_000,
      what: 'tracks over the video',
    });
    const tile = await page.getByTestId(`tile-${CAMERA}`).textContent();
    expect(tile).toContain('MÔ PHỎNG');
    expect(tile).not.toContain('TRỰC TIẾP');
    await screenshot(page, 'wall');
  });

  test('an alert with its reason is in the list and in the database', async () => {
    const row = page.locator('[data-testid^="alert-"][data-type="crowd-occupancy"]').first();
    await row.waitFor({ timeout: 60_000 });
    alertId = ((await row.getAttribute('data-testid')) as string).replace('alert-', '');
    const sql = openDatabase();
    const rows = await sql`select id, state, camera_id from alerts where id = ${alertId}`;
    await sql.end();
    expect(rows).toEqual([{ id: alertId, state: 'new', camera_id: CAMERA }]);
    expect(await row.textContent()).toMatch(/người/);
    await screenshot(page, 'alerts');
  });

  test('it opens with stills at full resolution', async () => {
    await page.goto(`${demo.url}/alerts/${alertId}`);
    const still = page.getByTestId('still-raised');
    await still.waitFor({ timeout: 30_000 });
    const widthPx = await waitFor(() => still.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth), {
      what: 'the still to load',
    });
    expect(widthPx).toBe(768);
    expect(await page.getByTestId('alert-reason').textContent()).toMatch(/\d/);
    await screenshot(page, 'alert');
  });

  test('its tracks are found, and a changed rule is rehearsed on their archive', async () => {
    const json = async (path: string) => (await page.request.get(`${demo.url}/api/v1${path}`)).json() as Promise<Record<string, unknown>>;
    const tracks = await waitFor(
      async () => {
        const found = (await json(`/tracks?cameraId=${CAMERA}&class=person`))['tracks'] as { firstMs: number }[];
        return found.length > 3 ? found : null;
      },
      { timeoutMs: 40_000, what: 'finished tracks' },
    );
    const [archive, cameraFile] = [join(data.path, 'archive.jsonl'), join(data.path, 'camera.json')];
    const fromMs = (tracks.at(-1)?.firstMs ?? 0) - 60_000;
    const answer = await page.request.get(`${demo.url}/api/v1/cameras/${CAMERA}/archive?fromMs=${fromMs}&toMs=${Date.now()}`);
    writeFileSync(archive, await answer.text());
    const camera = (await json(`/cameras/${CAMERA}`))['camera'] as { rules: { id: string; type: string; minCount?: number }[] };
    const crowd = camera.rules.find(({ type }) => type === 'crowd-occupancy');
    const rehearse = (minCount: number) => {
      writeFileSync(cameraFile, JSON.stringify({ ...camera, rules: [{ ...crowd, minCount }] }));
      const program = join(import.meta.dirname, '..', '..', 'cli', 'bin', 'safecity.mjs');
      const { stdout } = spawnSync(process.execPath, [program, 'backtest', '--camera', cameraFile, '--tracks', archive], {
        encoding: 'utf8',
      });
      return (JSON.parse(stdout) as { rules: { rule: string; now: number; before: number }[] }).rules.find(
        ({ rule }) => rule === crowd?.id,
      );
    };
    expect(rehearse(1)?.now).toBeGreaterThan(0);
    expect(rehearse(1)?.before).toBeGreaterThan(0);
    expect(rehearse(60)?.now).toBe(0);
  });

  test('the centre that was away gets it as CAP 1.2, an exercise, once', async () => {
    await waitFor(async () => (await page.getByTestId('delivery').first().getAttribute('data-state')) === 'waiting', {
      timeoutMs: 20_000,
      what: 'a waiting delivery',
    });
    demo.tell('eoc-on');
    await waitFor(async () => (await received()).some(({ alert }) => alert.incidents?.includes(alertId)), {
      timeoutMs: 45_000,
      what: 'the message at the EOC inbox',
    });
    const messages = (await received()).filter(({ alert }) => alert.incidents?.includes(alertId) && alert.msgType === 'Alert');
    expect(messages).toHaveLength(1);
    const checked = validateCap(await (await fetch(`${demo.eocUrl}/messages/${messages[0]?.receiptId}.xml`)).text());
    expect(checked).toMatchObject({ ok: true, alert: { status: 'Exercise', msgType: 'Alert' } });
    expect(checked.ok && checked.alert.note).toBeTruthy();
    await waitFor(async () => (await page.getByTestId('delivery').first().getAttribute('data-state')) === 'sent', {
      timeoutMs: 20_000,
      what: 'the receipt in the console',
    });
    await page.goto(demo.eocUrl);
    await screenshot(page, 'eoc-inbox');
  });

  test('one key acknowledges it', async () => {
    await page.goto(demo.url);
    await page.getByTestId(`alert-${alertId}`).click();
    await page.keyboard.press('a');
    await waitFor(async () => (await page.getByTestId(`alert-state-${alertId}`).first().getAttribute('data-state')) === 'acknowledged', {
      what: 'the new state',
    });
  });

  test('a camera in H.265, which this browser cannot play, is shown transcoded', async () => {
    const clip = await generateClip({ widthPx: 1280, heightPx: 720, codec: 'h265', directory: data.path });
    simulator = await startCameraSimulator({ cameras: [{ path: 'h265', clip }] });
    const { csrfToken } = (await (await page.request.get(`${demo.url}/api/v1/session`)).json()) as { csrfToken: string };
    const camera = { id: 'h265', name: 'H.265', source: { url: simulator.url('h265') } };
    const headers = { 'x-csrf-token': csrfToken };
    expect((await page.request.post(`${demo.url}/api/v1/cameras`, { data: { camera }, headers })).status()).toBe(201);
    await page.goto(demo.url);
    const screen = page.getByTestId('transcoded-h265');
    await screen.waitFor({ timeout: 20_000 });
    const picture = () => screen.evaluate((canvas) => (canvas as unknown as { toDataURL(): string }).toDataURL());
    const shown = new Set<string>();
    await waitFor(async () => shown.add(await picture()).size > 5, { timeoutMs: 20_000, what: 'pictures that move' });
    const tile = page.getByTestId('tile-h265');
    expect(await tile.textContent()).toContain('Chuyển mã từ H.265');
    expect(await tile.getAttribute('data-label')).toBe('simulated');
    await waitFor(async () => (await tile.getAttribute('data-stale')) === 'false', { timeoutMs: 30_000, what: 'a fresh picture' });
    await screenshot(page, 'transcoded');
    await page.request.delete(`${demo.url}/api/v1/cameras/h265`, { headers });
  });

  test('an unplugged camera ages on the wall within 3 s and comes back by itself', async () => {
    await page.goto(demo.url);
    await page.getByTestId(`tile-${CAMERA}`).waitFor();
    const age = page.getByTestId(`tile-age-${CAMERA}`);
    await waitFor(async () => !(await age.isVisible()), { timeoutMs: 20_000, what: 'a fresh picture' });
    demo.tell('camera-off', CAMERA);
    await age.waitFor({ timeout: 8_000 });
    await screenshot(page, 'unplugged');
    demo.tell('camera-on', CAMERA);
    await waitFor(async () => !(await age.isVisible()), { timeoutMs: 30_000, what: 'the picture to come back' });
  });

  test('Ctrl-C ends every process, and a second start keeps what was decided', async () => {
    const pids = demo.pids();
    expect(pids.length).toBeGreaterThan(8);
    expect(await demo.interrupt()).toBe(0);
    await waitFor(() => pids.every((pid) => !isAlive(pid)), { what: 'every process to be gone' });
    demo = await startDemo(dataDir, CAMERA);
    // The session of the first run is kept too: nobody has to sign in again.
    await page.goto(`${demo.url}/alerts/${alertId}`);
    const state = page.getByTestId('alert-detail').locator('[data-state]').first();
    await waitFor(async () => (await state.getAttribute('data-state')) === 'acknowledged', {
      timeoutMs: 20_000,
      what: 'the decision of the first run',
    });
    const again = demo.pids();
    expect(await demo.interrupt()).toBe(0);
    await waitFor(() => again.every((pid) => !isAlive(pid)), { what: 'every process to be gone' });
  });
});
