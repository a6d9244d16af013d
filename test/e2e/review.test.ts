import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Bus, connectBus } from '@safecity/platform';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FakeInference, startFakeInference } from '../../vms-api/test/fake-inference.js';
import { type Harness, PASSWORD, quiet, startHarness } from '../../vms-api/test/harness.js';
import { aCase, SURE_PLATE } from '../../vms-api/test/review-cases.js';
import { CHROMIUM, openBrowser, screenshot } from './browser.js';

const CONSOLE = fileURLToPath(new URL('../../console/dist', import.meta.url));
const missing = [...(existsSync(CHROMIUM) ? [] : ['chromium']), ...(existsSync(`${CONSOLE}/index.html`) ? [] : ['the built console'])];
if (missing.length > 0) process.stderr.write(`test of the review page skipped: ${missing.join(' and ')} missing\n`);

/** A drawn picture of 1280×720. */
function drawnPicture(): Buffer {
  const { stdout, status } = spawnSync('ffmpeg', [
    '-v',
    'error',
    '-f',
    'lavfi',
    '-i',
    'testsrc2=s=1280x720',
    '-frames:v',
    '1',
    '-f',
    'mjpeg',
    '-',
  ]);
  if (status !== 0) throw new Error('ffmpeg drew no picture');
  return stdout;
}

describe.skipIf(missing.length > 0)('the review page', { timeout: 60_000 }, () => {
  let harness: Harness;
  let bus: Bus;
  let inference: FakeInference;
  let browser: Browser;
  let page: Page;
  let ids: string[] = [];

  beforeAll(async () => {
    harness = await startHarness();
    bus = await connectBus({ url: harness.natsUrl, name: 'test', logger: quiet });
    inference = await startFakeInference(bus, ['nanodet-g']);
    await harness.api.close();
    const settings = { version: 'test', demo: false, secureCookies: false, consoleDirectory: CONSOLE };
    harness.api = await harness.startApi({ settings, random: () => 0.999 });
    const picture = drawnPicture();
    const unsure = { ...SURE_PLATE, confidence: 0.7 };
    const options = [
      {},
      { plate: unsure },
      { type: 'illegal-stop' as const },
      { fineable: { value: false, reasons: [{ vi: 'đèn mô phỏng, không dùng để xử phạt', en: 'simulated signal, not fineable' }] } },
    ];
    const made = [];
    for (const [index, one] of options.entries())
      made.push(await aCase(harness, { picture, atMs: Date.now() - 3_600_000 + index * 1000, ...one }));
    ids = made.map(({ caseId }) => caseId);
    browser = await openBrowser();
    page = await browser.newPage({ viewport: { width: 1600, height: 900 } });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await inference?.close();
    await bus?.close();
    await harness?.stop();
  });

  const shown = (index: number) => page.locator(`[data-case-id="${ids[index]}"]`).waitFor();
  const decided = () => page.getByTestId('review-decided');
  const stateOf = async (index: number) => {
    const [row] = await harness.sql<
      { state: string; plate: string | null }[]
    >`SELECT state, plate FROM violation_cases WHERE id = ${ids[index] ?? ''}`;
    return row;
  };

  test('shows a reviewer one case, its pictures and its law, and no wall', async () => {
    await page.goto(harness.api.url);
    await page.getByTestId('login-username').fill('reviewer-a');
    await page.getByTestId('login-password').fill(PASSWORD);
    await page.getByTestId('login-submit').click();
    await shown(0);
    expect(new URL(page.url()).pathname).toBe('/review');
    expect(await page.getByTestId('connection-alerts').count()).toBe(0);
    for (const moment of ['before-line', 'over-line', 'past-line']) {
      const still = page.getByTestId(`review-still-${moment}`);
      await still.waitFor();
      expect((await still.boundingBox())?.width).toBeGreaterThan(500);
      // Masked, and there.
      await expect.poll(() => still.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(1280);
    }
    expect(await page.getByTestId('plate-read').textContent()).toContain('51F12345');
    expect(await page.getByText('BẢN NHÁP').count()).toBe(1);
    await page.waitForLoadState('networkidle');
    await screenshot(page, 'review-case');
  });

  test('C confirms and Enter goes on to the next case, which is there already', async () => {
    await page.keyboard.press('c');
    await decided().waitFor();
    expect(await decided().getAttribute('data-state')).toBe('confirmed');
    await screenshot(page, 'review-decided');
    await page.keyboard.press('Enter');
    await shown(1);
    expect(await stateOf(0)).toEqual({ state: 'confirmed', plate: '51F12345' });
  });

  test('a plate read with doubt is typed: C alone is refused, P leads to the field', async () => {
    await page.keyboard.press('c');
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('Phải gõ biển số');
    await page.keyboard.press('p');
    expect(await page.getByTestId('plate-typed').inputValue()).toBe('');
    await page.keyboard.type('51f-54321');
    await screenshot(page, 'review-plate');
    await page.keyboard.press('Enter');
    await decided().waitFor();
    expect(await stateOf(1)).toEqual({ state: 'confirmed', plate: '51F54321' });
    await page.keyboard.press('Enter');
  });

  test('an act that the camera cannot tell is chosen, and R with a digit rejects', async () => {
    await shown(2);
    await page.locator('#review-law').selectOption('nd168-2024.6.4.b.illegal-stop');
    await page.keyboard.press('Escape');
    await page.locator('#review-law').evaluate((element) => element.blur());
    await page.keyboard.press('r');
    await screenshot(page, 'review-reject');
    await page.keyboard.press('3');
    await decided().waitFor();
    const [row] = await harness.sql<{ reason_code: string }[]>`SELECT reason_code FROM review_decisions WHERE case_id = ${ids[2] ?? ''}`;
    expect(row?.reason_code).toBe('priority-vehicle');
    await page.keyboard.press('Enter');
  });

  test('what is not fineable cannot be confirmed, and S sends it to a shift lead', async () => {
    await shown(3);
    expect(await page.getByTestId('review-bars').textContent()).toContain('không dùng để xử phạt');
    expect(await page.getByTestId('review-confirm').isDisabled()).toBe(true);
    await screenshot(page, 'review-barred');
    await page.keyboard.press('s');
    await page.keyboard.type('camera có đèn thật không?');
    await page.keyboard.press('Enter');
    await decided().waitFor();
    expect(await decided().getAttribute('data-state')).toBe('escalated');
    await page.keyboard.press('Enter');
    await page.getByTestId('review-empty').waitFor();
    expect(await page.getByTestId('review-rate').textContent()).toBe('4 đã xét');
  });
});
