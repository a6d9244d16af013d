import { randomUUID } from 'node:crypto';
import { type CameraStatus, type Counts, countsKey, streams, subjects } from '@safecity/contracts';
import { type Bus, connectBus } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeAlert } from '../src/alerts/alert-intake.js';
import type { AlertState } from '../src/alerts/alert-schemas.js';
import { setState } from '../src/alerts/alert-state.js';
import { statisticsSweep } from '../src/retention/sweep-rows.js';
import { nextSpan, type StateSpan } from '../src/statistics/camera-states.js';
import { aFinding, anAlert } from '../src/testing/builders.js';
import { aCamera, type Client, type Harness, quiet, SITE, startHarness } from './harness.js';

let harness: Harness;
let bus: Bus;
let lead: Client;
let admin: Client;

const vn = (text: string) => Date.parse(`${text}+07:00`);
/** Friday and Saturday in Viet Nam. */
const FRIDAY = vn('2026-11-27T00:00:00');
const SATURDAY = vn('2026-11-28T00:00:00');
const SUNDAY = vn('2026-11-29T00:00:00');
const MINUTE = 60_000;
const days = `fromMs=${FRIDAY}&toMs=${SUNDAY}`;
const NOW = SATURDAY + 12 * 3_600_000;

const counted = (changes: Partial<Counts>): Counts => ({
  ...{ cameraId: 'cam-a', ruleId: 'line', type: 'line-count', configRevision: 1, fromMs: FRIDAY, toMs: FRIDAY + MINUTE, watchedMs: MINUTE },
  ...{ crossings: [] },
  ...changes,
});
const cars = (count: number) => [{ class: 'car' as const, direction: 'left' as const, count }];

/** Publishes and waits until all of it is stored. A message id of its own each time, as after JetStream has forgotten the first. */
async function publish(...list: Counts[]): Promise<void> {
  for (const one of list) await bus.publishDurable(subjects.counts(one.cameraId), one, `${countsKey(one)}:${randomUUID()}`);
  await waitFor(
    async () => {
      const { num_ack_pending, num_pending } = await bus.jsm.consumers.info(streams.counts.name, 'vms-api');
      return num_pending === 0 && num_ack_pending === 0;
    },
    { what: 'the counts to be stored' },
  );
}

interface Case {
  cameraId?: string;
  raisedAtMs: number;
  type?: 'red-light' | 'crowd-occupancy';
  simulated?: boolean;
  ruleId?: string;
  /** States that somebody brought it into, and how long after it was raised, ms. */
  later?: [state: AlertState, afterMs: number][];
}

async function raise({ cameraId = 'cam-a', raisedAtMs, type = 'red-light', simulated = false, ruleId = 'rule-1', later = [] }: Case) {
  const finding = aFinding({ cameraId, type, ruleId, ruleName: `Rule ${ruleId}`, startMs: raisedAtMs - 1000, raisedAtMs });
  const kind = type === 'red-light' ? 'violation' : 'incident';
  const message = anAlert({ cameraId, type, kind, simulated, findings: [finding] });
  await takeAlert(harness.sql, message, raisedAtMs);
  let from = 'new';
  for (const [state, afterMs] of later) {
    const by = { username: 'lead-a', atMs: raisedAtMs + afterMs };
    await harness.sql.begin((transaction) => setState(transaction, message.alertId, state, by));
    await harness.sql`INSERT INTO alert_history (alert_id, at_ms, actor, action, from_state, to_state)
      VALUES (${message.alertId}, ${raisedAtMs + afterMs}, 'lead-a', 'test', ${from}, ${state})`;
    from = state;
  }
}

beforeAll(async () => {
  const cameras = [
    ...['cam-a', 'cam-idle'].map((id) => aCamera({ id, unitId: 'ward-a', simulated: false })),
    aCamera({ id: 'cam-b', unitId: 'ward-b', simulated: false }),
    aCamera({ id: 'cam-film', unitId: 'ward-a', simulated: true }),
  ];
  harness = await startHarness({ ...SITE, cameras });
  await harness.api.close();
  harness.api = await harness.startApi({ nowMs: () => NOW });
  bus = await connectBus({ url: harness.natsUrl, name: 'test', logger: quiet });
  [lead, admin] = [await harness.client('lead-a'), await harness.client('admin')];
});
afterAll(async () => {
  await bus?.close();
  await harness?.stop();
});

