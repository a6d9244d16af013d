import type { CameraConfig } from '../camera.js';
import type { Problem } from '../validate.js';
import type { RuleConfig } from './index.js';

type RuleOf<T extends RuleConfig['type']> = Extract<RuleConfig, { type: T }>;

function turnProblems(rule: RuleOf<'illegal-turn'>, path: string): Problem[] {
  const problems = (['entry', 'exit'] as const).flatMap((end) => {
    const given = Number(rule[`${end}LineId`] !== undefined) + Number(rule[`${end}ZoneId`] !== undefined);
    if (given === 1) return [];
    return [{ path, message: `names ${given === 0 ? 'no' : 'two'} ${end}: give ${end}LineId or ${end}ZoneId, one of them` }];
  });
  const isOneZone = rule.entryZoneId !== undefined && rule.entryZoneId === rule.exitZoneId;
  const isTurnBack = rule.entryDirection !== rule.exitDirection && rule.entryDirection !== 'both' && rule.exitDirection !== 'both';
  const isOneLine = rule.entryLineId !== undefined && rule.entryLineId === rule.exitLineId && !isTurnBack;
  if (isOneZone || isOneLine)
    problems.push({ path, message: 'has one place for entry and exit: name two, or one line in opposite directions for a turn back' });
  return problems;
}

function laneProblems(rule: { laneIds: string[] }, camera: CameraConfig, path: string, key: 'allowed' | 'speedLimitKmh'): Problem[] {
  return camera.lanes
    .filter((lane) => rule.laneIds.includes(lane.id) && lane[key] === undefined)
    .map((lane) => ({ path: `${path}/laneIds`, message: `lane "${lane.name}" has no ${key}: give the lane one, or take it out` }));
}

function allowedProblems(rule: RuleOf<'red-light'>, path: string): Problem[] {
  return (rule.allowedOnRed ?? []).flatMap((allowed, index) => {
    const at = `${path}/allowedOnRed/${index}`;
    if (allowed.laneIds || allowed.exitLineId !== undefined || allowed.classes)
      return allowed.exitLineId === rule.lineId
        ? [{ path: `${at}/exitLineId`, message: 'is the stop line itself: name the line where the movement leaves' }]
        : [];
    return [{ path: at, message: 'allows everybody: give laneIds, exitLineId or classes; for a time without the rule use its schedule' }];
  });
}

/** What a rule needs of its camera beyond the parts that it names. */
export function ruleProblems(rule: RuleConfig, camera: CameraConfig, path: string): Problem[] {
  if (rule.type === 'illegal-turn') return turnProblems(rule, path);
  if (rule.type === 'red-light') return allowedProblems(rule, path);
  if (rule.type === 'wrong-lane') return laneProblems(rule, camera, path, 'allowed');
  if (rule.type === 'plate-watchlist' && camera.plates?.enabled !== true)
    return [{ path, message: 'needs the plates of a camera that reads none: add plates with enabled true' }];
  if (rule.type !== 'speeding') return [];
  const uncalibrated = {
    path,
    message: 'measures km/h on a camera without calibration: add calibration, four points or more with distances',
  };
  return [...(camera.calibration ? [] : [uncalibrated]), ...laneProblems(rule, camera, path, 'speedLimitKmh')];
}
