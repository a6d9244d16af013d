import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@safecity/platform';
import { waitFor } from '@safecity/platform/testing';
import { describe, expect, it } from 'vitest';
import { aClientOf, aDirectory, aFrame, aNode, isAlive, SIZE, waitUntilGone } from './running-node.js';
import { writeTinyModel } from './tiny-model.js';

const request = (first: number) => ({ modelId: 'tiny', frame: aFrame(first), ...SIZE });
/** Loop iterations of about 10 ms of arithmetic. */
const TEN_MS = 6000;

describe('a session process that is lost', () => {
  it.each([
    { signal: 'SIGKILL', code: 'INFERENCE_SESSION_FAILED' },
    { signal: 'SIGSTOP', code: 'INFERENCE_SESSION_HUNG' },
  ])('is replaced within 2 s after $signal under load, and its frames run elsewhere', async ({ signal, code }) => {
    const startedAtMs = performance.now();
    const { node, log } = aNode({ modelPaths: [writeTinyModel(aDirectory(), { loopsPerByte: TEN_MS })], sessions: 2 });
    await node.ready;
    const startMs = performance.now() - startedAtMs;
    const client = aClientOf(node, { timeoutMs: 10_000 });
    const [victim] = node.pids() as [number, number];
    let replacedAfterMs = 0;
    let frames = 0;
    const camera = async () => {
      while (!replacedAfterMs || frames < 100) {
        expect((await client.infer(request(115))).boxes[0]).toBe(115);
        frames += 1;
      }
    };
    const load = Promise.all([camera(), camera(), camera(), camera()]);
    await waitFor(() => frames > 10);
    const killedAtMs = performance.now();
    process.kill(victim, signal);
    await waitFor(() => node.endpoints().length === 1, { what: 'the loss to be seen' });
    await waitFor(() => node.endpoints().length === 2, { what: 'the replacement' });
    replacedAfterMs = performance.now() - killedAtMs;
    await load;
    // On a machine so busy that even a first start takes long, no more than a few starts.
    expect(replacedAfterMs).toBeLessThan(Math.max(2000, 4 * startMs));
    expect(log).toContainEqual(expect.objectContaining({ code, how: 'SIGKILL', pauseMs: 0 }));
    expect(node.pids()).not.toContain(victim);
    expect(isAlive(victim)).toBe(false);
  });

  it('is replaced when a run hangs, while its health still answered', async () => {
    const modelPath = writeTinyModel(aDirectory(), { loopsPerByte: 10_000_000 });
    const { node, log } = aNode({ modelPaths: [modelPath], hungRunMs: 1000 });
    await node.ready;
    const [victim] = node.pids() as [number];
    const client = aClientOf(node, { timeoutMs: 5000 });
    await expect(client.infer(request(255))).rejects.toMatchObject({ code: 'PLATFORM_INFERENCE_FAILED' });
    await waitFor(() => node.endpoints().length === 1 && node.pids()[0] !== victim, { what: 'the replacement' });
    expect(log).toContainEqual(expect.objectContaining({ code: 'INFERENCE_SESSION_HUNG', msg: expect.stringContaining('a run takes') }));
    await waitFor(() => client.infer(request(1)), { what: 'frames to run again' });
  });
});

