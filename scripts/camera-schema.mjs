// Writes contracts/camera.schema.json, the published schema of CAMERA.json. Needs a build.
//   node scripts/camera-schema.mjs
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CameraConfig } from '../contracts/dist/index.js';

/** The schema as published: JSON Schema 2020-12, formatted. */
export function cameraSchema() {
  return `${JSON.stringify({ $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'CAMERA.json', ...CameraConfig }, null, 1)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(join(dirname(dirname(fileURLToPath(import.meta.url))), 'contracts', 'camera.schema.json'), cameraSchema());
}
