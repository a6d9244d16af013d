import { ControllerMessage, type ControllerSource, matches, type SignalReading, type SignalState } from '@safecity/contracts';
import { ControllerClock } from './controller-clock.js';

/** Changes of a group that are kept: a camera that wakes asks for times up to the ring's age. */
const KEPT_MS = 60_000;
/** Longer than this between two messages, and a change between them was not seen, unless the controller tells its time. */
const SEEN_WITHIN_MS = 5000;
/** Controllers that are remembered; more than a city's worker meets. */
const MOST_CONTROLLERS = 1024;

interface Told {
  /** From when on it is known, server clock: when the message was sent. */
  fromMs: number;
  state: SignalState;
  sinceMs: number | null;
  uncertainMs: number;
  manual: boolean;
}

interface Controller {
  clock: ControllerClock;
  /** Newest message that counts, server clock; when it was sent and when it came. */
  heardMs: number;
  arrivedMs: number;
  groups: Map<string, Told[]>;
}

/** Messages since the start that did not count, and why. */
export interface ControllerCounts {
  taken: number;
  invalid: number;
  late: number;
  outOfOrder: number;
}

/**
 * What the junction controllers of a worker have told. Holds no clock: arrival times are the server's, and states are asked
 * for by capture time, which has the same anchor.
 */
export class ControllerStates {
  readonly counts: ControllerCounts = { taken: 0, invalid: 0, late: 0, outOfOrder: 0 };
  readonly #controllers = new Map<string, Controller>();

  /** Takes a message that came under `controllerId`'s subject; what is wrong, late or out of order is counted and left out. */
  take(controllerId: string, message: unknown, arrivedAtMs: number): void {
    if (!matches(ControllerMessage, message) || message.controllerId !== controllerId) {
      this.counts.invalid++;
      return;
    }
    const controller = this.#controllerOf(controllerId);
    const placement = controller.clock.observe(message.sentAtMs, arrivedAtMs);
    if (placement.kind !== 'placed') {
      this.counts[placement.kind === 'late' ? 'late' : 'outOfOrder']++;
      return;
    }
    this.counts.taken++;
    // The server's own clock was set back: what was kept lies in its future.
    if (arrivedAtMs < controller.arrivedMs) controller.groups.clear();
    for (const group of message.groups) this.#note(controller, group, placement, message.manual === true);
    controller.heardMs = placement.sentAtMs;
    controller.arrivedMs = arrivedAtMs;
  }

  /** State of the group of a signal at a capture time; `unknown` when nothing is known of then. */
  readingAt(signalId: string, source: ControllerSource, atMs: number): SignalReading {
    const nothing: SignalReading = { signalId, source: 'controller', state: 'unknown', confidence: 0 };
    const controller = this.#controllers.get(source.controllerId);
    if (!controller || atMs - controller.heardMs > source.maxAgeMs) return nothing;
    const told = controller.groups.get(source.group)?.findLast(({ fromMs }) => fromMs <= atMs);
    if (!told) return nothing;
    const { state, sinceMs, uncertainMs, manual } = told;
    const isKnown = state !== 'unknown';
    return {
      ...nothing,
      state,
      confidence: isKnown ? 1 : 0,
      ...(sinceMs === null || !isKnown ? {} : { sinceMs, uncertainMs }),
      ...(manual ? { manual } : {}),
    };
  }

  #controllerOf(controllerId: string): Controller {
    const known = this.#controllers.get(controllerId);
    if (known) return known;
    const [oldest] = this.#controllers.keys();
    if (this.#controllers.size >= MOST_CONTROLLERS && oldest !== undefined) this.#controllers.delete(oldest);
    const never = Number.NEGATIVE_INFINITY;
    const controller: Controller = { clock: new ControllerClock(), heardMs: never, arrivedMs: never, groups: new Map() };
    this.#controllers.set(controllerId, controller);
    return controller;
  }

  #note(
    controller: Controller,
    { group, state, sinceMs }: ControllerMessage['groups'][number],
    { sentAtMs, offsetMs }: { sentAtMs: number; offsetMs: number },
    manual: boolean,
  ): void {
    const list = controller.groups.get(group) ?? [];
    const last = list.at(-1);
    const silentMs = sentAtMs - controller.heardMs;
    const told = sinceMs === undefined ? null : Math.min(sentAtMs, sinceMs + offsetMs);
    const isOn = last?.state === state && silentMs <= SEEN_WITHIN_MS;
    // Its own word of since when tells of a whole cycle that was missed.
    const goesOn = isOn && (told === null || last.sinceMs === null || Math.abs(told - last.sinceMs) < SEEN_WITHIN_MS);
    if (goesOn && last.manual === manual) return;
    const wasSeen = last !== undefined && last.state !== state && silentMs <= SEEN_WITHIN_MS;
    const bySilence = { sinceMs: wasSeen ? sentAtMs : null, uncertainMs: wasSeen ? silentMs : 0 };
    const byWord = told === null ? bySilence : { sinceMs: told, uncertainMs: 0 };
    const { sinceMs: since, uncertainMs } = goesOn ? last : byWord;
    list.push({ fromMs: sentAtMs, state, manual, sinceMs: since, uncertainMs });
    while (list.length > 1 && (list[1] as Told).fromMs < sentAtMs - KEPT_MS) list.shift();
    controller.groups.set(group, list);
  }
}
