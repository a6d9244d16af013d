import { existsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryDirectory } from '@safecity/platform/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { planAddresses } from './addresses.js';

describe('planAddresses', () => {
  it('puts sockets into a private temporary directory and removes it', () => {
    const plan = planAddresses({ kind: 'sockets' }, 'abc');
    const { socketPath } = plan.listen(1) as { socketPath: string };
    expect(plan.address(1)).toBe(`unix:${socketPath}`);
    expect(statSync(dirname(socketPath)).mode & 0o077).toBe(0);
    plan.remove();
    expect(existsSync(dirname(socketPath))).toBe(false);
  });

  it('keeps a directory that it was given, and removes its own sockets from it', () => {
    const parent = temporaryDirectory('addresses');
    onTestFinished(parent.remove);
    const directory = join(parent.path, 'made');
    const plan = planAddresses({ kind: 'sockets', directory }, 'abc');
    expect(plan.listen(0)).toEqual({ socketPath: join(directory, 'abc-0.sock') });
    writeFileSync(join(directory, 'abc-0.sock'), '');
    writeFileSync(join(directory, 'other-0.sock'), '');
    plan.remove();
    expect([existsSync(join(directory, 'abc-0.sock')), existsSync(join(directory, 'other-0.sock'))]).toEqual([false, true]);
  });

  it('refuses a directory whose sockets the system could not open', () => {
    const parent = temporaryDirectory('addresses');
    onTestFinished(parent.remove);
    const directory = join(parent.path, 'x'.repeat(100));
    expect(() => planAddresses({ kind: 'sockets', directory }, 'abc')).toThrow(
      expect.objectContaining({ code: 'INFERENCE_SOCKET_PATH_TOO_LONG' }),
    );
  });

  it.each([
    { host: '10.0.0.7', address: 'http://10.0.0.7:8002' },
    { host: 'fd00::1', address: 'http://[fd00::1]:8002' },
  ])('counts ports up from the base on $host', ({ host, address }) => {
    const plan = planAddresses({ kind: 'tcp', host, basePort: 8000 }, 'abc');
    expect(plan.listen(2)).toEqual({ host, port: 8002 });
    expect(plan.address(2)).toBe(address);
  });
});
