import { partitionOf } from './ids.js';

/** NATS subjects. `<domain>.<noun>.v<major>[.<partition>].<cameraId>`. */
export const subjects = {
  /** ingest → rules, JetStream `DETECTIONS`. */
  detections: (cameraId: string) => `detections.frame.v1.${partitionOf(cameraId)}.${cameraId}`,
  /** ingest → rules, JetStream `DETECTIONS`, in order with the detections. */
  health: (cameraId: string) => `detections.health.v1.${partitionOf(cameraId)}.${cameraId}`,
  /** ingest → rules, JetStream `DETECTIONS`, in order with the detections: what was read of a vehicle. */
  platesRead: (cameraId: string) => `detections.plates.v1.${partitionOf(cameraId)}.${cameraId}`,
  /** ingest → rules, JetStream `DETECTIONS`, in order with the detections: what a model told of the people on a track. */
  trackAttributes: (cameraId: string) => `detections.attributes.v1.${partitionOf(cameraId)}.${cameraId}`,
  /** rules → ingest: read the plates of these vehicles; fire and forget. */
  platesWanted: (cameraId: string) => `plates.wanted.v1.${cameraId}`,
  allPlatesWanted: 'plates.wanted.v1.>',
  /** rules → vms-api, JetStream `PLATES`: the plate of a vehicle, as all its readings say. */
  vehiclePlate: (cameraId: string) => `plates.vehicle.v1.${cameraId}`,
  allVehiclePlates: 'plates.vehicle.v1.>',
  /** rules → console overlay; fire and forget. */
  tracks: (cameraId: string) => `tracks.frame.v1.${partitionOf(cameraId)}.${cameraId}`,
  allTracks: 'tracks.frame.v1.>',
  /** rules → vms-api, JetStream `TRACKS`: finished tracks, signal states, gaps, configuration in force. */
  archive: (cameraId: string) => `tracks.finished.v1.${partitionOf(cameraId)}.${cameraId}`,
  /** rules → ingest: keep this camera active. */
  attention: (cameraId: string) => `attention.camera.v1.${cameraId}`,
  allAttention: 'attention.camera.v1.>',
  /** rules → ingest, JetStream `EVIDENCE`: reserve, keep or release evidence. */
  evidenceWanted: (cameraId: string) => `evidence.wanted.v1.${cameraId}`,
  allEvidenceWanted: 'evidence.wanted.v1.>',
  /** rules → vms-api, JetStream `ALERTS`; ingest listens, to record on alert. */
  alerts: (cameraId: string) => `alerts.alert.v1.${cameraId}`,
  allAlerts: 'alerts.alert.v1.>',
  /** vms-api → ingest: that an incident which a person opened goes on or is over, to record on alert; repeated. */
  incidentByHand: (cameraId: string) => `alerts.by-hand.v1.${cameraId}`,
  allIncidentsByHand: 'alerts.by-hand.v1.>',
  /** rules → vms-api and whoever wants them, JetStream `COUNTS`: totals of counting rules per interval. */
  counts: (cameraId: string) => `counts.interval.v1.${cameraId}`,
  allCounts: 'counts.interval.v1.>',
  /** rules → vms-api: the key of the bucket `suppression-tallies`, written as a message so that it is stored before a checkpoint. */
  suppressionTally: (suppressionId: string) => `$KV.suppression-tallies.${suppressionId}`,
  /** ingest → vms-api: state of a camera, at least once a second while it changes and every 5 s otherwise. */
  cameraStatus: (cameraId: string) => `cameras.status.v1.${cameraId}`,
  allCameraStatus: 'cameras.status.v1.>',
  /** vms-api → rules, a request to one of them: run a backtest. Answered with `{accepted}`. */
  backtestWanted: 'backtest.wanted.v1',
  /** A junction's controller or its gateway, or vms-api for one that speaks HTTP → ingest: states of its signal groups. */
  controller: (controllerId: string) => `signals.controller.v1.${controllerId}`,
  allControllers: 'signals.controller.v1.*',
  /** vms-api → dispatch: rows are waiting in the delivery table. */
  deliveriesWaiting: 'dispatch.deliveries.v1',
} as const;

/** JetStream streams, created by whoever starts first with exactly these settings. */
export const streams = {
  detections: {
    name: 'DETECTIONS',
    subjects: ['detections.frame.v1.>', 'detections.health.v1.>', 'detections.plates.v1.>', 'detections.attributes.v1.>'],
    maxAgeMs: 10 * 60_000,
    maxBytes: 512 * 1024 * 1024,
    duplicateWindowMs: 120_000,
  },
  evidence: {
    name: 'EVIDENCE',
    subjects: ['evidence.wanted.v1.>'],
    maxAgeMs: 60 * 60_000,
    maxBytes: 64 * 1024 * 1024,
    duplicateWindowMs: 120_000,
  },
  alerts: {
    name: 'ALERTS',
    subjects: ['alerts.alert.v1.>'],
    maxAgeMs: 30 * 86_400_000,
    maxBytes: 1024 * 1024 * 1024,
    duplicateWindowMs: 120_000,
  },
  tracks: {
    name: 'TRACKS',
    subjects: ['tracks.finished.v1.>'],
    maxAgeMs: 3 * 86_400_000,
    maxBytes: 2 * 1024 * 1024 * 1024,
    duplicateWindowMs: 120_000,
  },
  counts: {
    name: 'COUNTS',
    subjects: ['counts.interval.v1.>'],
    maxAgeMs: 7 * 86_400_000,
    maxBytes: 64 * 1024 * 1024,
    duplicateWindowMs: 120_000,
  },
  plates: {
    name: 'PLATES',
    subjects: ['plates.vehicle.v1.>'],
    maxAgeMs: 24 * 60 * 60_000,
    maxBytes: 128 * 1024 * 1024,
    duplicateWindowMs: 120_000,
  },
} as const;

/** NATS KV buckets. */
export const buckets = {
  /** cameraId → CameraConfig with sealed credentials; written by vms-api, watched by ingest and rules. */
  cameras: 'cameras',
  /** `<nodeId>_<n>` → InferenceEndpoint; renewed every 2 s, gone after 6 s. */
  inferenceNodes: 'inference-nodes',
  /** workerId → IngestWorker; renewed every 2 s, gone after 6 s. */
  ingestWorkers: 'ingest-workers',
  /** cameraId → rules checkpoint with the stream sequence it includes. */
  rulesCheckpoints: 'rules-checkpoints',
  /** alertId → AlertDecision, `<alertId>.split` → AlertSplit; written by vms-api, watched by rules; gone after 24 h, when nothing joins the alert any more. */
  decisions: 'decisions',
  /** backtestId → BacktestStatus; gone after an hour. The object store of the same name has camera and archive meanwhile. */
  backtests: 'backtests',
  /** id → Suppression; written by vms-api, watched by rules; gone after 8 days, when none is in force any more. */
  suppressions: 'suppressions',
  /** id → SuppressionTally; written by rules, watched by vms-api, which keeps it. */
  suppressionTallies: 'suppression-tallies',
  /** listId → Watchlist; written by vms-api, watched by rules. */
  watchlists: 'watchlists',
} as const;
