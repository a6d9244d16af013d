import type { InferenceEndpoint } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { EndpointPool, type PooledEndpoint } from './endpoint-pool.js';

const WANTED = { modelId: 'tiny', widthPx: 16, heightPx: 8 };
const NONE = new Set<string>();

function anEndpoint(endpointId: string, options: Partial<InferenceEndpoint> & { widthPx?: number } = {}): InferenceEndpoint {
  const { widthPx = 16, ...rest } = options;
  const models = [{ modelId: 'tiny', sha256: 'ab', widthPx, heightPx: 8, classes: ['car'], nmsIou: 0.6 }];
  return { endpointId, address: `unix:/tmp/${endpointId}`, provider: 'cpu', models, queueDepth: 0, atMs: 0, ...rest };
}

function aPool() {
  const clock = { nowMs: 0 };
  return { clock, pool: new EndpointPool({ ttlMs: 6000, forgetMs: 60_000, nowMs: () => clock.nowMs }) };
}

function take(pool: EndpointPool, except = NONE): PooledEndpoint {
  const taken = pool.acquire(WANTED, except);
  if (!taken) throw new Error('no endpoint left');
  return taken;
}

function takenId(pool: EndpointPool, except = NONE): string | undefined {
  return pool.acquire(WANTED, except)?.endpoint.endpointId;
}

