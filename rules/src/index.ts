export { emptyArchive, isRaisedFinding, type RaisedFinding, type TrackArchive, takeArchiveLine } from './archive/archive-lines.js';
export { type Backtest, backtest } from './archive/backtest.js';
export { archiveStep, type CameraArchiveState, finishArchive, newArchiveState } from './archive/camera-archive.js';
export type { ReplaySpan } from './archive/replay.js';
export { fitRoadPlane, type RoadPairs, type RoadPlace, type RoadPlane } from './calibration/road-plane.js';
export { type PathSpeed, pathSpeed, type RoadSighting } from './calibration/track-speed.js';
export type { FindingChange, Observation, ObservedTrack, RuleMachine } from './catalogue/rule-machine.js';
export { RULES_ERRORS } from './errors.js';
export { boxIou } from './geometry/boxes.js';
export {
  type CameraPipeline,
  createCameraPipeline,
  finishPipeline,
  type IgnoredCounts,
  type PipelineState,
  type PipelineStep,
} from './pipeline/pipeline.js';
export { choosePlates, PLATE_COUNTRIES, type Plate, type UnderstandOptions, understandPlate } from './plates/understand.js';
export { type VotedPlate, votePlate } from './plates/vote.js';
export { type RulesOptions, type RulesService, startRules } from './shell/service.js';
export { assign } from './tracking/assignment.js';
export { DEFAULT_TRACKER_OPTIONS, type TrackerOptions } from './tracking/options.js';
export type { Track, TrackerDetection, TrackPhase } from './tracking/track.js';
export { trackClass } from './tracking/track.js';
export { createTracker, type Tracker, type TrackerState } from './tracking/tracker.js';
