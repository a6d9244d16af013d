/**
 * Reorders a row-major array: axis `i` of the result is axis `axes[i]` of the source.
 * @param values row-major over `shape`; not changed
 */
export function permute(values: Float32Array, shape: readonly number[], axes: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const sizes = axes.map((axis) => shape[axis] as number);
  const steps = axes.map((axis) => strides[axis] as number);
  const result = new Float32Array(values.length);
  const index = new Array<number>(sizes.length).fill(0);
  let from = 0;
  for (let to = 0; to < result.length; to += 1) {
    result[to] = values[from] as number;
    for (let axis = sizes.length - 1; axis >= 0; axis -= 1) {
      index[axis] = (index[axis] as number) + 1;
      from += steps[axis] as number;
      if ((index[axis] as number) < (sizes[axis] as number)) break;
      from -= (steps[axis] as number) * (sizes[axis] as number);
      index[axis] = 0;
    }
  }
  return result;
}