describe('models that cannot be served', () => {
  it('are left out with the reason while others are served', async () => {
    const directory = aDirectory();
    const bad = {
      hash: writeTinyModel(directory, { modelId: 'hash', sha256: 'a'.repeat(64) }),
      input: writeTinyModel(directory, { modelId: 'input', inputType: 1 }),
      inputName: writeTinyModel(directory, { modelId: 'inputName', inputName: 'data' }),
      output: writeTinyModel(directory, { modelId: 'output', columns: 5 }),
      outputName: writeTinyModel(directory, { modelId: 'outputName', outputName: 'result' }),
      batch: writeTinyModel(directory, { modelId: 'batch', fixedBatch: true }),
      again: writeTinyModel(directory, { fileName: 'again' }),
      empty: writeTinyModel(directory, { modelId: 'empty', bytes: new Uint8Array() }),
      text: writeTinyModel(directory, { modelId: 'text', bytes: Buffer.from('not a model') }),
      throws: writeTinyModel(directory, { modelId: 'throws', boxesPerFrame: 1000 }),
      missing: join(directory, 'missing.onnx'),
      sidecar: writeTinyModel(directory, { modelId: 'sidecar' }),
    };
    const good = writeTinyModel(directory);
    writeFileSync(bad.sidecar.replace('.onnx', '.json'), '{"modelId":"sidecar"}');
    const { node, log } = aNode({ modelPaths: [good, ...Object.values(bad)] });
    await node.ready;
    expect(node.endpoints()[0]!.models.map(({ modelId }) => modelId)).toEqual(['tiny']);
    const codes = Object.fromEntries(node.refused().map(({ modelPath, code }) => [modelPath, code]));
    expect(codes).toEqual({
      [bad.hash]: 'INFERENCE_MODEL_HASH',
      [bad.input]: 'INFERENCE_MODEL_SHAPE',
      [bad.inputName]: 'INFERENCE_MODEL_SHAPE',
      [bad.output]: 'INFERENCE_MODEL_SHAPE',
      [bad.outputName]: 'INFERENCE_MODEL_SHAPE',
      [bad.batch]: 'INFERENCE_MODEL_SHAPE',
      [bad.again]: 'INFERENCE_MODEL_DUPLICATE',
      [bad.empty]: 'INFERENCE_MODEL_UNREADABLE',
      [bad.text]: 'INFERENCE_MODEL_UNREADABLE',
      [bad.throws]: 'INFERENCE_MODEL_SHAPE',
      [bad.missing]: 'INFERENCE_MODEL_MISSING',
      [bad.sidecar]: 'INFERENCE_MODEL_SIDECAR_INVALID',
    });
    expect(log).toContainEqual(
      expect.objectContaining({
        code: 'INFERENCE_MODEL_SHAPE',
        msg: expect.stringContaining('takes images float32 [batch, 8, 16, 3], not images uint8 [batch, 8, 16, 3]'),
      }),
    );
    expect((await aClientOf(node).infer(request(3))).boxes[0]).toBe(3);
  });

  it('stop the node when none is left', async () => {
    const path = writeTinyModel(aDirectory(), { bytes: Buffer.from('this is no model') });
    const { node } = aNode({ modelPaths: [path] });
    await expect(node.ready).rejects.toMatchObject({
      code: 'INFERENCE_NO_MODELS',
      message: expect.stringContaining('is not a model the runtime can load'),
    });
    expect(node.refused()[0]!.code).toBe('INFERENCE_MODEL_UNREADABLE');
  });

  // Each session is given up after five times what it takes to start here, which a busy machine makes long.
  it('are left out when they hang their process, and the others are served', { timeout: 120_000 }, async () => {
    const directory = aDirectory();
    const hanging = writeTinyModel(directory, { modelId: 'hanging', loopsPerByte: 1_000_000_000, idleByte: 0 });
    const good = writeTinyModel(directory);
    const startedAtMs = performance.now();
    await aNode({ modelPaths: [good] }).node.ready;
    const loadLimitMs = Math.max(1500, 5 * (performance.now() - startedAtMs));
    const { node } = aNode({ modelPaths: [hanging, good], loadLimitMs });
    await node.ready;
    expect(node.endpoints()[0]!.models.map(({ modelId }) => modelId)).toEqual(['tiny']);
    expect(node.refused().map(({ code }) => code)).toEqual(['INFERENCE_MODEL_CRASHED']);
  });
});

