import { GraphWriter } from '../onnx/graph-writer.js';
import { ELEMENT, type OnnxGraph, valueShape } from '../onnx/proto.js';

/** Strides, classes and channels of {@link tinyYolox}. */
export const TINY_YOLOX = { stridesPx: [8, 16, 32], classCount: 3 };

const CHANNELS = 4;
/** Small values that differ from each other, so that a swapped channel or a mirrored kernel shows. */
const weights = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(seed + i * 2.3) * 0.2);

/** One quarter of the pixels: every second row from `dy`, every second column from `dx`. */
function everySecond(writer: GraphWriter, dy: number, dx: number): string {
  const rows = writer.add('Slice', ['images', writer.ints([dy]), writer.ints([1e6]), writer.ints([2]), writer.ints([2])]);
  return writer.add('Slice', [rows, writer.ints([dx]), writer.ints([1e6]), writer.ints([3]), writer.ints([2])]);
}

function convolution(writer: GraphWriter, input: string, shape: [number, number, number], stride: number): string {
  const [channelsOut, channelsIn, side] = shape;
  const kernel = writer.floats(
    [channelsOut, channelsIn, side, side],
    weights(channelsOut * channelsIn * side * side, channelsOut + stride),
  );
  const bias = writer.floats([channelsOut], weights(channelsOut, side));
  const pad = (side - 1) >> 1;
  return writer.add('Conv', [input, kernel, bias], {
    kernel_shape: { ints: [side, side] },
    strides: { ints: [stride, stride] },
    pads: { ints: [pad, pad, pad, pad] },
  });
}

/**
 * A detector with the outline of a published YOLOX and next to nothing inside.
 * @param fixed side in pixels when the graph shall work for one size and a batch of one only, as an ordinary export does
 */
export function tinyYolox(fixed?: number): OnnxGraph {
  const writer = new GraphWriter('');
  const quarters = [everySecond(writer, 0, 0), everySecond(writer, 1, 0), everySecond(writer, 0, 1), everySecond(writer, 1, 1)];
  let features = convolution(writer, writer.add('Concat', quarters, { axis: { int: 1 } }), [CHANNELS, 12, 3], 1);
  features = convolution(writer, writer.add('Mul', [features, writer.floats([], [0.05])]), [CHANNELS, CHANNELS, 3], 2);
  const { stridesPx, classCount } = TINY_YOLOX;
  const grids = stridesPx.map((stridePx) => {
    features = convolution(writer, features, [CHANNELS, CHANNELS, 3], 2);
    const [box, objectness, classes] = [4, 1, classCount].map((size) => convolution(writer, features, [size, CHANNELS, 1], 1)) as [
      string,
      string,
      string,
    ];
    const parts = [box, writer.add('Sigmoid', [objectness]), writer.add('Sigmoid', [classes])];
    const shape = fixed === undefined ? [0, 5 + classCount, -1] : [1, 5 + classCount, (fixed / stridePx) ** 2];
    return writer.add('Reshape', [writer.add('Concat', parts, { axis: { int: 1 } }), writer.ints(shape)]);
  });
  writer.addOutput('Transpose', [writer.add('Concat', grids, { axis: { int: 2 } })], 'output', { perm: { ints: [0, 2, 1] } });
  const inputShape = fixed === undefined ? ['batch', 3, 'height', 'width'] : [1, 3, fixed, fixed];
  const outputShape = fixed === undefined ? ['batch', 'anchors', 5 + classCount] : [1, 'anchors', 5 + classCount];
  return {
    nodes: writer.nodes,
    initializers: writer.initializers,
    inputs: [valueShape('images', ELEMENT.float, inputShape)],
    outputs: [valueShape('output', ELEMENT.float, outputShape)],
  };
}
