import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Bus, connectBus } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeAlert } from '../src/alerts/alert-intake.js';
import type { AlertDetail } from '../src/alerts/alert-schemas.js';
import { EvidenceBucket } from '../src/evidence/evidence-bucket.js';
import { hashesOf } from '../src/evidence/evidence-files.js';
import type { Hold, HoldOverview } from '../src/holds/hold-schemas.js';
import { readSigningKey } from '../src/ledger/signing-key.js';
import { DAY_MS, RETENTION_CLASSES, type RetentionClass } from '../src/retention/classes.js';
import { RetentionJob } from '../src/retention/retention-job.js';
import type { RetentionOverview, RetentionPreview, RetentionRun } from '../src/retention/retention-schemas.js';
import { verifyRetention } from '../src/retention/verify.js';
import { aFinding, anAlert } from '../src/testing/builders.js';
import { type FakeIngest, startFakeIngest } from './fake-ingest.js';
import { type Client, type Harness, quiet, startHarness } from './harness.js';
import { aCase } from './review-cases.js';
import { startTestBucket, type TestBucket } from './s3-server.js';

/** Noon in Viet Nam, long ago, so that what the tests store is old for the real clock too. */
const NOW = Date.parse('2026-11-01T05:00:00Z');

let harness: Harness;
let bus: Bus;
let ingest: FakeIngest;
let bucket: TestBucket;
let [admin, auditor, lead, operator] = [] as unknown as Client[];
let nowMs = NOW;
let locks: string[] = [];

beforeAll(async () => {
  [harness, bucket] = await Promise.all([startHarness(), startTestBucket()]);
  await harness.api.close();
  // The job of the service itself waits for the last hour of the day, and the tests run their own.
  harness.api = await harness.startApi({ evidenceBucket: bucket.options, retention: { hour: 23 } });
  bus = await connectBus({ url: harness.natsUrl, name: 'test', logger: quiet });
  ingest = await startFakeIngest(bus, harness.key, ['cam-a']);
  ingest.recording = (request, response) => {
    const released = request.method === 'DELETE';
    if (released) locks = locks.filter((id) => !request.url?.endsWith(id));
    else locks.push('00000000-0000-4000-8000-00000000000a');
    response.writeHead(released ? 204 : 200, { 'content-type': 'application/json' });
    response.end(released ? undefined : JSON.stringify({ lockId: locks.at(-1), fromMs: 1, toMs: 2, reason: 'x', owner: 'x', setAtMs: 1 }));
  };
  [admin, auditor, lead, operator] = (await Promise.all(
    ['admin', 'auditor', 'lead-a', 'operator-a'].map((name) => harness.client(name)),
  )) as [Client, Client, Client, Client];
}, 60_000);
afterAll(async () => {
  await ingest?.close();
  await bus?.close();
  await harness?.stop();
  await bucket?.close();
});

function aJob(): RetentionJob {
  return new RetentionJob({
    ...{ sql: harness.sql, evidence: new EvidenceBucket(bucket.options), defaults: {}, hour: 3, logger: quiet, nowMs: () => nowMs },
    ...{ signingKey: readSigningKey(join(harness.dataDirectory, 'evidence-signing-key.pem')) },
  });
}

/** Runs the job of the next day. */
async function nextDay(days = 1): Promise<void> {
  nowMs += days * DAY_MS;
  expect(await aJob().run()).toBe(true);
}

