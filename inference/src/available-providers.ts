import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Provider } from './session-messages.js';

const GPU_PROVIDERS: readonly Provider[] = ['cuda', 'tensorrt'];

/** Folder of onnxruntime-node's native library; GPU providers are libraries put beside it. */
function libraryFolder(): string {
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node');
  return join(dirname(dirname(entry)), 'bin', 'napi-v6', process.platform, process.arch);
}

/** Providers whose libraries are there. Whether a GPU one works is known only when a session is made with it. */
export function availableProviders(folder: string = libraryFolder()): Provider[] {
  return ['cpu', ...GPU_PROVIDERS.filter((provider) => existsSync(join(folder, `libonnxruntime_providers_${provider}.so`)))];
}
