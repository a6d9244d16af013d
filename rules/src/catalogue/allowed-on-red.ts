import type { AllowedOnRed, CameraConfig, Line, ObjectClass, Point } from '@safecity/contracts';
import { isInPolygon } from '../geometry/polygon.js';
import { newTripwireState, stepTripwire, type TripwireState } from '../geometry/tripwire.js';
import { scheduleClock } from '../pipeline/schedule.js';
import { selectedClasses } from './class-filter.js';
import { wireOf } from './red-light-finding.js';

/** An exit over which a vehicle may still leave, and where it is to it. Plain JSON. */
export interface OpenExit {
  /** Which of the rule's movements. */
  index: number;
  wire: TripwireState;
  untilMs: number;
}

/** What is known of a vehicle when it crosses on red. */
export interface Crosser {
  class: ObjectClass;
  /** Last anchor seen before the line, 0..1; null when none was. */
  before: Point | null;
  atMs: number;
}

const EXIT_WITHIN_MS = 15_000;

interface Movement {
  allowed: AllowedOnRed;
  exit: Line | undefined;
  classes: ReadonlySet<string> | null;
  lanes: Point[][] | null;
  isOn(atMs: number): boolean;
}

/** The movements that a rule allows at red. */
export class AllowedMovements {
  readonly #movements: Movement[];

  constructor(allowed: readonly AllowedOnRed[], camera: CameraConfig) {
    this.#movements = allowed.map((one) => ({
      allowed: one,
      exit: camera.lines.find(({ id }) => id === one.exitLineId),
      classes: one.classes ? selectedClasses(one.classes, []) : null,
      lanes: one.laneIds ? camera.lanes.filter(({ id }) => one.laneIds?.includes(id)).map(({ polygon }) => polygon as Point[]) : null,
      isOn: scheduleClock(one.schedule),
    }));
  }

  /**
   * Which movements the vehicle may be making: `true` when one without an exit fits, so that it is allowed already; else
   * the exits to watch, none when nothing fits.
   */
  of({ class: name, before, atMs }: Crosser): true | OpenExit[] {
    const open: OpenExit[] = [];
    for (const [index, { allowed, exit, classes, lanes, isOn }] of this.#movements.entries()) {
      const isFromLane = lanes === null || (before !== null && lanes.some((polygon) => isInPolygon(polygon, before)));
      if ((classes && !classes.has(name)) || !isFromLane || !isOn(atMs)) continue;
      if (!exit) return true;
      open.push({ index, wire: newTripwireState(), untilMs: atMs + (allowed.exitWithinMs ?? EXIT_WITHIN_MS) });
    }
    return open;
  }

  /** True when this sighting shows that the vehicle left over one of the exits. Mutates them. */
  hasLeft(exits: readonly OpenExit[], sighting: { anchor: Point; atMs: number; band: number; aspect: number }): boolean {
    const { anchor, atMs, band, aspect } = sighting;
    const point: Point = [anchor[0] * aspect, anchor[1]];
    return exits.some(({ index, wire, untilMs }) => {
      const movement = this.#movements[index];
      if (!movement?.exit) return false;
      const crossing = stepTripwire(wireOf(movement.exit, aspect), wire, { point, atMs }, band);
      const wanted = movement.allowed.exitDirection ?? 'both';
      return crossing !== null && crossing.atMs <= untilMs && (wanted === 'both' || crossing.towards === wanted);
    });
  }
}