/** An incident that is over, with a picture and a clip, raised so many days before `nowMs`. */
async function anOldAlert(ageDays: number, state = 'resolved'): Promise<string> {
  const alertId = randomUUID();
  const startMs = nowMs - ageDays * DAY_MS;
  const message = anAlert({ alertId, cameraId: 'cam-a', startMs, findings: [aFinding({ startMs, raisedAtMs: startMs })] });
  const { sql } = harness;
  await takeAlert(sql, message, startMs);
  await sql`UPDATE alerts SET state = ${state}, end_ms = ${startMs + 1000}, raised_at_ms = ${startMs} WHERE id = ${alertId}`;
  await sql`UPDATE evidence_jobs SET state = 'complete' WHERE alert_id = ${alertId}`;
  await sql`UPDATE deliveries SET state = 'sent', delivered_at_ms = ${startMs}, body = 'text' WHERE alert_id = ${alertId}`;
  const store = new EvidenceBucket(bucket.options);
  const bytes = Buffer.from(alertId);
  const { sha256, sha1 } = hashesOf(bytes);
  await store.write(alertId, 'raised-1.jpg', bytes);
  await store.write(alertId, 'clip-a.mp4', bytes);
  await sql`INSERT INTO alert_evidence (alert_id, moment, file, captured_at_ms, width_px, height_px, size_bytes, sha256, sha1, stored_at_ms)
    VALUES (${alertId}, 'raised', 'raised-1.jpg', 1, 2, 2, ${bytes.length}, ${sha256}, ${sha1}, 1)`;
  await sql`INSERT INTO alert_clips (alert_id, name, file, from_ms, to_ms, duration_ms, codec, width_px, height_px, size_bytes, gaps, sha256, stored_at_ms)
    VALUES (${alertId}, 'clip-a', 'clip-a.mp4', 1, 2, 1, 'h264', 2, 2, ${bytes.length}, '[]', ${sha256}, 1)`;
  return alertId;
}

const filesOf = async (alertId: string) => (await new EvidenceBucket(bucket.options).list(alertId)).length;
const rowsOf = async (alertId: string) =>
  (
    await harness.sql`SELECT 1 FROM alert_evidence WHERE alert_id = ${alertId} UNION ALL SELECT 1 FROM alert_clips WHERE alert_id = ${alertId}`
  ).length;
const exists = async (alertId: string) => (await harness.sql`SELECT 1 FROM alerts WHERE id = ${alertId}`).length === 1;
const runs = async () => (await auditor.json<{ runs: RetentionRun[] }>('GET', '/retention/runs')).runs;

