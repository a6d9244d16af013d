import type { CameraConfig } from '@safecity/contracts';
import { CameraNetworks, openSecret } from '@safecity/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aCamera, type Client, type Harness, SITE, startHarness } from './harness.js';

let harness: Harness;
let admin: Client;
beforeAll(async () => {
  harness = await startHarness({ ...SITE, cameras: [] });
  admin = await harness.client('admin');
});
afterAll(() => harness?.stop());

interface Row {
  line: number;
  id: string;
  action: string;
  changes: string[];
  credentials: string;
  problems: { column: string | null; message: string }[];
}
interface Report {
  applied: boolean;
  counts: Record<string, number>;
  rows: Row[];
}
type Apply = 'nothing' | 'all' | 'good-rows';

const SECRET = 'p4ss;w0rd';
const send = (csv: string, apply: Apply = 'nothing', client = admin) => client.json<Report>('POST', '/cameras-import', { csv, apply });
const refused = (csv: string, apply: Apply, status: number) =>
  admin.json<{ code: string; message: string }>('POST', '/cameras-import', { csv, apply }, status);
const ids = async () =>
  (await admin.json<{ cameras: { camera: CameraConfig }[] }>('GET', '/cameras')).cameras.map(({ camera }) => camera.id);
const LIST = [
  'id;name;unit;url;username;password;transport;latitude;longitude;address;direction;groups;enabled',
  `gate-1;Cổng chính;ward-a;rtsp://192.0.2.1/1;viewer;"${SECRET}";tcp;10,98;106,67;Ngã tư Sở Sao;90;Cổng|QL13;true`,
  'gate-2;Cổng phụ;ward-b;rtsp://192.0.2.2/1;;;udp;;;;;;không',
].join('\r\n');

