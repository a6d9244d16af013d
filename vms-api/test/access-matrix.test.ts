import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addGrant } from '../src/accounts/grants.js';
import { PERMISSIONS, ROLE_PERMISSIONS, ROLES, type Role } from '../src/accounts/roles.js';
import { addUser } from '../src/accounts/users.js';
import { type Client, type Harness, SITE, socketStatus, startHarness } from './harness.js';
import {
  PARTS,
  PLACED_BY_PARTS,
  PLACED_CASES,
  PLACEMENTS,
  type Placement,
  pathOf,
  type Resources,
  SIBLING_SECRET,
  SITE_WIDE,
  storeResources,
} from './matrix-resources.js';

interface Operation {
  operationId: string;
  method: string;
  path: string;
  permission: string;
  socket: boolean;
  /** Names something that lies in a unit. */
  placed: boolean;
}

type Documented = Record<string, Record<string, { operationId: string; 'x-permission'?: string; responses: object }>>;

let harness: Harness;
let operations: Operation[];
const resources = new Map<string, Resources>();
const clients = new Map<Role, Client>();

const PLACED =
  /\{(cameraId|destinationId|alertId|trackKey|unitId|username|tokenId|controllerId|listId|suppressionId|bookmarkId|drillId|flagId|handoverId)\}/;

function readOperations(): Operation[] {
  const { paths } = harness.api.app.swagger() as unknown as { paths: Documented };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      operationId: operation.operationId,
      method: method.toUpperCase(),
      path,
      permission: operation['x-permission'] ?? 'missing',
      socket: '101' in operation.responses,
      placed: PLACED.test(path) || [...PLACED_BY_PARTS, ...PLACED_CASES].includes(operation.operationId),
    })),
  );
}

beforeAll(async () => {
  harness = await startHarness({
    ...SITE,
    units: [...SITE.units, { id: 'block-a', parentId: 'ward-a', name: 'Block A' }],
  });
  operations = readOperations();
  for (const role of ROLES) {
    const password = 'correct horse battery';
    await addUser(harness.sql, { username: `m-${role}`, displayName: role, unitId: 'ward-a', password, grant: { role, unitId: 'ward-a' } });
    clients.set(role, await harness.client(`m-${role}`));
    for (const placement of PLACEMENTS) resources.set(`${role} ${placement}`, await storeResources(harness, role, placement));
  }
}, 60_000);
afterAll(() => harness?.stop());

const outcomes = ['forbidden', 'hidden', 'allowed'] as const;
type Outcome = (typeof outcomes)[number] | string;

/** What an answer says about access; whatever is neither yes nor no is told in full. */
function outcomeOf({ operationId }: Operation, status: number, text: string, named: Resources): Outcome {
  // Refused is the time that was asked for, not who asked: the track lies around no incident.
  const outOfWindow = operationId === 'getTrackThumbnail' && text.includes('"API_RECORDING_WINDOW"');
  if (status === 403) return outOfWindow ? 'allowed' : 'forbidden';
  const names = Object.values(named) as string[];
  if (status === 404 && names.some((name) => text.includes(`\\"${name}\\"`))) return 'hidden';
  if (status === 400 || status === 401 || (status >= 500 && status !== 503)) return `${status} ${text.slice(0, 200)}`;
  return 'allowed';
}

async function ask(client: Client, operation: Operation, target: Resources): Promise<{ outcome: Outcome; text: string }> {
  const { query, body } = PARTS[operation.operationId]?.(target) ?? {};
  const path = `${pathOf(operation.path, operation.operationId, target)}${query === undefined ? '' : `?${query}`}`;
  if (operation.socket) {
    const status = await socketStatus(client.socket(path));
    return { outcome: { 101: 'allowed', 403: 'forbidden', 404: 'hidden' }[status] ?? String(status), text: '' };
  }
  const response = await client.request(operation.method, path, body);
  const text = await response.text();
  return { outcome: outcomeOf(operation, response.status, text, target), text };
}

function expected(operation: Operation, role: Role, placement: Placement): Outcome {
  const { permission } = operation;
  const may = ['public', 'session', 'person'].includes(permission) || (ROLE_PERMISSIONS[role] as readonly string[]).includes(permission);
  if (!may || SITE_WIDE.includes(operation.operationId)) return 'forbidden';
  return !operation.placed || placement === 'own' || placement === 'sub' ? 'allowed' : 'hidden';
}

const SESSION_ITSELF = [
  'openSession',
  'closeSession',
  'confirmSecondFactor',
  'removeSecondFactor',
  'closeOtherSessions',
  'changeOwnPassword',
];

