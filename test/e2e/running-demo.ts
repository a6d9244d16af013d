import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '@safecity/platform';

const root = join(import.meta.dirname, '..', '..');
const command = join(root, 'cli', 'bin', 'safecity.mjs');

/** What a person reads off the terminal of `safecity demo`. */
export interface RunningDemo {
  url: string;
  eocUrl: string;
  adminPassword: string;
  output: string;
  /** From the start of the command to its welcome. */
  startMs: number;
  /** Runs `safecity demo <words>` against this demo and gives what it prints. */
  tell(...words: string[]): string;
  /** This process and everything below it. */
  pids(): number[];
  /** Ctrl-C, then the exit code. */
  interrupt(): Promise<number | null>;
}

function descendants(pid: number): number[] {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
  const found = [pid];
  for (const parent of found) found.push(...table.filter(([, ppid]) => ppid === parent).map(([child]) => child));
  return found;
}

async function welcome(child: ChildProcess): Promise<string> {
  let output = '';
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Ctrl-C ends everything')) resolve(output);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', (code) => reject(new Error(`safecity demo ended with ${code}: ${output}`)));
  });
}

/** Starts `safecity demo` as a person would, on a data directory and a free port, with servers of its own. */
export async function startDemo(dataDir: string, cameras: string): Promise<RunningDemo> {
  const startedAt = Date.now();
  const args = ['demo', '--data', dataDir, '--port', String(await freePort()), '--cameras', cameras];
  const { DATABASE_URL: _, ...env } = process.env;
  const child = spawn(process.execPath, [command, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env });
  const output = await welcome(child);
  const found = (expression: RegExp) => expression.exec(output)?.[1] ?? '';
  return {
    url: found(/Console\s+(\S+)/),
    eocUrl: found(/EOC inbox\s+(\S+)/),
    adminPassword: found(/admin\s+(\S+)/),
    output,
    startMs: Date.now() - startedAt,
    tell: (...words) =>
      execFileSync(process.execPath, [command, 'demo', ...words, '--data', dataDir], { cwd: root, encoding: 'utf8' }).trim(),
    pids: () => descendants(child.pid as number),
    interrupt: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGINT');
      return (await exited)[0] as number | null;
    },
  };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
