import type { Socket } from 'node:net';
import { type Problem, SafecityError } from '@safecity/contracts';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isDatabaseAway } from '../database/connection.js';
import type { ApiErrorCode } from '../errors.js';

interface Answer {
  status: number;
  code: string;
  message: string;
  problems?: readonly Problem[];
}

const BY_STATUS: Record<number, ApiErrorCode> = {
  400: 'API_INVALID',
  403: 'API_FORBIDDEN',
  404: 'API_NOT_FOUND',
  413: 'API_TOO_LARGE',
  415: 'API_INVALID',
  429: 'API_RATE_LIMITED',
};

const DATABASE_AWAY: Answer = {
  status: 503,
  code: 'API_DATABASE_AWAY' satisfies ApiErrorCode,
  message: 'the database does not answer: try again in a moment, and look first whether the change was made',
};

function validationCause(error: FastifyError): SafecityError | undefined {
  return error instanceof SafecityError ? error : undefined;
}

/** What may be said about an error: ours as it is, a client's mistake in the framework's words, nothing about the rest. */
export function answerOf(error: FastifyError): Answer {
  const own = validationCause(error);
  if (own?.httpStatus !== undefined && own.httpStatus < 600) {
    const { code, message, problems, httpStatus } = own;
    return { status: httpStatus as number, code, message, ...(problems.length > 0 ? { problems } : {}) };
  }
  const status = error.statusCode ?? 500;
  if (own === undefined && status >= 400 && status < 500) {
    return { status, code: BY_STATUS[status] ?? 'API_INVALID', message: error.message };
  }
  if (isDatabaseAway(error)) return DATABASE_AWAY;
  return { status: 500, code: 'API_INTERNAL', message: 'something failed inside the service; its log has the cause under this request id' };
}

async function sendError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { status, ...answer } = answerOf(error);
  if (status >= 500) request.log.error({ err: error, code: answer.code }, 'request failed');
  await reply.status(status).send(answer);
}

/** Makes every error of the app an answer `{code, message, problems?}` without a stack. */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler(sendError);
}

/** What is no HTTP, or has larger headers than Node.js reads: answered like every other error, then the connection ends. */
export function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const answer = tooLarge
    ? { code: 'API_TOO_LARGE', message: 'the address and the headers of the request are larger than 16 KB together' }
    : { code: 'API_INVALID', message: 'this is no HTTP request' };
  const body = JSON.stringify(answer);
  const head = `HTTP/1.1 ${tooLarge ? '431 Request Header Fields Too Large' : '400 Bad Request'}\r\nContent-Type: application/json; charset=utf-8`;
  socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
}