describe('EndpointPool', () => {
  it('spreads runs by what is in flight, and goes back to the one used last when equal', () => {
    const { pool } = aPool();
    pool.announce(anEndpoint('a'));
    pool.announce(anEndpoint('b'));
    expect([takenId(pool), takenId(pool), takenId(pool), takenId(pool)]).toEqual(['a', 'b', 'b', 'a']);
  });

  it('prefers the endpoint that came free', () => {
    const { pool } = aPool();
    pool.announce(anEndpoint('a'));
    pool.announce(anEndpoint('b'));
    const first = take(pool);
    take(pool);
    pool.release(first, 'tiny', 'ok');
    expect(takenId(pool)).toBe('a');
  });

  it('adds the announced queue of others, not its own', () => {
    const { pool } = aPool();
    pool.announce(anEndpoint('a', { queueDepth: 3 }));
    pool.announce(anEndpoint('b'));
    expect([takenId(pool), takenId(pool), takenId(pool)]).toEqual(['b', 'b', 'b']);
    pool.announce(anEndpoint('a', { queueDepth: 0 }));
    pool.announce(anEndpoint('b', { queueDepth: 3 }));
    expect([takenId(pool), takenId(pool), takenId(pool)]).toEqual(['a', 'a', 'a']);
  });

  it('serves only the size asked for', () => {
    const { pool } = aPool();
    pool.announce(anEndpoint('a', { widthPx: 32 }));
    expect(takenId(pool)).toBeUndefined();
    expect(pool.variants('tiny').map(({ widthPx }) => widthPx)).toEqual([32]);
  });

  it.each([
    { name: 'never one already tried', except: new Set(['a']), expected: undefined },
    { name: 'another model', except: NONE, modelId: 'other', expected: undefined },
    { name: 'the one there is', except: NONE, expected: 'a' },
  ])('gives $name', ({ except, modelId = 'tiny', expected }) => {
    const { pool } = aPool();
    pool.announce(anEndpoint('a'));
    expect(pool.acquire({ ...WANTED, modelId }, except)?.endpoint.endpointId).toBe(expected);
  });

  it('passes a failed endpoint over until it answers a probe; its announcement asks for one', () => {
    const { pool } = aPool();
    pool.announce(anEndpoint('a'));
    pool.release(take(pool), 'tiny', 'failed');
    expect(takenId(pool)).toBeUndefined();
    expect(pool.announce(anEndpoint('a'))).toBe(true);
    expect(takenId(pool)).toBeUndefined();
    pool.trust('a');
    expect(takenId(pool)).toBe('a');
    expect(pool.announce(anEndpoint('a'))).toBe(false);
  });

  it('trusts one that said goodbye and is there again: another process serves under its name', () => {
    const { pool } = aPool();
    pool.announce(anEndpoint('a'));
    pool.release(take(pool), 'tiny', 'failed');
    pool.withdraw('a');
    expect(pool.announce(anEndpoint('a'))).toBe(false);
    expect(takenId(pool)).toBe('a');
  });

  it('pauses a model that fails three times in a row on an endpoint, ever longer, and leaves others alone', () => {
    const { pool, clock } = aPool();
    const tensorModels = [{ modelId: 'reader', sha256: 'cd', inputs: [], outputs: [] }];
    pool.announce(anEndpoint('a', { tensorModels }));
    const fail = () => pool.release(take(pool), 'tiny', 'model-failed', 'graph throws');
    fail();
    fail();
    pool.release(take(pool), 'tiny', 'ok');
    for (let count = 0; count < 3; count++) fail();
    expect(takenId(pool)).toBeUndefined();
    expect([pool.whyPaused('tiny'), pool.whyPaused('reader')]).toEqual(['graph throws', undefined]);
    expect(pool.acquire({ modelId: 'reader' }, NONE)?.endpoint.endpointId).toBe('a');
    clock.nowMs = 1000;
    fail();
    clock.nowMs = 2999;
    expect(takenId(pool)).toBeUndefined();
    clock.nowMs = 3000;
    expect(takenId(pool)).toBe('a');
  });

  it('pauses a model at once where no request of it can be served', () => {
    const { pool } = aPool();
    pool.announce(anEndpoint('a'));
    pool.release(take(pool), 'tiny', 'model-unusable', 'not found');
    expect(takenId(pool)).toBeUndefined();
  });

  it('keeps detectors and models with tensors of their own apart', () => {
    const { pool } = aPool();
    pool.announce(anEndpoint('a'));
    expect(pool.acquire({ modelId: 'tiny' }, NONE)).toBeUndefined();
    expect(pool.tensorModel('tiny')).toBeUndefined();
  });

  it('uses a slow endpoint only when nothing better is left, and trusts it again after a success', () => {
    const { pool } = aPool();
    pool.announce(anEndpoint('a'));
    pool.release(take(pool), 'tiny', 'slow');
    pool.announce(anEndpoint('b'));
    expect(takenId(pool)).toBe('b');
    expect(takenId(pool)).toBe('b');
    const slow = take(pool, new Set(['b']));
    pool.release(slow, 'tiny', 'ok');
    expect(takenId(pool)).toBe('a');
  });

  it('still tries an endpoint whose announcements stopped, after the renewed ones, and forgets it at its first failure', () => {
    const { pool, clock } = aPool();
    pool.announce(anEndpoint('a'));
    clock.nowMs = 6001;
    pool.announce(anEndpoint('b', { queueDepth: 50 }));
    expect(takenId(pool)).toBe('b');
    const old = take(pool, new Set(['b']));
    expect(old.endpoint.endpointId).toBe('a');
    pool.release(old, 'tiny', 'failed');
    expect(pool.size).toBe(1);
  });

  it('counts an endpoint as renewed at exactly its time to live', () => {
    const { pool, clock } = aPool();
    pool.announce(anEndpoint('a'));
    clock.nowMs = 6000;
    pool.announce(anEndpoint('b', { queueDepth: 1 }));
    expect(takenId(pool)).toBe('a');
  });

  it('forgets silent endpoints, so that restarts under new names leave nothing behind', () => {
    const { pool, clock } = aPool();
    for (let start = 0; start < 500; start++) {
      clock.nowMs = start * 1000;
      pool.announce(anEndpoint(`node-${start}`));
    }
    expect(pool.size).toBeLessThanOrEqual(61);
  });

  it('keeps endpoints of the configuration for good and says which to probe', () => {
    const { pool, clock } = aPool();
    pool.announce(anEndpoint('a'), true);
    clock.nowMs = 3_600_000;
    const taken = take(pool);
    expect(pool.toProbe()).toEqual([]);
    pool.release(taken, 'tiny', 'failed');
    expect(pool.toProbe().map(({ endpointId }) => endpointId)).toEqual(['a']);
  });

  it('lets go of one that said goodbye while a run was under way', () => {
    const { pool } = aPool();
    pool.announce(anEndpoint('a'));
    const taken = take(pool);
    pool.withdraw('a');
    pool.release(taken, 'tiny', 'failed');
    expect(pool.size).toBe(0);
    pool.announce(anEndpoint('a'));
    expect(take(pool).inFlight).toBe(1);
  });
});
