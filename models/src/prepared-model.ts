import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ModelPlaces, preparedFolder, sha256OfFile } from './cache.js';
import type { ModelEntry } from './catalogue.js';
import type { InputSize } from './prepare/anchors.js';
import type { Precision } from './prepare/half-network.js';

/** What the sidecar of a prepared model says; written beside the `.onnx` as `.json`. */
export interface PreparedFacts extends InputSize {
  modelId: string;
  /** Of the `.onnx`. */
  sha256: string;
  classes: readonly string[];
  nmsIou: number;
  recommendedMinScore: ModelEntry['recommendedMinScore'];
  source: string;
  licence: string;
  /** How and from what it was made: another value means that it must be made again. */
  preparation: string;
}

/** Path of a prepared model; its sidecar ends in `.json` instead. */
export function preparedPath(places: ModelPlaces, id: string, size: InputSize, precision: Precision): string {
  const suffix = precision === 'fp32' ? '' : `-${precision}`;
  return join(preparedFolder(places), `${id}-${size.widthPx}x${size.heightPx}${suffix}.onnx`);
}

export const sidecarOf = (path: string): string => path.replace(/\.onnx$/, '.json');

/** The sidecar of a prepared model, or undefined when it is missing or not readable as one. */
export async function readSidecar(path: string): Promise<PreparedFacts | undefined> {
  const text = await readFile(sidecarOf(path), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const facts = JSON.parse(text) as Partial<PreparedFacts> | null;
    return typeof facts?.sha256 === 'string' && typeof facts.preparation === 'string' ? (facts as PreparedFacts) : undefined;
  } catch {
    return undefined;
  }
}

/** What is wrong with a prepared model in the cache, or undefined when it is whole. */
export async function preparedProblem(path: string): Promise<string | undefined> {
  const facts = await readSidecar(path);
  if (!facts) return 'its description (.json) is missing or damaged';
  const sha256 = await sha256OfFile(path);
  if (sha256 === undefined) return 'the file is missing';
  return sha256 === facts.sha256 ? undefined : `SHA-256 is ${sha256}, its description says ${facts.sha256}`;
}
