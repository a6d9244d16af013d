import { fork } from 'node:child_process';
import { isIP } from 'node:net';
import { fileURLToPath } from 'node:url';
import { CameraSource, matches, type OnvifProbe, type OnvifProbeResult, type OnvifProfile } from '@safecity/contracts';
import type { CameraNetworks } from '@safecity/platform';
import type { IngestErrorCode } from '../errors.js';
import type { CameraProblem } from '../ffmpeg/classify.js';
import { addressProblem } from '../session/stream-session.js';
import type { OnvifAnswer, OnvifQuestion } from './onvif-process.js';

export interface LookUpOptions {
  /** `user:password`; null for an open device. */
  credentials: string | null;
  networks: CameraNetworks | undefined;
  /** For all of it, ms. */
  timeLimitMs: number;
}

/** The compiled process, from the sources and from the build alike. */
const ENTRY = fileURLToPath(new URL('../../dist/onvif/onvif-process.js', import.meta.url));
/** Enough for any real device; one that sends without end meets it, not ingest. */
const MEMORY_MB = 64;
const DEFAULT_PATH = '/onvif/device_service';

type Refused = Extract<OnvifAnswer, { ok: false }>;

const PROBLEMS: Record<Refused['kind'], [code: IngestErrorCode, message: (host: string) => string]> = {
  unauthorized: [
    'INGEST_ONVIF_UNAUTHORIZED',
    (host) => `${host} refuses the user name or password: many cameras have users of their own for ONVIF`,
  ],
  refused: ['INGEST_ONVIF_REFUSED', (host) => `${host} refuses the connection: correct the port or switch ONVIF on in the camera`],
  'no-answer': ['INGEST_ONVIF_NO_ANSWER', (host) => `${host} does not answer: check power, cable and address`],
  invalid: [
    'INGEST_ONVIF_INVALID',
    (host) => `what answers at ${host} is no ONVIF camera, or its answer cannot be used: enter the address of the stream by hand`,
  ],
};

/** Asks in a process of its own, which is ended when the time is over. */
function answerTo(question: OnvifQuestion, timeLimitMs: number): Promise<OnvifAnswer> {
  return new Promise((resolve) => {
    const child = fork(ENTRY, [], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [`--max-old-space-size=${MEMORY_MB}`],
      env: {},
    });
    const end = (answer: OnvifAnswer) => {
      clearTimeout(limit);
      child.kill('SIGKILL');
      resolve(answer);
    };
    const limit = setTimeout(() => end({ ok: false, kind: 'no-answer', reason: 'time limit' }), timeLimitMs);
    child.once('message', (answer: OnvifAnswer) => end(answer));
    child.once('error', () => end({ ok: false, kind: 'invalid', reason: 'process' }));
    child.once('exit', () => end({ ok: false, kind: 'invalid', reason: 'process' }));
    child.send(question, () => undefined);
  });
}

function questionOf(pinned: string, credentials: string | null, timeoutMs: number): OnvifQuestion {
  const { hostname, port, pathname } = new URL(pinned);
  const question = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 80 : Number(port),
    path: pathname === '/' ? DEFAULT_PATH : pathname,
    timeoutMs,
  };
  if (credentials === null) return question;
  const colon = credentials.indexOf(':');
  return { ...question, username: credentials.slice(0, colon), password: credentials.slice(colon + 1) };
}

/**
 * The stream at the host that was asked: devices behind a router name addresses that mean nothing outside, some put the
 * password in, and none may send us elsewhere. Null for what is no RTSP address.
 */
function atHost(profile: OnvifProfile, host: string): OnvifProfile | null {
  if (!URL.canParse(profile.url)) return null;
  const { protocol, port, pathname, search } = new URL(profile.url);
  const name = isIP(host) === 6 ? `[${host}]` : host;
  const url = `${protocol}//${name}${port === '' ? '' : `:${port}`}${pathname}${search}`;
  return matches(CameraSource.properties.url, url) ? { ...profile, url } : null;
}

/**
 * Asks an ONVIF device for its streams: codec, size, rate and RTSP address of each profile. Connects to nothing but the
 * address that was asked and checked.
 */
export async function lookUpStreams(probe: OnvifProbe, options: LookUpOptions): Promise<OnvifProbeResult> {
  const { networks, credentials, timeLimitMs } = options;
  const { host, hostname } = new URL(probe.address);
  const fail = (problem: CameraProblem): OnvifProbeResult => ({ ok: false, problem });
  let pinned: string;
  try {
    pinned = networks ? await networks.pin(probe.address) : probe.address;
  } catch (error) {
    const problem = addressProblem(error);
    if (problem) return fail(problem);
    throw error;
  }
  const answer = await answerTo(questionOf(pinned, credentials, Math.round(timeLimitMs / 2)), timeLimitMs);
  const invalid = PROBLEMS.invalid;
  if (!answer.ok) {
    const [code, message] = PROBLEMS[answer.kind] ?? invalid;
    return fail({ code, message: message(host) });
  }
  const profiles = answer.profiles.flatMap((profile) => atHost(profile, hostname.replace(/^\[|\]$/g, '')) ?? []);
  return profiles.length > 0 ? { ok: true, profiles } : fail({ code: invalid[0], message: invalid[1](host) });
}
