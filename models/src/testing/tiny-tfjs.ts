import type { TfAttribute, TfNode } from '../convert/tfjs-model.js';

/** A graph small enough to read, in the form in which TensorFlow.js stores one. */
export interface TinyGraph {
  /** NHWC or NCHW, as the nodes want it. */
  inputShape: number[];
  constants: Record<string, { shape: number[]; values: number[]; integer?: boolean }>;
  nodes: TfNode[];
  output: string;
}

/** String attribute. */
export const textAttribute = (value: string): TfAttribute => ({ s: Buffer.from(value).toString('base64') });

/** Attribute that is a list of integers. */
export const listAttribute = (...values: number[]): TfAttribute => ({ list: { i: values.map(String) } });

/** `model.json` and weight file of a graph. */
export function tinyTfjs(graph: TinyGraph): { json: string; weights: Uint8Array } {
  const constants = Object.entries(graph.constants);
  const shapeOf = (shape: number[]) => ({ dim: shape.map((size) => ({ size: String(size) })) });
  const dtype = (integer?: boolean): string => (integer ? 'DT_INT32' : 'DT_FLOAT');
  const constantNodes = constants.map(([name, { integer }]) => ({ name, op: 'Const', attr: { dtype: { type: dtype(integer) } } }));
  const input = { name: 'input', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: shapeOf(graph.inputShape) } } };
  const model = {
    format: 'graph-model',
    signature: {
      inputs: { 'input:0': { name: 'input:0', dtype: 'DT_FLOAT', tensorShape: shapeOf(graph.inputShape) } },
      outputs: { [`${graph.output}:0`]: { name: `${graph.output}:0`, dtype: 'DT_FLOAT' } },
    },
    modelTopology: { node: [input, ...constantNodes, ...graph.nodes], library: {}, versions: { producer: 1 } },
    weightsManifest: [
      {
        paths: ['tiny.bin'],
        weights: constants.map(([name, { shape, integer }]) => ({ name, shape, dtype: integer ? 'int32' : 'float32' })),
      },
    ],
  };
  const parts = constants.map(([, { values, integer }]) =>
    Buffer.from((integer ? Int32Array.from(values) : Float32Array.from(values)).buffer),
  );
  return { json: JSON.stringify(model), weights: new Uint8Array(Buffer.concat(parts)) };
}
