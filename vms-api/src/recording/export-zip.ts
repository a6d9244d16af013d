import { PassThrough, Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { ZipFile } from 'yazl';

/** A file that is packed while it is read. */
export interface ZippedVideo {
  name: string;
  sha256: string;
  answer: Response;
}

/** Packs the videos as they are, one after the other, with `SHA256SUMS` as `sha256sum -c` reads it. An answer that breaks off breaks the zip. */
export function exportZip(videos: readonly ZippedVideo[], atMs: number): Readable {
  const zip = new ZipFile();
  const out = new PassThrough();
  const options = { mtime: new Date(atMs), mode: 0o100644, compress: false };
  const bodies = videos.map(({ answer }) => Readable.fromWeb(answer.body as ReadableStream));
  for (const [index, { name }] of videos.entries()) {
    const body = bodies[index] as Readable;
    body.on('error', (error) => out.destroy(error));
    zip.addReadStream(body, name, options);
  }
  zip.addBuffer(Buffer.from(videos.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('')), 'SHA256SUMS', options);
  zip.end();
  // Who goes away in the middle leaves nothing open at ingest.
  out.on('close', () => {
    for (const body of bodies) body.destroy();
  });
  return zip.outputStream.pipe(out);
}
