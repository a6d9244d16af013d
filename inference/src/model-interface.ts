import type { TensorSpec } from '@safecity/contracts';
import type { ModelFacts, TensorFacts } from './session-messages.js';

/** Frames in one request at most; each costs 15-20 MB of the runtime's memory. */
export const MAX_REQUEST_FRAMES = 8;

/** What a model takes and gives, as its description says. */
export interface ModelInterface {
  inputs: TensorSpec[];
  outputs: TensorSpec[];
  /** Requests may be joined along the first dimension for one run. */
  joins: boolean;
}

export const isDetector = (facts: ModelFacts | TensorFacts): facts is ModelFacts => 'classes' in facts;

/**
 * Every prepared detector takes `images` and gives `boxes`. Requests for tensor models are never joined: who asks puts
 * its crops of one width together itself.
 */
export function interfaceOf(facts: ModelFacts | TensorFacts): ModelInterface {
  if (!isDetector(facts)) return { inputs: facts.inputs, outputs: facts.outputs, joins: false };
  const { heightPx, widthPx } = facts;
  const maxShape = [MAX_REQUEST_FRAMES, heightPx, widthPx, 3];
  return {
    inputs: [{ name: 'images', datatype: 'UINT8', shape: [-1, heightPx, widthPx, 3], maxShape }],
    outputs: [{ name: 'boxes', datatype: 'FP32', shape: [-1, -1, 6] }],
    joins: true,
  };
}
