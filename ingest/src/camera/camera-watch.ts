import { setTimeout as delay } from 'node:timers/promises';
import { buckets, type CameraConfig, parseCamera, SafecityError } from '@safecity/contracts';
import type { Bus, Logger } from '@safecity/platform';

type KvEntry = Awaited<ReturnType<Awaited<ReturnType<Bus['kv']>>['get']>>;

const AGAIN_MS = 1000;

function read(entry: NonNullable<KvEntry>, logger: Logger): CameraConfig | { removed: string } | null {
  if (entry.operation !== 'PUT') return { removed: entry.key };
  try {
    return parseCamera(entry.json());
  } catch (error) {
    const why = error instanceof SafecityError ? error.message : 'it is not JSON';
    logger.error({ code: 'INGEST_CONFIG_INVALID', cameraId: entry.key }, `configuration of camera ${entry.key} is left out: ${why}`);
    return null;
  }
}

/** A running watch. */
export interface CameraWatch {
  /** Resolves when every camera that the bucket held at the start has been applied. */
  initialised: Promise<void>;
  stop(): Promise<void>;
}

/**
 * Follows the bucket `cameras`: every camera it holds now, then every change, until `stop()`. An invalid entry is left
 * out and logged; the configuration before stays in force. A lost watch is opened again.
 */
export function watchCameras(bus: Bus, apply: (camera: CameraConfig | { removed: string }) => void, logger: Logger): CameraWatch {
  const ending = new AbortController();
  let initialise: () => void = () => undefined;
  const initialised = new Promise<void>((resolve) => {
    initialise = resolve;
  });
  let current: { stop(): void } | null = null;
  const follow = async () => {
    const kv = await bus.kv(buckets.cameras);
    const entries = await kv.watch({ initializedFn: initialise });
    current = entries;
    if (ending.signal.aborted) entries.stop();
    for await (const entry of entries) {
      const camera = read(entry, logger);
      if (camera && !ending.signal.aborted) apply(camera);
    }
  };
  const run = async () => {
    while (!ending.signal.aborted) {
      await follow().catch((error: unknown) => logger.warn({ err: error }, 'cameras cannot be followed; trying again'));
      await delay(AGAIN_MS, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    initialised,
    stop: async () => {
      ending.abort();
      current?.stop();
      await running;
    },
  };
}
