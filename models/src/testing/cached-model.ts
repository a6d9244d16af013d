import { join } from 'node:path';
import { preparedFolder, sha256OfFile, sourceFolder } from '../cache.js';
import { modelEntry } from '../catalogue.js';

/**
 * Tells whether a model's files lie in the cache of this machine, so that a test can run on it without a download.
 * Prints why not.
 */
export async function isCached(modelId: string): Promise<boolean> {
  const { kind, files } = modelEntry(modelId).source;
  const hashes = await Promise.all(files.map(({ name }) => sha256OfFile(join(sourceFolder({}, modelId), name))));
  const there = files.map(({ sha256 }, index) => hashes[index] === sha256);
  // Of files that are brought by hand any one will do.
  if (kind === 'file' ? !there.includes(true) : there.includes(false)) {
    process.stderr.write(
      `skipped: ${modelId} is not in ${preparedFolder({})}; run "safecity models pull ${modelId}" for the tests that need it\n`,
    );
    return false;
  }
  return true;
}
