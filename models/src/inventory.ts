import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ModelPlaces, preparedFolder, sha256OfFile, sourceFolder } from './cache.js';
import { CATALOGUE, type ModelEntry } from './catalogue.js';
import { preparedProblem } from './prepared-model.js';

/** One line of `safecity models list`. */
export interface ModelListing {
  id: string;
  title: string;
  source: string;
  licence: string;
  /** `640x384`. */
  defaultSize: string;
  nmsIou: number;
  recommendedMinScore: ModelEntry['recommendedMinScore'];
  classCount: number;
  /** True when it lies in the cache at its default size (not checked here, see {@link verifyModels}). */
  prepared: boolean;
  /** Sizes that lie in the cache, those in half precision with `-fp16`. */
  preparedSizes: string[];
}

/** One checked file of the cache. */
export interface ModelCheck {
  modelId: string;
  path: string;
  ok: boolean;
  /** What is wrong and how to mend it; only when not ok. */
  problem?: string;
}

async function preparedFiles(places: ModelPlaces, id: string): Promise<{ size: string; path: string }[]> {
  const folder = preparedFolder(places);
  const names = await readdir(folder).catch(() => []);
  return names.sort().flatMap((name) => {
    const size = name.startsWith(`${id}-`) ? /^(\d+x\d+(?:-fp16)?)\.onnx$/.exec(name.slice(id.length + 1))?.[1] : undefined;
    return size ? [{ size, path: join(folder, name) }] : [];
  });
}

/** The catalogue, and what of it lies in the cache. */
export async function listModels(places: ModelPlaces = {}): Promise<ModelListing[]> {
  return Promise.all(
    CATALOGUE.map(async (entry) => {
      const preparedSizes = (await preparedFiles(places, entry.id)).map(({ size }) => size);
      const defaultSize = `${entry.defaultSize.widthPx}x${entry.defaultSize.heightPx}`;
      const { id, title, licence, nmsIou, recommendedMinScore } = entry;
      const facts = { id, title, source: entry.publicSource, licence, defaultSize, nmsIou, recommendedMinScore };
      return { ...facts, classCount: entry.classes.length, prepared: preparedSizes.includes(defaultSize), preparedSizes };
    }),
  );
}

async function sourceChecks(places: ModelPlaces, { id, source }: ModelEntry): Promise<ModelCheck[]> {
  const checks: ModelCheck[] = [];
  for (const { name, sha256 } of source.files) {
    const path = join(sourceFolder(places, id), name);
    const found = await sha256OfFile(path);
    if (found === undefined) continue;
    const problem = `SHA-256 is ${found}, the catalogue says ${sha256}: delete it and run "safecity models pull ${id}"`;
    checks.push(found === sha256 ? { modelId: id, path, ok: true } : { modelId: id, path, ok: false, problem });
  }
  return checks;
}

async function preparedChecks(places: ModelPlaces, { id }: ModelEntry): Promise<ModelCheck[]> {
  const files = await preparedFiles(places, id);
  return Promise.all(
    files.map(async ({ path }) => {
      const problem = await preparedProblem(path);
      return problem
        ? { modelId: id, path, ok: false, problem: `${problem}: run "safecity models pull ${id}"` }
        : { modelId: id, path, ok: true };
    }),
  );
}

/** Checks the SHA-256 of every model file in the cache, fetched or prepared. Files that are not there are not listed. */
export async function verifyModels(places: ModelPlaces = {}): Promise<ModelCheck[]> {
  const checks: ModelCheck[] = [];
  for (const entry of CATALOGUE) checks.push(...(await sourceChecks(places, entry)), ...(await preparedChecks(places, entry)));
  return checks;
}
