import { join } from 'node:path';
import { preparedFolder, sha256OfFile, sourceFolder } from '../cache.js';
import { modelEntry } from '../catalogue.js';

/**
 * Tells whether a model's files lie in the cache of this machine, so that a test can run on it without a download.
 * Prints why not.
 */
export async function isCached(modelId: string): Promise<boolean> {
  const { files } = modelEntry(modelId).source;
  for (const { name, sha256 } of files) {
    if ((await sha256OfFile(join(sourceFolder({}, modelId), name))) === sha256) continue;
    process.stderr.write(
      `skipped: ${modelId} is not in ${preparedFolder({})}; run "safecity models pull ${modelId}" for the tests that need it\n`,
    );
    return false;
  }
  return true;
}
