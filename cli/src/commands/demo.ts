import type { Command } from 'commander';
import { DEMO_ACTIONS, type DemoAction, tellDemo } from '../demo/control.js';
import { type RunningDemo, startDemo } from '../demo/demo.js';
import { Progress } from '../progress.js';
import { untilSignal } from '../until-signal.js';
import { dataDirectory, parsePort, START_DEFAULTS } from './start.js';

/** What a newcomer needs to see: where to go, how to sign in, what is missing, how to end it. */
function welcome(demo: RunningDemo): string {
  const accounts = Object.entries(demo.passwords).map(([username, password]) => `    ${username.padEnd(8)} ${password}`);
  const missing = demo.site.missing.map(({ camera, note }) => `    ${camera.name} (${camera.id}): ${note}`);
  return [
    '',
    `  Console    ${demo.services.url}`,
    '  Sign in as',
    ...accounts,
    `  EOC inbox  ${demo.inbox.url}`,
    `  Cameras    ${demo.site.cameras.map(({ camera }) => camera.id).join(', ')} (simulated: recordings played over RTSP)`,
    ...(missing.length > 0 ? ['  Missing recordings; their cameras are left out:', ...missing] : []),
    `  Log        ${demo.logFile}`,
    '  Ctrl-C ends everything. The tour is in README.md.',
    '',
  ].join('\n');
}

interface DemoCommandOptions {
  data?: string;
  port?: string;
  cameras?: string;
}

async function demo(options: DemoCommandOptions): Promise<void> {
  // Listened for from the first moment on, so that Ctrl-C while starting stops what has been started.
  const signal = untilSignal();
  const progress = new Progress();
  const running = await startDemo({
    dataDir: dataDirectory(options.data),
    port: options.port === undefined ? START_DEFAULTS.port : parsePort(options.port),
    ...(options.cameras === undefined ? {} : { cameras: options.cameras.split(',') }),
    natsUrl: process.env['NATS_URL'],
    databaseUrl: process.env['DATABASE_URL'],
    progress,
  });
  process.stdout.write(welcome(running));
  await signal;
  progress.step('ending');
  await running.stop();
}

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('the service with simulated cameras, a ready site and a local EOC inbox; with an action: tell a running demo')
    .argument('[action]', `${DEMO_ACTIONS.join(', ')}: for the tour in README.md`)
    .argument('[camera]', 'id of the camera to unplug or plug in')
    .option('--data <dir>', `data directory, default ./${START_DEFAULTS.data}`)
    .option('--port <n>', `port of API and console, default ${START_DEFAULTS.port}`)
    .option('--cameras <list>', 'only these cameras, comma-separated: for a small machine')
    .action(async (action: string | undefined, camera: string | undefined, options: DemoCommandOptions) => {
      if (action === undefined) return demo(options);
      process.stdout.write(`${await tellDemo(dataDirectory(options.data), action as DemoAction, camera)}\n`);
      return undefined;
    });
}
