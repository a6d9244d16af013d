import {
  type ArchiveRecord,
  archiveCamera,
  archiveKey,
  type PlateOfVehicle,
  streams,
  subjects,
  type TrackFacts,
} from '@safecity/contracts';
import { type Bus, connectBus } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeAlert } from '../src/alerts/alert-intake.js';
import { openDatabase } from '../src/database/connection.js';
import { takeVehiclePlate } from '../src/plates/plate-sightings.js';
import { INCIDENT_MARGIN_MS } from '../src/recording/watchable.js';
import { plateSweep, trackSweep } from '../src/retention/sweep-archive.js';
import { aFinding, anAlert } from '../src/testing/builders.js';
import { archiveLines } from '../src/tracks/archive-export.js';
import { DAY_MS, DayPartitions, dayOf } from '../src/tracks/day-partitions.js';
import type { Track, TrackDetail, TrackPage } from '../src/tracks/track-schemas.js';
import { startFakeIngest } from './fake-ingest.js';
import { type Client, type Harness, quiet, startHarness } from './harness.js';

let harness: Harness;
let bus: Bus;
let operator: Client;
let auditor: Client;
const NOW = dayOf(Date.now()) * DAY_MS - 3_600_000;

type TrackRecord = Extract<ArchiveRecord, { track: unknown }>;

function aRecord(track: Partial<TrackRecord['track']>, facts: Partial<TrackFacts> = {}): TrackRecord {
  const firstMs = track.firstMs ?? NOW;
  return {
    track: {
      ...{ cameraId: 'cam-a', configRevision: 1, trackId: 'abc-0', class: 'car', score: 0.8123, clearShare: 0.9, aspect: 16 / 9 },
      ...{ firstMs, lastMs: firstMs + 4000, points: [[0, 0.1, 0.2, 0.3, 0.4, 0] as never, [4000, 0.5, 0.2, 0.7, 0.4, 1] as never] },
      ...track,
    },
    facts: { part: 0, trackFirstMs: firstMs, zoneIds: ['zone-1'], heading: 'right', meanSpeedKmh: null, ...facts },
  };
}

async function publish(...records: ArchiveRecord[]): Promise<void> {
  for (const record of records) await bus.publishDurable(subjects.archive(archiveCamera(record)), record, archiveKey(record));
}

/** Waits until everything that was published is stored. */
async function taken(): Promise<void> {
  await waitFor(
    async () => {
      const { delivered, num_ack_pending, num_pending } = await bus.jsm.consumers.info(streams.tracks.name, 'vms-api-tracks');
      return num_pending === 0 && num_ack_pending === 0 && delivered.stream_seq > 0;
    },
    { what: 'the archive to be stored' },
  );
}

const countOf = async (table: string) => Number((await harness.sql.unsafe(`SELECT count(*) AS n FROM ${table}`))[0]?.['n']);
const search = (client: Client, query: string) => client.json<TrackPage>('GET', `/tracks?${query}`);
const idsOf = (tracks: readonly Track[]) => tracks.map(({ trackId }) => trackId);

beforeAll(async () => {
  harness = await startHarness();
  bus = await connectBus({ url: harness.natsUrl, name: 'test', logger: quiet });
  operator = await harness.client('operator-a');
  auditor = await harness.client('auditor');
  await publish(
    aRecord({ trackId: 'car-0' }),
    aRecord(
      { trackId: 'bus-0', class: 'bus', firstMs: NOW + 1000, lastMs: NOW + 61_000 },
      { heading: 'up', meanSpeedKmh: 62.5, colour: 'red' },
    ),
    aRecord({ trackId: 'walker-0', class: 'person', firstMs: NOW - 3 * DAY_MS }, { zoneIds: [], heading: null }),
    aRecord({ trackId: 'other-0', cameraId: 'cam-b' }),
    { config: { cameraId: 'cam-a', revision: 1, fromMs: NOW - 9000 } },
    { config: { cameraId: 'cam-a', revision: 2, fromMs: NOW + 2000 } },
    { signal: { cameraId: 'cam-a', signalId: 'north', state: 'red', fromMs: NOW - 60_000 } },
    { signal: { cameraId: 'cam-a', signalId: 'north', state: 'green', fromMs: NOW + 2000 } },
    { gap: { cameraId: 'cam-a', fromMs: NOW + 5000, toMs: NOW + 9000, reason: 'reconnect' } },
  );
  await taken();
});
afterAll(async () => {
  await bus?.close();
  await harness?.stop();
});

