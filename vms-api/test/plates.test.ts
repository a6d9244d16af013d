import { buckets, type PlateOfVehicle, subjects, type TracksFrame, type Watchlist } from '@safecity/contracts';
import { type Bus, connectBus } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StoredHint } from '../src/plates/plate-sightings.js';
import { plateSweep } from '../src/retention/sweep-archive.js';
import { aCamera, type Client, type Harness, quiet, SITE, startHarness } from './harness.js';

const FAR = { latitude: 11.2, longitude: 106.6745, address: 'Far away' };
const site = { ...SITE, cameras: [...(SITE.cameras ?? []), aCamera({ id: 'cam-far', unitId: 'ward-b', location: FAR })] };

let harness: Harness;
let bus: Bus;
let admin: Client;
let operatorA: Client;
beforeAll(async () => {
  harness = await startHarness(site);
  bus = await connectBus({ url: harness.natsUrl, name: 'test', logger: quiet });
  admin = await harness.client('admin');
  operatorA = await harness.client('operator-a');
});
afterAll(async () => {
  await bus?.close();
  await harness?.stop();
});

async function published(id: string): Promise<Watchlist | null> {
  const entry = await (await bus.kv(buckets.watchlists)).get(id);
  return entry?.operation === 'PUT' ? entry.json<Watchlist>() : null;
}

const audited = (subject: string) => harness.sql<{ actor: string; action: string }[]>`
  SELECT actor, action FROM audit WHERE subject = ${subject} ORDER BY seq`;

