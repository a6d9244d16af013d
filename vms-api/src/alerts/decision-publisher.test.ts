import type { Bus } from '@safecity/platform';
import { createLogger } from '@safecity/platform';
import { describe, expect, it } from 'vitest';
import type { Sql } from '../database/connection.js';
import { DecisionPublisher } from './decision-publisher.js';

describe('DecisionPublisher', () => {
  it('closes without beginning what waits: the record has it, and each would take its whole time while NATS is away', async () => {
    let asked = 0;
    const bus = { kv: () => Promise.reject(new Error(`away ${++asked}`)) } as unknown as Bus;
    const publisher = new DecisionPublisher({
      sql: undefined as unknown as Sql,
      bus,
      logger: createLogger('test', { write: () => undefined }),
      nowMs: () => 0,
    });
    for (const alertId of ['a', 'b', 'c']) publisher.publish({ alertId, cameraId: 'cam-a', state: 'confirmed', role: 'operator', atMs: 0 });
    await publisher.close();
    expect(asked).toBe(0);
  });
});
