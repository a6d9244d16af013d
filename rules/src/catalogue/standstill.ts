import { type Box, type CameraConfig, CLASS_GROUPS, type RuleConfig } from '@safecity/contracts';
import { boxShift, boxSize } from '../geometry/boxes.js';
import { signalStateAt } from '../signals/signal-state.js';
import { MAX_CREEP } from '../tracking/rest.js';
import { selectedClasses } from './class-filter.js';
import { isDriving } from './driving.js';
import { type DwellRule, type DwellState, dwellMachine, type Episode } from './dwell.js';
import { fineableUnless, signalDoubts } from './fineable.js';
import type { Observation, ObservedTrack, RuleMachine } from './rule-machine.js';
import { sentence, wordClass, wordDuration, wordNumber } from './wording.js';

type StandstillRule = Extract<RuleConfig, { type: 'stalled-vehicle' | 'illegal-stop' }>;

/** An anchor out of the zone for no longer than this is a tremble of the box, not a departure. */
const LEAVE_MS = 1000;
/** Green that a queue needs to move off. */
const RELEASE_MS = 10_000;
const ROAD_VEHICLES: readonly string[] = CLASS_GROUPS['road-vehicle'];
/** At these the vehicle may not, or cannot be expected to, move off. */
const WAITING_STATES: readonly string[] = ['red', 'yellow'];

function inHeights([x1, y1, x2, y2]: Box, aspect: number): Box {
  return [x1 * aspect, y1, x2 * aspect, y2];
}

/** A vehicle whose anchor is so near to that of a standing one, in sizes of its box, is on its very place (inclusive). */
const SAME_PLACE = 0.3;

/** True when another vehicle drives over the place of a standing one that is not seen: nobody stands there any more. */
function isDrivenThrough({ id, box, anchor }: ObservedTrack, { aspect, tracks }: Observation): boolean {
  const reach = SAME_PLACE * boxSize(inHeights(box, aspect));
  return tracks.some(
    (other) =>
      other.id !== id &&
      other.seen &&
      ROAD_VEHICLES.includes(other.class) &&
      isDriving(other, aspect) &&
      Math.hypot((other.anchor[0] - anchor[0]) * aspect, other.anchor[1] - anchor[1]) <= reach,
  );
}

/** How far a standing subject has shifted since it began to stand, in heights and in sizes of its box. */
function shiftOf(episode: Episode, aspect: number): { heights: number; sizes: number } {
  const start = inHeights(episode.startBox, aspect);
  const now = inHeights(episode.box, aspect);
  const sizes = boxShift(start, now);
  return { sizes, heights: (sizes * Math.min(boxSize(start), boxSize(now))) / (start[3] - start[1]) };
}

/**
 * The machine that `stalled-vehicle` and `illegal-stop` share: how long a track has kept its place with its anchor in the
 * zone; with `signalId` it is raised only after `releaseMs` of the dwell were not red or yellow. Only `illegal-stop` is a
 * matter of fines.
 */
export function standstill(rule: StandstillRule, camera: CameraConfig): RuleMachine<DwellState> {
  const classes = selectedClasses(rule.classes, ['road-vehicle']);
  const zoneName = camera.zones.find((zone) => zone.id === rule.zoneId)?.name ?? rule.zoneId;
  const signal = rule.signalId === undefined ? undefined : camera.signals.find(({ id }) => id === rule.signalId);
  const spec: DwellRule = {
    rule,
    camera,
    forgivenMs: LEAVE_MS,
    isTaken: isDrivenThrough,
    ...(rule.type === 'illegal-stop'
      ? {
          fineable: ({ startMs }: Episode, { signals, nowMs }: Observation) =>
            fineableUnless(rule, camera, signal ? signalDoubts(signal, signals, startMs, nowMs) : []),
        }
      : {}),
    ...(signal
      ? {
          minFreeMs: rule.releaseMs ?? RELEASE_MS,
          freeTime: ({ nowMs, signals }, stepMs) => (WAITING_STATES.includes(signalStateAt(signal, signals, nowMs).state) ? 0 : stepMs),
        }
      : {}),
    metSince: (track, _observation, episode) => {
      if (!classes.has(track.class) || !track.zoneIds.includes(rule.zoneId)) return null;
      if (!episode && track.standingMs === 0) return null;
      return track.stillSinceMs;
    },
    explain: (episode, { aspect }) => {
      const shift = shiftOf(episode, aspect);
      const speed = episode.dwellMs > 0 ? shift.heights / (episode.dwellMs / 1000) : 0;
      const shiftPercent = wordNumber(shift.sizes * 100, 0);
      return {
        text: sentence(
          (t) =>
            `${t(wordClass(episode.class))} đứng yên ${t(wordDuration(episode.dwellMs))} (ngưỡng ${t(wordDuration(rule.dwellMs))}) trong vùng «${zoneName}», xê dịch ${t(shiftPercent)} % kích thước xe`,
          (t) =>
            `${t(wordClass(episode.class))} standing for ${t(wordDuration(episode.dwellMs))} (threshold ${t(wordDuration(rule.dwellMs))}) in zone “${zoneName}”, shifted by ${t(shiftPercent)} % of its size`,
        ),
        measures: [
          { name: 'dwellMs', value: episode.dwellMs, comparison: '>=', threshold: rule.dwellMs },
          { name: 'shiftBoxSizes', value: round(shift.sizes), comparison: '<=', threshold: MAX_CREEP },
          {
            name: 'speedBoxHeightsPerSecond',
            value: round(speed),
            comparison: '<=',
            threshold: round(standstillSpeed(episode, aspect, rule.dwellMs)),
          },
        ],
      };
    },
  };
  return dwellMachine(spec);
}

/** Greatest mean speed that still is standing: the allowed shift over the threshold dwell, in box heights per second. */
function standstillSpeed(episode: Episode, aspect: number, dwellMs: number): number {
  const start = inHeights(episode.startBox, aspect);
  return ((MAX_CREEP * boxSize(start)) / (start[3] - start[1]) / dwellMs) * 1000;
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
