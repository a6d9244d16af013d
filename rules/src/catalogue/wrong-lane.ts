import type { Box, Point, RuleConfig } from '@safecity/contracts';
import { roadPlaneOf } from '../calibration/road-plane.js';
import { anchorOf } from '../geometry/boxes.js';
import { isInPolygon } from '../geometry/polygon.js';
import { selectedClasses } from './class-filter.js';
import { isDriving } from './driving.js';
import { type DwellRule, type DwellState, dwellMachine, type Episode } from './dwell.js';
import { fineableUnless } from './fineable.js';
import type { Observation, RuleFactory } from './rule-machine.js';
import { sentence, wordClass, wordDuration, wordNumber } from './wording.js';

type WrongLaneRule = Extract<RuleConfig, { type: 'wrong-lane' }>;

/** Out of the lane, or slow, for no longer than this is a tremble of the box. */
const LEAVE_MS = 1000;

/**
 * `wrong-lane`: a vehicle drives in a lane that its class may not use.
 *
 * Measures: time that the anchor drives in such a lane (ms of capture time without gaps in the video, inclusive) and the
 * straight distance between where it began and is now (m on a calibrated camera, else picture heights; inclusive). Source:
 * tracks, their class by the votes of their life, and the lane's `allowed`. From one such lane into the next it goes on.
 * Not fineable on a simulated camera. Default classes: every road vehicle.
 */
export const wrongLane: RuleFactory<WrongLaneRule, DwellState> = (rule, camera) => {
  const classes = selectedClasses(rule.classes, ['road-vehicle']);
  const lanes = camera.lanes
    .filter(({ id, allowed }) => rule.laneIds.includes(id) && allowed !== undefined)
    .map((lane) => ({ ...lane, allowed: selectedClasses(lane.allowed, []) }));
  const plane = roadPlaneOf(camera.calibration);
  const isOnRoad = plane !== null && lanes.every(({ polygon }) => polygon.every((corner) => plane.place(corner)));
  const threshold = isOnRoad ? rule.minDistanceM : rule.minDistance;
  const measured = (box: Box, aspect: number): Point => {
    const [x, y] = anchorOf(box, rule.anchor);
    return (isOnRoad ? plane.place([x, y])?.roadM : undefined) ?? [x * aspect, y];
  };
  const distanceOf = ({ startBox, box }: Episode, { aspect }: Observation) => {
    const [from, to] = [measured(startBox, aspect), measured(box, aspect)];
    return Math.hypot(to[0] - from[0], to[1] - from[1]);
  };
  const laneAt = (point: Point, subject: Episode['class']) =>
    lanes.find(({ polygon, allowed }) => isInPolygon(polygon, point) && !allowed.has(subject));
  const spec: DwellRule = {
    rule,
    camera,
    forgivenMs: LEAVE_MS,
    fineable: () => fineableUnless(rule, camera),
    metSince: (track, { nowMs, aspect }, episode) => {
      if (!classes.has(track.class) || !isDriving(track, aspect) || !laneAt(track.anchor, track.class)) return null;
      return episode?.startMs ?? nowMs;
    },
    isShown: (episode, observation) => distanceOf(episode, observation) >= threshold,
    explain: (episode, observation) => {
      const lane = laneAt(anchorOf(episode.box, rule.anchor), episode.class) ?? lanes[0];
      const name = lane?.name ?? '';
      const distance = Math.round(distanceOf(episode, observation) * 1000) / 1000;
      const gone = isOnRoad ? wordNumber(distance) : wordNumber(distance * 100, 0);
      const unit = isOnRoad ? { vi: 'm', en: 'm' } : { vi: '% chiều cao hình', en: '% of the picture height' };
      return {
        text: sentence(
          (t) =>
            `${t(wordClass(episode.class))} chạy trong làn «${name}» không dành cho loại xe này ${t(wordDuration(episode.dwellMs))}, ${t(gone)} ${t(unit)}`,
          (t) =>
            `${t(wordClass(episode.class))} in lane “${name}”, which its class may not use, for ${t(wordDuration(episode.dwellMs))}, ${t(gone)} ${t(unit)}`,
        ),
        measures: [
          { name: 'dwellMs', value: episode.dwellMs, comparison: '>=', threshold: rule.dwellMs },
          { name: isOnRoad ? 'drivenDistanceM' : 'drivenDistancePictureHeights', value: distance, comparison: '>=', threshold },
        ],
      };
    },
  };
  return dwellMachine(spec);
};