describe('what is past keeping', () => {
  it('goes by class, with a signed record in the ledger, and everything else stays', async () => {
    const stays = await anOldAlert(20);
    const pictures = await anOldAlert(181);
    const falseAlarm = await anOldAlert(31, 'false-alarm');
    const open = await anOldAlert(500, 'new');
    await harness.sql`UPDATE alerts SET end_ms = NULL WHERE id = ${open}`;
    const old = await anOldAlert(500);
    const violation = (await aCase(harness, { atMs: nowMs - 3000 * DAY_MS })).alertId;
    // Its vehicle did worse afterwards: for the desk it is an incident.
    await harness.sql`UPDATE alerts SET kind = 'incident', state = 'resolved', end_ms = 1 WHERE id = ${violation}`;
    await harness.sql`UPDATE evidence_jobs SET state = 'complete' WHERE alert_id = ${violation}`;
    // Nothing is sent any more to a destination that is switched off.
    await harness.sql`INSERT INTO destinations (id, name, format, url, mode, alert_kinds, unit_id, expires_after_ms, enabled)
      VALUES ('off', 'Off', 'cap', 'http://127.0.0.1:9/', 'exercise', '{incident}', 'city', 60000, false)`;
    await harness.sql`WITH told AS (
        INSERT INTO outbox (alert_id, sequence, message_type, cause, snapshot, created_at_ms) VALUES (${old}, 1, 'Alert', 'opened', '{}', 0)
        RETURNING id)
      INSERT INTO deliveries (outbox_id, destination_id, alert_id, sequence, next_attempt_ms) SELECT id, 'off', ${old}, 1, 0 FROM told`;

    const preview = await auditor.json<{ classes: RetentionPreview[] }>('GET', '/retention/preview');
    expect(preview.classes.map((item) => item.class)).toEqual(Object.keys(RETENTION_CLASSES));
    await nextDay();

    expect(await Promise.all([stays, pictures, falseAlarm, open, old, violation].map(exists))).toEqual([
      true,
      true,
      true,
      true,
      false,
      true,
    ]);
    expect(await Promise.all([stays, pictures, falseAlarm, open, old].map(filesOf))).toEqual([2, 0, 0, 2, 0]);
    expect(await Promise.all([stays, pictures, falseAlarm, open].map(rowsOf))).toEqual([2, 0, 0, 2]);
    expect(await harness.sql`SELECT count(*) AS n FROM alert_evidence WHERE alert_id = ${violation}`).toEqual([{ n: 3 }]);
    const shown = await operator.json<AlertDetail>('GET', `/alerts/${falseAlarm}`);
    expect(shown.evidenceFailed).toEqual([{ moment: 'raised', reason: 'deleted after 30 days' }]);

    const found = await runs();
    const facts = Object.fromEntries(
      found.map(({ class: id, items, files, ledgerSeq }) => [id, { items, files, signed: ledgerSeq !== null }]),
    );
    expect(facts).toMatchObject({
      'false-alarm-evidence': { items: 1, files: 2, signed: true },
      'incident-evidence': { items: 2, files: 4, signed: true },
      alerts: { items: 1, files: 0, signed: true },
    });
    const { fingerprint } = readSigningKey(join(harness.dataDirectory, 'evidence-signing-key.pem'));
    const published = ['0'.repeat(64), fingerprint];
    expect(await verifyRetention(harness.databaseUrl, published)).toMatchObject({ ok: true, runs: found.length, problems: [] });
    const [lines] =
      await harness.sql`SELECT lines FROM retention_batches b JOIN retention_runs r ON r.id = b.run_id WHERE r.class = 'false-alarm-evidence'`;
    expect(lines?.['lines'].split('\n')).toContain(`${falseAlarm}/raised-1.jpg ${hashesOf(Buffer.from(falseAlarm)).sha256}`);
  });

  it('goes once a day from its hour on, in one process', async () => {
    expect(await aJob().run()).toBe(false);
    nowMs += DAY_MS - 10 * 3_600_000;
    expect(await aJob().run(), 'two in the night').toBe(false);
    nowMs += 10 * 3_600_000;
    expect((await Promise.all([aJob().run(), aJob().run()])).sort()).toEqual([false, true]);
    const overview = await auditor.json<RetentionOverview>('GET', '/retention');
    expect(new Date(overview.nextRunAtMs).toISOString().slice(11, 19)).toBe('16:00:00');
  });

  it('is set by administrators of the whole site, within limits, and the change is in the audit log', async () => {
    const put = (client: Client, body: object) => client.request('PUT', '/retention', { reason: 'asked for', ...body });
    for (const [client, body, status] of [
      [auditor, { class: 'alerts', days: 40 }, 403],
      [await harness.client('admin-b'), { class: 'alerts', days: 40 }, 403],
      [admin, { class: 'alerts', days: 29 }, 400],
      [admin, { class: 'alerts', days: 3651 }, 400],
      [admin, { class: 'audit', days: 40 }, 400],
      [admin, { class: 'alerts', days: 40 }, 200],
    ] as const)
      expect((await put(client, body)).status, JSON.stringify(body)).toBe(status);
    const [entry] = await harness.sql`SELECT actor, subject, detail FROM audit WHERE action = 'retention.changed'`;
    expect(entry).toEqual({ actor: 'admin', subject: 'retention:alerts', detail: { beforeDays: 400, days: 40, reason: 'asked for' } });
    const alertId = await anOldAlert(41);
    await nextDay();
    expect([await exists(alertId), await filesOf(alertId)]).toEqual([false, 0]);
    await put(admin, { class: 'alerts', days: 400 });
  });

  it('takes with it the texts of messages and ended sessions, and says of persons nothing but numbers', async () => {
    const alertId = await anOldAlert(91);
    const [destination] = await harness.sql<{ id: string }[]>`
      INSERT INTO destinations (id, name, format, url, mode, alert_kinds, unit_id, expires_after_ms)
      VALUES ('eoc-1', 'EOC', 'cap', 'http://127.0.0.1:1', 'exercise', '{}', 'city', 1) RETURNING id`;
    const [outbox] = await harness.sql<{ id: number }[]>`
      INSERT INTO outbox (alert_id, sequence, message_type, cause, snapshot, created_at_ms) VALUES (${alertId}, 77, 'Alert', 'x', '{}', 1) RETURNING id`;
    await harness.sql`INSERT INTO deliveries (outbox_id, destination_id, alert_id, sequence, state, next_attempt_ms, body, receipt, delivered_at_ms)
      VALUES (${outbox?.id as number}, ${destination?.id as string}, ${alertId}, 77, 'sent', 1, '<alert/>', 'r-1', ${nowMs - 91 * DAY_MS})`;
    await harness.sql`INSERT INTO sessions (token_hash, user_id, created_at_ms, last_seen_ms, expires_at_ms)
      SELECT 'old', id, 0, 0, ${nowMs - 31 * DAY_MS} FROM users WHERE username = 'operator-b'`;
    const ended = nowMs - 31 * DAY_MS;
    await harness.sql`INSERT INTO provider_attempts (state_hash, browser_hash, return_to, expires_at_ms)
      VALUES ('old', 'b', '/', ${ended}), ('new', 'b', '/', ${nowMs})`;
    await harness.sql`INSERT INTO provider_invitations (secret_hash, user_id, created_by, expires_at_ms)
      SELECT 'old'::bytea, id, 'admin', ${ended}::double precision FROM users WHERE username = 'operator-b'
      UNION ALL SELECT 'new', id, 'admin', ${nowMs}::double precision FROM users WHERE username = 'operator-a'`;
    await nextDay();
    expect(await harness.sql`SELECT convert_from(state_hash, 'UTF8') AS s FROM provider_attempts`).toEqual([{ s: 'new' }]);
    expect(await harness.sql`SELECT convert_from(secret_hash, 'UTF8') AS s FROM provider_invitations`).toEqual([{ s: 'new' }]);
    expect(await harness.sql`SELECT body, receipt FROM deliveries WHERE alert_id = ${alertId}`).toEqual([{ body: null, receipt: 'r-1' }]);
    expect(await harness.sql`SELECT 1 FROM sessions WHERE token_hash = 'old'`).toEqual([]);
    const [batch] = await harness.sql`
      SELECT lines FROM retention_batches b JOIN retention_runs r ON r.id = b.run_id WHERE r.class = 'sessions' ORDER BY r.id DESC LIMIT 1`;
    expect(batch?.['lines']).toBe('sessions 1\nsign-ins 1\ninvitations 1');
  });

  it('has every table that hangs on an alert go with it', async () => {
    const rows = await harness.sql<{ child: string; parent: string }[]>`
      WITH RECURSIVE hanging AS (
        SELECT 'alerts'::regclass::oid AS id
        UNION SELECT c.conrelid FROM pg_constraint c JOIN hanging h ON c.confrelid = h.id WHERE c.contype = 'f' AND c.confdeltype = 'c')
      SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent FROM pg_constraint
      WHERE contype = 'f' AND confrelid IN (SELECT id FROM hanging) AND confdeltype <> 'c' ORDER BY 1`;
    // A new table that names an alert, or what hangs on one, says ON DELETE CASCADE, or belongs to violations, whose alerts stay.
    expect(rows.map(({ child, parent }) => [child, parent])).toEqual([
      ['erasure_records', 'alerts'],
      ['violation_cases', 'alerts'],
    ]);
  });

  it('takes an alert with all that was done about it, and what of the desk is over; the rest of the desk stays', async () => {
    const { sql } = harness;
    const alertId = await anOldAlert(401);
    const oldMs = nowMs - 401 * DAY_MS;
    await sql`INSERT INTO evidence_derivatives (alert_id, kind, source_file, source_sha256, file, width_px, height_px, size_bytes, sha256, sha1, facts, made_at_ms)
      VALUES (${alertId}, 'masked', 'raised-1.jpg', 'x', 'raised-1-masked.jpg', 2, 2, 1, 'y', 'z', '{}', 1)`;
    await sql`INSERT INTO alert_history (alert_id, at_ms, actor, action, from_state, to_state, comment)
      VALUES (${alertId}, ${oldMs}, 'operator-a', 'comment', 'new', 'new', 'seen')`;
    await sql`INSERT INTO destinations (id, name, format, url, mode, alert_kinds, unit_id, expires_after_ms)
      VALUES ('eoc-2', 'EOC', 'cap', 'http://127.0.0.1:1', 'exercise', '{}', 'city', 1)`;
    await sql`INSERT INTO alert_dispatches (alert_id, destination_id, dispatched_by, at_ms) VALUES (${alertId}, 'eoc-2', 'operator-a', ${oldMs})`;
    const handover = (snapshot: string, signedAtMs: number) => sql<{ id: string }[]>`
      INSERT INTO handovers (unit_id, state, notes, snapshot, sha256, signed_by, signed_name, signed_at_ms, accepted_by, accepted_name, accepted_at_ms, moved)
      VALUES ('ward-a', 'accepted', '', ${snapshot}, 'hash', 'operator-a', 'A', ${signedAtMs}, 'operator-b', 'B', ${signedAtMs}, ${[alertId]}) RETURNING id`;
    const told = JSON.stringify({ alerts: [{ id: alertId }] });
    await handover(told, oldMs);
    const [young] = await handover(told, nowMs - 300 * DAY_MS);
    const heldId = await anOldAlert(402);
    await sql`INSERT INTO legal_holds (alert_id, reason, set_by, set_at_ms) VALUES (${heldId}, 'case 12/2026', 'lead-a', ${nowMs})`;
    const [kept] = await handover(JSON.stringify({ alerts: [{ id: heldId }] }), oldMs);
    const drill = (name: string) => sql<{ id: string }[]>`
      INSERT INTO drills (unit_id, name, exercises, from_ms, until_ms, declared_by, declared_at_ms)
      VALUES ('ward-a', ${name}, 'fire', ${oldMs - 1}, ${oldMs}, 'lead-a', ${oldMs}) RETURNING id`;
    await drill('nothing left of it');
    const [part] = await drill('an alert of it is held');
    await sql`UPDATE alerts SET opened_by = 'operator-a', drill_id = ${part?.id as string} WHERE id = ${heldId}`;
    await sql`INSERT INTO camera_flags (camera_id, unit_id, reason, from_ms, until_ms, set_by)
      VALUES ('cam-a', 'ward-a', 'old', ${oldMs - 1}, ${oldMs}, 'operator-a'), ('cam-a', 'ward-a', 'young', ${oldMs}, ${nowMs}, 'operator-a')`;
    await sql`INSERT INTO camera_reference_pictures (camera_id, jpeg, sha256, taken_at_ms, taken_by)
      SELECT id, 'jpeg'::bytea, 'picture', ${oldMs}, 'admin' FROM cameras WHERE id IN ('cam-a', 'cam-b')`;
    await sql`UPDATE cameras SET deleted_at_ms = ${oldMs} WHERE id = 'cam-b'`;
    await nextDay();
    expect(await Promise.all([alertId, heldId].map(exists))).toEqual([false, true]);
    expect(await sql`SELECT 1 FROM alert_dispatches UNION ALL SELECT 1 FROM evidence_derivatives WHERE alert_id = ${alertId}`).toEqual([]);
    expect(await sql`SELECT id, snapshot FROM handovers ORDER BY signed_at_ms DESC`).toMatchObject([
      { id: young?.id, snapshot: told },
      { id: kept?.id },
    ]);
    expect(await sql`SELECT name FROM drills`).toEqual([{ name: 'an alert of it is held' }]);
    expect(await sql`SELECT reason FROM camera_flags`).toEqual([{ reason: 'young' }]);
    expect(await sql`SELECT camera_id FROM camera_reference_pictures`).toEqual([{ camera_id: 'cam-a' }]);
    const [batch] = await sql`
      SELECT lines, items FROM retention_batches b JOIN retention_runs r ON r.id = b.run_id WHERE r.class = 'desk' ORDER BY r.id DESC LIMIT 1`;
    expect(batch?.['items']).toBe(4);
    expect(batch?.['lines']).toContain('reference picture cam-b picture');
    await sql`UPDATE cameras SET deleted_at_ms = NULL WHERE id = 'cam-b'`;
    await sql`UPDATE legal_holds SET ended_at_ms = ${nowMs}, ended_by = 'lead-a', end_reason = 'over' WHERE alert_id = ${heldId}`;
    await nextDay();
    expect(await exists(heldId)).toBe(false);
  });
});

