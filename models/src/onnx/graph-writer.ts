import { type Attribute, floatTensor, int64Tensor, makeNode, type Node, type Tensor } from './proto.js';

/** Grows a list of nodes and constants; every tensor it makes gets a name of its own. */
export class GraphWriter {
  readonly nodes: Node[] = [];
  readonly initializers: Tensor[] = [];
  readonly #prefix: string;
  #count = 0;

  /** @param prefix starts every tensor name, so that two writers can be joined in one graph */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Adds a node with one output and gives that output's name. */
  add(opType: string, inputs: readonly string[], attributes: Record<string, Attribute> = {}): string {
    return this.addMany(opType, inputs, 1, attributes)[0] as string;
  }

  /** Adds a node with `outputCount` outputs and gives their names. */
  addMany(opType: string, inputs: readonly string[], outputCount: number, attributes: Record<string, Attribute> = {}): string[] {
    const outputs = Array.from({ length: outputCount }, () => this.#name(opType));
    this.nodes.push(makeNode(opType, inputs, outputs, attributes));
    return outputs;
  }

  /** Adds a node whose single output is a graph output of that name. */
  addOutput(opType: string, inputs: readonly string[], output: string, attributes: Record<string, Attribute> = {}): void {
    this.nodes.push(makeNode(opType, inputs, [output], attributes));
  }

  /** Adds a float32 constant, row-major over `dims`. */
  floats(dims: readonly number[], values: Float32Array | readonly number[]): string {
    const name = this.#name('float');
    this.initializers.push(floatTensor(name, dims, values instanceof Float32Array ? values : Float32Array.from(values)));
    return name;
  }

  /** Adds an int64 vector. */
  ints(values: readonly number[]): string {
    const name = this.#name('ints');
    this.initializers.push(int64Tensor(name, [values.length], values));
    return name;
  }

  #name(kind: string): string {
    this.#count += 1;
    return `${this.#prefix}${kind.toLowerCase()}_${this.#count}`;
  }
}
