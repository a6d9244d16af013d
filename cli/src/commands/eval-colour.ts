import { type ColourAnswer, type ColourScore, scoreColours } from '@safecity/bench';
import { CLASS_GROUPS, type DetectionsFrame, parseCamera, SafecityError } from '@safecity/contracts';
import { type ColourFigures, probeVideo } from '@safecity/ingest';
import type { Command } from 'commander';
import { clipPaths } from '../clip-paths.js';
import { answersOf, type WatchedClip } from '../colour/answers.js';
import { type ColourLabels, readColourLabels, type VehicleLabel } from '../colour/labels-file.js';
import { Progress } from '../progress.js';
import { analyseFile } from './analyze.js';

interface EvalColourOptions {
  labels: string;
  model: string;
}

/** Of a camera that looks straight down, as `docs/cameras.md` says. */
const SCORE_FROM_ABOVE = 0.25;

interface Answered {
  clip: ColourLabels;
  label: VehicleLabel;
  answer: ColourAnswer;
}

const TWO_WHEELERS: readonly string[] = CLASS_GROUPS['two-wheeler'];

/** What the whole run cost. */
interface Cost extends ColourFigures {
  /** Pictures that went through detection, and what the detector's process and this one took for all of it. */
  pictures: number;
  tracks: number;
  wallMs: number;
}

async function watch(path: string, { fromAbove }: ColourLabels, modelId: string, cost: Cost): Promise<WatchedClip> {
  const above = fromAbove ? { fromAbove, minScore: SCORE_FROM_ABOVE } : {};
  const camera = parseCamera({ id: 'clip', name: 'clip', source: { url: 'rtsp://127.0.0.1/clip' }, detection: { modelId, ...above } });
  const facts = await probeVideo(path);
  const frames: DetectionsFrame[] = [];
  const startMs = performance.now();
  const options = { video: path, archive: '', onFrame: (frame: DetectionsFrame) => void frames.push(frame) };
  const { records, colours } = await analyseFile(options, camera, facts, new Progress());
  cost.wallMs += performance.now() - startMs;
  cost.pictures += frames.length;
  cost.tracks += records.filter((record) => 'track' in record && record.facts.part === 0).length;
  cost.looks += colours.looks;
  cost.named += colours.named;
  cost.tookMs += colours.tookMs;
  return { widthPx: facts.widthPx, heightPx: facts.heightPx, records, frames };
}

/** A row per label, a column per answer. */
function confusionTable({ confusion }: ColourScore): string {
  const columns = [...new Set(Object.values(confusion).flatMap((row) => Object.keys(row)))].sort();
  const line = (head: string, cells: readonly (string | number)[]) =>
    `${head.padEnd(10)}${cells.map((cell) => String(cell).padStart(9)).join('')}\n`;
  const rows = Object.entries(confusion).sort(([a], [b]) => a.localeCompare(b));
  return (
    line('', columns) +
    rows
      .map(([label, row]) =>
        line(
          label,
          columns.map((column) => row[column] ?? '.'),
        ),
      )
      .join('')
  );
}

const percent = (share: number | null) => (share === null ? 'none' : `${Math.round(share * 100)} %`);

function tell(name: string, score: ColourScore): void {
  const { tracked, said, right, accuracy, interval, unknownShare } = score;
  const range = `${percent(interval[0])} to ${percent(interval[1])}`;
  const said_ = `${right} of ${said} said are right (${percent(accuracy)}, ${range}), unknown ${percent(unknownShare)} of ${tracked}`;
  process.stderr.write(`\n${name}: ${said_}\n${confusionTable(score)}`);
}

/** Scores by set and kind of vehicle, and of the night. */
function scoresOf(answered: readonly Answered[]): Record<string, ColourScore> {
  const scores: Record<string, ColourScore> = {};
  const add = (name: string, wants: (one: Answered) => boolean) => {
    const own = answered.filter(wants);
    if (own.length > 0) scores[name] = scoreColours(own.map(({ answer }) => answer));
  };
  for (const set of ['tuning', 'held-out'] as const) {
    add(`${set}, cars, buses, trucks`, ({ clip, label }) => clip.set === set && !TWO_WHEELERS.includes(label.class));
    add(`${set}, two-wheelers`, ({ clip, label }) => clip.set === set && TWO_WHEELERS.includes(label.class));
  }
  add('night', ({ clip }) => clip.light === 'night');
  return scores;
}

async function evalColour({ labels: file, model }: EvalColourOptions): Promise<void> {
  const progress = new Progress();
  const labelled = readColourLabels(file);
  const paths = await clipPaths(
    labelled.map(({ clip }) => clip),
    progress,
  );
  const answered: Answered[] = [];
  const cost: Cost = { looks: 0, named: 0, tookMs: 0, pictures: 0, tracks: 0, wallMs: 0 };
  for (const clip of labelled) {
    const path = paths.get(clip.clip);
    if (path === undefined) continue;
    for (const { label, answer } of answersOf(clip, await watch(path, clip, model, cost))) {
      answered.push({ clip, label, answer });
      process.stdout.write(`${JSON.stringify({ clip: clip.clip, set: clip.set, ...label, ...answer })}\n`);
    }
  }
  if (answered.length === 0) throw new SafecityError('CLI_USAGE', `${file}: none of its clips is here; set SAFECITY_FOOTAGE_DIR`);
  const scores = scoresOf(answered);
  for (const [name, score] of Object.entries(scores)) tell(name, score);
  const missingClips = labelled.map(({ clip }) => clip).filter((clip) => !paths.has(clip));
  process.stdout.write(`${JSON.stringify({ missingClips, scores, cost })}\n`);
}

export function registerEvalColour(evaluation: Command): void {
  evaluation
    .command('colour')
    .description('runs clips through the live pipeline and compares the colours of their vehicles with labels; tables on standard error')
    .requiredOption('--labels <file>', 'vehicles of clips labelled by eye, as bench/colour-labels.json')
    .option('--model <id>', 'detector', 'nanodet-g')
    .action(evalColour);
}
