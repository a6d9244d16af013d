import { randomBytes, randomUUID } from 'node:crypto';
import type { FuzzUser } from '@safecity/bench';
import { type AlertMessage, parseCamera, subjects } from '@safecity/contracts';
import type { Bus } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { createUser, DEFAULT_SITE, type Role, type Sql } from '@safecity/vms-api';

const PASSWORD = randomBytes(24).toString('base64url');
/** In everything of the other unit that has words. */
const SECRET = 'CANARY-OF-THE-OTHER-UNIT';
const UNITS = ['own', 'other'] as const;
const ROLES: readonly Role[] = ['administrator', 'shift-lead', 'operator', 'reviewer', 'review-lead', 'eoc', 'auditor', 'gateway'];
const CAMERAS = 20;

const cameraIds = (unit: string) => Array.from({ length: CAMERAS }, (_, index) => `cam-${unit}-${index}`);
const wordsOf = (unit: string) => (unit === 'other' ? SECRET : 'Own');

/** Two units with the same cameras; whatever the other one is called is a secret. */
export function fuzzSite() {
  const units = [{ id: 'city', name: 'City' }, ...UNITS.map((id) => ({ id, parentId: 'city', name: wordsOf(id) }))];
  const cameras = UNITS.flatMap((unitId) =>
    cameraIds(unitId).map((id) => ({ ...parseCamera({ id, name: wordsOf(unitId), unitId, source: { url: 'rtsp://8.8.8.8/fuzz' } }) })),
  );
  return { facts: DEFAULT_SITE, units, cameras };
}

function alertOf(cameraId: string, unit: string, kind: AlertMessage['kind']): AlertMessage {
  const nowMs = Date.now();
  const reason = { text: { vi: wordsOf(unit), en: wordsOf(unit) }, measures: [] };
  const finding: AlertMessage['findings'][number] = {
    ...{ id: randomUUID(), type: 'crowd-occupancy', ruleId: 'rule-1', ruleName: wordsOf(unit), cameraId, configRevision: 1, trackIds: [] },
    ...{ subject: { kind: 'zone', id: 'zone-1' }, startMs: nowMs, raisedAtMs: nowMs, confidence: 0.8, reason, moments: [] },
  };
  return {
    ...{ alertId: randomUUID(), revision: 1, phase: 'opened', kind, type: 'crowd-occupancy', severity: 'high', cameraId },
    ...{ startMs: nowMs, updatedMs: nowMs, confidence: 0.8, reason, findings: [finding], simulated: true },
  };
}

/** Alerts of each kind, people, tokens and lists in both units. Returns the ids by the names of what takes them. */
export async function fill(sql: Sql, bus: Bus): Promise<Record<string, unknown[]>> {
  const known: Record<string, unknown[]> = { alertId: [], listId: [], tokenId: [], username: [], grantId: [], entryId: [] };
  for (const unit of UNITS) {
    for (const cameraId of cameraIds(unit)) {
      const message = alertOf(cameraId, unit, cameraId.length % 2 === 0 ? 'incident' : 'violation');
      await bus.publishDurable(subjects.alerts(cameraId), message, message.alertId);
      known['alertId']?.push(message.alertId);
    }
    const [list, user] = [`list-${unit}`, `victim-${unit}`];
    await sql`INSERT INTO watchlists (id, unit_id, name, created_by, created_at_ms) VALUES (${list}, ${unit}, ${wordsOf(unit)}, 'fuzz', 0)`;
    const tokens = await sql<{ id: string }[]>`INSERT INTO api_tokens (name, unit_id, secret_hash, expires_at_ms, created_by, created_at_ms)
      VALUES (${`token-${unit}`}, ${unit}, ${randomBytes(32)}, ${Date.now() + 3_600_000}, ${wordsOf(unit)}, 0) RETURNING id`;
    const users = await sql<{ id: string }[]>`INSERT INTO users (username, display_name, unit_id, password_hash, created_at_ms)
      VALUES (${user}, ${wordsOf(unit)}, ${unit}, 'none', 0) RETURNING id`;
    const grants = await sql<{ id: string }[]>`INSERT INTO role_grants (user_id, role, unit_id, granted_by, granted_at_ms)
      VALUES (${users[0]?.id as string}, 'operator', ${unit}, ${wordsOf(unit)}, 0) RETURNING id`;
    known['listId']?.push(list);
    known['username']?.push(user);
    known['tokenId']?.push(tokens[0]?.id);
    known['grantId']?.push(grants[0]?.id);
  }
  await waitFor(async () => Number((await sql`SELECT count(*) AS n FROM alerts`)[0]?.['n']) === CAMERAS * UNITS.length, {
    what: 'the alerts to be stored',
    timeoutMs: 30_000,
  });
  const [cameras, units] = [UNITS.flatMap(cameraIds), ['city', ...UNITS, 'none']];
  return { ...known, cameraId: cameras, id: cameras, unitId: units, parentId: units, controllerId: ['controller'] };
}

