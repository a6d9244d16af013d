export { type DecodeFileOptions, decodeFile, type FileFrame } from './decode/decode-file.js';
export { decodeFilter, fitPicture, type PictureFit } from './decode/picture-fit.js';
export type { DetectionModel, DetectionProblem } from './detect/detection-loop.js';
export { detectionsOf, type SelectedBox, type SelectOptions, selectBoxes, toPictureShare } from './detect/detections-of.js';
export { nonMaximumSuppression, ROW_COLUMNS } from './detect/non-maximum-suppression.js';
export { INGEST_ERRORS, type IngestErrorCode } from './errors.js';
export { type EncodeVideoOptions, encodeVideo, type VideoEncoder } from './ffmpeg/encode-video.js';
export { probeVideo, type VideoFacts } from './ffmpeg/probe-video.js';
export { type IngestWorkerOptions, type RunningWorker, startIngestWorker } from './worker.js';
