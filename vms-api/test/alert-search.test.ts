import { randomUUID } from 'node:crypto';
import type { AlertMessage, VehiclePlate } from '@safecity/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeAlert } from '../src/alerts/alert-intake.js';
import type { AlertPage } from '../src/alerts/alert-schemas.js';
import { aFinding, anAlert } from '../src/testing/builders.js';
import { aCamera, type Client, type Harness, SITE, startHarness } from './harness.js';

let harness: Harness;
let lead: Client;
let eoc: Client;
const T0 = 1_795_000_000_000;
/** Name of an alert in these tests → its id. */
const ids = new Map<string, string>();

const plateOf = (text: string): VehiclePlate => ({
  ...{ text, confidence: 0.95, format: 'car', colour: 'white', looks: 1, agreeing: 1, atMs: T0 },
});

interface Wanted extends Partial<AlertMessage> {
  raisedAtMs: number;
  plate?: string;
}

async function raise(name: string, { raisedAtMs, plate, ...changes }: Wanted): Promise<string> {
  const { cameraId = 'cam-a', type = 'crowd-occupancy' } = changes;
  const finding = aFinding({ ...{ cameraId, type, raisedAtMs, startMs: raisedAtMs }, ...(plate ? { plate: plateOf(plate) } : {}) });
  const message = anAlert({ simulated: false, findings: [finding], ...changes, alertId: randomUUID() });
  await takeAlert(harness.sql, message, raisedAtMs);
  ids.set(name, message.alertId);
  return message.alertId;
}

const page = (client: Client, query: string) => client.json<AlertPage>('GET', `/alerts?${query}`);
const namesOf = ({ alerts }: AlertPage) => alerts.map(({ id }) => [...ids].find(([, known]) => known === id)?.[0]);

beforeAll(async () => {
  harness = await startHarness({
    ...SITE,
    units: [...SITE.units, { id: 'block-a', parentId: 'ward-a', name: { vi: 'Tổ A', en: 'Block A' } }],
    cameras: [...(SITE.cameras ?? []), aCamera({ id: 'cam-block', unitId: 'block-a' })],
  });
  [lead, eoc] = [await harness.client('lead-a'), await harness.client('eoc')];
  await harness.sql`UPDATE cameras SET config = jsonb_set(config, '{groups}', '["Schools"]') WHERE id = 'cam-a'`;
  const drill = await raise('drill', { raisedAtMs: T0, simulated: true });
  await raise('crowd', { raisedAtMs: T0 + 1 });
  await raise('block', { raisedAtMs: T0 + 2, cameraId: 'cam-block', severity: 'low' });
  const watched = { kind: 'security', type: 'plate-watchlist' } as const;
  const car = await raise('car', { raisedAtMs: T0 + 3, ...watched, plate: '61A12345' });
  await raise('truck', { raisedAtMs: T0 + 3, ...watched, plate: '61C98765' });
  await raise('foreign', { raisedAtMs: T0 + 4, cameraId: 'cam-b', plate: '61A12345' });
  await lead.json('POST', `/alerts/${car}/false-alarm`, { reasonCode: 'shadow', comment: 'a tree' });
  await harness.sql`INSERT INTO alert_evidence (alert_id, moment, file, captured_at_ms, width_px, height_px, size_bytes, sha256, sha1, stored_at_ms)
    VALUES (${drill}, 'raised', 'raised.jpg', 1, 2, 2, 1, 'x', 'x', 1)`;
});
afterAll(() => harness?.stop());

