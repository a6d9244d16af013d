import { parseCamera } from '@safecity/contracts';
import { Type } from 'typebox';
import type { ApiApp } from '../server/app-types.js';
import { errorAnswers, named } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { CameraBody, CameraItem, CameraList, CameraParams, Comment, LooseCameraBody, PresetParams } from './camera-schemas.js';
import { createCamera, deleteCamera, getCamera, listCameras, teachPreset, updateCamera } from './camera-store.js';
import { checkAddresses, contextOf, itemOf, itemsOf } from './camera-view.js';
import type { CameraChange } from './camera-write.js';

const tags = ['cameras'];

/** The body is documented in full and checked by `parseCamera`, which fills in defaults and names every problem. */
const bodySchema = { body: named('CameraBody', CameraBody) };
const looseBody = { schema: LooseCameraBody, httpPart: 'body' };

function readRoutes(app: ApiApp, services: ApiServices): void {
  app.get(
    '/cameras',
    {
      config: { access: 'cameras:read' },
      schema: {
        operationId: 'listCameras',
        summary: 'Cameras of the own units',
        tags,
        response: { 200: CameraList, ...errorAnswers(401, 403) },
      },
    },
    async (request) => ({ cameras: await itemsOf(services, request, await listCameras(services.sql, request.identity)) }),
  );
  app.get(
    '/cameras/:cameraId',
    {
      config: { access: 'cameras:read' },
      schema: {
        operationId: 'getCamera',
        summary: 'One camera',
        tags,
        params: CameraParams,
        response: { 200: CameraItem, ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request) => itemOf(services, request, await getCamera(services.sql, request.identity, request.params.cameraId)),
  );
}

function writeRoutes(app: ApiApp, services: ApiServices): void {
  const validatorCompiler = (route: Parameters<NonNullable<ApiApp['validatorCompiler']>>[0]) =>
    (app.validatorCompiler as NonNullable<ApiApp['validatorCompiler']>)(route.httpPart === 'body' ? { ...route, ...looseBody } : route);
  app.post(
    '/cameras',
    {
      config: { access: 'cameras:write' },
      validatorCompiler,
      schema: {
        operationId: 'createCamera',
        summary: 'Add a camera',
        tags,
        ...bodySchema,
        response: { 201: CameraItem, ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      await checkAddresses(services, parseCamera((request.body as CameraChange).camera).source);
      const row = await createCamera(contextOf(services, request), request.body as CameraChange);
      await services.publisher.publishOwed();
      reply.status(201);
      return itemOf(services, request, row);
    },
  );
  app.put(
    '/cameras/:cameraId',
    {
      config: { access: 'cameras:write' },
      validatorCompiler,
      schema: {
        operationId: 'updateCamera',
        summary: 'Change a camera; camera.revision is the one the change is based on',
        tags,
        params: CameraParams,
        ...bodySchema,
        response: { 200: CameraItem, ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    async (request) => {
      await checkAddresses(services, parseCamera((request.body as CameraChange).camera).source);
      const row = await updateCamera(contextOf(services, request), request.params.cameraId, request.body as CameraChange);
      await services.publisher.publishOwed();
      return itemOf(services, request, row);
    },
  );
  app.post(
    '/cameras/:cameraId/presets/:presetId/taught',
    {
      config: { access: 'cameras:write' },
      schema: {
        operationId: 'teachPreset',
        summary: 'Say that the camera stands at this preset now and stays there for the next half minute',
        tags,
        params: PresetParams,
        response: { 200: CameraItem, ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request) => {
      const { cameraId, presetId } = request.params;
      const row = await teachPreset(contextOf(services, request), cameraId, presetId);
      await services.publisher.publishOwed();
      return itemOf(services, request, row);
    },
  );
  app.delete(
    '/cameras/:cameraId',
    {
      config: { access: 'cameras:write' },
      schema: {
        operationId: 'deleteCamera',
        summary: 'Delete a camera; its alerts and versions stay',
        tags,
        params: CameraParams,
        querystring: Type.Object({ comment: Type.Optional(Comment) }, { additionalProperties: false }),
        response: { 204: Type.Null({ description: 'Deleted' }), ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      await deleteCamera(contextOf(services, request), request.params.cameraId, request.query.comment);
      await services.publisher.publishOwed();
      reply.status(204);
      return null;
    },
  );
}

/** Cameras of the user's units: read, add, change, delete. */
export function cameraRoutes(app: ApiApp, services: ApiServices): void {
  readRoutes(app, services);
  writeRoutes(app, services);
}
