import { CameraHealthMessage, DetectionsFrame, matches, PlatesRead, TrackAttributes } from '@safecity/contracts';

/** A sound message of the detections stream. */
export type StreamMessage =
  | { kind: 'frame'; value: DetectionsFrame }
  | { kind: 'health'; value: CameraHealthMessage }
  | { kind: 'plates'; value: PlatesRead }
  | { kind: 'attributes'; value: TrackAttributes };

/** Kinds besides frames: they come in the same stream, so that a replay has them in their place. */
const KINDS = [
  { prefix: 'detections.health.', kind: 'health', what: "a camera's health", schema: CameraHealthMessage },
  { prefix: 'detections.plates.', kind: 'plates', what: 'a reading of plates', schema: PlatesRead },
  { prefix: 'detections.attributes.', kind: 'attributes', what: 'a message about attributes', schema: TrackAttributes },
] as const;

/**
 * Reads a message of the detections stream.
 * @param read gives its JSON; may throw
 * @param isKnown true for a camera that is configured
 * @returns the message, or in words what is wrong with it
 */
export function readStreamMessage(subject: string, read: () => unknown, isKnown: (cameraId: string) => boolean): StreamMessage | string {
  const other = KINDS.find(({ prefix }) => subject.startsWith(prefix));
  if (!other) return readFrame(read, isKnown);
  const value = readOrNothing(read);
  if (matches(other.schema, value) && isKnown(value.cameraId)) return { kind: other.kind, value } as StreamMessage;
  return `${other.what} breaks its schema or names an unknown camera`;
}

function readOrNothing(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function readFrame(read: () => unknown, isKnown: (cameraId: string) => boolean): StreamMessage | string {
  let value: DetectionsFrame | undefined;
  try {
    value = usableFrame(read());
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  if (!value) return 'a detections message breaks its schema';
  return isKnown(value.cameraId) ? { kind: 'frame', value } : `no camera "${value.cameraId}" is configured`;
}

/** The message as a frame, when at least everything but single detections is sound; the pipeline sorts those out itself. */
function usableFrame(value: unknown): DetectionsFrame | undefined {
  if (matches(DetectionsFrame, value)) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const { detections } = value as { detections?: unknown };
  if (!Array.isArray(detections) || !matches(DetectionsFrame, { ...value, detections: [] })) return undefined;
  return {
    ...(value as DetectionsFrame),
    detections: detections.filter((item) => typeof item === 'object' && item !== null).slice(0, 500),
  };
}
