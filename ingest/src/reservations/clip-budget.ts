/** Counts since the start of the worker. */
export interface ClipFigures {
  /** Clips that were not kept because one alone was beyond the limit. */
  refused: number;
  /** Reservations removed, oldest first, to make room for a newer clip. */
  dropped: number;
}

interface Held {
  cameraId: string;
  bytes: number;
}

/** Bounds what the clips of one camera take on disk: the oldest reservation goes for a newer clip. */
export class ClipBudget {
  readonly figures: ClipFigures = { refused: 0, dropped: 0 };
  readonly #maxBytes: number;
  /** By reservation, oldest first. */
  #held = new Map<string, Held>();

  constructor(maxBytesPerCamera: number) {
    this.#maxBytes = maxBytesPerCamera;
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  add(reservationId: string, cameraId: string, bytes: number): void {
    const held = this.#held.get(reservationId);
    this.#held.set(reservationId, { cameraId, bytes: (held?.bytes ?? 0) + bytes });
  }

  forget(reservationId: string): void {
    this.#held.delete(reservationId);
  }

  /** What must be removed before `bytes` more of this camera fit (limit inclusive); null when they never will. Counts either. */
  makeRoom(reservationId: string, cameraId: string, bytes: number): string[] | null {
    if (bytes > this.#maxBytes) {
      this.figures.refused++;
      return null;
    }
    const own = [...this.#held].filter(([, held]) => held.cameraId === cameraId);
    let total = own.reduce((sum, [, held]) => sum + held.bytes, bytes);
    const removed: string[] = [];
    for (const [id, held] of own) {
      if (total <= this.#maxBytes) break;
      if (id === reservationId) continue;
      removed.push(id);
      total -= held.bytes;
    }
    if (total > this.#maxBytes) {
      this.figures.refused++;
      return null;
    }
    this.figures.dropped += removed.length;
    for (const id of removed) this.#held.delete(id);
    return removed;
  }
}
