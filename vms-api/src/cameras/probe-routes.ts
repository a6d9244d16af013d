import { CameraSource, Id, OnvifProbe, OnvifProbeResult, OnvifSearchResult, SafecityError, StreamProbeResult } from '@safecity/contracts';
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { recordAudit } from '../audit/audit.js';
import type { ApiApp } from '../server/app-types.js';
import { invalidRequest } from '../server/failure.js';
import { errorAnswers, named } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { Credentials } from './camera-schemas.js';
import { getCamera } from './camera-store.js';
import { type CameraRow, sealCredentials, staysAtHosts } from './camera-write.js';
import { IngestProbes } from './ingest-probes.js';

const tags = ['cameras'];

const TestBody = named(
  'CameraTest',
  Type.Object(
    {
      cameraId: Type.Optional({
        ...Id,
        description: 'A stored camera: what is left out is taken from it, its password only for its own host',
      }),
      stream: Type.Optional(Type.Enum(['main', 'sub'], { description: 'Of the stored camera; default main' })),
      source: Type.Optional(
        Type.Object(
          { url: CameraSource.properties.url, transport: Type.Optional(CameraSource.properties.transport) },
          { additionalProperties: false },
        ),
      ),
      credentials: Type.Optional(Credentials),
    },
    { additionalProperties: false },
  ),
);
type TestBody = Static<typeof TestBody>;

const OnvifBody = Type.Object(
  {
    address: OnvifProbe.properties.address,
    credentials: Type.Optional(Credentials),
    cameraId: Type.Optional({ ...Id, description: 'A stored camera, whose password is used when the host is its own' }),
  },
  { additionalProperties: false },
);

/** What of a test comes from the request, and what from the stored camera. */
function probeOf(services: ApiServices, body: TestBody, stored: CameraRow | null) {
  const own = stored?.config.source;
  const url = body.source?.url ?? (body.stream === 'sub' ? own?.detectUrl : own?.url);
  if (url === undefined) {
    const what = stored ? 'the camera has no sub-stream' : 'give cameraId or source';
    throw invalidRequest({ path: stored ? 'stream' : '', code: 'camera-to-try', message: what });
  }
  return { url, transport: body.source?.transport ?? own?.transport ?? 'tcp', ...sealedPart(services, body.credentials, stored, url) };
}

function sealedPart({ key }: ApiServices, credentials: TestBody['credentials'], stored: CameraRow | null, url: string) {
  if (credentials) return { sealedCredentials: sealCredentials(key, credentials) };
  // Another host gets no stored password.
  if (stored?.sealed_credentials && staysAtHosts(stored, { url })) return { sealedCredentials: stored.sealed_credentials };
  return {};
}

async function storedOf(services: ApiServices, request: FastifyRequest, cameraId: string | undefined): Promise<CameraRow | null> {
  return cameraId === undefined ? null : getCamera(services.sql, request.identity, cameraId);
}

/** @throws SafecityError `API_INVALID` (400) for what looks like an address and is none, such as `rtsp://>` */
function checkUrl(name: string, url: string): void {
  if (!URL.canParse(url))
    throw invalidRequest({ path: name, code: 'address-form', message: 'its host cannot be read; write it as host or host:port' });
}

/** Why an address may not be reached, in the words that ingest has for it; null when it may. */
async function refusedAddress({ cameraNetworks }: ApiServices, url: string): Promise<{ code: string; message: string } | null> {
  try {
    await cameraNetworks?.pin(url);
    return null;
  } catch (error) {
    if (!(error instanceof SafecityError)) throw error;
    const code = error.code === 'PLATFORM_HOST_UNKNOWN' ? 'INGEST_CAMERA_HOST_UNKNOWN' : 'INGEST_CAMERA_ADDRESS_REFUSED';
    return { code, message: error.message };
  }
}

/** Who tried which host, and what came of it; never with what password. */
async function noted(services: ApiServices, request: FastifyRequest, action: 'camera.tested' | 'onvif.asked', url: string, ok: boolean) {
  await recordAudit(services.sql, {
    atMs: services.nowMs(),
    actor: request.identity.username,
    action,
    subject: `host:${new URL(url).host}`,
    detail: { ok },
    address: request.ip,
  });
}

function testRoute(app: ApiApp, services: ApiServices, probes: IngestProbes): void {
  app.post(
    '/cameras/test',
    {
      config: { access: 'cameras:write' },
      schema: {
        operationId: 'testCamera',
        summary: 'Connect to a camera once, stored or not, and tell what its stream is, with a picture, or what is wrong; at most 15 s',
        tags,
        body: TestBody,
        response: { 200: named('CameraTestResult', StreamProbeResult), ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request) => {
      const stored = await storedOf(services, request, request.body.cameraId);
      const probe = probeOf(services, request.body, stored);
      checkUrl('source/url', probe.url);
      const refused = await refusedAddress(services, probe.url);
      const result = refused ? { ok: false as const, problem: refused, tookMs: 0 } : await probes.stream(probe, stored?.id);
      await noted(services, request, 'camera.tested', probe.url, result.ok);
      return result;
    },
  );
}

function onvifRoutes(app: ApiApp, services: ApiServices, probes: IngestProbes): void {
  app.post(
    '/onvif/search',
    {
      config: { access: 'cameras:write' },
      schema: {
        operationId: 'searchOnvif',
        summary: 'Ask the networks of the ingest server which ONVIF cameras there are; takes 4 s',
        tags,
        response: { 200: named('OnvifSearchResult', OnvifSearchResult), ...errorAnswers(401, 403) },
      },
    },
    async (request) => {
      const { username: actor } = request.identity;
      const entry = { atMs: services.nowMs(), actor, action: 'onvif.searched', subject: 'networks', address: request.ip } as const;
      await recordAudit(services.sql, entry);
      return probes.search();
    },
  );
  app.post(
    '/onvif/streams',
    {
      config: { access: 'cameras:write' },
      schema: {
        operationId: 'askOnvifStreams',
        summary: 'Ask an ONVIF camera for its streams: codec, size, rate and RTSP address of each',
        tags,
        body: OnvifBody,
        response: { 200: named('OnvifProbeResult', OnvifProbeResult), ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request) => {
      const { address, credentials, cameraId } = request.body;
      checkUrl('address', address);
      const stored = await storedOf(services, request, cameraId);
      const refused = await refusedAddress(services, address);
      const probe = { address, ...sealedPart(services, credentials, stored, address) };
      const result = refused ? { ok: false as const, problem: refused } : await probes.onvif(probe, stored?.id);
      await noted(services, request, 'onvif.asked', address, result.ok);
      return result;
    },
  );
}

/** Cameras that are tried before they are saved: their stream, and what ONVIF tells of them. */
export function probeRoutes(app: ApiApp, services: ApiServices): void {
  const probes = new IngestProbes(services.ingest);
  testRoute(app, services, probes);
  onvifRoutes(app, services, probes);
}