describe('what went over lines', () => {
  beforeAll(() =>
    publish(
      counted({
        fromMs: SATURDAY - MINUTE,
        toMs: SATURDAY,
        crossings: [...cars(3), { class: 'motorcycle', direction: 'right', count: 7 }],
      }),
      counted({ fromMs: SATURDAY, toMs: SATURDAY + MINUTE, crossings: cars(5) }),
      // The camera was changed within the interval: two parts of it.
      counted({ fromMs: SATURDAY + MINUTE, toMs: SATURDAY + 2 * MINUTE, watchedMs: 20_000, crossings: cars(1) }),
      counted({ fromMs: SATURDAY + MINUTE, toMs: SATURDAY + 2 * MINUTE, watchedMs: 40_000, configRevision: 2, crossings: cars(2) }),
      counted({ cameraId: 'cam-b', fromMs: SATURDAY, crossings: cars(100) }),
      counted({ cameraId: 'cam-film', fromMs: SATURDAY, crossings: cars(1000) }),
      counted({ fromMs: SUNDAY, crossings: cars(9) }),
    ),
  );
  const perDay = {
    steps: [
      { fromMs: FRIDAY, toMs: SATURDAY, rules: 1, watchedMs: MINUTE },
      { fromMs: SATURDAY, toMs: SUNDAY, rules: 1, watchedMs: 2 * MINUTE },
    ],
    rows: [
      { fromMs: FRIDAY, class: 'car', direction: 'left', count: 3 },
      { fromMs: FRIDAY, class: 'motorcycle', direction: 'right', count: 7 },
      { fromMs: SATURDAY, class: 'car', direction: 'left', count: 8 },
    ],
  };

  it('is told per day in Viet Nam, of the own unit, without recordings', async () => {
    expect(await lead.json('GET', `/statistics/counts?${days}`)).toEqual(perDay);
  });

  it.each([
    { name: 'a repeat changes nothing', again: counted({ fromMs: SATURDAY, crossings: cars(5) }) },
    { name: 'a part of what is known changes nothing', again: counted({ fromMs: SATURDAY, watchedMs: 10_000, crossings: cars(1) }) },
  ])('$name', async ({ again }) => {
    await publish(again, again);
    expect(await lead.json('GET', `/statistics/counts?${days}`)).toEqual(perDay);
  });

  it('puts aside what is no count', async () => {
    await bus.js.publish(subjects.counts('cam-a'), new TextEncoder().encode('{"cameraId":"cam-a"}'));
    await bus.js.publish(subjects.counts('cam-a'), new TextEncoder().encode('{'));
    await publish(counted({ fromMs: SATURDAY, crossings: cars(5) }));
    expect(await lead.json('GET', `/statistics/counts?${days}`)).toEqual(perDay);
  });

  it.each([
    [`${days}&interval=week`, [{ fromMs: FRIDAY, class: 'car', direction: 'left', count: 11 }]],
    [`fromMs=${SATURDAY - 3_600_000}&toMs=${SATURDAY}&interval=hour`, [{ fromMs: SATURDAY - 3_600_000, count: 3 }]],
    [`fromMs=${SATURDAY}&toMs=${SUNDAY}&simulated=true`, [{ fromMs: SATURDAY, count: 1008 }]],
    [`${days}&cameraId=cam-b`, []],
    [`${days}&unitId=ward-b`, []],
    [`${days}&ruleId=another`, []],
  ])('%s', async (query, cars) => {
    const { rows } = await lead.json<typeof perDay>('GET', `/statistics/counts?${query}`);
    expect(rows.filter((row) => row.class === 'car')).toMatchObject(cars);
  });

  it('of the whole city has every unit in it', async () => {
    const { rows } = await admin.json<typeof perDay>('GET', `/statistics/counts?fromMs=${SATURDAY}&toMs=${SUNDAY}`);
    expect(rows).toEqual([{ fromMs: SATURDAY, class: 'car', direction: 'left', count: 108 }]);
  });
});

it('tells how many were inside: least, most, and the mean by the time watched', async () => {
  const inside = (least: number, most: number, mean: number) => [{ class: 'person' as const, least, most, mean, now: 0 }];
  const zone = { ruleId: 'zone', type: 'occupancy' } as const;
  const { crossings: _none, ...rest } = counted(zone);
  await publish(
    { ...rest, watchedMs: 60_000, inside: inside(0, 4, 1) },
    { ...rest, fromMs: FRIDAY + MINUTE, watchedMs: 20_000, inside: inside(2, 9, 5) },
    { ...rest, fromMs: FRIDAY + 2 * MINUTE, watchedMs: 0, inside: inside(0, 0, 0) },
  );
  const row = { fromMs: FRIDAY, cameraId: 'cam-a', ruleId: 'zone', class: 'person', least: 0, most: 9, mean: 2, watchedMs: 80_000 };
  expect(await lead.json('GET', `/statistics/occupancy?${days}`)).toEqual({ rows: [row] });
});

