import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { pause } from './pause.js';
import { median } from './statistics.js';

const execute = promisify(execFile);
const WARM_UP_RUNS = 3;

/** CPU seconds per second of video of decoding every picture, taking `fps` of them and scaling them to the model's input. */
export async function decodeCost(clip: string, size: { widthPx: number; heightPx: number }, fps: number, seconds: number): Promise<number> {
  const { widthPx: w, heightPx: h } = size;
  const filter = `fps=${fps},scale=${w}:${h}:force_original_aspect_ratio=decrease,pad=${w}:${h}`;
  // Again and again, so that a short recording fills the time too.
  const input = ['-threads', '1', '-stream_loop', '-1', '-i', clip, '-t', String(seconds)];
  const output = ['-vf', filter, '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-y', '/dev/null'];
  const { stderr } = await execute('ffmpeg', ['-hide_banner', '-nostdin', '-benchmark', ...input, ...output], { maxBuffer: 1e7 });
  const match = /bench: utime=([\d.]+)s stime=([\d.]+)s/.exec(stderr);
  if (!match) throw new Error('ffmpeg printed no benchmark line');
  return (Number(match[1]) + Number(match[2])) / seconds;
}

/** A prepared model in a bare session with one thread. `close()` it. */
export class BareSession {
  readonly #session: InferenceSession;
  readonly #input: Tensor;

  private constructor(session: InferenceSession, size: { widthPx: number; heightPx: number }) {
    this.#session = session;
    const pixels = new Uint8Array(size.widthPx * size.heightPx * 3).fill(114);
    this.#input = new Tensor('uint8', pixels, [1, size.heightPx, size.widthPx, 3]);
  }

  static async open(model: { path: string; widthPx: number; heightPx: number }): Promise<BareSession> {
    const session = await InferenceSession.create(model.path, {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
    return new BareSession(session, model);
  }

  /** CPU seconds of one run, the median of `runs` after a warm-up: one after the other, or one each `everyMs`. */
  async runCost({ runs = 30, everyMs = 0 }: { runs?: number; everyMs?: number } = {}): Promise<number> {
    const costs: number[] = [];
    for (let i = 0; i < runs + WARM_UP_RUNS; i++) {
      const startMs = performance.now();
      const before = process.cpuUsage();
      await this.#session.run({ images: this.#input });
      const { user, system } = process.cpuUsage(before);
      if (i >= WARM_UP_RUNS) costs.push((user + system) / 1e6);
      const restMs = everyMs - (performance.now() - startMs);
      if (restMs > 0) await pause(restMs);
    }
    return median(costs);
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}
