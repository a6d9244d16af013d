export {
  type ActivationClip,
  type ActivationResult,
  type AdaptiveBenchOptions,
  type AdaptiveBenchResult,
  benchActivation,
  benchAdaptive,
  type ModeFigures,
} from './adaptive.js';
export { decodeCost, sessionRunCost } from './bound.js';
export { type PeerResult, peerMissing, runOpencvPeer } from './peer-opencv.js';
export { benchPipeline, type MeasuredService, type PipelineBenchOptions, type PipelineBenchResult } from './pipeline.js';
export { costPerCameraSecond, cpuByStage } from './process-cpu.js';
export { median, percentile } from './statistics.js';