describe('alerts', () => {
  beforeAll(async () => {
    const cases: Case[] = [
      { raisedAtMs: SATURDAY - 1, later: [['confirmed', 10_000]] },
      { raisedAtMs: SATURDAY, later: [['confirmed', 20_000]] },
      { raisedAtMs: SATURDAY + 1, later: [['false-alarm', 60_000]] },
      { raisedAtMs: SATURDAY + 2, ruleId: 'rule-2' },
      {
        raisedAtMs: SATURDAY + 3,
        type: 'crowd-occupancy',
        // Sent on at once, without the steps before.
        later: [
          ['dispatched', 5000],
          ['resolved', 100_000],
        ],
      },
      { raisedAtMs: SATURDAY + 4, simulated: true, later: [['false-alarm', 1]] },
      { raisedAtMs: SATURDAY + 5, cameraId: 'cam-b', later: [['false-alarm', 1]] },
    ];
    for (const one of cases) await raise(one);
  });

  it('are told by type and outcome', async () => {
    const violation = { kind: 'violation', type: 'red-light' };
    expect(await lead.json('GET', `/statistics/outcomes?${days}`)).toEqual({
      rows: [
        { fromMs: FRIDAY, ...violation, state: 'confirmed', count: 1 },
        { fromMs: SATURDAY, kind: 'incident', type: 'crowd-occupancy', state: 'resolved', count: 1 },
        { fromMs: SATURDAY, ...violation, state: 'confirmed', count: 1 },
        { fromMs: SATURDAY, ...violation, state: 'false-alarm', count: 1 },
        { fromMs: SATURDAY, ...violation, state: 'new', count: 1 },
      ],
    });
  });

  it('are told with the time they took', async () => {
    const row = (type: string | null, to: string, count: number, medianMs: number, p95Ms: number) => ({ type, to, count, medianMs, p95Ms });
    expect(await lead.json('GET', `/statistics/handling?${days}`)).toEqual({
      rows: [
        // After 5, 10, 20 and 60 s; 95 % lies 85 % of the way from the third to the fourth.
        row(null, 'acknowledged', 4, 15_000, 54_000),
        row(null, 'confirmed', 3, 10_000, 19_000),
        row(null, 'dispatched', 1, 5000, 5000),
        row(null, 'resolved', 1, 100_000, 100_000),
        row(null, 'false-alarm', 1, 60_000, 60_000),
        row('crowd-occupancy', 'acknowledged', 1, 5000, 5000),
        row('crowd-occupancy', 'confirmed', 1, 5000, 5000),
        row('crowd-occupancy', 'dispatched', 1, 5000, 5000),
        row('crowd-occupancy', 'resolved', 1, 100_000, 100_000),
        row('red-light', 'acknowledged', 3, 20_000, 56_000),
        row('red-light', 'confirmed', 2, 15_000, 19_500),
        row('red-light', 'false-alarm', 1, 60_000, 60_000),
      ],
    });
  });

  it('are told with the share of false ones, its count and its interval; nothing judged is no share', async () => {
    const { rows } = await lead.json<{ rows: object[] }>('GET', `/statistics/false-alarms?${days}`);
    expect(rows).toMatchObject([
      { cameraId: 'cam-a', ruleId: 'rule-1', ruleName: 'Rule rule-1', type: 'red-light', alerts: 3, judged: 3, falseAlarms: 1 },
      { ruleId: 'rule-1', type: 'crowd-occupancy', alerts: 1, judged: 1, falseAlarms: 0, share: { value: 0, low: 0 } },
      { ruleId: 'rule-2', type: 'red-light', alerts: 1, judged: 0, falseAlarms: 0, share: null },
    ]);
    const [cityA, cityB] = (await admin.json<{ rows: object[] }>('GET', `/statistics/false-alarms?${days}&by=camera&simulated=true`)).rows;
    expect([cityA, cityB]).toMatchObject([
      { cameraId: 'cam-a', ruleId: null, type: null, alerts: 6, judged: 5, falseAlarms: 2 },
      { cameraId: 'cam-b', alerts: 1, judged: 1, falseAlarms: 1, share: { value: 1, high: 1 } },
    ]);
  });
});

