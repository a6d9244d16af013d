import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Provider } from './session-messages.js';

export type GpuProvider = Exclude<Provider, 'cpu'>;

/** One thing that a GPU provider needs. `mend` is there when it is missing. */
export interface GpuCheck {
  name: string;
  found: string;
  mend?: string;
}

/** What the checks look at; a test gives its own. */
export interface GpuProbes {
  /** `linux/x64` and so on. */
  platform: string;
  /** Folder of onnxruntime-node's native library; GPU providers are libraries put beside it. */
  libraryFolder: string;
  /** Colon-separated directories that are searched before the system's. */
  libraryPath: string;
  exists(path: string): boolean;
  /** Standard output of a program, or undefined when it is not there or failed. */
  run(program: string, args: string[]): string | undefined;
  /** Makes a session with the provider and runs it; gives the reason when it cannot. */
  trySession(provider: GpuProvider): string | undefined;
}

/** Shared libraries that the providers of onnxruntime 1.30 for CUDA 12 are linked with, each with where it comes from. */
const CUDA_LIBRARIES = [
  { file: 'libcudart.so.12', mend: 'install the CUDA 12 runtime (cuda-libraries-12 of NVIDIA)' },
  { file: 'libcublasLt.so.12', mend: 'install cuBLAS of CUDA 12 (cuda-libraries-12 of NVIDIA)' },
  { file: 'libcudnn.so.9', mend: 'install cuDNN 9 for CUDA 12 (libcudnn9-cuda-12 of NVIDIA)' },
];
const TENSORRT_LIBRARY = { file: 'libnvinfer.so.10', mend: 'install TensorRT 10 (libnvinfer10 of NVIDIA), or use SAFECITY_PROVIDER=cuda' };

const TRY_LIMIT_MS = 120_000;

function libraryFolder(): string {
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node');
  return join(dirname(dirname(entry)), 'bin', 'napi-v6', process.platform, process.arch);
}

/** In a process of its own, which a broken driver may end or hang. */
function trySession(provider: GpuProvider): string | undefined {
  const entry = fileURLToPath(new URL('./try-provider.js', import.meta.url));
  const { status, signal, stdout, error } = spawnSync(process.execPath, [entry, provider], { encoding: 'utf8', timeout: TRY_LIMIT_MS });
  if (status === 0) return undefined;
  return stdout?.trim() || error?.message || `the try ended with ${signal ?? `code ${status}`}`;
}

/** Looks at this machine. */
export function systemProbes(): GpuProbes {
  return {
    platform: `${process.platform}/${process.arch}`,
    libraryFolder: libraryFolder(),
    libraryPath: process.env['LD_LIBRARY_PATH'] ?? '',
    exists: existsSync,
    run: (program, args) => {
      const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
      const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', timeout: 10_000, env: { ...process.env, PATH } });
      return status === 0 ? stdout : undefined;
    },
    trySession,
  };
}

/** Name and driver of each NVIDIA GPU, or undefined when there is none that works. */
export function findGpus({ run }: Pick<GpuProbes, 'run'>): string | undefined {
  const lines = run('nvidia-smi', ['--query-gpu=name,driver_version', '--format=csv,noheader'])?.trim().split('\n') ?? [];
  const gpus = lines.filter((line) => /^[^,]+, *\d/.test(line)).map((line) => line.replace(/, */, ', driver '));
  return gpus.length > 0 ? gpus.join('; ') : undefined;
}

function checkGpu(probes: GpuProbes): GpuCheck {
  const found = findGpus(probes);
  if (found) return { name: 'GPU', found };
  const mend = 'install the NVIDIA driver (nvidia-smi must list the GPU); in a container, pass the GPU in (--gpus all)';
  return { name: 'GPU', found: 'nvidia-smi lists none', mend };
}

function checkProviderLibrary(provider: GpuProvider, { platform, libraryFolder: folder, exists }: GpuProbes): GpuCheck {
  const name = `provider ${provider}`;
  if (platform !== 'linux/x64') return { name, found: `onnxruntime-node has none for ${platform}`, mend: 'use Linux on x86-64' };
  const files = ['shared', provider].map((part) => `libonnxruntime_providers_${part}.so`);
  const missing = files.filter((file) => !exists(join(folder, file)));
  if (missing.length === 0) return { name, found: 'installed beside onnxruntime-node' };
  return {
    name,
    found: `${missing.join(', ')} not in ${folder}`,
    mend: 'npm rebuild onnxruntime-node --onnxruntime-node-install=cuda12 (downloads several hundred MB)',
  };
}

function checkLibraries(provider: GpuProvider, { libraryPath, exists, run }: GpuProbes): GpuCheck[] {
  const wanted = provider === 'tensorrt' ? [...CUDA_LIBRARIES, TENSORRT_LIBRARY] : CUDA_LIBRARIES;
  const cached = run('ldconfig', ['-p']) ?? '';
  const folders = libraryPath.split(':').filter((folder) => folder !== '');
  return wanted.map(({ file, mend }) => {
    const line = cached.split('\n').find((entry) => entry.trim().startsWith(`${file} `));
    const path = folders.map((folder) => join(folder, file)).find(exists) ?? line?.split('=> ')[1]?.trim();
    if (path) return { name: file, found: path };
    return { name: file, found: 'not in ldconfig -p, nor in LD_LIBRARY_PATH', mend: `${mend}; then ldconfig` };
  });
}

/**
 * What a GPU provider needs, in the order in which it is mended; at the end, when nothing is missing, a session is made
 * with it and run.
 */
export function checkGpuProvider(provider: GpuProvider, probes: GpuProbes = systemProbes()): GpuCheck[] {
  const checks = [checkGpu(probes), checkProviderLibrary(provider, probes), ...checkLibraries(provider, probes)];
  if (checks.some(({ mend }) => mend !== undefined)) return checks;
  const problem = probes.trySession(provider);
  const name = `session with ${provider}`;
  if (problem === undefined) return [...checks, { name, found: 'made and run' }];
  return [...checks, { name, found: problem, mend: 'versions may not fit: onnxruntime 1.30 wants CUDA 12.x, cuDNN 9.x, TensorRT 10.x' }];
}
