import type { InferenceEndpoint, TensorModel } from '@safecity/contracts';
import type { BatchLimits } from './batcher.js';
import type { ModelInterface } from './model-interface.js';
import type { InputView, RunOutput } from './tensors.js';

/** What does the arithmetic. */
export type Provider = InferenceEndpoint['provider'];

/** Id, SHA-256, input size, classes and NMS threshold of a prepared detector. */
export type ModelFacts = InferenceEndpoint['models'][number];

/** Id, SHA-256, inputs and outputs of a model of another kind. */
export type TensorFacts = TensorModel;

/** A model to be loaded: where it is and what it should be. */
export interface DescribedModel {
  modelPath: string;
  facts: ModelFacts | TensorFacts;
}

/** A model as it is loaded: its facts, and its interface with what the graph itself says. */
export interface LoadedModel extends ModelInterface {
  facts: ModelFacts | TensorFacts;
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
  /** Requests held at most for each model, the running ones included. */
  maxRequests: number;
  /** Share of a model in the time of this process while others want it too; 1 when absent. */
  shares: Record<string, number>;
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
  | { type: 'ready'; provider: Provider; providerProblem?: string; models: (ModelFacts | TensorFacts)[]; refused: RefusedModel[] }
  | { type: 'beat'; queueDepth: number; runningForMs: number; runLimitMs: number; framesDone: number }
  | { type: 'failed'; code: string; message: string };

/** Node → session process. */
export type SessionOrder = { type: 'stop' };

/** What the run thread is started with. */
export interface RunThreadConfig {
  models: DescribedModel[];
  provider: Provider;
}

/** One request's tensors: where each lies in `data`. */
export interface RunInput {
  data: ArrayBuffer;
  inputs: InputView[];
}

/** What came of one request of a batch. */
export type RunOutcome = { outputs: RunOutput[] } | { failure: string };

/** Main thread → run thread. The data of `requests` is transferred and comes back with the answer. */
export type RunThreadRequest = { type: 'run'; modelId: string; requests: RunInput[] } | { type: 'close' };

/** Run thread → main thread. */
export type RunThreadReport =
  | { type: 'loading'; modelPath: string }
  | { type: 'ready'; provider: Provider; providerProblem?: string; models: LoadedModel[]; refused: RefusedModel[]; slowestRunMs: number }
  | { type: 'done'; outcomes: RunOutcome[]; data: ArrayBuffer[]; runMs: number };
