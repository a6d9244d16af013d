import { type Static, Type } from 'typebox';
import { CameraHealth } from './camera-health.js';
import { Id } from './ids.js';
import { RecordingStatus } from './recording.js';

export const CAMERA_STATES = ['connecting', 'online', 'offline', 'disabled'] as const;

/** State of one camera, ingest → vms-api → console. */
export const CameraStatus = Type.Object({
  cameraId: Id,
  state: Type.Enum([...CAMERA_STATES]),
  /** Stable code (`INGEST_CAMERA_UNAUTHORIZED` ...) and the mend in words, when the camera is not online. */
  problem: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
  /** Capture time of the newest picture, epoch ms; null before the first. */
  newestPictureMs: Type.Union([Type.Number(), Type.Null()]),
  atMs: Type.Number(),
  codec: Type.Optional(Type.String()),
  widthPx: Type.Optional(Type.Integer()),
  heightPx: Type.Optional(Type.Integer()),
  /** Frames through detection per second, over the last 10 s. */
  achievedFps: Type.Number(),
  /** Bits per second received, over the last 10 s. */
  bitrateBps: Type.Number(),
  reconnects: Type.Integer(),
  /** `idle`: only keyframes are decoded, because nothing moves; absent while nothing is decoded. */
  decoding: Type.Optional(Type.Enum(['idle', 'active'])),
  /** Decoder processes started for this camera since its detection began. */
  decoderStarts: Type.Optional(Type.Integer()),
  /**
   * Of the pictures decoded in the last minute, how many came damaged or not at all; absent while nothing is decoded. In H.265
   * decoders notice only a part of it.
   */
  damagedPictures: Type.Optional(Type.Object({ damaged: Type.Integer(), decoded: Type.Integer() })),
  cameraClockOffsetMs: Type.Optional(Type.Number()),
  /** What is wrong with the camera or its picture; absent until it could be judged. */
  health: Type.Optional(CameraHealth),
  /** Presets whose reference view is learnt; absent on cameras without presets. */
  learntPresets: Type.Optional(Type.Array(Id)),
  /** How recording goes; absent when the camera is not recorded. */
  recording: Type.Optional(RecordingStatus),
  /** The sub-stream, where the camera has one; everything above but `decoding` and `achievedFps` is the main stream's. */
  detectStream: Type.Optional(
    Type.Object({
      state: Type.Enum([...CAMERA_STATES]),
      problem: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
      codec: Type.Optional(Type.String()),
      widthPx: Type.Optional(Type.Integer()),
      heightPx: Type.Optional(Type.Integer()),
      bitrateBps: Type.Number(),
      reconnects: Type.Integer(),
    }),
  ),
});
export type CameraStatus = Static<typeof CameraStatus>;

/** Where an ingest worker answers its internal HTTP, and the cameras it holds. KV `ingest-workers`. */
export const IngestWorker = Type.Object({
  workerId: Id,
  address: Type.String({ description: 'http://127.0.0.1:PORT' }),
  cameraIds: Type.Array(Id),
  /** Whose recordings lie on its disk, held now or not: first and last capture time, epoch ms. */
  recorded: Type.Optional(Type.Array(Type.Object({ cameraId: Id, fromMs: Type.Number(), toMs: Type.Number() }))),
});
export type IngestWorker = Static<typeof IngestWorker>;

/** Element types of the Open Inference Protocol that nodes take and give. FP16 values are handed over as their bits (`Uint16Array`). */
export const TENSOR_DATATYPES = ['BOOL', 'UINT8', 'INT32', 'INT64', 'FP16', 'FP32'] as const;
export type TensorDatatype = (typeof TENSOR_DATATYPES)[number];

/** A tensor that a model takes or gives. */
export const TensorSpec = Type.Object({
  name: Type.String({ minLength: 1 }),
  datatype: Type.Enum([...TENSOR_DATATYPES]),
  shape: Type.Array(Type.Integer({ minimum: -1 }), { minItems: 1, description: 'size of each dimension; -1: free' }),
  maxShape: Type.Optional(
    Type.Array(Type.Integer({ minimum: 1 }), { description: 'largest size of each dimension (inclusive); inputs with a free one need it' }),
  ),
});
export type TensorSpec = Static<typeof TensorSpec>;

/** A model with inputs and outputs of its own, as plate readers use; detectors have one fixed form and are not listed so. */
export const TensorModel = Type.Object({
  modelId: Id,
  sha256: Type.String(),
  inputs: Type.Array(TensorSpec, { minItems: 1 }),
  outputs: Type.Array(TensorSpec, { minItems: 1 }),
});
export type TensorModel = Static<typeof TensorModel>;

/** One server that speaks the Open Inference Protocol v2. KV `inference-nodes`. */
export const InferenceEndpoint = Type.Object({
  endpointId: Id,
  /** `unix:/path/to/socket` or `http://host:port`. */
  address: Type.String(),
  provider: Type.Enum(['cpu', 'cuda', 'tensorrt']),
  models: Type.Array(
    Type.Object({
      modelId: Id,
      sha256: Type.String(),
      widthPx: Type.Integer(),
      heightPx: Type.Integer(),
      classes: Type.Array(Type.String()),
      nmsIou: Type.Number(),
    }),
  ),
  tensorModels: Type.Optional(Type.Array(TensorModel)),
  queueDepth: Type.Integer(),
  atMs: Type.Number(),
});
export type InferenceEndpoint = Static<typeof InferenceEndpoint>;
