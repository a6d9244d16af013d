import type { InferenceEndpoint } from '@safecity/contracts';
import type { BatchLimits } from './batcher.js';

/** What does the arithmetic. */
export type Provider = InferenceEndpoint['provider'];

/** Id, SHA-256, input size, classes and NMS threshold of a prepared model. */
export type ModelFacts = InferenceEndpoint['models'][number];

/** A model to be loaded: where it is and what it should be. */
export interface DescribedModel {
  modelPath: string;
  facts: ModelFacts;
}

/** A model as it is loaded: its facts and what the graph itself says. */
export interface LoadedModel {
  facts: ModelFacts;
  /** Boxes per frame (K). */
  boxesPerFrame: number;
}

/** A model that is not served, with the reason. */
export interface RefusedModel {
  modelPath: string;
  code: string;
  message: string;
}

/** Where a session process listens. */
export type ListenAddress = { socketPath: string } | { host: string; port: number };

/** What a session process is started with (its only argument, as JSON). */
export interface SessionProcessConfig {
  listen: ListenAddress;
  models: DescribedModel[];
  provider: Provider;
  /** Requests held at most, the running ones included. */
  maxRequests: number;
  /** Least time after which a run counts as hung, ms; slow models get ten times their warm-up run. */
  hungRunMs: number;
  /** How requests are put together for one run; by provider when absent. */
  batching?: BatchLimits | undefined;
  /** Time between two beats, ms. */
  beatMs: number;
}

/** Session process → node, over IPC. */
export type SessionReport =
  | { type: 'loading'; modelPath: string }
  | { type: 'ready'; provider: Provider; providerProblem?: string; models: ModelFacts[]; refused: RefusedModel[] }
  | { type: 'beat'; queueDepth: number; runningForMs: number; runLimitMs: number; framesDone: number }
  | { type: 'failed'; code: string; message: string };

/** Node → session process. */
export type SessionOrder = { type: 'stop' };

/** What the run thread is started with. */
export interface RunThreadConfig {
  models: DescribedModel[];
  provider: Provider;
}

/** Main thread → run thread. `images` are transferred and come back with the answer. */
export type RunThreadRequest = { type: 'run'; modelId: string; images: ArrayBuffer[]; frames: number[] } | { type: 'close' };

/** Run thread → main thread. */
export type RunThreadReport =
  | { type: 'loading'; modelPath: string }
  | { type: 'ready'; provider: Provider; providerProblem?: string; models: LoadedModel[]; refused: RefusedModel[]; slowestRunMs: number }
  | { type: 'done'; boxes: Float32Array[]; images: ArrayBuffer[]; runMs: number }
  | { type: 'failed'; message: string; images: ArrayBuffer[] };