describe('how long cameras were there', () => {
  const status = (state: CameraStatus['state'], atMs: number): CameraStatus => ({
    ...{ cameraId: 'cam-a', state, atMs, newestPictureMs: null, achievedFps: 0, bitrateBps: 0, reconnects: 0 },
  });

  it.each<[name: string, states: [CameraStatus['state'], number][], spans: [string, number, number][]]>([
    [
      'one state',
      [
        ['online', 0],
        ['online', 5000],
        ['online', 20_000],
      ],
      [['online', 0, 20_000]],
    ],
    [
      'a change',
      [
        ['online', 0],
        ['offline', 4000],
        ['offline', 9000],
      ],
      [
        ['online', 0, 4000],
        ['offline', 4000, 9000],
      ],
    ],
    [
      'a silence',
      [
        ['online', 0],
        ['online', 15_001],
      ],
      [
        ['online', 0, 0],
        ['online', 15_001, 15_001],
      ],
    ],
    [
      'a word that comes late',
      [
        ['online', 5000],
        ['offline', 4000],
        ['online', 9000],
      ],
      [['online', 5000, 9000]],
    ],
  ])('%s', (_name, states, spans) => {
    const all: StateSpan[] = [];
    let open: StateSpan | undefined;
    for (const [state, atMs] of states) {
      const next = nextSpan(open, status(state, atMs));
      if (next.ended) all.push(next.ended);
      open = next.open;
    }
    expect([...all, open].map((span) => [span?.state, span?.fromMs, span?.toMs])).toEqual(spans);
  });

  it('is written down as ingest tells it', async () => {
    for (const [state, atMs] of [
      ['online', NOW],
      ['offline', NOW + 4000],
    ] as const)
      bus.nc.publish(subjects.cameraStatus('cam-b'), JSON.stringify({ ...status(state, atMs), cameraId: 'cam-b' }));
    await bus.nc.flush();
    const metrics = async () => (await admin.request('GET', '/metrics')).text();
    await waitFor(async () => (await metrics()).includes('safecity_camera_up{camera="cam-b"} 0'), { what: 'the second status' });
    await harness.api.close();
    harness.api = await harness.startApi({ nowMs: () => NOW });
    [lead, admin] = [await harness.client('lead-a'), await harness.client('admin')];
    expect(await harness.sql`SELECT state, from_ms, to_ms, unit_id FROM camera_state_spans ORDER BY from_ms`).toEqual([
      { state: 'online', from_ms: NOW, to_ms: NOW + 4000, unit_id: 'ward-b' },
      { state: 'offline', from_ms: NOW + 4000, to_ms: NOW + 4000, unit_id: 'ward-b' },
    ]);
  });

  it('of how long cameras were there is refused when its answer would be too large to be read', async () => {
    await harness.sql`INSERT INTO cameras (id, unit_id, revision, config, published_revision)
      SELECT 'many-' || n, 'ward-a', 1, '{"name": "Many"}', 1 FROM generate_series(1, 140) n`;
    const [fromMs, toMs] = ['2026-10-01', '2026-11-01'].map((day) => Date.parse(`${day}T00:00:00+07:00`));
    const admin = await harness.client('admin');
    const path = (interval: string) => `/statistics/uptime?fromMs=${fromMs}&toMs=${toMs}&interval=${interval}`;
    expect(await admin.json('GET', path('hour'), undefined, 400)).toMatchObject({ message: expect.stringContaining('in 744 steps') });
    expect((await admin.request('GET', path('day'))).status).toBe(200);
    await harness.sql`DELETE FROM cameras WHERE id LIKE 'many-%'`;
  });

  it('is told per day; what nobody told is neither up nor down', async () => {
    const hour = 3_600_000;
    const spans: [camera: string, unit: string, state: string, fromMs: number, toMs: number][] = [
      ['cam-a', 'ward-a', 'online', SATURDAY - 2 * hour, SATURDAY + hour],
      // Two processes wrote the same time down.
      ['cam-a', 'ward-a', 'online', SATURDAY, SATURDAY + 2 * hour],
      ['cam-a', 'ward-a', 'connecting', SATURDAY + 2 * hour, SATURDAY + 3 * hour],
      ['cam-a', 'ward-a', 'disabled', SATURDAY + 3 * hour, SATURDAY + 4 * hour],
    ];
    for (const [camera, unit, state, fromMs, toMs] of spans)
      await harness.sql`INSERT INTO camera_state_spans (camera_id, from_ms, to_ms, state, unit_id) VALUES (${camera}, ${fromMs}, ${toMs}, ${state}, ${unit})`;
    const { rows } = await lead.json<{ rows: object[] }>('GET', `/statistics/uptime?${days}`);
    const step = { cameraId: 'cam-a', cameraName: 'Camera cam-a' };
    expect(rows.slice(0, 2)).toEqual([
      { ...step, fromMs: FRIDAY, toMs: SATURDAY, upMs: 2 * hour, downMs: 0, disabledMs: 0, unknownMs: 22 * hour, share: 1 },
      { ...step, fromMs: SATURDAY, toMs: NOW, upMs: 2 * hour, downMs: hour, disabledMs: hour, unknownMs: 8 * hour, share: 2 / 3 },
    ]);
    expect(rows.slice(2)).toMatchObject([
      { cameraId: 'cam-idle', upMs: 0, downMs: 0, unknownMs: 24 * hour, share: null },
      { cameraId: 'cam-idle', upMs: 0, downMs: 0, unknownMs: 12 * hour, share: null },
    ]);
  });
});

