import { statfsSync } from 'node:fs';

/** Below this much free space JetStream and PostgreSQL soon refuse writes. */
const LEAST_FREE_BYTES = 256 * 1024 * 1024;
const LOOK_MS = 10_000;

/** Says so when the disk of a directory runs full, and when there is room again. Returns how to stop. */
export function watchDisk(directory: string, tell: (text: string) => void): () => void {
  let wasLow = false;
  const look = () => {
    const { bavail, bsize } = statfsSync(directory);
    const isLow = bavail * bsize < LEAST_FREE_BYTES;
    if (isLow && !wasLow) {
      tell(
        `warning: only ${Math.round((bavail * bsize) / 1e6)} MB are free for ${directory}: make room. When it is full, nothing new can be stored until there is room again; what was stored is safe`,
      );
    }
    if (!isLow && wasLow) tell(`there is room again for ${directory}; everything goes on by itself within a minute`);
    wasLow = isLow;
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
