// A process of its own for one look at one device: what a device answers may make the library throw where nobody can catch
// it, or fill the memory, and neither may touch the cameras that ingest serves.
import { Agent } from 'node:http';
import { connect } from 'node:net';
import type { OnvifProfile } from '@safecity/contracts';
import { Cam } from 'onvif';

/** What the process is told to ask. */
export interface OnvifQuestion {
  /** The address that was checked; nothing else is connected to, whatever the device says. */
  host: string;
  port: number;
  path: string;
  username?: string;
  password?: string;
  timeoutMs: number;
}

/** What came of it; `host` of the streams is the device's own word. */
export type OnvifAnswer =
  | { ok: true; profiles: OnvifProfile[] }
  | { ok: false; kind: 'unauthorized' | 'refused' | 'no-answer' | 'invalid'; reason: string };

const MOST_PROFILES = 16;

/** Connects to the one address that was checked. */
function onlyTo({ host, port }: OnvifQuestion): Agent {
  const agent = new Agent({ keepAlive: false });
  agent.createConnection = () => connect({ host, port });
  return agent;
}

function ask<T>(call: (done: (error: Error | null, answer?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => call((error, answer) => (error ? reject(error) : resolve(answer as T))));
}

const numberOrNull = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null);
const whole = (value: unknown): number | null => (Number.isInteger(numberOrNull(value)) ? (value as number) : null);
const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 120) : '');

interface DeviceProfile {
  $?: { token?: string };
  name?: unknown;
  videoEncoderConfiguration?: {
    encoding?: unknown;
    resolution?: { width?: unknown; height?: unknown };
    rateControl?: { frameRateLimit?: unknown };
  };
}

/** What a look-up has to know of the device first: its clock, for the password's digest, and where its services are. */
async function prepare(cam: Cam): Promise<void> {
  await ask((done) => cam.getSystemDateAndTime(done));
  try {
    await ask((done) => cam.getServices(true, done));
  } catch {
    await ask((done) => cam.getCapabilities(done));
  }
}

async function profileOf(cam: Cam, profile: DeviceProfile): Promise<OnvifProfile[]> {
  const token = text(profile.$?.token);
  const video = profile.videoEncoderConfiguration;
  if (token === '' || !video) return [];
  const { uri } = await ask<{ uri: string }>((done) => cam.getStreamUri({ protocol: 'RTSP', profileToken: token }, done));
  return [
    {
      token,
      name: text(profile.name) || token,
      url: text(uri),
      codec: text(video.encoding) || null,
      widthPx: whole(video.resolution?.width),
      heightPx: whole(video.resolution?.height),
      fps: numberOrNull(video.rateControl?.frameRateLimit),
    },
  ];
}

async function look(question: OnvifQuestion): Promise<OnvifAnswer> {
  const { host, port, path, username, password, timeoutMs } = question;
  const cam = new Cam({
    ...{ hostname: host, port, path, timeout: timeoutMs, autoconnect: false, preserveAddress: true, agent: onlyTo(question) },
    ...(username === undefined ? {} : { username, password: password ?? '' }),
  });
  await prepare(cam);
  const found = await ask<DeviceProfile[]>((done) => cam.getProfiles(done));
  const profiles: OnvifProfile[] = [];
  for (const profile of found.slice(0, MOST_PROFILES)) profiles.push(...(await profileOf(cam, profile)));
  return { ok: true, profiles };
}

function refusalOf(error: unknown): OnvifAnswer {
  const { message = '', code = '' } = error as Error & { code?: string };
  const kind = /not ?authorized|unauthorized|authentication failed|\b401\b/i.test(message)
    ? 'unauthorized'
    : code === 'ECONNREFUSED'
      ? 'refused'
      : /timeout/i.test(message) || ['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code)
        ? 'no-answer'
        : 'invalid';
  return { ok: false, kind, reason: message.slice(0, 200) };
}

function tell(answer: OnvifAnswer): void {
  process.send?.(answer, () => process.exit(0));
}

process.on('uncaughtException', (error) => tell(refusalOf(error)));
process.once('message', (question: OnvifQuestion) => {
  look(question).then(tell, (error: unknown) => tell(refusalOf(error)));
});