/** Deleting comes last, what hangs on a thing before the thing, and signing in and out is no part of it: both end what the other cells need. */
const inOrder = () =>
  operations
    .filter(({ operationId }) => !SESSION_ITSELF.includes(operationId))
    .sort((a, b) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE') || b.path.length - a.path.length);

describe('the OpenAPI document', () => {
  it('names the permission of every operation', () => {
    const known = ['public', 'session', 'person', ...PERMISSIONS];
    expect(operations.filter(({ permission }) => !known.includes(permission))).toEqual([]);
    expect(operations.filter(({ permission }) => permission === 'public').map(({ operationId }) => operationId)).toEqual([
      'openSession',
      'getSignInOptions',
      'beginProviderSignIn',
      'finishProviderSignIn',
      'getHealth',
      // In a scope of its own, because it takes a form: it comes last.
      'endProviderSessions',
    ]);
  });
});

// A role asks some 500 requests, one after the other.
describe('every route × role × unit', { timeout: 120_000 }, () => {
  it.each(ROLES)('%s in ward-a', async (role) => {
    const client = clients.get(role) as Client;
    const [actual, wanted, told]: string[][] = [[], [], []];
    for (const operation of inOrder()) {
      for (const placement of PLACEMENTS) {
        const { outcome, text } = await ask(client, operation, resources.get(`${role} ${placement}`) as Resources);
        const cell = `${operation.method} ${operation.path} ${placement}`;
        actual?.push(`${cell}: ${outcome}`);
        wanted?.push(`${cell}: ${expected(operation, role, placement)}`);
        if (text.includes(SIBLING_SECRET)) told?.push(cell);
      }
    }
    expect(actual).toEqual(wanted);
    expect(told).toEqual([]);
    expect(actual?.length).toBeGreaterThan(80);
  });

  it('lists what is in the own unit and below it', async () => {
    const client = clients.get('auditor') as Client;
    for (const [path, name] of [
      ['/cameras', 'cam-auditor'],
      ['/alerts', 'cam-auditor'],
      ['/tracks', 'cam-auditor'],
      ['/tracks-export?format=csv', 'cam-auditor'],
    ] as const) {
      const text = await (await client.request('GET', path)).text();
      expect([path, text.includes(`${name}-own`), text.includes(`${name}-sub`), text.includes(`${name}-sibling`)]).toEqual([
        path,
        true,
        true,
        false,
      ]);
    }
  });
});

describe('a grant', () => {
  const give = async (username: string, grants: Parameters<typeof addGrant>[2][]) => {
    const password = 'correct horse battery';
    const [first, ...more] = grants as [Parameters<typeof addGrant>[2], ...Parameters<typeof addGrant>[2][]];
    const id = await addUser(harness.sql, { username, displayName: username, unitId: first.unitId, password, grant: first });
    for (const grant of more) await addGrant(harness.sql, id, grant, { name: 'test', atMs: 0 });
    return { id, client: await harness.client(username) };
  };
  const resource = (key: string) => resources.get(key) as Resources;
  const status = async (client: Client, path: string) => (await client.request('GET', path)).status;

  it('for some cameras shows those, their alerts and their tracks only', async () => {
    const [seen, unseen] = [resource('auditor own'), resource('auditor sub')];
    const { client } = await give('one-camera', [{ role: 'auditor', unitId: 'city', cameraIds: [seen.cameraId] }]);
    for (const list of ['/cameras', '/alerts', '/tracks']) {
      const text = await (await client.request('GET', list)).text();
      expect([list, text.includes(seen.cameraId), text.includes(unseen.cameraId)]).toEqual([list, true, false]);
    }
    for (const [{ cameraId, alertId, trackKey }, wanted] of [
      [seen, 200],
      [unseen, 404],
    ] as const) {
      const paths = [`/cameras/${cameraId}`, `/alerts/${alertId}`, `/tracks/${trackKey}`];
      expect(await Promise.all(paths.map((path) => status(client, path)))).toEqual([wanted, wanted, wanted]);
    }
  });

  it('for some cameras does not reach what they saw in the service of a unit outside it', async () => {
    const { cameraId, alertId } = resource('shift-lead own');
    const { client } = await give('lent-camera', [{ role: 'auditor', unitId: 'ward-a', cameraIds: [cameraId] }]);
    expect(await status(client, `/alerts/${alertId}`)).toBe(200);
    await harness.sql`UPDATE alerts SET unit_id = 'ward-b' WHERE id = ${alertId}`;
    expect(await status(client, `/alerts/${alertId}`)).toBe(404);
  });

  it('brings its permissions and its kinds of alert into its own unit only', async () => {
    const incident = resource('auditor own').alertId;
    const violation = resource('reviewer own').alertId;
    const { client } = await give('two-roles', [
      { role: 'eoc', unitId: 'ward-a' },
      { role: 'administrator', unitId: 'ward-b' },
    ]);
    expect(await status(client, `/alerts/${incident}`)).toBe(200);
    expect(await status(client, `/alerts/${violation}`)).toBe(404);
    expect((await client.request('DELETE', `/cameras/${resource('auditor own').cameraId}`)).status).toBe(404);
    expect((await client.request('DELETE', `/cameras/${resource('auditor sibling').cameraId}`)).status).toBe(204);
  });

  it('ends at its moment, and with the last one the session', async () => {
    const { id, client } = await give('for-a-while', [
      { role: 'operator', unitId: 'ward-a', untilMs: Date.now() + 60_000 },
      { role: 'eoc', unitId: 'ward-a' },
    ]);
    expect(await status(client, '/tracks')).toBe(200);
    await harness.sql`UPDATE role_grants SET until_ms = ${Date.now()} WHERE user_id = ${id} AND role = 'operator'`;
    expect([await status(client, '/tracks'), await status(client, '/alerts')]).toEqual([403, 200]);
    await harness.sql`UPDATE role_grants SET until_ms = ${Date.now()} WHERE user_id = ${id}`;
    expect(await status(client, '/alerts')).toBe(401);
  });
});