describe('the archive of tracks', () => {
  it('is stored once, whatever comes again', async () => {
    const before = await Promise.all(['tracks', 'track_paths', 'signal_states', 'video_gaps', 'revisions_in_force'].map(countOf));
    expect(before).toEqual([4, 4, 2, 1, 2]);
    // Other message ids, as after the window in which JetStream knows them.
    for (const [index, record] of [
      aRecord({ trackId: 'car-0' }),
      { gap: { cameraId: 'cam-a', fromMs: NOW + 5000, toMs: NOW + 9000, reason: 'reconnect' } } as const,
    ].entries())
      await bus.publishDurable(subjects.archive('cam-a'), record, `again-${index}`);
    await taken();
    expect(await Promise.all(['tracks', 'track_paths', 'signal_states', 'video_gaps', 'revisions_in_force'].map(countOf))).toEqual(before);
  });

  it('has one row for a track in parts, told by the newest, in whatever order they come', async () => {
    const firstMs = NOW + 20_000;
    const part = (index: number, zoneIds: string[]) =>
      aRecord(
        { trackId: 'parked-0', firstMs: firstMs + index * 600_000, lastMs: firstMs + (index + 1) * 600_000 },
        { part: index, trackFirstMs: firstMs, zoneIds, heading: null },
      );
    await publish(part(1, ['zone-1', 'zone-2']));
    await taken();
    await publish(part(0, ['zone-1']));
    await taken();
    const { tracks } = await search(operator, 'minDurationMs=1000000');
    expect(tracks).toMatchObject([{ trackId: 'parked-0', firstMs, durationMs: 1_200_000, zoneIds: ['zone-1', 'zone-2'] }]);
    const detail = await operator.json<TrackDetail>('GET', `/tracks/${tracks[0]?.id}`);
    expect(detail.parts).toEqual([part(0, []).track, part(1, []).track]);
    await harness.sql`DELETE FROM tracks WHERE track_id = 'parked-0'`;
    await harness.sql`DELETE FROM track_paths WHERE track_id = 'parked-0'`;
  });

  it('puts aside what is no record, and leaves out what is past keeping or far ahead', async () => {
    const before = await countOf('tracks');
    await bus.js.publish(subjects.archive('cam-a'), new TextEncoder().encode('{"track":{}}'));
    await publish(
      aRecord({ trackId: 'ancient-0', firstMs: NOW - 40 * DAY_MS }),
      aRecord({ trackId: 'ahead-0', firstMs: NOW + 40 * DAY_MS }),
    );
    await taken();
    expect(await countOf('tracks')).toBe(before);
  });

  it('drops whole days past keeping, and makes the days ahead', async () => {
    const partitions = new DayPartitions(harness.sql, 2);
    const days = async () =>
      (
        await harness.sql<
          { name: string }[]
        >`SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'tracks'::regclass ORDER BY 1`
      ).map(({ name }) => name);
    const drop = async (atMs: number) => {
      const beforeMs = partitions.keptFromMs(atMs);
      while (await harness.sql.begin((transaction) => trackSweep.batch(transaction, beforeMs, 2)));
    };
    const inDays = (offset: number) => `tracks_${new Date(NOW + offset * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '')}`;
    await partitions.maintain(NOW);
    await drop(NOW);
    expect((await days()).filter((name) => name < inDays(-2))).toEqual([]);
    expect(await days()).toEqual(expect.arrayContaining([-1, 0, 1, 2, 3].map(inDays)));
    expect(idsOf((await search(operator, '')).tracks)).toEqual(['bus-0', 'car-0']);
    expect(await countOf('revisions_in_force')).toBe(2);
    await partitions.maintain(NOW + 10 * DAY_MS);
    await drop(NOW + 10 * DAY_MS);
    expect(await Promise.all(['video_gaps', 'signal_states'].map(countOf))).toEqual([0, 0]);
    expect(await harness.sql`SELECT revision FROM revisions_in_force`).toEqual([{ revision: 2 }]);
    // As it was, for the other tests.
    await harness.sql`UPDATE revisions_in_force SET from_ms = ${NOW + 2000}`;
  });
});