/** An incident of each unit. */
async function incidentsOf(sql: Sql): Promise<Record<string, string>> {
  const rows = await sql<{ unit: string; id: string }[]>`
    SELECT DISTINCT ON (unit_id) unit_id AS unit, id FROM alerts WHERE kind = 'incident' ORDER BY unit_id, id`;
  return Object.fromEntries(rows.map(({ unit, id }) => [unit, id]));
}

async function signIn(url: string, username: string): Promise<FuzzUser> {
  const response = await fetch(`${url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password: PASSWORD }),
  });
  const { csrfToken, user } = (await response.json()) as { csrfToken: string; user: { permissions: string[] } };
  const cookie = (response.headers.get('set-cookie') ?? '').split(';')[0] as string;
  return { name: username, headers: { cookie, 'x-csrf-token': csrfToken }, permissions: user.permissions, secrets: [SECRET] };
}

/** Asks as somebody who may, and gives the answer; what is refused stops the bench: nothing would lie behind its route. */
async function ask(url: string, { headers }: FuzzUser, method: string, path: string, body?: object): Promise<Record<string, never>> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const all = { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  const response = await fetch(`${url}/api/v1${path}`, { method, headers: all, ...sent });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return JSON.parse(text) as Record<string, never>;
}

const idOf = (answer: Record<string, unknown>): unknown => {
  const [only] = Object.values(answer);
  return answer['id'] ?? (only as { id?: unknown }).id;
};

/** What is made through the API itself: one of each in both units, by people of the whole site. */
export async function furnish(url: string, databaseUrl: string, sql: Sql): Promise<Record<string, unknown[]>> {
  const alertIds = await incidentsOf(sql);
  const [admin, lead] = await Promise.all(
    (['administrator', 'shift-lead'] as const).map((role) => newUser(url, databaseUrl, role, 'city')),
  );
  if (!admin || !lead) throw new Error('the users of the site are missing');
  const made: Record<string, unknown[]> = { revision: [1, 2], atMs: [Date.now()], fromMs: [Date.now() - 3_600_000], toMs: [Date.now()] };
  const add = (name: string, id: unknown) => {
    made[name] = [...(made[name] ?? []), id];
  };
  const untilMs = Date.now() + 24 * 3_600_000;
  for (const unit of UNITS) {
    const [words, cameraId, alertId] = [wordsOf(unit), `cam-${unit}-0`, alertIds[unit]];
    add('flagId', idOf(await ask(url, lead, 'POST', `/cameras/${cameraId}/flags`, { reason: words, untilMs: Date.now() + 3_600_000 })));
    add('holdId', idOf(await ask(url, lead, 'POST', `/alerts/${alertId}/holds`, { reason: words, untilMs: null })));
    const drill = { unitId: unit, name: words, exercises: words, untilMs: Date.now() + 3_600_000 };
    add('drillId', idOf(await ask(url, lead, 'POST', '/drills', drill)));
    add('bookmarkId', idOf(await ask(url, lead, 'POST', `/cameras/${cameraId}/bookmarks`, { atMs: Date.now(), name: words })));
    const polygon = [
      [0.1, 0.1],
      [0.2, 0.1],
      [0.2, 0.2],
    ];
    const hidden = await ask(url, lead, 'POST', `/alerts/${alertId}/suppress`, { untilMs: Date.now() + 3_600_000, polygon });
    add('suppressionId', idOf(hidden));
    const incident = { type: 'medical', severity: 'low', source: 'phone-call', description: words, place: words, unitId: unit };
    add('alertId', idOf(await ask(url, lead, 'POST', '/incidents', incident)));
    const hook = {
      id: `hook-${unit}`,
      name: words,
      url: 'https://9.9.9.9/',
      mode: 'exercise',
      kinds: ['incident'],
      expiresAfterMs: 60_000,
    };
    await ask(url, admin, 'POST', '/destinations', { ...hook, format: 'webhook', unitId: unit, automatic: false });
    add('destinationId', `hook-${unit}`);
  }
  const cases = await sql<{ id: string }[]>`SELECT id FROM violation_cases`;
  const provisions = await sql<{ id: string }[]>`SELECT id FROM legal_provisions LIMIT 20`;
  const templates = await sql<{ id: string }[]>`SELECT id FROM form_templates`;
  return {
    ...{ ...made, untilMs: [untilMs], caseId: cases.map(({ id }) => id) },
    ...{ provisionId: provisions.map(({ id }) => id), templateId: templates.map(({ id }) => id) },
  };
}

async function newUser(url: string, databaseUrl: string, role: Role, unitId: string): Promise<FuzzUser> {
  const username = `fuzz-${unitId}-${role}`;
  await createUser({ databaseUrl, username, role, unitId, password: PASSWORD });
  return signIn(url, username);
}

/** Nobody, and one user of each role in the own unit. */
export async function usersOf(url: string, databaseUrl: string): Promise<FuzzUser[]> {
  const users: FuzzUser[] = [{ name: 'nobody', headers: {}, permissions: [], secrets: [SECRET, 'rtsp://8.8.8.8/fuzz'] }];
  for (const role of ROLES) users.push(await newUser(url, databaseUrl, role, 'own'));
  return users;
}
