import { type CameraConfig, certificateState } from '@safecity/contracts';
import type { FastifyRequest } from 'fastify';
import { alertScopeOf } from '../alerts/alert-scope.js';
import { invalidRequest, problemAt } from '../server/failure.js';
import type { ApiServices } from '../services.js';
import type { CameraItem, CameraView } from './camera-schemas.js';
import { lastChanges, openAlertCounts } from './camera-store.js';
import type { CameraContext, CameraRow } from './camera-write.js';
import { referencesOf } from './reference-pictures.js';

/** A configuration without what never leaves the server. */
export function viewOf(config: CameraConfig): CameraView {
  const { sealedCredentials: _sealed, ...source } = config.source;
  return { ...config, source };
}

/** Cameras with their state and what is open about them, as lists show them. */
export async function itemsOf(services: ApiServices, request: FastifyRequest, rows: CameraRow[]): Promise<CameraItem[]> {
  const ids = rows.map((row) => row.id);
  const counts = await openAlertCounts(services.sql, ids, alertScopeOf(request.identity));
  const changes = await lastChanges(services.sql, ids);
  const references = await referencesOf(services.sql, ids);
  return rows.map((row) => ({
    camera: { ...viewOf(row.config), revision: row.revision },
    hasCredentials: row.sealed_credentials !== null,
    status: services.statuses.statusOf(row.id),
    openAlerts: counts.get(row.id) ?? 0,
    certificate: certificateState(row.config.certificate, services.nowMs()),
    referencePicture: references.get(row.id) ?? null,
    lastChange: changes.get(row.id) ?? null,
  }));
}

export async function itemOf(services: ApiServices, request: FastifyRequest, row: CameraRow): Promise<CameraItem> {
  return (await itemsOf(services, request, [row]))[0] as CameraItem;
}

/** Who changes cameras by this request. */
export function contextOf(services: ApiServices, request: FastifyRequest): CameraContext {
  const { sql, key, nowMs } = services;
  return { sql, key, identity: request.identity, address: request.ip, nowMs: nowMs() };
}

/** @throws SafecityError `API_INVALID` for an address that ingest must not be sent to */
export async function checkAddresses({ cameraNetworks }: ApiServices, source: { url: string; detectUrl?: string }): Promise<void> {
  if (!cameraNetworks) return;
  for (const name of ['url', 'detectUrl'] as const) {
    const url = source[name];
    if (url === undefined) continue;
    await cameraNetworks.pin(url).catch((cause: Error) => {
      throw invalidRequest(problemAt(`source/${name}`, cause));
    });
  }
}
