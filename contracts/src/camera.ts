import { type Static, Type } from 'typebox';
import { Calibration } from './calibration.js';
import { CalibrationCertificate } from './certificate.js';
import { Point, Polygon } from './geometry.js';
import { Id } from './ids.js';
import { Preset, PresetReference } from './preset.js';
import { ClassSelector, Name, strict } from './rules/common.js';
import { RuleConfig } from './rules/index.js';
import { Signal, SignalEnvelope } from './signals.js';
import { worded } from './validate.js';

/** A named simple polygon that rules refer to. */
export const Zone = Type.Object({ id: Id, name: Name, polygon: Polygon, presetId: PresetReference }, strict);
export type Zone = Static<typeof Zone>;

/** A part of the picture that nobody may see: painted black where the video comes in, so that it is nowhere kept or shown. */
export const PrivacyMask = Type.Object({ id: Id, name: Name, polygon: Polygon }, strict);
export type PrivacyMask = Static<typeof PrivacyMask>;

/** A tripwire from A to B. A crossing is `left` or `right` as seen walking from A to B (ONVIF LineDetector). */
export const Line = Type.Object({ id: Id, name: Name, a: Point, b: Point, presetId: PresetReference }, strict);
export type Line = Static<typeof Line>;

/**
 * A lane of the road: the area it covers and the way traffic goes in it, as points from where it comes to where it goes.
 * Only the classes in `allowed` may use it; absent: all.
 */
export const Lane = Type.Object(
  {
    id: Id,
    name: Name,
    polygon: Polygon,
    direction: Type.Array(Point, { minItems: 2, maxItems: 16, description: 'Points along the lane in the direction of travel' }),
    allowed: Type.Optional(Type.Array(ClassSelector, { minItems: 1 })),
    speedLimitKmh: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 200 })),
    presetId: PresetReference,
  },
  strict,
);
export type Lane = Static<typeof Lane>;

const StreamUrl = (description: string) =>
  Type.String({
    pattern: worded(
      '^rtsps?://[^\\s@]+$',
      'rtsp-address',
      'must be rtsp:// or rtsps:// without user and password, which are given as credentials',
    ),
    description,
  });

/** Where the pictures come from. The URLs never hold credentials; they travel sealed and count for both. */
export const CameraSource = Type.Object(
  {
    url: StreamUrl('rtsp:// or rtsps:// without user and password'),
    detectUrl: Type.Optional(
      StreamUrl(
        'Sub-stream of the same view that is decoded for detections; the main stream then serves live view, evidence and recording',
      ),
    ),
    transport: Type.Enum(['tcp', 'udp'], { default: 'tcp' }),
    sealedCredentials: Type.Optional(Type.String({ description: 'user:password, AES-256-GCM sealed by vms-api for ingest' })),
  },
  strict,
);
export type CameraSource = Static<typeof CameraSource>;

/** When a camera's video is written to disk. */
export const RECORDING_MODES = ['off', 'continuous', 'on-alert'] as const;
export type RecordingMode = (typeof RECORDING_MODES)[number];

/** What is recorded of a camera, how long it is kept, and how much of its video belongs to a moment that rules reserve. */
export const Recording = Type.Object(
  {
    preRollS: Type.Number({ minimum: 0, maximum: 30, default: 10, description: 'Seconds before a moment in the clip of an alert' }),
    postRollS: Type.Number({ minimum: 0, maximum: 60, default: 10, description: 'Seconds after a moment in the clip of an alert' }),
    mode: Type.Enum([...RECORDING_MODES], {
      default: 'off',
      description: 'on-alert: while alerts of the camera go on, with the same seconds before and after',
    }),
    retentionDays: Type.Number({
      exclusiveMinimum: 0,
      maximum: 3650,
      default: 14,
      description: 'Older recordings are deleted, unless they are locked',
    }),
    maxBytes: Type.Integer({
      minimum: 10_000_000,
      maximum: 1e15,
      default: 500_000_000_000,
      description: 'The oldest recordings of the camera are deleted beyond that, unless they are locked',
    }),
  },
  strict,
);
export type Recording = Static<typeof Recording>;

/** What holds for a camera that says nothing about it. */
export const RECORDING_DEFAULTS: Recording = {
  preRollS: 10,
  postRollS: 10,
  mode: 'off',
  retentionDays: 14,
  maxBytes: 500_000_000_000,
};

/** Whether the plates of vehicles are read, and how often a vehicle is looked at. */
export const PlatesConfig = Type.Object(
  {
    enabled: Type.Boolean({ default: true }),
    country: Type.String({
      pattern: worded('^([A-Z]{2}|any)$', 'country-code', 'must be two capitals, or any'),
      default: 'VN',
      description: 'Whose formats count: a country code, or any',
    }),
    maxReadsPerTrack: Type.Integer({
      minimum: 1,
      maximum: 10,
      default: 3,
      description: 'Looks at one vehicle at most; two that agree and are sure end it earlier',
    }),
    minCharacterPx: Type.Number({
      minimum: 6,
      maximum: 100,
      default: 9,
      description: 'A vehicle is looked at once the characters of its plate should be this high in the full picture',
    }),
  },
  strict,
);
export type PlatesConfig = Static<typeof PlatesConfig>;

