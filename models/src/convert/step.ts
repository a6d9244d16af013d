import { SafecityError } from '@safecity/contracts';
import type { GraphWriter } from '../onnx/graph-writer.js';
import type { TfAttribute, TfNode } from './tfjs-model.js';
import { asConstant, asHeld, type Constant, type Held, type Value } from './values.js';

/** What one TensorFlow operation sees: its node, its arguments, and the graph it is written to. */
export interface Step {
  node: TfNode;
  arguments: Value[];
  /** Nothing else reads the computed arguments, so the operation may change how they are made. */
  soleReader: boolean;
  writer: GraphWriter;
}

/** Writes one operation to the graph and gives its outputs. */
export type Operation = (step: Step) => Value[];

/** An attribute of a node; without any value when the node has none of that name. */
export const attribute = (node: TfNode, name: string): TfAttribute => node.attr?.[name] ?? {};
/** A string attribute, decoded. */
export const text = (node: TfNode, name: string): string => Buffer.from(attribute(node, name).s ?? '', 'base64').toString();
/** An attribute that is a list of integers; empty when there is none. */
export const integers = (node: TfNode, name: string): number[] => (attribute(node, name).list?.i ?? []).map(Number);
/** An argument that is computed at run time. @throws SafecityError `MODELS_OP_UNSUPPORTED` */
export const held = (step: Step, index: number): Held => asHeld(step.arguments[index] as Value, step.node.name);
/** An argument that is known now. @throws SafecityError `MODELS_OP_UNSUPPORTED` */
export const constant = (step: Step, index: number): Constant => asConstant(step.arguments[index] as Value, step.node.name);

/** The error for a variant of an operation that is not converted. */
export function unsupported(step: Step, what: string): SafecityError {
  return new SafecityError('MODELS_OP_UNSUPPORTED', `${step.node.op} ${step.node.name}: ${what} is not converted`);
}
