import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buckets, type InferenceEndpoint } from '@safecity/contracts';
import type { Bus } from '@safecity/platform';
import sharp from 'sharp';

/** What the fake node takes for a face, a person, a vehicle and the text of a plate: paint it in this colour. */
export const SEEN_AS = { face: '#ff00ff', person: '#00ffff', car: '#ffff00', text: '#00ff00' } as const;
export type SeenAs = keyof typeof SEEN_AS;

const COLOURS: Record<SeenAs, [number, number, number]> = {
  face: [255, 0, 255],
  person: [0, 255, 255],
  car: [255, 255, 0],
  text: [0, 255, 0],
};
const SIZE = { widthPx: 640, heightPx: 384 };
const detector = (modelId: string, classes: string[]) => ({ modelId, sha256: `hash-of-${modelId}`, ...SIZE, classes, nmsIou: 0.5 });
const MODELS = { 'nanodet-g': detector('nanodet-g', ['person', 'car']), ultraface: detector('ultraface', ['face']) };
const PLATE_FIND = {
  modelId: 'plate-find',
  sha256: 'hash-of-plate-find',
  inputs: [{ name: 'images', datatype: 'UINT8' as const, shape: [1, -1, -1, 3], maxShape: [1, 640, 640, 3] }],
  outputs: [{ name: 'map', datatype: 'UINT8' as const, shape: [1, 1, -1, -1] }],
};

const isLike = (frame: Buffer, at: number, colour: readonly number[]) =>
  colour.every((value, channel) => Math.abs((frame[at * 3 + channel] ?? 0) - value) < 70);

/** One row `[x1, y1, x2, y2, score, class]` around everything of a colour; none when there is nothing. */
function rowOf(frame: Buffer, widthPx: number, seenAs: SeenAs, index: number): number[] {
  let box: [number, number, number, number] | null = null;
  for (let at = 0; at * 3 < frame.length; at++) {
    if (!isLike(frame, at, COLOURS[seenAs])) continue;
    const [x, y] = [at % widthPx, Math.floor(at / widthPx)];
    box = box ? [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x + 1), Math.max(box[3], y + 1)] : [x, y, x + 1, y + 1];
  }
  return box ? [...box, 0.9, index] : [];
}

function answerOf(modelId: string, frame: Buffer, shape: number[]): { output: object; bytes: Buffer } {
  const [, heightPx = 0, widthPx = 0] = shape;
  if (modelId === 'plate-find') {
    const map = Buffer.from(Array.from({ length: widthPx * heightPx }, (_, at) => (isLike(frame, at, COLOURS.text) ? 255 : 0)));
    return { output: { name: 'map', datatype: 'UINT8', shape: [1, 1, heightPx, widthPx] }, bytes: map };
  }
  const kinds: SeenAs[] = modelId === 'ultraface' ? ['face'] : ['person', 'car'];
  const rows = kinds.flatMap((kind, index) => rowOf(frame, widthPx, kind, index));
  const values = rows.length > 0 ? rows : [0, 0, 0, 0, 0, 0];
  return {
    output: { name: 'boxes', datatype: 'FP32', shape: [1, values.length / 6, 6] },
    bytes: Buffer.from(Float32Array.from(values).buffer),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export interface FakeInference {
  /** Runs by model. */
  runs: Record<string, number>;
  close(): Promise<void>;
}

/** A node of the Open Inference Protocol that finds what is painted in the colours of `SEEN_AS`. */
export async function startFakeInference(bus: Bus, serves: readonly ('nanodet-g' | 'ultraface' | 'plate-find')[]): Promise<FakeInference> {
  const runs: Record<string, number> = {};
  const server = createServer(async (request, response) => {
    const modelId = (request.url ?? '').split('/')[3] ?? '';
    const body = await bodyOf(request);
    if (!(serves as readonly string[]).includes(modelId)) return void response.writeHead(404).end();
    runs[modelId] = (runs[modelId] ?? 0) + 1;
    const length = Number(request.headers['inference-header-content-length']);
    const { inputs } = JSON.parse(body.subarray(0, length).toString()) as { inputs: [{ shape: number[] }] };
    const { output, bytes } = answerOf(modelId, body.subarray(length), inputs[0].shape);
    const json = Buffer.from(
      JSON.stringify({ model_name: modelId, outputs: [{ ...output, parameters: { binary_data_size: bytes.length } }] }),
    );
    response.writeHead(200, { 'inference-header-content-length': json.length, 'content-length': json.length + bytes.length });
    response.end(Buffer.concat([json, bytes]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint: InferenceEndpoint = {
    endpointId: 'fake-node',
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    provider: 'cpu',
    models: Object.values(MODELS).filter(({ modelId }) => (serves as readonly string[]).includes(modelId)),
    tensorModels: serves.includes('plate-find') ? [PLATE_FIND] : [],
    queueDepth: 0,
    atMs: 0,
  };
  const bucket = await bus.kv(buckets.inferenceNodes, { ttlMs: 6000 });
  const announce = () => bucket.put('fake-node', JSON.stringify({ ...endpoint, atMs: Date.now() }));
  await announce();
  const renewal = setInterval(() => void announce().catch(() => undefined), 2000);
  return {
    runs,
    close: async () => {
      clearInterval(renewal);
      await bucket.delete('fake-node');
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A grey JPEG with rectangles `[x1, y1, x2, y2]` in pixels painted into it. */
export async function paintedPicture(
  painted: readonly [SeenAs, readonly [number, number, number, number]][],
  size = SIZE,
): Promise<Buffer> {
  const rectangles = painted.map(
    ([kind, [x1, y1, x2, y2]]) => `<rect x="${x1}" y="${y1}" width="${x2 - x1}" height="${y2 - y1}" fill="${SEEN_AS[kind]}"/>`,
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size.widthPx}" height="${size.heightPx}">${rectangles.join('')}</svg>`;
  return sharp({ create: { width: size.widthPx, height: size.heightPx, channels: 3, background: '#808080' } })
    .composite([{ input: Buffer.from(svg) }])
    .withExif({ IFD0: { ImageDescription: 'secret of the camera' } })
    .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
    .toBuffer();
}
