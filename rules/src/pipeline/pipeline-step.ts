import type {
  AlertMessage,
  Attention,
  Counts,
  Crossing,
  EvidenceWanted,
  PlateOfVehicle,
  PlatesWanted,
  SuppressionTally,
  TracksFrame,
} from '@safecity/contracts';
import type { FindingChange } from '../catalogue/rule-machine.js';
import type { PipelineState } from './pipeline-state.js';

/** What comes of one frame. */
export interface PipelineStep {
  state: PipelineState;
  /** Absent when the frame was ignored. */
  tracks?: TracksFrame;
  /** What the rules said, in order. */
  findings: FindingChange[];
  alerts: AlertMessage[];
  evidence: EvidenceWanted[];
  /** Intervals of counting rules that ended with this frame. */
  counts: Counts[];
  /** What counting rules counted with this frame. */
  crossings: Crossing[];
  /** Suppressions that have hidden something with this frame. */
  tallies?: SuppressionTally[];
  attention?: Attention;
  /** Vehicles whose plates should be read now. */
  platesWanted?: PlatesWanted;
  /** The plate of the vehicle that was looked at. */
  plate?: PlateOfVehicle;
}

/** A step in which nothing is said. */
export function quietStep(state: PipelineState): PipelineStep {
  return { state, findings: [], alerts: [], evidence: [], counts: [], crossings: [] };
}
