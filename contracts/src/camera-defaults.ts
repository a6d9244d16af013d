import type { TSchema } from 'typebox';
import { CameraSource, PlatesConfig, Recording } from './camera.js';
import type { RuleTypeId } from './rule-types.js';
import { RULE_SCHEMAS } from './rules/index.js';
import { Schedule } from './rules/schedule.js';
import { fillSignal } from './signals.js';
import { isRecord } from './validate.js';

const cameraDefaults = { revision: 0, simulated: false, enabled: true, zones: [], lines: [], lanes: [], signals: [], rules: [] };
const detectionDefaults = { modelId: 'nanodet-g', targetFps: 5, minScore: 0.35, decode: 'adaptive' };

function withSchemaDefaults(schema: TSchema, value: Record<string, unknown>): Record<string, unknown> {
  const properties = (schema as unknown as { properties: Record<string, { default?: unknown }> }).properties;
  const filled = { ...value };
  for (const [key, property] of Object.entries(properties)) {
    if (filled[key] === undefined && property.default !== undefined) filled[key] = property.default;
  }
  return filled;
}

function fillSchedule(part: Record<string, unknown>): Record<string, unknown> {
  return isRecord(part['schedule']) ? { ...part, schedule: withSchemaDefaults(Schedule, part['schedule']) } : part;
}

/** Schedules of a rule and of the movements that it allows. */
function fillSchedules(rule: Record<string, unknown>): Record<string, unknown> {
  const allowed = rule['allowedOnRed'];
  const filled = fillSchedule(rule);
  return Array.isArray(allowed)
    ? { ...filled, allowedOnRed: allowed.map((item: unknown) => (isRecord(item) ? fillSchedule(item) : item)) }
    : filled;
}

/** The value with what it does not say filled in; whatever has another shape than a camera stays as it is. */
export function fillCameraDefaults(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const camera: Record<string, unknown> = { ...cameraDefaults, ...value };
  camera['detection'] =
    isRecord(value['detection']) || value['detection'] === undefined
      ? { ...detectionDefaults, ...(value['detection'] as object | undefined) }
      : value['detection'];
  if (isRecord(value['source'])) camera['source'] = withSchemaDefaults(CameraSource, value['source']);
  if (isRecord(value['plates'])) camera['plates'] = withSchemaDefaults(PlatesConfig, value['plates']);
  if (isRecord(value['recording'])) camera['recording'] = withSchemaDefaults(Recording, value['recording']);
  if (Array.isArray(camera['signals'])) camera['signals'] = camera['signals'].map(fillSignal);
  if (Array.isArray(camera['rules'])) {
    camera['rules'] = camera['rules'].map((rule: unknown) => {
      const schema = isRecord(rule) ? RULE_SCHEMAS[rule['type'] as RuleTypeId] : undefined;
      return schema && isRecord(rule) ? fillSchedules(withSchemaDefaults(schema, rule)) : rule;
    });
  }
  return camera;
}
