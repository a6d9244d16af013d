import { join } from 'node:path';
import { type Bus, type CameraNetworks, connectBus, createInferenceClient, type Logger } from '@safecity/platform';
import { IdentityProvider } from './accounts/provider/identity-provider.js';
import type { ProviderSettings } from './accounts/provider/provider-settings.js';
import { AlertConsumer } from './alerts/alert-consumer.js';
import { AlertStreamHub } from './alerts/alert-stream.js';
import { DecisionPublisher } from './alerts/decision-publisher.js';
import { CameraPublisher } from './cameras/camera-publisher.js';
import { CameraStatuses } from './cameras/camera-statuses.js';
import { openDatabase, type Sql } from './database/connection.js';
import { migrate } from './database/migrate.js';
import { wakeDispatch } from './deliveries/wake.js';
import { ClipMasker } from './derivatives/clip-masker.js';
import { Deriver } from './derivatives/deriver.js';
import { MaskedCopies } from './derivatives/masked-copies.js';
import { EscalationWorker } from './escalation/escalation-worker.js';
import { type BucketOptions, EvidenceBucket } from './evidence/evidence-bucket.js';
import { EvidenceCollector } from './evidence/evidence-collector.js';
import { EvidenceDirectory } from './evidence/evidence-directory.js';
import { ingestReservations } from './evidence/ingest-client.js';
import { settleAllRecordings } from './holds/hold-recordings.js';
import { HandIncidents } from './incidents/hand-incidents.js';
import { MqttPublisher, type MqttSettings } from './interop/mqtt-publisher.js';
import { keyOfLedger } from './ledger/ledger-key.js';
import type { SigningKey } from './ledger/signing-key.js';
import { IngestDirectory } from './live/ingest-directory.js';
import { OpenSockets } from './live/open-sockets.js';
import { OverlayHub } from './live/overlay-hub.js';
import { plateConsumer } from './plates/plate-consumer.js';
import { RecordedByWorkers } from './recording/recorded-by-workers.js';
import { RETENTION_CLASSES } from './retention/classes.js';
import { RetentionJob } from './retention/retention-job.js';
import { daysKept } from './retention/retention-settings.js';
import { seedLegal } from './review/legal-store.js';
import { type AppOptions, buildApp } from './server/app.js';
import type { ApiApp } from './server/app-types.js';
import { failure } from './server/failure.js';
import { Rounds } from './server/rounds.js';
import type { ApiServices, ApiSettings, RetentionTimes } from './services.js';
import { storeSetting } from './site/settings.js';
import { StatisticsRecorder } from './statistics/statistics-recorder.js';
import { SuppressionTallies } from './suppressions/suppression-tallies.js';
import { type AuthorityOptions, TimeStampAuthority } from './time-stamp/authority.js';
import { LedgerStamper } from './time-stamp/ledger-stamper.js';
import { ArchiveConsumer } from './tracks/archive-consumer.js';
import { DayPartitions } from './tracks/day-partitions.js';
import { WatchlistPublisher } from './watchlists/watchlist-publisher.js';

const RETENTION_HOUR = 3;

export interface ApiOptions {
  databaseUrl: string;
  natsUrl: string;
  dataDirectory: string;
  /** 32 bytes, shared with ingest. */
  key: Buffer;
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Address at which people and other centres reach this server; without it, the one it listens on. */
  publicUrl?: string;
  /** Default: at three o'clock, and each class for its default time. */
  retention?: Partial<RetentionTimes>;
  /** Where evidence lies; left out: in the data directory. */
  evidenceBucket?: BucketOptions;
  /** Who time-stamps the ledger and dossiers; left out: nobody. */
  timeStamps?: AuthorityOptions;
  /** Fingerprint of a lost signing key, after which a new one begins; left out: the key stays what it is. */
  signingKeyAfter?: string;
  settings: ApiSettings;
  /** The city's identity provider; left out: none. */
  provider?: ProviderSettings;
  /** Where cameras may be: an address that people enter must lie there or be public. Left out: everywhere. */
  cameraNetworks?: CameraNetworks;
  /** The same for destinations of messages. */
  destinationNetworks?: CameraNetworks;
  /** The MQTT broker that is told of events and objects; left out: none. */
  mqtt?: MqttSettings;
  /** Called after each alert was stored, with the time that its transaction took, ms. For measurements. */
  onAlertStored?: (tookMs: number) => void;
  logger: Logger;
  nowMs?: () => number;
  /** 0 (inclusive) to 1 (exclusive). */
  random?: () => number;
}

