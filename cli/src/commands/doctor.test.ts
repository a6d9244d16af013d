import { describe, expect, test } from 'vitest';
import { checkVideoDecoding } from './doctor.js';

const NO_DRIVER = 'Cannot load libcuda.so.1';

describe('doctor on video decoding', () => {
  test.each([
    { name: 'nothing wanted, no GPU', wanted: undefined, hasGpu: false, problem: NO_DRIVER, state: 'ok', found: 'software' },
    {
      name: 'nothing wanted, a GPU lies idle',
      wanted: 'off',
      hasGpu: true,
      problem: undefined,
      state: 'warning',
      found: 'software, although the GPU decodes',
    },
    {
      name: 'nothing wanted, a GPU without video',
      wanted: 'off',
      hasGpu: true,
      problem: NO_DRIVER,
      state: 'ok',
      found: `software (the GPU would not do: ${NO_DRIVER})`,
    },
    { name: 'wanted and there', wanted: 'cuda', hasGpu: true, problem: undefined, state: 'ok', found: 'NVDEC' },
    { name: 'wanted and not there', wanted: 'cuda', hasGpu: false, problem: NO_DRIVER, state: 'miss', found: `software: ${NO_DRIVER}` },
    {
      name: 'wanted where it is there, and it is not',
      wanted: 'auto',
      hasGpu: false,
      problem: NO_DRIVER,
      state: 'ok',
      found: `software: ${NO_DRIVER}`,
    },
  ])('$name: $state', async ({ wanted, hasGpu, problem, state, found }) => {
    const check = await checkVideoDecoding({ SAFECITY_HWACCEL: wanted }, { tryDecoding: async () => problem, hasGpu: () => hasGpu });
    expect(check).toMatchObject({ name: 'video decoding', state, found });
    expect(check.mend !== undefined).toBe(state !== 'ok');
  });

  test('a value that is none is refused with the others', async () => {
    await expect(checkVideoDecoding({ SAFECITY_HWACCEL: 'vaapi' })).rejects.toThrow('must be one of off, auto, cuda; got "vaapi"');
  });
});
