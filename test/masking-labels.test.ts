import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { maskingFigures } from '@safecity/bench';
import { type Bus, connectBus, createInferenceClient, type InferenceClient } from '@safecity/platform';
import { startTestNats, temporaryDirectory, waitFor } from '@safecity/platform/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readMaskLabels } from '../cli/src/masking/labels-file.js';
import { maskLabelled } from '../cli/src/masking/mask-labelled.js';
import { type FakeInference, paintedPicture, startFakeInference } from '../vms-api/test/fake-inference.js';
import { quiet } from '../vms-api/test/harness.js';

const folder = temporaryDirectory('masking-labels-');
const file = join(folder.path, 'labels.json');
const LABELLED = {
  clip: 'painted',
  atMs: 0,
  light: 'day',
  faces: [[62, 62, 88, 94]],
  heads: [
    [300, 40, 340, 66],
    [200, 300, 220, 320],
  ],
  plates: [[460, 220, 540, 240]],
};

let nats: Awaited<ReturnType<typeof startTestNats>>;
let bus: Bus;
let node: FakeInference;
let client: InferenceClient;
let picture: Buffer;

beforeAll(async () => {
  nats = await startTestNats();
  bus = await connectBus({ url: nats.url, name: 'test', logger: quiet });
  node = await startFakeInference(bus, ['nanodet-g', 'ultraface', 'plate-find']);
  client = createInferenceClient({ bus, logger: quiet });
  await waitFor(() => client.model('nanodet-g') !== undefined && client.tensorModel('plate-find') !== undefined, { what: 'the models' });
  picture = await paintedPicture([
    ['face', [60, 60, 90, 96]],
    ['person', [300, 40, 340, 160]],
    ['car', [400, 100, 600, 260]],
    ['text', [460, 220, 540, 240]],
  ]);
});
afterAll(async () => {
  await client?.close();
  await node?.close();
  await bus?.close();
  await nats?.stop();
  folder.remove();
});

async function figuresOf(bytes: Buffer, ...stills: object[]) {
  writeFileSync(file, JSON.stringify({ stills }));
  const results = [];
  for (const labels of readMaskLabels(file)) results.push(await maskLabelled(client, labels, bytes, ['nanodet-g']));
  return maskingFigures(results);
}

it('counts what is hidden of labels, and what of the subject is left', async () => {
  const { plates, ...others } = LABELLED;
  const about = { ...others, subject: { class: 'car', box: [400, 100, 600, 260], plates } };
  const figures = await figuresOf(picture, LABELLED, about);
  expect(figures.others.face).toMatchObject({ labels: 2, hidden: 2, share: 1 });
  // Nobody is painted where the second head is labelled.
  expect(figures.others.head).toMatchObject({ labels: 4, hidden: 2, share: 0.5 });
  expect(figures.others.plate).toMatchObject({ labels: 1, hidden: 1 });
  expect(figures.subject).toMatchObject({ labels: 1, hidden: 0 });
});

it('hides the whole head of somebody whom the edge of the picture cuts', async () => {
  const cut = await paintedPicture([['person', [300, 350, 340, 384]]]);
  const { others } = await figuresOf(cut, { clip: 'cut', atMs: 0, light: 'day', heads: [[310, 350, 330, 370]] });
  expect(others.head).toMatchObject({ labels: 1, hidden: 1 });
});

it.each([
  ['a box without breadth', { ...LABELLED, plates: [[540, 220, 460, 240]] }, 'painted at 0 ms has the box 540, 220, 460, 240'],
  [
    'a box outside the still',
    { ...LABELLED, plates: [[600, 220, 660, 240]] },
    'the plate 600, 220, 660, 240 lies outside the still of 640x384',
  ],
  ['an unknown key', { ...LABELLED, hands: [] }, 'hands'],
])('refuses %s', async (_name, still, message) => {
  await expect(figuresOf(picture, still)).rejects.toThrow(message);
});
