import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ID_PATTERN, matches, Reservation, type ReservedClip, type ReservedCrop, type ReservedStill } from '@safecity/contracts';
import type { Clip } from '../clips/clip-cutter.js';
import type { Still } from '../stills/decode-still.js';
import type { ClipWindow } from './clip-windows.js';

const INDEX_FILE = 'index.json';
const SAFE_NAME = new RegExp(ID_PATTERN);
const FILE = /^[a-z][a-z0-9-]{0,36}\.(jpg|mp4)$/;

/**
 * Evidence set aside, on disk: `<folder>/<reservationId>/<moment>.jpg`, `<moment>-crop.jpg`, `clip-<moment>.mp4` and an index. Files are written beside and
 * renamed, so that what the index lists is always whole.
 */
export class ReservationStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Reservation ids become folder names: others than letters, digits, `-` and `_` are refused. */
  static accepts(reservationId: string): boolean {
    return SAFE_NAME.test(reservationId);
  }

  async read(reservationId: string): Promise<Reservation | null> {
    if (!ReservationStore.accepts(reservationId)) return null;
    try {
      const index: unknown = JSON.parse(await readFile(join(this.#folder, reservationId, INDEX_FILE), 'utf8'));
      return matches(Reservation, index) ? index : null;
    } catch {
      return null;
    }
  }

  async write(reservation: Reservation): Promise<void> {
    await mkdir(join(this.#folder, reservation.reservationId), { recursive: true });
    await this.#replace(reservation.reservationId, INDEX_FILE, JSON.stringify(reservation));
  }

  async addStill(reservationId: string, moment: { name: string; atMs: number }, still: Still): Promise<ReservedStill> {
    const file = `${moment.name}.jpg`;
    await mkdir(join(this.#folder, reservationId), { recursive: true });
    await this.#replace(reservationId, file, still.jpeg);
    const { capturedAtMs, widthPx, heightPx } = still;
    const sha256 = createHash('sha256').update(still.jpeg).digest('hex');
    return { moment: moment.name, file, wantedAtMs: moment.atMs, capturedAtMs, widthPx, heightPx, sha256 };
  }

  /** Stores the crop of a moment beside its still. */
  async addCrop(reservationId: string, moment: string, crop: Still): Promise<ReservedCrop> {
    const file = `${moment}-crop.jpg`;
    await this.#replace(reservationId, file, crop.jpeg);
    const { widthPx, heightPx, box = [0, 0, 1, 1] } = crop;
    return { file, box, widthPx, heightPx, sha256: createHash('sha256').update(crop.jpeg).digest('hex') };
  }

  /** Writes a clip piece by piece: the pictures are not copied in memory. */
  async addClip(reservationId: string, window: ClipWindow, clip: Clip): Promise<ReservedClip> {
    const { parts, ...facts } = clip;
    const file = `${window.name}.mp4`;
    const target = join(this.#folder, reservationId, file);
    await mkdir(join(this.#folder, reservationId), { recursive: true });
    const handle = await open(`${target}.part`, 'w');
    try {
      for (const part of parts) await handle.writeFile(part);
    } finally {
      await handle.close();
    }
    await rename(`${target}.part`, target);
    const { name, moments, fromMs: wantedFromMs, toMs: wantedToMs } = window;
    return { name, file, moments, wantedFromMs, wantedToMs, ...facts };
  }

  /** The bytes of one still or clip; null when there is none of that name. */
  async readFile(reservationId: string, file: string): Promise<Buffer | null> {
    if (!ReservationStore.accepts(reservationId) || !FILE.test(file)) return null;
    return readFile(join(this.#folder, reservationId, file)).catch(() => null);
  }

  async remove(reservationId: string): Promise<void> {
    // A still that is being written at this moment makes the folder grow while it is emptied: then it is emptied again.
    if (ReservationStore.accepts(reservationId))
      await rm(join(this.#folder, reservationId), { recursive: true, force: true, maxRetries: 5 });
  }

  /** All reservations with the time of their last change, oldest first. */
  async list(): Promise<{ reservation: Reservation; changedAtMs: number }[]> {
    const names = await readdir(this.#folder).catch(() => []);
    const found = await Promise.all(names.map((name) => this.#describe(name)));
    return found.filter((entry) => entry !== null).sort((a, b) => a.changedAtMs - b.changedAtMs);
  }

  async #describe(reservationId: string): Promise<{ reservation: Reservation; changedAtMs: number } | null> {
    const reservation = await this.read(reservationId);
    if (!reservation) return null;
    const facts = await stat(join(this.#folder, reservationId, INDEX_FILE)).catch(() => null);
    return facts ? { reservation, changedAtMs: facts.mtimeMs } : null;
  }

  async #replace(reservationId: string, file: string, content: string | Buffer): Promise<void> {
    const target = join(this.#folder, reservationId, file);
    await writeFile(`${target}.part`, content);
    await rename(`${target}.part`, target);
  }
}
