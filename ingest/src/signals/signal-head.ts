import type { LampState, SignalReading, SignalState } from '@safecity/contracts';
import { type HeadLook, type HeldLamp, type LampLook, lookAtHead, type UnlitLook } from './head-look.js';

/** A look that is as clear as this changes the state at once; a weaker one needs a second that agrees (inclusive). */
const CLEAR = 0.6;
/** Nothing lit for longer, and the head is dark (exclusive). */
const DARK_AFTER_MS = 3000;
/** The same while no lamp has been seen lit clearly: it may be too faint to see, or something may stand before it. */
const DARK_FAINT_AFTER_MS = 10_000;
/** Confidence from which lamps of the head are no faint ones (inclusive). */
const NOT_FAINT = 0.7;
/** A state that comes back within this time, or is seen again after so long a pause, has gone on (inclusive). */
const BRIDGED_MS = 3000;
/** A change between two looks further apart than this was not seen (exclusive). */
const SEEN_WITHIN_MS = 5000;
/**
 * On and off phases of a flashing lamp last so long, ms (inclusive); signals flash 40 to 60 times a minute. A lamp driven by
 * the mains that beats with the shutter changes from look to look, which is shorter.
 */
const PHASE_MS = [300, 1300] as const;
/** Whole phases that make it flashing: two cycles. */
const PHASES = 4;
/** Neither on nor off for longer than this while it flashes (inclusive). */
const FLASH_STILL_MS = 1500;
/** A lamp's lead is remembered at its greatest, and forgets this share of the difference with each look. */
const LEAD_FALL = 0.02;
/** Time in which what an unlit lamp looks like follows the light. */
const UNLIT_MS = 60_000;

interface Change {
  atMs: number;
  isLit: boolean;
}

/** A state and since when. */
interface Held {
  state: SignalState;
  sinceMs: number | null;
  uncertainMs: number;
  /** Newest look that showed it. */
  lastMs: number;
}

/** The lamp that is lit now, and what its lead has been of late. */
function heldAfter({ lit, lead }: HeadLook, before: HeldLamp | null): HeldLamp | null {
  if (lit === 'none' || lit === 'hidden') return null;
  return { state: lit, lead: before?.state === lit ? Math.max(lead, before.lead + LEAD_FALL * (lead - before.lead)) : lead };
}

/**
 * Follows one signal head from look to look. Capture time only; at least two looks a second are needed to see flashing,
 * and changes are known to lie between two looks.
 */
export class SignalHead {
  readonly #states: readonly LampState[];
  #unlit: (UnlitLook | null)[];
  #held: Held | null = null;
  /** The state before the present doubt, when it may go on. */
  #before: Held | null = null;
  /** A weak look that waits for a second. */
  #hint: { state: LampState; atMs: number } | null = null;
  #offSinceMs: number | null = null;
  #litBefore: HeldLamp | null = null;
  #isFaint = true;
  #changes: Change[] = [];
  #lastMs: number | null = null;

  /** @param states what each lamp means when it is lit */
  constructor(states: readonly LampState[]) {
    this.#states = states;
    this.#unlit = states.map(() => null);
  }

  /** The video broke off: what was before says nothing of how long the present state lasts. */
  break(): void {
    this.#held = null;
    this.#before = null;
    this.#hint = null;
    this.#offSinceMs = null;
    this.#changes = [];
    this.#lastMs = null;
  }

  /** Takes one look of every lamp; a look that is not newer than the last says nothing and gives the last state. */
  take(looks: readonly LampLook[], atMs: number): Omit<SignalReading, 'signalId' | 'source'> {
    if (this.#lastMs !== null && atMs < this.#lastMs) this.break();
    const look = lookAtHead(this.#states, looks, this.#unlit, this.#litBefore);
    this.#litBefore = heldAfter(look, this.#litBefore);
    if (look.confidence >= NOT_FAINT) this.#isFaint = false;
    this.#learn(looks, look, atMs);
    this.#noteChange(look, atMs);
    const state = this.#stateOf(look, atMs);
    this.#hold(state, atMs);
    this.#lastMs = atMs;
    return this.#reading(look);
  }

  #reading(look: HeadLook): Omit<SignalReading, 'signalId' | 'source'> {
    const { state, sinceMs, uncertainMs } = this.#held as Held;
    const known = sinceMs === null || state === 'unknown' ? {} : { sinceMs, uncertainMs };
    const confidence = state === 'unknown' ? 0 : look.lit === 'none' || look.lit === 'hidden' ? 0.5 : look.confidence;
    return { state, confidence, ...known };
  }

  #stateOf(look: HeadLook, atMs: number): SignalState {
    if (look.lit === 'hidden') {
      this.#offSinceMs = null;
      this.#changes = [];
      this.#hint = null;
      return 'unknown';
    }
    if (this.#isFlashing(atMs)) return 'flashing';
    if (look.lit === 'none') return this.#unlitState(atMs);
    this.#offSinceMs = null;
    return this.#litState(look.lit, look.confidence, atMs);
  }

  #unlitState(atMs: number): SignalState {
    this.#offSinceMs ??= atMs;
    this.#hint = null;
    return atMs - this.#offSinceMs > (this.#isFaint ? DARK_FAINT_AFTER_MS : DARK_AFTER_MS) ? 'dark' : 'unknown';
  }

