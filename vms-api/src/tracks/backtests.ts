import { randomUUID } from 'node:crypto';
import { BacktestStatus, type BacktestWanted, buckets, type CameraConfig, matches, subjects } from '@safecity/contracts';
import type { Bus } from '@safecity/platform';
import { failure, notFound } from '../server/failure.js';

const KEPT_MS = 3_600_000;
const REQUEST_TIMEOUT_MS = 3000;
/** Largest camera and archive that are handed over: about a day of a busy junction. */
const MOST_BYTES = 64 * 1024 * 1024;
/** A running backtest of which nothing was heard for longer has died with its process. */
const SILENT_MS = 30_000;
const NO_RESPONDERS = '503';

/** The whole archive of a camera as it is handed to rules. @throws SafecityError `API_TOO_LARGE` (413) */
async function handOver(camera: CameraConfig, archive: AsyncIterable<string>): Promise<Uint8Array> {
  const pieces = [Buffer.from(`${JSON.stringify(camera)}\n`)];
  let size = 0;
  for await (const text of archive) {
    const piece = Buffer.from(text);
    size += piece.length;
    if (size > MOST_BYTES)
      throw failure('API_TOO_LARGE', 413, 'the tracks of that time are too many for one backtest: take a shorter time');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** @throws SafecityError `API_NO_RULES` (503) when no rules process takes it */
async function ask(bus: Bus, wanted: BacktestWanted): Promise<void> {
  let accepted = false;
  try {
    const answer = await bus.nc.request(subjects.backtestWanted, JSON.stringify(wanted), { timeout: REQUEST_TIMEOUT_MS });
    accepted = (answer.json() as { accepted?: unknown }).accepted === true;
  } catch (cause) {
    const why = (cause as { code?: unknown }).code === NO_RESPONDERS ? 'rules does not run' : 'rules does not answer';
    throw failure('API_NO_RULES', 503, `${why}: see that the role rules runs, and try again`, cause);
  }
  if (!accepted) throw failure('API_NO_RULES', 503, 'rules has as many backtests waiting as it takes: try again when they are done');
}

/**
 * Hands a camera with changed rules and the archive of a time to rules, which runs it beside its live work.
 * @throws SafecityError `API_TOO_LARGE`, `API_NO_RULES`
 */
export async function startBacktest(
  bus: Bus,
  camera: CameraConfig,
  span: { fromMs: number; toMs: number },
  archive: AsyncIterable<string>,
  nowMs: number,
): Promise<BacktestStatus> {
  const wanted: BacktestWanted = { id: randomUUID(), cameraId: camera.id, ...span };
  const bytes = await handOver(camera, archive);
  const bucket = await bus.kv(buckets.backtests, { ttlMs: KEPT_MS });
  const store = await bus.js.views.os(buckets.backtests, { ttl: KEPT_MS * 1e6 });
  const status: BacktestStatus = { ...wanted, state: 'waiting', progress: 0, atMs: nowMs };
  await store.putBlob({ name: wanted.id }, bytes);
  await bucket.put(wanted.id, JSON.stringify(status));
  try {
    await ask(bus, wanted);
  } catch (error) {
    await store.delete(wanted.id);
    await bucket.delete(wanted.id);
    throw error;
  }
  return status;
}

/** How a backtest of a camera stands. @throws SafecityError `API_NOT_FOUND`, also an hour after its last word */
export async function backtestStatus(bus: Bus, cameraId: string, id: string, nowMs: number): Promise<BacktestStatus> {
  const bucket = await bus.kv(buckets.backtests, { ttlMs: KEPT_MS });
  const entry = await bucket.get(id);
  const status: unknown = entry?.operation === 'PUT' ? entry.json() : undefined;
  if (!matches(BacktestStatus, status) || status.cameraId !== cameraId) throw notFound('backtest', id);
  const isSilent = status.state === 'running' && nowMs - status.atMs > SILENT_MS;
  return isSilent ? { ...status, state: 'failed', problem: 'rules was stopped meanwhile: start the backtest again' } : status;
}
