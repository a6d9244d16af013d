import { judgeFindings, playTrace, type WatchedRun } from '@safecity/bench';
import { measuredNoise, placedEvents, type Scenario, scenarioFrames, scenarios } from '@safecity/fixtures';
import type { Command } from 'commander';
import { eventReport, eventTable } from '../events/event-report.js';
import { Progress } from '../progress.js';
import { positive } from './positive.js';

interface EvalScenariosOptions {
  seeds: string;
  only?: string;
  cameras: string;
}

/** Plays one scenario as the detector would give it. */
function play(scenario: Scenario, seed: number): WatchedRun {
  const { findings, alerts, watchedMs } = playTrace(scenario.camera, scenarioFrames(scenario, measuredNoise(), seed));
  const ruleTypes = scenario.camera.rules.map(({ type }) => type);
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
  for (let seed = 1; seed <= seeds; seed++) {
    for (const scenario of scenarios(seed)) {
      if (options.only !== undefined && !options.only.split(',').includes(scenario.id)) continue;
      const run = play(scenario, seed);
      runs.push(run);
      process.stdout.write(findingLines(run));
      progress.update(`${run.name}`, (seed - 1) / seeds);
    }
  }
  progress.done();
  const report = eventReport(runs, cameras);
  process.stderr.write(eventTable(report));
  process.stdout.write(`${JSON.stringify(report)}\n`);
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
