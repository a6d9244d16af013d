import { CameraConfig, CameraStatus, CERTIFICATE_STATES, Id } from '@safecity/contracts';
import { type Static, Type } from 'typebox';
import { EpochMs, named, nullable } from '../server/schemas.js';

const { sealedCredentials: _sealed, ...source } = CameraConfig.properties.source.properties;

/** A camera as the API shows it: the sealed credentials never leave the server. */
export const CameraView = named(
  'Camera',
  Type.Object({ ...CameraConfig.properties, source: Type.Object(source) }, { additionalProperties: false }),
);
export type CameraView = Static<typeof CameraView>;

export const CameraItem = named(
  'CameraItem',
  Type.Object({
    camera: CameraView,
    hasCredentials: Type.Boolean(),
    status: nullable(named('CameraStatus', CameraStatus)),
    openAlerts: Type.Integer({ description: 'Alerts of this camera that are neither resolved nor a false alarm' }),
    certificate: Type.Enum([...CERTIFICATE_STATES], { description: 'What the calibration certificate is worth now' }),
    referencePicture: nullable(
      Type.Object({ takenAtMs: EpochMs, takenBy: Type.String() }, { description: 'The intended view that is kept, if any' }),
    ),
    lastChange: nullable(Type.Object({ atMs: EpochMs, by: Type.String() })),
  }),
);
export type CameraItem = Static<typeof CameraItem>;

export const CameraList = Type.Object({ cameras: Type.Array(CameraItem) });

/** Why somebody changes a camera. */
export const Comment = Type.String({ minLength: 1, maxLength: 500, description: 'Why; kept with the version' });

export const Credentials = Type.Object(
  { username: Type.String({ minLength: 1, maxLength: 128 }), password: Type.String({ maxLength: 256 }) },
  { additionalProperties: false, description: 'Kept sealed; left out: what is stored stays; null: removed' },
);

/** What a camera is created or changed with. The handler checks it with `parseCamera`, which fills in defaults. */
export const CameraBody = named(
  'CameraBody',
  Type.Object(
    { camera: CameraView, credentials: Type.Optional(nullable(Credentials)), comment: Type.Optional(Comment) },
    { additionalProperties: false },
  ),
);
export type CameraBody = Static<typeof CameraBody>;

/** The same with the camera left open, because defaults may be missing and `parseCamera` words its problems better. */
export const LooseCameraBody = Type.Object(
  {
    camera: Type.Object({}, { additionalProperties: true }),
    credentials: Type.Optional(nullable(Credentials)),
    comment: Type.Optional(Comment),
  },
  { additionalProperties: false },
);

export const CameraParams = Type.Object({ cameraId: Id });

export const PresetParams = Type.Object({ cameraId: Id, presetId: Id });
