import { createHash, randomUUID } from 'node:crypto';
import { waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addUser } from '../src/accounts/users.js';
import { lockAlert } from '../src/alerts/alert-clock.js';
import { takeAlert } from '../src/alerts/alert-intake.js';
import type { Alert, AlertDetail } from '../src/alerts/alert-schemas.js';
import type { Desk, Handover, HandoverDetail } from '../src/handover/handover-schemas.js';
import { aFinding, anAlert } from '../src/testing/builders.js';
import { type Client, type Harness, PASSWORD, startHarness } from './harness.js';

let harness: Harness;
let outgoing: Client;
let incoming: Client;
beforeAll(async () => {
  harness = await startHarness();
  for (const username of ['night-1', 'night-2'])
    await addUser(harness.sql, {
      username,
      displayName: `Name ${username}`,
      unitId: 'ward-a',
      password: PASSWORD,
      grant: { role: 'operator', unitId: 'ward-a' },
    });
  outgoing = await harness.client('operator-a');
  incoming = await harness.client('night-1');
}, 60_000);
afterAll(() => harness?.stop());
beforeEach(async () => {
  await harness.sql`UPDATE alerts SET state = 'resolved'`;
  await harness.sql`UPDATE handovers SET state = 'withdrawn' WHERE state = 'signed'`;
});

/** An open alert in ward-a, in somebody's hands. */
async function anOpenAlert(severity: 'high' | 'medium', owner: string | null, cameraId = 'cam-a'): Promise<string> {
  const alertId = randomUUID();
  await takeAlert(harness.sql, anAlert({ alertId, severity, cameraId, findings: [aFinding({ cameraId })] }), Date.now());
  await harness.sql`UPDATE alerts SET assignee = ${owner} WHERE id = ${alertId}`;
  return alertId;
}
const sign = (client: Client, status = 201, notes = 'Camera 3 chập chờn') =>
  client.json<HandoverDetail>('POST', '/units/ward-a/handovers', { notes }, status);
const accept = (client: Client, { id }: { id: string }) => client.request('POST', `/handovers/${id}/accept`, {});
const ownerOf = async (id: string) =>
  (await harness.sql<{ assignee: string | null }[]>`SELECT assignee FROM alerts WHERE id = ${id}`)[0]?.assignee;

describe('the outgoing side', () => {
  it('sees what is open in its unit: alerts with owners, flags, cameras, suppressions, drills', async () => {
    const [mine, free] = [await anOpenAlert('high', 'operator-a'), await anOpenAlert('medium', null)];
    await anOpenAlert('high', null, 'cam-b');
    const untilMs = Date.now() + 60_000;
    await outgoing.json('POST', '/cameras/cam-a/flags', { reason: 'Theo dõi cổng', untilMs }, 201);
    await (await harness.client('lead-a')).json('POST', '/drills', { unitId: 'ward-a', name: 'Drill', exercises: 'fire', untilMs }, 201);
    await outgoing.json('POST', `/alerts/${mine}/suppress`, {
      untilMs,
      polygon: [
        [0, 0],
        [1, 0],
        [1, 1],
      ],
    });
    const desk = await outgoing.json<Desk>('GET', '/units/ward-a/desk');
    expect(desk.alerts.map(({ id, owner }) => [id, owner])).toEqual([
      [mine, 'operator-a'],
      [free, null],
    ]);
    expect(desk).toMatchObject({
      unowned: [],
      flags: [
        { source: 'person', cameraId: 'cam-a' },
        { source: 'alert', id: mine },
      ],
      cameras: [{ id: 'cam-a', state: null }],
      suppressions: [{ cameraName: 'Camera cam-a', createdBy: 'operator-a' }],
      drills: [{ name: 'Drill' }],
    });
    expect(JSON.stringify(desk)).not.toContain('cam-b');
  });

  it('cannot sign while a grave alert is in nobody’s hands, and is told which; of a medium one it can', async () => {
    const [grave] = [await anOpenAlert('high', null), await anOpenAlert('medium', null)];
    const refused = await outgoing.request('POST', '/units/ward-a/handovers', { notes: '' });
    const { code, message } = (await refused.json()) as { code: string; message: string };
    expect([refused.status, code]).toEqual([409, 'API_HANDOVER_UNOWNED']);
    expect(message).toBe(`these alerts are in nobody's hands, give each an owner first: Crowd over limit at Camera cam-a (${grave})`);
    await outgoing.json('PUT', `/alerts/${grave}/assignee`, { username: 'operator-a' });
    expect(await sign(outgoing)).toMatchObject({ state: 'signed', signedBy: 'operator-a', acceptedBy: null, notes: 'Camera 3 chập chờn' });
    await sign(await harness.client('lead-a'), 409);
  });

  it('signs what then never changes: its hash stands in the audit log', async () => {
    await anOpenAlert('high', 'operator-a');
    const { id, desk, sha256 } = await sign(outgoing);
    expect(createHash('sha256').update(JSON.stringify(desk)).digest('hex')).toBe(sha256);
    const audit = await harness.sql`SELECT actor, action, detail ->> 'sha256' AS sha256 FROM audit WHERE subject = ${`handover:${id}`}`;
    expect([...audit]).toEqual([{ actor: 'operator-a', action: 'handover.signed', sha256 }]);
    await expect(harness.sql`UPDATE handovers SET snapshot = '{}' WHERE id = ${id}`).rejects.toThrow('never changed');
    await expect(harness.sql`UPDATE handovers SET notes = 'all was well' WHERE id = ${id}`).rejects.toThrow('never changed');
    await expect(harness.sql`DELETE FROM handovers WHERE id = ${id}`).rejects.toThrow('never changed');
  });

  it('takes back what nobody has accepted', async () => {
    const { id } = await sign(outgoing);
    await outgoing.json('POST', `/handovers/${id}/withdraw`, { reason: 'Có việc mới' });
    expect((await accept(incoming, { id })).status).toBe(409);
    await outgoing.json('POST', `/handovers/${id}/withdraw`, { reason: 'again' }, 409);
  });
});

