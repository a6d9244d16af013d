import { type Finding, type RuleComparison, SafecityError } from '@safecity/contracts';
import { type Backtest, backtest, type ReplaySpan, type TrackArchive } from '@safecity/rules';
import type { Command } from 'commander';
import { parseTime, readCameraAt } from '../camera-file.js';
import { ofCamera, readArchive, readRaised } from '../track-archive.js';

interface Options {
  camera: string;
  tracks: string;
  raised?: string;
  from?: string;
  to?: string;
  preset?: string;
}

function spanOf(options: Options, { tracks }: TrackArchive): ReplaySpan {
  if (tracks.length === 0) throw new SafecityError('CLI_USAGE', `${options.tracks} holds no track`);
  const firstMs = tracks.reduce((least, track) => Math.min(least, track.firstMs), Number.POSITIVE_INFINITY);
  const lastMs = tracks.reduce((most, track) => Math.max(most, track.lastMs), Number.NEGATIVE_INFINITY);
  const fromMs = options.from === undefined ? firstMs : parseTime('--from', options.from);
  const toMs = options.to === undefined ? lastMs + 1 : parseTime('--to', options.to);
  if (toMs <= fromMs) throw new SafecityError('CLI_USAGE', '--to is not after --from: give a span of time');
  return { fromMs, toMs };
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

function headline({ tracks, gapMs, revisions }: Backtest, span: ReplaySpan): string {
  const minutes = ((span.toMs - span.fromMs) / 60_000).toFixed(1);
  return `${tracks} tracks in ${minutes} min, of which ${(gapMs / 1000).toFixed(1)} s were not seen; camera at revision ${revisions.join(', ')}`;
}

function run(options: Options): void {
  const camera = readCameraAt(options.camera, options.preset);
  const archive = ofCamera(readArchive(options.tracks), camera.id, options.tracks);
  const span = spanOf(options, archive);
  const raised = options.raised === undefined ? archive.raised : readRaised(options.raised);
  const result = backtest(camera, { ...archive, raised }, span);
  process.stderr.write(`${headline(result, span)}\n${table(result.rules)}\n`);
  const findings = result.findings.map(findingLine);
  process.stdout.write(`${JSON.stringify({ cameraId: camera.id, ...span, ...result, findings })}\n`);
}

export function registerBacktest(program: Command): void {
  program
    .command('backtest')
    .description('archived tracks through a changed set of rules: what they would have found, beside what was raised')
    .requiredOption('--camera <file>', 'CAMERA.json with the rules to try')
    .requiredOption('--tracks <file>', 'archive of tracks, as analyze --archive or the API gives it')
    .option('--raised <file>', 'what was raised, as analyze --out writes it; default: what the archive says')
    .option('--preset <id>', 'preset that the recording shows, for a camera with presets')
    .option('--from <iso>', 'begin, inclusive; default: the first track')
    .option('--to <iso>', 'end, exclusive; default: the last track')
    .action(run);
}
