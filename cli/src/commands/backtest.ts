import { type ArchivedTrack, type CameraConfig, type Finding, SafecityError } from '@safecity/contracts';
import { type ReplaySpan, replayTracks } from '@safecity/rules';
import type { Command } from 'commander';
import { parseTime, readCamera } from '../camera-file.js';
import { type RaisedFinding, readArchive } from '../track-archive.js';

interface Options {
  camera: string;
  tracks: string;
  from?: string;
  to?: string;
}

/** What a rule would have done, beside what was really raised. */
interface RuleComparison {
  rule: string;
  type: string;
  now: number;
  before: number;
  /** Findings that meet one that was raised: same rule, times that touch. */
  both: number;
  onlyNow: number;
  onlyThen: number;
}

/** Two tellings of one thing may differ by this much in their times. */
const SLACK_MS = 2000;

function spanOf(options: Options, tracks: readonly ArchivedTrack[]): ReplaySpan {
  if (tracks.length === 0) throw new SafecityError('CLI_USAGE', `${options.tracks} holds no track`);
  const firstMs = tracks.reduce((least, track) => Math.min(least, track.firstMs), Number.POSITIVE_INFINITY);
  const lastMs = tracks.reduce((most, track) => Math.max(most, track.lastMs), Number.NEGATIVE_INFINITY);
  const fromMs = options.from === undefined ? firstMs : parseTime('--from', options.from);
  const toMs = options.to === undefined ? lastMs + 1 : parseTime('--to', options.to);
  if (toMs <= fromMs) throw new SafecityError('CLI_USAGE', '--to is not after --from: give a span of time');
  return { fromMs, toMs };
}

const touches = (a: RaisedFinding, b: RaisedFinding) =>
  a.startMs <= (b.endMs ?? Number.POSITIVE_INFINITY) + SLACK_MS && b.startMs <= (a.endMs ?? Number.POSITIVE_INFINITY) + SLACK_MS;

function compare(rule: string, type: string, found: readonly Finding[], raised: readonly RaisedFinding[]): RuleComparison {
  const free = new Set(raised);
  for (const finding of found) {
    const twin = [...free].find((candidate) => touches(finding, candidate));
    if (twin) free.delete(twin);
  }
  const both = raised.length - free.size;
  return { rule, type, now: found.length, before: raised.length, both, onlyNow: found.length - both, onlyThen: free.size };
}

function comparisons(camera: CameraConfig, found: readonly Finding[], raised: readonly RaisedFinding[]): RuleComparison[] {
  const types = new Map<string, string>(raised.map(({ ruleId, type }) => [ruleId, type]));
  for (const { id, type } of camera.rules) types.set(id, type);
  const of = <T extends RaisedFinding>(list: readonly T[], id: string) => list.filter(({ ruleId }) => ruleId === id);
  return [...types].map(([id, type]) => compare(id, type, of(found, id), of(raised, id)));
}

function table(rows: readonly RuleComparison[]): string {
  const width = Math.max(4, ...rows.map(({ rule }) => rule.length));
  const line = (name: string, ...cells: (string | number)[]) =>
    `${name.padEnd(width)}${cells.map((cell) => String(cell).padStart(10)).join('')}`;
  const lines = rows.map(({ rule, now, before, both, onlyNow, onlyThen }) => line(rule, now, before, both, onlyNow, onlyThen));
  return [line('rule', 'now', 'then', 'both', 'only now', 'only then'), ...lines].join('\n');
}

function findingLine(finding: Finding): object {
  const { type, ruleId, trackIds, class: name, startMs, raisedAtMs, endMs, confidence, reason } = finding;
  return {
    type,
    rule: ruleId,
    trackIds,
    ...(name === undefined ? {} : { class: name }),
    startMs,
    raisedAtMs,
    ...(endMs === undefined ? {} : { endMs }),
    confidence,
    reason: reason.text.en,
    reasonVi: reason.text.vi,
  };
}

function backtest(options: Options): void {
  const camera = readCamera(options.camera);
  const archive = readArchive(options.tracks);
  const tracks = archive.tracks.filter(({ cameraId }) => cameraId === camera.id);
  const other = archive.tracks[0];
  if (tracks.length === 0 && other) {
    throw new SafecityError('CLI_USAGE', `${options.tracks} has tracks of ${other.cameraId} and none of ${camera.id}: give that camera`);
  }
  const span = spanOf(options, tracks);
  const replayed = replayTracks(camera, tracks, span);
  const raised = archive.raised.filter(({ startMs }) => startMs >= span.fromMs && startMs < span.toMs);
  const rules = comparisons(camera, replayed.findings, raised);
  process.stderr.write(`${replayed.tracks} tracks in ${((span.toMs - span.fromMs) / 60_000).toFixed(1)} min\n${table(rules)}\n`);
  const findings = replayed.findings.map(findingLine);
  process.stdout.write(`${JSON.stringify({ cameraId: camera.id, ...span, tracks: replayed.tracks, rules, findings })}\n`);
}

export function registerBacktest(program: Command): void {
  program
    .command('backtest')
    .description('archived tracks through a changed set of rules: what they would have found, beside what was raised')
    .requiredOption('--camera <file>', 'CAMERA.json with the rules to try')
    .requiredOption('--tracks <file>', 'archive of tracks, as analyze --archive writes it')
    .option('--from <iso>', 'begin, inclusive; default: the first track')
    .option('--to <iso>', 'end, exclusive; default: the last track')
    .action(backtest);
}
