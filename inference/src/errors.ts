/** Codes that `inference` raises, each with what it means and how to mend it. */
export const INFERENCE_ERRORS = {
  INFERENCE_CONFIG_INVALID: 'A setting of the inference node is wrong; the message names it, the rule and the value.',
  INFERENCE_MODEL_MISSING:
    'A model file or its sidecar .json cannot be read; prepare it with "safecity models pull" and check SAFECITY_MODELS.',
  INFERENCE_MODEL_SIDECAR_INVALID: 'The .json beside a model does not describe it; prepare the model again.',
  INFERENCE_MODEL_HASH: 'A model file is not the one its sidecar describes (SHA-256 differs): it was changed or damaged; prepare it again.',
  INFERENCE_MODEL_UNREADABLE: 'A file is not an ONNX model that the runtime can load; the message says why.',
  INFERENCE_MODEL_SHAPE:
    'A model does not take images uint8 [batch, H, W, 3] and give boxes float32 [batch, K, 6]; only prepared models are served.',
  INFERENCE_MODEL_DUPLICATE: 'Two models with the same id were given to one node; keep one.',
  INFERENCE_MODEL_CRASHED: 'Loading or warming up a model ended or hung the session process, repeatedly; the model is left out.',
  INFERENCE_NO_MODELS: 'None of the given models can be served; the message says why for each.',
  INFERENCE_SESSION_FAILED: 'A session process could not start; it is tried again with a growing pause.',
  INFERENCE_SESSION_HUNG: 'A session process made no progress within the limit and was replaced.',
  INFERENCE_PROVIDER_UNAVAILABLE:
    'The wanted execution provider could not be loaded; the CPU is used. "safecity doctor" says what is missing.',
  INFERENCE_SOCKET_PATH_TOO_LONG: 'A unix socket path may have at most 107 bytes; set SAFECITY_SOCKET_DIR to a shorter directory.',
  INFERENCE_LISTEN_FAILED: 'A session process cannot listen at its address; the message says why (port in use, directory not writable).',
  INFERENCE_QUEUE_FULL: 'A session has as many frames waiting as it may hold; the client tries another endpoint.',
  INFERENCE_REQUEST_INVALID: 'A request does not follow the Open Inference Protocol or does not fit the model; the message says what.',
  INFERENCE_RUN_FAILED: 'The runtime could not run a model on a frame; the message holds its reason.',
  INFERENCE_STOPPING: 'The session process is stopping and takes no more frames.',
} as const;
