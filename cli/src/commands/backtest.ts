import { type CameraConfig, type Finding, SafecityError } from '@safecity/contracts';
import { type ReplaySpan, replayTracks } from '@safecity/rules';
import type { Command } from 'commander';
import { parseTime, readCamera } from '../camera-file.js';
import { ofCamera, type RaisedFinding, readArchive, readRaised, type TrackArchive } from '../track-archive.js';

interface Options {
  camera: string;
  tracks: string;
  raised?: string;
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

function spanOf(options: Options, { tracks }: TrackArchive): ReplaySpan {
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

/** Revisions of the camera that were in force at some time of the span, in order. */
function revisionsIn({ configs, tracks }: TrackArchive, { fromMs, toMs }: ReplaySpan): number[] {
  const inTime = [...configs].sort((a, b) => a.fromMs - b.fromMs);
  const inForce = inTime.filter(({ fromMs: sinceMs }, index) => sinceMs < toMs && (inTime[index + 1]?.fromMs ?? toMs) > fromMs);
  const ofTracks = tracks.filter(({ firstMs, lastMs }) => lastMs >= fromMs && firstMs < toMs).map(({ configRevision }) => configRevision);
  return [...new Set([...inForce.map(({ revision }) => revision), ...ofTracks])].sort((a, b) => a - b);
}

function gapMsIn({ gaps }: TrackArchive, { fromMs, toMs }: ReplaySpan): number {
  return gaps.reduce((sum, gap) => sum + Math.max(0, Math.min(gap.toMs, toMs) - Math.max(gap.fromMs, fromMs)), 0);
}

function headline(archive: TrackArchive, span: ReplaySpan, tracks: number): string {
  const minutes = ((span.toMs - span.fromMs) / 60_000).toFixed(1);
  const gapS = (gapMsIn(archive, span) / 1000).toFixed(1);
  return `${tracks} tracks in ${minutes} min, of which ${gapS} s were not seen; camera at revision ${revisionsIn(archive, span).join(', ')}`;
}

function backtest(options: Options): void {
  const camera = readCamera(options.camera);
  const archive = ofCamera(readArchive(options.tracks), camera.id, options.tracks);
  const span = spanOf(options, archive);
  const replayed = replayTracks(camera, archive, span);
  const known = options.raised === undefined ? archive.raised : readRaised(options.raised);
  const raised = known.filter(({ startMs }) => startMs >= span.fromMs && startMs < span.toMs);
  const rules = comparisons(camera, replayed.findings, raised);
  process.stderr.write(`${headline(archive, span, replayed.tracks)}\n${table(rules)}\n`);
  const findings = replayed.findings.map(findingLine);
  const facts = { tracks: replayed.tracks, gapMs: gapMsIn(archive, span), revisions: revisionsIn(archive, span) };
  process.stdout.write(`${JSON.stringify({ cameraId: camera.id, ...span, ...facts, rules, findings })}\n`);
}

export function registerBacktest(program: Command): void {
  program
    .command('backtest')
    .description('archived tracks through a changed set of rules: what they would have found, beside what was raised')
    .requiredOption('--camera <file>', 'CAMERA.json with the rules to try')
    .requiredOption('--tracks <file>', 'archive of tracks, as analyze --archive or the API gives it')
    .option('--raised <file>', 'what was raised, as analyze --out writes it; default: what the archive says')
    .option('--from <iso>', 'begin, inclusive; default: the first track')
    .option('--to <iso>', 'end, exclusive; default: the last track')
    .action(backtest);
}