describe('watchlists', () => {
  it('reach rules with the units where they count, and every change is in the audit log', async () => {
    await admin.json('POST', '/watchlists', { id: 'stolen', name: 'Xe trộm' }, 201);
    const entries = [
      { plate: '51F-311.18', reason: 'trộm cắp tài sản', validUntilMs: Date.now() + 3_600_000 },
      { plate: '29-MĐ1 02?.83', reason: 'bỏ chạy sau tai nạn' },
      { plate: '30E12345', reason: 'hết hạn', validUntilMs: 1000 },
    ];
    const list = await admin.json<{ entries: { id: string; plate: string; addedBy: string }[] }>(
      'POST',
      '/watchlists/stolen/entries',
      { entries },
      201,
    );
    expect(list.entries.map(({ plate, addedBy }) => [plate, addedBy]).toSorted()).toEqual([
      ['29MD102?83', 'admin'],
      ['30E12345', 'admin'],
      ['51F31118', 'admin'],
    ]);
    const there = await waitFor(async () => ((await published('stolen'))?.entries.length ? published('stolen') : null));
    expect(there).toMatchObject({ name: 'Xe trộm', unitIds: ['city', 'ward-a', 'ward-b'] });
    // What has run out is not sent.
    expect(there?.entries.map(({ plate }) => plate).toSorted()).toEqual(['29MD102?83', '51F31118']);

    const entry = list.entries.find(({ plate }) => plate === '51F31118');
    await admin.json('DELETE', `/watchlists/stolen/entries/${entry?.id}`, undefined, 204);
    await waitFor(async () => (await published('stolen'))?.entries.length === 1);
    await admin.json('DELETE', `/watchlists/stolen/entries/${entry?.id}`, undefined, 404);
    await admin.json('DELETE', '/watchlists/stolen', undefined, 204);
    await waitFor(async () => (await published('stolen')) === null);
    expect((await audited('watchlist:stolen')).map(({ action }) => action)).toEqual([
      'watchlist.created',
      'watchlist.entries-added',
      'watchlist.entry-removed',
      'watchlist.deleted',
    ]);
  });

  it('of a unit are for that unit and those above it', async () => {
    await operatorA.json('POST', '/watchlists', { id: 'ward-a-list', name: 'Phường A' }, 201);
    expect(await waitFor(() => published('ward-a-list'))).toMatchObject({ unitIds: ['ward-a'] });
    const operatorB = await harness.client('operator-b');
    await operatorB.json('GET', '/watchlists/ward-a-list', undefined, 404);
    await operatorB.json('POST', '/watchlists/ward-a-list/entries', { entries: [{ plate: '51F31118', reason: 'của tôi' }] }, 404);
    await operatorB.json('DELETE', '/watchlists/ward-a-list', undefined, 404);
    expect(await operatorB.json('GET', '/watchlists')).toEqual({ watchlists: [] });
    expect(await admin.json('GET', '/watchlists/ward-a-list')).toMatchObject({ unitId: 'ward-a', createdBy: 'operator-a' });
    await operatorA.json('POST', '/watchlists', { id: 'other', name: 'x', unitId: 'ward-b' }, 404);
    await operatorB.json('POST', '/watchlists', { id: 'ward-a-list', name: 'x' }, 409);
  });

  it.each([
    { name: 'a pattern that hits everything', entry: { plate: '5*', reason: 'abc' }, says: 'entries/0/plate: "5*" would match too many' },
    { name: 'no plate', entry: { plate: 'hello world this', reason: 'abc' }, says: 'is no plate' },
    { name: 'no reason', entry: { plate: '51F31118', reason: '' }, says: 'entries/0/reason' },
    {
      name: 'an end before the beginning',
      entry: { plate: '51F31118', reason: 'abc', validFromMs: 5, validUntilMs: 5 },
      says: 'validUntilMs',
    },
    { name: 'an unknown member', entry: { plate: '51F31118', reason: 'abc', owner: 'me' }, says: 'owner' },
  ])('refuse $name', async ({ entry, says }) => {
    const { message } = await operatorA.json<{ message: string }>('POST', '/watchlists/ward-a-list/entries', { entries: [entry] }, 400);
    expect(message).toContain(says);
    expect(await operatorA.json('GET', '/watchlists/ward-a-list')).toMatchObject({ entryCount: 0 });
  });

  it('take no more than fit into one message', async () => {
    const entries = Array.from({ length: 500 }, (_, index) => ({ plate: `51F${10_000 + index}`, reason: 'danh sách dài' }));
    for (let times = 0; times < 4; times++) await operatorA.json('POST', '/watchlists/ward-a-list/entries', { entries }, 201);
    await operatorA.json('POST', '/watchlists/ward-a-list/entries', { entries: entries.slice(0, 1) }, 409);
    await waitFor(async () => (await published('ward-a-list'))?.entries.length === 2000);
  });

  it('come back into a bucket that was lost', async () => {
    await (await bus.kv(buckets.watchlists)).delete('ward-a-list');
    await (await bus.kv(buckets.watchlists)).put('stranger', '{}');
    await operatorA.json('POST', '/watchlists', { id: 'one-more', name: 'x' }, 201);
    await waitFor(async () => (await published('ward-a-list')) && !(await published('stranger')));
  });
});

function seen(cameraId: string, trackId: string, overrides: Partial<PlateOfVehicle['plate']> = {}): PlateOfVehicle {
  const plate = {
    text: '51F31118',
    confidence: 0.97,
    format: 'car',
    colour: 'white' as const,
    looks: 2,
    agreeing: 2,
    atMs: 1_780_000_000_000,
    ...overrides,
  };
  return { cameraId, trackId, class: 'car', plate, box: [0.1, 0.1, 0.5, 0.5], simulated: true };
}

async function store(...messages: PlateOfVehicle[]): Promise<void> {
  for (const message of messages)
    await bus.publishDurable(
      subjects.vehiclePlate(message.cameraId),
      message,
      `${message.cameraId}:${message.trackId}:${message.plate.atMs}`,
    );
}

interface Found {
  sightings: { cameraId: string; trackId: string; plate: string; confidence: number; hints: StoredHint[] }[];
}