/** What holds for a camera that says nothing about plates. */
export const PLATES_DEFAULTS: PlatesConfig = { enabled: false, country: 'VN', maxReadsPerTrack: 3, minCharacterPx: 9 };

/** Which pictures of a camera are decoded. */
export const DECODE_MODES = ['always', 'adaptive', 'keyframes'] as const;
export type DecodeMode = (typeof DECODE_MODES)[number];

/** Columns by rows that a camera's pictures are cut into for detection. */
export const TILE_LAYOUTS = ['2x1', '2x2'] as const;
export type TileLayout = (typeof TILE_LAYOUTS)[number];

const cameraShape = {
  id: Id,
  name: Name,
  unitId: Type.Optional(Id),
  revision: Type.Integer({ minimum: 0, default: 0, description: 'Grows by one with each stored change' }),
  simulated: Type.Boolean({ default: false, description: 'Plays a recording: shown as SIMULATED, never as live' }),
  enabled: Type.Boolean({ default: true }),
  location: Type.Optional(
    Type.Object(
      {
        latitude: Type.Number({ minimum: -90, maximum: 90 }),
        longitude: Type.Number({ minimum: -180, maximum: 180 }),
        address: Type.String({ maxLength: 300 }),
      },
      strict,
    ),
  ),
  area: Type.Optional(
    Type.String({
      ...Id,
      description: 'Name of the place that several cameras of the unit look at: what they see there at one time is one incident',
    }),
  ),
  groups: Type.Optional(
    Type.Array(
      Type.String({
        pattern: worded(
          '^[^\\s|;,][^|;,]{0,59}$',
          'group-name',
          'must be 1 to 60 characters without | ; and comma, not beginning with a space',
        ),
      }),
      {
        maxItems: 16,
        description: 'Names under which people look for the camera, freely chosen; lists and the wall are filtered by them',
      },
    ),
  ),
  directionDegrees: Type.Optional(
    Type.Number({ minimum: 0, exclusiveMaximum: 360, description: 'Where the camera looks, degrees clockwise from north' }),
  ),
  source: CameraSource,
  detection: Type.Object(
    {
      modelId: Id,
      targetFps: Type.Number({ exclusiveMinimum: 0, maximum: 30, default: 5 }),
      minScore: Type.Number({ minimum: 0, maximum: 1, default: 0.35 }),
      decode: Type.Enum([...DECODE_MODES], {
        default: 'adaptive',
        description: 'always: every picture; adaptive: keyframes while nothing moves; keyframes: never more than those',
      }),
      minIdleFps: Type.Optional(
        Type.Number({
          exclusiveMinimum: 0,
          maximum: 30,
          description: 'Detections per second while idle, where a rule needs more than the keyframes give; costs full decoding',
        }),
      ),
      fromAbove: Type.Optional(
        Type.Boolean({
          description:
            'The camera looks straight down: what detectors call a cell phone, parking meter, remote or suitcase counts as a car',
        }),
      ),
      tiles: Type.Optional(
        Type.Enum([...TILE_LAYOUTS], {
          description:
            'Columns by rows of tiles that overlap, each in the size of the model, for far views; absent: the picture goes whole',
        }),
      ),
      tileOverlap: Type.Optional(
        Type.Number({ minimum: 0, maximum: 0.5, description: "Share of a tile's side that its neighbour sees too; absent: 0.2" }),
      ),
    },
    strict,
  ),
  recording: Type.Optional(Recording),
  presets: Type.Optional(Type.Array(Preset, { maxItems: 16, description: 'Views of a camera that turns and zooms' })),
  privacyMasks: Type.Optional(
    Type.Array(PrivacyMask, {
      maxItems: 16,
      description: 'Parts of the picture that are painted black before anything is kept, shown or analysed; the video is encoded anew',
    }),
  ),
  plates: Type.Optional(PlatesConfig),
  zones: Type.Array(Zone, { maxItems: 64 }),
  lines: Type.Array(Line, { maxItems: 64 }),
  lanes: Type.Array(Lane, { maxItems: 32 }),
  signals: Type.Array(Signal, { maxItems: 16 }),
  calibration: Type.Optional(Calibration),
  certificate: Type.Optional(CalibrationCertificate),
};

/** One camera as the API stores it and `safecity analyze` reads it. */
export const CameraConfig = Type.Object({ ...cameraShape, rules: Type.Array(RuleConfig, { maxItems: 64 }) }, strict);
export type CameraConfig = Static<typeof CameraConfig>;

/** Same shape with untyped rules and sources of signals, so that each is checked against its own type and the message names it. */
export const CameraEnvelope = Type.Object(
  {
    ...cameraShape,
    signals: Type.Array(SignalEnvelope, { maxItems: 16 }),
    rules: Type.Array(Type.Unknown(), { maxItems: 64 }),
  },
  strict,
);
