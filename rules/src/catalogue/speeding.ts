import type { Bilingual, Box, CameraConfig, Finding, Lane, RuleConfig } from '@safecity/contracts';
import { roadPlaneOf } from '../calibration/road-plane.js';
import { type PathSpeed, pathSpeed, type RoadSighting } from '../calibration/track-speed.js';
import { isInPolygon } from '../geometry/polygon.js';
import { selectedClasses } from './class-filter.js';
import { makeFinding } from './finding.js';
import { certificateDoubts } from './fineable.js';
import { COMMON_DEFAULTS, type FindingChange, type Observation, type ObservedTrack, type RuleFactory } from './rule-machine.js';
import { sentence, wordClass, wordNumber } from './wording.js';

type SpeedingRule = Extract<RuleConfig, { type: 'speeding' }>;

/** Part of the window that sightings must cover, and how many there must be (both inclusive). */
const COVERED_SHARE = 0.8;
const LEAST_SIGHTINGS = 5;
/** Sightings in a row that must show it. */
const LEAST_OVER = 3;
/** Median distance from the fitted path, as a share of the way, above which the path is no vehicle's (exclusive). */
const MAX_SPREAD_SHARE = 0.1;
/** Lower edge of a box from which it is cut off by the picture, so that its anchor is not where the vehicle meets the road. */
const CUT_OFF_AT = 0.995;
/** Unseen, or out of the lanes, for longer begins a new path (exclusive). */
const LEAVE_MS = 1000;
const FROM_VIDEO: Bilingual = {
  vi: 'tốc độ tính từ hình ảnh, không phải thiết bị đo được kiểm định',
  en: 'speed from video, not from a certified sensor',
};

/** Where one track went within the window. */
interface Path {
  sightings: (RoadSighting & { box: Box })[];
  over: number;
  lastMs: number;
  finding: Finding | null;
}

/** State: the newest part of each track's path. Dropped with the track. */
export type SpeedingState = Record<string, Path>;

function findingOf(
  rule: SpeedingRule,
  camera: CameraConfig,
  lane: Lane,
  path: Path,
  speed: PathSpeed,
  track: ObservedTrack,
  nowMs: number,
) {
  const speedKmh = Math.floor(speed.speedKmh * 10) / 10;
  const limitKmh = lane.speedLimitKmh ?? 0;
  const first = path.sightings[0] ?? { atMs: nowMs, box: track.box };
  const startMs = first.atMs;
  const words = [speedKmh, limitKmh, rule.toleranceKmh].map((value) => wordNumber(value)) as [Bilingual, Bilingual, Bilingual];
  return makeFinding(rule, camera, {
    subject: { kind: 'track', id: track.id },
    trackIds: [track.id],
    class: track.class,
    startMs,
    raisedAtMs: nowMs,
    confidence: Math.min(1, Math.max(0, track.score)),
    reason: {
      text: sentence(
        (t) =>
          `${t(wordClass(track.class))} chạy khoảng ${t(words[0])} km/h trong làn «${lane.name}» (giới hạn ${t(words[1])}, châm chước ${t(words[2])})`,
        (t) =>
          `${t(wordClass(track.class))} at about ${t(words[0])} km/h in lane “${lane.name}” (limit ${t(words[1])}, tolerance ${t(words[2])})`,
      ),
      measures: [{ name: 'speedKmh', value: speedKmh, comparison: '>', threshold: limitKmh + rule.toleranceKmh }],
    },
    box: [...track.box],
    moments: [
      { name: 'first', atMs: startMs, box: [...first.box] },
      { name: 'raised', atMs: nowMs, box: [...track.box] },
    ],
    fineable: { value: false, reasons: [FROM_VIDEO, ...certificateDoubts(camera, nowMs)] },
  });
}

/** Mean speed over the window when it is above `limitKmh`, by enough sightings on one smooth path; else null. */
function speedAbove(path: Path, windowMs: number, limitKmh: number): PathSpeed | null {
  const [first, last] = [path.sightings[0], path.sightings.at(-1)];
  if (!first || !last || path.sightings.length < LEAST_SIGHTINGS) return null;
  if (last.atMs - first.atMs < COVERED_SHARE * windowMs) return null;
  const speed = pathSpeed(path.sightings);
  return speed && speed.speedKmh > limitKmh && speed.spreadM <= MAX_SPREAD_SHARE * speed.distanceM ? speed : null;
}

/**
 * `speeding`: a vehicle is faster than its lane allows.
 *
 * Measures: mean speed over the last `windowMs`, km/h, by a robust fit of the anchor's path on the road (see `pathSpeed`);
 * raised above the lane's `speedLimitKmh` plus `toleranceKmh` (exclusive) at three sightings in a row. Source: tracks and the
 * calibration, without which the camera is refused. Boxes that the lower edge of the picture cuts off are left out. Ends
 * when the vehicle leaves the lanes or its track is gone. Never fineable: that takes a certified sensor; a calibration
 * certificate that is absent or was not valid is named as a reason of its own. Default classes:
 * every road vehicle.
 */
export const speeding: RuleFactory<SpeedingRule, SpeedingState> = (rule, camera) => {
  const classes = selectedClasses(rule.classes, ['road-vehicle']);
  const lanes = camera.lanes.filter(({ id }) => rule.laneIds.includes(id));
  const plane = roadPlaneOf(camera.calibration);
  const minTrackAgeMs = rule.minTrackAgeMs ?? COMMON_DEFAULTS.minTrackAgeMs;

  const stepTrack = (state: SpeedingState, track: ObservedTrack, { nowMs }: Observation): FindingChange[] => {
    const lane = lanes.find(({ polygon }) => isInPolygon(polygon, track.anchor));
    const place = lane && track.box[3] < CUT_OFF_AT ? plane?.place(track.anchor) : null;
    if (!lane?.speedLimitKmh || !place) return [];
    const path = state[track.id] ?? { sightings: [], over: 0, lastMs: nowMs, finding: null };
    state[track.id] = path;
    path.lastMs = nowMs;
    if (path.finding) return [];
    path.sightings = [
      ...path.sightings.filter(({ atMs }) => nowMs - atMs <= rule.windowMs),
      { ...place, atMs: nowMs, box: [...track.box] },
    ];
    const speed = speedAbove(path, rule.windowMs, lane.speedLimitKmh + rule.toleranceKmh);
    path.over = speed ? path.over + 1 : 0;
    if (!speed || path.over < LEAST_OVER || !track.clearlySeen || nowMs - track.firstMs < minTrackAgeMs) return [];
    path.finding = findingOf(rule, camera, lane, path, speed, track, nowMs);
    return [{ phase: 'raised', finding: path.finding }];
  };

  return {
    rule,
    start: () => ({}),
    step: (state, observation) => {
      const changes: FindingChange[] = [];
      const present = new Set(observation.restarted ? [] : observation.tracks.map(({ id }) => id));
      for (const [id, path] of Object.entries(state)) {
        if (present.has(id) && observation.nowMs - path.lastMs <= LEAVE_MS) continue;
        delete state[id];
        if (path.finding) changes.push({ phase: 'ended', finding: { ...path.finding, endMs: path.lastMs } });
      }
      for (const track of observation.tracks) {
        if (track.seen && classes.has(track.class)) changes.push(...stepTrack(state, track, observation));
      }
      return { state, changes };
    },
  };
};
