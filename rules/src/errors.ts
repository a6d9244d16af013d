/** Codes that `rules` raises or logs, each with what it means and the mend. */
export const RULES_ERRORS = {
  RULES_MESSAGE_INVALID:
    'A detections message could not be used: it is no JSON, breaks its schema or names an unknown camera. It is counted and left out; check that ingest and rules have the same version.',
  RULES_CAMERA_INVALID:
    'A camera in the configuration bucket does not pass validation; its last good configuration stays in force. Save the camera again with the problem mended.',
  RULES_PIPELINE_FAILED:
    'A camera could not be processed because of a fault in the program; its tracks and rules begin anew, other cameras go on. Report it with the log line.',
  RULES_CHECKPOINT_INVALID:
    'A stored checkpoint cannot be read (other version or damaged); the camera begins anew and its open alerts are opened again. No action needed.',
  RULES_CHECKPOINT_FAILED:
    'Checkpoints could not be written and are tried again; after a crash more detections would be replayed. Check NATS and its disk.',
  RULES_PUBLISH_FAILED:
    'An alert, an evidence request or a record of the track archive could not be stored by JetStream and is tried again until it is. Check NATS and its disk.',
  RULES_BACKTEST_FAILED: 'What came of a backtest could not be told; it is to be started again. Check NATS and its disk.',
  RULES_CALIBRATION_INVALID:
    'The points of a calibration lie on one line, or no view of a plane shows them so; take four or more that span the road and check that each picture point stands beside its own road point.',
} as const;
