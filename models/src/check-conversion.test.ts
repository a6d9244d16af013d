import { expect, it } from 'vitest';
import { CONVERSION_TOLERANCE, checkConversion } from './check-conversion.js';
import { samplePictures } from './pictures.js';
import { isCached } from './testing/cached-model.js';

const cached = await isCached('nanodet-g');

it.skipIf(!cached)('converted NanoDet-g and the original run by TensorFlow.js agree on every raw output value', async () => {
  const pictures = await samplePictures(process.env['SAFECITY_FOOTAGE_DIR'], { widthPx: 416, heightPx: 416 }, 4);
  const report = await checkConversion({ pictures });
  process.stderr.write(
    `nanodet-g, ${pictures.length} pictures: largest absolute difference ${report.largestDifference.toExponential(1)}\n`,
  );
  expect(report.outputs.map(({ output, valueCount }) => [output, valueCount / pictures.length]).sort()).toEqual([
    ['Identity', 2704 * 80],
    ['Identity_1', 676 * 80],
    ['Identity_2', 169 * 80],
    ['Identity_3', 2704 * 44],
    ['Identity_4', 676 * 44],
    ['Identity_5', 169 * 44],
  ]);
  // Scores that are all zero would agree as well: something must be there to compare.
  expect(Math.max(...report.outputs.map(({ largestValue }) => largestValue))).toBeGreaterThan(1);
  expect(report.largestDifference).toBeLessThanOrEqual(CONVERSION_TOLERANCE);
  expect(report.ok).toBe(true);
});

it('a model published as ONNX has no conversion', async () => {
  await expect(checkConversion({ modelId: 'yolox-nano', pictures: [] })).rejects.toMatchObject({ code: 'MODELS_OP_UNSUPPORTED' });
});