describe('alerts are found', () => {
  it.each([
    ['', ['truck', 'car', 'block', 'crowd', 'drill']],
    ['state=false-alarm', ['car']],
    ['kind=security', ['truck', 'car']],
    ['type=crowd-occupancy&severity=high', ['crowd', 'drill']],
    ['cameraId=cam-block', ['block']],
    ['unitId=block-a', ['block']],
    ['unitId=ward-b', []],
    ['group=Schools&type=crowd-occupancy', ['crowd', 'drill']],
    ['group=Hospitals', []],
    [`fromMs=${T0 + 1}&beforeMs=${T0 + 3}`, ['block', 'crowd']],
    ['text=camera%20cam-bl', ['block']],
    ['text=am-blo', ['block']],
    ['text=BL', ['block']],
    ['text=m-b', []],
    ['text=cam-b', ['block']],
    ['text=lo', []],
    ['text=a%5C', []],
    ['plate=61a-123.45', ['car']],
    ['plate=61*', ['truck', 'car']],
    ['plate=61?98765', ['truck']],
    ['reasonCode=shadow', ['car']],
    ['reasonCode=advert', []],
    ['evidence=true', ['drill']],
    ['evidence=false&kind=incident', ['block', 'crowd']],
    ['simulated=true', ['drill']],
    ['simulated=false&kind=incident', ['block', 'crowd']],
  ])('by %s', async (query, expected) => {
    // Two of the same moment come in the order of their ids, which are random.
    expect(namesOf(await page(lead, query)).sort()).toEqual([...expected].sort());
  });

  it('page by page, each once, two of the same moment too', async () => {
    const seen: (string | undefined)[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const next: AlertPage = await page(lead, `limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...namesOf(next));
      cursor = next.nextCursor;
    }
    expect(seen.slice(0, 2).sort()).toEqual(['car', 'truck']);
    expect(seen.slice(2)).toEqual(['block', 'crowd', 'drill']);
  });

  it('by plate only by who may see plates', async () => {
    expect(namesOf(await page(eoc, 'plate=61A12345'))).toEqual([]);
    expect(namesOf(await page(await harness.client('operator-b'), 'plate=61A12345'))).toEqual(['foreign']);
  });

  it.each(['plate=*1*', 'text=--', 'cursor=x', 'cursor=1.x', 'reasonCode=none', 'evidence=perhaps'])('%s is refused', async (query) => {
    expect(await lead.json('GET', `/alerts?${query}`, undefined, 400)).toMatchObject({ code: 'API_INVALID' });
  });
});

describe('alerts as a file', () => {
  it('are what the search finds, with what the role shows', async () => {
    const answer = await lead.request('GET', '/alerts-export?kind=security&plate=61A*');
    expect([answer.headers.get('content-type'), answer.headers.get('x-complete')]).toEqual(['text/csv; charset=utf-8', 'true']);
    const [heads, line, end] = (await answer.text()).split('\r\n').map((text) => text.split(','));
    expect(end).toEqual(['']);
    const row = Object.fromEntries((heads ?? []).map((head, index) => [head, line?.[index]]));
    expect(row).toMatchObject({ state: 'false-alarm', type: 'plate-watchlist', camera: 'cam-a', plates: '61A12345', simulated: 'false' });
    expect(await (await eoc.request('GET', '/alerts-export')).text()).not.toContain('61A12345');
  });

  it('stand in the audit log, as searches for a plate do', async () => {
    const rows =
      await harness.sql`SELECT actor, action, subject FROM audit WHERE action IN ('plate.searched', 'alerts.exported') ORDER BY seq DESC LIMIT 3`;
    expect(rows.map(({ actor, action, subject }) => [actor, action, subject])).toEqual([
      ['eoc', 'alerts.exported', 'alerts'],
      ['lead-a', 'alerts.exported', 'alerts'],
      ['lead-a', 'plate.searched', 'plate:61A*'],
    ]);
    // Words find a plate that stands among them, so who writes one looks for it.
    for (const text of ['61A-123.45', 'xe 123.45', 'ngã tư số 3'])
      expect((await lead.request('GET', `/alerts?text=${encodeURIComponent(text)}`)).status).toBe(200);
    const byWords = await harness.sql`SELECT subject FROM audit WHERE action = 'plate.searched' AND detail ? 'text' ORDER BY seq`;
    expect(byWords.map(({ subject }) => subject)).toEqual(['plate:61A12345', 'plate:XE12345']);
    // A cursor that no page gave is no way around the log.
    const madeUp = '&cursor=9999999999999.ffffffff-ffff-4fff-bfff-ffffffffffff';
    for (const _ of ['first', 'second']) expect((await lead.request('GET', `/alerts?plate=61B*${madeUp}`)).status).toBe(200);
    expect(await harness.sql`SELECT 1 FROM audit WHERE action = 'plate.searched' AND subject = 'plate:61B*'`).toHaveLength(1);
  });
});
