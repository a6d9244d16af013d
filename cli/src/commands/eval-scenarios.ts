import { judgeFindings, playTrace, type WatchedRun } from '@safecity/bench';
import { measuredNoise, placedEvents, type Scenario, scenarioFrames, scenarios, trueCrossings } from '@safecity/fixtures';
import type { Command } from 'commander';
import { eventReport, eventTable } from '../events/event-report.js';
import { Progress } from '../progress.js';
import { positive } from './positive.js';

interface EvalScenariosOptions {
  seeds: string;
  only?: string;
  cameras: string;
}

/** Vehicles that crossed a line, and those counted. */
interface LineCount {
  crossed: number;
  counted: number;
}

/** Plays one scenario as the detector would give it; adds to `lines` what was counted. */
function play(scenario: Scenario, seed: number, lines: LineCount): WatchedRun {
  const { findings, alerts, watchedMs, counts } = playTrace(scenario.camera, scenarioFrames(scenario, measuredNoise(), seed));
  const ruleTypes = scenario.camera.rules.map(({ type }) => type);
  const crossed = trueCrossings(scenario);
  if (crossed !== null) {
    lines.crossed += crossed;
    const towards = counts
      .flatMap(({ crossings }) => crossings ?? [])
      .filter(({ direction, class: name }) => direction === 'right' && name !== 'person');
    lines.counted += towards.reduce((sum, { count }) => sum + count, 0);
  }
  return { name: `${scenario.id}/${seed}`, watchedMs, ruleTypes, truth: placedEvents(scenario), findings, alerts };
}

function findingLines(run: WatchedRun): string {
  const lines = judgeFindings(run).map(({ finding: { type, startMs, raisedAtMs, box, reason }, event }) => ({
    finding: { run: run.name, isTrue: event !== null, type, startMs, raisedAtMs, box, reason: reason.text.en },
  }));
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

function evalScenarios(options: EvalScenariosOptions): void {
  const seeds = positive('seeds', options.seeds);
  const cameras = positive('cameras', options.cameras);
  const progress = new Progress();
  const runs: WatchedRun[] = [];
  const lines: LineCount = { crossed: 0, counted: 0 };
  for (let seed = 1; seed <= seeds; seed++) {
    for (const scenario of scenarios(seed)) {
      if (options.only !== undefined && !options.only.split(',').includes(scenario.id)) continue;
      const run = play(scenario, seed, lines);
      runs.push(run);
      process.stdout.write(findingLines(run));
      progress.update(`${run.name}`, (seed - 1) / seeds);
    }
  }
  progress.done();
  const report = eventReport(runs, cameras);
  process.stderr.write(`${eventTable(report)}line-count: ${lines.counted} counted, ${lines.crossed} crossed\n`);
  process.stdout.write(`${JSON.stringify({ ...report, lines })}\n`);
}

/** `safecity eval scenarios`, below `safecity eval`. */
export function registerEvalScenarios(evalCommand: Command): void {
  evalCommand
    .command('scenarios')
    .description('made-up scenes with known truth and the measured noise of the detector, through the rules: not footage')
    .option('--seeds <n>', 'how often each scene is made anew', '5')
    .option('--only <ids>', 'only these scenes, separated by commas')
    .option('--cameras <n>', 'cameras of the desk', '250')
    .action(evalScenarios);
}
