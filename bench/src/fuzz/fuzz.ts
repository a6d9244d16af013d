import { Agent, request as httpRequest } from 'node:http';
import { seeded } from '../search-tracks.js';
import { type FuzzRequest, FuzzRequests, INTENTS, type Intent, type OpenApi } from './fuzz-requests.js';
import { pick } from './fuzz-values.js';

/** Somebody with whose rights requests are made. */
export interface FuzzUser {
  name: string;
  headers: Record<string, string>;
  /** What this user is allowed to, somewhere. */
  permissions: readonly string[];
  /** Texts of other units that no answer to this user may hold; requests never hold them. */
  secrets: readonly string[];
}

export interface FuzzOptions {
  url: string;
  document: OpenApi;
  users: readonly FuzzUser[];
  /** Values that exist on the site, by the name of the parameter or property that takes them. */
  known: Record<string, readonly unknown[]>;
  requests: number;
  seed: number;
  onProgress?: (share: number) => void;
}

/** What an answer must not be. */
export type FuzzProblem = 'server error' | 'leak' | 'stack' | 'no precise error' | 'no answer';

export interface FuzzFinding {
  problem: FuzzProblem;
  user: string;
  request: Pick<FuzzRequest, 'operationId' | 'intent' | 'method' | 'path'> & { body: string };
  status: number;
  answer: string;
}

export interface FuzzReport {
  requests: number;
  seed: number;
  seconds: number;
  byIntent: Record<Intent, number>;
  byStatus: Record<string, number>;
  /** How often each problem was met. */
  problems: Record<FuzzProblem, number>;
  /** The first of each problem and operation. */
  findings: FuzzFinding[];
}

const LANES = 16;
const TIMEOUT_MS = 40_000;
const MOST_KEPT_BYTES = 400_000;
const STACK = /\n\s+at |node_modules|PostgresError|\.[jt]s:\d+:\d+/;
/** A part of the service is away, and said so. */
const AWAY = /"code":"API_(NO_INGEST|NO_RULES)"/;

interface Answer {
  status: number;
  text: string;
}

function send(agent: Agent, url: string, { method, path, body }: FuzzRequest, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const request = httpRequest(`${url}/`, { agent, method, path, headers: { ...headers, ...length }, timeout: TIMEOUT_MS }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= MOST_KEPT_BYTES) chunks.push(chunk);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    request.on('error', reject);
    if (body !== undefined) request.write(body);
    request.end();
  });
}

/** A kept connection that the server closes at that moment says nothing: asked once more. */
async function ask(agent: Agent, url: string, request: FuzzRequest, headers: Record<string, string>): Promise<Answer> {
  const noAnswer = (error: Error): Answer => ({ status: 0, text: error.message });
  return send(agent, url, request, headers).catch(() => send(agent, url, request, headers).catch(noAnswer));
}

function isPrecise(text: string): boolean {
  try {
    const keys = Object.keys(JSON.parse(text) as object);
    return keys.filter((key) => key !== 'problems').join() === 'code,message';
  } catch {
    return false;
  }
}

function problemOf({ status, text }: Answer, user: FuzzUser): FuzzProblem | null {
  if (user.secrets.some((secret) => text.includes(secret))) return 'leak';
  if (status >= 500 && !(status === 503 && AWAY.test(text))) return 'server error';
  if (status < 400) return null;
  if (STACK.test(text)) return 'stack';
  return status === 416 || isPrecise(text) ? null : 'no precise error';
}

/** Every other request is made by somebody who may: what a role is refused for shows little of what lies behind. */
function askerOf({ permission }: FuzzRequest, users: readonly FuzzUser[], random: () => number): FuzzUser {
  const allowed = random() < 0.5 ? users.filter(({ permissions }) => permissions.includes(permission)) : [];
  return pick(random, allowed.length > 0 ? allowed : users);
}

class Tally {
  readonly report: FuzzReport;
  readonly #seen = new Set<string>();

  constructor(requests: number, seed: number) {
    const problems = { 'server error': 0, leak: 0, stack: 0, 'no precise error': 0, 'no answer': 0 };
    const byIntent = Object.fromEntries(INTENTS.map((intent) => [intent, 0])) as Record<Intent, number>;
    this.report = { requests, seed, seconds: 0, byIntent, byStatus: {}, problems, findings: [] };
  }

  add(request: FuzzRequest, user: FuzzUser, answer: Answer, problem: FuzzProblem | null): void {
    const { report } = this;
    report.byIntent[request.intent]++;
    report.byStatus[answer.status] = (report.byStatus[answer.status] ?? 0) + 1;
    if (problem === null) return;
    report.problems[problem]++;
    const key = `${problem} ${request.operationId} ${answer.status}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const { operationId, intent, method, path, body = '' } = request;
    const shown = { operationId, intent, method, path: path.slice(0, 500), body: String(body).slice(0, 500) };
    report.findings.push({ problem, user: user.name, request: shown, status: answer.status, answer: answer.text.slice(0, 300) });
  }
}

/**
 * Asks an API what its document allows, nearly allows and does not allow at all, with the rights of several users, and looks
 * for answers that fail, tell what belongs to others, or show its inside. The same seed makes the same requests, but for times.
 */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { url, users, requests, seed, onProgress } = options;
  const random = seeded(seed);
  const source = new FuzzRequests(options.document, options.known);
  const agent = new Agent({ keepAlive: true, maxSockets: LANES });
  const tally = new Tally(requests, seed);
  const beganMs = Date.now();
  let made = 0;
  const lane = async () => {
    while (made < requests) {
      made++;
      const request = source.next(random);
      const user = askerOf(request, users, random);
      if (made % 500 === 0) onProgress?.(made / requests);
      const answer = await ask(agent, url, request, { ...user.headers, ...request.headers });
      // A server that has refused what is too large may close the connection while it is still being sent.
      const cut = answer.status === 0 && (request.body?.length ?? 0) > 1_000_000;
      tally.add(request, user, answer, answer.status === 0 ? (cut ? null : 'no answer') : problemOf(answer, user));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  agent.destroy();
  return { ...tally.report, seconds: (Date.now() - beganMs) / 1000 };
}
