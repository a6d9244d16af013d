/** Codes that the inference client raises, each with what it means and how to mend it. */
export const INFERENCE_CLIENT_ERRORS = {
  PLATFORM_INFERENCE_NO_ENDPOINT:
    'No inference endpoint that serves this model is known or answers; start an inference node (role inference) with the model prepared.',
  PLATFORM_INFERENCE_SIZE_MISMATCH:
    'The model is served for another input size than the frame has; the message lists the sizes served. Decode to one of them.',
  PLATFORM_INFERENCE_FRAME_SIZE: 'A frame does not hold width x height x 3 bytes; it must be packed RGB without row padding.',
  PLATFORM_INFERENCE_OVERLOADED:
    'Every endpoint tried has a full queue; the frame is given up so that newer ones stay fresh. Add sessions or lower frame rates.',
  PLATFORM_INFERENCE_TIMEOUT: 'An endpoint took longer than the time limit; it is used last until it says that it is ready again.',
  PLATFORM_INFERENCE_TENSOR_SIZE:
    'A tensor does not hold as many bytes as its datatype and shape need; the message names it and both sizes.',
  PLATFORM_INFERENCE_FAILED: 'The connection to an endpoint failed; it is passed over until it says that it is ready again.',
  PLATFORM_INFERENCE_MODEL_FAILED:
    'An endpoint could not run this model (5xx; the reason is in the message). After three in a row the model pauses there; other models go on.',
  PLATFORM_INFERENCE_MODEL_GONE: 'An endpoint serves this model no more (404); the model pauses there and others are tried.',
  PLATFORM_INFERENCE_REFUSED:
    'An endpoint refused the request as wrong (4xx); its reason is in the message. The node and the client disagree about the model.',
  PLATFORM_INFERENCE_BAD_ANSWER:
    'An endpoint answered with something else than the tensors asked for in binary form; check what serves at its address.',
  PLATFORM_INFERENCE_ADDRESS_INVALID: 'The address of an endpoint is neither unix:/path nor http://host:port.',
  PLATFORM_INFERENCE_CANCELLED: 'The caller cancelled the request.',
  PLATFORM_INFERENCE_CLOSED: 'The inference client was closed.',
} as const;
