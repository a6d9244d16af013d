import { readFileSync } from 'node:fs';

/**
 * Whether a process wants the processor or the disk and may only be waiting for its turn: state R or D of its main thread
 * (proc(5)). A stopped one (T), and one that sleeps (S) although its timer is due, is not. True where it cannot be told.
 */
export function mayBeStarved(pid: number, readStat = (path: string) => readFileSync(path, 'utf8')): boolean {
  try {
    // The name before it may hold anything, brackets too.
    const state = /^\d+ \(.*\) (\w)/s.exec(readStat(`/proc/${pid}/stat`))?.[1];
    return state === undefined || state === 'R' || state === 'D';
  } catch {
    return true;
  }
}
