import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Secret, TOTP } from 'otpauth';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Harness, PASSWORD, startHarness } from '../../vms-api/test/harness.js';
import { CHROMIUM, openBrowser, screenshot } from './browser.js';

const CONSOLE = fileURLToPath(new URL('../../console/dist', import.meta.url));
const missing = [...(existsSync(CHROMIUM) ? [] : ['chromium']), ...(existsSync(`${CONSOLE}/index.html`) ? [] : ['the built console'])];
if (missing.length > 0) process.stderr.write(`test of the pages of people skipped: ${missing.join(' and ')} missing\n`);

describe.skipIf(missing.length > 0)('people', { timeout: 60_000 }, () => {
  let harness: Harness;
  let browser: Browser;

  beforeAll(async () => {
    harness = await startHarness();
    await harness.api.close();
    const settings = { version: 'test', demo: false, secureCookies: false, consoleDirectory: CONSOLE };
    harness.api = await harness.startApi({ settings });
    browser = await openBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await harness?.stop();
  });

  async function signIn(username: string, password: string): Promise<Page> {
    const page = await (await browser.newContext({ viewport: { width: 1366, height: 768 } })).newPage();
    await page.goto(harness.api.url);
    await page.getByTestId('login-username').fill(username);
    await page.getByTestId('login-password').fill(password);
    await page.getByTestId('login-submit').click();
    return page;
  }

  const codeOf = (secret: string, atMs = Date.now()) => new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: atMs });

  test('an administrator adds somebody, who signs in and sets up a second factor that is then asked for', async () => {
    const admin = await signIn('admin', PASSWORD);
    await admin.getByTestId('section-administration').click();
    await admin.getByTestId('tab-administration/people').click();
    await admin.getByTestId('add-person').click();
    await admin.getByTestId('field-displayName').fill('Nguyễn Thị Mới');
    await admin.getByTestId('field-username').fill('Mới');
    await admin.getByTestId('field-password').fill(PASSWORD);
    await admin.getByTestId('field-role').selectOption('operator');
    await admin.getByTestId('field-unitId').selectOption('ward-a');
    await admin.getByTestId('form-submit').click();
    // What the server found wrong stands at the field that it is about.
    await admin.locator('[data-testid="field-username"][aria-invalid="true"]').waitFor();
    await admin.getByTestId('field-username').fill('moi');
    await admin.getByTestId('form-submit').click();
    await admin.getByTestId('person-moi').waitFor();
    await screenshot(admin, 'people');

    const page = await signIn('moi', PASSWORD);
    await page.getByTestId('user-menu').click();
    await page.getByTestId('own-account').click();
    await page.getByTestId('second-factor-begin').click();
    await page.getByTestId('second-factor').locator('dialog [data-testid="field-password"]').fill(PASSWORD);
    await page.getByTestId('form-submit').click();
    const secret = (await page.getByTestId('second-factor-secret').textContent()) ?? '';
    await screenshot(page, 'second-factor');
    await page.getByTestId('field-code').fill(codeOf(secret));
    await page.getByTestId('form-submit').click();
    const recovery = ((await page.getByTestId('secret').textContent()) ?? '').split('\n');
    expect(recovery).toHaveLength(10);
    await page.getByTestId('secret-kept').click();
    await page.locator('[data-testid="second-factor"][data-on="true"]').waitFor();
    expect(await page.getByTestId('section-administration').count()).toBe(0);

    const again = await signIn('moi', PASSWORD);
    await again.getByTestId('login-code').fill(codeOf(secret, Date.now() + 30_000));
    await again.getByTestId('login-submit').click();
    await again.getByTestId('user-menu').waitFor();
    expect(await harness.sql`SELECT 1 FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.username = 'moi'`).toHaveLength(2);
  });
});
