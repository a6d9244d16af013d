import { SafecityError } from '@safecity/contracts';
import { withoutUnused } from '../onnx/graph-view.js';
import { GraphWriter } from '../onnx/graph-writer.js';
import { ELEMENT, makeNode, type OnnxGraph, valueShape } from '../onnx/proto.js';

/** How a network wants its pictures: (value / 255 - mean) / std for red, green and blue. */
interface Scaling {
  mean: readonly number[];
  std: readonly number[];
}

/** As PaddleOCR trains its text detector: ImageNet's figures, channels in the order in which OpenCV reads them. */
const DETECTION_SCALING: Scaling = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const RECOGNITION_SCALING: Scaling = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

/** Characters of a plate that the recogniser gives, after the CTC blank: class i + 1 is character i. */
export const PLATE_CHARACTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. ';

/** Characters of the trained alphabet that stand for one of a plate. */
const SAME_AS: Readonly<Record<string, string>> = { '·': '.', '•': '.', '—': '-', _: '-' };

function inputName(network: OnnxGraph): string {
  const constants = new Set(network.initializers.map(({ name }) => name));
  const free = network.inputs.filter(({ name }) => !constants.has(name));
  if (free.length === 1 && network.outputs.length === 1) return free[0]?.name as string;
  throw new SafecityError(
    'MODELS_GRAPH_UNEXPECTED',
    `a text network should have one input and one output, not ${free.length} and ${network.outputs.length}`,
  );
}

/** Bytes to the network's own input, channels in front. Only operations that every operator set since 9 has. */
function scaledInput(writer: GraphWriter, network: OnnxGraph, { mean, std }: Scaling): OnnxGraph['nodes'][number] {
  const values = writer.add('Cast', ['images'], { to: { int: ELEMENT.float } });
  const factors = writer.floats(
    [3],
    std.map((value) => 1 / (255 * value)),
  );
  const shifts = writer.floats(
    [3],
    mean.map((value, channel) => -value / (std[channel] as number)),
  );
  const scaled = writer.add('Add', [writer.add('Mul', [values, factors]), shifts]);
  return makeNode('Transpose', [scaled], [inputName(network)], { perm: { ints: [0, 3, 1, 2] } });
}

/**
 * A text detector that takes pictures of any size in multiples of 32, uint8 `[1, height, width, 3]` RGB, and gives `map`,
 * the text probability in steps of 1/255, uint8 `[1, 1, height, width]`.
 * @throws SafecityError `MODELS_GRAPH_UNEXPECTED`
 */
export function prepareTextDetection(network: OnnxGraph): OnnxGraph {
  const before = new GraphWriter('input_');
  const after = new GraphWriter('map_');
  const first = scaledInput(before, network, DETECTION_SCALING);
  const scaled = after.add('Mul', [network.outputs[0]?.name as string, after.floats([1], [255])]);
  const rounded = after.add('Add', [scaled, after.floats([1], [0.5])]);
  after.addOutput('Cast', [rounded], 'map', { to: { int: ELEMENT.uint8 } });
  return withoutUnused({
    nodes: [...before.nodes, first, ...network.nodes, ...after.nodes],
    initializers: [...before.initializers, ...network.initializers, ...after.initializers],
    inputs: [valueShape('images', ELEMENT.uint8, [1, 'height', 'width', 3])],
    outputs: [valueShape('map', ELEMENT.uint8, [1, 1, 'height', 'width'])],
    ...(network.opset === undefined ? {} : { opset: network.opset }),
  });
}

/** For each class of the network: which class of the plate it counts towards, -1 for none. */
function plateClasses(alphabet: readonly string[]): number[] {
  const characters = ['', ...alphabet, ' '];
  return characters.map((character, index) => {
    if (index === 0) return 0;
    const plain = SAME_AS[character] ?? (/^[a-z]$/.test(character) ? character.toUpperCase() : character);
    const at = PLATE_CHARACTERS.indexOf(plain);
    return at < 0 ? -1 : at + 1;
  });
}

/**
 * A text recogniser cut down to plates: `images`, rows of text uint8 `[n, 48, width, 3]` RGB, to `probabilities` float32
 * `[n, steps, 1 + plate characters]`, the CTC blank first. Small letters count towards their capitals; what a row lacks to
 * 1 is the probability of a character that no plate has.
 * @param alphabet the network's characters in order, without blank in front and space at the end
 * @throws SafecityError `MODELS_GRAPH_UNEXPECTED`
 */
export function preparePlateRecognition(network: OnnxGraph, alphabet: readonly string[]): OnnxGraph {
  const classes = plateClasses(alphabet);
  const columns = PLATE_CHARACTERS.length + 1;
  const choice = new Float32Array(classes.length * columns);
  classes.forEach((column, row) => {
    if (column >= 0) choice[row * columns + column] = 1;
  });
  const before = new GraphWriter('input_');
  const after = new GraphWriter('plate_');
  const first = scaledInput(before, network, RECOGNITION_SCALING);
  after.addOutput('MatMul', [network.outputs[0]?.name as string, after.floats([classes.length, columns], choice)], 'probabilities');
  return withoutUnused({
    nodes: [...before.nodes, first, ...network.nodes, ...after.nodes],
    initializers: [...before.initializers, ...network.initializers, ...after.initializers],
    inputs: [valueShape('images', ELEMENT.uint8, ['batch', 48, 'width', 3])],
    outputs: [valueShape('probabilities', ELEMENT.float, ['batch', 'steps', columns])],
    ...(network.opset === undefined ? {} : { opset: network.opset }),
  });
}
