import type { RULES_ERRORS } from '../errors.js';

/** Where lines go; a pino logger fits. */
export interface WarnSink {
  warn(fields: Record<string, unknown>, message: string): void;
}

const QUIET_MS = 1000;

/** Counts things that go wrong per message and logs at most one line a second for each code. */
export class CountedLog {
  private readonly slots = new Map<string, { total: number; unsaid: number; saidMs: number }>();

  constructor(
    private readonly sink: WarnSink,
    private readonly nowMs: () => number,
  ) {}

  /** Counts one occurrence; the line says how many there were since the last line. */
  note(code: keyof typeof RULES_ERRORS, message: string, fields: Record<string, unknown> = {}): void {
    const slot = this.slots.get(code) ?? { total: 0, unsaid: 0, saidMs: Number.NEGATIVE_INFINITY };
    this.slots.set(code, slot);
    slot.total++;
    slot.unsaid++;
    const nowMs = this.nowMs();
    if (nowMs - slot.saidMs < QUIET_MS) return;
    this.sink.warn({ ...fields, code, count: slot.unsaid, total: slot.total }, message);
    slot.unsaid = 0;
    slot.saidMs = nowMs;
  }

  /** How often a code was noted. */
  total(code: keyof typeof RULES_ERRORS): number {
    return this.slots.get(code)?.total ?? 0;
  }
}
