import { readFileSync } from 'node:fs';
import { type CameraConfig, cameraAtPreset, parseCamera, SafecityError } from '@safecity/contracts';

/**
 * One camera from its file.
 * @throws SafecityError `CLI_USAGE` when it is not JSON, `CONTRACTS_INVALID` naming what is wrong in it
 */
export function readCamera(file: string): CameraConfig {
  try {
    return parseCamera(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if (error instanceof SyntaxError) throw new SafecityError('CLI_USAGE', `${file} is not JSON: ${error.message}`, { cause: error });
    throw error;
  }
}

/**
 * One camera from its file as it is at the preset that a recording shows.
 * @param presetId what `--preset` says; a camera with presets needs it, because a recording does not say where it was made
 * @throws SafecityError as `readCamera`; `CLI_USAGE` when the preset is missing or none of the camera's
 */
export function readCameraAt(file: string, presetId: string | undefined): CameraConfig {
  const camera = readCamera(file);
  const known = (camera.presets ?? []).map(({ id }) => id);
  if (presetId === undefined ? known.length > 0 : !known.includes(presetId)) {
    const list = known.join(', ') || 'none';
    const mend = known.length > 0 ? 'name with --preset the one that the recording shows' : 'leave --preset out';
    throw new SafecityError('CLI_USAGE', `the presets of ${file} are: ${list}; ${mend}`);
  }
  return cameraAtPreset(camera, presetId);
}

/**
 * A time given on the command line, epoch ms.
 * @throws SafecityError `CLI_USAGE` when it is no time, or has no zone
 */
export function parseTime(option: string, text: string): number {
  const ms = Date.parse(text);
  if (Number.isFinite(ms) && /(Z|[+-]\d\d:\d\d)$/.test(text)) return ms;
  throw new SafecityError('CLI_USAGE', `${option} ${text} is not a time with its zone: write it like 2026-11-22T07:30:00+07:00`);
}