describe('the incoming side', () => {
  it('accepts, and the open alerts of the outgoing are its own, the others stay', async () => {
    const [mine, other, free] = [
      await anOpenAlert('high', 'operator-a'),
      await anOpenAlert('high', 'lead-a'),
      await anOpenAlert('medium', null),
    ];
    const closed = await anOpenAlert('high', 'operator-a');
    await harness.sql`UPDATE alerts SET state = 'resolved' WHERE id = ${closed}`;
    const signed = await sign(outgoing);
    const socket = outgoing.socket('/alerts/stream');
    const heard: string[] = [];
    socket.on('message', (bytes) => heard.push(String(bytes)));
    await new Promise((resolve) => socket.once('open', resolve));
    const accepted = await incoming.json<HandoverDetail>('POST', `/handovers/${signed.id}/accept`, {});
    expect(accepted).toMatchObject({
      state: 'accepted',
      signedName: 'operator-a',
      acceptedBy: 'night-1',
      acceptedName: 'Name night-1',
      moved: [mine],
    });
    expect(accepted.desk).toEqual(signed.desk);
    expect(await Promise.all([mine, other, free, closed].map(ownerOf))).toEqual(['night-1', 'lead-a', null, 'operator-a']);
    const { history } = await incoming.json<AlertDetail>('GET', `/alerts/${mine}`);
    expect(history.at(-1)).toMatchObject({ actor: 'night-1', action: 'assign' });
    await expect.poll(() => heard.some((text) => text.includes(mine) && text.includes('"assignee":"night-1"'))).toBe(true);
    expect(heard).toContain('{"changed":"handovers"}');
    socket.close();
  });

  it('accepts while somebody decides about an incident of two cameras, and neither waits for the other in a circle', async () => {
    // What is told with the incident comes first by its id.
    const [member, lead] = [`0${randomUUID().slice(1)}`, `f${randomUUID().slice(1)}`];
    await takeAlert(harness.sql, anAlert({ alertId: lead, severity: 'high' }), Date.now());
    await takeAlert(harness.sql, anAlert({ alertId: member, severity: 'high', mergedInto: lead }), Date.now());
    await harness.sql`UPDATE alerts SET assignee = 'operator-a' WHERE id = ANY(${[member, lead]})`;
    const signed = await sign(outgoing);
    const waiting = async () =>
      (
        await harness.sql`SELECT 1 FROM pg_locks, unnest(${[member, lead]}::text[]) id WHERE locktype = 'advisory' AND NOT granted
          AND (classid::bigint << 32 | objid::bigint) = hashtextextended(id, 17)`
      ).length;
    const answers: Promise<Response>[] = [];
    await harness.sql.begin(async (transaction) => {
      await lockAlert(transaction, member);
      answers.push(accept(incoming, signed));
      await waitFor(async () => (await waiting()) === 1);
      answers.push(outgoing.request('POST', `/alerts/${lead}/acknowledge`, {}));
      await waitFor(async () => (await waiting()) === 2);
    });
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
    expect(await Promise.all([member, lead].map(ownerOf))).toEqual(['night-1', 'night-1']);
  });

  it('is another person', async () => {
    const signed = await sign(outgoing);
    const refused = await accept(outgoing, signed);
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([403, 'API_HANDOVER_SELF']);
  });

  it('is one: of two who accept at once the second is told who did', async () => {
    const mine = await anOpenAlert('high', 'operator-a');
    const signed = await sign(outgoing);
    const answers = await Promise.all([accept(incoming, signed), accept(await harness.client('night-2'), signed)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const [won, lost] = [...answers].sort((a, b) => a.status - b.status) as [Response, Response];
    const { acceptedBy, acceptedName } = (await won.json()) as HandoverDetail;
    expect(((await lost.json()) as { message: string }).message).toBe(`the hand-over was accepted by ${acceptedName} already`);
    expect(await ownerOf(mine)).toBe(acceptedBy);
    const alert = await incoming.json<Alert>('GET', `/alerts/${mine}`);
    expect(alert).toMatchObject({ assignee: acceptedBy });
  });

  it('is of the unit', async () => {
    const signed = await sign(outgoing);
    const stranger = await harness.client('operator-b');
    expect((await accept(stranger, signed)).status).toBe(404);
    expect((await stranger.request('GET', `/handovers/${signed.id}`)).status).toBe(404);
    expect((await stranger.request('GET', '/units/ward-a/desk')).status).toBe(404);
    const { handovers } = await stranger.json<{ handovers: Handover[] }>('GET', '/handovers');
    expect(handovers).toEqual([]);
    const mine = await outgoing.json<{ handovers: Handover[] }>('GET', '/handovers');
    expect(mine.handovers.map(({ id }) => id)).toContain(signed.id);
  });
});
