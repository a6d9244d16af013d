export {
  ALERT_TYPE_IDS,
  type AlertTypeFacts,
  type AlertTypeId,
  alertTypeFacts,
  HAND_TYPES,
  type HandTypeId,
  OPENED_BY_HAND,
} from './alert-types.js';
export {
  AlertDecision,
  AlertMessage,
  AlertSpan,
  AlertSplit,
  EvidenceMoment,
  EvidenceWanted,
  Finding,
  FindingBasis,
  Measure,
  Reason,
  Reservation,
  ReservedClip,
  ReservedCrop,
  ReservedStill,
} from './alerts.js';
export {
  ATTRIBUTE_NAMES,
  type AttributeName,
  TrackAttribute,
  TrackAttributes,
} from './attributes.js';
export {
  BacktestFinding,
  BacktestResult,
  BacktestStatus,
  BacktestWanted,
  MOST_BACKTEST_FINDINGS,
  RuleComparison,
} from './backtest.js';
export { Calibration, calibrationProblems, RoadPoint } from './calibration.js';
export {
  CameraConfig,
  CameraSource,
  DECODE_MODES,
  type DecodeMode,
  Lane,
  Line,
  PLATES_DEFAULTS,
  PlatesConfig,
  PrivacyMask,
  RECORDING_DEFAULTS,
  RECORDING_MODES,
  Recording,
  type RecordingMode,
  TILE_LAYOUTS,
  type TileLayout,
  Zone,
} from './camera.js';
export {
  CAMERA_TROUBLES,
  CameraHealth,
  CameraHealthMessage,
  CameraTrouble,
  type CameraTroubleKind,
  PAUSING_TROUBLES,
} from './camera-health.js';
export {
  OnvifDevice,
  OnvifProbe,
  OnvifProbeResult,
  OnvifProfile,
  OnvifSearchResult,
  StreamProbe,
  StreamProbeResult,
} from './camera-probe.js';
export { parseXml, type XmlElement, type XmlLimits } from './cap/xml.js';
export {
  CalibrationCertificate,
  CERTIFICATE_STATES,
  CERTIFICATE_WARNING_DAYS,
  type CertificateState,
  certificateEndMs,
  certificateState,
} from './certificate.js';
export {
  CLASS_GROUPS,
  CLASS_NAMES,
  type ClassGroup,
  OBJECT_CLASSES,
  type ObjectClass,
  VEHICLE_COLOURS,
  type VehicleColour,
} from './classes.js';
export { Counts, Crossing, CrossingDirection, countsKey } from './counts.js';
export { Detection, DetectionsFrame, DISCONTINUITIES, type Discontinuity, LOWEST_PUBLISHED_SCORE } from './detections.js';
export { CONTRACTS_ERRORS, SafecityError } from './errors.js';
export { Box, Point, Polygon, polygonArea, polygonProblems, segmentsTouch } from './geometry.js';
export { checkId, deriveId, ID_PATTERN, Id, PARTITION_COUNT, partitionOf } from './ids.js';
export { decodeLiveMessage, encodeLiveMessage, type LiveHeader, TRANSCODED_CODEC } from './live.js';
export { checkCamera, parseCamera } from './parse-camera.js';
export {
  PLATE_COLOURS,
  PlateAlternative,
  PlateCharacter,
  type PlateColour,
  PlateOfVehicle,
  PlateReading,
  PlatesRead,
  PlatesWanted,
  VehiclePlate,
} from './plates.js';
export { Preset } from './preset.js';
export { PROBLEM_CODES, type Problem, type ProblemCode, type ProblemParams, SCHEMA_KEYWORDS } from './problem.js';
export {
  RECORDING_GAP_MS,
  RecordingEvent,
  RecordingGapReason,
  RecordingLock,
  RecordingLockWanted,
  RecordingMotion,
  RecordingStatus,
  RecordingTimeline,
} from './recording.js';
export {
  ALERT_KINDS,
  type AlertKind,
  type CapCategory,
  compareGravity,
  GRAVITY_ORDER,
  type Gravity,
  RULE_TYPE_IDS,
  RULE_TYPES,
  type RuleTypeFacts,
  type RuleTypeId,
  ruleTypeFacts,
  SEVERITIES,
  type Severity,
  SeveritySchema,
} from './rule-types.js';
export { ANCHORS, type AnchorPoint, ClassSelector } from './rules/common.js';
export { LineCountRule, OccupancyRule } from './rules/counting.js';
export { CrowdDensityRule, CrowdDispersalRule, CrowdOccupancyRule, CrowdSurgeRule, LoiteringRule, QueueRule } from './rules/crowd.js';
export {
  AbandonedObjectRule,
  CollisionRule,
  CongestionRule,
  FireRule,
  PedestrianOnRoadRule,
  PersonDownRule,
  SmokeRule,
  StalledVehicleRule,
} from './rules/incident.js';
export { RuleConfig } from './rules/index.js';
export { cameraAtPreset, presetOfRule } from './rules/rule-presets.js';
export { ruleReferences } from './rules/rule-references.js';
export { Schedule } from './rules/schedule.js';
export { IntrusionRule, PlateWatchlistRule, TripwireRule } from './rules/security.js';
export {
  AllowedOnRed,
  EmergencyLaneRule,
  IllegalStopRule,
  IllegalTurnRule,
  NoHelmetRule,
  PavementRidingRule,
  RedLightRule,
  StopLineRule,
  WrongWayDriverRule,
  WrongWayRule,
} from './rules/traffic.js';
export {
  CAMERA_STATES,
  CameraStatus,
  InferenceEndpoint,
  IngestWorker,
  TENSOR_DATATYPES,
  type TensorDatatype,
  TensorModel,
  TensorSpec,
} from './services.js';
export {
  ControllerMessage,
  type ControllerSource,
  LAMP_STATES,
  Lamp,
  type LampState,
  type PictureSource,
  type ScriptSource,
  SIGNAL_STATES,
  Signal,
  SignalReading,
  type SignalSourceKind,
  type SignalState,
} from './signals.js';
export { buckets, streams, subjects } from './subjects.js';
export { MAX_HIDDEN_TOLD, Suppression, SuppressionTally } from './suppressions.js';
export { Bilingual } from './text.js';
export {
  ArchivedTrack,
  ArchiveRecord,
  Attention,
  archiveCamera,
  archiveKey,
  ConfigChange,
  HEADINGS,
  type Heading,
  OverlayTrack,
  SignalChange,
  TrackFacts,
  TracksFrame,
  VIDEO_GAP_REASONS,
  VideoGap,
} from './tracks.js';
export { invalid, listed, matches, parseWith, problemsOf, worded } from './validate.js';
export { plainPlate, Watchlist, WatchlistEntry, watchlistPatternProblem } from './watchlists.js';
