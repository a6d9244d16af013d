import type { Calibration } from '../calibration.js';
import type { CameraConfig } from '../camera.js';
import type { Problem } from '../validate.js';
import type { RuleConfig } from './index.js';
import { ruleReferences } from './rule-references.js';

type BoundCamera = Pick<CameraConfig, 'zones' | 'lines' | 'lanes' | 'calibration'>;

/** Presets that a rule's zones, lines and lanes belong to, and its calibration where it cannot do without. */
function presetsOf(rule: RuleConfig, camera: BoundCamera): string[] {
  const parts: { presetId?: string | undefined }[] = ruleReferences(rule).flatMap(({ list, id }) =>
    list === 'signals' ? [] : camera[list].filter((part) => part.id === id),
  );
  if (rule.type === 'speeding' && camera.calibration) parts.push(camera.calibration);
  return [...new Set(parts.flatMap(({ presetId }) => presetId ?? []))];
}

/** The preset at which a rule runs; undefined when its geometry belongs to none: then it runs at every view. */
export function presetOfRule(rule: RuleConfig, camera: BoundCamera): string | undefined {
  return presetsOf(rule, camera)[0];
}

/**
 * The camera as it is while it stands at one preset: a camera without presets, with the geometry and the rules that hold
 * there.
 * @param presetId undefined: only what holds at every view
 */
export function cameraAtPreset(camera: CameraConfig, presetId: string | undefined): CameraConfig {
  const holds = (part: { presetId?: string | undefined }) => part.presetId === undefined || part.presetId === presetId;
  const here = <T extends { presetId?: string | undefined }>(parts: readonly T[]): Omit<T, 'presetId'>[] =>
    parts.filter(holds).map(({ presetId: _drawnAt, ...part }) => part);
  const { presets: _presets, calibration: surveyed, ...rest } = camera;
  const [calibration] = here(surveyed ? [surveyed] : []);
  return {
    ...rest,
    zones: here(camera.zones) as CameraConfig['zones'],
    lines: here(camera.lines) as CameraConfig['lines'],
    lanes: here(camera.lanes) as CameraConfig['lanes'],
    ...(calibration ? { calibration: calibration as Calibration } : {}),
    rules: camera.rules.filter((rule) => holds({ presetId: presetOfRule(rule, camera) })),
  };
}

/** Presets that are named and do not exist, and rules that would need the camera to stand at two of them at once. */
export function presetProblems(camera: CameraConfig): Problem[] {
  const presets = camera.presets ?? [];
  const parts: [string, { presetId?: string | undefined }][] = [
    ...(['zones', 'lines', 'lanes'] as const).flatMap((list) =>
      camera[list].map((part, index): [string, typeof part] => [`${list}/${index}`, part]),
    ),
    ...(camera.calibration ? ([['calibration', camera.calibration]] as [string, { presetId?: string }][]) : []),
  ];
  const known = presets.map(({ id }) => id);
  const strangers = parts.flatMap(([path, { presetId }]): Problem[] =>
    presetId === undefined || known.includes(presetId)
      ? []
      : [
          {
            path: `${path}/presetId`,
            code: 'unknown-preset',
            params: { id: presetId },
            message: `"${presetId}" is no preset of this camera: it has ${known.join(', ') || 'none'}`,
          },
        ],
  );
  const torn = camera.rules.flatMap((rule, index): Problem[] => {
    const named = presetsOf(rule, camera);
    if (named.length < 2) return [];
    const message = `needs the presets ${named.join(' and ')} at once: make one rule for each, with the zones, lines and lanes of that preset`;
    return [{ path: `rules/${index}`, code: 'presets-at-once', params: { names: named }, message }];
  });
  return [...strangers, ...torn];
}
