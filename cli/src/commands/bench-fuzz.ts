import { randomBytes, randomUUID } from 'node:crypto';
import { cpus } from 'node:os';
import { type FuzzReport, type FuzzUser, fuzz, type OpenApi } from '@safecity/bench';
import { type AlertMessage, parseCamera, subjects } from '@safecity/contracts';
import { type Bus, CameraNetworks, connectBus, createLogger } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { buildOpenApi, createUser, DEFAULT_SITE, provisionSite, type Role, type Sql } from '@safecity/vms-api';
import type { Command } from 'commander';
import { withOwnServers } from '../own-servers.js';
import { Progress } from '../progress.js';
import { positive } from './positive.js';

const PASSWORD = randomBytes(24).toString('base64url');
/** In everything of the other unit that has words. */
const SECRET = 'CANARY-OF-THE-OTHER-UNIT';
const UNITS = ['own', 'other'] as const;
const ROLES: readonly Role[] = ['administrator', 'shift-lead', 'operator', 'reviewer', 'review-lead', 'eoc', 'auditor', 'gateway'];
const CAMERAS = 20;
const logger = createLogger('fuzz', { write: () => undefined });

const cameraIds = (unit: string) => Array.from({ length: CAMERAS }, (_, index) => `cam-${unit}-${index}`);
const wordsOf = (unit: string) => (unit === 'other' ? SECRET : 'Own');

function site() {
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
async function fill(sql: Sql, bus: Bus): Promise<Record<string, unknown[]>> {
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

async function usersOf(url: string, databaseUrl: string): Promise<FuzzUser[]> {
  const users: FuzzUser[] = [{ name: 'nobody', headers: {}, permissions: [], secrets: [SECRET, 'rtsp://8.8.8.8/fuzz'] }];
  for (const role of ROLES) {
    await createUser({ databaseUrl, username: `fuzz-${role}`, role, unitId: 'own', password: PASSWORD });
    users.push(await signIn(url, `fuzz-${role}`));
  }
  return users;
}

/** Runs the fuzz on an API of its own, with two units side by side, asked with the rights of one of them. */
export async function fuzzApi(options: { requests: number; seed: number; onProgress?: (share: number) => void }): Promise<FuzzReport> {
  return withOwnServers({ name: 'fuzz', durable: false, logger }, async ({ natsUrl, databaseUrl, sql, keyFile, startApi }) => {
    await provisionSite({ databaseUrl, keyFile, site: site() });
    const api = await startApi({ cameraNetworks: CameraNetworks.parse(undefined, async () => ['10.0.0.1']) });
    const bus = await connectBus({ url: natsUrl, name: 'fuzz', logger });
    try {
      const known = await fill(sql, bus);
      const users = await usersOf(api.url, databaseUrl);
      return await fuzz({ url: api.url, document: (await buildOpenApi()) as OpenApi, users, known, ...options });
    } finally {
      await bus.close();
    }
  });
}

async function bench({ requests, seed }: { requests: string; seed: string }): Promise<void> {
  const progress = new Progress();
  const onProgress = (share: number) => progress.update('requests', share);
  const report = await fuzzApi({ requests: positive('requests', requests), seed: Number(seed), onProgress });
  progress.done();
  const found = Object.entries(report.problems).map(([problem, count]) => `${problem} ${count}`);
  process.stderr.write(`${report.requests} requests in ${report.seconds.toFixed(0)} s: ${found.join(', ')}\n`);
  process.stdout.write(`${JSON.stringify({ machine: `${cpus().length} x ${cpus()[0]?.model}`, ...report })}\n`);
  if (report.findings.length > 0) process.exitCode = 1;
}

/** Adds `safecity bench fuzz`. */
export function registerBenchFuzz(parent: Command): void {
  parent
    .command('fuzz')
    .description('requests made from the OpenAPI document, valid, nearly valid and hostile: server errors, data of another unit, stacks')
    .option('--requests <n>', 'how many', '100000')
    .option('--seed <n>', 'the same seed makes the same requests', '1')
    .action(bench);
}
