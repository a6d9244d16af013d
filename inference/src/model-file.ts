import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SessionError } from './session-error.js';
import type { DescribedModel } from './session-messages.js';

/**
 * Reads a model and checks its SHA-256. The bytes returned are the ones that were checked: load them, not the path.
 * @throws SessionError `INFERENCE_MODEL_MISSING`, `INFERENCE_MODEL_HASH`
 */
export function readModelFile({ modelPath, facts }: DescribedModel): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(modelPath);
  } catch (cause) {
    throw new SessionError('INFERENCE_MODEL_MISSING', `model file ${modelPath} cannot be read: ${(cause as Error).message}`, { cause });
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 === facts.sha256.toLowerCase()) return bytes;
  const text = `${modelPath} has SHA-256 ${sha256}, its description says ${facts.sha256}: prepare the model again`;
  throw new SessionError('INFERENCE_MODEL_HASH', text);
}
