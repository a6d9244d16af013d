import { SafecityError } from '@safecity/contracts';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiErrorCode } from '../errors.js';

interface Answer {
  status: number;
  code: string;
  message: string;
}

const BY_STATUS: Record<number, ApiErrorCode> = {
  400: 'API_INVALID',
  403: 'API_FORBIDDEN',
  404: 'API_NOT_FOUND',
  413: 'API_TOO_LARGE',
  415: 'API_INVALID',
  429: 'API_RATE_LIMITED',
};

function validationCause(error: FastifyError): SafecityError | undefined {
  return error instanceof SafecityError ? error : undefined;
}

/** What may be said about an error: ours as it is, a client's mistake in the framework's words, nothing about the rest. */
export function answerOf(error: FastifyError): Answer {
  const own = validationCause(error);
  if (own?.httpStatus !== undefined && own.httpStatus < 600) return { status: own.httpStatus, code: own.code, message: own.message };
  const status = error.statusCode ?? 500;
  if (own === undefined && status >= 400 && status < 500) {
    return { status, code: BY_STATUS[status] ?? 'API_INVALID', message: error.message };
  }
  return { status: 500, code: 'API_INTERNAL', message: 'something failed inside the service; its log has the cause under this request id' };
}

async function sendError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { status, code, message } = answerOf(error);
  if (status >= 500) request.log.error({ err: error, code }, 'request failed');
  await reply.status(status).send({ code, message });
}

/** Makes every error of the app an answer `{code, message}` without a stack. */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler(sendError);
}
