import { readdirSync, readFileSync } from 'node:fs';
import { connectBus, createInferenceClient, type Logger } from '@safecity/platform';
import { pause } from './pause.js';
import type { MeasuredService } from './pipeline.js';
import { childrenOf } from './process-cpu.js';
import { median } from './statistics.js';

export interface TransportBenchOptions {
  model: { modelId: string; widthPx: number; heightPx: number };
  /** Frames of one run. */
  frames: number;
  /** Frames a second, one at a time, as four cameras at 5 fps send them. */
  rate: number;
  runs: number;
  logger: Logger;
  start: () => Promise<MeasuredService>;
}

/** CPU ms per frame, medians of the runs. */
export interface TransportBenchResult {
  /** All of the process that sends, its timers and its bus connection included. */
  client: number;
  /** All threads of the session processes but those that run the model, their signs of life included. */
  node: number;
  /** The threads that run the model. */
  run: number;
  runs: { client: number; node: number; run: number }[];
}

const WARM_UP_FRAMES = 800;

/** CPU ms so far of each thread of a process, by thread id. */
function threadsMs(pid: number): Map<string, number> {
  const folder = `/proc/${pid}/task`;
  const ms = (tid: string) => Number(readFileSync(`${folder}/${tid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  return new Map(readdirSync(folder).map((tid) => [tid, ms(tid)]));
}

/** The thread with the most time is the one that runs the model: a run costs tens of times what the rest does. */
function spent(before: Map<string, number>[], after: Map<string, number>[]): { node: number; run: number } {
  const perProcess = after.map((threads, index) => [...threads].map(([tid, ms]) => ms - (before[index]?.get(tid) ?? 0)));
  const run = perProcess.reduce((sum, list) => sum + Math.max(...list), 0);
  const all = perProcess.flat().reduce((sum, ms) => sum + ms, 0);
  return { run, node: all - run };
}

/** What it costs to bring frames to the inference node and their boxes back: each side's CPU beyond the run itself. */
export async function benchTransport(options: TransportBenchOptions): Promise<TransportBenchResult> {
  const { model, frames, rate, logger } = options;
  const service = await options.start();
  const bus = await connectBus({ url: service.natsUrl, name: 'bench', logger });
  const client = createInferenceClient({ bus, logger, timeoutMs: 10_000 });
  try {
    await client.waitForModel(model.modelId, 60_000);
    const sessions = childrenOf(service.pids['inference'] ?? 0);
    const { modelId, widthPx, heightPx } = model;
    const frame = new Uint8Array(widthPx * heightPx * 3).map((_, index) => (index * 31) % 255);
    const send = async (count: number) => {
      for (let sent = 0; sent < count; sent++) {
        const startMs = performance.now();
        await client.infer({ modelId, widthPx, heightPx, frame });
        await pause(Math.max(0, 1000 / rate - (performance.now() - startMs)));
      }
    };
    // Until V8 has compiled what runs often.
    await send(WARM_UP_FRAMES);
    const runs: TransportBenchResult['runs'] = [];
    while (runs.length < options.runs) {
      const before = sessions.map(threadsMs);
      const own = process.cpuUsage();
      await send(frames);
      const { user, system } = process.cpuUsage(own);
      const { node, run } = spent(before, sessions.map(threadsMs));
      runs.push({ client: (user + system) / 1000 / frames, node: node / frames, run: run / frames });
    }
    const of = (side: 'client' | 'node' | 'run') => median(runs.map((run) => run[side]));
    return { client: of('client'), node: of('node'), run: of('run'), runs };
  } finally {
    await client.close();
    await bus.close();
    await service.stop();
  }
}
