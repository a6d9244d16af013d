import { existsSync } from 'node:fs';
import { seeded } from '@safecity/bench';

/** What clicks are timed on. */
export interface ClickTarget {
  executablePath: string;
  url: string;
  user: { username: string; password: string };
  cameraId: string;
  /** What is recorded, epoch ms. */
  span: { fromMs: number; toMs: number };
  clicks: number;
}

/** Clicks nearer than this to the picture before may be answered from the buffer: they are not timed. */
const FAR_MS = 90_000;

/** Runs in the page: from the release of the mouse on the timeline to the first picture of another time. */
const TIME_CLICK = `new Promise((resolve) => {
  const video = document.querySelector('[data-testid=playback-video]');
  document.querySelector('[data-testid=timeline]').addEventListener('pointerup', () => {
    const beganMs = performance.now();
    const beforeS = video.currentTime;
    const follow = (_now, { mediaTime }) =>
      Math.abs(mediaTime - beforeS) > 30 ? resolve(performance.now() - beganMs) : video.requestVideoFrameCallback(follow);
    video.requestVideoFrameCallback(follow);
  }, { once: true });
  window.armed = true;
})`;

/**
 * Milliseconds from a click on the timeline to the first picture of that time, in a real browser.
 * `missing` says why they could not be measured.
 */
export async function clickTimes(target: ClickTarget): Promise<{ values: number[] } | { missing: string }> {
  const playwright = await import('playwright-core').catch(() => null);
  if (!playwright || !existsSync(target.executablePath))
    return { missing: `not measured: playwright-core or ${target.executablePath} is missing` };
  const browser = await playwright.chromium.launch({ executablePath: target.executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const page = await browser.newPage({ viewport: { width: 1366, height: 768 } });
    await page.goto(target.url);
    await page.locator('input').first().fill(target.user.username);
    await page.locator('input[type=password]').fill(target.user.password);
    await page.keyboard.press('Enter');
    await page.waitForSelector(`[data-testid=tile-${target.cameraId}]`);
    const middleMs = (target.span.fromMs + target.span.toMs) / 2;
    await page.goto(`${target.url}/playback/${target.cameraId}?at=${middleMs}`);
    await page.waitForSelector('[data-testid=playback-stage][data-state=playing]');
    const box = await page.locator('[data-testid=timeline]').boundingBox();
    if (!box) return { missing: 'not measured: the page shows no timeline' };
    const random = seeded(2);
    const values: number[] = [];
    for (let last = 0.5; values.length < target.clicks; ) {
      const share = 0.03 + random() * 0.9;
      // An hour is shown about the middle of the recording.
      if (Math.abs(share - last) * 3_600_000 < FAR_MS) continue;
      last = share;
      const timing = page.evaluate(TIME_CLICK);
      await page.waitForFunction('window.armed');
      await page.mouse.click(box.x + box.width * share, box.y + 60);
      values.push((await timing) as number);
      await page.evaluate('window.armed = false');
      await page.waitForTimeout(300);
    }
    return { values };
  } finally {
    await browser.close();
  }
}