describe('search', () => {
  beforeAll(async () => {
    const records = [
      aRecord({ trackId: 'car-0' }),
      aRecord(
        { trackId: 'bus-0', class: 'bus', firstMs: NOW + 1000, lastMs: NOW + 61_000 },
        { heading: 'up', meanSpeedKmh: 62.5, colour: 'red' },
      ),
      aRecord({ trackId: 'walker-0', class: 'person', firstMs: NOW - DAY_MS }, { zoneIds: [], heading: null }),
      aRecord({ trackId: 'other-0', cameraId: 'cam-b' }),
      { config: { cameraId: 'cam-a', revision: 1, fromMs: NOW - 9000 } },
      { signal: { cameraId: 'cam-a', signalId: 'north', state: 'red', fromMs: NOW - 60_000 } },
      { signal: { cameraId: 'cam-a', signalId: 'north', state: 'green', fromMs: NOW + 2000 } },
      { gap: { cameraId: 'cam-a', fromMs: NOW + 5000, toMs: NOW + 9000, reason: 'reconnect' } },
    ] as const;
    for (const [index, record] of records.entries())
      await bus.publishDurable(subjects.archive(archiveCamera(record)), record, `search-${index}`);
    await taken();
    await harness.sql`UPDATE tracks SET plate = '51F12345' WHERE track_id = 'car-0'`;
    await harness.sql`UPDATE tracks SET plate = '51F12845' WHERE track_id = 'bus-0'`;
  });

  it.each([
    ['', ['bus-0', 'car-0', 'walker-0']],
    [`fromMs=${NOW}&toMs=${NOW + 1000}`, ['car-0']],
    ['cameraId=cam-a', ['bus-0', 'car-0', 'walker-0']],
    ['class=bus', ['bus-0']],
    ['class=vehicle', ['bus-0', 'car-0']],
    ['class=person', ['walker-0']],
    ['cameraId=cam-a&zoneId=zone-1', ['bus-0', 'car-0']],
    ['heading=up', ['bus-0']],
    ['colour=red', ['bus-0']],
    ['colour=white', []],
    ['minSpeedKmh=62.5', ['bus-0']],
    ['maxSpeedKmh=62', []],
    ['minDurationMs=4000&maxDurationMs=4000', ['car-0', 'walker-0']],
    ['plate=51f-123.45', ['car-0']],
    ['plate=51F12*', ['bus-0', 'car-0']],
    ['plate=*45', ['bus-0', 'car-0']],
    ['plate=51F12?45', ['bus-0', 'car-0']],
    ['plate=51F12344&plateDistance=1', ['car-0']],
    ['plate=51F12344&plateDistance=2', ['bus-0', 'car-0']],
    ['plate=F12345&plateDistance=2', ['car-0']],
  ])('%s', async (query, expected) => {
    expect(idsOf((await search(operator, query)).tracks)).toEqual(expected);
  });

  it.each([
    ['51F12345', 1, true],
    ['51F12344', 1, true],
    ['51F1234', 1, true],
    ['51F123455', 1, true],
    ['51F12399', 1, false],
    ['51F12399', 2, true],
    ['1F1234', 2, true],
    ['A51F123450', 2, true],
    ['A51F1235', 2, true],
    ['51F32145', 2, true],
    ['61F32145', 2, false],
    ['88A77777', 2, false],
  ])('the index brings %s together with 51F12345 within %d: %s', async (plate, distance, near) => {
    const rows = await harness.sql`SELECT plate_deletions(${plate}, 2) && plate_deletions('51F12345', ${distance}) AS near`;
    expect(rows).toEqual([{ near }]);
  });

  it('goes on where a page ended, through tracks of the same moment', async () => {
    const admin = await harness.client('admin');
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: TrackPage = await search(admin, `limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...idsOf(page.tracks));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(['bus-0', 'other-0', 'car-0', 'walker-0']);
  });

  it.each(['zoneId=zone-1', 'plateDistance=1', 'plate=*1*', 'cursor=x', 'heading=north', 'colour=purple'])(
    '%s is refused',
    async (query) => {
      expect(await operator.json('GET', `/tracks?${query}`, undefined, 400)).toMatchObject({ code: 'API_INVALID' });
    },
  );

  it('shows nobody the cameras of another unit', async () => {
    const [own] = (await search(operator, 'class=bus')).tracks;
    const other = await harness.client('operator-b');
    expect(idsOf((await search(other, '')).tracks)).toEqual(['other-0']);
    for (const path of ['/tracks?cameraId=cam-a', `/tracks/${own?.id}`, '/tracks/cam-a.abc-0.1'])
      expect(await other.json('GET', path, undefined, 404)).toMatchObject({ code: 'API_NOT_FOUND' });
    const eoc = await harness.client('eoc');
    for (const path of ['/tracks', `/tracks/${own?.id}`]) expect((await eoc.request('GET', path)).status).toBe(403);
    for (const path of ['/tracks-export?format=csv', '/cameras/cam-a/archive?fromMs=1&toMs=2'])
      expect((await operator.request('GET', path)).status).toBe(403);
  });

  it('for a plate stands in the audit log, as exports do', async () => {
    const [before] = await harness.sql`SELECT COALESCE(max(seq), 0) AS seq FROM audit`;
    await search(operator, 'plate=51F12*&class=car');
    await search(operator, 'class=car');
    await auditor.request('GET', '/tracks-export?format=csv&plate=51F12345');
    const rows =
      await harness.sql`SELECT actor, action, subject FROM audit WHERE seq > ${before?.['seq']} AND action IN ('plate.searched', 'tracks.exported') ORDER BY seq`;
    expect(rows.map(({ actor, action, subject }) => [actor, action, subject])).toEqual([
      ['operator-a', 'plate.searched', 'plate:51F12*'],
      ['auditor', 'plate.searched', 'plate:51F12345'],
      ['auditor', 'tracks.exported', 'tracks'],
    ]);
    for (const _ of ['first', 'second']) await search(operator, 'plate=51F13*&cursor=z.z.999999999999999');
    expect(await harness.sql`SELECT 1 FROM audit WHERE action = 'plate.searched' AND subject = 'plate:51F13*'`).toHaveLength(1);
  });
});

describe('the archive as a file', () => {
  it('keeps no connection to itself however slowly it is read', async () => {
    const sql = openDatabase(harness.databaseUrl, { name: 'archive', maxConnections: 1 });
    const fromMs = dayOf(NOW) * DAY_MS;
    await harness.sql`INSERT INTO track_paths SELECT 'cam-b', 'slow-' || n, ${fromMs}::float8 + n / 2, ${fromMs}::float8 + n, 1, 'car', 0.5, 1, 1, '\\x'
      FROM generate_series(1, 1200) n`;
    const lines: string[] = [];
    for await (const text of archiveLines(sql, 'cam-b', { fromMs, toMs: fromMs + DAY_MS })) {
      // With a cursor this would wait for the end of the archive, and that for this.
      await sql`SELECT 1`;
      lines.push(...text.split('\n').filter((line) => line.includes('"slow-')));
    }
    expect([lines.length, new Set(lines).size]).toEqual([1200, 1200]);
    await harness.sql`DELETE FROM track_paths WHERE track_id LIKE 'slow-%'`;
    await sql.end({ timeout: 5 });
  });
});

describe('a plate that was read live', () => {
  const read = (trackId: string, atMs: number, text: string | null) => {
    const plate = { text, confidence: text ? 0.95 : 0, format: null, colour: 'white', looks: 1, agreeing: text ? 1 : 0, atMs } as const;
    const message: PlateOfVehicle = { cameraId: 'cam-a', trackId, class: 'car', plate, box: [0.1, 0.1, 0.3, 0.3], simulated: false };
    return takeVehiclePlate(harness.sql, message);
  };
  const found = async (plate: string) => idsOf((await search(operator, `plate=${plate}`)).tracks);
  const firstMs = NOW - DAY_MS;
  afterAll(async () => {
    const mine = ['early-0', 'late-0', 'stays-0'];
    await harness.sql`DELETE FROM tracks WHERE track_id = ANY(${mine})`;
    await harness.sql`DELETE FROM track_paths WHERE track_id = ANY(${mine})`;
    await harness.sql`DELETE FROM plate_sightings`;
    await harness.sql`DELETE FROM plates WHERE plate LIKE '60B%'`;
  });

  it('is found in the archive, whichever came first', async () => {
    await read('early-0', firstMs + 2000, '60B11111');
    await publish(aRecord({ trackId: 'early-0', firstMs }), aRecord({ trackId: 'late-0', firstMs }));
    await taken();
    await read('late-0', firstMs + 2000, '60B22222');
    expect([await found('60B-111.11'), await found('60B22222')]).toEqual([['early-0'], ['late-0']]);
    expect(await found('60B11112&plateDistance=1')).toEqual(['early-0']);
  });

  it('changes with later looks, not with earlier ones that come late, and goes when it is taken back', async () => {
    await read('late-0', firstMs + 3000, '60B33333');
    await read('late-0', firstMs + 1000, '60B44444');
    expect([await found('60B22222'), await found('60B33333'), await found('60B44444')]).toEqual([[], ['late-0'], []]);
    await read('late-0', firstMs + 4000, null);
    expect(await found('60B33333')).toEqual([]);
  });

  it('stays on a track in parts, and is of no other track that has the same name at another time', async () => {
    const part = (index: number) =>
      aRecord(
        { trackId: 'stays-0', firstMs: firstMs + index * 600_000, lastMs: firstMs + (index + 1) * 600_000 },
        { part: index, trackFirstMs: firstMs },
      );
    await read('stays-0', firstMs + 2000, '60B55555');
    await publish(aRecord({ trackId: 'stays-0', firstMs: firstMs + 7_200_000 }), part(0));
    await taken();
    await publish(part(1));
    await taken();
    const { tracks } = await search(operator, 'plate=60B55555');
    expect(tracks).toMatchObject([{ trackId: 'stays-0', firstMs, durationMs: 1_200_000 }]);
  });

  it('is forgotten with its sighting; the track stays', async () => {
    await harness.sql.begin((transaction) => plateSweep.batch(transaction, firstMs + 2500, 30));
    expect(await found('60B55555')).toEqual([]);
    expect(idsOf((await search(operator, `fromMs=${firstMs}&toMs=${firstMs + 1}`)).tracks)).toContain('stays-0');
  });
});

describe('a small picture of a track', () => {
  it('is cut from the recording where the track is seen largest, for who may watch', async () => {
    const [track] = (await search(operator, 'class=bus')).tracks;
    const path = `/tracks/${track?.id}/thumbnail`;
    expect(await operator.json('GET', path, undefined, 503)).toMatchObject({ code: 'API_NO_INGEST' });
    const ingest = await startFakeIngest(bus, harness.key, ['cam-a']);
    try {
      await waitFor(async () => (await operator.request('GET', path)).status === 200, { what: 'the worker to be known' });
      const answer = await operator.request('GET', `${path}?width=96`);
      expect([answer.headers.get('content-type'), answer.headers.get('x-captured-at-ms')]).toEqual(['image/jpeg', '1234']);
      const asked = new URL(ingest.requests.at(-1) ?? '', 'http://x');
      expect([asked.pathname, Object.fromEntries(asked.searchParams)]).toEqual([
        '/cameras/cam-a/still',
        { atMs: String(NOW + 1000), box: '0.1,0.2,0.3,0.4', margin: '0.15', width: '96' },
      ]);
      const log = await harness.sql`SELECT actor, subject, detail FROM audit WHERE action = 'recording.watched' AND detail ? 'thumbnails'`;
      expect(log.map(({ actor, subject }) => [actor, subject])).toEqual([['operator-a', 'camera:cam-a']]);
      const other = await harness.client('operator-b');
      expect((await other.request('GET', path)).status).toBe(404);
      expect((await auditor.request('GET', path)).status).toBe(403);
      const eoc = await harness.client('eoc');
      expect(await eoc.json('GET', path, undefined, 403)).toMatchObject({ code: 'API_RECORDING_WINDOW' });
      const raisedAtMs = NOW + 1000 + INCIDENT_MARGIN_MS;
      const finding = aFinding({ startMs: raisedAtMs, raisedAtMs });
      await takeAlert(harness.sql, anAlert({ startMs: raisedAtMs, findings: [finding] }), raisedAtMs);
      expect((await eoc.request('GET', path)).status).toBe(200);
    } finally {
      await ingest.close();
    }
  });
});

describe('exports', () => {
  it('are CSV and GeoJSON', async () => {
    const csv = await auditor.request('GET', '/tracks-export?format=csv&class=bus');
    expect([csv.headers.get('content-type'), csv.headers.get('x-complete')]).toEqual(['text/csv; charset=utf-8', 'true']);
    const iso = (atMs: number) => new Date(atMs).toISOString();
    expect((await csv.text()).split('\r\n')).toEqual([
      'camera,track,class,first,last,duration_ms,zones,heading,mean_speed_kmh,colour,plate,score',
      `cam-a,bus-0,bus,${iso(NOW + 1000)},${iso(NOW + 61_000)},60000,zone-1,up,62.5,red,51F12845,0.8123`,
      '',
    ]);
    const geojson = await auditor.json<{ features: object[] }>('GET', '/tracks-export?format=geojson&class=bus');
    expect(geojson).toMatchObject({
      type: 'FeatureCollection',
      features: [
        {
          id: `cam-a.bus-0.${NOW + 1000}`,
          geometry: { type: 'Point', coordinates: [106.6745, 10.9804] },
          properties: { class: 'bus', cameraName: 'Camera cam-a' },
        },
      ],
    });
  });

  it('give the archive of a camera as JSON lines, with what was raised', async () => {
    const finding = aFinding({ startMs: NOW + 500, raisedAtMs: NOW + 900, endMs: NOW + 3000 });
    await takeAlert(harness.sql, anAlert({ findings: [finding], startMs: finding.startMs, updatedMs: NOW + 900 }), NOW);
    const answer = await auditor.request('GET', `/cameras/cam-a/archive?fromMs=${NOW}&toMs=${NOW + 60_000}`);
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = (await answer.text()).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      { config: { cameraId: 'cam-a', revision: 1, fromMs: NOW - 9000 } },
      { config: { cameraId: 'cam-a', revision: 2, fromMs: NOW + 2000 } },
      { signal: { cameraId: 'cam-a', signalId: 'north', state: 'red', fromMs: NOW - 60_000 } },
      { signal: { cameraId: 'cam-a', signalId: 'north', state: 'green', fromMs: NOW + 2000 } },
      { gap: { cameraId: 'cam-a', fromMs: NOW + 5000, toMs: NOW + 9000, reason: 'reconnect' } },
      { track: aRecord({ trackId: 'car-0' }).track },
      { track: aRecord({ trackId: 'bus-0', class: 'bus', firstMs: NOW + 1000, lastMs: NOW + 61_000 }).track },
      { raised: { type: finding.type, ruleId: finding.ruleId, startMs: finding.startMs, endMs: finding.endMs } },
    ]);
    await auditor.json('GET', `/cameras/cam-a/archive?fromMs=2&toMs=1`, undefined, 400);
  });
});

describe('the consumer of the archive', () => {
  it('is made again when it was lost, and what comes again with it is stored once', async () => {
    await harness.sql`TRUNCATE tracks, track_paths`;
    await bus.jsm.consumers.delete(streams.tracks.name, 'vms-api-tracks');
    await publish(aRecord({ trackId: 'after-0' }));
    await waitFor(async () => Number((await harness.sql`SELECT count(*) AS n FROM tracks WHERE track_id = 'after-0'`)[0]?.['n']) === 1, {
      what: 'the track after it',
    });
    await taken();
    expect(await harness.sql`SELECT count(*) AS n FROM tracks WHERE track_id = 'car-0'`).toEqual([{ n: 1 }]);
  });
});