describe('plates that were read', () => {
  it('are found by units, and each search is in the audit log', async () => {
    await store(
      seen('cam-a', 't1', { atMs: 1000, confidence: 0.6 }),
      seen('cam-a', 't1', { atMs: 1400 }),
      seen('cam-b', 't2', { text: '59E121500' }),
    );
    const found = await waitFor(async () => {
      const answer = await admin.json<Found>('GET', '/plates');
      return answer.sightings.length === 2 && answer.sightings.some(({ confidence }) => confidence === 0.97) ? answer : null;
    });
    expect(found.sightings.map(({ cameraId, plate }) => [cameraId, plate])).toEqual([
      ['cam-b', '59E121500'],
      ['cam-a', '51F31118'],
    ]);
    expect((await operatorA.json<Found>('GET', '/plates')).sightings.map(({ cameraId }) => cameraId)).toEqual(['cam-a']);
    expect((await admin.json<Found>('GET', '/plates?plate=51F-311.1%3F')).sightings).toHaveLength(1);
    expect((await admin.json<Found>('GET', '/plates?plate=59*')).sightings.map(({ plate }) => plate)).toEqual(['59E121500']);
    expect((await admin.json<Found>('GET', '/plates?plate=51F311&fromMs=0&toMs=1400')).sightings).toEqual([]);
    expect((await audited('plate:51F3111?')).map(({ actor, action }) => [actor, action])).toEqual([['admin', 'plate.searched']]);
  });

  it('that later looks take back are forgotten, and so are old ones', async () => {
    await store(seen('cam-b', 't2', { text: null, confidence: 0, atMs: 1_780_000_000_900 }));
    await waitFor(async () => (await admin.json<Found>('GET', '/plates?plate=59E121500')).sightings.length === 0);
    await harness.sql.begin((transaction) => plateSweep.batch(transaction, 1_000_000, 30));
    expect((await admin.json<Found>('GET', '/plates')).sightings).toEqual([]);
  });

  it('on two cameras in an impossible time raise a hint, shown to who may see both', async () => {
    await store(
      seen('cam-a', 'c1'),
      seen('cam-far', 'c2', { atMs: 1_780_000_060_000 }),
      seen('cam-far', 'c3', { atMs: 1_780_000_061_000, text: '51F31119' }),
    );
    const { sightings } = await waitFor(async () => {
      const answer = await admin.json<Found>('GET', '/plates?hinted=true');
      return answer.sightings.length > 0 ? answer : null;
    });
    expect(sightings).toEqual([
      expect.objectContaining({
        cameraId: 'cam-far',
        trackId: 'c2',
        hints: [
          expect.objectContaining({ kind: 'impossible-travel', other: { cameraId: 'cam-a', trackId: 'c1', atMs: 1_780_000_000_000 } }),
        ],
      }),
    ]);
    const operatorB = await harness.client('operator-b');
    expect((await operatorB.json<Found>('GET', '/plates?plate=51F31118')).sightings).toEqual([
      expect.objectContaining({ trackId: 'c2', hints: [] }),
    ]);
    expect((await operatorB.json<Found>('GET', '/plates?hinted=true')).sightings).toEqual([]);
  });

  it('are not for the emergency centre, not even in the overlay', async () => {
    const eoc = await harness.client('eoc');
    for (const path of ['/plates', '/watchlists']) expect((await eoc.request('GET', path)).status).toBe(403);
    const track = {
      id: 't',
      class: 'car' as const,
      score: 0.9,
      box: [0, 0, 1, 1] as [number, number, number, number],
      stationaryMs: 0,
      findings: [],
    };
    const frame: TracksFrame = {
      cameraId: 'cam-a',
      capturedAtMs: 1,
      tracks: [{ ...track, plate: seen('cam-a', 't').plate }],
      occupancy: {},
      signals: {},
    };
    const shown = async (client: Client) => {
      const socket = client.socket('/overlay?cameras=cam-a');
      const texts: string[] = [];
      socket.on('message', (data) => void texts.push(String(data)));
      const text = await waitFor(() => {
        bus.publishJson(subjects.tracks('cam-a'), frame);
        return texts.find((one) => one.includes('"tracks"'));
      });
      socket.close();
      return text.includes('51F31118');
    };
    expect([await shown(await harness.client('operator-a')), await shown(eoc)]).toEqual([true, false]);
  });
});
