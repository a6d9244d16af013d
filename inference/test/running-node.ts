import { readdirSync, readFileSync } from 'node:fs';
import { type InferenceNode, type InferenceNodeOptions, startInferenceNode } from '@safecity/inference';
import { createInferenceClient, createLogger, type InferenceClient, type InferenceClientOptions } from '@safecity/platform';
import { temporaryDirectory, waitFor } from '@safecity/platform/testing';
import { onTestFinished } from 'vitest';

/** Width and height of the tiny models. */
export const SIZE = { widthPx: 16, heightPx: 8 };

/** A frame whose first byte is `first` and whose others are `rest`. */
export function aFrame(first: number, rest = 0): Uint8Array {
  const frame = new Uint8Array(SIZE.widthPx * SIZE.heightPx * 3).fill(rest);
  frame[0] = first;
  return frame;
}

/** A directory that is gone after the test. */
export function aDirectory(): string {
  const directory = temporaryDirectory('inference');
  onTestFinished(directory.remove);
  return directory.path;
}

/** Starts a node that is closed after the test. `log` collects what it says. */
export function aNode(options: Partial<InferenceNodeOptions> & { modelPaths: string[] }): {
  node: InferenceNode;
  log: Record<string, unknown>[];
} {
  const log: Record<string, unknown>[] = [];
  const logger = createLogger('inference', { write: (line) => log.push(JSON.parse(line)) });
  const node = startInferenceNode({ logger, sessions: 1, ...options });
  onTestFinished(() => node.close());
  return { node, log };
}

/** A client of the node's present endpoints, closed after the test. */
export function aClientOf(node: InferenceNode, options: Partial<InferenceClientOptions> = {}): InferenceClient {
  const logger = createLogger('client', { write: () => undefined });
  const client = createInferenceClient({ endpoints: node.endpoints(), logger, probeMs: 50, ...options });
  onTestFinished(() => client.close());
  return client;
}

/** True while a process of that id exists and is not a zombie. */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Process ids of the direct children of a process. */
export function childrenOf(pid: number): number[] {
  const parentOf = (id: string) => {
    try {
      return Number(
        readFileSync(`/proc/${id}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ')[1],
      );
    } catch {
      return undefined;
    }
  };
  return readdirSync('/proc')
    .filter((id) => /^\d+$/.test(id) && parentOf(id) === pid)
    .map(Number);
}

/** Resolves when none of the processes exists any more. */
export async function waitUntilGone(pids: number[]): Promise<void> {
  await waitFor(() => pids.every((pid) => !isAlive(pid)), { what: `processes ${pids.join(', ')} to end` });
}