describe('the record of what was deleted', () => {
  it('is refused any change by the database, and a change made nonetheless is named', async () => {
    await anOldAlert(500);
    await nextDay();
    const [run] = (await runs()).filter((candidate) => candidate.class === 'alerts');
    const id = run?.run as number;
    for (const change of [
      `UPDATE retention_runs SET days = 1 WHERE id = ${id}`,
      `DELETE FROM retention_batches WHERE run_id = ${id}`,
      `UPDATE retention_batches SET lines = '' WHERE run_id = ${id}`,
      'TRUNCATE retention_batches',
    ])
      await expect(harness.sql.unsafe(change), change).rejects.toThrow(/append-only/);
    const tampered = async (change: string) => {
      await harness.sql.unsafe(
        `ALTER TABLE retention_batches DISABLE TRIGGER ALL; ALTER TABLE retention_runs DISABLE TRIGGER ALL; ${change}`,
      );
      const { problems } = await verifyRetention(harness.databaseUrl);
      return problems.filter((problem) => problem.run === id).map(({ problem }) => problem);
    };
    const [lines] = await harness.sql<{ lines: string }[]>`SELECT lines FROM retention_batches WHERE run_id = ${id} AND number = 1`;
    expect(await tampered(`UPDATE retention_batches SET lines = lines || 'x' WHERE run_id = ${id}`)).toEqual(['its list was changed']);
    expect(await tampered(`UPDATE retention_batches SET items = 9, lines = '${lines?.lines}' WHERE run_id = ${id}`)).toEqual([
      'its counts are not those of its list',
    ]);
    expect(
      await tampered(
        `UPDATE retention_batches SET items = 1 WHERE run_id = ${id}; UPDATE retention_runs SET statement = replace(statement, '"items":1', '"items":2') WHERE id = ${id}`,
      ),
    ).toEqual(['its signature does not match', 'its counts are not those of its list', 'the ledger does not know it']);
    expect(await tampered(`UPDATE retention_runs SET statement = replace(statement, '"items":2', '"items":1') WHERE id = ${id}`)).toEqual(
      [],
    );
    expect((await verifyRetention(harness.databaseUrl, ['0'.repeat(64)])).problems).toContainEqual({
      run: id,
      problem: 'it is not signed by a key that the office publishes',
    });
    await harness.sql.unsafe(
      `CREATE TABLE kept_runs AS SELECT * FROM retention_runs WHERE id = ${id}; CREATE TABLE kept_batches AS SELECT * FROM retention_batches WHERE run_id = ${id}`,
    );
    expect(await tampered(`DELETE FROM retention_batches WHERE run_id = ${id}; DELETE FROM retention_runs WHERE id = ${id}`)).toEqual([
      'its record is gone: the ledger has its entry',
    ]);
    await harness.sql.unsafe(`INSERT INTO retention_runs OVERRIDING SYSTEM VALUE SELECT * FROM kept_runs;
      INSERT INTO retention_batches SELECT * FROM kept_batches; DROP TABLE kept_runs, kept_batches`);
    await harness.sql.unsafe('ALTER TABLE retention_batches ENABLE TRIGGER ALL; ALTER TABLE retention_runs ENABLE TRIGGER ALL');
  });
});

