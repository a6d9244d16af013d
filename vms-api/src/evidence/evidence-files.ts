import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Hashes of one file: SHA-256 is the one that counts; CAP's `digest` is SHA-1 by its standard. */
export interface FileHashes {
  sha256: string;
  sha1: string;
}

export function hashesOf(bytes: Uint8Array): FileHashes {
  const hex = (algorithm: string) => createHash(algorithm).update(bytes).digest('hex');
  return { sha256: hex('sha256'), sha1: hex('sha1') };
}

/** Name of a still: `<moment>-<first 16 digits of its SHA-256>.jpg`. */
export function stillFileName(moment: string, sha256: string): string {
  return `${moment}-${sha256.slice(0, 16)}.jpg`;
}

/** Name of a clip: `<clip name>-<first 16 digits of its SHA-256>.mp4`. */
export function clipFileName(name: string, sha256: string): string {
  return `${name}-${sha256.slice(0, 16)}.mp4`;
}

/** Evidence on disk, `<data>/evidence/<alertId>/<file>`. Files are written once and never changed. */
export class EvidenceFiles {
  readonly #directory: string;

  constructor(dataDirectory: string) {
    this.#directory = join(dataDirectory, 'evidence');
  }

  #pathOf(alertId: string, file: string): string {
    return join(this.#directory, alertId, file);
  }

  /** Stores a file so that after a crash it is there whole or not at all. */
  async write(alertId: string, file: string, bytes: Uint8Array): Promise<void> {
    const path = this.#pathOf(alertId, file);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const draft = `${path}.part`;
    const handle = await open(draft, 'w', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
  }

  /** Removes a file, if it is there. */
  async remove(alertId: string, file: string): Promise<void> {
    await rm(this.#pathOf(alertId, file), { force: true });
  }

  /** The bytes of a file; null when it is not there. Both names must have been checked against their patterns. */
  async read(alertId: string, file: string): Promise<Buffer | null> {
    try {
      return await readFile(this.#pathOf(alertId, file));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }
}
