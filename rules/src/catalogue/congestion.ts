import type { RuleConfig } from '@safecity/contracts';
import { selectedClasses } from './class-filter.js';
import { MOVING_SPEED, speedOf } from './driving.js';
import { countedIn, emptyLevel, type LevelRule, type LevelState, stepLevel, zoneNameOf } from './level.js';
import type { RuleFactory } from './rule-machine.js';
import { sentence, wordDuration, wordNumber } from './wording.js';

type CongestionRule = Extract<RuleConfig, { type: 'congestion' }>;

/** Share of the vehicles that are slower than free flow. */
const FREE_FLOW_QUANTILE = 0.85;
/** Sightings of moving vehicles after which free flow is known. */
const LEARNT_AFTER = 200;
/** How fast the estimate of free flow moves, as a share of itself per frame, shared among its vehicles: a jam shows many. */
const LEARNING_SHARE = 0.01;
/** Level of service by mean speed as a share of free flow (Highway Capacity Manual 2016, urban streets): A above 80 %, then B … F. */
const SERVICE_LEVELS = [
  ['A', 0.8],
  ['B', 0.67],
  ['C', 0.5],
  ['D', 0.4],
  ['E', 0.3],
] as const;

/** State: the level, and what is known of free flow in box sizes per second. */
export interface CongestionState {
  level: LevelState;
  freeFlow: number;
  sightings: number;
}

function serviceLevel(speedShare: number): string {
  return SERVICE_LEVELS.find(([, above]) => speedShare > above)?.[0] ?? 'F';
}

/** Follows the 85th percentile of the speeds of what moves, one small step per sighting among `vehicles`. Mutates `state`. */
function learn(state: CongestionState, speed: number, vehicles: number): void {
  if (speed < MOVING_SPEED) return;
  if (state.sightings === 0) state.freeFlow = speed;
  state.sightings++;
  const step = Math.max(LEARNING_SHARE / vehicles, 1 / state.sightings) * state.freeFlow;
  state.freeFlow += speed > state.freeFlow ? step * FREE_FLOW_QUANTILE : -step * (1 - FREE_FLOW_QUANTILE);
}

/**
 * `congestion`: traffic is dense and slow.
 *
 * Measures: the mean speed of the vehicles in the zone as a share of free flow, and how many they are. Speeds are in box
 * sizes per second, so near and far vehicles compare without calibration; free flow is the 85th percentile of what this
 * camera saw move in the zone while it was not congested or about to be, known after 200 sightings: before that nothing is raised. The
 * level of service A to F is that of the Highway Capacity Manual for urban streets. Raised with `minVehicles` or more at
 * `maxSpeedShare` or less for `holdMs` (all inclusive); over when the share exceeds it by a fifth, or the vehicles are
 * fewer. Hold it longer than a red phase. Default classes: every road vehicle.
 */
export const congestion: RuleFactory<CongestionRule, CongestionState> = (rule, camera) => {
  const classes = selectedClasses(rule.classes, ['road-vehicle']);
  const zoneName = zoneNameOf(camera, rule.zoneId);
  let vehicles = 0;
  const spec: LevelRule = {
    rule,
    camera,
    // The level is the part of free flow that is missing: it grows as traffic slows.
    raiseAt: 1 - rule.maxSpeedShare,
    clearBelow: Math.max(1e-6, 1 - rule.maxSpeedShare * 1.2),
    explain: (missing, heldMs) => {
      const share = 1 - missing;
      const percent = wordNumber(share * 100, 0);
      const limit = wordNumber(rule.maxSpeedShare * 100, 0);
      return {
        text: sentence(
          (t) =>
            `${vehicles} xe trong vùng «${zoneName}» chạy ${t(percent)} % tốc độ thông thoáng (ngưỡng ${t(limit)} %, mức phục vụ ${serviceLevel(share)}) suốt ${t(wordDuration(heldMs))}`,
          (t) =>
            `${vehicles} vehicles in zone “${zoneName}” at ${t(percent)} % of free flow (threshold ${t(limit)} %, level of service ${serviceLevel(share)}) for ${t(wordDuration(heldMs))}`,
        ),
        measures: [
          { name: 'speedShare', value: Math.round(share * 1000) / 1000, comparison: '<=', threshold: rule.maxSpeedShare },
          { name: 'count', value: vehicles, comparison: '>=', threshold: rule.minVehicles },
          { name: 'holdMs', value: heldMs, comparison: '>=', threshold: rule.holdMs },
        ],
      };
    },
  };
  return {
    rule,
    start: () => ({ level: emptyLevel(), freeFlow: 0, sightings: 0 }),
    step: (state, observation) => {
      const inside = countedIn(observation, rule, classes);
      const speeds = inside.map((track) => speedOf(track, observation.aspect));
      vehicles = inside.length;
      // What may be a jam is not learnt from: it would be taken for free flow before it has been held.
      const isFree = !state.level.finding && state.level.pendingMs === null;
      if (isFree) for (const [i, track] of inside.entries()) if (track.seen) learn(state, speeds[i] as number, vehicles);
      const mean = speeds.reduce((sum, speed) => sum + speed, 0) / Math.max(1, vehicles);
      const isKnown = state.sightings >= LEARNT_AFTER && vehicles >= rule.minVehicles;
      const missing = isKnown ? Math.max(0, 1 - mean / state.freeFlow) : 0;
      return { state, changes: stepLevel(spec, state.level, missing, inside, observation) };
    },
  };
};
