import { join } from 'node:path';
import {
  AlertSpan,
  Attention,
  buckets,
  type CameraConfig,
  type CameraStatus,
  type IngestWorker,
  matches,
  PlatesWanted,
  RECORDING_DEFAULTS,
  subjects,
} from '@safecity/contracts';
import { type Bus, type Logger, openSecret } from '@safecity/platform';
import type { FastifyInstance } from 'fastify';
import { CameraFleet } from './camera/camera-fleet.js';
import type { PipelineParts } from './camera/camera-pipeline.js';
import { watchCameras } from './camera/camera-watch.js';
import { ClipCutter, type Recorded } from './clips/clip-cutter.js';
import type { HardwareDecoding } from './decode/hardware-decoding.js';
import { ReferenceStore } from './health/reference-store.js';
import { createInternalHttp } from './http/internal-http.js';
import type { PlateNetworks } from './plates/networks.js';
import { PlateReader } from './plates/plate-reader.js';
import { PieceTranscoder } from './playback/piece-transcoder.js';
import { ProbeDesk } from './probe/probe-desk.js';
import { Recorder } from './recorder/recorder.js';
import { consumeEvidence } from './reservations/evidence-consumer.js';
import { ReservationKeeper } from './reservations/reservation-keeper.js';
import { ReservationStore } from './reservations/reservation-store.js';
import { ControllerStates } from './signals/controller-states.js';
import { StillCutter } from './stills/still-cutter.js';
import { TranscodeDesk } from './transcode/transcode-desk.js';
import { TranscodeSlots } from './transcode/transcode-slots.js';

export interface IngestWorkerOptions {
  bus: Bus;
  /** Runs frames and knows which models are served. */
  inference: Pick<PipelineParts, 'model' | 'infer'> & {
    /** The networks of the plate reader; null or absent while nobody serves them. */
    plateNetworks?(): PlateNetworks | null;
  };
  /** 32 bytes, shared with vms-api: opens credentials and checks internal tokens. */
  key: Buffer;
  /** Evidence set aside lies in `reserved/` below it. */
  dataDir: string;
  workerId: string;
  /** Most transcodes at a time, live and of recordings together. */
  transcodes: number;
  /** Default: software. */
  hardware?: HardwareDecoding;
  logger: Logger;
  pipeline?: Pick<PipelineParts, 'ringLimits' | 'session'>;
}

/** A running worker. `close()` ends its cameras, its HTTP and its consumers; the bus stays open. */
export interface RunningWorker {
  /** `http://127.0.0.1:PORT` of the internal HTTP. */
  address: string;
  close(): Promise<void>;
}

const TICK_MS = 1000;
const QUIET_STATUS_MS = 5000;
const ANNOUNCE_MS = 2000;
const ANNOUNCEMENT_TTL_MS = 6000;
const TIDY_MS = 10 * 60_000;

/** Publishes the state of each camera: at once when its state changes, every second while figures change, else every 5 s. */
class StatusPublisher {
  readonly #bus: Bus;
  #last = new Map<string, { text: string; atMs: number }>();

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  publish(status: CameraStatus): void {
    const { atMs, ...facts } = status;
    const text = JSON.stringify(facts);
    const last = this.#last.get(status.cameraId);
    if (last?.text === text && atMs - last.atMs < QUIET_STATUS_MS) return;
    this.#last.set(status.cameraId, { text, atMs });
    this.#bus.publishJson(subjects.cameraStatus(status.cameraId), status);
  }

  forget(cameraId: string): void {
    this.#last.delete(cameraId);
  }
}

/** Stores health, and tells once when a camera's cannot be stored, until it can again. */
function healthPublisher(bus: Bus, logger: Logger): NonNullable<PipelineParts['publishHealth']> {
  const failing = new Set<string>();
  return async (message) => {
    const { cameraId } = message;
    try {
      await bus.publishDurable(subjects.health(cameraId), message, `${cameraId}:health:${message.atMs}`);
      failing.delete(cameraId);
    } catch (error) {
      if (!failing.has(cameraId)) logger.warn({ cameraId, err: error }, 'health of a camera cannot be stored; trying again: check NATS');
      failing.add(cameraId);
      throw error;
    }
  };
}

function partsOf(options: IngestWorkerOptions, controllers: ControllerStates): PipelineParts {
  const { bus, inference, key, pipeline, dataDir, hardware, logger } = options;
  return {
    controllers,
    ...inference,
    ...pipeline,
    publish: (frame) => bus.publishDurable(subjects.detections(frame.cameraId), frame, `${frame.cameraId}:${frame.capturedAtMs}`),
    publishHealth: healthPublisher(bus, logger),
    references: new ReferenceStore(join(dataDir, 'views'), logger),
    ...(hardware ? { hardware } : {}),
    openCredentials: (sealed) => openSecret(key, sealed),
  };
}

/** Null for what is no JSON. */
function readJson(data: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(data));
  } catch {
    return null;
  }
}

async function listen(http: FastifyInstance): Promise<string> {
  return http.listen({ host: '127.0.0.1', port: 0 });
}

