import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@safecity/platform/testing';
import { expect, test } from 'vitest';
import { availableProviders } from './available-providers.js';

test('a GPU provider is available when its library lies beside the others', () => {
  const folder = temporaryDirectory('providers');
  expect(availableProviders(folder.path)).toEqual(['cpu']);
  writeFileSync(join(folder.path, 'libonnxruntime_providers_cuda.so'), '');
  expect(availableProviders(folder.path)).toEqual(['cpu', 'cuda']);
  folder.remove();
});