export interface RunningApi {
  url: string;
  app: ApiApp;
  close(): Promise<void>;
}

/** A picture is cut into many tiles, and detection goes first. */
/** Recordings of holds whose alerts go on are locked as they are made. */
const HOLDS_EVERY_MS = 5 * 60_000;
const INFERENCE_TIMEOUT_MS = 15_000;

function makeServices(options: ApiOptions, sql: Sql, bus: Bus, signingKey: SigningKey): ApiServices {
  const { logger, key, settings } = options;
  const nowMs = options.nowMs ?? Date.now;
  const statuses = new CameraStatuses(bus, nowMs);
  const inference = createInferenceClient({ bus, logger, timeoutMs: INFERENCE_TIMEOUT_MS });
  const evidence = options.evidenceBucket
    ? new EvidenceBucket(options.evidenceBucket, nowMs)
    : new EvidenceDirectory(options.dataDirectory);
  return {
    sql,
    bus,
    key,
    logger,
    nowMs,
    random: options.random ?? Math.random,
    settings,
    retention: { defaults: options.retention?.defaults ?? {}, hour: options.retention?.hour ?? RETENTION_HOUR },
    cameraNetworks: options.cameraNetworks,
    destinationNetworks: options.destinationNetworks,
    provider: options.provider && new IdentityProvider(options.provider, nowMs),
    publisher: new CameraPublisher(sql, bus, logger),
    decisions: new DecisionPublisher({ sql, bus, logger, nowMs }),
    handIncidents: new HandIncidents({ sql, bus, logger, nowMs }),
    tallies: new SuppressionTallies({ sql, bus, logger }),
    watchlists: new WatchlistPublisher({ sql, bus, logger, nowMs }),
    statuses,
    ingest: new IngestDirectory({ bus, key, logger, nowMs }),
    evidence,
    inference,
    maskedCopies: new MaskedCopies({ sql, files: evidence, inference, nowMs }),
    clipMasker: new ClipMasker({ sql, files: evidence, inference, logger, nowMs }),
    signingKey,
    authority: options.timeStamps ? new TimeStampAuthority(options.timeStamps) : null,
    alertStream: new AlertStreamHub(sql, logger),
    overlay: new OverlayHub(bus, statuses),
    sockets: new OpenSockets({ sql, logger, nowMs }),
  };
}

async function listen(app: ApiApp, options: ApiOptions): Promise<string> {
  try {
    return await app.listen({ host: options.host, port: options.port });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw failure(
      'API_PORT_IN_USE',
      500,
      `port ${options.port} on ${options.host} is in use: stop the other program or choose another --port`,
      cause,
    );
  }
}

/** Something that works beside the requests until it is closed. */
interface Worker {
  start(): void;
  close(): Promise<void>;
}