  #litState(lit: LampState, confidence: number, atMs: number): SignalState {
    const isHinted = this.#hint?.state === lit && atMs - this.#hint.atMs <= BRIDGED_MS;
    const isAgreed = this.#held?.state === lit || isHinted;
    if (confidence >= CLEAR || isAgreed) return lit;
    this.#hint = { state: lit, atMs };
    return 'unknown';
  }

  /** Moves on to `state`; one that only paused goes on as it was. */
  #hold(state: SignalState, atMs: number): void {
    const held = this.#held;
    const gapMs = atMs - (this.#lastMs ?? atMs);
    if (held?.state === state && gapMs <= SEEN_WITHIN_MS) {
      held.lastMs = atMs;
      return;
    }
    if (state === 'unknown') {
      if (held && held.state !== 'unknown') this.#before = held;
      this.#held = { state, sinceMs: null, uncertainMs: 0, lastMs: atMs };
      return;
    }
    const before = held?.state === 'unknown' ? this.#before : held;
    this.#before = null;
    if (before?.state === state && atMs - before.lastMs <= BRIDGED_MS) this.#held = { ...before, lastMs: atMs };
    else this.#held = this.#begin(state, atMs, before);
    this.#hint = null;
  }

  /** A state that begins with this look, or with the hint before it. It was seen to begin when another was seen shortly before. */
  #begin(state: SignalState, atMs: number, before: Held | null): Held {
    const hint = this.#hint?.state === state ? this.#hint : null;
    const sinceMs = hint?.atMs ?? atMs;
    const wasMs = before?.lastMs ?? null;
    const isSeen = wasMs !== null && before?.state !== state && sinceMs - wasMs <= SEEN_WITHIN_MS;
    return { state, sinceMs: isSeen ? sinceMs : null, uncertainMs: isSeen ? sinceMs - wasMs : 0, lastMs: atMs };
  }

  #noteChange({ lit }: HeadLook, atMs: number): void {
    if (lit === 'hidden') return;
    const isLit = lit !== 'none';
    if (this.#changes.at(-1)?.isLit === isLit) return;
    this.#changes.push({ atMs, isLit });
    if (this.#changes.length > PHASES + 1) this.#changes.shift();
  }

  /** Two cycles of on and off, each phase as long as a flasher's, and none that lasts since. */
  #isFlashing(atMs: number): boolean {
    if (this.#changes.length <= PHASES) return false;
    const newest = this.#changes.at(-1) as Change;
    if (atMs - newest.atMs > FLASH_STILL_MS) return false;
    const phases = this.#changes.slice(1).map(({ atMs: endMs }, index) => endMs - (this.#changes[index] as Change).atMs);
    return phases.every((phaseMs) => phaseMs >= PHASE_MS[0] && phaseMs <= PHASE_MS[1]);
  }

  /** Lamps beside a clearly lit one show what unlit looks like; it follows the light of the day. */
  #learn(looks: readonly LampLook[], { lit, confidence }: HeadLook, atMs: number): void {
    if (lit === 'none' || lit === 'hidden' || confidence < CLEAR) return;
    const share = this.#lastMs === null ? 1 : Math.min(1, (atMs - this.#lastMs) / UNLIT_MS);
    this.#states.forEach((state, index) => {
      const look = looks[index];
      if (!look || state === lit) return;
      const seen = { lean: Math.max(0, look.lean[state]), brightness: look.brightness };
      const known = this.#unlit[index];
      this.#unlit[index] = known
        ? {
            lean: known.lean + share * (seen.lean - known.lean),
            brightness: known.brightness + share * (seen.brightness - known.brightness),
          }
        : seen;
    });
  }
}
