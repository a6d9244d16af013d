import { parentPort, workerData } from 'node:worker_threads';
import { type ModelSession, openModelSession } from './model-session.js';
import { SessionError } from './session-error.js';
import type { RefusedModel, RunThreadConfig, RunThreadReport, RunThreadRequest } from './session-messages.js';

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
    models: loaded.map(({ facts, boxesPerFrame }) => ({ facts, boxesPerFrame })),
    refused,
    slowestRunMs: Math.max(0, ...loaded.map(({ warmUpRunMs }) => warmUpRunMs)),
  });
}

function joined(images: ArrayBuffer[]): Uint8Array {
  if (images.length === 1) return new Uint8Array(images[0]!);
  const all = new Uint8Array(images.reduce((sum, image) => sum + image.byteLength, 0));
  let at = 0;
  for (const image of images) {
    all.set(new Uint8Array(image), at);
    at += image.byteLength;
  }
  return all;
}

function split(boxes: Float32Array, frames: number[], valuesPerFrame: number): Float32Array[] {
  let end = 0;
  return frames.map((count) => {
    const start = end;
    end += count * valuesPerFrame;
    return boxes.slice(start, end);
  });
}

async function run({ modelId, images, frames }: RunThreadRequest & { type: 'run' }): Promise<void> {
  try {
    const session = sessions.get(modelId)!;
    const startMs = performance.now();
    const boxes = await session.run(
      joined(images),
      frames.reduce((sum, count) => sum + count, 0),
    );
    const runMs = performance.now() - startMs;
    report({ type: 'done', boxes: split(boxes, frames, session.boxesPerFrame * 6), images, runMs }, images);
  } catch (error) {
    report({ type: 'failed', message: (error as Error).message.split('\n')[0]!.slice(0, 300), images }, images);
  }
}

async function close(): Promise<void> {
  for (const session of sessions.values()) await session.release();
  sessions.clear();
  port.close();
}

port.on('message', (request: RunThreadRequest) => void (request.type === 'run' ? run(request) : close()));
await loadAll(workerData as RunThreadConfig);