describe('a list of cameras', () => {
  it('is rehearsed, stored, and does nothing when it comes again', async () => {
    const rehearsed = await send(LIST);
    expect(rehearsed).toMatchObject({ applied: false, counts: { create: 2, update: 0, unchanged: 0, refused: 0 } });
    expect(await ids()).toEqual([]);
    expect(await send(LIST, 'all')).toMatchObject({ applied: true, counts: { create: 2 } });
    expect((await ids()).sort()).toEqual(['gate-1', 'gate-2']);
    const { camera } = await admin.json<{ camera: CameraConfig }>('GET', '/cameras/gate-1');
    expect(camera).toMatchObject({
      ...{ name: 'Cổng chính', unitId: 'ward-a', location: { latitude: 10.98, longitude: 106.67 }, directionDegrees: 90 },
      ...{ groups: ['Cổng', 'QL13'], enabled: true, source: { transport: 'tcp' }, revision: 1 },
    });
    const [row] = await harness.sql<{ sealed_credentials: string }[]>`SELECT sealed_credentials FROM cameras WHERE id = 'gate-1'`;
    expect(openSecret(harness.key, row?.sealed_credentials ?? '')).toBe(`viewer:${SECRET}`);
    expect(await send(LIST, 'all')).toMatchObject({ counts: { create: 0, update: 0, unchanged: 2 } });
    const versions = await harness.sql`SELECT 1 FROM camera_versions WHERE camera_id LIKE 'gate-%'`;
    expect(versions).toHaveLength(2);
  });

  it('goes out without secrets and comes back without a change', async () => {
    const response = await admin.request('GET', '/cameras-export');
    expect(response.headers.get('content-disposition')).toContain('cameras.csv');
    const csv = await response.text();
    expect(csv).not.toMatch(/p4ss|viewer/);
    expect(await send(csv, 'all')).toMatchObject({ counts: { create: 0, update: 0, refused: 0 } });
  });

  it('tells each row what would become of it, and stores the good ones or none', async () => {
    const csv = [
      'id,name,unit,url,username,password',
      'gate-1,Cổng mới,,,,',
      'gate-1,Twice,,,,',
      `gate-2,,,,viewer,${SECRET}`,
      'new-1,New,nowhere,rtsp://192.0.2.3/1,,',
      'new-2,New,ward-a,http://192.0.2.3/1,,',
      'new-3,New,ward-a,rtsp://192.0.2.3/1,,',
      'not an id,New,ward-a,rtsp://192.0.2.3/1,,',
    ].join('\n');
    const { rows } = await send(csv);
    expect(
      rows.map(({ line, action, changes, credentials, problems }) => [line, action, changes, credentials, problems[0]?.column]),
    ).toEqual([
      [2, 'update', ['name'], 'kept', undefined],
      [3, 'refused', [], 'kept', 'id'],
      [4, 'update', [], 'set', undefined],
      [5, 'refused', [], 'kept', 'unit'],
      [6, 'refused', [], 'kept', 'url'],
      [7, 'create', [], 'kept', undefined],
      [8, 'refused', [], 'kept', 'id'],
    ]);
    const all = await refused(csv, 'all', 409);
    expect(all.code).toBe('API_IMPORT_REFUSED');
    expect(all.message).toMatch(/^4 of 7 rows are refused, so nothing was changed \(line 3, id: stands on line 2 already/);
    expect(await ids()).not.toContain('new-3');
    expect(await send(csv, 'good-rows')).toMatchObject({ applied: true, counts: { create: 1, update: 2, refused: 4 } });
    expect(await ids()).toContain('new-3');
    const secrets = await harness.sql`SELECT payload FROM audit UNION ALL SELECT config::text FROM camera_versions`;
    expect(JSON.stringify([rows, [...secrets]])).not.toContain(SECRET);
  });

  it('sends no stored password to another host and no camera out of its unit', async () => {
    const moved = 'id,url\ngate-1,rtsp://192.0.2.66/steal';
    expect((await send(moved)).rows[0]?.problems).toMatchObject([
      { column: 'password', message: 'the camera has another host now: give user name and password again' },
    ]);
    const stranger = await harness.client('admin-b');
    expect((await send('id,name\ngate-1,Mine', 'nothing', stranger)).rows[0]).toMatchObject({
      action: 'refused',
      problems: [{ column: 'id' }],
    });
    expect((await send('id,name,unit,url\nx,X,ward-a,rtsp://192.0.2.1/x', 'nothing', stranger)).rows[0]?.problems[0]?.column).toBe('unit');
    await (await harness.client('operator-a')).json('POST', '/cameras-import', { csv: LIST, apply: 'nothing' }, 403);
    await (await harness.client('operator-a')).json('GET', '/cameras-export', undefined, 403);
  });

  it('stays inside the networks of cameras', async () => {
    const second = await harness.startApi({ cameraNetworks: CameraNetworks.parse('10.0.0.0/8') });
    const report = await send('id,name,url\na,A,rtsp://127.0.0.1/1\nb,B,rtsp://10.0.0.1/1', 'nothing', admin.at(second.url));
    await second.close();
    expect(report.rows.map(({ action, problems }) => [action, problems[0]?.column])).toEqual([
      ['refused', 'url'],
      ['create', undefined],
    ]);
  });

  it('and a change of one of its cameras wait for each other and both end', async () => {
    await admin.json('POST', '/cameras', { camera: aCamera({ id: 'race-1' }) }, 201);
    const list = (name: string) => `id,name\nrace-1,${name}\ngate-1,${name}`;
    const lists = ['a', 'b', 'c'].map((name) => admin.request('POST', '/cameras-import', { csv: list(name), apply: 'all' }));
    const deletions = admin.request('DELETE', '/cameras/gate-2');
    expect((await Promise.all([...lists, deletions])).map(({ status }) => status)).toEqual([200, 200, 200, 204]);
  });

  it('of a thousand cameras is stored at once', async () => {
    const csv = ['id,name,url', ...Array.from({ length: 1000 }, (_, i) => `many-${i},Camera ${i},rtsp://192.0.2.4/${i}`)].join('\n');
    expect((await send(csv, 'all')).counts).toEqual({ create: 1000, update: 0, unchanged: 0, refused: 0 });
    expect((await refused(`${csv}\nmore,M,rtsp://192.0.2.4/m`, 'nothing', 400)).code).toBe('API_IMPORT_INVALID');
  });
});
