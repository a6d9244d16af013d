import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { judgeFindings, playTrace, scoreCounts, type WatchedRun } from '@safecity/bench';
import { type DetectionsFrame, SafecityError } from '@safecity/contracts';
import { fetchClip } from '@safecity/fixtures';
import { probeVideo } from '@safecity/ingest';
import type { Command } from 'commander';
import { eventReport, eventTable } from '../events/event-report.js';
import { type Recording, readRecordings } from '../events/recordings-file.js';
import { readTrace, writeTrace } from '../events/trace-file.js';
import { Progress } from '../progress.js';
import { analyseFile } from './analyze.js';
import { positive } from './positive.js';

interface EvalEventsOptions {
  recordings: string;
  clips?: string;
  traces?: string;
  cameras: string;
}

/** What the detector says of a clip: as it was written by an earlier run, or made now. */
async function traceOf({ clip, camera }: Recording, traces: string | undefined, progress: Progress): Promise<DetectionsFrame[]> {
  const file = traces === undefined ? undefined : join(traces, `${clip}.${camera.id}.jsonl`);
  if (file !== undefined && existsSync(file)) return readTrace(file);
  const { path } = await fetchClip(clip, { onProgress: ({ phase }) => progress.step(`${phase} ${clip}`) });
  const frames: DetectionsFrame[] = [];
  await analyseFile({ video: path, onFrame: (frame) => frames.push(frame) }, camera, await probeVideo(path), progress);
  if (file !== undefined) writeTrace(file, frames);
  return frames;
}

function wanted({ recordings, clips }: EvalEventsOptions): Recording[] {
  const all = readRecordings(recordings);
  if (clips === undefined) return all;
  const names = clips.split(',');
  const unknown = names.find((name) => !all.some(({ clip }) => clip === name));
  if (unknown !== undefined) throw new SafecityError('CLI_USAGE', `${recordings} has no clip ${unknown}`);
  return all.filter(({ clip }) => names.includes(clip));
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

async function evalEvents(options: EvalEventsOptions): Promise<void> {
  const cameras = positive('cameras', options.cameras);
  const recordings = wanted(options);
  if (options.traces !== undefined) mkdirSync(options.traces, { recursive: true });
  const progress = new Progress();
  const runs: WatchedRun[] = [];
  for (const recording of recordings) {
    const frames = await traceOf(recording, options.traces, progress);
    const { findings, alerts, watchedMs } = playTrace(recording.camera, frames);
    const ruleTypes = recording.camera.rules.filter(({ enabled }) => enabled).map(({ type }) => type);
    const run: WatchedRun = { name: recording.clip, watchedMs, ruleTypes, truth: recording.truth, findings, alerts };
    runs.push(run);
    for (const { finding, event } of judgeFindings(run)) {
      const { type, startMs, raisedAtMs, endMs, box, reason } = finding;
      const line = { clip: run.name, isTrue: event !== null, type, startMs, raisedAtMs, endMs, box, reason: reason.text.en };
      process.stdout.write(`${JSON.stringify({ finding: line })}\n`);
    }
    if (recording.people.length > 0) {
      const people = scoreCounts(recording.camera, frames, recording.people);
      progress.step(`people in ${run.name}: mean absolute error ${percent(people.meanAbsoluteError)}, bias ${percent(people.bias)}`);
      process.stdout.write(`${JSON.stringify({ clip: run.name, people })}\n`);
    }
  }
  progress.done();
  const report = eventReport(runs, cameras);
  process.stderr.write(eventTable(report));
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

/** `safecity eval events`, below `safecity eval`. */
export function registerEvalEvents(evalCommand: Command): void {
  evalCommand
    .command('events')
    .description('recordings through the live pipeline, each once: what was found, missed and false, and what that means for a desk')
    .requiredOption('--recordings <file>', 'recordings with their cameras and true events, as fixtures/recordings.json')
    .option('--clips <ids>', 'only these, separated by commas')
    .option('--traces <dir>', 'keep what the detector said there, and take it from there when it is there')
    .option('--cameras <n>', 'cameras of the desk', '250')
    .action(evalEvents);
}
