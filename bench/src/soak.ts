import { setTimeout as pause } from 'node:timers/promises';
import { buckets, CameraStatus, type IngestWorker, matches, parseCamera, subjects } from '@safecity/contracts';
import { type ClipFile, forkCameraSimulator } from '@safecity/fixtures';
import { connectBus, type Logger } from '@safecity/platform';
import type { MeasuredService } from './pipeline.js';
import { cpuByStage, memoryByStage } from './process-cpu.js';

/** One minute of the soak; memory is the proportional set size in MB, per camera. */
export interface SoakRow {
  minute: number;
  /** Growth of ingest's own process since before the cameras, the ring taken off. */
  ingestMb: number;
  remuxMb: number;
  decodeMb: number;
  ringMb: number;
  /** All a camera needs beyond its ring. */
  beyondRingMb: number;
  /** CPU seconds per camera-second in this minute, inference left out. */
  cpu: number;
  decoderStarts: number;
  reconnects: number;
  online: number;
}

export interface SoakOptions {
  clip: ClipFile;
  modelId: string;
  cameras: number;
  minutes: number;
  logger: Logger;
  start: () => Promise<MeasuredService>;
  onRow: (row: SoakRow) => void;
}

const MINUTE_MS = 60_000;
const BASE_MS = 5000;

/** Least-squares slope of `value` in units per hour; NaN for fewer than two rows. */
export function slopePerHour(rows: readonly { minute: number; value: number }[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const minutes = mean(rows.map(({ minute }) => minute));
  const values = mean(rows.map(({ value }) => value));
  const above = rows.reduce((sum, { minute, value }) => sum + (minute - minutes) * (value - values), 0);
  const below = rows.reduce((sum, { minute }) => sum + (minute - minutes) ** 2, 0);
  return rows.length < 2 ? Number.NaN : (above / below) * 60;
}

async function ringMegabytes(address: string): Promise<number> {
  const health = (await (await fetch(`${address}/health`)).json()) as { cameras: { ringBytes: number }[] };
  return health.cameras.reduce((sum, { ringBytes }) => sum + ringBytes, 0) / 1024 / 1024;
}

const RECEIVING = ['ingest', 'remux', 'decode', 'ingest helpers'];

/** Quiet cameras for as long as wanted, a row each minute: memory beyond the ring, CPU, decoder starts, reconnects. */
export async function benchSoak(options: SoakOptions): Promise<SoakRow[]> {
  const { cameras } = options;
  const paths = Array.from({ length: cameras }, (_, index) => `soak-${index}`);
  const simulator = await forkCameraSimulator({ cameras: paths.map((path) => ({ path, clip: options.clip })) });
  const service = await options.start();
  const bus = await connectBus({ url: service.natsUrl, name: 'bench', logger: options.logger });
  const statuses = new Map<string, CameraStatus>();
  bus.nc.subscribe(subjects.allCameraStatus, {
    callback: (_error, message) => {
      const status: unknown = JSON.parse(new TextDecoder().decode(message.data));
      if (matches(CameraStatus, status)) statuses.set(status.cameraId, status);
    },
  });
  try {
    const ingestPid = service.pids['ingest'] as number;
    await pause(BASE_MS);
    const base = memoryByStage(ingestPid)['ingest'] ?? 0;
    const workers = await bus.kv(buckets.ingestWorkers, { ttlMs: 6000 });
    const worker = (await workers.get('ingest-1'))?.json() as IngestWorker;
    const kv = await bus.kv(buckets.cameras);
    for (const path of paths) {
      const source = { url: simulator.url(path) };
      await kv.put(
        path,
        JSON.stringify(parseCamera({ id: path, name: path, simulated: true, source, detection: { modelId: options.modelId } })),
      );
    }
    const rows: SoakRow[] = [];
    const spent = () => RECEIVING.reduce((sum, stage) => sum + (cpuByStage(service.pids)[stage] ?? 0), 0);
    for (let minute = 1; minute <= options.minutes; minute++) {
      const before = spent();
      await pause(MINUTE_MS);
      const { ingest = 0, remux = 0, decode = 0 } = memoryByStage(ingestPid);
      const ringMb = (await ringMegabytes(worker.address)) / cameras;
      const all = [...statuses.values()];
      const row: SoakRow = {
        minute,
        ingestMb: (ingest - base) / cameras - ringMb,
        remuxMb: remux / cameras,
        decodeMb: decode / cameras,
        ringMb,
        beyondRingMb: (ingest - base + remux + decode) / cameras - ringMb,
        cpu: (spent() - before) / (cameras * 60),
        decoderStarts: all.reduce((sum, { decoderStarts = 0 }) => sum + decoderStarts, 0),
        reconnects: all.reduce((sum, { reconnects }) => sum + reconnects, 0),
        online: all.filter(({ state }) => state === 'online').length,
      };
      rows.push(row);
      options.onRow(row);
    }
    return rows;
  } finally {
    await bus.close();
    await service.stop();
    await simulator.close();
  }
}
