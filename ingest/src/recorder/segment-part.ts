import { open } from 'node:fs/promises';
import { indexSizeAt, type RecordedGroup, readIndex } from './group-index.js';

/** Holds the index of a segment of up to 290 groups. */
const TAIL_BYTES = 8192;
const MAX_INDEX_BYTES = 1024 * 1024;

/** Bytes of a file, fewer where it ends. @throws NodeJS.ErrnoException */
export async function readPart(path: string, offset: number, sizeBytes: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const buffer = Buffer.allocUnsafe(sizeBytes);
    let done = 0;
    while (done < sizeBytes) {
      const { bytesRead } = await file.read(buffer, done, sizeBytes - done, offset + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return buffer.subarray(0, done);
  } finally {
    await file.close();
  }
}

/** The groups that the index at the end of a segment lists; null when it has none. @throws NodeJS.ErrnoException */
export async function readTail(path: string, fileBytes: number): Promise<RecordedGroup[] | null> {
  const tail = await lastOf(path, fileBytes, TAIL_BYTES);
  const wantedBytes = indexSizeAt(tail);
  return readIndex(
    wantedBytes > tail.length && wantedBytes < Math.min(fileBytes, MAX_INDEX_BYTES) ? await lastOf(path, fileBytes, wantedBytes) : tail,
  );
}

function lastOf(path: string, fileBytes: number, sizeBytes: number): Promise<Buffer> {
  const wanted = Math.min(fileBytes, sizeBytes);
  return readPart(path, fileBytes - wanted, wanted);
}
