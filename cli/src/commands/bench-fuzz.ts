import { cpus } from 'node:os';
import { type FuzzReport, fuzz, type OpenApi } from '@safecity/bench';
import { CameraNetworks, connectBus, createLogger } from '@safecity/platform';
import { buildOpenApi, provisionSite } from '@safecity/vms-api';
import type { Command } from 'commander';
import { fill, furnish, fuzzSite, usersOf } from '../fuzz-site.js';
import { withOwnServers } from '../own-servers.js';
import { Progress } from '../progress.js';
import { positive } from './positive.js';

const logger = createLogger('fuzz', { write: () => undefined });

/** Runs the fuzz on an API of its own, with two units side by side, asked with the rights of one of them. */
export async function fuzzApi(options: { requests: number; seed: number; onProgress?: (share: number) => void }): Promise<FuzzReport> {
  return withOwnServers({ name: 'fuzz', durable: false, logger }, async ({ natsUrl, databaseUrl, sql, keyFile, startApi }) => {
    await provisionSite({ databaseUrl, keyFile, site: fuzzSite() });
    const api = await startApi({ cameraNetworks: CameraNetworks.parse(undefined, async () => ['10.0.0.1']) });
    const bus = await connectBus({ url: natsUrl, name: 'fuzz', logger });
    try {
      const filled = await fill(sql, bus);
      const made = await furnish(api.url, databaseUrl, sql);
      const known = { ...filled, ...made, alertId: [...(filled['alertId'] ?? []), ...(made['alertId'] ?? [])] };
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
