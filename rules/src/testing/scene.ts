import { type Box, type CameraConfig, type Detection, type DetectionsFrame, parseCamera } from '@safecity/contracts';
import type { FindingChange, Observation, ObservedTrack } from '../catalogue/rule-machine.js';
import { anchorOf } from '../geometry/boxes.js';
import type { CameraPipeline } from '../pipeline/pipeline.js';
import type { PipelineState } from '../pipeline/pipeline-state.js';
import type { PipelineStep } from '../pipeline/pipeline-step.js';
import type { TrackerDetection } from '../tracking/track.js';

/** Capture time at which scenes begin. */
export const T0 = 1_780_000_000_000;

/** A camera of a square picture with one zone in its middle, one line across it and a scripted signal. */
export function aCamera(overrides: Record<string, unknown> = {}): CameraConfig {
  return parseCamera({
    id: 'cam-1',
    name: 'Junction',
    source: { url: 'rtsp://127.0.0.1/cam-1' },
    zones: [
      {
        id: 'middle',
        name: 'lòng nút giao',
        polygon: [
          [0.2, 0.2],
          [0.8, 0.2],
          [0.8, 0.8],
          [0.2, 0.8],
        ],
      },
    ],
    lines: [{ id: 'stop', name: 'vạch dừng', a: [0.1, 0.5], b: [0.9, 0.5] }],
    signals: [
      {
        id: 'north',
        name: 'đèn bắc',
        source: {
          kind: 'script',
          epochMs: T0,
          cycle: [
            { state: 'red', durationMs: 20_000 },
            { state: 'green', durationMs: 10_000 },
          ],
        },
      },
    ],
    ...overrides,
  });
}

/** A box of the given size whose anchor (bottom centre) is at x, y. */
export function boxAt(x: number, y: number, width = 0.1, height = 0.1): Box {
  return [x - width / 2, y - height, x + width / 2, y];
}

/** A sure car in the middle of the picture. */
export function aDetection(overrides: Partial<Detection> = {}): Detection {
  return { class: 'car', score: 0.8, box: boxAt(0.5, 0.5), ...overrides };
}

/** The same for the tracker itself. */
export function aTrackerDetection(overrides: Partial<TrackerDetection> = {}): TrackerDetection {
  return aDetection(overrides);
}

/** A frame of a square picture, `atMs` after the scene's beginning. */
export function aFrame(atMs: number, detections: Detection[] = [], overrides: Partial<DetectionsFrame> = {}): DetectionsFrame {
  return {
    cameraId: 'cam-1',
    configRevision: 0,
    capturedAtMs: T0 + atMs,
    widthPx: 1000,
    heightPx: 1000,
    modelId: 'nanodet-g',
    detections,
    ...overrides,
  };
}

/** Frames from 0 to `untilMs` inclusive, one every `stepMs`. */
export function frames(untilMs: number, stepMs: number, detectionsAt: (atMs: number) => Detection[], fromMs = 0): DetectionsFrame[] {
  const list: DetectionsFrame[] = [];
  for (let atMs = fromMs; atMs <= untilMs; atMs += stepMs) list.push(aFrame(atMs, detectionsAt(atMs)));
  return list;
}

/** Everything that comes of playing frames through a pipeline. */
export interface Played {
  state: PipelineState;
  steps: PipelineStep[];
  findings: FindingChange[];
  alerts: PipelineStep['alerts'];
  evidence: PipelineStep['evidence'];
}

/** Plays frames, from a fresh state unless one is given. Results are copies, so later frames cannot change them. */
export function play(pipeline: CameraPipeline, list: readonly DetectionsFrame[], from?: PipelineState): Played {
  let state = from ?? pipeline.start();
  const steps: PipelineStep[] = [];
  for (const frame of list) {
    const step = pipeline.step(state, frame);
    state = step.state;
    const { state: _state, ...rest } = step;
    steps.push({ ...structuredClone(rest), state });
  }
  return {
    state,
    steps,
    findings: steps.flatMap((step) => step.findings),
    alerts: steps.flatMap((step) => step.alerts),
    evidence: steps.flatMap((step) => step.evidence),
  };
}

/** A track in the middle zone, seen in the present frame. */
export function aTrack(nowMs: number, overrides: Partial<ObservedTrack> = {}): ObservedTrack {
  const box = overrides.box ?? boxAt(0.5, 0.5);
  return {
    id: 'track-1',
    class: 'car',
    score: 0.8,
    box,
    drawnBox: box,
    anchor: anchorOf(box),
    firstMs: T0 - 60_000,
    lastSeenMs: nowMs,
    velocity: [0, 0],
    seen: true,
    clearlySeen: overrides.seen ?? true,
    stillSinceMs: nowMs,
    standingMs: 0,
    zoneIds: ['middle'],
    ...overrides,
  };
}

/** An observation `atMs` after the scene's beginning, without gaps before it. */
export function anObservation(atMs: number, tracks: ObservedTrack[] = [], overrides: Partial<Observation> = {}): Observation {
  return {
    nowMs: T0 + atMs,
    watchedMs: atMs,
    unbrokenSinceMs: T0,
    restarted: false,
    frameBeforeMs: null,
    aspect: 1,
    signals: {},
    tracks,
    ...overrides,
  };
}

/** Random numbers 0..1 that are the same every time (mulberry32). */
export function seededRandom(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
