import { SafecityError } from '@safecity/contracts';
import type { WantedDetector } from './endpoint-pool.js';
import type { SharedFrame } from './shared-frames.js';

/** Name of the header that says where the JSON ends and the tensors begin (binary tensor data extension). */
export const HEADER_LENGTH = 'inference-header-content-length';

/** What a run gave. */
export interface InferenceResult {
  /** `Float32Array [K, 6]`, row by row: x1, y1, x2, y2 in input pixels, score 0..1, class index; unused rows score 0. */
  boxes: Float32Array;
  endpointId: string;
  /** Time the frame waited at the endpoint, ms; 0 when the endpoint does not say (Triton). */
  queueMs: number;
  /** Time of the run itself, ms; the whole round trip when the endpoint does not say. */
  runMs: number;
}

/** Host names of HTTP are for servers that keep several; ours and Triton do not look at it. */
const HOST = 'inference';

/** Head and JSON of a request for one frame, as they go on the connection; the frame's bytes follow, unless they are in shared memory. */
export function inferRequestStart({ modelId, widthPx, heightPx }: WantedDetector, shared?: SharedFrame): Buffer {
  const frameBytes = shared ? 0 : widthPx * heightPx * 3;
  const parameters = shared
    ? { shared_memory_region: shared.region, shared_memory_offset: shared.offset, shared_memory_byte_size: shared.byteSize }
    : { binary_data_size: frameBytes };
  const json = JSON.stringify({
    inputs: [{ name: 'images', shape: [1, heightPx, widthPx, 3], datatype: 'UINT8', parameters }],
    outputs: [{ name: 'boxes', parameters: { binary_data: true } }],
  });
  const head = [
    `POST /v2/models/${encodeURIComponent(modelId)}/infer HTTP/1.1`,
    `Host: ${HOST}`,
    'Content-Type: application/octet-stream',
    `Inference-Header-Content-Length: ${json.length}`,
    `Content-Length: ${json.length + frameBytes}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${json}`, 'latin1');
}

/** A request with a JSON body. */
export function jsonRequest(path: string, body: object): Buffer {
  const json = JSON.stringify(body);
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nHost: ${HOST}\r\nContent-Type: application/json\r\nContent-Length: ${json.length}\r\n\r\n${json}`,
    'latin1',
  );
}

/** The request that asks whether a server is ready. */
export const READY_REQUEST = Buffer.from(`GET /v2/health/ready HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, 'latin1');

/** One output in the JSON of an answer, nothing of it checked. */
export interface AnswerOutput {
  name?: unknown;
  datatype?: unknown;
  shape?: unknown;
  parameters?: { binary_data_size?: unknown };
}

/** The JSON of an answer. */
export interface AnswerHeader {
  outputs?: AnswerOutput[];
  parameters?: Record<string, unknown>;
}

/** An answer that cannot be read. */
export function badAnswer(what: string, cause?: unknown): SafecityError {
  return new SafecityError('PLATFORM_INFERENCE_BAD_ANSWER', `inference answer ${what}`, { cause });
}

/**
 * Reads the JSON of an answer; its tensors begin at `tensorsAt`.
 * @throws SafecityError `PLATFORM_INFERENCE_BAD_ANSWER`
 */
export function parseHeader(body: Buffer, headerLength: string | undefined): { header: AnswerHeader; tensorsAt: number } {
  const tensorsAt = Number(headerLength);
  if (headerLength === undefined || !Number.isInteger(tensorsAt) || tensorsAt < 2 || tensorsAt > body.length) {
    throw badAnswer(`has no usable Inference-Header-Content-Length (${headerLength ?? 'none'})`);
  }
  try {
    return { header: JSON.parse(body.toString('utf8', 0, tensorsAt)) as AnswerHeader, tensorsAt };
  } catch (cause) {
    throw badAnswer('does not begin with JSON', cause);
  }
}

function sizeOf(output: AnswerOutput): number {
  const size = output.parameters?.binary_data_size;
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 0) throw badAnswer(`output ${String(output.name)} is not binary`);
  return size;
}

function isBoxesShape(shape: unknown): shape is [1, number, 6] {
  return Array.isArray(shape) && shape.length === 3 && shape[0] === 1 && Number.isInteger(shape[1]) && shape[2] === 6;
}

function microsecondsToMs(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value / 1000 : undefined;
}

/** Times of a run; an endpoint need not say them. */
export interface RunTimes {
  queueMs: number | undefined;
  runMs: number | undefined;
}

export const timesOf = ({ parameters }: AnswerHeader): RunTimes => ({
  queueMs: microsecondsToMs(parameters?.['queue_us']),
  runMs: microsecondsToMs(parameters?.['run_us']),
});

/**
 * Reads the answer to one frame. The boxes are copied out, so that `body` can be let go.
 * @throws SafecityError `PLATFORM_INFERENCE_BAD_ANSWER`
 */
export function parseAnswer(body: Buffer, headerLength: string | undefined): { boxes: Float32Array } & RunTimes {
  const { header, tensorsAt } = parseHeader(body, headerLength);
  let at = tensorsAt;
  for (const output of Array.isArray(header.outputs) ? header.outputs : []) {
    const size = sizeOf(output);
    if (output.name !== 'boxes') {
      at += size;
      continue;
    }
    if (output.datatype !== 'FP32' || !isBoxesShape(output.shape) || output.shape[1] * 24 !== size || at + size > body.length) {
      throw badAnswer(`boxes are ${String(output.datatype)} ${JSON.stringify(output.shape)} of ${size} bytes, not FP32 [1, K, 6]`);
    }
    const boxes = new Float32Array(size / 4);
    new Uint8Array(boxes.buffer).set(body.subarray(at, at + size));
    return { boxes, ...timesOf(header) };
  }
  throw badAnswer('has no output named boxes');
}

/** The reason in an error answer (`{"error": "..."}`), cut to 300 characters. */
export function refusalText(body: Buffer): string {
  const text = body.toString('utf8', 0, 4096);
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    if (typeof error === 'string') return error.slice(0, 300);
  } catch {
    return text.slice(0, 300);
  }
  return text.slice(0, 300);
}
