import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import onnxProto from 'onnx-proto';

const execute = promisify(execFile);
const SIDE_PX = 416;

/** What the peer printed of itself. */
export interface PeerResult {
  cpuSecondsPerCameraSecond: number;
  /** CPU seconds that each analysed frame costs on top of decoding. */
  perFrame: number;
  /** Frames analysed per second of video. */
  fps: number;
}

/** Why the peer cannot run here, or undefined when it can. */
export function peerMissing(peersDir: string | undefined, modelsDir: string | undefined): string | undefined {
  if (!peersDir || !existsSync(join(peersDir, 'opencv_baseline.py'))) return 'set SAFECITY_PEERS_DIR to the folder with opencv_baseline.py';
  if (!modelsDir || !existsSync(join(modelsDir, 'yolox_nano_opencvzoo_dyn.onnx')))
    return 'set SAFECITY_MODELS_DIR to the folder with yolox_nano_opencvzoo_dyn.onnx';
  try {
    execFileSync('/usr/bin/python3', ['-c', 'import cv2']);
    return undefined;
  } catch {
    return 'apt-get install python3-opencv';
  }
}

/** OpenCV takes no symbolic sizes: the same network with its input fixed to 1x3x416x416. */
function fixedInputModel(modelsDir: string, scratchDir: string): string {
  const path = join(scratchDir, 'yolox-nano-416-fixed.onnx');
  const { onnx } = onnxProto;
  const model = onnx.ModelProto.decode(readFileSync(join(modelsDir, 'yolox_nano_opencvzoo_dyn.onnx')));
  const dimensions = model.graph?.input?.[0]?.type?.tensorType?.shape?.dim ?? [];
  for (const [index, size] of [1, 3, SIDE_PX, SIDE_PX].entries())
    dimensions[index] = onnx.TensorShapeProto.Dimension.create({ dimValue: size });
  writeFileSync(path, onnx.ModelProto.encode(model).finish());
  return path;
}

/** Runs the OpenCV peer (Debian's python3-opencv, one thread, batch 1) over a clip. */
export async function runOpencvPeer(options: {
  peersDir: string;
  modelsDir: string;
  clip: string;
  fps: number;
  /** Most of the recording that is run, s. */
  seconds: number;
  scratchDir: string;
}): Promise<PeerResult> {
  const model = fixedInputModel(options.modelsDir, options.scratchDir);
  const args = [
    join(options.peersDir, 'opencv_baseline.py'),
    options.clip,
    model,
    '--fps',
    String(options.fps),
    '--threads',
    '1',
    '--size',
    String(SIDE_PX),
    '--max',
    String(options.seconds),
  ];
  const { stdout } = await execute('/usr/bin/python3', args, { maxBuffer: 1e7 });
  const result = JSON.parse(stdout.trim().split('\n').at(-1) as string) as {
    cpu_s_per_camera_s: number;
    ms_per_frame: Record<string, number>;
    frames_inferred: number;
    video_s: number;
  };
  const stages = Object.entries(result.ms_per_frame).filter(([stage]) => stage !== 'decode');
  return {
    cpuSecondsPerCameraSecond: result.cpu_s_per_camera_s,
    perFrame: stages.reduce((sum, [, ms]) => sum + ms, 0) / 1000,
    fps: result.frames_inferred / result.video_s,
  };
}
