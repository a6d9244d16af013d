import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const execute = promisify(execFile);

/** CPU seconds per second of video of decoding every picture, taking `fps` of them and scaling them to the model's input. */
export async function decodeCost(
  clip: string,
  size: { widthPx: number; heightPx: number },
  fps: number,
  durationS: number,
): Promise<number> {
  const filter = `fps=${fps},scale=${size.widthPx}:${size.heightPx}:force_original_aspect_ratio=decrease,pad=${size.widthPx}:${size.heightPx}`;
  const args = [
    '-hide_banner',
    '-benchmark',
    '-threads',
    '1',
    '-i',
    clip,
    '-vf',
    filter,
    '-pix_fmt',
    'rgb24',
    '-f',
    'rawvideo',
    '-y',
    '/dev/null',
  ];
  const { stderr } = await execute('ffmpeg', args, { maxBuffer: 1e7 });
  const match = /bench: utime=([\d.]+)s stime=([\d.]+)s/.exec(stderr);
  if (!match) throw new Error('ffmpeg printed no benchmark line');
  return (Number(match[1]) + Number(match[2])) / durationS;
}

/** CPU seconds of one `session.run` of a prepared model with one thread, the median of `runs` after a warm-up. */
export async function sessionRunCost(modelPath: string, size: { widthPx: number; heightPx: number }, runs = 30): Promise<number> {
  const session = await InferenceSession.create(modelPath, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  const input = new Tensor('uint8', new Uint8Array(size.widthPx * size.heightPx * 3).fill(114), [1, size.heightPx, size.widthPx, 3]);
  const costs: number[] = [];
  for (let i = 0; i < runs + 3; i++) {
    const before = process.cpuUsage();
    await session.run({ images: input });
    const { user, system } = process.cpuUsage(before);
    if (i >= 3) costs.push((user + system) / 1e6);
  }
  await session.release();
  costs.sort((a, b) => a - b);
  return costs[Math.floor(costs.length / 2)] as number;
}
