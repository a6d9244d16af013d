import type { DetectionsFrame, VehiclePlate } from '@safecity/contracts';
import type { FindingChange } from '../catalogue/rule-machine.js';
import type { PipelineState } from './pipeline-state.js';

/**
 * A change with what its finding is to say of itself: the plate of its vehicle when that is known, and what it rests on, which
 * is the frame it was raised in, not a later one that brings it up to date.
 */
export function withFacts(state: PipelineState, frame: DetectionsFrame, change: FindingChange): FindingChange {
  return withBasis(state, frame, withPlate(state, change));
}

function withPlate(state: PipelineState, change: FindingChange): FindingChange {
  const { subject } = change.finding;
  const plate = subject.kind === 'track' ? state.plates?.[subject.id]?.plate : undefined;
  return plate ? { ...change, finding: { ...change.finding, plate } } : change;
}

function withBasis(
  state: PipelineState,
  { modelId, modelSha256, cameraClockOffsetMs }: DetectionsFrame,
  change: FindingChange,
): FindingChange {
  const { finding } = change;
  const known = state.openFindings[finding.id]?.basis;
  const fresh =
    modelSha256 === undefined ? undefined : { modelId, modelSha256, ...(cameraClockOffsetMs === undefined ? {} : { cameraClockOffsetMs }) };
  const basis = known ?? fresh;
  return basis ? { ...change, finding: { ...finding, basis } } : change;
}

/** Keeps which findings go on, and which may come to be. Mutates `state`. */
export function rememberOpen(state: PipelineState, changes: readonly FindingChange[]): void {
  for (const { phase, finding } of changes) {
    if (phase === 'candidate') state.candidates[finding.id] = finding;
    else delete state.candidates[finding.id];
    if (phase === 'candidate' || phase === 'dropped') continue;
    if (finding.endMs === undefined) state.openFindings[finding.id] = finding;
    else delete state.openFindings[finding.id];
  }
}

/** Puts a vehicle's plate onto the findings about it that go on. Mutates `state`. */
export function nameOpenFindings(state: PipelineState, trackId: string, plate: VehiclePlate): void {
  for (const [id, finding] of Object.entries(state.openFindings)) {
    const { subject } = finding;
    if (subject.kind === 'track' && subject.id === trackId) state.openFindings[id] = { ...finding, plate };
  }
}
