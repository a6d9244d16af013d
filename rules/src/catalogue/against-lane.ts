import type { Box, CameraConfig, EvidenceMoment, Finding, Lane, ObjectClass, Point, RuleConfig } from '@safecity/contracts';
import { type RoadPlane, roadPlaneOf } from '../calibration/road-plane.js';
import { isInPolygon } from '../geometry/polygon.js';
import { selectedClasses } from './class-filter.js';
import { makeFinding } from './finding.js';
import { fineableUnless, NOT_CALIBRATED } from './fineable.js';
import { COMMON_DEFAULTS, type FindingChange, type Observation, type ObservedTrack, type RuleMachine } from './rule-machine.js';
import { sentence, wordClass, wordNumber } from './wording.js';

type AgainstLaneRule = Extract<RuleConfig, { type: 'wrong-way' | 'wrong-way-driver' }>;

/** Share of the whole displacement that must lie against the direction: within 53 degrees of straight against it. */
const STRAIGHTNESS = 0.6;
/** Least distance against the direction in heights of the vehicle's box: less may be a box that changes its shape. */
const LEAST_BOX_HEIGHTS = 0.5;
/** Sightings against the direction before it is believed. */
const LEAST_SIGHTINGS = 3;
/** One step that holds this share of the distance or more is a leap: the box of the vehicle behind, not driving. */
const LEAP_SHARE = 0.5;
/**
 * A track that stood or drove along the lane for so long before (inclusive) has to show more than one that comes against it
 * from the start: in a queue it may be the box of the vehicle behind.
 */
const KNOWN_MS = 1000;
/** What it has to show: so many times the distance, for so long (inclusive). */
const TURNED_DISTANCES = 2;
const TURNED_MS = 2000;
/** Out of the lane for no longer than this is a tremble of the box (exclusive). */
const LEAVE_MS = 1000;

/** How far a vehicle went against a lane since it was farthest along it. Lengths in metres, or in picture heights. */
interface Course {
  laneId: string;
  /** Point, time and box at which it was farthest along the lane. */
  from: Point;
  fromMs: number;
  fromBox: Box;
  last: Point;
  lastMs: number;
  /** Distance gone against the direction since then; 0 or more. */
  against: number;
  sightings: number;
  /** When its track came into a lane; absent in checkpoints of earlier versions. */
  enteredMs?: number;
  /** The longest step of it against the direction; absent in checkpoints of earlier versions. */
  leap?: number;
  finding: Finding | null;
}

/** State: course of each track in a lane. Dropped with the track. */
export type AgainstLaneState = Record<string, Course>;

/** Unit vector of a polyline at the segment nearest to `point`. */
function directionAt(line: readonly Point[], point: Point): Point {
  let best: Point = [0, 0];
  let nearest = Number.POSITIVE_INFINITY;
  for (let i = 1; i < line.length; i++) {
    const [ax, ay] = line[i - 1] as Point;
    const [bx, by] = line[i] as Point;
    const length = Math.hypot(bx - ax, by - ay);
    if (length === 0) continue;
    const along = Math.min(1, Math.max(0, ((point[0] - ax) * (bx - ax) + (point[1] - ay) * (by - ay)) / (length * length)));
    const distance = Math.hypot(point[0] - ax - along * (bx - ax), point[1] - ay - along * (by - ay));
    if (distance >= nearest) continue;
    nearest = distance;
    best = [(bx - ax) / length, (by - ay) / length];
  }
  return best;
}

/** Points of the picture in the units in which the rule measures; null where the road cannot be seen. */
function measured(point: Point, plane: RoadPlane | null, aspect: number): Point | null {
  return plane ? (plane.place(point)?.roadM ?? null) : [point[0] * aspect, point[1]];
}

class AgainstLane {
  private readonly lanes: Lane[];
  private readonly classes: Set<ObjectClass>;
  private readonly plane: RoadPlane | null;

  constructor(
    private readonly rule: AgainstLaneRule,
    private readonly camera: CameraConfig,
  ) {
    this.lanes = camera.lanes.filter(({ id }) => rule.laneIds.includes(id));
    this.classes = selectedClasses(rule.classes, ['road-vehicle']);
    const plane = roadPlaneOf(camera.calibration);
    const isSeen = this.lanes.every((lane) => lane.direction.every((point) => plane?.place(point)));
    this.plane = isSeen ? plane : null;
  }

  step(state: AgainstLaneState, observation: Observation): FindingChange[] {
    const changes: FindingChange[] = [];
    const present = new Set(observation.restarted ? [] : observation.tracks.map(({ id }) => id));
    for (const id of Object.keys(state)) if (!present.has(id)) this.end(state, id, changes);
    for (const track of observation.tracks) {
      if (track.seen && this.classes.has(track.class)) this.stepTrack(state, track, observation, changes);
    }
    return changes;
  }

  private stepTrack(state: AgainstLaneState, track: ObservedTrack, observation: Observation, changes: FindingChange[]): void {
    const known = state[track.id];
    const within = this.lanes.filter(({ polygon }) => isInPolygon(polygon, track.anchor));
    const lane = within.find(({ id }) => id === known?.laneId) ?? within[0];
    const point = lane && measured(track.anchor, this.plane, observation.aspect);
    if (!lane || !point) {
      if (known && observation.nowMs - known.lastMs > LEAVE_MS) this.end(state, track.id, changes);
      return;
    }
    // From one opposite lane into the next it goes on; each lane has its own direction.
    const course = known ?? this.begin(state, lane, track, point, observation);
    course.laneId = lane.id;
    this.advance(course, lane, track, point, observation);
    if (course.finding === null && this.isDue(course, track, observation)) {
      course.finding = this.finding(course, lane, track, observation);
      changes.push({ phase: 'raised', finding: course.finding });
    }
  }

