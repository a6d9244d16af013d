import { randomBytes } from 'node:crypto';
import { DetectionsFrame, matches, PlatesRead, type PlatesWanted, parseCamera, subjects } from '@safecity/contracts';
import { type CameraSimulator, generateClip, startCameraSimulator } from '@safecity/fixtures';
import { type Bus, connectBus, createLogger } from '@safecity/platform';
import { startTestNats, temporaryDirectory, waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningWorker, startIngestWorker } from '../src/worker.js';

const directory = temporaryDirectory('worker-plates');
const logger = createLogger('test', { write: () => undefined });
const model = { modelId: 'nanodet-g', widthPx: 160, heightPx: 96, classes: ['car'], nmsIou: 0.5 };

let nats: Awaited<ReturnType<typeof startTestNats>>;
let bus: Bus;
let simulator: CameraSimulator;
let worker: RunningWorker;

beforeAll(async () => {
  nats = await startTestNats();
  bus = await connectBus({ url: nats.url, name: 'test', logger });
  const clip = await generateClip({ durationS: 2, fps: 10, gopS: 0.5, directory: directory.path });
  simulator = await startCameraSimulator({ cameras: [{ path: 'cam1', clip }] });
  worker = await startIngestWorker({
    bus,
    inference: {
      model: () => model,
      infer: async () => Float32Array.from([0, 0, 80, 45, 0.9, 0]),
      plateNetworks: () => ({
        findText: async ({ widthPx, heightPx }) => new Uint8Array(widthPx * heightPx),
        readRow: async () => ({ probabilities: new Float32Array(), steps: 0 }),
      }),
    },
    key: randomBytes(32),
    transcodes: 1,
    dataDir: directory.path,
    workerId: 'ingest-1',
    logger,
  });
});
afterAll(async () => {
  await worker?.close();
  await simulator?.close();
  await bus?.close();
  await nats?.stop();
  directory.remove();
});

it('says of each frame where pictures are cut from, and stores what was read of a vehicle behind the detections', async () => {
  const camera = parseCamera({ id: 'cam1', name: 'cam1', source: { url: simulator.url('cam1') }, plates: {} });
  await (await bus.kv('cameras')).put('cam1', JSON.stringify(camera));
  const newest = async (subject: string) => (await bus.jsm.streams.getMessage('DETECTIONS', { last_by_subj: subject })).json();
  const frame = await waitFor(async () => {
    const found = await newest(subjects.detections('cam1'));
    return matches(DetectionsFrame, found) && found.cutFrom ? found : null;
  });
  expect(frame.cutFrom).toMatchObject({ widthPx: 320, heightPx: 180 });
  expect(frame.cutFrom?.sinceKeyframeMs).toBeLessThan(600);
  const capturedAtMs = frame.capturedAtMs - (frame.cutFrom?.sinceKeyframeMs ?? 0);
  const wanted: PlatesWanted = { cameraId: 'cam1', capturedAtMs, vehicles: [{ trackId: 't1', class: 'car', box: [0.2, 0.2, 0.7, 0.8] }] };
  bus.publishJson(subjects.platesWanted('cam1'), { cameraId: 'cam1', vehicles: 'none' });
  bus.publishJson(subjects.platesWanted('cam1'), wanted);
  const read = await waitFor(() => newest(subjects.platesRead('cam1')));
  expect(matches(PlatesRead, read)).toBe(true);
  expect(read).toEqual({ cameraId: 'cam1', trackId: 't1', capturedAtMs, vehicleBox: [0.2, 0.2, 0.7, 0.8], readings: [] });
});
