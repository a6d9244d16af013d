import type { TrackAttribute, TrackAttributes } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { createCameraPipeline } from '../pipeline/pipeline.js';
import type { PipelineState } from '../pipeline/pipeline-state.js';
import { aCamera, aDetection, aFrame, boxAt, frames, type Played, play, T0 } from '../testing/scene.js';

const rule = { id: 'helmet', name: 'Mũ', type: 'no-helmet', minLooks: 3, minScore: 0.6 };
const pipelineOf = (overrides: Record<string, unknown> = {}) => createCameraPipeline(aCamera({ rules: [{ ...rule, ...overrides }] }));
const pipeline = pipelineOf();

function passing(untilMs: number, fromMs = 0, name: 'motorcycle' | 'bicycle' | 'car' = 'motorcycle') {
  return frames(untilMs, 200, (atMs) => [aDetection({ class: name, box: boxAt(0.2 + atMs / 20_000, 0.5) })], fromMs);
}

const trackOf = ({ steps }: Played) => steps.findLast(({ tracks }) => tracks?.tracks[0])?.tracks?.tracks[0]?.id as string;
const told = (value: TrackAttribute['value'], person = 0, score = 0.9): TrackAttribute => ({ name: 'helmet', person, value, score });

function look(trackId: string, atMs: number, attributes: TrackAttribute[]): TrackAttributes {
  return { cameraId: 'cam-1', trackId, capturedAtMs: T0 + atMs, box: boxAt(0.2 + atMs / 20_000, 0.5), attributes };
}

/** Looks at one vehicle, 200 ms apart; what came of each. */
function looks(each: TrackAttribute[][], { of = pipeline, name = 'motorcycle' as 'motorcycle' | 'bicycle' | 'car' } = {}) {
  const played = play(of, passing(3000, 0, name));
  const trackId = trackOf(played);
  let { state } = played;
  const steps = each.map((attributes, index) => {
    const step = of.takeAttributes(state, look(trackId, 1000 + index * 200, attributes));
    state = step.state;
    return structuredClone({ findings: step.findings, alerts: step.alerts, evidence: step.evidence });
  });
  return { played, trackId, state, steps, phases: steps.map(({ findings }) => findings.map(({ phase }) => phase).join()) };
}

describe('no-helmet', () => {
  it('is raised at the third look that agrees, with the moments that show it', () => {
    const { steps, phases } = looks([[told('no')], [told('no')], [told('no')], [told('no')]]);
    expect(phases).toEqual(['', '', 'raised', '']);
    expect(steps[2]?.findings[0]?.finding).toMatchObject({
      type: 'no-helmet',
      class: 'motorcycle',
      startMs: T0 + 1000,
      confidence: expect.closeTo(0.9, 5),
      fineable: { value: true },
      moments: [
        { name: 'first', atMs: T0 + 1000 },
        { name: 'raised', atMs: T0 + 1400 },
      ],
      reason: {
        text: {
          vi: 'xe máy: người lái không đội mũ bảo hiểm, thấy trong 3 ảnh (ngưỡng 3)',
          en: 'motorcycle: the driver without a helmet, seen in 3 pictures (threshold 3)',
        },
      },
    });
    expect(steps[2]?.alerts).toEqual([expect.objectContaining({ type: 'no-helmet', kind: 'violation', phase: 'opened' })]);
    expect(steps[2]?.evidence).toEqual([expect.objectContaining({ action: 'reserve' })]);
  });

  it.each<{ name: string; each: TrackAttribute[][]; overrides?: Record<string, unknown>; class?: 'bicycle' | 'car' }>([
    { name: 'helmets', each: Array(6).fill([told('yes')]) },
    { name: 'looks that tell nothing', each: Array(6).fill([told('unknown')]) },
    { name: 'unsure looks', each: Array(6).fill([told('no', 0, 0.59)]) },
    { name: 'looks that contradict each other', each: [0, 1, 2, 3, 4, 5].map((index) => [told(index % 2 ? 'no' : 'yes')]) },
    { name: 'looks at different people', each: [[told('no', 0)], [told('no', 1)], [told('no', 0)], [told('no', 1)]] },
    { name: 'a bicycle', each: Array(6).fill([told('no')]), class: 'bicycle' },
    { name: 'a car, whatever the rule names', each: Array(6).fill([told('no')]), class: 'car', overrides: { classes: ['car'] } },
  ])('is not raised for $name', ({ each, overrides, class: name }) => {
    const { phases } = looks(each, { of: overrides ? pipelineOf(overrides) : pipeline, ...(name ? { name } : {}) });
    expect(phases.join('')).toBe('');
  });

  it('counts three quarters of the looks that tell', () => {
    expect(looks([[told('yes')], [told('no')], [told('no')], [told('no')]]).phases.at(-1)).toBe('raised');
  });

  it('tells of each person on the vehicle in one finding', () => {
    const { steps, phases } = looks([[told('no')], [told('no')], [told('no'), told('no', 1)], [told('no', 1)], [told('no', 1)]]);
    expect(phases).toEqual(['', '', 'raised', '', 'updated']);
    const [first, second] = [steps[2]?.findings[0]?.finding, steps[4]?.findings[0]?.finding];
    expect(second?.id).toBe(first?.id);
    expect(second?.reason.text.en).toBe('motorcycle: the driver, passenger 1 without a helmet, seen in 3 pictures (threshold 3)');
  });

  it('ends with its track, and forgets the looks a minute after', () => {
    const { state } = looks([[told('no')], [told('no')], [told('no')]]);
    const later = play(pipeline, [aFrame(3200), aFrame(70_000), aFrame(70_200)], state);
    expect(later.findings.map(({ phase }) => phase)).toEqual(['ended']);
    expect(later.state.attributes).toEqual({});
  });

  it('takes no look twice, and none at a track that nobody knows', () => {
    const played = play(pipeline, passing(2000));
    const message = look(trackOf(played), 1000, [told('no')]);
    pipeline.takeAttributes(played.state, message);
    const before = JSON.stringify(played.state);
    pipeline.takeAttributes(played.state, message);
    pipeline.takeAttributes(played.state, look('stranger', 1200, [told('no')]));
    expect(JSON.stringify(played.state)).toBe(before);
  });

  it('goes on from a checkpoint as if nothing had happened', () => {
    const { state, trackId } = looks([[told('no')], [told('no')]]);
    const after = (from: PipelineState) => {
      const step = pipeline.takeAttributes(from, look(trackId, 2000, [told('no')]));
      return [step.findings, step.alerts];
    };
    const restored = JSON.parse(JSON.stringify(state)) as PipelineState;
    expect(after(restored)).toEqual(after(state));
  });
});
