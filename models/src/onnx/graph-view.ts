import { SafecityError } from '@safecity/contracts';
import type { Node, OnnxGraph, Tensor } from './proto.js';

/** Looks through a graph by what makes and what reads each tensor. Does not change it. */
export class GraphView {
  readonly #graph: OnnxGraph;
  readonly #producers = new Map<string, Node>();
  readonly #constants: Map<string, Tensor>;

  constructor(graph: OnnxGraph) {
    this.#graph = graph;
    for (const node of graph.nodes) for (const output of node.output ?? []) this.#producers.set(output, node);
    this.#constants = new Map(graph.initializers.map((tensor) => [tensor.name as string, tensor]));
  }

  /** The node that makes a tensor, which must be of that type. @throws SafecityError `MODELS_GRAPH_UNEXPECTED` */
  producer(tensor: string, opType: string): Node {
    const node = this.#producers.get(tensor);
    if (node?.opType === opType) return node;
    throw new SafecityError(
      'MODELS_GRAPH_UNEXPECTED',
      `${tensor} should come from ${opType}, not from ${node?.opType ?? 'outside the graph'}`,
    );
  }

  /** Walks from a tensor to its maker's first input, once for each of `opTypes` in turn. @throws SafecityError `MODELS_GRAPH_UNEXPECTED` */
  ancestor(tensor: string, opTypes: readonly string[]): string {
    return opTypes.reduce((name, opType) => this.producer(name, opType).input?.[0] as string, tensor);
  }

  /** Nodes that read a tensor, in the graph's order. */
  readers(tensor: string): Node[] {
    return this.#graph.nodes.filter((node) => node.input?.includes(tensor));
  }

  /** @throws SafecityError `MODELS_GRAPH_UNEXPECTED` when the tensor is computed at run time */
  constant(name: string): Tensor {
    const tensor = this.#constants.get(name);
    if (tensor) return tensor;
    throw new SafecityError('MODELS_GRAPH_UNEXPECTED', `${name} should be a constant of the graph`);
  }
}

/** The nodes and constants that the outputs need; everything else of the graph is left out. */
export function withoutUnused(graph: OnnxGraph): OnnxGraph {
  const needed = new Set(graph.outputs.map((output) => output.name as string));
  const nodes: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.output?.some((output) => needed.has(output))) continue;
    nodes.unshift(node);
    for (const input of node.input ?? []) needed.add(input);
  }
  return { ...graph, nodes, initializers: graph.initializers.filter((tensor) => needed.has(tensor.name as string)) };
}
