import type { CameraHealthMessage } from '@safecity/contracts';
import { describe, expect, it } from 'vitest';
import { aCamera, aDetection, boxAt, frames, T0 } from '../testing/scene.js';
import { type CameraPipeline, createCameraPipeline } from './pipeline.js';
import type { PipelineState } from './pipeline-state.js';

const polygon = [
  [0.2, 0.2],
  [0.8, 0.2],
  [0.8, 0.8],
  [0.2, 0.8],
];
const stalled = (id: string, zoneId: string) => ({ id, name: id, type: 'stalled-vehicle', zoneId, dwellMs: 20_000 });
const presets = [
  { id: 'gate', name: 'Cổng' },
  { id: 'road', name: 'Đường' },
];
const ptz = (changes: object = {}) =>
  aCamera({
    presets,
    zones: [
      { id: 'z-gate', name: 'Cổng', polygon, presetId: 'gate' },
      { id: 'z-road', name: 'Đường', polygon, presetId: 'road' },
      { id: 'z-all', name: 'Mọi góc', polygon },
    ],
    rules: [stalled('r-gate', 'z-gate'), stalled('r-road', 'z-road'), stalled('r-all', 'z-all')],
    ...changes,
  });

const truck = () => [aDetection({ class: 'truck', box: boxAt(0.6, 0.6, 0.2, 0.2) })];

/** Plays a truck that stands from one second to another, and tells what rules said: `raised r-gate at 20`. */
class Scene {
  readonly #pipeline: CameraPipeline;
  #state: PipelineState;
  #s: number;

  constructor(camera = ptz(), state?: PipelineState, fromS = 0) {
    this.#s = fromS;
    this.#pipeline = createCameraPipeline(camera);
    this.#state = state ?? this.#pipeline.start();
  }

  stands(presetId: string | null | undefined, rulesPaused = false): void {
    const health = { troubles: [], rulesPaused, ...(presetId === undefined ? {} : { presetId }) };
    const message: CameraHealthMessage = { cameraId: 'cam-1', configRevision: 0, atMs: T0 + this.#s * 1000, health };
    this.#state = this.#pipeline.takeHealth(this.#state, message).state;
  }

  until(toS: number): { said: string[]; occupied: string[]; trackIds: string[] } {
    const list = frames(toS * 1000, 200, truck, this.#s * 1000 + 200);
    this.#s = toS;
    const steps = list.map((frame) => structuredClone(this.#pipeline.step(this.#state, frame)));
    const changes = steps.flatMap(({ findings }) => findings).filter(({ phase }) => phase === 'raised' || phase === 'ended');
    const last = steps.at(-1)?.tracks;
    return {
      said: changes.map(({ phase, finding }) => {
        const atMs = phase === 'raised' ? finding.raisedAtMs : (finding.endMs ?? 0);
        return `${phase} ${finding.ruleId} at ${Math.round((atMs - T0) / 1000)}`;
      }),
      occupied: Object.keys(last?.occupancy ?? {}),
      trackIds: last?.tracks.map(({ id }) => id) ?? [],
    };
  }

  checkpoint(): PipelineState {
    return JSON.parse(JSON.stringify(this.#state));
  }
}

describe('rules of a camera with presets', () => {
  it.each([
    { name: 'at one', presetId: 'gate', said: ['raised r-gate at 20', 'raised r-all at 20'], occupied: ['z-gate', 'z-all'] },
    { name: 'at the other', presetId: 'road', said: ['raised r-road at 20', 'raised r-all at 20'], occupied: ['z-road', 'z-all'] },
    { name: 'at none', presetId: null, said: ['raised r-all at 20'], occupied: ['z-all'] },
    { name: 'at one that was taken out of the configuration', presetId: 'old', said: ['raised r-all at 20'], occupied: ['z-all'] },
    { name: 'of an ingest that says nothing of presets', presetId: undefined, said: ['raised r-all at 20'], occupied: ['z-all'] },
  ])('$name', ({ presetId, said, occupied }) => {
    const scene = new Scene();
    scene.stands(presetId);
    expect(scene.until(25)).toMatchObject({ said, occupied });
  });

  it('wait until it is known where the camera stands', () => {
    expect(new Scene().until(25).said).toEqual(['raised r-all at 20']);
  });

  it('end their findings when the camera turns away, and count dwell anew when it comes back', () => {
    const scene = new Scene(ptz({ rules: [stalled('r-gate', 'z-gate'), stalled('r-road', 'z-road')] }));
    scene.stands('gate');
    expect(scene.until(25).said).toEqual(['raised r-gate at 20']);
    scene.stands(null);
    expect(scene.until(30).said).toEqual(['ended r-gate at 25']);
    scene.stands('road');
    expect(scene.until(49).said).toEqual([]);
    expect(scene.until(55).said).toEqual(['raised r-road at 50']);
    scene.stands('gate');
    expect(scene.until(74).said).toEqual(['ended r-road at 55']);
    expect(scene.until(80).said).toEqual(['raised r-gate at 75']);
  });

  it('do not take one view for a part of the dwell of another', () => {
    const scene = new Scene();
    scene.stands('gate');
    scene.until(15);
    scene.stands('road');
    expect(scene.until(34).said).toEqual([]);
    expect(scene.until(40).said).toEqual(['raised r-road at 35', 'raised r-all at 35']);
  });

  it('see other tracks at another preset, and the same ones while it is only told again', () => {
    const scene = new Scene();
    scene.stands('gate');
    const first = scene.until(5).trackIds;
    scene.stands('gate');
    expect(scene.until(10).trackIds).toEqual(first);
    scene.stands('road');
    expect(scene.until(15).trackIds).not.toEqual(first);
  });

  it('are all paused while the picture says nothing, whatever the preset', () => {
    const scene = new Scene();
    scene.stands('gate', true);
    expect(scene.until(25).said).toEqual([]);
  });

  it('go on from a checkpoint as if nothing had happened', () => {
    const whole = new Scene();
    whole.stands('gate');
    whole.until(10);
    whole.stands('road');
    const parts = new Scene(ptz(), whole.checkpoint(), 10);
    for (const scene of [whole, parts]) scene.stands('road');
    const [expected, found] = [whole, parts].map((scene) => scene.until(45).said);
    expect(found).toEqual(expected);
    expect(found?.length).toBe(2);
  });

  it('end when their preset is taken out of the configuration', () => {
    const before = new Scene();
    before.stands('gate');
    before.until(25);
    const left = ptz({
      presets: [presets[1]],
      zones: [{ id: 'z-road', name: 'Đường', polygon, presetId: 'road' }],
      rules: [stalled('r-road', 'z-road')],
    });
    expect(new Scene(left, before.checkpoint(), 25).until(50).said.toSorted()).toEqual(['ended r-all at 25', 'ended r-gate at 25']);
  });

  it('begin anew when their zone is given to another preset', () => {
    const before = new Scene();
    before.stands('gate');
    before.until(25);
    const zones = [{ id: 'z-gate', name: 'Cổng', polygon, presetId: 'road' }];
    const moved = new Scene(ptz({ zones, rules: [stalled('r-gate', 'z-gate')] }), before.checkpoint(), 25);
    expect(moved.until(50).said).toContain('ended r-gate at 25');
    moved.stands('road');
    expect(moved.until(75).said).toEqual(['raised r-gate at 70']);
  });
});