/** What takes in and passes on, in the order of the flow: started from its end, closed from its beginning. */
function makeWorkers(services: ApiServices, { onAlertStored, mqtt }: ApiOptions): Worker[] {
  const { sql, bus, logger, nowMs, ingest, evidence, maskedCopies, clipMasker, signingKey, retention, statuses, authority } = services;
  const onDeliveries = () => wakeDispatch(bus);
  // The desk must not wait for the networks when it looks.
  const onPictures = (alertId: string) => void maskedCopies.prepare(alertId);
  const collector = new EvidenceCollector({
    sql,
    source: ingestReservations(ingest),
    files: evidence,
    logger,
    nowMs,
    onDeliveries,
    onPictures,
  });
  const onStored = (planned: boolean, tookMs: number) => {
    onAlertStored?.(tookMs);
    collector.wake();
    if (planned) wakeDispatch(bus);
  };
  const partitions = new DayPartitions(sql, RETENTION_CLASSES.tracks.defaultDays, () => daysKept(sql, 'tracks', retention.defaults));
  return [
    new RecordedByWorkers({ sql, ingest, logger, nowMs }),
    new RetentionJob({ sql, evidence, signingKey, ...retention, logger, nowMs }),
    new Rounds((closing) => settleAllRecordings({ sql, ingest, logger, nowMs }, closing), {
      ...{ everyMs: HOLDS_EVERY_MS, logger, failed: 'recordings of holds could not be settled; trying again' },
    }),
    ...(authority ? [new LedgerStamper({ sql, authority, logger, nowMs })] : []),
    new AlertConsumer({ sql, bus, logger, nowMs, onStored }),
    new ArchiveConsumer({ sql, bus, logger, nowMs, partitions }),
    plateConsumer({ sql, bus, logger }),
    new StatisticsRecorder({ sql, bus, logger, nowMs, statuses }),
    new EscalationWorker({ sql, logger, nowMs, onDeliveries }),
    collector,
    new Deriver({ ...services, files: evidence }),
    clipMasker,
    ...(mqtt ? [new MqttPublisher({ sql, bus, logger, nowMs, settings: mqtt })] : []),
  ];
}

/** Everything that requests lean on runs before the first one is taken. */
async function startServices(services: ApiServices): Promise<void> {
  services.statuses.start();
  services.overlay.start();
  services.ingest.start();
  await services.publisher.start();
  await services.decisions.start();
  services.handIncidents.start();
  await services.tallies.start();
  await services.watchlists.start();
  await services.alertStream.start();
  await services.sockets.start();
}

/** Closes in the order of the flow: nothing new comes in, what runs ends, then the connections. */
async function closeAll(app: ApiApp, services: ApiServices, workers: Worker[]): Promise<void> {
  for (const worker of workers) await worker.close();
  await services.sockets.close();
  await services.alertStream.close();
  services.overlay.close();
  services.statuses.close();
  services.ingest.close();
  await app.close();
  await services.publisher.close();
  await services.decisions.close();
  await services.handIncidents.close();
  await services.tallies.close();
  await services.watchlists.close();
  await services.inference.close();
  await services.bus.close();
  await services.sql.end({ timeout: 5 });
}

/**
 * Starts the API: migrates the database, brings the NATS bucket of cameras up to date, listens, then takes in alerts.
 * @throws SafecityError `API_PORT_IN_USE`, `API_MIGRATION_CHANGED`, `API_DATABASE_NEWER`, `API_SIGNING_KEY_CHANGED`,
 * `PLATFORM_NATS_UNREACHABLE`
 */
export async function startApi(options: ApiOptions, appOptions: AppOptions = {}): Promise<RunningApi> {
  const sql = openDatabase(options.databaseUrl, { name: 'safecity-api' });
  let close = () => sql.end({ timeout: 5 });
  try {
    await migrate(sql);
    await seedLegal(sql, (options.nowMs ?? Date.now)());
    const file = join(options.dataDirectory, 'evidence-signing-key.pem');
    const signingKey = await keyOfLedger({ sql, file, after: options.signingKeyAfter, nowMs: options.nowMs ?? Date.now });
    const bus = await connectBus({ url: options.natsUrl, name: 'api', logger: options.logger });
    const services = makeServices(options, sql, bus, signingKey);
    const app = await buildApp(services, appOptions);
    const workers = makeWorkers(services, options);
    close = () => closeAll(app, services, workers);
    await startServices(services);
    const url = await listen(app, options);
    await storeSetting(sql, 'publicUrl', options.publicUrl ?? url);
    for (const worker of workers.toReversed()) worker.start();
    return { url, app, close };
  } catch (error) {
    await close();
    throw error;
  }
}
