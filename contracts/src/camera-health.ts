import { type Static, Type } from 'typebox';
import { Reason } from './alerts.js';
import { Id } from './ids.js';

/** What can be wrong with a camera; `camera-<trouble>` is the type of its alert. */
export const CAMERA_TROUBLES = ['offline', 'frozen', 'covered', 'defocused', 'moved'] as const;
export type CameraTroubleKind = (typeof CAMERA_TROUBLES)[number];

/** One thing wrong with a camera. */
export const CameraTrouble = Type.Object({
  kind: Type.Enum([...CAMERA_TROUBLES]),
  /** Capture time at which it began, epoch ms; part of the finding's id. */
  sinceMs: Type.Number(),
  reason: Reason,
});
export type CameraTrouble = Static<typeof CameraTrouble>;

/** Everything that is wrong with a camera now. */
export const CameraHealth = Type.Object({
  troubles: Type.Array(CameraTrouble, { maxItems: CAMERA_TROUBLES.length }),
  /** Its pictures do not show what its zones were drawn for: rules are not evaluated, tracking goes on. */
  rulesPaused: Type.Boolean(),
  /**
   * Preset whose view the pictures show; null: none that is known, as while the camera turns. Absent on cameras without
   * presets. Rules of other presets see nothing.
   */
  presetId: Type.Optional(Type.Union([Id, Type.Null()])),
});
export type CameraHealth = Static<typeof CameraHealth>;

/**
 * ingest → rules, in the stream of detections and in order with them: the whole health each time, when it changes and
 * once a minute. Message id `<cameraId>:health:<atMs>`.
 */
export const CameraHealthMessage = Type.Object({
  cameraId: Id,
  configRevision: Type.Integer(),
  atMs: Type.Number(),
  health: CameraHealth,
});
export type CameraHealthMessage = Static<typeof CameraHealthMessage>;

/**
 * Troubles under which a picture says nothing of what happens in the zones. `moved` does not count on a camera with
 * presets: what belongs to a preset is paused by `presetId`, the rest holds for every view.
 */
export const PAUSING_TROUBLES: readonly CameraTroubleKind[] = ['frozen', 'covered', 'defocused', 'moved'];
