import { BacktestStatus, parseCamera } from '@safecity/contracts';
import { Type } from 'typebox';
import { recordAudit } from '../audit/audit.js';
import { CameraParams } from '../cameras/camera-schemas.js';
import { getCamera } from '../cameras/camera-store.js';
import type { ApiApp } from '../server/app-types.js';
import { EpochMs, errorAnswers, named } from '../server/schemas.js';
import { checkSpan } from '../server/span.js';
import type { ApiServices } from '../services.js';
import { archiveLines } from './archive-export.js';
import { backtestStatus, startBacktest } from './backtests.js';

const LONGEST = { days: 7 };
const Parts = (description: string) =>
  Type.Optional(Type.Array(Type.Object({}, { additionalProperties: true }), { maxItems: 64, description }));

const Body = Type.Object(
  {
    fromMs: EpochMs,
    toMs: EpochMs,
    rules: Parts("In place of the camera's rules; checked as when they are stored"),
    zones: Parts('In place of its zones'),
    lines: Parts('In place of its lines'),
    lanes: Parts('In place of its lanes'),
  },
  { additionalProperties: false },
);
const Params = Type.Object({ ...CameraParams.properties, backtestId: Type.String({ pattern: '^[0-9a-f-]{36}$' }) });
const Answer = named('Backtest', BacktestStatus);
const tags = ['tracks'];
const access = 'cameras:write';

/** Rehearsal of changed rules on the archive of a camera. */
export function backtestRoutes(app: ApiApp, services: ApiServices): void {
  app.post(
    '/cameras/:cameraId/backtests',
    {
      config: { access },
      schema: {
        operationId: 'startBacktest',
        summary: 'What changed rules would have found between two capture times, at most 7 days; ask for it again until it is done',
        tags,
        params: CameraParams,
        body: Body,
        response: { 202: Answer, ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { cameraId } = request.params;
      const { fromMs, toMs, ...changes } = request.body;
      const { config } = await getCamera(services.sql, request.identity, cameraId);
      checkSpan({ fromMs, toMs }, LONGEST);
      const { url, transport } = config.source;
      const camera = parseCamera({ ...config, ...changes, source: { url, transport } });
      const { sql, bus, nowMs } = services;
      const status = await startBacktest(bus, camera, { fromMs, toMs }, archiveLines(sql, cameraId, { fromMs, toMs }), nowMs());
      const { username: actor } = request.identity;
      const detail = { fromMs, toMs, backtestId: status.id };
      await recordAudit(sql, {
        atMs: nowMs(),
        actor,
        action: 'camera.rehearsed',
        subject: `camera:${cameraId}`,
        detail,
        address: request.ip,
      });
      reply.status(202);
      return status;
    },
  );
  app.get(
    '/cameras/:cameraId/backtests/:backtestId',
    {
      config: { access },
      schema: {
        operationId: 'getBacktest',
        summary: 'How a backtest stands, and what came of it; kept for an hour',
        tags,
        params: Params,
        response: { 200: Answer, ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request) => {
      await getCamera(services.sql, request.identity, request.params.cameraId);
      return backtestStatus(services.bus, request.params.cameraId, request.params.backtestId, services.nowMs());
    },
  );
}
