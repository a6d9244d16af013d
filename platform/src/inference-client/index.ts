export type { ModelFacts } from './endpoint-pool.js';
export { ANNOUNCEMENT_TTL_MS, type EndpointBus } from './endpoint-watch.js';
export { INFERENCE_CLIENT_ERRORS } from './errors.js';
export {
  createInferenceClient,
  type InferenceClient,
  type InferenceClientOptions,
  type InferenceRequest,
  type TensorRequest,
  type TensorResult,
} from './inference-client.js';
export type { InferenceResult } from './open-inference.js';
export type { NamedTensor, TensorData } from './tensor-exchange.js';
