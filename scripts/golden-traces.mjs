#!/usr/bin/env node
// Writes the golden traces of fixtures/goldens: stretches of made-up scenes as they go into the rules, and beside each what
// the rules say of it. Run after a change that should change findings, and read the difference:
//   npx tsc -b && node scripts/golden-traces.mjs [--traces]
// Without --traces the traces stay as they are and only the events are written anew.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measuredNoise, placedEvents, SCENE_EPOCH_MS, scenarioFrames, scenarios } from '../fixtures/dist/index.js';
import { createCameraPipeline } from '../rules/dist/index.js';

const folder = join(import.meta.dirname, '..', 'fixtures', 'goldens');
const SEED = 2;
const NOISE_SEED = 7;
/** Scene, type of the event around which the stretch lies, and how much of the time before and after its beginning. */
const STRETCHES = [
  ['wrong-way', 'wrong-way', 3000, 11_000],
  ['red-light', 'red-light', 8000, 8000],
  ['collision', 'collision', 8000, 14_000],
  ['incidents-on-square', 'intrusion', 5000, 12_000],
];

const round = (value) => Math.round(value * 1e4) / 1e4;

/** One line a frame: time, then class, score and box of each detection. */
function frameLine({ capturedAtMs, detections }) {
  return JSON.stringify([capturedAtMs, ...detections.map((one) => [one.class, round(one.score), ...one.box.map(round)])]);
}

function writeTraces() {
  for (const [id, type, beforeMs, afterMs] of STRETCHES) {
    const scenario = scenarios(SEED).find((scene) => scene.id === id);
    const atMs = placedEvents(scenario).find((event) => event.type === type).fromMs;
    const frames = [...scenarioFrames(scenario, measuredNoise(), NOISE_SEED)].filter(
      ({ capturedAtMs }) => capturedAtMs >= atMs - beforeMs && capturedAtMs <= atMs + afterMs,
    );
    const { widthPx, heightPx } = frames[0];
    const head = {
      madeBy: `node scripts/golden-traces.mjs --traces (scene ${id}, seeds ${SEED} and ${NOISE_SEED})`,
      fromSceneMs: Math.round(atMs - beforeMs - SCENE_EPOCH_MS),
      widthPx,
      heightPx,
      camera: scenario.camera,
    };
    writeFileSync(join(folder, `${id}.trace.jsonl`), `${[JSON.stringify(head), ...frames.map(frameLine)].join('\n')}\n`);
  }
}

/** Names of the golden traces. */
export function goldenNames() {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.trace.jsonl'))
    .map((name) => name.replace('.trace.jsonl', ''))
    .sort();
}

/** What the rules say of a golden trace: one line a change of a finding or an alert. */
export function goldenEvents(name) {
  const [first, ...lines] = readFileSync(join(folder, `${name}.trace.jsonl`), 'utf8')
    .trim()
    .split('\n');
  const { camera, widthPx, heightPx } = JSON.parse(first);
  const pipeline = createCameraPipeline(camera);
  let state = pipeline.start();
  const events = [];
  for (const line of lines) {
    const [capturedAtMs, ...boxes] = JSON.parse(line);
    const detections = boxes.map(([name, score, ...box]) => ({ class: name, score, box }));
    const step = pipeline.step(state, {
      cameraId: camera.id,
      configRevision: camera.revision,
      capturedAtMs,
      widthPx,
      heightPx,
      modelId: camera.detection.modelId,
      detections,
    });
    state = step.state;
    const atMs = capturedAtMs - SCENE_EPOCH_MS;
    for (const { phase, finding } of step.findings)
      events.push({ atMs, phase, type: finding.type, class: finding.class, reason: finding.reason.text.en, box: finding.box?.map(round) });
    for (const { phase, type, severity, revision } of step.alerts) events.push({ atMs, alert: phase, type, severity, revision });
  }
  return `${events.map((event) => JSON.stringify(event)).join('\n')}\n`;
}

/** What is written beside a golden trace. */
export function writtenEvents(name) {
  return readFileSync(join(folder, `${name}.events.jsonl`), 'utf8');
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv.includes('--traces')) writeTraces();
  for (const name of goldenNames()) writeFileSync(join(folder, `${name}.events.jsonl`), goldenEvents(name));
}
