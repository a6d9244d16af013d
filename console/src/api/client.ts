import createClient from 'openapi-fetch';
import type { components, paths } from './schema.generated';
import { serverClock } from './server-clock.js';

/** One thing that is wrong: where, by which code, with which numbers; `message` says it in English. */
export type Problem = NonNullable<components['schemas']['ErrorAnswer']['problems']>[number];

/** An answer other than success, or none at all (`CONSOLE_UNREACHABLE`, status 0). */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly problems: readonly Problem[];

  constructor(code: string, message: string, status: number, problems: readonly Problem[] = []) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
    this.problems = problems;
  }
}

let csrfToken = '';
const signedOutListeners = new Set<() => void>();

/** Sets the token that unsafe requests carry; empty when signed out. */
export function setCsrfToken(token: string): void {
  csrfToken = token;
}

/** Calls `listener` when the server says that the session is over. Returns the way to stop. */
export function onSignedOut(listener: () => void): () => void {
  signedOutListeners.add(listener);
  return () => signedOutListeners.delete(listener);
}

/** Typed calls of the API; paths and shapes come from its OpenAPI document. */
export const api = createClient<paths>({ credentials: 'same-origin' });

const sentAt = new WeakMap<Request, number>();

api.use({
  onRequest({ request }) {
    sentAt.set(request, Date.now());
    if (csrfToken && request.method !== 'GET') request.headers.set('x-csrf-token', csrfToken);
    return request;
  },
  onResponse({ request, response }) {
    serverClock.observe(response.headers.get('date'), sentAt.get(request) ?? Date.now(), Date.now());
    if (response.status === 401 && !request.url.endsWith('/api/v1/session')) for (const listener of signedOutListeners) listener();
  },
});

function errorOf(body: unknown, status: number): ApiError {
  const fields = (typeof body === 'object' && body !== null ? body : {}) as { code?: unknown; message?: unknown; problems?: unknown };
  const code = typeof fields.code === 'string' ? fields.code : `HTTP_${status}`;
  const problems = Array.isArray(fields.problems) ? (fields.problems as Problem[]) : [];
  return new ApiError(code, typeof fields.message === 'string' ? fields.message : '', status, problems);
}

/**
 * Waits for a call and gives its body.
 * @throws ApiError with the server's code and message, or `CONSOLE_UNREACHABLE` when there was no answer
 */
export async function answerOf<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  let answer: { data?: T; error?: unknown; response: Response };
  try {
    answer = await call;
  } catch {
    throw new ApiError('CONSOLE_UNREACHABLE', '', 0);
  }
  if (!answer.response.ok) throw errorOf(answer.error, answer.response.status);
  return answer.data as T;
}
