import type { CameraConfig, CameraStatus } from '@safecity/contracts';
import type { DamageFigures } from '../ffmpeg/damaged-pictures.js';
import type { StreamSession } from '../session/stream-session.js';
import type { CameraDetection } from './camera-detection.js';
import type { CameraHealthTeller } from './camera-health-teller.js';

/** The parts of a camera of which its status tells. */
export interface StatusSources {
  camera: CameraConfig;
  /** Null for a disabled camera. */
  main: StreamSession | null;
  /** The sub-stream, where there is one. */
  sub: StreamSession | null;
  detection: CameraDetection;
  health: CameraHealthTeller;
  /** Capture time of the newest picture; null before the first. */
  newestPictureMs: number | null;
}

/** Told when at least so many pictures of the last minute were damaged, and such a share of them. */
const TOLD_DAMAGED = 5;
const TOLD_SHARE = 0.1;

/** A camera's status at `nowMs`, server's clock. */
export function cameraStatus(sources: StatusSources, nowMs: number): CameraStatus {
  const { camera, main, sub, detection, health, newestPictureMs } = sources;
  const { decoder, decoding } = detection;
  const init = main?.init;
  const problem = problemOf(sources);
  const damage = damageOf(sources);
  const offsetMs = main?.cameraClockOffsetMs ?? null;
  return {
    cameraId: camera.id,
    state: main?.state ?? 'disabled',
    ...(problem ? { problem } : {}),
    newestPictureMs,
    atMs: nowMs,
    ...(init ? { codec: init.codec, widthPx: init.widthPx, heightPx: init.heightPx } : {}),
    achievedFps: Math.round((detection.loop?.achievedFps ?? 0) * 100) / 100,
    bitrateBps: Math.round(main?.bitrateBps ?? 0),
    reconnects: main?.reconnects ?? 0,
    ...(decoding && (sub ?? main)?.state === 'online' ? { decoding } : {}),
    ...(decoder ? { decoderStarts: decoder.starts } : {}),
    ...(damage ? { damagedPictures: damage } : {}),
    ...(health.health && main ? { health: health.health } : {}),
    ...(health.learntPresets && main ? { learntPresets: health.learntPresets } : {}),
    ...(offsetMs === null ? {} : { cameraClockOffsetMs: Math.round(offsetMs) }),
    ...(sub ? { detectStream: streamStatus(sub) } : {}),
  };
}

/** Masked video is decoded where it comes in; what follows gets whole pictures. */
function damageOf({ main, sub, detection }: StatusSources): DamageFigures | null {
  return (sub ?? main)?.damage ?? detection.decoder?.damage ?? null;
}

function problemOf(sources: StatusSources): CameraStatus['problem'] {
  const { main, sub } = sources;
  if (!main) return undefined;
  if (main.problem) return main.problem;
  if (sub?.problem) return { ...sub.problem, message: `sub-stream: ${sub.problem.message}` };
  return (sub ?? main).state === 'online' ? detectionProblem(sources) : undefined;
}

function detectionProblem(sources: StatusSources): CameraStatus['problem'] {
  const { camera, detection } = sources;
  if (!detection.loop)
    return {
      code: 'INGEST_MODEL_UNAVAILABLE',
      message: `no inference node serves model "${camera.detection.modelId}" now: start one or choose another model`,
    };
  if (detection.isDecoderFailing)
    return { code: 'INGEST_DECODER_FAILED', message: 'the pictures cannot be decoded: check the camera when this repeats' };
  return detection.loop.problem ?? damageProblem(damageOf(sources));
}

function damageProblem(damage: DamageFigures | null): CameraStatus['problem'] {
  if (!damage || damage.damaged < TOLD_DAMAGED || damage.damaged < damage.decoded * TOLD_SHARE) return undefined;
  const message = `${damage.damaged} of ${damage.decoded} pictures of the last minute came damaged: check the network to the camera, or choose tcp`;
  return { code: 'INGEST_PICTURES_DAMAGED', message };
}

function streamStatus({ state, problem, init, bitrateBps, reconnects }: StreamSession): NonNullable<CameraStatus['detectStream']> {
  return {
    state,
    ...(problem ? { problem } : {}),
    ...(init ? { codec: init.codec, widthPx: init.widthPx, heightPx: init.heightPx } : {}),
    bitrateBps: Math.round(bitrateBps),
    reconnects,
  };
}
