import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@safecity/platform';
import { checkPortFree } from '../services.js';

/** Ports that stored cameras and destinations point to, so they stay the same from start to start. */
export interface DemoPorts {
  simulator: number;
  eocInbox: number;
}

const LOOPBACK = '127.0.0.1';

/**
 * Ports of the demo on a data directory, chosen on its first start.
 * @throws SafecityError `CLI_PORT_IN_USE` when another program has taken one since
 */
export async function demoPorts(dataDir: string): Promise<DemoPorts> {
  const file = join(dataDir, 'demo-ports.json');
  try {
    const ports = JSON.parse(readFileSync(file, 'utf8')) as DemoPorts;
    await checkPortFree(LOOPBACK, ports.simulator);
    await checkPortFree(LOOPBACK, ports.eocInbox);
    return ports;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const ports = { simulator: await freePort(), eocInbox: await freePort() };
  writeFileSync(file, `${JSON.stringify(ports)}\n`);
  return ports;
}
