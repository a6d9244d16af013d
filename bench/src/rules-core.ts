import { type CameraConfig, type Detection, type DetectionsFrame, parseCamera } from '@safecity/contracts';
import { createCameraPipeline, type PipelineState } from '@safecity/rules';

/** What the camera holds after so many messages. */
export interface RulesCoreSample {
  messages: number;
  /** Bytes of the camera's state as JSON. */
  stateBytes: number;
  /** Live heap after a collection (needs --expose-gc; else as it is), MB. */
  heapMb: number;
  /** Resident memory of the process, MB. */
  residentMb: number;
  /** Messages per second of CPU time since the sample before. */
  messagesPerCpuSecond: number;
}

/** What a run of the pure core of rules gave. */
export interface RulesCoreResult {
  messages: number;
  objects: number;
  rules: number;
  /** Messages per second of CPU time of this process, garbage collection included: what one core takes. */
  messagesPerCpuSecond: number;
  tracksSeen: number;
  findings: number;
  /** At each tenth of the run. */
  samples: RulesCoreSample[];
}

const FRAME_MS = 200;
/** Each object crosses the picture in so many frames, then another takes its place. */
const LIFE_FRAMES = 100;

/** The camera of the measurement: a zone, a line and one rule of each common kind. */
export function benchCamera(): CameraConfig {
  return parseCamera({
    id: 'bench',
    name: 'bench',
    source: { url: 'rtsp://127.0.0.1/bench' },
    zones: [
      {
        id: 'road',
        name: 'road',
        polygon: [
          [0.1, 0.1],
          [0.9, 0.1],
          [0.9, 0.9],
          [0.1, 0.9],
        ],
      },
    ],
    lines: [{ id: 'line', name: 'line', a: [0.5, 0], b: [0.5, 1] }],
    rules: [
      { id: 'stalled', name: 'stalled', type: 'stalled-vehicle', zoneId: 'road' },
      { id: 'crowd', name: 'crowd', type: 'crowd-occupancy', zoneId: 'road', minCount: 50 },
      { id: 'count', name: 'count', type: 'line-count', lineId: 'line' },
      { id: 'intrusion', name: 'intrusion', type: 'intrusion', zoneId: 'road' },
    ],
  });
}

/** Frame `index`: `objects` boxes that cross the picture and tremble a little; every one is replaced when it has crossed. */
function frameAt(index: number, objects: number): DetectionsFrame {
  const detections: Detection[] = [];
  for (let i = 0; i < objects; i++) {
    const step = (index + (i * LIFE_FRAMES) / objects) % LIFE_FRAMES;
    const x = step / LIFE_FRAMES + 0.002 * Math.sin(index * 1.7 + i);
    const y = 0.1 + (0.8 * (i + 0.5)) / objects;
    const isPerson = i % 5 === 0;
    const [width, height] = isPerson ? [0.02, 0.06] : [0.08, 0.06];
    detections.push({ class: isPerson ? 'person' : 'car', score: 0.8, box: [x - width / 2, y - height, x + width / 2, y] });
  }
  return {
    cameraId: 'bench',
    configRevision: 0,
    capturedAtMs: 1_780_000_000_000 + index * FRAME_MS,
    widthPx: 1280,
    heightPx: 720,
    modelId: 'nanodet-g',
    detections,
  };
}

function sampleOf(messages: number, state: PipelineState, messagesPerCpuSecond: number): RulesCoreSample {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  const stateBytes = JSON.stringify(state).length;
  return { messages, stateBytes, heapMb: heapUsed / 1_048_576, residentMb: rss / 1_048_576, messagesPerCpuSecond };
}

/** Runs the pure core over `messages` made-up detection messages, tracks coming and going all the while. */
export function benchRulesCore(
  { messages, objects }: { messages: number; objects: number },
  onProgress: (share: number) => void,
): RulesCoreResult {
  const camera = benchCamera();
  const pipeline = createCameraPipeline(camera);
  let state = pipeline.start();
  let findings = 0;
  let cpuUs = 0;
  const samples: RulesCoreSample[] = [];
  const batch = Math.max(1, Math.floor(messages / 10));
  for (let done = 0; done < messages; ) {
    const until = Math.min(messages, done + batch);
    const fromMessage = done;
    const before = process.cpuUsage();
    for (; done < until; done++) {
      const step = pipeline.step(state, frameAt(done, objects));
      state = step.state;
      findings += step.findings.length;
    }
    const { user, system } = process.cpuUsage(before);
    cpuUs += user + system;
    samples.push(sampleOf(done, state, Math.round(((done - fromMessage) / (user + system)) * 1e6)));
    onProgress(done / messages);
  }
  return {
    messages,
    objects,
    rules: camera.rules.length,
    messagesPerCpuSecond: Math.round((messages / cpuUs) * 1e6),
    tracksSeen: Math.round((messages / LIFE_FRAMES) * objects),
    findings,
    samples,
  };
}
