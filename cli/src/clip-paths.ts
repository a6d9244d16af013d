import { SafecityError } from '@safecity/contracts';
import { fetchClip } from '@safecity/fixtures';
import type { Progress } from './progress.js';

/** Paths of the clips that can be had; which cannot, and why, goes to standard error. */
export async function clipPaths(ids: readonly string[], progress: Progress): Promise<Map<string, string>> {
  const paths = new Map<string, string>();
  for (const id of ids) {
    try {
      paths.set(id, (await fetchClip(id, { onProgress: ({ phase }) => progress.step(`${phase} ${id}`) })).path);
    } catch (error) {
      if (!(error instanceof SafecityError) || error.code !== 'FIXTURES_CLIP_MISSING') throw error;
      progress.step(`not measured: ${error.message}`);
    }
  }
  return paths;
}
