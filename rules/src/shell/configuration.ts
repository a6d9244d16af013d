import { AlertDecision, AlertSplit, buckets, type CameraConfig, matches, parseCamera, Suppression, Watchlist } from '@safecity/contracts';
import type { Bus } from '@safecity/platform';
import { DECISION_KEPT_MS } from '../incidents/decided.js';
import type { CountedLog } from './counted-log.js';
import type { LiveCameras } from './live-cameras.js';
import { SUPPRESSION_KEPT_MS } from './suppressions-in-force.js';

/** Follows what vms-api says in its KV buckets: cameras, decisions, suppressions and watchlists. What is unsound is noted and left out. */
export class Configuration {
  private readonly lists = new Map<string, Watchlist>();
  private readonly stops: (() => void)[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly cameras: LiveCameras,
    private readonly log: CountedLog,
  ) {}

  /** Every watchlist there is. */
  get watchlists(): Watchlist[] {
    return [...this.lists.values()];
  }

  /**
   * Resolves when everything said so far was taken. Decisions and suppressions come after the cameras to which they belong,
   * and all of it before the detections, so that a replay knows them and does the same.
   */
  async start(): Promise<void> {
    await this.follow(buckets.cameras, {}, (key, text) => this.takeCamera(key, text));
    await this.follow(buckets.decisions, { ttlMs: DECISION_KEPT_MS }, (key, text) => this.takeDecision(key, text));
    await this.bus.kv(buckets.suppressionTallies, { ttlMs: SUPPRESSION_KEPT_MS });
    await this.follow(buckets.suppressions, { ttlMs: SUPPRESSION_KEPT_MS }, (key, text) => this.takeSuppression(key, text));
    await this.follow(buckets.watchlists, {}, (key, text) => this.takeWatchlist(key, text));
  }

  /** Stops following. */
  close(): void {
    for (const stop of this.stops) stop();
  }

  /** Follows a bucket; resolves when everything that is in it now was taken. `take` gets null for what was deleted. */
  private async follow(name: string, options: { ttlMs?: number }, take: (key: string, text: string | null) => void): Promise<void> {
    const kv = await this.bus.kv(name, options);
    let isComplete: () => void = () => undefined;
    const complete = new Promise<void>((resolve) => {
      isComplete = resolve;
    });
    const watch = await kv.watch({ initializedFn: () => isComplete() });
    this.stops.push(() => watch.stop());
    void (async () => {
      for await (const entry of watch) take(entry.key, entry.operation === 'PUT' ? entry.string() : null);
    })();
    await complete;
  }

  private takeCamera(cameraId: string, text: string | null): void {
    if (text === null) {
      this.cameras.remove(cameraId);
      return;
    }
    let camera: CameraConfig;
    try {
      camera = parseCamera(JSON.parse(text));
    } catch (error) {
      this.log.note('RULES_CAMERA_INVALID', error instanceof Error ? error.message : String(error), { cameraId });
      return;
    }
    this.cameras.configure(camera);
  }

  private takeDecision(alertId: string, text: string | null): void {
    if (text === null) return;
    const decision = parsed(text);
    if (matches(AlertDecision, decision) || matches(AlertSplit, decision)) this.cameras.decide(decision);
    else this.log.note('RULES_MESSAGE_INVALID', `the decision on alert ${alertId} breaks its schema`, { alertId });
  }

  private takeSuppression(suppressionId: string, text: string | null): void {
    if (text === null) return;
    const suppression = parsed(text);
    if (matches(Suppression, suppression)) this.cameras.suppress(suppression);
    else this.log.note('RULES_MESSAGE_INVALID', `the suppression ${suppressionId} breaks its schema`, { suppressionId });
  }

  private takeWatchlist(listId: string, text: string | null): void {
    const list = text === null ? null : parsed(text);
    if (matches(Watchlist, list)) {
      this.lists.set(listId, list);
      return;
    }
    this.lists.delete(listId);
    if (text !== null) this.log.note('RULES_MESSAGE_INVALID', `watchlist ${listId} breaks its schema and does not count`, { listId });
  }
}

/** The value of a JSON text; undefined when it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
