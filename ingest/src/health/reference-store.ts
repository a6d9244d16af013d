import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@safecity/platform';
import type { ViewReference } from './view-reference.js';
import type { WantedView } from './wanted-views.js';

type ViewKey = Pick<WantedView, 'presetId' | 'key'>;

interface StoredReference {
  /** Hash of what the reference belongs to. */
  key: string;
  widthPx: number;
  heightPx: number;
  learntAtMs: number;
  cells: number[];
  /** Base64 of 32-bit floats, little endian. */
  gx: string;
  gy: string;
  sharpness: string;
  energy: string;
}

const FLOAT_BYTES = 4;

/**
 * References of cameras as files, `<cameraId>.json` or `<cameraId>.<presetId>.json`, so that a camera that is turned while
 * ingest is away is found out.
 * What cannot be read or written is logged and costs half a minute of learning, nothing else.
 */
export class ReferenceStore {
  readonly #dir: string;
  readonly #logger: Pick<Logger, 'warn'>;

  constructor(dir: string, logger: Pick<Logger, 'warn'>) {
    this.#dir = dir;
    this.#logger = logger;
  }

  /** The reference that was saved with exactly this key; null when there is none. */
  async load(cameraId: string, { presetId, key }: ViewKey): Promise<ViewReference | null> {
    try {
      const stored = JSON.parse(await readFile(this.#file(cameraId, presetId), 'utf8')) as StoredReference;
      return stored.key === hashOf(key) ? referenceOf(stored) : null;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#logger.warn({ cameraId, err: error }, 'the reference picture of a camera cannot be read: it is learnt anew');
      return null;
    }
  }

  /** Replaces what was saved for the view. Never rejects. */
  async save(cameraId: string, { presetId, key }: ViewKey, reference: ViewReference): Promise<void> {
    const file = this.#file(cameraId, presetId);
    try {
      await mkdir(this.#dir, { recursive: true });
      await writeFile(`${file}.new`, JSON.stringify(storedOf(key, reference)), { mode: 0o600 });
      await rename(`${file}.new`, file);
    } catch (error) {
      this.#logger.warn({ cameraId, err: error }, 'the reference picture of a camera cannot be kept: after a restart it is learnt anew');
    }
  }

  /** Forgets views of a camera but those that are kept; without any, the camera. Never rejects. */
  async keepOnly(cameraId: string, kept: readonly Pick<WantedView, 'presetId'>[]): Promise<void> {
    const names = await readdir(this.#dir).catch(() => []);
    const wanted = kept.map(({ presetId }) => fileName(cameraId, presetId));
    // No id holds a dot: of one camera are the names that begin with it and a dot.
    for (const name of names) {
      if (name.startsWith(`${cameraId}.`) && name.endsWith('.json') && !wanted.includes(name))
        await rm(join(this.#dir, name), { force: true }).catch(() => undefined);
    }
  }

  #file(cameraId: string, presetId: string | null): string {
    return join(this.#dir, fileName(cameraId, presetId));
  }
}

function fileName(cameraId: string, presetId: string | null): string {
  return presetId === null ? `${cameraId}.json` : `${cameraId}.${presetId}.json`;
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function storedOf(key: string, { widthPx, heightPx, learntAtMs, cells, gx, gy, sharpness, energy }: ViewReference): StoredReference {
  const text = (values: Float32Array) => Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
  const arrays = { gx: text(gx), gy: text(gy), sharpness: text(sharpness), energy: text(energy) };
  return { key: hashOf(key), widthPx, heightPx, learntAtMs, cells, ...arrays };
}

function referenceOf({ widthPx, heightPx, learntAtMs, cells, ...texts }: StoredReference): ViewReference {
  const floats = (text: string) => {
    const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
    return new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / FLOAT_BYTES));
  };
  const [gx, gy, sharpness, energy] = [floats(texts.gx), floats(texts.gy), floats(texts.sharpness), floats(texts.energy)];
  const isWhole =
    [gx, gy].every(({ length }) => length === widthPx * heightPx) &&
    sharpness.length === energy.length &&
    cells.every((cell) => Number.isInteger(cell) && cell >= 0 && cell < energy.length);
  if (!isWhole) throw new Error('its parts do not fit together');
  return { widthPx, heightPx, learntAtMs, cells, gx, gy, sharpness, energy };
}
