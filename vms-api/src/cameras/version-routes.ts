import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { ROLE_PERMISSIONS } from '../accounts/roles.js';
import type { ApiApp } from '../server/app-types.js';
import { EpochMs, errorAnswers, named, nullable } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { CameraItem, CameraParams, type CameraView, Comment, Credentials } from './camera-schemas.js';
import {
  getVersion,
  listDeleted,
  listVersions,
  type Restoring,
  restorableConfig,
  restoreVersion,
  type VersionRow,
} from './camera-versions.js';
import { checkAddresses, contextOf, itemOf, viewOf } from './camera-view.js';
import { configDifferences } from './config-diff.js';

const tags = ['cameras'];
const Revision = Type.Integer({ minimum: 1, maximum: 2_147_483_647 });
const VersionParams = Type.Object({ ...CameraParams.properties, revision: Revision });

const versionFacts = {
  revision: Revision,
  name: Type.String({ description: 'Name of the camera then' }),
  deleted: Type.Boolean({ description: 'The camera was deleted by this change' }),
  changedBy: Type.String(),
  changedAtMs: EpochMs,
  address: nullable(Type.String({ description: 'From where; null also for who may neither change cameras nor read the audit log' })),
  comment: nullable(Type.String()),
  credentials: Type.Enum(['kept', 'set', 'removed'], {
    description: 'What the change did to user name and password, which are in no version',
  }),
  restoredFrom: nullable(Type.Integer({ description: 'The revision whose content came back' })),
};
const CameraVersion = named('CameraVersion', Type.Object(versionFacts));
const CameraVersionDetail = named(
  'CameraVersionDetail',
  Type.Object({
    ...versionFacts,
    camera: Type.Unsafe<CameraView>(
      Type.Object({}, { additionalProperties: true, description: 'The whole configuration as it was stored then' }),
    ),
  }),
);
const DeletedCamera = named('DeletedCamera', Type.Object({ cameraId: Type.String(), ...versionFacts }));
const Difference = named(
  'CameraDifference',
  Type.Object({
    from: Revision,
    to: Revision,
    credentialsChanged: Type.Boolean({ description: 'User name and password were set or removed in between; they are never shown' }),
    differences: Type.Array(
      Type.Object({
        path: Type.String({ description: 'Members joined by /, entries of lists by their id: zones/box/polygon' }),
        before: Type.Optional(Type.Unknown()),
        after: Type.Optional(Type.Unknown()),
      }),
    ),
  }),
);
const RestoreBody = Type.Object(
  {
    revision: Type.Integer({ minimum: 1, description: 'The revision at which the camera is now' }),
    comment: Type.Optional(Comment),
    credentials: Type.Optional(nullable(Credentials)),
  },
  { additionalProperties: false },
);

/** Where somebody sat is for those who run the system or check it. */
function seesAddresses(request: FastifyRequest): boolean {
  return request.identity.grants.some(({ role }) => {
    const may = ROLE_PERMISSIONS[role];
    return may.includes('cameras:write') || may.includes('audit:read');
  });
}

function versionOf(row: VersionRow, request: FastifyRequest): Static<typeof CameraVersion> {
  return {
    revision: row.revision,
    name: row.config.name,
    deleted: row.deleted,
    changedBy: row.changed_by,
    changedAtMs: row.changed_at_ms,
    address: seesAddresses(request) ? row.address : null,
    comment: row.comment,
    credentials: row.credentials,
    restoredFrom: row.restored_from,
  };
}

function listRoutes(app: ApiApp, { sql }: ApiServices): void {
  app.get(
    '/cameras/:cameraId/versions',
    {
      config: { access: 'cameras:read' },
      schema: {
        operationId: 'listCameraVersions',
        summary: 'Every version of a camera, also of a deleted one, the newest first',
        tags,
        params: CameraParams,
        response: { 200: Type.Object({ versions: Type.Array(CameraVersion) }), ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request) => {
      const rows = await listVersions(sql, request.identity, request.params.cameraId);
      return { versions: rows.map((row) => versionOf(row, request)) };
    },
  );
  app.get(
    '/deleted-cameras',
    {
      config: { access: 'cameras:read' },
      schema: {
        operationId: 'listDeletedCameras',
        summary: 'Cameras that were deleted; their versions stay and can be restored',
        tags,
        response: { 200: Type.Object({ cameras: Type.Array(DeletedCamera) }), ...errorAnswers(401, 403) },
      },
    },
    async (request) => {
      const rows = await listDeleted(sql, request.identity);
      return { cameras: rows.map((row) => ({ cameraId: row.camera_id, ...versionOf(row, request) })) };
    },
  );
}

function readRoutes(app: ApiApp, { sql }: ApiServices): void {
  app.get(
    '/cameras/:cameraId/versions/:revision',
    {
      config: { access: 'cameras:read' },
      schema: {
        operationId: 'getCameraVersion',
        summary: 'The whole configuration at a revision, as findings, tracks and evidence cite it',
        tags,
        params: VersionParams,
        response: { 200: CameraVersionDetail, ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request) => {
      const { cameraId, revision } = request.params;
      const row = await getVersion(sql, request.identity, cameraId, revision);
      return { ...versionOf(row, request), camera: viewOf(row.config) };
    },
  );
  app.get(
    '/cameras/:cameraId/versions/:revision/differences',
    {
      config: { access: 'cameras:read' },
      schema: {
        operationId: 'compareCameraVersions',
        summary: 'What differs from another version',
        tags,
        params: VersionParams,
        querystring: Type.Object({ from: Revision }, { additionalProperties: false }),
        response: { 200: Difference, ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request) => {
      const { cameraId, revision } = request.params;
      const { from } = request.query;
      const before = await getVersion(sql, request.identity, cameraId, from);
      const after = await getVersion(sql, request.identity, cameraId, revision);
      const [low, high] = [Math.min(from, revision), Math.max(from, revision)];
      const between = (await listVersions(sql, request.identity, cameraId)).filter((row) => row.revision > low && row.revision <= high);
      return {
        from,
        to: revision,
        credentialsChanged: between.some(({ credentials }) => credentials !== 'kept'),
        differences: configDifferences(viewOf(before.config), viewOf(after.config)),
      };
    },
  );
}

function restoreRoute(app: ApiApp, services: ApiServices): void {
  app.post(
    '/cameras/:cameraId/versions/:revision/restore',
    {
      config: { access: 'cameras:write' },
      schema: {
        operationId: 'restoreCameraVersion',
        summary: 'Store the content of an earlier version as a new one; a deleted camera comes back',
        tags,
        params: VersionParams,
        body: RestoreBody,
        response: { 200: CameraItem, ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    async (request) => {
      const { cameraId, revision } = request.params;
      const { revision: basedOn, ...rest } = request.body;
      const { source } = await restorableConfig(services.sql, request.identity, cameraId, revision);
      await checkAddresses(services, source);
      const row = await restoreVersion(contextOf(services, request), { cameraId, revision, basedOn, ...rest } as Restoring);
      await services.publisher.publishOwed();
      return itemOf(services, request, row);
    },
  );
}

/** Versions of cameras: list, read, compare, restore. */
export function versionRoutes(app: ApiApp, services: ApiServices): void {
  listRoutes(app, services);
  readRoutes(app, services);
  restoreRoute(app, services);
}
