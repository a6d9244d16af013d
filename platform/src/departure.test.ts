import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { departureOf } from './departure.js';
import { waitFor } from './testing/index.js';

const answers: { response: ServerResponse; departure: AbortSignal }[] = [];
const server = createServer((_request, response) => void answers.push({ response, departure: departureOf(response) }));
let url: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('who asks', () => {
  it('has gone when the connection ends before the answer is complete', async () => {
    const leaving = new AbortController();
    const asked = fetch(url, { signal: leaving.signal }).catch((error: Error) => error.name);
    const { response, departure } = await waitFor(() => answers.pop());
    response.write('the first half');
    expect(departure.aborted).toBe(false);
    leaving.abort();
    await asked;
    await waitFor(() => departure.aborted);
    expect(departureOf(response).aborted).toBe(true);
  });

  it('has not gone after a whole answer, also when the connection ends then', async () => {
    const asked = fetch(url, { headers: { connection: 'close' } }).then((answer) => answer.text());
    const { response, departure } = await waitFor(() => answers.pop());
    const closed = new Promise((resolve) => response.once('close', resolve));
    response.end('all of it');
    expect(await asked).toBe('all of it');
    await closed;
    expect(departure.aborted).toBe(false);
  });
});