describe('files and Prometheus', () => {
  it('a file has the same figures, and stands in the audit log', async () => {
    const csv = await lead.request('GET', `/statistics-export?table=counts&${days}`);
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(await csv.text()).toBe(
      'from,class,direction,count\r\n2026-11-27T00:00:00+07:00,car,left,3\r\n2026-11-27T00:00:00+07:00,motorcycle,right,7\r\n2026-11-28T00:00:00+07:00,car,left,8\r\n',
    );
    for (const [table, line] of [
      ['occupancy', '2026-11-27T00:00:00+07:00,cam-a,zone,person,0,9,2,80'],
      ['outcomes', '2026-11-27T00:00:00+07:00,violation,red-light,confirmed,1'],
      ['handling', 'red-light,confirmed,2,15,19.5'],
      ['false-alarms', 'cam-a,Camera cam-a,rule-1,Rule rule-1,red-light,3,3,1,0.3333,0.0615,0.7923'],
      ['uptime', '2026-11-28T00:00:00+07:00,2026-11-28T12:00:00+07:00,cam-a,Camera cam-a,7200,3600,3600,28800,0.66667'],
    ])
      expect((await (await lead.request('GET', `/statistics-export?table=${table}&${days}`)).text()).split('\r\n')).toContain(line);
    const rows = await harness.sql`SELECT actor, subject FROM audit WHERE action = 'statistics.exported' ORDER BY seq LIMIT 1`;
    expect(rows).toEqual([{ actor: 'lead-a', subject: 'statistics:counts' }]);
  });

  it('Prometheus gets what the bearer may see, of today, without recordings', async () => {
    const text = await (await lead.request('GET', '/metrics')).text();
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([
      'safecity_alerts_open{kind="violation",type="red-light",state="confirmed"} 2',
      'safecity_alerts_open{kind="violation",type="red-light",state="new"} 1',
      'safecity_alerts_raised_today{kind="incident",type="crowd-occupancy"} 1',
      'safecity_alerts_raised_today{kind="violation",type="red-light"} 3',
      'safecity_line_crossings_today{camera="cam-a",rule="line",class="car",direction="left"} 17',
    ]);
  });

  it.each([
    ['counts?fromMs=2&toMs=1', 'toMs: must be later than fromMs'],
    [`counts?fromMs=${FRIDAY}&toMs=${FRIDAY + 401 * 86_400_000}`, 'toMs: must be at most 400 days later than fromMs'],
    [`outcomes?fromMs=${FRIDAY}&toMs=${FRIDAY + 40 * 86_400_000}&interval=hour`, 'interval: at most 744 steps of a hour; take longer ones'],
  ])('%s is refused', async (query, message) => {
    expect(await lead.json('GET', `/statistics/${query}`, undefined, 400)).toMatchObject({
      code: 'API_INVALID',
      message,
    });
  });

  it('is forgotten after 400 days', async () => {
    await harness.sql.begin((transaction) => statisticsSweep.batch(transaction, SATURDAY, 400));
    expect((await harness.sql`SELECT min(from_ms) AS first FROM interval_counts`)[0]).toEqual({ first: SATURDAY });
    expect((await harness.sql`SELECT min(to_ms) AS first FROM camera_state_spans`)[0]?.['first']).toBeGreaterThanOrEqual(SATURDAY);
  });
});
