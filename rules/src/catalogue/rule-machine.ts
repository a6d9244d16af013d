import type {
  Box,
  CameraConfig,
  Counts,
  Crossing,
  Finding,
  ObjectClass,
  Point,
  RuleConfig,
  VehiclePlate,
  Watchlist,
} from '@safecity/contracts';
import type { AttributeTrack } from '../attributes/attribute-tracks.js';
import type { SignalMemories } from '../signals/signal-state.js';

/** One track as rules see it. Boxes and points are 0..1 of the picture. */
export interface ObservedTrack {
  id: string;
  class: ObjectClass;
  /** Mean score of its detections, 0..1. */
  score: number;
  /** Where it is for rules: its place while it counts as standing, else the filtered box. */
  box: Box;
  /** Where it is drawn: the same, but a standing object that seems to leave is followed at once. */
  drawnBox: Box;
  anchor: Point;
  firstMs: number;
  /** Capture time of its newest detection. */
  lastSeenMs: number;
  /** How its centre moves, picture heights per second (x to the right, y down); the filter's estimate, 0 when it stands. */
  velocity: Point;
  /** True when this very frame shows it. */
  seen: boolean;
  /** True when this very frame shows it with the camera's `minScore` or more. */
  clearlySeen: boolean;
  /** Since when it has kept its place; equal to now, or nearly, for what moves. */
  stillSinceMs: number;
  /** How long it has stood, ms; 0 when it does not count as standing. */
  standingMs: number;
  /** Zones that hold its anchor. */
  zoneIds: string[];
  /** Id of the two-wheeler that this person rides; absent for who is on foot, and for vehicles. */
  rides?: string;
  /** True for a person who is faster than people are: rides something, seen or not. */
  drives?: true;
  /** Capture time since when this person was seen to walk; absent for who has only stood or driven. */
  walksSinceMs?: number;
  /** How many people ride this two-wheeler; absent until somebody was seen on it. */
  persons?: number;
}

/** What every rule of a camera sees of one frame. */
export interface Observation {
  /** Capture time of the frame, epoch ms. */
  nowMs: number;
  /**
   * Time watched since the pipeline began: capture time with every gap in the video left out. Differences of it are
   * dwell.
   */
  watchedMs: number;
  /** Capture time since when there was no gap. */
  unbrokenSinceMs: number;
  /** True on the first frame after a break: tracks began anew, what went on before is over. */
  restarted: boolean;
  /** Capture time of the frame before; null when there is none, or it lies before a break. */
  frameBeforeMs: number | null;
  /** Picture width / height: lengths are in picture heights. */
  aspect: number;
  /** What is remembered of signals that are no script, up to this frame. */
  signals: SignalMemories;
  /** Confirmed tracks, seen or lost. */
  tracks: readonly ObservedTrack[];
}

/**
 * What a rule says of a finding. `candidate`: it may come to be, so evidence should be kept; `dropped`: a candidate
 * that did not; `raised` once, `updated` any number of times, `ended` once.
 */
export interface FindingChange {
  phase: 'candidate' | 'dropped' | 'raised' | 'updated' | 'ended';
  finding: Finding;
}

/** What a rule says of one frame. */
export interface RuleStep<S = unknown> {
  state: S;
  changes: FindingChange[];
  /** Intervals that ended with this frame (counting rules). */
  counts?: Counts[];
  /** Crossings that were counted with this frame. */
  crossings?: Crossing[];
}

/** The plate of a vehicle after a look at it. */
export interface PlateSeen {
  trackId: string;
  class: ObjectClass;
  /** The vehicle at `plate.atMs`, 0..1. */
  box: Box;
  plate: VehiclePlate;
  /** Every watchlist there is; which of them count here is for the rule to say. */
  lists: readonly Watchlist[];
}

/** A track after a look at the people on it. */
export interface AttributesSeen {
  trackId: string;
  class: ObjectClass;
  /** Capture time of the look, and the track in that picture, 0..1. */
  atMs: number;
  box: Box;
  /** All looks at it. */
  track: AttributeTrack;
}

/** A rule as a pure state machine. The state is plain JSON; `step` consumes it. */
export interface RuleMachine<S = unknown> {
  readonly rule: RuleConfig;
  start(): S;
  step(state: S, observation: Observation): RuleStep<S>;
  /** What was counted in the interval that goes on (counting rules). */
  countsSoFar?(state: S): Counts[];
  /** Takes in the plate of a vehicle, between two frames (rules about plates). Mutates `state`. */
  takePlate?(state: S, seen: PlateSeen): FindingChange[];
  /** Takes in what was told of a track, between two frames (rules about attributes). Mutates `state`. */
  takeAttributes?(state: S, seen: AttributesSeen): FindingChange[];
}

/** Makes the machine of one configured rule of a camera. */
export type RuleFactory<R extends RuleConfig, S> = (rule: R, camera: CameraConfig) => RuleMachine<S>;

/** Defaults of the options that every rule has. */
export const COMMON_DEFAULTS = { minTrackAgeMs: 600, repeatMs: 600_000 } as const;
