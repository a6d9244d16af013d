import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { waitFor } from '@safecity/platform/testing';
import type { Browser, Page, Request, Response } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ROLE_PERMISSIONS, type Role } from '../../vms-api/src/accounts/roles.js';
import { takeAlert } from '../../vms-api/src/alerts/alert-intake.js';
import { anAlert } from '../../vms-api/src/testing/builders.js';
import { aCamera, type Harness, SITE, startHarness } from '../../vms-api/test/harness.js';
import { CHROMIUM, openBrowser, screenshot } from './browser.js';

const CONSOLE = fileURLToPath(new URL('../../console/dist', import.meta.url));
const missing = [...(existsSync(CHROMIUM) ? [] : ['chromium']), ...(existsSync(`${CONSOLE}/index.html`) ? [] : ['the built console'])];
if (missing.length > 0) process.stderr.write(`test of every page skipped: ${missing.join(' and ')} missing\n`);

const WIDTH_PX = 1366;
/** Who opens a page: the first whose role allows it. */
const PEOPLE: readonly [username: string, role: Role][] = [
  ['admin', 'administrator'],
  ['auditor', 'auditor'],
  ['lead', 'review-lead'],
  ['reviewer-a', 'reviewer'],
];
/** Words that no Vietnamese sentence holds, and what a slip of the program leaves on a page. */
const FOREIGN =
  /\b(the|and|with|must|not|is|are|of|from|this|failed|loading|missing|invalid|save|cancel|search|delete|unknown|undefined|NaN|null)\b|\[object|[a-z]+[A-Z][a-z]+\(/i;

interface Listed {
  path: string;
  needs?: string;
}

/** The console's own list. Its modules expect a document when they are loaded, and nothing more of a browser. */
async function listedPages(): Promise<readonly Listed[]> {
  vi.stubGlobal('document', { documentElement: {} });
  const list = '../../console/src/pages.js';
  const { PAGES } = (await import(list)) as { PAGES: readonly Listed[] };
  vi.unstubAllGlobals();
  return PAGES;
}

interface Tab {
  page: Page;
  /** What went wrong since it was emptied. */
  wrong: string[];
  /** Requests that are not answered yet. */
  waiting: Set<Request>;
}

/** What Chromium says of a failed request, which is looked at as an answer. */
const isAnswer = (words: string) => words.startsWith('Failed to load resource');
const isOfIngest = (answer: Response) => answer.status() === 503 && answer.url().includes('/recording/');

const personFor = ({ needs }: Listed) =>
  PEOPLE.find(([, role]) => needs === undefined || (ROLE_PERMISSIONS[role] as readonly string[]).includes(needs))?.[0];

describe.skipIf(missing.length > 0)('every page of the console', { timeout: 120_000 }, () => {
  let harness: Harness;
  let browser: Browser;
  let pages: readonly Listed[];
  /** What stands for `:id`, by what stands before it. */
  let ids: Record<string, string>;
  /** One tab for each person: the console changes its page without loading anew. */
  const tabs = new Map<string, Promise<Tab>>();

  async function openTab(username: string): Promise<Tab> {
    const [name = '', value = ''] = (await harness.client(username)).cookie.split(/=(.*)/s);
    const context = await browser.newContext({ viewport: { width: WIDTH_PX, height: 768 }, locale: 'vi-VN' });
    await context.addCookies([{ name, value, url: harness.api.url }]);
    const page = await context.newPage();
    const tab: Tab = { page, wrong: [], waiting: new Set() };
    page.on(
      'console',
      (message) => message.type() === 'error' && !isAnswer(message.text()) && tab.wrong.push(`console: ${message.text()}`),
    );
    page.on('pageerror', (error) => tab.wrong.push(`error: ${error.message}`));
    page.on('response', (answer) => answer.status() >= 400 && !isOfIngest(answer) && tab.wrong.push(`${answer.status()} ${answer.url()}`));
    page.on('request', (request) => tab.waiting.add(request));
    page.on('requestfinished', (request) => tab.waiting.delete(request));
    page.on('requestfailed', (request) => tab.waiting.delete(request));
    await page.goto(`${harness.api.url}/account`);
    await page.getByRole('heading').first().waitFor();
    return tab;
  }

  beforeAll(async () => {
    const named = { zones: [], rules: [], simulated: false };
    const cameras = [aCamera({ id: 'cam-a', unitId: 'ward-a', name: 'Cổng chợ', ...named })];
    harness = await startHarness({ ...SITE, cameras });
    await harness.api.close();
    const settings = { version: 'test', demo: false, secureCookies: false, consoleDirectory: CONSOLE };
    harness.api = await harness.startApi({ settings });
    const lead = await harness.client('lead-a');
    const { id } = await lead.json<{ id: string }>('POST', '/units/ward-a/handovers', { notes: 'Camera cổng chợ bị mờ' }, 201);
    const alert = anAlert({ cameraId: 'cam-a' });
    await takeAlert(harness.sql, alert, Date.now());
    ids = { '/alerts': alert.alertId, '/handovers': id, '/cameras': 'cam-a', '/playback': 'cam-a' };
    [browser, pages] = await Promise.all([openBrowser(), listedPages()]);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await harness?.stop();
  });

  /** Opens a page and gives everything that is wrong with it. */
  async function walk(listed: Listed): Promise<string[]> {
    const username = personFor(listed);
    if (username === undefined) return [`nobody may ${listed.needs}`];
    const path = listed.path.replace(/^(.*?)\/:id/, (_all, before: string) => `${before}/${ids[before] ?? 'unknown'}`);
    if (!tabs.has(username)) tabs.set(username, openTab(username));
    const tab = (await tabs.get(username)) as Tab;
    tab.wrong = [];
    await tab.page.evaluate(async (to) => {
      history.pushState(null, '', to);
      // Two pictures later the new page has asked for what it shows.
      for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
    }, path);
    await waitFor(async () => tab.waiting.size === 0 && (await isShown(tab.page, path)), { timeoutMs: 30_000 }).catch(() =>
      tab.wrong.push('no heading, or still loading'),
    );
    await screenshot(tab.page, path.replaceAll('/', '_'));
    return [...tab.wrong, ...(await lookAt(tab.page))];
  }

  it('opens in Vietnamese for somebody who may, with a heading, within the width, without a failed request', async () => {
    const found: [path: string, wrong: string[]][] = [];
    for (const listed of pages) found.push([listed.path, await walk(listed)]);
    expect(pages.length).toBeGreaterThan(20);
    expect(found.filter(([, wrong]) => wrong.length > 0)).toEqual([]);
  });
});

/** A page of recordings waits for an ingest worker, which this site has none of. */
const isShown = (page: Page, path: string) =>
  page.evaluate(({ loading }) => document.querySelector('main h1, main h2') !== null && !document.body.innerText.includes(loading), {
    loading: path.startsWith('/playback') ? '\0' : 'Đang tải',
  });

/** What can be seen on a page and should not. Codes and data that people named are not looked at. */
async function lookAt(page: Page): Promise<string[]> {
  const { lines, widthPx } = await page.evaluate(() => {
    const codes = [...document.querySelectorAll('.code, code, pre')].map((part) => (part as HTMLElement).innerText);
    const lines = document.body.innerText.split('\n').filter((line) => !codes.includes(line));
    return { lines, widthPx: document.documentElement.scrollWidth };
  });
  return [
    ...lines.filter((line) => FOREIGN.test(line)).map((line) => `words: ${line}`),
    ...(widthPx > WIDTH_PX ? [`${widthPx} px wide`] : []),
  ];
}
