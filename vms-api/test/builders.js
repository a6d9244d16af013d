import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { buckets } from '@safecity/contracts';
import { verifyInternalToken } from '@safecity/platform';
import { WebSocketServer } from 'ws';
export function aFinding(changes = {}) {
  return {
    id: randomUUID(),
    type: 'crowd-occupancy',
    ruleId: 'rule-1',
    ruleName: 'Crowd',
    cameraId: 'cam-a',
    configRevision: 1,
    subject: { kind: 'zone', id: 'zone-1' },
    trackIds: [],
    startMs: 1_795_000_000_000,
    raisedAtMs: 1_795_000_002_000,
    confidence: 0.83,
    reason: {
      text: { vi: '7 người ≥ 5 người', en: '7 people ≥ 5 people' },
      measures: [{ name: 'count', value: 7, comparison: '>=', threshold: 5 }],
    },
    moments: [],
    ...changes,
  };
}
export function anAlert(changes = {}) {
  const finding = changes.findings?.[0] ?? aFinding({ cameraId: changes.cameraId ?? 'cam-a', type: changes.type ?? 'crowd-occupancy' });
  return {
    alertId: randomUUID(),
    revision: 1,
    phase: 'opened',
    kind: 'incident',
    type: 'crowd-occupancy',
    severity: 'high',
    cameraId: 'cam-a',
    startMs: finding.startMs,
    updatedMs: finding.raisedAtMs,
    confidence: 0.83,
    reason: finding.reason,
    findings: [finding],
    simulated: true,
    ...changes,
  };
}
/** The next message of the same alert. */
export function nextRevision(message, changes = {}) {
  return { ...message, revision: message.revision + 1, phase: 'updated', updatedMs: message.updatedMs + 1000, ...changes };
}
export const JPEG = Buffer.from('/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAEBAQ==', 'base64');
export function aStill(moment, bytes = JPEG) {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { moment, file: `${moment}.jpg`, wantedAtMs: 1000, capturedAtMs: 1040, widthPx: 1920, heightPx: 1080, sha256 };
}
export async function startFakeIngest(bus, key, cameraIds) {
  const sockets = new WebSocketServer({ noServer: true });
  const allowed = (authorization, scope) => verifyInternalToken(key, (authorization ?? '').replace('Bearer ', ''), scope);
  const fake = {
    reservation: null,
    pictures: new Map(),
    requests: [],
    live: (message) => {
      for (const client of sockets.clients) client.send(message);
    },
    viewers: () => sockets.clients.size,
    close: async () => {
      clearInterval(renewal);
      await bucket.delete('worker-1');
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer((request, response) => {
    fake.requests.push(request.url ?? '');
    const [, kind, id = '', rest] = new URL(request.url ?? '', 'http://x').pathname.split('/');
    const answer = (status, body, headers = {}) => response.writeHead(status, headers).end(body);
    if (kind === 'cameras') {
      if (!allowed(request.headers.authorization, `still:${id}`)) return answer(403, '');
      return answer(200, JPEG, { 'x-captured-at-ms': '1234', 'content-type': 'image/jpeg' });
    }
    if (!allowed(request.headers.authorization, `reservation:${id}`)) return answer(403, '');
    if (fake.reservation?.reservationId !== id) return answer(404, '');
    if (rest === undefined) return answer(200, JSON.stringify(fake.reservation));
    const picture = fake.pictures.get(rest);
    return picture ? answer(200, picture) : answer(404, '');
  });
  server.on('upgrade', (request, socket, head) => {
    const id = (request.url ?? '').split('/')[2] ?? '';
    if (!allowed(request.headers.authorization, `live:${id}`)) return socket.destroy();
    sockets.handleUpgrade(request, socket, head, () => undefined);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${server.address().port}`;
  const bucket = await bus.kv(buckets.ingestWorkers, { ttlMs: 6000 });
  const announce = () => bucket.put('worker-1', JSON.stringify({ workerId: 'worker-1', address, cameraIds }));
  await announce();
  const renewal = setInterval(() => void announce().catch(() => undefined), 2000);
  return fake;
}
//# sourceMappingURL=builders.js.map
