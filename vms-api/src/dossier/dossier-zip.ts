import { createWriteStream } from 'node:fs';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Entry, fromBuffer, type ZipFile as ZipReader } from 'yauzl';
import { ZipFile } from 'yazl';
import { failure } from '../server/failure.js';

/** What a dossier may hold at most, so that a hostile archive cannot fill memory. */
const LIMITS = { files: 500, bytes: 2 * 1024 ** 3 };

/** Packs files (path → bytes) as a zip. Pictures and clips are stored as they are: they do not shrink. */
export function packZip(files: ReadonlyMap<string, Uint8Array>, atMs: number): Readable {
  const zip = new ZipFile();
  for (const [path, bytes] of files) {
    zip.addBuffer(Buffer.from(bytes), path, { mtime: new Date(atMs), mode: 0o100644, compress: /\.(json|html|mjs|txt)$/.test(path) });
  }
  zip.end();
  return zip.outputStream.pipe(new PassThrough());
}

/** Writes the zip to a file. */
export async function writeZip(files: ReadonlyMap<string, Uint8Array>, atMs: number, path: string): Promise<void> {
  await pipeline(packZip(files, atMs), createWriteStream(path, { mode: 0o600 }));
}

function refused(reason: string): Error {
  return failure('API_DOSSIER_UNREADABLE', 400, `the file is no dossier: ${reason}`);
}

async function bytesOf(zip: ZipReader, entry: Entry): Promise<Buffer> {
  const stream = await new Promise<Readable>((resolve, reject) =>
    zip.openReadStream(entry, (error, opened) => (error ? reject(error) : resolve(opened))),
  );
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/**
 * Unpacks a dossier in memory. Sizes are checked against what the archive declares before anything is unpacked, and
 * yauzl refuses an entry that unpacks to another size or whose name leaves the folder.
 * @throws SafecityError `API_DOSSIER_UNREADABLE`
 */
export async function unpackZip(bytes: Buffer): Promise<Map<string, Uint8Array>> {
  const zip = await new Promise<ZipReader>((resolve, reject) =>
    fromBuffer(bytes, { lazyEntries: true, validateEntrySizes: true }, (error, opened) =>
      error ? reject(refused(error.message)) : resolve(opened),
    ),
  );
  if (zip.entryCount > LIMITS.files) throw refused(`it holds ${zip.entryCount} files, more than ${LIMITS.files}`);
  const files = new Map<string, Uint8Array>();
  let total = 0;
  await new Promise<void>((resolve, reject) => {
    zip.on('error', (error: Error) => reject(refused(error.message)));
    zip.on('end', resolve);
    zip.on('entry', (entry: Entry) => {
      total += entry.uncompressedSize;
      if (total > LIMITS.bytes) return reject(refused(`it unpacks to more than ${LIMITS.bytes} bytes`));
      if (files.has(entry.fileName)) return reject(refused(`it holds ${entry.fileName} twice`));
      if (entry.fileName.endsWith('/')) return zip.readEntry();
      bytesOf(zip, entry).then(
        (content) => {
          files.set(entry.fileName, content);
          zip.readEntry();
        },
        (error: Error) => reject(refused(`${entry.fileName}: ${error.message}`)),
      );
    });
    zip.readEntry();
  });
  return files;
}