describe('a legal hold', () => {
  const hold = (client: Client, alertId: string, untilMs: number | null = null) =>
    client.json<Hold>('POST', `/alerts/${alertId}/holds`, { reason: 'case 12/2026 of the court', untilMs }, 201);

  it('beats every retention, in the job and in the database, until somebody else lifts it', async () => {
    const alertId = await anOldAlert(3000);
    const set = await hold(lead, alertId);
    await harness.sql`INSERT INTO evidence_derivatives (alert_id, kind, source_file, source_sha256, file, width_px, height_px, size_bytes, sha256, sha1, facts, made_at_ms)
      VALUES (${alertId}, 'masked', 'raised-1.jpg', 'x', 'raised-1.jpg', 1, 1, 1, 'x', 'x', '{}', 1)`;
    expect(set).toMatchObject({ setBy: 'lead-a', untilMs: null, endedAtMs: null, recordings: [{ cameraId: 'cam-a', problem: null }] });
    expect(locks).toEqual([set.recordings[0]?.lockId]);
    await nextDay();
    expect([await exists(alertId), await filesOf(alertId), await rowsOf(alertId)]).toEqual([true, 2, 2]);
    for (const change of [
      `DELETE FROM alerts WHERE id = '${alertId}'`,
      `DELETE FROM alert_evidence WHERE alert_id = '${alertId}'`,
      `DELETE FROM alert_clips WHERE alert_id = '${alertId}'`,
      `DELETE FROM evidence_derivatives WHERE alert_id = '${alertId}'`,
    ])
      await expect(harness.sql.unsafe(change), change).rejects.toThrow(/under legal hold/);
    await expect(harness.sql.unsafe(`DELETE FROM legal_holds WHERE alert_id = '${alertId}'`)).rejects.toThrow(/never deleted/);
    await expect(harness.sql.unsafe(`UPDATE legal_holds SET reason = 'x' WHERE alert_id = '${alertId}'`)).rejects.toThrow(/never changed/);
    const open = await auditor.json<{ holds: HoldOverview[] }>('GET', '/retention/holds');
    expect(open.holds.map(({ holdId, cameraName }) => [holdId, cameraName])).toEqual([[set.holdId, 'Camera cam-a']]);

    const lift = (client: Client) =>
      client.request('POST', `/alerts/${alertId}/holds/${set.holdId}/lift`, { reason: 'the case is closed' });
    expect((await lift(lead)).status, 'sets, does not lift').toBe(403);
    expect((await lift(auditor)).status).toBe(200);
    expect((await lift(auditor)).status, 'again').toBe(409);
    expect(locks).toEqual([]);
    const actions =
      await harness.sql`SELECT actor, action FROM audit WHERE subject = ${`alert:${alertId}`} AND action LIKE 'hold.%' ORDER BY seq`;
    expect(actions).toEqual([
      { actor: 'lead-a', action: 'hold.set' },
      { actor: 'auditor', action: 'hold.lifted' },
    ]);
    await nextDay();
    expect([await exists(alertId), await filesOf(alertId)]).toEqual([false, 0]);
  });

  it('stands against an order of erasure, and against a time that is over already', async () => {
    const { caseId, alertId } = await aCase(harness);
    await harness.sql`UPDATE violation_cases SET state = 'rejected' WHERE id = ${caseId}`;
    const reviewLead = await harness.client('lead');
    await hold(reviewLead, alertId);
    const order = { officer: 'Nguyễn Văn A', ground: 'an order of the court' };
    const answer = await reviewLead.request('POST', `/review/cases/${caseId}/erasure`, order);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([409, 'API_HELD']);
    const late = await auditor.request('POST', `/alerts/${alertId}/holds`, { reason: 'too late', untilMs: 1 });
    expect(late.status).toBe(400);
    expect((await admin.request('POST', `/alerts/${alertId}/holds`, { reason: 'not theirs', untilMs: null })).status).toBe(403);
  });

  it('is set on an incident that no camera sees, and locks nothing', async () => {
    const alertId = await anOldAlert(10);
    await harness.sql`UPDATE alerts SET camera_id = NULL, camera_name = NULL, opened_by = 'operator-a', place = 'Ngã tư Sở Sao' WHERE id = ${alertId}`;
    expect((await hold(auditor, alertId)).recordings).toEqual([]);
    const open = await auditor.json<{ holds: HoldOverview[] }>('GET', '/retention/holds');
    expect(open.holds.find((one) => one.alertId === alertId)).toMatchObject({ cameraName: null, place: 'Ngã tư Sở Sao' });
  });

  it('is not lifted by who has set it, ends by itself at its time, and keeps what is told with its alert', async () => {
    const [alertId, merged, held] = [await anOldAlert(3000), await anOldAlert(3000), await anOldAlert(3000)];
    await harness.sql`UPDATE alerts SET merged_into = ${alertId} WHERE id = ANY(${[merged, held]})`;
    // The hold is on one of three that are told together.
    const set = await hold(auditor, held, Date.now() + 400 * DAY_MS);
    const shown = await auditor.json<{ holds: Hold[] }>('GET', `/alerts/${alertId}/holds`);
    expect(shown.holds.map(({ holdId }) => holdId)).toEqual([set.holdId]);
    const answer = await auditor.request('POST', `/alerts/${held}/holds/${set.holdId}/lift`, { reason: 'by myself' });
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([409, 'API_HOLD_STATE']);
    await nextDay();
    expect([await exists(alertId), await exists(merged), await exists(held)]).toEqual([true, true, true]);
    await nextDay(500);
    expect([await exists(alertId), await exists(merged), await exists(held)]).toEqual([false, false, false]);
    expect(await harness.sql`SELECT actor FROM audit WHERE action = 'hold.ended'`).toEqual([{ actor: 'system' }]);
  });
});

