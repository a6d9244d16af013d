import { Command, CommanderError } from 'commander';
import { registerAnalyze } from './commands/analyze.js';
import { registerBench } from './commands/bench.js';
import { registerCap } from './commands/cap.js';
import { registerDemo } from './commands/demo.js';
import { registerDetect } from './commands/detect.js';
import { registerDoctor } from './commands/doctor.js';
import { registerModels } from './commands/models.js';
import { registerStart } from './commands/start.js';
import { EXIT_USAGE, shown } from './errors-shown.js';

const program = new Command('safecity')
  .description("Video analytics for a city's cameras: operator wall, violation review, incidents to the emergency centre")
  .showHelpAfterError('(add --help for the options)')
  .exitOverride();
for (const register of [
  registerStart,
  registerDemo,
  registerDoctor,
  registerModels,
  registerDetect,
  registerAnalyze,
  registerCap,
  registerBench,
])
  register(program);

try {
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
