import type { CameraConfig } from './camera.js';
import { fillCameraDefaults } from './camera-defaults.js';
import { cameraProblems } from './camera-problems.js';
import { invalid, isRecord, type Problem } from './validate.js';

/** A camera that was checked, or everything that is wrong with it. */
export type CheckedCamera = { ok: true; camera: CameraConfig } | { ok: false; problems: Problem[] };

/** The same as `parseCamera`, with what is wrong as an answer. */
export function checkCamera(value: unknown): CheckedCamera {
  const filled = fillCameraDefaults(value);
  const problems = cameraProblems(filled);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, camera: filled as CameraConfig };
}

/**
 * Fills in defaults and checks a camera: schema, simple polygons, lines with length, unique ids, and that every zone,
 * line, signal and preset that is named exists, and that no rule needs two presets at once.
 * @throws SafecityError `CONTRACTS_INVALID` listing every problem with its path
 */
export function parseCamera(value: unknown): CameraConfig {
  const checked = checkCamera(value);
  if (!checked.ok)
    throw invalid(`camera ${isRecord(value) && typeof value['id'] === 'string' ? value['id'] : '(no id)'}`, checked.problems);
  return checked.camera;
}
