import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { wakeDispatch } from '../deliveries/wake.js';
import type { ApiApp } from '../server/app-types.js';
import { EpochMs, errorAnswers, nullable } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { claimCase, heldCases, releaseClaim, renewClaim } from './claims.js';
import { type CaseVerdict, decideCase } from './decide.js';
import { readQueue } from './queue.js';
import { reviewContext } from './review-context.js';
import { CaseParams, ClaimBody, ConfirmBody, Decided, Queue, QueueQuery, RejectBody, ReviewCase, SendBackBody } from './review-schemas.js';

const tags = ['review'];

function queueRoutes(app: ApiApp, services: ApiServices): void {
  const config = { access: 'review:work' } as const;
  const response = { 200: Type.Object({ case: nullable(ReviewCase) }), ...errorAnswers(400, 401, 403, 409) };
  app.get(
    '/review/queue',
    {
      config,
      schema: {
        operationId: 'getReviewQueue',
        summary: 'How many violations wait for review, by unit, type and camera',
        tags,
        querystring: QueueQuery,
        response: { 200: Queue, ...errorAnswers(400, 401, 403) },
      },
    },
    (request) => readQueue(services.sql, reviewContext(services, request), request.query),
  );
  app.post(
    '/review/claims',
    {
      config,
      schema: {
        operationId: 'claimCase',
        summary: 'Take the next case; nobody else gets it until the time is over',
        tags,
        body: ClaimBody,
        response,
      },
    },
    async (request) => ({ case: await claimCase(reviewContext(services, request), request.body, services.random()) }),
  );
  app.get(
    '/review/claims',
    {
      config,
      schema: {
        operationId: 'listHeldCases',
        summary: 'The cases I hold, the one taken first before the others',
        tags,
        response: { 200: Type.Object({ cases: Type.Array(ReviewCase) }), ...errorAnswers(401, 403) },
      },
    },
    async (request) => ({ cases: await heldCases(reviewContext(services, request)) }),
  );
}

function holdRoutes(app: ApiApp, services: ApiServices): void {
  const config = { access: 'review:work' } as const;
  app.post(
    '/review/cases/:caseId/renew',
    {
      config,
      schema: {
        operationId: 'renewClaim',
        summary: 'Keep a case I hold for the whole time again',
        tags,
        params: CaseParams,
        response: { 200: Type.Object({ claimedUntilMs: EpochMs }), ...errorAnswers(400, 401, 403, 409) },
      },
    },
    (request) => renewClaim(reviewContext(services, request), request.params.caseId),
  );
  app.delete(
    '/review/cases/:caseId/claim',
    {
      config,
      schema: {
        operationId: 'releaseClaim',
        summary: 'Give a case back undecided',
        tags,
        params: CaseParams,
        response: { 204: Type.Null({ description: 'Given back' }), ...errorAnswers(400, 401, 403, 409) },
      },
    },
    async (request, reply) => {
      await releaseClaim(reviewContext(services, request), request.params.caseId);
      reply.status(204);
      return null;
    },
  );
}

/** Decides; rules are told what became of the alert. */
async function decided(services: ApiServices, request: FastifyRequest, caseId: string, verdict: CaseVerdict): Promise<Decided> {
  const context = reviewContext(services, request);
  const { decided: answer, alert } = await decideCase(context, caseId, verdict);
  if (alert && alert.state !== 'new') {
    const { id: alertId, cameraId, state } = alert;
    services.decisions.publish({ alertId, cameraId, state, role: context.identity.role, atMs: context.nowMs });
    wakeDispatch(services.bus);
  }
  return answer;
}

function decisionRoutes(app: ApiApp, services: ApiServices): void {
  const config = { access: 'review:work' } as const;
  const shared = { tags, params: CaseParams, response: { 200: Decided, ...errorAnswers(400, 401, 403, 409) } };
  app.post(
    '/review/cases/:caseId/confirm',
    { config, schema: { ...shared, operationId: 'confirmCase', summary: 'It is a violation, and it can be proven', body: ConfirmBody } },
    (request) => decided(services, request, request.params.caseId, { action: 'confirm', ...request.body }),
  );
  app.post(
    '/review/cases/:caseId/reject',
    { config, schema: { ...shared, operationId: 'rejectCase', summary: 'It is none, or it cannot be proven', body: RejectBody } },
    (request) => decided(services, request, request.params.caseId, { action: 'reject', ...request.body }),
  );
  app.post(
    '/review/cases/:caseId/send-back',
    { config, schema: { ...shared, operationId: 'sendCaseBack', summary: 'A shift lead must settle it', body: SendBackBody } },
    (request) => decided(services, request, request.params.caseId, { action: 'send-back', ...request.body }),
  );
}

/** What a reviewer does: take a case, look, decide. */
export function reviewerRoutes(app: ApiApp, services: ApiServices): void {
  queueRoutes(app, services);
  holdRoutes(app, services);
  decisionRoutes(app, services);
}
