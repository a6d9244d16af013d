import { readFileSync } from 'node:fs';
import { InferenceEndpoint, type Problem, problemsOf, SafecityError, TensorModel } from '@safecity/contracts';
import type { ModelFacts, TensorFacts } from './session-messages.js';

const FactsSchema = InferenceEndpoint.properties.models.items;

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : `cannot be read (${(cause as Error).message})`;
    throw new SafecityError('INFERENCE_MODEL_MISSING', `model description ${path} ${reason}`, { cause });
  }
}

/** What the schema cannot say: a free side needs its bound in both lists. */
function tensorProblems({ inputs }: TensorFacts): Pick<Problem, 'path' | 'message'>[] {
  return inputs.flatMap(({ shape, maxShape }, index) => {
    const path = `inputs/${index}/maxShape`;
    if (maxShape === undefined) return shape.includes(-1) ? [{ path, message: 'is needed because shape leaves a side free (-1)' }] : [];
    return maxShape.length === shape.length ? [] : [{ path, message: `has ${maxShape.length} sides, shape has ${shape.length}` }];
  });
}

/**
 * Reads what lies beside a prepared model (`x.json` beside `x.onnx`): a detector's facts, or with `"kind": "tensor"` the
 * inputs and outputs of another model.
 * @throws SafecityError `INFERENCE_MODEL_MISSING`, `INFERENCE_MODEL_SIDECAR_INVALID`
 */
export function readModelDescription(modelPath: string): ModelFacts | TensorFacts {
  const path = modelPath.replace(/\.onnx$/, '.json');
  const text = readText(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SafecityError('INFERENCE_MODEL_SIDECAR_INVALID', `${path} is not JSON`, { cause });
  }
  const isTensor = (value as { kind?: unknown } | null)?.kind === 'tensor';
  const problems = problemsOf(isTensor ? TensorModel : FactsSchema, value);
  const found = isTensor && problems.length === 0 ? tensorProblems(value as TensorFacts) : problems;
  if (found.length > 0) {
    const list = found.map((problem) => `${problem.path || 'top level'}: ${problem.message}`).join('; ');
    throw new SafecityError('INFERENCE_MODEL_SIDECAR_INVALID', `${path} is not valid: ${list}`);
  }
  if (isTensor) {
    const { modelId, sha256, inputs, outputs } = value as TensorFacts;
    return { modelId, sha256, inputs, outputs };
  }
  const { modelId, sha256, widthPx, heightPx, classes, nmsIou } = value as ModelFacts;
  return { modelId, sha256, widthPx, heightPx, classes, nmsIou };
}
