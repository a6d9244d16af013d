import { Command, CommanderError } from 'commander';
import { EXIT_USAGE, shown } from './errors-shown.js';

/** Each command with the services it needs is loaded when it is the one asked for; all of them only for the help. */
const COMMANDS: Record<string, () => Promise<(program: Command) => void>> = {
  start: async () => (await import('./commands/start.js')).registerStart,
  demo: async () => (await import('./commands/demo.js')).registerDemo,
  doctor: async () => (await import('./commands/doctor.js')).registerDoctor,
  models: async () => (await import('./commands/models.js')).registerModels,
  detect: async () => (await import('./commands/detect.js')).registerDetect,
  plates: async () => (await import('./commands/plates.js')).registerPlates,
  track: async () => (await import('./commands/track.js')).registerTrack,
  speed: async () => (await import('./commands/speed.js')).registerSpeed,
  analyze: async () => (await import('./commands/analyze.js')).registerAnalyze,
  evidence: async () => (await import('./commands/evidence.js')).registerEvidence,
  audit: async () => (await import('./commands/audit.js')).registerAudit,
  retention: async () => (await import('./commands/retention.js')).registerRetention,
  backtest: async () => (await import('./commands/backtest.js')).registerBacktest,
  cap: async () => (await import('./commands/cap.js')).registerCap,
  eval: async () => (await import('./commands/eval.js')).registerEval,
  bench: async () => (await import('./commands/bench.js')).registerBench,
};

const program = new Command('safecity')
  .description("Video analytics for a city's cameras: operator wall, violation review, incidents to the emergency centre")
  .showHelpAfterError('(add --help for the options)')
  .exitOverride();

try {
  const asked = COMMANDS[process.argv[2] ?? ''];
  for (const load of asked ? [asked] : Object.values(COMMANDS)) (await load())(program);
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
  } else {
    const { line, exitCode } = shown(error);
    process.stderr.write(`${line}\n`);
    process.exitCode = exitCode;
  }
}
