import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { checkGpuProvider, findGpus, type GpuProbes, systemProbes } from './gpu-checks.js';

const SMI = 'NVIDIA A2, 550.54.15\nNVIDIA A2, 550.54.15\n';
const LDCONFIG = [
  '3 libs found in cache',
  '\tlibcudart.so.12 (libc6,x86-64) => /usr/lib/libcudart.so.12',
  '\tlibcublasLt.so.12 (libc6,x86-64) => /usr/lib/libcublasLt.so.12',
  '\tlibcudnn.so.9 (libc6,x86-64) => /usr/lib/libcudnn.so.9',
  '\tlibcudnn_ops.so.9 (libc6,x86-64) => /usr/lib/libcudnn_ops.so.9',
].join('\n');

/** A machine with everything for CUDA, changed by `changes`. */
function probes(changes: Partial<GpuProbes> & { smi?: string | undefined; ldconfig?: string } = {}): GpuProbes {
  const { smi = SMI, ldconfig = LDCONFIG, ...rest } = changes;
  return {
    platform: 'linux/x64',
    libraryFolder: '/ort',
    libraryPath: '',
    exists: (path) => path.startsWith('/ort/'),
    run: (program) => (program === 'nvidia-smi' ? smi : ldconfig),
    trySession: () => undefined,
    ...rest,
  };
}

const missing = (changes: Parameters<typeof probes>[0], provider: 'cuda' | 'tensorrt' = 'cuda') =>
  checkGpuProvider(provider, probes(changes)).filter(({ mend }) => mend !== undefined);

it('finds nothing wrong where everything is there and a session runs', () => {
  const checks = checkGpuProvider('cuda', probes());
  expect(checks.filter(({ mend }) => mend)).toEqual([]);
  expect(checks[0]).toEqual({ name: 'GPU', found: 'NVIDIA A2, driver 550.54.15; NVIDIA A2, driver 550.54.15' });
  expect(checks.at(-1)).toEqual({ name: 'session with cuda', found: 'made and run' });
});

it.each([
  { what: 'a driver', changes: { smi: 'NVIDIA-SMI has failed' }, name: 'GPU', mend: 'install the NVIDIA driver' },
  { what: 'another platform', changes: { platform: 'linux/arm64' }, name: 'provider cuda', mend: 'use Linux on x86-64' },
  { what: 'provider libraries', changes: { exists: () => false }, name: 'provider cuda', mend: 'npm rebuild onnxruntime-node' },
  { what: 'cuDNN', changes: { ldconfig: LDCONFIG.replace('libcudnn.so.9 ', 'libcudnn.so.8 ') }, name: 'libcudnn.so.9', mend: 'cuDNN 9' },
  { what: 'a version that fits', changes: { trySession: () => 'driver too old' }, name: 'session with cuda', mend: 'versions may not fit' },
])('says how to mend the lack of $what', ({ changes, name, mend }) => {
  expect(missing(changes)).toEqual([expect.objectContaining({ name, mend: expect.stringContaining(mend) })]);
});

it('wants TensorRT only where it is asked for, and takes it from LD_LIBRARY_PATH too', () => {
  expect(missing({}, 'tensorrt').map(({ name }) => name)).toEqual(['libnvinfer.so.10']);
  const exists = (path: string) => path.startsWith('/ort/') || path === '/opt/trt/libnvinfer.so.10';
  expect(missing({ libraryPath: '/opt/trt', exists }, 'tensorrt')).toEqual([]);
});

it('tries no session while something is missing: it could end the process', () => {
  const trySession = () => {
    throw new Error('tried');
  };
  expect(missing({ exists: () => false, trySession })).toHaveLength(1);
});

it('tells a machine without a GPU from one with', () => {
  expect(findGpus(probes())).toContain('NVIDIA A2');
  expect(findGpus({ run: () => undefined })).toBeUndefined();
});

it('tries a provider in a process of its own, and says why it cannot be used', () => {
  const entry = new URL('../dist/try-provider.js', import.meta.url).pathname;
  const tryIt = (provider: string) => spawnSync(process.execPath, [entry, provider], { encoding: 'utf8' });
  expect(tryIt('cpu')).toMatchObject({ status: 0, stdout: '' });
  const absent = tryIt('none-such');
  expect(absent.status).toBe(1);
  expect(absent.stdout).toMatch(/\w/);
  expect(systemProbes().libraryFolder).toMatch(/onnxruntime-node/);
});
