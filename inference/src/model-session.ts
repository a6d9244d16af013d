import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { readModelFile } from './model-file.js';
import { SessionError } from './session-error.js';
import type { DescribedModel, LoadedModel, ModelFacts, Provider } from './session-messages.js';

/** A loaded model, ready to run. `session.run` blocks the calling thread. */
export interface ModelSession extends LoadedModel {
  provider: Provider;
  /** Why the wanted provider is not used, when it is not. */
  providerProblem?: string;
  /** Length of the last warm-up run, ms. */
  warmUpRunMs: number;
  /** @param images uint8 `[frames, H, W, 3]` @returns float32 `[frames, K, 6]` */
  run(images: Uint8Array, frames: number): Promise<Float32Array>;
  release(): Promise<void>;
}

// What goes wrong is thrown and reported with a code; the runtime's own lines on stderr would come on top.
env.logLevel = 'fatal';

const PADDING_GREY = 114;
const WARM_UP_RUNS = 2;

function sessionOptions(providers: Provider[]): InferenceSession.SessionOptions {
  return {
    executionProviders: providers,
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    // A spinning pool burns a core between runs: with two threads 48 instead of 18 CPU ms per frame.
    extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
  };
}

function reasonOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]!.slice(0, 300);
}

function shown(metadata: InferenceSession.ValueMetadata | undefined): string {
  if (!metadata) return 'nothing';
  return metadata.isTensor ? `${metadata.name} ${metadata.type} [${metadata.shape.join(', ')}]` : `${metadata.name} (not a tensor)`;
}

function checkInput(session: InferenceSession, modelPath: string, facts: ModelFacts): void {
  const [input] = session.inputMetadata;
  const wanted = `images uint8 [batch, ${facts.heightPx}, ${facts.widthPx}, 3]`;
  const fits =
    session.inputMetadata.length === 1 &&
    input?.isTensor === true &&
    input.name === 'images' &&
    input.type === 'uint8' &&
    input.shape.length === 4 &&
    typeof input.shape[0] === 'string' &&
    input.shape.slice(1).every((side, index) => typeof side === 'string' || side === [facts.heightPx, facts.widthPx, 3][index]);
  if (!fits) throw new SessionError('INFERENCE_MODEL_SHAPE', `${modelPath} takes ${shown(input)}, not ${wanted}`);
}

function checkOutput(session: InferenceSession, modelPath: string, boxes: Tensor | undefined): number {
  const ok = boxes?.type === 'float32' && boxes.dims.length === 3 && boxes.dims[0] === 1 && boxes.dims[1]! >= 1 && boxes.dims[2] === 6;
  if (ok) return boxes.dims[1]!;
  const output = session.outputMetadata.find(({ name }) => name === 'boxes') ?? session.outputMetadata[0];
  const given = boxes ? `${shown(output)}, in fact ${boxes.type} [${boxes.dims.join(', ')}]` : shown(output);
  throw new SessionError('INFERENCE_MODEL_SHAPE', `${modelPath} gives ${given}, not boxes float32 [batch, K, 6]`);
}

async function create(modelPath: string, bytes: Buffer, provider: Provider): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(bytes, sessionOptions(provider === 'cpu' ? ['cpu'] : [provider, 'cpu']));
  } catch (cause) {
    throw new SessionError('INFERENCE_MODEL_UNREADABLE', `${modelPath} is not a model the runtime can load: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

async function warmUp(session: InferenceSession, modelPath: string, facts: ModelFacts) {
  const { heightPx, widthPx } = facts;
  const images = new Uint8Array(heightPx * widthPx * 3).fill(PADDING_GREY);
  let warmUpRunMs = 0;
  let boxes: Tensor | undefined;
  for (let run = 0; run < WARM_UP_RUNS; run++) {
    const startMs = performance.now();
    try {
      ({ boxes } = (await session.run({ images: new Tensor('uint8', images, [1, heightPx, widthPx, 3]) })) as { boxes?: Tensor });
    } catch (cause) {
      throw new SessionError('INFERENCE_MODEL_SHAPE', `${modelPath} cannot run a ${widthPx}x${heightPx} picture: ${reasonOf(cause)}`, {
        cause,
      });
    }
    warmUpRunMs = performance.now() - startMs;
  }
  return { boxesPerFrame: checkOutput(session, modelPath, boxes), warmUpRunMs };
}

async function open({ modelPath, facts }: DescribedModel, bytes: Buffer, provider: Provider): Promise<ModelSession> {
  const session = await create(modelPath, bytes, provider);
  try {
    checkInput(session, modelPath, facts);
    const { boxesPerFrame, warmUpRunMs } = await warmUp(session, modelPath, facts);
    const run = async (images: Uint8Array, frames: number) => {
      const { boxes } = await session.run({ images: new Tensor('uint8', images, [frames, facts.heightPx, facts.widthPx, 3]) });
      return boxes!.data as Float32Array;
    };
    return { facts, boxesPerFrame, provider, warmUpRunMs, run, release: () => session.release() };
  } catch (error) {
    await session.release();
    throw error;
  }
}

/**
 * Loads a prepared model, checks its hash and its input and output by running it, and warms it up. When it cannot be
 * loaded or run with the wanted provider, the CPU is tried.
 * @throws SessionError `INFERENCE_MODEL_*`
 */
export async function openModelSession(model: DescribedModel, wantedProvider: Provider): Promise<ModelSession> {
  const bytes = readModelFile(model);
  if (wantedProvider === 'cpu') return open(model, bytes, 'cpu');
  try {
    return await open(model, bytes, wantedProvider);
  } catch (cause) {
    return { ...(await open(model, bytes, 'cpu')), providerProblem: reasonOf(cause) };
  }
}
