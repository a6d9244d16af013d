import { expect, it } from 'vitest';
import { type PictureFacts, pictureState } from './picture-state.js';

const fresh: PictureFacts = { simulated: false, enabled: true, stills: false, shownCaptureMs: 9200, nowMs: 10_000 };

it.each([
  { name: 'fresh', given: {}, label: 'live', staleMs: null },
  { name: 'just under 3 s', given: { shownCaptureMs: 7001 }, label: 'live', staleMs: null },
  { name: 'exactly 3 s is old', given: { shownCaptureMs: 7000 }, label: 'stale', staleMs: 3000 },
  { name: 'a workstation clock behind the camera', given: { shownCaptureMs: 10_500 }, label: 'live', staleMs: null },
  { name: 'nothing shown yet', given: { shownCaptureMs: null }, label: 'noPicture', staleMs: null },
  { name: 'stills', given: { stills: true }, label: 'stills', staleMs: null },
  { name: 'old stills', given: { stills: true, shownCaptureMs: 0 }, label: 'stale', staleMs: 10_000 },
  { name: 'a recording', given: { simulated: true }, label: 'simulated', staleMs: null },
  {
    name: 'an old picture of a recording still says simulated',
    given: { simulated: true, shownCaptureMs: 0 },
    label: 'simulated',
    staleMs: 10_000,
  },
  { name: 'stills of a recording', given: { simulated: true, stills: true }, label: 'simulated', staleMs: null },
  { name: 'a recording before its first picture', given: { simulated: true, shownCaptureMs: null }, label: 'simulated', staleMs: null },
  { name: 'switched off', given: { enabled: false, shownCaptureMs: null }, label: 'switchedOff', staleMs: null },
])('$name', ({ given, label, staleMs }) => {
  expect(pictureState({ ...fresh, ...given })).toEqual({ label, staleMs });
});
