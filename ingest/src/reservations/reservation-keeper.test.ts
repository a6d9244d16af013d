import { createHash } from 'node:crypto';
import { existsSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { matches, Reservation, SafecityError } from '@safecity/contracts';
import { createLogger } from '@safecity/platform';
import { temporaryDirectory, waitFor } from '@safecity/platform/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clip, ClipWanted } from '../clips/clip-cutter.js';
import { GopRing } from '../ring/gop-ring.js';
import { aFragment } from '../testing/builders.js';
import { ReservationKeeper, type ReservationKeeperOptions } from './reservation-keeper.js';
import { ReservationStore } from './reservation-store.js';

const logger = createLogger('test', { write: () => undefined });
let directory: ReturnType<typeof temporaryDirectory>;
let store: ReservationStore;
let ring: GopRing;
let nowMs: number;
let cuts: number[];
const keepers: ReservationKeeper[] = [];

beforeEach(() => {
  directory = temporaryDirectory('reservations');
  store = new ReservationStore(directory.path);
  ring = new GopRing();
  ring.append(aFragment({ startMs: 0, key: true, count: 25 }));
  nowMs = 1000;
  cuts = [];
});
afterEach(async () => {
  for (const keeper of keepers.splice(0)) await keeper.close();
  directory.remove();
});

function aClip({ fromMs, toMs }: ClipWanted, bytes = 4): Clip {
  const facts = { codec: 'avc1.64001f', widthPx: 1920, heightPx: 1080, gaps: [] };
  return { parts: [Buffer.alloc(bytes)], sizeBytes: bytes, sha256: 'f'.repeat(64), fromMs, toMs, durationMs: toMs - fromMs, ...facts };
}

function keeper(changes: Partial<ReservationKeeperOptions> = {}): ReservationKeeper {
  const made = new ReservationKeeper({
    store,
    cutter: {
      cut: async (_camera, _ring, { atMs }) => {
        cuts.push(atMs ?? -1);
        if ((atMs ?? 0) < 0) throw new SafecityError('INGEST_STILL_UNAVAILABLE', 'no picture of that time is kept');
        return { jpeg: Buffer.from(`picture ${atMs}`), capturedAtMs: (atMs ?? 0) + 1, widthPx: 1920, heightPx: 1080 };
      },
    },
    clips: { cut: async (_camera, _ring, wanted) => aClip(wanted) },
    rollOf: () => ({ preRollS: 10, postRollS: 10 }),
    ringOf: (cameraId) => (cameraId === 'cam1' ? ring : null),
    logger,
    nowMs: () => nowMs,
    ...changes,
  });
  keepers.push(made);
  return made;
}

function wanted(
  moments: Record<string, number>,
  changes: { reservationId?: string; cameraId?: string; action?: 'reserve' | 'release' } = {},
) {
  const list = Object.entries(moments).map(([name, atMs]) => ({ name, atMs }));
  return { action: 'reserve' as const, reservationId: 'r-1', cameraId: 'cam1', moments: list, ...changes };
}

function settled(under: ReservationKeeper, reservationId = 'r-1') {
  return waitFor(async () => {
    const reservation = await under.read(reservationId);
    return reservation?.pending.length === 0 ? reservation : null;
  });
}

describe('the crop of a moment', () => {
  const box: [number, number, number, number] = [0.1, 0.2, 0.3, 0.4];
  const request = (more: object = {}) => ({
    ...wanted({}),
    moments: [
      { name: 'first', atMs: 500, box },
      { name: 'whole', atMs: 500 },
    ],
    ...more,
  });
  const cutter = (fails: boolean): ReservationKeeperOptions['cutter'] => ({
    cut: async (_camera, _ring, { atMs, crop }) => {
      if (crop && fails) throw new SafecityError('INGEST_STILL_UNAVAILABLE', 'nothing of the box lies in the picture');
      const part = crop ? { widthPx: 40, heightPx: 20, box: crop.box } : { widthPx: 1920, heightPx: 1080 };
      return { jpeg: Buffer.from(`${crop ? 'crop' : 'picture'} ${atMs}`), capturedAtMs: crop ? (atMs ?? 0) : (atMs ?? 0) + 7, ...part };
    },
  });

  it('is cut from the very picture of the still, hashed, and stored beside it', async () => {
    const under = keeper({ cutter: cutter(false) });
    await under.take(request());
    const { stills } = await settled(under);
    expect(stills.map(({ moment, crop }) => [moment, crop?.file])).toEqual([
      ['first', 'first-crop.jpg'],
      ['whole', undefined],
    ]);
    const file = await store.readFile('r-1', 'first-crop.jpg');
    expect(file?.toString()).toBe('crop 507');
    const sha256 = createHash('sha256').update('crop 507').digest('hex');
    expect(stills[0]?.crop).toEqual({ file: 'first-crop.jpg', box, widthPx: 40, heightPx: 20, sha256 });
    expect(matches(Reservation, await store.read('r-1'))).toBe(true);
  });

  it('that cannot be cut leaves its still as it is and says why', async () => {
    const under = keeper({ cutter: cutter(true) });
    await under.take(request());
    const { stills, failed } = await settled(under);
    expect(stills.map(({ moment, crop }) => [moment, crop])).toEqual([
      ['first', undefined],
      ['whole', undefined],
    ]);
    expect(failed).toEqual([{ moment: 'first-crop', reason: 'nothing of the box lies in the picture' }]);
  });
});

describe('setting evidence aside', () => {
  it('cuts the video around the moments when its post-roll is over, and gives it up with the camera', async () => {
    const under = keeper();
    await under.take(wanted({ first: 500 }));
    await waitFor(async () => ((await under.read('r-1'))?.stills.length === 1 ? true : null));
    expect((await under.read('r-1'))?.pendingClips).toEqual(['clip-first']);
    nowMs = 10_500 + 15_000;
    const clips = await waitFor(async () => (await under.read('r-1'))?.clips ?? null);
    expect(clips).toMatchObject([
      { name: 'clip-first', file: 'clip-first.mp4', moments: ['first'], wantedFromMs: -9500, wantedToMs: 10_500 },
    ]);
    expect((await under.read('r-1'))?.pendingClips).toEqual([]);
    expect(await store.readFile('r-1', 'clip-first.mp4')).toEqual(Buffer.alloc(4));
  });

  it('says why there is no clip', async () => {
    const under = keeper({
      clips: { cut: async (_camera, _ring, span) => aClip(span, 1001) },
      limits: { maxAgeMs: 1e9, maxPerCamera: 9, maxClipBytesPerCamera: 1000 },
    });
    await under.take(wanted({ first: 1100 }));
    nowMs = 60_000;
    await waitFor(async () => ((await under.read('r-1'))?.pendingClips?.length === 0 ? true : null));
    expect((await under.read('r-1'))?.failed).toMatchObject([{ moment: 'clip-first', reason: expect.stringContaining('1001 bytes') }]);
    expect(under.clipFigures).toEqual({ refused: 1, dropped: 0 });
  });

  it('writes each moment as a file with its hash, and lists it', async () => {
    const under = keeper();
    await under.take(wanted({ first: 400, raised: 500 }));
    const reservation = await settled(under);
    expect(matches(Reservation, reservation)).toBe(true);
    expect(reservation.stills.map(({ moment, wantedAtMs, capturedAtMs }) => [moment, wantedAtMs, capturedAtMs])).toEqual([
      ['first', 400, 401],
      ['raised', 500, 501],
    ]);
    const bytes = readFileSync(join(directory.path, 'r-1', 'first.jpg'));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(reservation.stills[0]?.sha256);
    expect(await store.readFile('r-1', 'first.jpg')).toEqual(bytes);
    expect(await store.read('r-1')).toEqual(reservation);
  });

  it('waits for a moment to come, and gives up when the camera is away', async () => {
    const under = keeper();
    await under.take(wanted({ soon: 1100, never: 90_000 }));
    await new Promise(setImmediate);
    expect((await under.read('r-1'))?.pending).toEqual(['soon', 'never']);
    ring.append(aFragment({ startMs: 1000, count: 25 }));
    await waitFor(async () => (await under.read('r-1'))?.stills.length === 1);
    expect(cuts).toEqual([1100]);
    nowMs = 90_000 + 15_000;
    await settled(under);
    expect(cuts).toEqual([1100, 90_000]);
  });

  it('cuts nothing twice when a request comes again, and adds new moments', async () => {
    const under = keeper();
    await under.take(wanted({ first: 400 }));
    await settled(under);
    await under.take(wanted({ first: 400 }));
    await under.take(wanted({ first: 400, raised: 500 }));
    expect((await settled(under)).stills.map(({ moment }) => moment)).toEqual(['first', 'raised']);
    expect(cuts).toEqual([400, 500]);
  });

  it('says why a moment could not be cut', async () => {
    const under = keeper();
    await under.take(wanted({ gone: -5000, first: 400 }));
    const reservation = await settled(under);
    expect(reservation.failed).toEqual([{ moment: 'gone', reason: 'no picture of that time is kept' }]);
    expect(reservation.stills).toHaveLength(1);
  });

  it('removes what is released, also while it is being cut', async () => {
    let finish: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const cut = async () => {
      cuts.push(0);
      await slow;
      return { jpeg: Buffer.from('late'), capturedAtMs: 400, widthPx: 1, heightPx: 1 };
    };
    const under = keeper({ cutter: { cut } });
    await under.take(wanted({ first: 400 }));
    await waitFor(() => cuts.length === 1);
    await under.take(wanted({}, { action: 'release' }));
    finish();
    await waitFor(() => !existsSync(join(directory.path, 'r-1')));
    expect(await under.read('r-1')).toBeNull();
  });

  it('leaves other workers cameras and unsafe ids alone', async () => {
    const under = keeper();
    await under.take(wanted({ first: 400 }, { cameraId: 'cam2' }));
    await under.take(wanted({ first: 400 }, { reservationId: '../escape' }));
    expect(await store.list()).toEqual([]);
    expect(await store.readFile('..', 'index.json')).toBeNull();
    expect(await store.readFile('r-1', '../index.json')).toBeNull();
  });
});

describe('keeping order on the disk', () => {
  async function stored(count: number, cameraId = 'cam1'): Promise<void> {
    for (let i = 0; i < count; i++) {
      const reservationId = `${cameraId}-${i}`;
      await store.write({ reservationId, cameraId, stills: [], pending: [], failed: [] });
      utimesSync(join(directory.path, reservationId, 'index.json'), i, i);
    }
  }
  const names = async () => (await store.list()).map(({ reservation }) => reservation.reservationId).sort();

  it('forgets what is too old', async () => {
    await stored(3);
    nowMs = 2000 + 100_000;
    await keeper({ limits: { maxAgeMs: 100_000, maxClipBytesPerCamera: 1000, maxPerCamera: 100 } }).tidy();
    expect(await names()).toEqual(['cam1-2']);
  });

  it('forgets the oldest of a camera that has too much', async () => {
    await stored(5);
    await stored(2, 'cam2');
    nowMs = 5000;
    await keeper({ limits: { maxAgeMs: 1e9, maxClipBytesPerCamera: 1000, maxPerCamera: 2 } }).tidy();
    expect(await names()).toEqual(['cam1-3', 'cam1-4', 'cam2-0', 'cam2-1']);
  });

  it('tells after a restart what can no longer be cut', async () => {
    nowMs = Date.now();
    await store.write({ reservationId: 'r-1', cameraId: 'cam1', stills: [], pending: ['first'], failed: [] });
    const under = keeper();
    await under.recover();
    expect(await under.read('r-1')).toMatchObject({
      pending: [],
      failed: [{ moment: 'first', reason: expect.stringContaining('restarted') }],
    });
  });
});
