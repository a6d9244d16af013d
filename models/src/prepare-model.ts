import { readFile } from 'node:fs/promises';
import { SafecityError } from '@safecity/contracts';
import { sha256Of, writeAtomically } from './cache.js';
import { type ModelEntry, modelEntry } from './catalogue.js';
import { convertTfjs } from './convert/convert-tfjs.js';
import { readTfjsModel } from './convert/tfjs-model.js';
import { decodeModel, encodeModel, type OnnxGraph } from './onnx/proto.js';
import type { InputSize } from './prepare/anchors.js';
import type { Precision } from './prepare/half-network.js';
import { prepareNanodet } from './prepare/nanodet.js';
import { prepareUltraface } from './prepare/ultraface.js';
import { prepareYolox } from './prepare/yolox.js';
import { type PreparedFacts, preparedPath, preparedProblem, readSidecar, sidecarOf } from './prepared-model.js';
import { type PulledModel, type PullOptions, pullModel } from './pull.js';

/** Grows with every change to converter or preparation that changes the prepared graph. */
const PREPARATION_VERSION = 1;

const SIDE_STEP_PX = 32;
const SMALLEST_SIDE_PX = 96;
const LARGEST_SIDE_PX = 2048;

export interface PrepareOptions extends PullOptions {
  /** Input size; default: the entry's. Sides are multiples of 32, from 96 to 2048 (inclusive). */
  widthPx?: number | undefined;
  heightPx?: number | undefined;
  /** Weights and arithmetic of the network; default `fp32`. Input and output are the same. */
  precision?: Precision | undefined;
}

/** A model that can be served: input `images` uint8 `[batch, height, width, 3]`, output `boxes` float32 `[batch, rows, 6]`. */
export interface PreparedModel extends PreparedFacts {
  /** Of the `.onnx`; absolute. */
  path: string;
  sidecarPath: string;
  /** True when it lay in the cache already. */
  fromCache: boolean;
}

function checkSize(id: string, size: InputSize): void {
  for (const [name, side] of Object.entries(size)) {
    if (side >= SMALLEST_SIDE_PX && side <= LARGEST_SIDE_PX && side % SIDE_STEP_PX === 0) continue;
    const nearest = Math.min(
      LARGEST_SIDE_PX,
      Math.max(SMALLEST_SIDE_PX, Math.round(side / SIDE_STEP_PX) * SIDE_STEP_PX || SMALLEST_SIDE_PX),
    );
    const rule = `a multiple of ${SIDE_STEP_PX} from ${SMALLEST_SIDE_PX} to ${LARGEST_SIDE_PX}`;
    throw new SafecityError('MODELS_SIZE_INVALID', `${id}: ${name} ${side} is not ${rule}; the nearest is ${nearest}`);
  }
}

/** The network of a pulled model as ONNX, with free batch, height and width where the source allows it. */
export async function readNetwork(model: PulledModel & { entry: ModelEntry }): Promise<OnnxGraph> {
  const files = await Promise.all([...model.files.values()].map((path) => readFile(path)));
  const [path = ''] = model.files.values();
  if (model.entry.source.kind === 'file') return decodeModel(files[0] as Buffer, path);
  return convertTfjs(readTfjsModel((files[0] as Buffer).toString('utf8'), files[1] as Buffer, path));
}

function prepared(network: OnnxGraph, { family }: ModelEntry, size: InputSize, precision: Precision): OnnxGraph {
  if (family.kind === 'nanodet') return prepareNanodet(network, size, family.facts, precision);
  if (family.kind === 'ultraface') return prepareUltraface(network, size, family.facts, precision);
  return prepareYolox(network, size, family.facts, precision);
}

/** Names what a prepared model is made from: a change of version, source or catalogue entry makes another one. */
function preparationOf(entry: ModelEntry, precision: Precision): string {
  const { source, family, classes, nmsIou, recommendedMinScore, publicSource, licence } = entry;
  const inputs = JSON.stringify({ source, family, classes, nmsIou, recommendedMinScore, publicSource, licence });
  const preparation = `${PREPARATION_VERSION}-${sha256Of(Buffer.from(inputs)).slice(0, 16)}`;
  return precision === 'fp32' ? preparation : `${preparation}-${precision}`;
}

/**
 * Gives a model ready to serve at one size, from the cache when a whole one of the same preparation lies there. Otherwise
 * pulls it, converts it, folds input and boxes into the graph and keeps the result. Two processes may do so at once.
 * @throws SafecityError `MODELS_UNKNOWN_ID`, `MODELS_SIZE_INVALID`, whatever {@link pullModel} throws, and
 * `MODELS_NOT_TFJS`, `MODELS_NOT_ONNX`, `MODELS_OP_UNSUPPORTED`, `MODELS_GRAPH_UNEXPECTED`
 */
export async function prepareModel(id: string, options: PrepareOptions = {}): Promise<PreparedModel> {
  const entry = modelEntry(id);
  const size = { widthPx: options.widthPx ?? entry.defaultSize.widthPx, heightPx: options.heightPx ?? entry.defaultSize.heightPx };
  checkSize(id, size);
  const precision = options.precision ?? 'fp32';
  const path = preparedPath(options, id, size, precision);
  const preparation = preparationOf(entry, precision);
  const cached = await readSidecar(path);
  if (cached?.preparation === preparation && (await preparedProblem(path)) === undefined) {
    return { ...cached, path, sidecarPath: sidecarOf(path), fromCache: true };
  }
  const model = await pullModel(id, options);
  options.onProgress?.(`${id}: preparing ${size.widthPx}x${size.heightPx}${precision === 'fp32' ? '' : ` in ${precision}`}`);
  const bytes = encodeModel(prepared(await readNetwork(model), entry, size, precision), id);
  const { classes, nmsIou, recommendedMinScore, publicSource, licence } = entry;
  const facts: PreparedFacts = {
    modelId: id,
    sha256: sha256Of(bytes),
    ...size,
    classes,
    nmsIou,
    recommendedMinScore,
    source: publicSource,
    licence,
    preparation,
  };
  await writeAtomically(path, bytes);
  await writeAtomically(sidecarOf(path), `${JSON.stringify(facts, null, 2)}\n`);
  return { ...facts, path, sidecarPath: sidecarOf(path), fromCache: false };
}
