import { decodeLiveMessage, encodeLiveMessage, type LiveHeader } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { KeyframeSkipper } from './live-proxy.js';

const init = encodeLiveMessage({ type: 'init', codec: 'avc1.64001f', widthPx: 1, heightPx: 1, simulated: true }, new Uint8Array(1));
const fragment = (ptsMs: number, key: boolean): Uint8Array =>
  encodeLiveMessage({ type: 'fragment', captureMs: ptsMs, ptsMs, durationMs: 200, key, discontinuity: false }, new Uint8Array([ptsMs]));

describe('KeyframeSkipper', () => {
  it('passes everything to a client that keeps up, untouched', () => {
    const skipper = new KeyframeSkipper();
    for (const message of [init, fragment(0, true), fragment(1, false)]) expect(skipper.next(message, false)).toBe(message);
  });

  it('skips while the client is behind, then goes on at a keyframe marked as a jump', () => {
    const skipper = new KeyframeSkipper();
    const steps: [Uint8Array, boolean][] = [
      [fragment(0, true), false],
      [fragment(1, false), true],
      [fragment(2, true), true],
      [fragment(3, false), false],
      [fragment(4, true), false],
      [fragment(5, false), false],
    ];
    const sent = steps.flatMap(([message, behind]) => {
      const out = skipper.next(message, behind);
      return out ? [decodeLiveMessage(out)] : [];
    });
    const facts = sent.map(({ header, payload }) => {
      const { ptsMs, discontinuity } = header as Extract<LiveHeader, { type: 'fragment' }>;
      return [ptsMs, discontinuity, [...payload]];
    });
    expect(facts).toEqual([
      [0, false, [0]],
      [4, true, [4]],
      [5, false, [5]],
    ]);
  });

  it('never skips an init or a refusal', () => {
    const refused = encodeLiveMessage({ type: 'refused', code: 'INGEST_TRANSCODE_EXHAUSTED', message: 'no more' }, new Uint8Array(0));
    const skipper = new KeyframeSkipper();
    for (const message of [init, refused]) expect(skipper.next(message, true)).toBe(message);
  });
});
