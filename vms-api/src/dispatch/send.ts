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
async function readSome(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > 16 * 1024) break;
  }
  return text;
}

async function resultOf(response: Response, attempt: number): Promise<SendResult> {
  const { status } = response;
  const body = await readSome(response);
  if (response.ok) return { kind: 'sent', receipt: receiptOf(body, status) };
  const reason = `HTTP ${status}: ${body.trim().slice(0, 300)}`.trim();
  // Identifiers are ours alone and every try sends the same bytes: a conflict at a repeated try is our own message.
  if (status === 409 && attempt > 1) return { kind: 'sent', receipt: `duplicate: ${receiptOf(body, status)}`.slice(0, RECEIPT_CHARS) };
  if (status >= 400 && status < 500 && !RETRY_STATUSES.includes(status)) return { kind: 'refused', reason };
  return { kind: 'retry', reason, unreachable: BUSY_STATUSES.includes(status) };
}

function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown network failure';
  if (error.name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1000} s`;
  const code = (error.cause as { code?: string } | undefined)?.code;
  return code ?? error.message;
}

/** A message as it is posted: the same bytes at each try. */
export interface OutgoingMessage {
  body: string;
  headers: Record<string, string>;
}

/** Posts a message. Never throws. @param attempt 1 for the first try */
export async function sendMessage(url: string, { body, headers }: OutgoingMessage, attempt: number): Promise<SendResult> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, accept: 'application/json' },
      body: Buffer.from(body, 'utf8'),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return await resultOf(response, attempt);
  } catch (error) {
    return { kind: 'retry', reason: networkReason(error), unreachable: true };
  }
}
