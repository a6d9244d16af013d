import { OnvifProbe, parseWith, StreamProbe } from '@safecity/contracts';
import type { FastifyInstance } from 'fastify';
import type { ProbeDesk } from '../probe/probe-desk.js';
import { requireToken } from './checks.js';

/** Scope of the token that cameras are tried with. */
export const PROBE_SCOPE = 'probe';

/** Cameras that are not in service yet, tried on behalf of vms-api. Bodies hold sealed credentials and are never logged. */
export function probeRoutes(
  app: FastifyInstance,
  { key, probes }: { key: Buffer; probes: Pick<ProbeDesk, 'stream' | 'onvif' | 'search'> },
): void {
  app.post('/probes/stream', async (request) => {
    requireToken(request, key, PROBE_SCOPE);
    return probes.stream(parseWith(StreamProbe, request.body, 'probe'));
  });
  app.post('/probes/onvif', async (request) => {
    requireToken(request, key, PROBE_SCOPE);
    return probes.onvif(parseWith(OnvifProbe, request.body, 'probe'));
  });
  app.post('/probes/search', async (request) => {
    requireToken(request, key, PROBE_SCOPE);
    return { devices: await probes.search() };
  });
}
