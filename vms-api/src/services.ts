import type { Bus, CameraNetworks, InferenceClient, Logger } from '@safecity/platform';
import type { IdentityProvider } from './accounts/provider/identity-provider.js';
import type { AlertStreamHub } from './alerts/alert-stream.js';
import type { DecisionPublisher } from './alerts/decision-publisher.js';
import type { CameraPublisher } from './cameras/camera-publisher.js';
import type { CameraStatuses } from './cameras/camera-statuses.js';
import type { Sql } from './database/connection.js';
import type { ClipMasker } from './derivatives/clip-masker.js';
import type { MaskedCopies } from './derivatives/masked-copies.js';
import type { EvidenceFiles } from './evidence/evidence-files.js';
import type { HandIncidents } from './incidents/hand-incidents.js';
import type { SigningKey } from './ledger/signing-key.js';
import type { IngestDirectory } from './live/ingest-directory.js';
import type { OpenSockets } from './live/open-sockets.js';
import type { OverlayHub } from './live/overlay-hub.js';
import type { RetentionDefaults } from './retention/retention-settings.js';
import type { SuppressionTallies } from './suppressions/suppression-tallies.js';
import type { TimeStampAuthority } from './time-stamp/authority.js';
import type { WatchlistPublisher } from './watchlists/watchlist-publisher.js';

/** What never changes while the API runs. */
export interface ApiSettings {
  version: string;
  demo: boolean;
  /** Cookies only over TLS: set when the console is reached by https. */
  secureCookies: boolean;
  /**
   * Networks (CIDR) of reverse proxies: from them the headers `X-Forwarded-…` are believed. Left out: from nobody, and behind a proxy
   * everybody has its address.
   */
  trustedProxies?: readonly string[];
  /** Directory of the console's built files; none serves the API alone. */
  consoleDirectory?: string;
}

/** When the daily job deletes what is past keeping, and what this installation keeps otherwise than by default. */
export interface RetentionTimes {
  defaults: RetentionDefaults;
  /** Hour of local time from which on it runs, 0..23. */
  hour: number;
}

/** Everything the routes work with. Made and closed by `startApi`. */
export interface ApiServices {
  sql: Sql;
  bus: Bus;
  /** Seals camera credentials and signs tokens for ingest; shared with ingest. */
  key: Buffer;
  logger: Logger;
  nowMs: () => number;
  /** 0 (inclusive) to 1 (exclusive): decides who gets a planted case. */
  random: () => number;
  settings: ApiSettings;
  retention: RetentionTimes;
  /** Where cameras may be; without it everywhere. */
  cameraNetworks: CameraNetworks | undefined;
  /** Where destinations may be; undefined: everywhere. */
  destinationNetworks: CameraNetworks | undefined;
  /** The city's identity provider; undefined: people sign in with passwords alone. */
  provider: IdentityProvider | undefined;
  publisher: CameraPublisher;
  decisions: DecisionPublisher;
  handIncidents: HandIncidents;
  tallies: SuppressionTallies;
  watchlists: WatchlistPublisher;
  statuses: CameraStatuses;
  ingest: IngestDirectory;
  evidence: EvidenceFiles;
  /** Where faces, people, vehicles and plates are found for masking. */
  inference: InferenceClient;
  maskedCopies: MaskedCopies;
  clipMasker: ClipMasker;
  signingKey: SigningKey;
  /** Time-stamps what leaves the system; null: nobody does. */
  authority: TimeStampAuthority | null;
  alertStream: AlertStreamHub;
  overlay: OverlayHub;
  /** Every open WebSocket, held to the rights as they are. */
  sockets: OpenSockets;
}
