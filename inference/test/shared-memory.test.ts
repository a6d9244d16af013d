import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { aClientOf, aDirectory, aFrame, aNode, SIZE } from './running-node.js';
import { writeTinyModel } from './tiny-model.js';

const OURS = `safecity-frames-${process.pid}-`;
const ourFiles = () => readdirSync('/dev/shm').filter((name) => name.startsWith(OURS));

async function aServedModel() {
  const { node } = aNode({ modelPaths: [writeTinyModel(aDirectory())] });
  await node.ready;
  return { node, socketPath: node.endpoints()[0]!.address.replace(/^unix:/, '') };
}

async function call(socketPath: string, method: string, path: string, json?: object): Promise<{ status: number; json: unknown }> {
  const body = json ? Buffer.from(JSON.stringify(json)) : Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method, path, headers: { 'content-length': body.length } }, (incoming) => {
      const pieces: Buffer[] = [];
      incoming.on('data', (piece: Buffer) => pieces.push(piece));
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, json: JSON.parse(Buffer.concat(pieces).toString()) }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** A file of shared memory that is gone after the test; its name. */
function aRegion(bytes: Uint8Array): string {
  const folder = mkdtempSync('/dev/shm/safecity-test-');
  const name = `${folder.slice('/dev/shm/'.length)}.bytes`;
  writeFileSync(join('/dev/shm', name), bytes);
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
    rmSync(join('/dev/shm', name), { force: true });
  });
  return name;
}

const sharedInput = (region: string, offset: number, size: number) => ({
  inputs: [
    {
      name: 'images',
      datatype: 'UINT8',
      shape: [1, SIZE.heightPx, SIZE.widthPx, 3],
      parameters: { shared_memory_region: region, shared_memory_offset: offset, shared_memory_byte_size: size },
    },
  ],
});
const FRAME_BYTES = SIZE.widthPx * SIZE.heightPx * 3;

describe('frames in shared memory', () => {
  it('are what a client on this host sends, many at once, each with its own answer; the file goes with the client', async () => {
    const { node, socketPath } = await aServedModel();
    const client = aClientOf(node, { timeoutMs: 10_000 });
    const firsts = Array.from({ length: 20 }, (_, index) => index);
    const answers = await Promise.all(firsts.map((first) => client.infer({ modelId: 'tiny', frame: aFrame(first), ...SIZE })));
    expect(answers.map(({ boxes }) => boxes[0])).toEqual(firsts);
    const { json } = await call(socketPath, 'GET', '/v2/systemsharedmemory/status');
    expect(json).toMatchObject([{ key: expect.stringContaining(OURS), offset: 0 }]);
    expect(ourFiles()).toHaveLength(1);
    await client.close();
    expect(ourFiles()).toEqual([]);
  });

  it('go through the socket when the node has forgotten the region, and by memory again afterwards', async () => {
    const { node, socketPath } = await aServedModel();
    const client = aClientOf(node);
    const infer = async (first: number) => (await client.infer({ modelId: 'tiny', frame: aFrame(first), ...SIZE })).boxes[0];
    expect(await infer(1)).toBe(1);
    await call(socketPath, 'POST', '/v2/systemsharedmemory/unregister', {});
    expect(await infer(2)).toBe(2);
    expect(await infer(3)).toBe(3);
    const { json } = await call(socketPath, 'GET', '/v2/systemsharedmemory/status');
    expect(json).toHaveLength(1);
  });

  it('are read where the request says', async () => {
    const { socketPath } = await aServedModel();
    const region = aRegion(Buffer.concat([aFrame(5), aFrame(6)]));
    const registered = { key: `/${region}`, offset: 0, byte_size: 2 * FRAME_BYTES };
    expect((await call(socketPath, 'POST', '/v2/systemsharedmemory/region/mine/register', registered)).status).toBe(200);
    const at = async (offset: number) => {
      const { json } = await call(socketPath, 'POST', '/v2/models/tiny/infer', sharedInput('mine', offset, FRAME_BYTES));
      return (json as { outputs: { data: number[] }[] }).outputs[0]?.data[0];
    };
    expect([await at(0), await at(FRAME_BYTES)]).toEqual([5, 6]);
  });

  it.each([
    { name: 'no such file', key: '/safecity-test-none', byteSize: 10, error: 'shared memory /safecity-test-none cannot be opened: ENOENT' },
    { name: 'a path', key: '/../etc/passwd', byteSize: 10, error: 'key is not the name of shared memory' },
    { name: 'no size', key: '/x', byteSize: 0, error: 'offset and byte_size must be sizes in bytes' },
  ])('$name is refused', async ({ key, byteSize, error }) => {
    const { socketPath } = await aServedModel();
    const reply = await call(socketPath, 'POST', '/v2/systemsharedmemory/region/mine/register', { key, byte_size: byteSize });
    expect(reply).toEqual({ status: 400, json: { error } });
  });

  it('a file that is too short, a link, and a place beyond the region are refused', async () => {
    const { socketPath } = await aServedModel();
    const region = aRegion(aFrame(5));
    const link = `${region}.link`;
    symlinkSync('/etc/passwd', join('/dev/shm', link));
    onTestFinished(() => rmSync(join('/dev/shm', link), { force: true }));
    const register = (key: string, bytes: number) =>
      call(socketPath, 'POST', '/v2/systemsharedmemory/region/mine/register', { key, byte_size: bytes });
    expect((await register(region, FRAME_BYTES + 1)).json).toEqual({
      error: `shared memory ${region} has ${FRAME_BYTES} bytes, not ${FRAME_BYTES + 1}`,
    });
    expect((await register(link, 10)).json).toEqual({ error: `shared memory ${link} cannot be opened: ELOOP` });
    expect((await register(region, FRAME_BYTES)).status).toBe(200);
    const infer = (input: object) => call(socketPath, 'POST', '/v2/models/tiny/infer', input);
    expect((await infer(sharedInput('mine', 1, FRAME_BYTES))).status).toBe(400);
    expect((await infer(sharedInput('other', 0, FRAME_BYTES))).json).toEqual({ error: "Unable to find shared memory region: 'other'" });
    expect((await infer(sharedInput('mine', 0, 7))).json).toEqual({
      error: `input images has shared_memory_byte_size 7, its shape needs ${FRAME_BYTES}`,
    });
  });
});
