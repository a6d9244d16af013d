import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SafecityError } from '@safecity/contracts';
import type { ListenAddress } from './session-messages.js';

/** Where a node's sessions listen: sockets in a directory (a private temporary one when not named), or ports from a base on. */
export type NodeListen = { kind: 'sockets'; directory?: string | undefined } | { kind: 'tcp'; host: string; basePort: number };

/** Addresses of a node's sessions by index. Owns the directory it made: `remove()` it. */
export interface AddressPlan {
  listen(index: number): ListenAddress;
  /** As announced: `unix:/path` or `http://host:port`. */
  address(index: number): string;
  remove(): void;
}

const MAX_SOCKET_PATH_BYTES = 107;

function tcpPlan(host: string, basePort: number): AddressPlan {
  return {
    listen: (index) => ({ host, port: basePort + index }),
    address: (index) => `http://${host.includes(':') ? `[${host}]` : host}:${basePort + index}`,
    remove: () => undefined,
  };
}

/**
 * Plans addresses. `tag` sets this node's sockets apart from others' in a shared directory.
 * @throws SafecityError `INFERENCE_SOCKET_PATH_TOO_LONG`
 */
export function planAddresses(listen: NodeListen, tag: string): AddressPlan {
  if (listen.kind === 'tcp') return tcpPlan(listen.host, listen.basePort);
  if (listen.directory !== undefined) mkdirSync(listen.directory, { recursive: true, mode: 0o700 });
  const directory = listen.directory ?? mkdtempSync(join(tmpdir(), 'safecity-inference-'));
  const made = new Set<string>();
  const path = (index: number) => join(directory, `${tag}-${index}.sock`);
  const longest = path(9999);
  if (Buffer.byteLength(longest) > MAX_SOCKET_PATH_BYTES) {
    const text = `socket path ${longest} is longer than ${MAX_SOCKET_PATH_BYTES} bytes: set SAFECITY_SOCKET_DIR to a shorter directory`;
    throw new SafecityError('INFERENCE_SOCKET_PATH_TOO_LONG', text);
  }
  return {
    listen: (index) => {
      made.add(path(index));
      return { socketPath: path(index) };
    },
    address: (index) => `unix:${path(index)}`,
    remove: () => {
      for (const socketPath of made) rmSync(socketPath, { force: true });
      if (listen.directory === undefined) rmSync(directory, { recursive: true, force: true });
    },
  };
}
