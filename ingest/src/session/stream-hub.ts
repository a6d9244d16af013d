import { createHash } from 'node:crypto';
import type { CameraSource } from '@safecity/contracts';
import type { GopRing } from '../ring/gop-ring.js';
import type { PlacedFragment, RingFragment } from '../ring/ring-fragment.js';
import type { MaskPolygons } from './privacy-mask-filter.js';
import { StreamSession, type StreamSessionOptions } from './stream-session.js';

/** What of a camera makes a stream. */
export type StreamSource = Pick<CameraSource, 'url' | 'transport' | 'sealedCredentials'> & { masks?: MaskPolygons };

export interface StreamHubOptions {
  /** Opens sealed credentials: `user:password`. Throws when it cannot. */
  openCredentials(sealed: string): string;
  session?: Pick<StreamSessionOptions, 'stallMs' | 'firstPictureMs' | 'networks'>;
}

export interface JoinOptions {
  source: StreamSource;
  /** Gets every fragment; what it already holds stays, and the first new one is then marked `config`. */
  ring: GopRing;
  /** Called when the state or the problem of the session changes. */
  onChange?(): void;
}

/** One camera's part in a stream. `close()` ends the session with the last camera that left. */
export interface JoinedStream {
  readonly session: StreamSession;
  close(): Promise<void>;
}

/** The cameras that get one stream: their rings share the bytes of its fragments. */
class Members {
  readonly #all = new Set<JoinOptions>();
  readonly #fresh = new Set<GopRing>();

  get size(): number {
    return this.#all.size;
  }

  /** Of all rings the latest capture time and the highest epoch: what comes next stays above both. */
  get newest(): RingFragment | null {
    const newest = [...this.#rings()].flatMap((ring) => ring.newest ?? []);
    const [first, ...rest] = newest;
    if (!first) return null;
    const lastCaptureMs = Math.max(first.lastCaptureMs, ...rest.map((fragment) => fragment.lastCaptureMs));
    return { ...first, lastCaptureMs, epoch: Math.max(first.epoch, ...rest.map(({ epoch }) => epoch)) };
  }

  add(member: JoinOptions): void {
    const rings = this.#rings();
    const [other] = rings;
    this.#all.add(member);
    if (rings.has(member.ring)) return;
    this.#fresh.add(member.ring);
    if (other) this.#catchUp(member.ring, other);
  }

  remove(member: JoinOptions): void {
    this.#all.delete(member);
  }

  append(placed: PlacedFragment): void {
    for (const ring of this.#rings()) this.#appendTo(ring, placed);
  }

  changed(): void {
    for (const { onChange } of this.#all) onChange?.();
  }

  #rings(): Set<GopRing> {
    return new Set([...this.#all].map(({ ring }) => ring));
  }

  /** The first fragment is marked: nothing before it in this ring belongs to this stream. */
  #appendTo(ring: GopRing, placed: PlacedFragment): void {
    if (ring.closed) return;
    const mark = this.#fresh.delete(ring) ? (ring.newest ? ('config' as const) : ('start' as const)) : null;
    ring.append(mark ? { ...placed, discontinuity: mark } : placed);
  }

  /** Who joins begins at the last keyframe that came, as long as that lies after what its ring holds. */
  #catchUp(ring: GopRing, other: GopRing): void {
    const sinceMs = ring.newest?.lastCaptureMs ?? Number.NEGATIVE_INFINITY;
    const key = other.lastKeyframe();
    if (!key || key.firstCaptureMs <= sinceMs) return;
    for (let sequence = key.sequence; sequence < other.nextSequence; sequence++) {
      const { sequence: _, firstCaptureMs: __, lastCaptureMs: ___, ...placed } = other.bySequence(sequence) as RingFragment;
      this.#appendTo(ring, placed);
    }
  }
}

/**
 * One session for each stream, however many cameras get it: same URL, transport, credentials and privacy masks are the
 * same stream. A camera that joins or leaves disturbs no other; the session ends with the last.
 */
export class StreamHub {
  readonly #options: StreamHubOptions;
  readonly #streams = new Map<string, { session: StreamSession; members: Members }>();

  constructor(options: StreamHubOptions) {
    this.#options = options;
  }

  join(options: JoinOptions): JoinedStream {
    const key = this.#keyOf(options.source);
    const running = this.#streams.get(key);
    running?.members.add(options);
    const stream = running ?? this.#open(key, options);
    let left: Promise<void> | null = null;
    const leave = async () => {
      stream.members.remove(options);
      if (stream.members.size > 0) return;
      if (this.#streams.get(key) === stream) this.#streams.delete(key);
      await stream.session.close();
    };
    return {
      session: stream.session,
      close: () => {
        left ??= leave();
        return left;
      },
    };
  }

  #open(key: string, first: JoinOptions) {
    const { source } = first;
    const { sealedCredentials } = source;
    const members = new Members();
    // Before the session asks where capture times go on.
    members.add(first);
    const session = new StreamSession({
      source,
      ...(source.masks ? { masks: source.masks } : {}),
      openCredentials: () => (sealedCredentials ? this.#options.openCredentials(sealedCredentials) : null),
      ring: members,
      onChange: () => members.changed(),
      ...this.#options.session,
    });
    const stream = { session, members };
    this.#streams.set(key, stream);
    return stream;
  }

  /** Sealing the same credentials twice gives two texts, so what counts is what is in them; only its hash is kept. */
  #keyOf({ url, transport, sealedCredentials, masks = [] }: StreamSource): string {
    let credentials: string | null = null;
    try {
      credentials = sealedCredentials ? this.#options.openCredentials(sealedCredentials) : null;
    } catch {
      // The session says so; the unreadable text tells this stream from others.
      credentials = sealedCredentials ?? null;
    }
    return createHash('sha256')
      .update(JSON.stringify([url, transport, credentials, masks]))
      .digest('hex');
  }
}
