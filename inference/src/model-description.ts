import { readFileSync } from 'node:fs';
import { InferenceEndpoint, problemsOf, SafecityError } from '@safecity/contracts';
import type { ModelFacts } from './session-messages.js';

const FactsSchema = InferenceEndpoint.properties.models.items;

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : `cannot be read (${(cause as Error).message})`;
    throw new SafecityError('INFERENCE_MODEL_MISSING', `model description ${path} ${reason}`, { cause });
  }
}

/**
 * Reads what lies beside a prepared model (`x.json` beside `x.onnx`).
 * @throws SafecityError `INFERENCE_MODEL_MISSING`, `INFERENCE_MODEL_SIDECAR_INVALID`
 */
export function readModelDescription(modelPath: string): ModelFacts {
  const path = modelPath.replace(/\.onnx$/, '.json');
  const text = readText(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SafecityError('INFERENCE_MODEL_SIDECAR_INVALID', `${path} is not JSON`, { cause });
  }
  const problems = problemsOf(FactsSchema, value);
  if (problems.length > 0) {
    const list = problems.map((problem) => `${problem.path || 'top level'}: ${problem.message}`).join('; ');
    throw new SafecityError('INFERENCE_MODEL_SIDECAR_INVALID', `${path} is not valid: ${list}`);
  }
  const { modelId, sha256, widthPx, heightPx, classes, nmsIou } = value as ModelFacts;
  return { modelId, sha256, widthPx, heightPx, classes, nmsIou };
}
