import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { SafecityError } from '@safecity/contracts';
import type { CameraNetworks } from '@safecity/platform';
import type { ApiErrorCode } from '../errors.js';

const TIMEOUT_MS = 10_000;
const RECEIPT_CHARS = 500;

/** Statuses below 500 at which a later try can succeed. */
const RETRY_STATUSES = [408, 425, 429];

/** Statuses that speak of the destination as a whole, not of this message. */
const BUSY_STATUSES = [429, 502, 503, 504];

/**
 * What a destination made of a message: taken, refused for good, or to be tried again. `unreachable`: the destination
 * as a whole does not work at the moment, so its other messages need not be tried either.
 */
export type SendResult =
  | { kind: 'sent'; receipt: string }
  | { kind: 'refused'; reason: string }
  | { kind: 'retry'; reason: string; unreachable: boolean };

function receiptOf(body: string, status: number): string {
  try {
    const answer = JSON.parse(body) as { receiptId?: unknown };
    if (typeof answer.receiptId === 'string') return answer.receiptId.slice(0, RECEIPT_CHARS);
  } catch {
    // Not JSON: the text itself is the receipt.
  }
  return body.trim().slice(0, RECEIPT_CHARS) || `HTTP ${status}`;
}

/** Reads at most what a receipt may hold; a destination that answers without end must not fill the memory. */
async function readSome(response: IncomingMessage): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > 16 * 1024) break;
  }
  return text;
}

async function resultOf(response: IncomingMessage, attempt: number): Promise<SendResult> {
  const { statusCode: status = 0 } = response;
  const body = await readSome(response);
  if (status >= 200 && status < 300) return { kind: 'sent', receipt: receiptOf(body, status) };
  const reason = `HTTP ${status}: ${body.trim().slice(0, 300)}`.trim();
  // Identifiers are ours alone and every try sends the same bytes: a conflict at a repeated try is our own message.
  if (status === 409 && attempt > 1) return { kind: 'sent', receipt: `duplicate: ${receiptOf(body, status)}`.slice(0, RECEIPT_CHARS) };
  if (status >= 400 && status < 500 && !RETRY_STATUSES.includes(status)) return { kind: 'refused', reason };
  return { kind: 'retry', reason, unreachable: BUSY_STATUSES.includes(status) };
}

function failed(error: unknown, timedOut: boolean): SendResult {
  if (error instanceof SafecityError && error.code === 'PLATFORM_ADDRESS_REFUSED')
    return { kind: 'refused', reason: `${'API_DESTINATION_ADDRESS' satisfies ApiErrorCode}: ${error.message}` };
  const reason = error instanceof SafecityError ? error.message : ((error as { code?: string }).code ?? String(error));
  return { kind: 'retry', reason: timedOut ? `no answer within ${TIMEOUT_MS / 1000} s` : reason, unreachable: true };
}

/** A message as it is posted: the same bytes at each try. */
export interface OutgoingMessage {
  body: string;
  headers: Record<string, string>;
}

/** Where messages are sent. */
export interface SendTarget {
  url: string;
  /** Where destinations may be, looked at with the address that is connected to; undefined: everywhere. */
  networks: CameraNetworks | undefined;
}

/** The head of the answer. No redirect is followed: it would lead where nobody has looked. */
function post({ url, networks }: SendTarget, { body, headers }: OutgoingMessage, signal: AbortSignal): Promise<IncomingMessage> {
  const request = new URL(url).protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers: { ...headers, accept: 'application/json' }, signal, agent: false as const };
    request(url, { ...options, ...(networks ? { lookup: networks.lookup } : {}) }, resolve)
      .on('error', reject)
      .end(Buffer.from(body, 'utf8'));
  });
}

/** Posts a message. Never throws. @param attempt 1 for the first try */
export async function sendMessage(target: SendTarget, message: OutgoingMessage, attempt: number): Promise<SendResult> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    await target.networks?.pin(target.url);
    return await resultOf(await post(target, message, signal), attempt);
  } catch (error) {
    return failed(error, signal.aborted);
  }
}
