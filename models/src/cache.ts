import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { SafecityError } from '@safecity/contracts';

/** Where models are looked up and kept. */
export interface ModelPlaces {
  /** The project's cache; models lie in its folder `models`. Default: `SAFECITY_CACHE_DIR`, else `~/.cache/safecity`. */
  cacheDir?: string | undefined;
  /** Folder with model files that cannot be fetched. Default: `SAFECITY_MODELS_DIR`, else none. */
  modelsDir?: string | undefined;
}

/** Told about each step that takes long: a line to show, and the share done (0..1) where it is known. */
export type ProgressListener = (text: string, share?: number) => void;

/** Folder of prepared models. */
export function preparedFolder(places: ModelPlaces): string {
  const cache = places.cacheDir ?? process.env['SAFECITY_CACHE_DIR'] ?? join(homedir(), '.cache', 'safecity');
  return join(resolve(cache), 'models');
}

/** Folder of one model's files as they were fetched. */
export function sourceFolder(places: ModelPlaces, modelId: string): string {
  return join(preparedFolder(places), 'source', modelId);
}

/** Folder with files brought by hand, when one is named. */
export function handFolder(places: ModelPlaces): string | undefined {
  const folder = places.modelsDir ?? process.env['SAFECITY_MODELS_DIR'];
  return folder ? resolve(folder) : undefined;
}

/** Digest of a file, or undefined when there is none. */
async function digestOf(path: string, algorithm: 'sha256' | 'sha512', encoding: 'hex' | 'base64'): Promise<string | undefined> {
  const hash = createHash(algorithm);
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return hash.digest(encoding);
}

/** SHA-256 of a file in lower-case hex, or undefined when there is none. */
export const sha256OfFile = (path: string): Promise<string | undefined> => digestOf(path, 'sha256', 'hex');

/** Subresource integrity of a file (`sha512-…`), or undefined when there is none. */
export async function integrityOfFile(path: string): Promise<string | undefined> {
  const digest = await digestOf(path, 'sha512', 'base64');
  return digest && `sha512-${digest}`;
}

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const UNWRITABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR']);

/** Runs something that writes below `folder`. @throws SafecityError `MODELS_CACHE_UNWRITABLE` when that is not possible */
export async function writing<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    if (!UNWRITABLE.has(code)) throw cause;
    const mend = 'free space, give this user the right to write there, or set SAFECITY_CACHE_DIR to another folder';
    throw new SafecityError('MODELS_CACHE_UNWRITABLE', `${folder} cannot be written (${code}): ${mend}`, { cause });
  }
}

/**
 * Writes a file whole or not at all: readers see the old file or the new one.
 * @throws SafecityError `MODELS_CACHE_UNWRITABLE`
 */
export async function writeAtomically(path: string, content: Uint8Array | string): Promise<void> {
  const folder = dirname(path);
  const draft = join(folder, `.${randomUUID()}.part`);
  await writing(folder, async () => {
    await mkdir(folder, { recursive: true });
    try {
      await writeFile(draft, content);
      await rename(draft, path);
    } finally {
      await rm(draft, { force: true });
    }
  });
}
