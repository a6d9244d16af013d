import { parentPort, workerData } from 'node:worker_threads';
import { type FedInput, type ModelSession, openModelSession } from './model-session.js';
import { SessionError } from './session-error.js';
import type { RefusedModel, RunInput, RunOutcome, RunThreadConfig, RunThreadReport, RunThreadRequest } from './session-messages.js';
import { arrayOf, type RunOutput } from './tensors.js';

/**
 * The thread that runs models: `session.run` blocks it, so nothing else happens here. One batch at a time; buffers go
 * back to the main thread with the answer.
 */
const port = parentPort!;
const sessions = new Map<string, ModelSession>();

function report(message: RunThreadReport, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

function refusalOf(modelPath: string, error: unknown): RefusedModel {
  if (error instanceof SessionError) return { modelPath, code: error.code, message: error.message };
  return { modelPath, code: 'INFERENCE_MODEL_UNREADABLE', message: `${modelPath}: ${(error as Error).message}` };
}

async function loadAll({ models, provider }: RunThreadConfig): Promise<void> {
  const refused: RefusedModel[] = [];
  for (const model of models) {
    const { modelPath, facts } = model;
    report({ type: 'loading', modelPath });
    try {
      if (sessions.has(facts.modelId)) {
        throw new SessionError('INFERENCE_MODEL_DUPLICATE', `${modelPath}: model "${facts.modelId}" is already loaded from another file`);
      }
      sessions.set(facts.modelId, await openModelSession(model, provider));
    } catch (error) {
      refused.push(refusalOf(modelPath, error));
    }
  }
  const loaded = [...sessions.values()];
  const problem = loaded.find(({ providerProblem }) => providerProblem !== undefined)?.providerProblem;
  report({
    type: 'ready',
    provider: loaded.every((session) => session.provider === provider) ? provider : 'cpu',
    ...(problem === undefined ? {} : { providerProblem: problem }),
    models: loaded.map(({ facts, inputs, outputs, joins }) => ({ facts, inputs, outputs, joins })),
    refused,
    slowestRunMs: Math.max(0, ...loaded.map(({ warmUpRunMs }) => warmUpRunMs)),
  });
}

const fed = ({ data, inputs }: RunInput): FedInput[] => inputs.map((input) => ({ ...input, data: arrayOf(data, input) }));

/** Requests of a joining model as one, along the first dimension of its only input. */
function joined(requests: RunInput[]): FedInput[] {
  const views = requests.map((request) => fed(request)[0]!);
  const all = new Uint8Array(views.reduce((sum, { data }) => sum + data.byteLength, 0));
  let at = 0;
  for (const { data } of views) {
    all.set(data as Uint8Array, at);
    at += data.byteLength;
  }
  const first = views[0]!;
  return [{ ...first, shape: [views.reduce((sum, { shape }) => sum + shape[0]!, 0), ...first.shape.slice(1)], data: all }];
}

/** Each request's part of the outputs of a joined run. */
function parted(outputs: RunOutput[], requests: RunInput[]): RunOutcome[] {
  const total = requests.reduce((sum, { inputs }) => sum + inputs[0]!.shape[0]!, 0);
  let end = 0;
  return requests.map(({ inputs }) => {
    const frames = inputs[0]!.shape[0]!;
    const start = end;
    end += frames;
    return {
      outputs: outputs.map((output) => {
        const perFrame = output.data.length / total;
        return { ...output, shape: [frames, ...output.shape.slice(1)], data: output.data.slice(start * perFrame, end * perFrame) };
      }),
    };
  });
}

async function runAlone(session: ModelSession, request: RunInput): Promise<RunOutcome> {
  try {
    return { outputs: await session.run(fed(request)) };
  } catch (error) {
    return { failure: (error as Error).message.split('\n')[0]!.slice(0, 300) };
  }
}

/** A joined run that fails is done again one by one, so that one odd frame fails alone. */
async function runAll(session: ModelSession, requests: RunInput[]): Promise<RunOutcome[]> {
  if (requests.length > 1) {
    try {
      return parted(await session.run(joined(requests)), requests);
    } catch {
      // Each of them says below what is wrong with it.
    }
  }
  const outcomes: RunOutcome[] = [];
  for (const request of requests) outcomes.push(await runAlone(session, request));
  return outcomes;
}

async function run({ modelId, requests }: RunThreadRequest & { type: 'run' }): Promise<void> {
  const startMs = performance.now();
  const outcomes = await runAll(sessions.get(modelId)!, requests);
  const data = requests.map((request) => request.data);
  report({ type: 'done', outcomes, data, runMs: performance.now() - startMs }, data);
}

async function close(): Promise<void> {
  for (const session of sessions.values()) await session.release();
  sessions.clear();
  port.close();
}

port.on('message', (request: RunThreadRequest) => void (request.type === 'run' ? run(request) : close()));
await loadAll(workerData as RunThreadConfig);
