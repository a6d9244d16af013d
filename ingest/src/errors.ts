/** Codes that `ingest` raises or reports in a camera's status, each with what it means and how to mend it. */
export const INGEST_ERRORS = {
  INGEST_FFMPEG_MISSING: 'The ffmpeg program was not found or does not run; install it (Debian, Ubuntu: apt-get install ffmpeg).',
  INGEST_CAMERA_HOST_UNKNOWN: 'The host name of the camera does not resolve; correct the URL or the name server.',
  INGEST_CAMERA_ADDRESS_REFUSED:
    'The address of the camera is private and in no network of SAFECITY_CAMERA_NETWORKS; correct it, or add the network where ingest is started.',
  INGEST_CAMERA_REDIRECTED:
    'The camera sends on to another address, which nobody has allowed; enter the address of the stream itself, named in the message.',
  INGEST_CAMERA_TEST_TIMEOUT: 'The camera was tried for 15 s and gave no picture; check the network to it, or try its sub-stream.',
  INGEST_PROBES_BUSY: 'Other cameras are being tried at the moment; try again in a few seconds.',
  INGEST_ONVIF_UNAUTHORIZED: 'The ONVIF device refuses the user name or the password; many cameras have users of their own for ONVIF.',
  INGEST_ONVIF_REFUSED: 'Nothing listens for ONVIF at that host and port; correct them, or switch ONVIF on in the camera.',
  INGEST_ONVIF_NO_ANSWER: 'The ONVIF device does not answer in time; check its power, its cable and the address.',
  INGEST_ONVIF_INVALID: 'What answers there is no ONVIF camera, or its answer cannot be used; enter the address of the stream by hand.',
  INGEST_CAMERA_UNREACHABLE: 'The camera does not answer; check its power, its cable, the address and the firewall between.',
  INGEST_CAMERA_REFUSED: 'The host answers but nothing listens at the port; correct the port or switch RTSP on in the camera.',
  INGEST_CAMERA_UNAUTHORIZED: 'The camera refuses the user name or the password; enter the right ones.',
  INGEST_CAMERA_NOT_FOUND: 'The camera knows no stream at that path; correct the path of the URL.',
  INGEST_CAMERA_TRANSPORT: 'The camera does not offer the chosen RTP transport; choose the other one (tcp or udp).',
  INGEST_CAMERA_NOT_RTSP: 'What answers at that address does not speak RTSP; correct the address or the port.',
  INGEST_CAMERA_NO_VIDEO: 'The stream has no video; choose another stream of the camera.',
  INGEST_CAMERA_CODEC_UNSUPPORTED: 'The video is neither H.264 nor H.265; choose one of them in the camera.',
  INGEST_CAMERA_STREAM_CORRUPT: 'The stream is damaged beyond use; check the network to the camera and restart the camera.',
  INGEST_CAMERA_STALLED: 'The camera is connected but sends no picture; it is connected anew, restart it when this repeats.',
  INGEST_CAMERA_ENDED: 'The camera ended the stream; it is connected anew by itself.',
  INGEST_CREDENTIALS_UNREADABLE: 'The stored user name and password cannot be opened with the key of this site; enter them again.',
  INGEST_CONFIG_INVALID: 'A camera in the configuration does not match its schema; the last good configuration stays in force.',
  INGEST_MODEL_FAILED:
    'The inference node answers but cannot run the model of this camera; the message holds its reason. Other models go on. Choose another model or prepare this one again.',
  INGEST_MODEL_UNAVAILABLE: 'No inference node serves the model of this camera; start one or choose another model.',
  INGEST_INFERENCE_UNAVAILABLE: 'The inference node does not answer; pictures are not analysed until it is back.',
  INGEST_DECODER_FAILED: 'The pictures of this camera cannot be decoded; it is tried anew, check the camera when this repeats.',
  INGEST_HWACCEL_UNAVAILABLE:
    'The GPU does not decode video, so the processor does; the message says what ffmpeg said. Run "safecity doctor", mend what it names and start ingest anew, or set SAFECITY_HWACCEL=off.',
  INGEST_PICTURES_DAMAGED:
    'At least a tenth of the pictures of the last minute came damaged; check the network to the camera, or choose tcp instead of udp. What can be decoded is shown and analysed.',
  INGEST_BUS_SLOW: 'Detections cannot be stored as fast as they come; frames are skipped until NATS keeps up.',
  INGEST_MP4_CORRUPT: 'The fragments of a stream are malformed or too big; the stream is connected anew.',
  INGEST_FILE_UNREADABLE: 'A video file is missing, damaged, or holds no video; the message names it and says what ffmpeg said.',
  INGEST_FILE_UNWRITABLE: 'A video file cannot be written; the message names it and says what ffmpeg said (disk full, no such folder).',
  INGEST_PLATES_UNAVAILABLE:
    'A camera asks for plates and no inference node serves the networks that read them; run "safecity models pull plate-find plate-read" where inference runs, and start that again.',
  INGEST_STILL_UNAVAILABLE: 'No picture of that time is kept; ask for one of the last minute, or for the newest.',
  INGEST_CLIP_UNAVAILABLE: 'No video of that time is kept in memory, or the clip is too big; the message says which.',
  INGEST_RECORDING_DISK_FULL:
    'The disk is full of what may not be deleted, so recording has stopped; make room or release locks. It goes on by itself.',
  INGEST_RECORDING_UNWRITABLE: 'The recordings folder cannot be written or read; the message says why. Recording is tried again.',
  INGEST_TRANSCODE_EXHAUSTED:
    'The worker transcodes as many videos as it may; live view shows stills, a recording waits. Let the camera send H.264, or raise SAFECITY_TRANSCODES.',
  INGEST_TRANSCODE_FAILED:
    'The video cannot be transcoded for a browser that cannot play it; live view shows stills, a recording can be downloaded. The log of ingest says why.',
  INGEST_SETTING_INVALID: 'A setting of ingest is wrong; the message names the environment variable and the value it needs.',
  INGEST_CAMERA_UNKNOWN: 'This ingest worker holds no camera of that id.',
  INGEST_RESERVATION_UNKNOWN: 'No evidence is set aside under that id; it may have been released or aged out.',
  INGEST_INTERNAL: 'Something failed that should not; the log of ingest tells more.',
  INGEST_TOKEN_INVALID: 'The internal token is missing, expired, or for another purpose.',
} as const;

/** One of the codes above. */
export type IngestErrorCode = keyof typeof INGEST_ERRORS;