describe('load', () => {
  it('is refused beyond the bound, and everything accepted is answered', async () => {
    const { node } = aNode({ modelPaths: [writeTinyModel(aDirectory(), { loopsPerByte: TEN_MS })], maxRequests: 4 });
    await node.ready;
    const client = aClientOf(node, { timeoutMs: 10_000 });
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => client.infer(request(118))));
    const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [(outcome.reason as { code: string }).code] : []));
    expect(outcomes.length - failed.length).toBeGreaterThanOrEqual(4);
    expect(failed.length).toBeGreaterThan(0);
    expect(new Set(failed)).toEqual(new Set(['PLATFORM_INFERENCE_OVERLOADED']));
    expect((await client.infer(request(1))).boxes[0]).toBe(1);
  });

  it('does not run a frame that nobody waits for any more', async () => {
    const { node } = aNode({ modelPaths: [writeTinyModel(aDirectory(), { loopsPerByte: TEN_MS })], maxRequests: 3 });
    await node.ready;
    const client = aClientOf(node, { timeoutMs: 10_000 });
    const cancel = new AbortController();
    const running = client.infer(request(250));
    const waiting = [client.infer({ ...request(250), signal: cancel.signal }), client.infer({ ...request(250), signal: cancel.signal })];
    const settled = Promise.allSettled(waiting);
    await waitFor(() => node.endpoints()[0]!.queueDepth === 3, { what: 'three requests to be held' });
    cancel.abort();
    await settled;
    const { runMs } = await running;
    // Each of the two would have taken as long as the one that ran.
    expect((await client.infer(request(1))).queueMs).toBeLessThan(runMs);
  });
});

describe('batches', () => {
  it('join frames of several requests in one run, and each gets its own boxes', async () => {
    const { node } = aNode({ modelPaths: [writeTinyModel(aDirectory())], batching: { maxFrames: 4, maxWaitMs: 2000 } });
    await node.ready;
    const client = aClientOf(node);
    const results = await Promise.all([1, 2, 3, 4].map((first) => client.infer(request(first))));
    expect(results.map(({ boxes }) => boxes[0])).toEqual([1, 2, 3, 4]);
    expect(new Set(results.map(({ runMs }) => runMs)).size).toBe(1);
  });
});

describe('addresses and providers', () => {
  it('serves over TCP on consecutive ports', async () => {
    const basePort = await freePort();
    const { node } = aNode({ modelPaths: [writeTinyModel(aDirectory())], listen: { kind: 'tcp', host: '127.0.0.1', basePort } });
    await node.ready;
    expect(node.endpoints()[0]!.address).toBe(`http://127.0.0.1:${basePort}`);
    expect((await aClientOf(node).infer(request(4))).boxes[0]).toBe(4);
  });

  it('falls back to the CPU with a warning when the provider is missing', async () => {
    const { node, log } = aNode({ modelPaths: [writeTinyModel(aDirectory())], provider: 'cuda' });
    await node.ready;
    expect(node.endpoints()[0]!.provider).toBe('cpu');
    expect(log).toContainEqual(expect.objectContaining({ code: 'INFERENCE_PROVIDER_UNAVAILABLE' }));
  });
});

describe('closing', () => {
  it('answers what runs, refuses what waits, and leaves no process and no socket', async () => {
    const { node } = aNode({ modelPaths: [writeTinyModel(aDirectory(), { loopsPerByte: TEN_MS })], sessions: 2 });
    await node.ready;
    const pids = node.pids();
    const sockets = node.endpoints().map(({ address }) => address.replace('unix:', ''));
    const client = aClientOf(node, { timeoutMs: 5000 });
    const frames = Promise.allSettled(Array.from({ length: 16 }, () => client.infer(request(130))));
    await waitFor(() => node.endpoints().every(({ queueDepth }) => queueDepth > 0), { what: 'both sessions to be busy' });
    await node.close();
    const outcomes = (await frames).map((outcome) => (outcome.status === 'fulfilled' ? 'done' : (outcome.reason as { code: string }).code));
    expect(outcomes.filter((outcome) => outcome === 'done').length).toBeGreaterThanOrEqual(2);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(sockets.filter((path) => existsSync(path))).toEqual([]);
    expect(node.endpoints()).toEqual([]);
  });

  it('is clean while models are still being loaded', async () => {
    const { node } = aNode({ modelPaths: [writeTinyModel(aDirectory())] });
    const pids = node.pids();
    await node.close();
    await waitUntilGone(pids);
    await expect(node.ready).rejects.toMatchObject({ code: 'INFERENCE_STOPPING' });
  });
});
