import type { CameraConfig } from '../camera.js';
import type { Problem } from '../validate.js';
import type { RuleConfig } from './index.js';

type RuleOf<T extends RuleConfig['type']> = Extract<RuleConfig, { type: T }>;

function turnProblems(rule: RuleOf<'illegal-turn'>, path: string): Problem[] {
  const problems = (['entry', 'exit'] as const).flatMap((end): Problem[] => {
    const given = Number(rule[`${end}LineId`] !== undefined) + Number(rule[`${end}ZoneId`] !== undefined);
    if (given === 1) return [];
    return [
      { path, code: 'one-end', message: `names ${given === 0 ? 'no' : 'two'} ${end}: give ${end}LineId or ${end}ZoneId, one of them` },
    ];
  });
  const isOneZone = rule.entryZoneId !== undefined && rule.entryZoneId === rule.exitZoneId;
  const isTurnBack = rule.entryDirection !== rule.exitDirection && rule.entryDirection !== 'both' && rule.exitDirection !== 'both';
  const isOneLine = rule.entryLineId !== undefined && rule.entryLineId === rule.exitLineId && !isTurnBack;
  if (isOneZone || isOneLine)
    problems.push({
      path,
      code: 'same-place',
      message: 'has one place for entry and exit: name two, or one line in opposite directions for a turn back',
    });
  return problems;
}

function laneProblems(rule: { laneIds: string[] }, camera: CameraConfig, path: string, key: 'allowed' | 'speedLimitKmh'): Problem[] {
  return camera.lanes
    .filter((lane) => rule.laneIds.includes(lane.id) && lane[key] === undefined)
    .map(
      (lane): Problem => ({
        path: `${path}/laneIds`,
        code: 'lane-without',
        params: { name: lane.name },
        message: `lane "${lane.name}" has no ${key}: give the lane one, or take it out`,
      }),
    );
}

function allowedProblems(rule: RuleOf<'red-light'>, path: string): Problem[] {
  return (rule.allowedOnRed ?? []).flatMap((allowed, index): Problem[] => {
    const at = `${path}/allowedOnRed/${index}`;
    if (allowed.laneIds || allowed.exitLineId !== undefined || allowed.classes)
      return allowed.exitLineId === rule.lineId
        ? [{ path: `${at}/exitLineId`, code: 'own-stop-line', message: 'is the stop line itself: name the line where the movement leaves' }]
        : [];
    return [
      {
        path: at,
        code: 'allows-everybody',
        message: 'allows everybody: give laneIds, exitLineId or classes; for a time without the rule use its schedule',
      },
    ];
  });
}

/** What a rule needs of its camera beyond the parts that it names. */
export function ruleProblems(rule: RuleConfig, camera: CameraConfig, path: string): Problem[] {
  if (rule.type === 'illegal-turn') return turnProblems(rule, path);
  if (rule.type === 'red-light') return allowedProblems(rule, path);
  if (rule.type === 'wrong-lane') return laneProblems(rule, camera, path, 'allowed');
  if (rule.type === 'plate-watchlist' && camera.plates?.enabled !== true)
    return [{ path, code: 'needs-plates', message: 'needs the plates of a camera that reads none: add plates with enabled true' }];
  if (rule.type !== 'speeding') return [];
  const uncalibrated: Problem = {
    path,
    code: 'needs-calibration',
    message: 'measures km/h on a camera without calibration: add calibration, four points or more with distances',
  };
  return [...(camera.calibration ? [] : [uncalibrated]), ...laneProblems(rule, camera, path, 'speedLimitKmh')];
}
