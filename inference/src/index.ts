export type { NodeListen } from './addresses.js';
export type { EndpointRegistry } from './announcer.js';
export { kvRegistry } from './announcer.js';
export type { BatchLimits } from './batcher.js';
export { type InferenceSettings, readSettings } from './config.js';
export { INFERENCE_ERRORS } from './errors.js';
export { checkGpuProvider, findGpus, type GpuCheck, type GpuProvider, systemProbes } from './gpu-checks.js';
export { type InferenceNode, type InferenceNodeOptions, startInferenceNode } from './node.js';
export type { Provider, RefusedModel } from './session-messages.js';
