import { PassThrough, Readable } from 'node:stream';
import { type Entry, fromBuffer, type ZipFile as ZipReader } from 'yauzl';
import { ZipFile } from 'yazl';
import { failure } from '../server/failure.js';

/** What a dossier may hold at most, so that a hostile archive cannot fill memory. */
const LIMITS = { files: 500, bytes: 2 * 1024 ** 3 };

/** What a file of a dossier holds: its bytes, or its parts, which are made when it is written. */
export type DossierContent = Uint8Array | (() => AsyncIterable<Buffer>);

/**
 * Packs files (path → content) as a zip, one after the other as it is read: of what comes in parts nothing else is held. Pictures and
 * clips are stored as they are: they do not shrink. A part that fails breaks the zip off.
 */
export function packZip(files: ReadonlyMap<string, DossierContent>, atMs: number): Readable {
  const zip = new ZipFile();
  const packed = zip.outputStream.pipe(new PassThrough());
  const broken = (error: Error) => void packed.destroy(error);
  zip.on('error', broken);
  for (const [path, content] of files) {
    const options = { mtime: new Date(atMs), mode: 0o100644, compress: /\.(json|html|mjs|txt)$/.test(path) };
    if (typeof content !== 'function') zip.addBuffer(Buffer.from(content), path, options);
    else zip.addReadStreamLazy(path, options, (take) => take(null, Readable.from(content()).on('error', broken)));
  }
  zip.end();
  return packed;
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
