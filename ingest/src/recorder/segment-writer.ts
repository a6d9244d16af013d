import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ClipFragment } from '../mp4/progressive-mp4.js';
import { segmentParts } from './segment-file.js';

/**
 * Writes one segment, whole fragments only: `append` either adds all of a fragment or leaves the file as it was. The
 * caller closes it.
 */
export class SegmentWriter {
  readonly path: string;
  readonly #handle: FileHandle;
  #bytes = 0;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /** Creates the file with its init segment. @throws NodeJS.ErrnoException, nothing is left behind */
  static async open(path: string, init: Buffer): Promise<SegmentWriter> {
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(path, 'wx');
    const writer = new SegmentWriter(path, handle);
    try {
      await writer.#write([init]);
      return writer;
    } catch (error) {
      await writer.discard();
      throw error;
    }
  }

  /** Closes and deletes the file. */
  async discard(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    await rm(this.path, { force: true });
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @throws NodeJS.ErrnoException (`ENOSPC` ...); the fragments before stay whole */
  async append(fragment: ClipFragment): Promise<void> {
    await this.#write(segmentParts(fragment));
  }

  async #write(parts: Buffer[]): Promise<void> {
    const data = Buffer.concat(parts);
    let done = 0;
    try {
      while (done < data.length) {
        const { bytesWritten } = await this.#handle.write(data, done, data.length - done, this.#bytes + done);
        done += bytesWritten;
      }
    } catch (error) {
      await this.#handle.truncate(this.#bytes).catch(() => undefined);
      throw error;
    }
    this.#bytes += data.length;
  }

  /** Ends the file with a box; without it when the disk refuses, the fragments are whole none the less. */
  async end(box: Buffer): Promise<void> {
    await this.#write([box]).catch(() => undefined);
  }

  /** Flushes, closes and gives the file its final name. */
  async close(finalPath: string): Promise<void> {
    try {
      await this.#handle.datasync().catch(() => undefined);
    } finally {
      await this.#handle.close();
    }
    await rename(this.path, finalPath);
  }
}
