import {
  CAMERA_TROUBLES,
  type CameraHealthMessage,
  type CameraTrouble,
  type Finding,
  type RuleTypeId,
  ruleTypeFacts,
} from '@safecity/contracts';
import { findingId } from '../catalogue/finding.js';
import type { FindingChange } from '../catalogue/rule-machine.js';

/** What a pipeline remembers of its camera's health. Plain JSON. */
export interface HealthState {
  atMs: number;
  rulesPaused: boolean;
  /** Preset at which the camera stands; null: at none that is known. */
  presetId: string | null;
  /** The camera has come to a preset, and no frame was taken since: tracks of another view mean nothing here. */
  isNewView: boolean;
}

/** What is remembered of a camera's health after a message. */
export function healthAfter(before: HealthState | undefined, { atMs, health }: CameraHealthMessage): HealthState {
  const presetId = health.presetId ?? null;
  const hasCome = presetId !== null && presetId !== (before?.presetId ?? null);
  return { atMs, rulesPaused: health.rulesPaused, presetId, isNewView: hasCome || before?.isNewView === true };
}

/** Type of the alert of a trouble; it is its rule's id too, because nobody configures one. */
export function healthType(kind: CameraTrouble['kind']): RuleTypeId {
  return `camera-${kind}`;
}

const HEALTH_TYPES: readonly RuleTypeId[] = CAMERA_TROUBLES.map(healthType);

/**
 * What changed in a camera's health, as findings: raised when a trouble is new, ended when it is gone. A message that
 * repeats what is known changes nothing; ids derive from camera, trouble and its start, so a replay gives the same.
 */
export function healthChanges(open: Readonly<Record<string, Finding>>, message: CameraHealthMessage): FindingChange[] {
  const now = message.health.troubles.map((trouble) => findingOf(message, trouble));
  const known = Object.values(open).filter(({ type }) => HEALTH_TYPES.includes(type));
  const ended = known.filter(({ id }) => !now.some((finding) => finding.id === id));
  return [
    ...ended.map((finding): FindingChange => ({ phase: 'ended', finding: { ...finding, endMs: Math.max(finding.startMs, message.atMs) } })),
    ...now.filter(({ id }) => !known.some((finding) => finding.id === id)).map((finding): FindingChange => ({ phase: 'raised', finding })),
  ];
}

function findingOf(message: CameraHealthMessage, { kind, sinceMs, reason }: CameraTrouble): Finding {
  const type = healthType(kind);
  const subject = { kind: 'camera' as const, id: message.cameraId };
  // The last picture of a camera that is away; of a troubled one, the picture that shows it.
  const moment = kind === 'offline' ? { name: 'first', atMs: sinceMs } : { name: 'raised', atMs: message.atMs };
  return {
    id: findingId(message.cameraId, type, subject, sinceMs),
    type,
    ruleId: type,
    ruleName: ruleTypeFacts(type).name.vi,
    cameraId: message.cameraId,
    configRevision: message.configRevision,
    subject,
    trackIds: [],
    startMs: sinceMs,
    raisedAtMs: message.atMs,
    confidence: 1,
    reason,
    moments: [moment],
  };
}
