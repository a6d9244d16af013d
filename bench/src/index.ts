export {
  type ActivationClip,
  type ActivationResult,
  type AdaptiveBenchOptions,
  type AdaptiveBenchResult,
  benchActivation,
  benchAdaptive,
  type ModeFigures,
} from './adaptive.js';
export { BareSession, decodeCost } from './bound.js';
export { type ColourAnswer, type ColourScore, scoreColours } from './colour/score-colour.js';
export { averagePrecision, type ClassPrecision, type ScoredBox, type TrueObject } from './detection/average-precision.js';
export { BENCH_ERRORS } from './errors.js';
export { measureDetectorNoise } from './events/detector-noise.js';
export { type PlayedTrace, playTrace } from './events/play-trace.js';
export { poissonUpperBound } from './events/poisson.js';
export { type CountScore, scoreCounts, type TrueCount } from './events/score-counts.js';
export {
  falseAlerts,
  type JudgedFinding,
  judgeFindings,
  type SeverityScore,
  scoreSeverities,
  scoreTypes,
  type TrueEvent,
  type TypeScore,
  type WatchedRun,
} from './events/score-events.js';
export { benchFleet, type FleetBenchOptions, type FleetBenchResult } from './fleet.js';
export { type FuzzFinding, type FuzzOptions, type FuzzProblem, type FuzzReport, type FuzzUser, fuzz } from './fuzz/fuzz.js';
export type { OpenApi } from './fuzz/fuzz-requests.js';
export type { Lateness } from './latency-probe.js';
export {
  MASK_KINDS,
  type MaskedStill,
  type MaskFigures,
  type MaskKind,
  type MaskLabel,
  maskingFigures,
  type StillBox,
  type StillScore,
  scoreMaskedStill,
} from './masking/score-masking.js';
export { type MotCounts, type MotFigures, motCounts, motFigures, summedCounts } from './mot/evaluate.js';
export { type MotRow, parseMotText, parseSequenceInfo, type SequenceInfo } from './mot/mot-text.js';
export { type ScoredFrame, type ScoredSequence, scoredSequence } from './mot/sequence.js';
export { type MotTracking, motText, trackMot } from './mot/track-detections.js';
export { type PeerResult, peerMissing, runOpencvPeer } from './peer-opencv.js';
export { benchPipeline, type MeasuredService, type PipelineBenchOptions, type PipelineBenchResult, type PipelineRun } from './pipeline.js';
export {
  type CalibrationBin,
  type PlateFigures,
  type PlateResult,
  type PlateTruth,
  plateCalibration,
  plateFigures,
} from './plates/plate-metrics.js';
export { costPerCameraSecond, cpuByStage, memoryByStage } from './process-cpu.js';
export { benchRestarts, type RestartsResult } from './restarts.js';
export { benchRulesCore, type RulesCoreResult, type RulesCoreSample } from './rules-core.js';
export { ALERT_SEARCHES, seedAlerts } from './search-alerts.js';
export {
  PLATE_FUNCTION,
  SEARCH_CAMERAS,
  SEARCH_DAYS,
  SEARCHES,
  type SearchFigures,
  type SearchKind,
  type SearchTarget,
  SMALL_UNIT_CAMERAS,
  seeded,
  seedTracks,
  timeSearches,
} from './search-tracks.js';
export { benchSoak, type SoakRow, slopePerHour } from './soak.js';
export { type SpeedFigures, speedFigures } from './speed.js';
export { median, percentile } from './statistics.js';
export { benchTranscode, type TranscodeBenchOptions, type TranscodeBenchResult } from './transcode.js';
export { benchTransport, type TransportBenchOptions, type TransportBenchResult } from './transport.js';
