import { calibrationProblems } from './calibration.js';
import { type CameraConfig, CameraEnvelope, type Lane } from './camera.js';
import { certificateProblems } from './certificate.js';
import { polygonProblems } from './geometry.js';
import type { RuleTypeId } from './rule-types.js';
import { RULE_SCHEMAS, type RuleConfig } from './rules/index.js';
import { presetProblems } from './rules/rule-presets.js';
import { ruleProblems } from './rules/rule-problems.js';
import { ruleReferences } from './rules/rule-references.js';
import { type Schedule, scheduleProblems } from './rules/schedule.js';
import { signalProblems, signalSourceProblems } from './signals.js';
import { isRecord, type Problem, problemsOf } from './validate.js';

function ruleSchemaProblems(rules: unknown): Problem[] {
  if (!Array.isArray(rules)) return [];
  return rules.flatMap((rule: unknown, index) => {
    const path = `rules/${index}`;
    if (!isRecord(rule)) return [{ path, code: 'not-object', message: 'must be an object with a type' }];
    const schema = RULE_SCHEMAS[rule['type'] as RuleTypeId];
    if (!schema)
      return [
        {
          path: `${path}/type`,
          code: 'unknown-kind',
          params: { given: String(rule['type']), values: Object.keys(RULE_SCHEMAS) },
          message: `unknown rule type "${String(rule['type'])}": available are ${Object.keys(RULE_SCHEMAS).join(', ')}`,
        },
      ];
    return problemsOf(schema, rule).map((problem) => ({ ...problem, path: problem.path ? `${path}/${problem.path}` : path }));
  });
}

function duplicateProblems(list: { id: string }[], path: string): Problem[] {
  const seen = new Set<string>();
  return list.flatMap(({ id }, index) => {
    if (seen.has(id))
      return [
        { path: `${path}/${index}/id`, code: 'used-twice', params: { name: id }, message: `"${id}" is used twice: give each its own id` },
      ];
    seen.add(id);
    return [];
  });
}

function groupProblems(groups: string[]): Problem[] {
  return groups.flatMap((group, index) =>
    groups.indexOf(group) < index
      ? [{ path: `groups/${index}`, code: 'used-twice', params: { name: group }, message: `"${group}" is named twice: remove one` }]
      : [],
  );
}

function missingPart(list: 'zones' | 'lines' | 'lanes' | 'signals', id: string, camera: CameraConfig): string {
  const known = camera[list].map((part) => part.id);
  const mend = known.length > 0 ? `it has ${known.join(', ')}; name one of them, or add it to ${list}` : `it has none; add it to ${list}`;
  return `"${id}" does not exist on this camera: ${mend}`;
}

function referenceProblems(camera: CameraConfig): Problem[] {
  return camera.rules.flatMap((rule, index) =>
    ruleReferences(rule)
      .filter(({ list, id }) => !camera[list].some((part) => part.id === id))
      .map(({ key, list, id }) => ({
        path: `rules/${index}/${key}`,
        code: 'missing-part' as const,
        params: { id, list, known: camera[list].map((part) => part.id) },
        message: missingPart(list, id, camera),
      })),
  );
}

function laneProblems(lane: Lane, path: string): Problem[] {
  const problems = polygonProblems(lane.polygon, `${path}/polygon`).map((p) => ({
    ...p,
    params: { ...p.params, name: lane.name },
    message: `lane "${lane.name}" ${p.message}`,
  }));
  const stuck = lane.direction.findIndex(
    ([x, y], i) => i > 0 && Math.hypot(x - (lane.direction[i - 1]?.[0] ?? x), y - (lane.direction[i - 1]?.[1] ?? y)) < 1e-3,
  );
  if (stuck > 0)
    problems.push({
      path: `${path}/direction/${stuck}`,
      code: 'no-length',
      params: { name: lane.name },
      message: `lane "${lane.name}" has a step of no length in its direction: remove the point`,
    });
  return problems;
}

function scheduledParts(rule: RuleConfig, path: string): { schedule: Schedule; path: string }[] {
  const allowed = rule.type === 'red-light' ? (rule.allowedOnRed ?? []) : [];
  const parts = [
    { part: rule as { schedule?: Schedule }, path },
    ...allowed.map((part, index) => ({ part, path: `${path}/allowedOnRed/${index}` })),
  ];
  return parts.flatMap(({ part, path: at }) => (part.schedule ? [{ schedule: part.schedule, path: `${at}/schedule` }] : []));
}

function geometryProblems(camera: CameraConfig): Problem[] {
  return [
    ...camera.zones.flatMap((zone, index) =>
      polygonProblems(zone.polygon, `zones/${index}/polygon`).map((p) => ({
        ...p,
        params: { ...p.params, name: zone.name },
        message: `zone "${zone.name}" ${p.message}`,
      })),
    ),
    ...(camera.privacyMasks ?? []).flatMap((mask, index) =>
      polygonProblems(mask.polygon, `privacyMasks/${index}/polygon`).map((p) => ({
        ...p,
        params: { ...p.params, name: mask.name },
        message: `privacy mask "${mask.name}" ${p.message}`,
      })),
    ),
    ...camera.lines.flatMap((line, index) =>
      Math.hypot(line.a[0] - line.b[0], line.a[1] - line.b[1]) < 1e-3
        ? [
            {
              path: `lines/${index}`,
              code: 'no-length' as const,
              params: { name: line.name },
              message: `line "${line.name}" has no length: move A and B apart`,
            },
          ]
        : [],
    ),
    ...camera.lanes.flatMap((lane, index) => laneProblems(lane, `lanes/${index}`)),
    ...(camera.calibration ? calibrationProblems(camera.calibration, 'calibration') : []),
    ...(camera.certificate ? certificateProblems(camera.certificate, 'certificate') : []),
    ...camera.rules.flatMap((rule, index) =>
      scheduledParts(rule, `rules/${index}`).flatMap(({ schedule, path }) => scheduleProblems(schedule, path)),
    ),
  ];
}

/** Everything wrong with a camera, schema and cross-checks alike; empty when it is valid. `value` needs its defaults. */
export function cameraProblems(value: unknown): Problem[] {
  const { signals, rules } = isRecord(value) ? value : {};
  const shape = [...problemsOf(CameraEnvelope, value), ...signalSourceProblems(signals), ...ruleSchemaProblems(rules)];
  if (shape.length > 0) return shape;
  const camera = value as CameraConfig;
  return [
    ...groupProblems(camera.groups ?? []),
    ...duplicateProblems(camera.presets ?? [], 'presets'),
    ...duplicateProblems(camera.zones, 'zones'),
    ...duplicateProblems(camera.privacyMasks ?? [], 'privacyMasks'),
    ...duplicateProblems(camera.lines, 'lines'),
    ...duplicateProblems(camera.lanes, 'lanes'),
    ...duplicateProblems(camera.signals, 'signals'),
    ...duplicateProblems(camera.rules, 'rules'),
    ...camera.signals.flatMap((signal, index) => signalProblems(signal, `signals/${index}`)),
    ...geometryProblems(camera),
    ...referenceProblems(camera),
    ...presetProblems(camera),
    ...camera.rules.flatMap((rule, index) => ruleProblems(rule, camera, `rules/${index}`)),
  ];
}
