import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { failure } from '../server/failure.js';
import { type ByteSpan, conflict, type EvidenceFiles, hashesOf, type StoredFile } from './evidence-files.js';

const DRAFT = '.part';

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Runs what reads or writes the disk; what the disk refuses is an outage of the store. */
async function onDisk<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (codeOf(cause) === undefined || String(codeOf(cause)).startsWith('API_')) throw cause;
    throw failure('API_EVIDENCE_STORE', 503, `the evidence directory fails to ${what}: ${(cause as Error).message}`, cause);
  }
}

/** Evidence on disk, `<data>/evidence/<alertId>/<file>`. */
export class EvidenceDirectory implements EvidenceFiles {
  readonly #directory: string;

  constructor(dataDirectory: string) {
    this.#directory = join(dataDirectory, 'evidence');
  }

  #pathOf(alertId: string, file: string): string {
    return join(this.#directory, alertId, file);
  }

  write(alertId: string, file: string, bytes: Uint8Array): Promise<void> {
    return onDisk(`write ${file}`, () => this.#write(alertId, file, bytes));
  }

  /** A draft is synced and then linked to its name, which fails where the name is taken: there is no moment of half a file. */
  async #write(alertId: string, file: string, bytes: Uint8Array): Promise<void> {
    const path = this.#pathOf(alertId, file);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const draft = `${path}.${randomUUID()}${DRAFT}`;
    try {
      const handle = await open(draft, 'wx', 0o600);
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await link(draft, path).catch((error: unknown) => {
        if (codeOf(error) !== 'EEXIST') throw error;
      });
    } finally {
      await rm(draft, { force: true });
    }
    await syncDirectory(dirname(path));
    if (hashesOf(await readFile(path)).sha256 !== hashesOf(bytes).sha256) throw conflict(alertId, file);
  }

  read(alertId: string, file: string): Promise<Buffer | null> {
    return onDisk(`read ${file}`, () => readFile(this.#pathOf(alertId, file)).catch(absent));
  }

  readSpan(alertId: string, file: string, { first, last }: ByteSpan): Promise<Buffer | null> {
    return onDisk(`read ${file}`, async () => {
      const handle = await open(this.#pathOf(alertId, file), 'r').catch(absent);
      if (!handle) return null;
      try {
        const bytes = Buffer.alloc(Math.max(0, Math.min(last + 1, (await handle.stat()).size) - first));
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, first);
        return bytesRead === 0 ? null : bytes.subarray(0, bytesRead);
      } finally {
        await handle.close();
      }
    });
  }

  /** With it go drafts that a crash has left, and the directory when it is empty. */
  remove(alertId: string, file: string): Promise<void> {
    return onDisk(`remove ${file}`, async () => {
      const directory = join(this.#directory, alertId);
      const names = (await readdir(directory).catch(absent)) ?? [];
      for (const name of names) if (name === file || (name.startsWith(`${file}.`) && name.endsWith(DRAFT))) await rm(join(directory, name));
      await rmdir(directory).catch(() => undefined);
    });
  }

  list(alertId: string): Promise<StoredFile[]> {
    return onDisk(`list ${alertId}`, async () => {
      const directory = join(this.#directory, alertId);
      const names = ((await readdir(directory).catch(absent)) ?? []).filter((name) => !name.endsWith(DRAFT)).sort();
      return Promise.all(names.map(async (file) => ({ file, sizeBytes: (await stat(join(directory, file))).size })));
    });
  }
}

function absent(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null;
  throw error;
}
