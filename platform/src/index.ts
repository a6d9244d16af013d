export { type Bus, connectBus } from './bus.js';
export { checkDatabase } from './database.js';
export { departureOf } from './departure.js';
export { freePort } from './embedded/child.js';
export { startEmbeddedNats } from './embedded/nats.js';
export { embeddedPostgresHome, startEmbeddedPostgres } from './embedded/postgres.js';
export type { EmbeddedServer } from './embedded/server-process.js';
export { requiredEnv } from './environment.js';
export { PLATFORM_ERRORS } from './errors.js';
export { type FfmpegCommand, type FfmpegExit, type FfmpegProcess, startFfmpeg } from './ffmpeg-process.js';
export {
  ANNOUNCEMENT_TTL_MS,
  createInferenceClient,
  INFERENCE_CLIENT_ERRORS,
  type InferenceClient,
  type InferenceClientOptions,
  type InferenceRequest,
  type InferenceResult,
  type ModelFacts,
  type NamedTensor,
  type TensorData,
  type TensorRequest,
  type TensorResult,
} from './inference-client/index.js';
export { createLogger, type Logger, redactCredentials } from './logging.js';
export { CameraNetworks, type Resolve } from './networks.js';
export { issueInternalToken, loadOrCreateKey, openSecret, sealSecret, verifyInternalToken } from './secrets.js';
export { onShutdown } from './shutdown.js';
export { type ByteTarget, readInto } from './socket-reader.js';
