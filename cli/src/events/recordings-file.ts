import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TrueCount, TrueEvent } from '@safecity/bench';
import { Box, type CameraConfig, parseWith, RULE_TYPE_IDS } from '@safecity/contracts';
import { Type } from 'typebox';
import { readCamera } from '../camera-file.js';

const EventOfClip = Type.Object(
  {
    type: Type.Enum([...RULE_TYPE_IDS]),
    fromMs: Type.Number({ minimum: 0, description: 'Time in the clip' }),
    toMs: Type.Number({ minimum: 0 }),
    area: Type.Optional(Box),
    note: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);

const CountOfClip = Type.Object(
  { atMs: Type.Number({ minimum: 0 }), count: Type.Integer({ minimum: 0 }) },
  { additionalProperties: false },
);

const Recordings = Type.Object(
  {
    clips: Type.Array(
      Type.Object(
        {
          clip: Type.String({ minLength: 1, description: 'Id of the manifest of recordings' }),
          camera: Type.String({ minLength: 1, description: 'CAMERA.json, relative to this file' }),
          events: Type.Array(EventOfClip),
          people: Type.Optional(Type.Array(CountOfClip, { minItems: 1, description: 'People in the picture, counted by hand' })),
        },
        { additionalProperties: false },
      ),
      { minItems: 1 },
    ),
  },
  { additionalProperties: false },
);

/** A recording, the camera that watches it, and what really happens in it. */
export interface Recording {
  clip: string;
  camera: CameraConfig;
  truth: TrueEvent[];
  /** Empty where nobody counted. */
  people: TrueCount[];
}

/**
 * Reads which recordings are watched by which camera and what happens in them, by eye.
 * @throws SafecityError `CONTRACTS_INVALID` or `CLI_USAGE` naming what is wrong
 */
export function readRecordings(file: string): Recording[] {
  const { clips } = parseWith(Recordings, JSON.parse(readFileSync(file, 'utf8')), file);
  return clips.map(({ clip, camera, events, people }) => ({
    clip,
    camera: readCamera(join(dirname(file), camera)),
    truth: events.map(({ note: _note, ...event }) => event),
    people: (people ?? []).map(({ atMs, count }) => ({ atMs, people: count })),
  }));
}
