import { createHash } from 'node:crypto';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SafecityError } from '@safecity/contracts';

/** What a running demo can be told: `camera-off vn-signal`, `eoc-on`. */
export type DemoAction = 'camera-off' | 'camera-on' | 'eoc-off' | 'eoc-on';
export const DEMO_ACTIONS: readonly DemoAction[] = ['camera-off', 'camera-on', 'eoc-off', 'eoc-on'];

/** The longest path that Linux takes for a unix socket. */
const LONGEST_SOCKET_BYTES = 107;

/** Unix socket of the demo that runs on a data directory; only its owner may write to it. */
function socketPath(dataDir: string): string {
  const path = join(dataDir, 'demo.sock');
  if (Buffer.byteLength(path) <= LONGEST_SOCKET_BYTES) return path;
  return join(tmpdir(), `safecity-demo-${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}.sock`);
}

/** Listens for the tour's commands. `carryOut` returns a line for the person who asked. */
export function listenForControl(dataDir: string, carryOut: (action: DemoAction, cameraId: string | undefined) => Promise<string>): Server {
  rmSync(socketPath(dataDir), { force: true });
  const server = createServer((message, answer) => {
    const [action, cameraId] = (message.url ?? '').slice(1).split('/');
    const known = DEMO_ACTIONS.find((name) => name === action);
    const done = known ? carryOut(known, cameraId) : Promise.reject(new SafecityError('CLI_USAGE', `unknown demo action ${action}`));
    done.then(
      (line) => answer.end(line),
      (error: Error) => {
        answer.statusCode = 400;
        answer.end(error.message);
      },
    );
  });
  return server.listen(socketPath(dataDir), () => chmodSync(socketPath(dataDir), 0o600));
}

/** Tells the demo that runs on `dataDir` to do something. @throws SafecityError `CLI_DEMO_NOT_RUNNING`, `CLI_USAGE` */
export async function tellDemo(dataDir: string, action: DemoAction, cameraId: string | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(
      { socketPath: socketPath(dataDir), path: `/${action}${cameraId === undefined ? '' : `/${cameraId}`}`, method: 'POST' },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        answer.on('end', () => (answer.statusCode === 200 ? resolve(text) : reject(new SafecityError('CLI_USAGE', text))));
      },
    );
    call.on('error', (cause) =>
      reject(
        new SafecityError(
          'CLI_DEMO_NOT_RUNNING',
          `no demo runs on ${dataDir}: start one with npm start, or name its directory with --data`,
          { cause },
        ),
      ),
    );
    call.end();
  });
}
