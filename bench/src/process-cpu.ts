import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

interface ProcessFacts {
  pid: number;
  parentPid: number;
  command: string;
  cpuSeconds: number;
  /** Of children that have ended and were waited for. */
  endedCpuSeconds: number;
}

function readProcess(pid: number): ProcessFacts | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name is in brackets and may hold spaces, so fields are counted from the closing one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    const seconds = (first: number) => (Number(fields[first]) + Number(fields[first + 1])) / TICKS_PER_SECOND;
    return { pid, parentPid: Number(fields[1]), command, cpuSeconds: seconds(11), endedCpuSeconds: seconds(13) };
  } catch {
    return undefined;
  }
}

function processTree(root: number): ProcessFacts[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
  const found = all.filter(({ pid }) => pid === root);
  for (const parent of found) found.push(...all.filter(({ parentPid }) => parentPid === parent.pid));
  return found;
}

/** Process ids of everything below a process. */
export function childrenOf(root: number): number[] {
  return processTree(root)
    .map(({ pid }) => pid)
    .filter((pid) => pid !== root);
}

/**
 * User and system seconds so far, by stage, of the processes below `roots` (name → pid). ffmpeg processes below ingest
 * are told apart: `remux` reads the camera, `decode` is fed from the ring. `ended` are children that are gone, such as
 * decoders of stills; a process that ends between two readings is counted there with all it ever spent.
 */
export function cpuByStage(roots: Record<string, number>): Record<string, number> {
  const stages: Record<string, number> = {};
  for (const [name, root] of Object.entries(roots)) {
    for (const { pid, command, cpuSeconds, endedCpuSeconds } of processTree(root)) {
      const isFfmpeg = /^\S*ffmpeg /.test(command);
      const stage = isFfmpeg
        ? command.includes('rtsp://')
          ? 'remux'
          : 'decode'
        : pid === root || name !== 'ingest'
          ? name
          : `${name} helpers`;
      stages[stage] = (stages[stage] ?? 0) + cpuSeconds;
      stages['ended'] = (stages['ended'] ?? 0) + endedCpuSeconds;
    }
  }
  return stages;
}

/** Proportional set size in MB by stage, of ingest (`ingest`) and of the ffmpeg processes below it (`remux`, `decode`). */
export function memoryByStage(ingestPid: number): Record<string, number> {
  const stages: Record<string, number> = {};
  for (const { pid, command } of processTree(ingestPid)) {
    const isFfmpeg = /^\S*ffmpeg /.test(command);
    const stage = isFfmpeg ? (command.includes('rtsp://') ? 'remux' : 'decode') : 'ingest';
    stages[stage] = (stages[stage] ?? 0) + pssMb(pid);
  }
  return stages;
}

function pssMb(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** User and system seconds so far of each decoding ffmpeg below ingest, by process id. */
export function cpuOfDecoders(roots: Record<string, number>): Record<string, number> {
  const decoders = processTree(roots['ingest'] ?? 0).filter(({ command }) => /^\S*ffmpeg /.test(command) && !command.includes('rtsp://'));
  return Object.fromEntries(decoders.map(({ pid, cpuSeconds }) => [String(pid), cpuSeconds]));
}

/** What was spent between two readings, stage by stage, per camera-second. */
export function costPerCameraSecond(
  before: Record<string, number>,
  after: Record<string, number>,
  cameraSeconds: number,
): Record<string, number> {
  return Object.fromEntries(Object.entries(after).map(([stage, seconds]) => [stage, (seconds - (before[stage] ?? 0)) / cameraSeconds]));
}
