import { api } from '../api/client.js';

/** A still on the screen: an address for an image element, and when it was captured (epoch ms; null when not said). */
export interface ShownStill {
  address: string;
  capturedAtMs: number | null;
}

const PAUSE_MS = 800;

/** Fetches a camera's newest still again and again until stopped, for browsers that cannot play its video. */
export function pollStills(cameraId: string, widthPx: number, onStill: (still: ShownStill) => void): () => void {
  const stop = new AbortController();
  let address: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function fetchOne(): Promise<void> {
    const answer = await api.GET('/api/v1/cameras/{cameraId}/still', {
      params: { path: { cameraId }, query: { width: widthPx } },
      parseAs: 'blob',
      signal: stop.signal,
      cache: 'no-store',
    });
    if (!answer.response.ok || answer.data === undefined) return;
    const previous = address;
    address = URL.createObjectURL(answer.data as Blob);
    const header = answer.response.headers.get('x-captured-at-ms');
    onStill({ address, capturedAtMs: header === null ? null : Number(header) });
    if (previous) URL.revokeObjectURL(previous);
  }

  async function run(): Promise<void> {
    // A failed fetch leaves the picture to age on the screen; the next try comes by itself.
    await fetchOne().catch(() => undefined);
    if (!stop.signal.aborted) timer = setTimeout(() => void run(), PAUSE_MS);
  }

  void run();
  return () => {
    stop.abort();
    clearTimeout(timer);
    if (address) URL.revokeObjectURL(address);
  };
}
