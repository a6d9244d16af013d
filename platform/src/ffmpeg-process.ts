import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import fluentFfmpeg from 'fluent-ffmpeg';
import { redactCredentials } from './logging.js';
import { type ByteTarget, readInto } from './socket-reader.js';

/** What to run. The argument list may hold camera credentials: it is never logged and never part of an error. */
export interface FfmpegCommand {
  /** URL or path; `stdin` feeds the process through `stdin` of the result. */
  input: string | 'stdin';
  inputOptions: readonly string[];
  /** Options of the one output. */
  outputOptions: readonly string[];
  /** File that is written (over); default: the process's standard output. */
  outputFile?: string;
  /**
   * Standard output is read straight into these buffers, and `stdout` of the result only ends. The stream's own way
   * allocates 64 kB for each read, which with decoded pictures costs more garbage collection than all else in the process.
   */
  into?: ByteTarget;
  /** 19: runs when nothing else wants the processor. Default: like this process. */
  niceness?: number;
  /** Called with each line of standard error, credentials blanked. */
  onLine?(line: string): void;
}

/** How a process ended. */
export interface FfmpegExit {
  /** Exit code 0. Means something for files only: ffmpeg also gives 0 when a camera goes away. */
  clean: boolean;
  /** Last lines of standard error, credentials blanked. */
  stderrTail: string[];
  /** Set when the program could not be started at all. */
  missing: boolean;
}

/** A running ffmpeg. Whoever started it calls `kill()`; every end, whatever the reason, resolves `exited` once. */
export interface FfmpegProcess {
  /** Null unless the input is `stdin`. Errors on it are swallowed: the process ends and `exited` says so. */
  stdin: Writable | null;
  stdout: Readable;
  exited: Promise<FfmpegExit>;
  /** Ends it at once (SIGKILL); safe to call at any time and more than once. */
  kill(): void;
  /** Null before it has been spawned and after its end. */
  readonly pid: number | null;
}

const STDERR_TAIL_LINES = 40;
const STDOUT_BUFFER_BYTES = 1024 * 1024;
const COMMON_OPTIONS = ['-hide_banner', '-nostdin', '-loglevel', 'warning'];

/** fluent-ffmpeg keeps the child on the command object; its types do not say so. */
interface RunningCommand {
  ffmpegProc?: ChildProcess;
}

/** Takes the process's output away from its stream before anybody reads from that; in its place stands one that only ends. */
function readDirectly(process: ChildProcess, into: ByteTarget): void {
  const ending = new PassThrough();
  const output = readInto(process.stdout as Socket, into);
  output.on('error', () => output.destroy());
  output.on('end', () => output.destroy());
  output.on('close', () => ending.end());
  process.stdout = ending;
}

/**
 * Starts ffmpeg through fluent-ffmpeg. Ingest and the API run it by this: it builds the argument list, finds the
 * program and runs it; what it cannot do (kill before the spawn, a tail of standard error) is added here.
 */
export function startFfmpeg(command: FfmpegCommand): FfmpegProcess {
  const stdin = command.input === 'stdin' ? new PassThrough() : null;
  const stdout = new PassThrough({ readableHighWaterMark: STDOUT_BUFFER_BYTES, writableHighWaterMark: STDOUT_BUFFER_BYTES });
  const tail: string[] = [];
  let killed = false;
  let spawned = false;
  const runner = fluentFfmpeg({ stdoutLines: STDERR_TAIL_LINES, niceness: command.niceness ?? 0 });
  const child = () => (runner as unknown as RunningCommand).ffmpegProc;
  const exited = new Promise<FfmpegExit>((resolve) => {
    const end = (how: { clean: boolean; missing: boolean }) => {
      // Once spawned, the pipe from the process ends it, after the last byte.
      if (!spawned || command.outputFile !== undefined) stdout.end();
      resolve({ stderrTail: tail, ...how });
    };
    runner.on('stderr', (line: string) => {
      const redacted = redactCredentials(line);
      command.onLine?.(redacted);
      tail.push(redacted);
      if (tail.length > STDERR_TAIL_LINES) tail.shift();
    });
    runner.on('start', () => {
      spawned = true;
      if (killed) child()?.kill('SIGKILL');
      if (command.into) readDirectly(child() as ChildProcess, command.into);
    });
    runner.on('end', () => end({ clean: true, missing: false }));
    runner.on('error', (error: Error) => end({ clean: false, missing: /cannot find ffmpeg|ENOENT/i.test(error.message) }));
  });
  stdin?.on('error', () => {});
  runner
    .input(stdin ?? command.input)
    .inputOptions([...COMMON_OPTIONS, ...command.inputOptions])
    .outputOptions([...command.outputOptions])
    .output(command.outputFile ?? stdout)
    .run();
  return {
    stdin,
    stdout,
    exited,
    kill: () => {
      killed = true;
      child()?.kill('SIGKILL');
    },
    get pid() {
      return child()?.pid ?? null;
    },
  };
}
