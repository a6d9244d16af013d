import type { TensorSpec } from '@safecity/contracts';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { readModelFile } from './model-file.js';
import { interfaceOf, type ModelInterface } from './model-interface.js';
import { SessionError } from './session-error.js';
import type { DescribedModel, LoadedModel, Provider } from './session-messages.js';
import { arrayOf, bytesOf, fitsSpec, type InputView, largestShape, onnxTypeOf, type RunOutput, type TensorArray } from './tensors.js';

/** One input as it is run. */
export interface FedInput extends Omit<InputView, 'byteOffset'> {
  data: TensorArray;
}

/** A loaded model, ready to run. `session.run` blocks the calling thread. */
export interface ModelSession extends LoadedModel {
  provider: Provider;
  /** Why the wanted provider is not used, when it is not. */
  providerProblem?: string;
  /** Length of the last warm-up run, ms. */
  warmUpRunMs: number;
  /** Gives the outputs in the order in which the model declares them. */
  run(inputs: FedInput[]): Promise<RunOutput[]>;
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

function shownWanted({ name, datatype, shape }: TensorSpec): string {
  const sides = shape.map((side, axis) => (side >= 0 ? side : axis === 0 ? 'batch' : 'any'));
  return `${name} ${onnxTypeOf(datatype)} [${sides.join(', ')}]`;
}

function takes(input: InferenceSession.ValueMetadata, { datatype, shape }: TensorSpec): boolean {
  if (!input.isTensor || input.type !== onnxTypeOf(datatype) || input.shape.length !== shape.length) return false;
  // A side that the graph leaves free may be fixed by the description, not the other way round.
  return input.shape.every((side, axis) => (typeof side === 'number' && side >= 0 ? side === shape[axis] : true));
}

function checkInputs(session: InferenceSession, modelPath: string, wanted: TensorSpec[]): void {
  for (const input of wanted) {
    const given = session.inputMetadata.find(({ name }) => name === input.name) ?? session.inputMetadata[0];
    if (given?.name === input.name && takes(given, input)) continue;
    throw new SessionError('INFERENCE_MODEL_SHAPE', `${modelPath} takes ${shown(given)}, not ${shownWanted(input)}`);
  }
  const extra = session.inputMetadata.find(({ name }) => !wanted.some((input) => input.name === name));
  if (extra) throw new SessionError('INFERENCE_MODEL_SHAPE', `${modelPath} takes ${shown(extra)} too, which its description does not name`);
}

/** The outputs of a run in declared order. @throws SessionError `INFERENCE_MODEL_SHAPE` when one is not as declared */
function declaredOutputs(results: InferenceSession.ReturnType, modelPath: string, wanted: TensorSpec[]): RunOutput[] {
  return wanted.map((spec) => {
    const result = results[spec.name];
    if (result?.type === onnxTypeOf(spec.datatype) && fitsSpec(result.dims, spec)) {
      return { name: spec.name, datatype: spec.datatype, shape: [...result.dims], data: result.data as TensorArray };
    }
    const names = Object.keys(results).join(', ');
    const given = result ? `${spec.name} ${result.type} [${result.dims.join(', ')}]` : `outputs named ${names}`;
    throw new SessionError('INFERENCE_MODEL_SHAPE', `${modelPath} gives ${given}, not ${shownWanted(spec)}`);
  });
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

/** One picture of padding for a detector; other models at their largest, which is what may take longest. */
function warmUpInputs({ inputs, joins }: ModelInterface): FedInput[] {
  return inputs.map((spec) => {
    const shape = largestShape(spec);
    if (joins) shape[0] = 1;
    const bytes = new Uint8Array(bytesOf(spec.datatype, shape)).fill(spec.datatype === 'UINT8' ? PADDING_GREY : 0);
    const view = { name: spec.name, datatype: spec.datatype, shape };
    return { ...view, data: arrayOf(bytes.buffer, { ...view, byteOffset: 0 }) };
  });
}

async function warmUp(run: ModelSession['run'], modelPath: string, tensors: ModelInterface) {
  const inputs = warmUpInputs(tensors);
  let warmUpRunMs = 0;
  let outputs: RunOutput[] = [];
  for (let count = 0; count < WARM_UP_RUNS; count++) {
    const startMs = performance.now();
    try {
      outputs = await run(inputs);
    } catch (cause) {
      if (cause instanceof SessionError) throw cause;
      const sides = inputs.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ');
      throw new SessionError('INFERENCE_MODEL_SHAPE', `${modelPath} cannot run ${sides}: ${reasonOf(cause)}`, { cause });
    }
    warmUpRunMs = performance.now() - startMs;
  }
  const short = tensors.joins ? outputs.find(({ shape, data }) => shape[0] !== 1 || data.length === 0) : undefined;
  if (short) {
    const text = `${modelPath} gives ${short.name} [${short.shape.join(', ')}] for one picture, not [1, K, 6] with at least one box`;
    throw new SessionError('INFERENCE_MODEL_SHAPE', text);
  }
  return { outputs, warmUpRunMs };
}

async function open({ modelPath, facts }: DescribedModel, bytes: Buffer, provider: Provider): Promise<ModelSession> {
  const session = await create(modelPath, bytes, provider);
  try {
    const declared = interfaceOf(facts);
    checkInputs(session, modelPath, declared.inputs);
    const names = declared.outputs.map(({ name }) => name).filter((name) => session.outputNames.includes(name));
    const run = async (inputs: FedInput[]) => {
      const feeds = Object.fromEntries(
        inputs.map(({ name, datatype, shape, data }) => [name, new Tensor(onnxTypeOf(datatype), data, shape)]),
      );
      // With a name missing, everything is asked for, so that the reason can say what there is.
      const results = await (names.length === declared.outputs.length ? session.run(feeds, names) : session.run(feeds));
      return declaredOutputs(results, modelPath, declared.outputs);
    };
    const { outputs, warmUpRunMs } = await warmUp(run, modelPath, declared);
    // A detector's number of boxes is known only now.
    const outputSpecs = declared.joins
      ? outputs.map(({ name, datatype, shape }) => ({ name, datatype, shape: [-1, ...shape.slice(1)] }))
      : declared.outputs;
    return { facts, ...declared, outputs: outputSpecs, provider, warmUpRunMs, run, release: () => session.release() };
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
