import { permute } from '../onnx/permute.js';
import type { Attribute } from '../onnx/proto.js';
import { attribute, constant, held, integers, type Operation, type Step, text, unsupported } from './step.js';
import { type Held, inOrder, NHWC_ORDER, padded, spatialPads } from './values.js';

/** Height and width entries of an NHWC attribute such as strides. */
function spatialPair(step: Step, name: string): [number, number] {
  const values = integers(step.node, name);
  if (values.length === 0) return [1, 1];
  if (values.length !== 4 || values[0] !== 1 || values[3] !== 1) throw unsupported(step, `${name} ${values.join(',')}`);
  return [values[1] as number, values[2] as number];
}

interface Window {
  input: Held;
  kernel: [number, number];
  strides: [number, number];
  dilations: [number, number];
  /** What padding that may be taken over is filled with: 0 for convolution, -Infinity for the largest of a window. */
  fill: number;
}

interface Padding {
  input: Held;
  attributes: Record<string, Attribute>;
  /** Height and width of the result. */
  size: [number, number];
}

/** Padding of a sliding window: VALID takes over a pad in front of it, SAME is TensorFlow's (odd pixel after, ONNX SAME_UPPER). */
function windowPadding(step: Step, window: Window): Padding {
  const scheme = text(step.node, 'padding');
  const [height, width] = [window.input.shape[1] as number, window.input.shape[2] as number];
  if (scheme === 'SAME') {
    const size = [height, width].map((side, i) => Math.ceil(side / (window.strides[i] as number))) as [number, number];
    return { input: padded(step.writer, window.input), attributes: { auto_pad: { text: 'SAME_UPPER' } }, size };
  }
  if (scheme !== 'VALID') throw unsupported(step, `padding ${scheme}`);
  const size = [height, width].map((side, i) => {
    const reach = ((window.kernel[i] as number) - 1) * (window.dilations[i] as number) + 1;
    return Math.floor((side - reach) / (window.strides[i] as number)) + 1;
  }) as [number, number];
  const pads = spatialPads(window.input, window.fill);
  return { input: pads ? window.input : padded(step.writer, window.input), attributes: { pads: { ints: pads ?? [0, 0, 0, 0] } }, size };
}

function requireNhwc(step: Step): void {
  if (text(step.node, 'data_format') !== 'NHWC') throw unsupported(step, `data format ${text(step.node, 'data_format')}`);
}

/** Weights are HWIO in TensorFlow, OIHW in ONNX; fewer input channels in the weights than in the tensor mean groups. */
export const convolution: Operation = (step) => {
  requireNhwc(step);
  const weights = constant(step, 1);
  const [kernelHeight, kernelWidth, channelsIn, channelsOut] = weights.shape as [number, number, number, number];
  const input = inOrder(step.writer, held(step, 0), NHWC_ORDER);
  const strides = spatialPair(step, 'strides');
  const dilations = spatialPair(step, 'dilations');
  const padding = windowPadding(step, { input, kernel: [kernelHeight, kernelWidth], strides, dilations, fill: 0 });
  const kernel = step.writer.floats(
    [channelsOut, channelsIn, kernelHeight, kernelWidth],
    permute(weights.values as Float32Array, weights.shape, [3, 2, 0, 1]),
  );
  const tensor = step.writer.add('Conv', [padding.input.tensor, kernel], {
    kernel_shape: { ints: [kernelHeight, kernelWidth] },
    strides: { ints: strides },
    dilations: { ints: dilations },
    group: { int: (input.shape[3] as number) / channelsIn },
    ...padding.attributes,
  });
  return [{ kind: 'held', tensor, shape: [input.shape[0] as number, ...padding.size, channelsOut], order: NHWC_ORDER }];
};

export const maxPool: Operation = (step) => {
  requireNhwc(step);
  const input = inOrder(step.writer, held(step, 0), NHWC_ORDER);
  const kernel = spatialPair(step, 'ksize');
  const strides = spatialPair(step, 'strides');
  const padding = windowPadding(step, { input, kernel, strides, dilations: [1, 1], fill: Number.NEGATIVE_INFINITY });
  const tensor = step.writer.add('MaxPool', [padding.input.tensor], {
    kernel_shape: { ints: kernel },
    strides: { ints: strides },
    ...padding.attributes,
  });
  return [{ kind: 'held', tensor, shape: [input.shape[0] as number, ...padding.size, input.shape[3] as number], order: NHWC_ORDER }];
};

/** ONNX name of the way in which TensorFlow's resize lays its sample points. */
function coordinateMode(step: Step): string {
  if (attribute(step.node, 'align_corners').b) return 'align_corners';
  return attribute(step.node, 'half_pixel_centers').b ? 'half_pixel' : 'asymmetric';
}

/** The fixed size of the original becomes a ratio, so that the graph runs at any input size. */
export const resizeBilinear: Operation = (step) => {
  const input = inOrder(step.writer, padded(step.writer, held(step, 0)), NHWC_ORDER);
  const [height, width] = [...constant(step, 1).values] as [number, number];
  const scales = [1, 1, height / (input.shape[1] as number), width / (input.shape[2] as number)];
  const tensor = step.writer.add('Resize', [input.tensor, '', step.writer.floats([4], scales)], {
    mode: { text: 'linear' },
    coordinate_transformation_mode: { text: coordinateMode(step) },
  });
  return [{ kind: 'held', tensor, shape: [input.shape[0] as number, height, width, input.shape[3] as number], order: NHWC_ORDER }];
};