  private begin(state: AgainstLaneState, lane: Lane, track: ObservedTrack, point: Point, { nowMs }: Observation): Course {
    const course: Course = {
      laneId: lane.id,
      from: point,
      enteredMs: nowMs,
      fromMs: nowMs,
      fromBox: [...track.box],
      last: point,
      lastMs: nowMs,
      against: 0,
      sightings: 0,
      finding: null,
    };
    state[track.id] = course;
    return course;
  }

  private advance(course: Course, lane: Lane, track: ObservedTrack, point: Point, { nowMs, aspect }: Observation): void {
    const line = lane.direction.map((corner) => measured(corner, this.plane, aspect) as Point);
    const [dx, dy] = directionAt(line, point);
    const step = -(point[0] - course.last[0]) * dx - (point[1] - course.last[1]) * dy;
    course.against += step;
    course.leap = Math.max(course.leap ?? 0, step);
    course.sightings++;
    course.last = point;
    course.lastMs = nowMs;
    if (course.against > 0 || course.finding) return;
    course.from = point;
    course.fromMs = nowMs;
    course.fromBox = [...track.box];
    course.against = 0;
    course.sightings = 0;
    course.leap = 0;
  }

  private threshold(): number {
    return this.plane ? this.rule.minDistanceM : this.rule.minDistance;
  }

  private isDue(course: Course, track: ObservedTrack, { nowMs, aspect }: Observation): boolean {
    if (course.against < this.threshold() || course.sightings < LEAST_SIGHTINGS || !track.clearlySeen) return false;
    if ((course.leap ?? 0) >= LEAP_SHARE * course.against) return false;
    const hasTurned = course.fromMs - (course.enteredMs ?? course.fromMs) >= KNOWN_MS;
    if (hasTurned && (course.against < TURNED_DISTANCES * this.threshold() || nowMs - course.fromMs < TURNED_MS)) return false;
    if (nowMs - track.firstMs < (this.rule.minTrackAgeMs ?? COMMON_DEFAULTS.minTrackAgeMs)) return false;
    const gone = Math.hypot(course.last[0] - course.from[0], course.last[1] - course.from[1]);
    if (course.against < STRAIGHTNESS * gone || gone < STRAIGHTNESS * course.against) return false;
    const [before, now] = [course.fromBox, track.box];
    const shift = Math.hypot(((now[0] + now[2] - before[0] - before[2]) / 2) * aspect, (now[1] + now[3] - before[1] - before[3]) / 2);
    return shift >= LEAST_BOX_HEIGHTS * Math.max(now[3] - now[1], before[3] - before[1]);
  }

  private finding(course: Course, lane: Lane, track: ObservedTrack, { nowMs }: Observation): Finding {
    const { rule } = this;
    const unit = this.plane ? { vi: 'm', en: 'm' } : { vi: '% chiều cao hình', en: '% of the picture height' };
    const shown = (value: number) => wordNumber(this.plane ? value : value * 100, this.plane ? 1 : 0);
    const [gone, least] = [shown(course.against), shown(this.threshold())];
    const moments: EvidenceMoment[] = [
      { name: 'first', atMs: course.fromMs, box: course.fromBox },
      { name: 'raised', atMs: nowMs, box: [...track.box] },
    ];
    return makeFinding(rule, this.camera, {
      subject: { kind: 'track', id: track.id },
      trackIds: [track.id],
      class: track.class,
      startMs: course.fromMs,
      raisedAtMs: nowMs,
      confidence: Math.min(1, Math.max(0, track.score)),
      reason: {
        text: sentence(
          (t) => `${t(wordClass(track.class))} đi ngược chiều làn «${lane.name}» ${t(gone)} ${unit.vi} (ngưỡng ${t(least)})`,
          (t) => `${t(wordClass(track.class))} went against lane “${lane.name}” for ${t(gone)} ${unit.en} (threshold ${t(least)})`,
        ),
        measures: [
          {
            name: this.plane ? 'againstDistanceM' : 'againstDistancePictureHeights',
            value: Math.round(course.against * 1000) / 1000,
            comparison: '>=',
            threshold: this.threshold(),
          },
        ],
      },
      box: [...track.box],
      moments,
      ...(rule.type === 'wrong-way' ? { fineable: fineableUnless(rule, this.camera, this.plane ? [] : [NOT_CALIBRATED]) } : {}),
    });
  }

  private end(state: AgainstLaneState, id: string, changes: FindingChange[]): void {
    const course = state[id];
    delete state[id];
    if (course?.finding) changes.push({ phase: 'ended', finding: { ...course.finding, endMs: course.lastMs } });
  }
}

/**
 * The machine that `wrong-way` and `wrong-way-driver` share: how far a track's anchor went against the direction of the
 * lane that it is in, since it was farthest along it; metres on a calibrated camera, picture heights otherwise.
 */
export function againstLane(rule: AgainstLaneRule, camera: CameraConfig): RuleMachine<AgainstLaneState> {
  const machine = new AgainstLane(rule, camera);
  return { rule, start: () => ({}), step: (state, observation) => ({ changes: machine.step(state, observation), state }) };
}
