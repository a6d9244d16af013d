import { readFileSync } from 'node:fs';
import { type CameraConfig, parseCamera, SafecityError } from '@safecity/contracts';

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
 * A time given on the command line, epoch ms.
 * @throws SafecityError `CLI_USAGE` when it is no time, or has no zone
 */
export function parseTime(option: string, text: string): number {
  const ms = Date.parse(text);
  if (Number.isFinite(ms) && /(Z|[+-]\d\d:\d\d)$/.test(text)) return ms;
  throw new SafecityError('CLI_USAGE', `${option} ${text} is not a time with its zone: write it like 2026-11-22T07:30:00+07:00`);
}