/** On a busy machine a process of the service takes long to start. */
const SLOW_START = { timeoutMs: 60_000 };

describe('a job that is killed', { timeout: 150_000 }, () => {
  it('goes on at the next start: rows and files agree, and one signed record tells of all of it', async () => {
    const day = (await harness.sql<{ day: number }[]>`SELECT max(day) AS day FROM retention_days`)[0]?.day as number;
    // The process has the real clock: its day must not have run yet.
    await harness.sql`DELETE FROM retention_days WHERE day >= ${day - 600}`;
    nowMs = Date.now();
    const alertIds = [await anOldAlert(500), await anOldAlert(500), await anOldAlert(500)];
    await harness.api.close();
    bucket.faults = { stalls: 'DELETE' };
    const env = {
      ...process.env,
      ...{ DATABASE_URL: harness.databaseUrl, NATS_URL: harness.natsUrl, SAFECITY_DATA_DIR: harness.dataDirectory, SAFECITY_PORT: '0' },
      ...{
        SAFECITY_KEY_FILE: join(harness.dataDirectory, 'key'),
        SAFECITY_RETENTION_HOUR: '0',
        SAFECITY_EVIDENCE_STORE: 's3://evidence/site/one',
      },
      ...{ SAFECITY_S3_ENDPOINT: bucket.options.endpoint, SAFECITY_S3_REGION: bucket.options.region },
      ...{ SAFECITY_S3_ACCESS_KEY: bucket.options.accessKey, SAFECITY_S3_SECRET_KEY: bucket.options.secretKey },
    };
    const start = (): ChildProcess =>
      fork(join(import.meta.dirname, '../dist/main.js'), { env, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const killed = start();
    const before = bucket.requests.length;
    await waitFor(() => bucket.requests.slice(before).some(({ method }) => method === 'DELETE'), {
      ...SLOW_START,
      what: 'the first file to be removed',
    });
    const gone = once(killed, 'exit');
    killed.kill('SIGKILL');
    await gone;
    // Rows are gone, files are there, and it is known which.
    expect(await Promise.all(alertIds.map(rowsOf))).toEqual([0, 0, 0]);
    expect((await Promise.all(alertIds.map(filesOf))).reduce((sum, count) => sum + count)).toBeGreaterThan(0);
    const [owed] = await harness.sql<{ class: RetentionClass; alert_ids: string[] }[]>`
      SELECT r.class, b.alert_ids FROM retention_runs r JOIN retention_batches b ON b.run_id = r.id WHERE r.finished_at_ms IS NULL AND NOT b.files_gone`;
    expect(owed?.alert_ids).toEqual(expect.arrayContaining(alertIds));
    expect((await verifyRetention(harness.databaseUrl)).problems.map(({ problem }) => problem)).toEqual([
      'is not finished: start the service, it takes it up again',
    ]);

    bucket.faults = {};
    const again = start();
    try {
      const done = () => harness.sql`SELECT 1 FROM retention_runs WHERE finished_at_ms IS NULL`;
      await waitFor(async () => (await done()).length === 0 && !(await exists(alertIds[0] as string)), {
        ...SLOW_START,
        what: 'the run to be finished',
      });
      await waitFor(async () => (await harness.sql`SELECT 1 FROM retention_days WHERE day >= ${day - 600}`).length === 1, {
        ...SLOW_START,
        what: 'the day',
      });
    } finally {
      const over = once(again, 'exit');
      again.kill('SIGTERM');
      await over;
    }
    expect(await Promise.all(alertIds.map(filesOf))).toEqual([0, 0, 0]);
    expect(await Promise.all(alertIds.map(exists))).toEqual([false, false, false]);
    expect(await verifyRetention(harness.databaseUrl)).toMatchObject({ ok: true, problems: [] });
    harness.api = await harness.startApi({ evidenceBucket: bucket.options, retention: { hour: 23 } });
  }, 40_000);
});