/** Starts a worker: follows the cameras of the configuration, serves their video, sets evidence aside. */
export async function startIngestWorker(options: IngestWorkerOptions): Promise<RunningWorker> {
  const { bus, key, logger, workerId } = options;
  const statuses = new StatusPublisher(bus);
  const recorder = new Recorder({ folder: join(options.dataDir, 'recordings'), logger });
  await recorder.start();
  const controllers = new ControllerStates();
  const fleet = new CameraFleet({
    parts: partsOf(options, controllers),
    logger,
    onStatus: (status) => {
      const recording = recorder.statusOf(status.cameraId);
      statuses.publish(recording ? { ...status, recording } : status);
    },
    onRemoved: (cameraId) => statuses.forget(cameraId),
  });
  // What was recorded before a mask was set is no new evidence.
  const recorded: Recorded = async (cameraId, fromMs, toMs) =>
    (await recorder.fragments(cameraId, fromMs, toMs)).filter(({ init }) => init.masked || !fleet.isMasked(cameraId));
  const cutter = new StillCutter({ recorded });
  const clips = new ClipCutter(recorded);
  const store = new ReservationStore(join(options.dataDir, 'reserved'));
  const keeper = new ReservationKeeper({
    store,
    cutter,
    clips,
    ringOf: (cameraId) => fleet.ringOf(cameraId),
    rollOf: (cameraId) => fleet.recordingOf(cameraId),
    logger,
  });
  await keeper.recover();
  const slots = new TranscodeSlots(options.transcodes);
  const pieces = new PieceTranscoder({ slots, logger });
  const transcodes = new TranscodeDesk({ slots, key, address: () => address, logger });
  const plates = new PlateReader({
    networks: () => options.inference.plateNetworks?.() ?? null,
    ringOf: (cameraId) => fleet.ringOf(cameraId),
    publish: (read) =>
      bus.publishDurable(subjects.platesRead(read.cameraId), read, `${read.cameraId}:${read.trackId}:${read.capturedAtMs}`),
    logger,
  });
  const http = await createInternalHttp({
    key,
    camera: (cameraId) => fleet.served(cameraId),
    still: (cameraId, ring, wanted) => cutter.cut(cameraId, ring, wanted),
    reservation: (id) => keeper.read(id),
    reservedFile: (id, file) => store.readFile(id, file),
    recorder,
    isMasked: (cameraId) => fleet.isMasked(cameraId),
    clips,
    transcodes,
    pieces,
    probes: new ProbeDesk({ key, networks: options.pipeline?.session?.networks }),
    health: () => ({
      workerId,
      decoding: options.hardware?.report ?? { wanted: 'off', used: 'software' },
      cameras: fleet.health(),
      clips: keeper.clipFigures,
      transcodes: { ...transcodes.figures, pieces: pieces.figures },
      controllers: controllers.counts,
      plates: plates.figures,
    }),
  });
  const address = await listen(http);
  const workers = await bus.kv(buckets.ingestWorkers, { ttlMs: ANNOUNCEMENT_TTL_MS });
  const announce = () => {
    const worker: IngestWorker = { workerId, address, cameraIds: fleet.cameraIds, recorded: recorder.recorded };
    workers.put(workerId, JSON.stringify(worker)).catch((error: unknown) => logger.warn({ err: error }, 'worker cannot be announced'));
  };
  const applied = (camera: CameraConfig | { removed: string }) => {
    if ('removed' in camera) {
      fleet.remove(camera.removed);
      void recorder.remove(camera.removed);
    } else {
      fleet.apply(camera);
      const ring = fleet.ringOf(camera.id);
      if (ring) void recorder.apply(camera.id, camera.recording ?? RECORDING_DEFAULTS, ring);
    }
    announce();
  };
  const watch = watchCameras(bus, applied, logger);
  // A request for a camera that is not known yet would be taken for another worker's.
  await watch.initialised;
  const evidence = await consumeEvidence(bus, workerId, (wanted) => keeper.take(wanted), logger);
  const attention = bus.nc.subscribe(subjects.allAttention, {
    callback: (error, message) => {
      // Without attention a camera falls back on ingest's own detections.
      const wanted = error ? null : readJson(message.data);
      if (matches(Attention, wanted)) fleet.attend(wanted);
    },
  });
  const platesWanted = bus.nc.subscribe(subjects.allPlatesWanted, {
    callback: (error, message) => {
      const wanted = error ? null : readJson(message.data);
      if (matches(PlatesWanted, wanted)) plates.take(wanted);
    },
  });
  const alerts = [subjects.allAlerts, subjects.allIncidentsByHand].map((subject) =>
    bus.nc.subscribe(subject, {
      callback: (error, message) => {
        const alert = error ? null : readJson(message.data);
        if (matches(AlertSpan, alert)) recorder.alert(alert);
      },
    }),
  );
  const signals = bus.nc.subscribe(subjects.allControllers, {
    callback: (error, message) => {
      if (!error) controllers.take(message.subject.split('.').at(-1) ?? '', readJson(message.data), Date.now());
    },
  });
  announce();
  const timers = [
    setInterval(() => fleet.tick(), TICK_MS),
    setInterval(announce, ANNOUNCE_MS),
    setInterval(() => void plates.tidy(), ANNOUNCE_MS),
    setInterval(() => void keeper.tidy(), TIDY_MS),
  ];
  return {
    address,
    close: async () => {
      for (const timer of timers) clearInterval(timer);
      attention.unsubscribe();
      for (const subscription of alerts) subscription.unsubscribe();
      signals.unsubscribe();
      platesWanted.unsubscribe();
      await plates.close();
      await watch.stop();
      pieces.close();
      await Promise.all([transcodes.close(), http.close(), evidence.close(), fleet.close()]);
      await recorder.close();
      await keeper.close();
      await workers.delete(workerId).catch(() => undefined);
    },
  };
}
