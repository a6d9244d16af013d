import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { wakeDispatch } from '../deliveries/wake.js';
import type { ApiApp } from '../server/app-types.js';
import { errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import {
  Alert,
  AlertParams,
  AssigneeBody,
  CommentBody,
  DecisionBody,
  DispatchBody,
  DispatchDestination,
  FalseAlarmBody,
  Person,
} from './alert-schemas.js';
import { alertScopeOf } from './alert-scope.js';
import type { Decision } from './alert-state.js';
import { getAlertRow } from './alert-store.js';
import { type DecisionContext, decide } from './decisions.js';
import { assign, assigneesFor, commentOn } from './desk-notes.js';
import { destinationsFor } from './dispatches.js';
import { splitAlert } from './splits.js';

const tags = ['alerts'];
const access = 'alerts:decide';
const response = { 200: Alert, ...errorAnswers(400, 401, 403, 404, 409) };

const contextOf = ({ sql, nowMs }: ApiServices, { identity, ip }: FastifyRequest): DecisionContext => ({
  ...{ sql, identity, address: ip, nowMs: nowMs() },
});

async function decisionOf(services: ApiServices, request: FastifyRequest, alertId: string, decision: Decision): Promise<Alert> {
  const context = contextOf(services, request);
  const { alert, merged } = await decide(context, alertId, decision);
  const { cameraId, state } = alert;
  // Rules knows nothing of what was opened by hand.
  const told = cameraId === null || alert.byHand !== null ? [] : [{ alertId, cameraId }, ...merged];
  for (const one of told)
    if (state !== 'new') services.decisions.publish({ ...one, state, role: context.identity.role, atMs: context.nowMs });
  if (alert.byHand) services.handIncidents.tell();
  wakeDispatch(services.bus);
  return alert;
}

/** Decisions that say nothing more than themselves, in the order of an alert's life. */
const PLAIN = [
  { action: 'acknowledge', operationId: 'acknowledgeAlert', summary: 'I have seen it' },
  { action: 'confirm', operationId: 'confirmAlert', summary: 'It is true; who was told of it hears that somebody has verified it' },
  {
    action: 'resolve',
    operationId: 'resolveAlert',
    summary: 'It is over; who was told of it and does not know that yet gets an all-clear',
  },
] as const;

function decisionRoutes(app: ApiApp, services: ApiServices): void {
  for (const { action, operationId, summary } of PLAIN) {
    app.post(
      `/alerts/:alertId/${action}`,
      { config: { access }, schema: { operationId, summary, tags, params: AlertParams, body: DecisionBody, response } },
      (request) => decisionOf(services, request, request.params.alertId, { action, ...request.body }),
    );
  }
  app.post(
    '/alerts/:alertId/dispatch',
    {
      config: { access },
      schema: {
        operationId: 'dispatchAlert',
        summary: 'Send it to a destination; one that has it already is not told twice',
        tags,
        params: AlertParams,
        body: DispatchBody,
        response,
      },
    },
    (request) => decisionOf(services, request, request.params.alertId, { action: 'dispatch', ...request.body }),
  );
  app.post(
    '/alerts/:alertId/false-alarm',
    {
      config: { access },
      schema: {
        operationId: 'rejectAlert',
        summary: 'It is a false alarm; who was told of it gets a cancel',
        tags,
        params: AlertParams,
        body: FalseAlarmBody,
        response,
      },
    },
    (request) => decisionOf(services, request, request.params.alertId, { action: 'false-alarm', ...request.body }),
  );
}

function noteRoutes(app: ApiApp, services: ApiServices): void {
  app.post(
    '/alerts/:alertId/comments',
    {
      config: { access },
      schema: {
        operationId: 'commentAlert',
        summary: 'Add a remark to its history',
        tags,
        params: AlertParams,
        body: CommentBody,
        response: { 200: Alert, ...errorAnswers(400, 401, 403, 404) },
      },
    },
    (request) => commentOn(contextOf(services, request), request.params.alertId, request.body.text),
  );
  app.put(
    '/alerts/:alertId/assignee',
    {
      config: { access },
      schema: {
        operationId: 'assignAlert',
        summary: 'Give it to somebody who may decide about it, or to nobody; operators only what is free or their own',
        tags,
        params: AlertParams,
        body: AssigneeBody,
        response,
      },
    },
    (request) => assign(contextOf(services, request), request.params.alertId, request.body.username),
  );
}

function choiceRoutes(app: ApiApp, services: ApiServices): void {
  const errors = errorAnswers(400, 401, 403, 404);
  app.get(
    '/alerts/:alertId/destinations',
    {
      config: { access },
      schema: {
        operationId: 'listDispatchDestinations',
        summary: 'Where it can be sent: destinations that reach its unit and take its kind',
        tags,
        params: AlertParams,
        response: { 200: Type.Object({ destinations: Type.Array(DispatchDestination) }), ...errors },
      },
    },
    async (request) => {
      const { sql, identity, nowMs } = contextOf(services, request);
      const row = await getAlertRow(sql, alertScopeOf(identity), request.params.alertId);
      return { destinations: await destinationsFor(sql, row, nowMs) };
    },
  );
  app.get(
    '/alerts/:alertId/assignees',
    {
      config: { access },
      schema: {
        operationId: 'listAssignees',
        summary: 'People to whom it can be given',
        tags,
        params: AlertParams,
        response: { 200: Type.Object({ people: Type.Array(Person) }), ...errors },
      },
    },
    async (request) => ({ people: await assigneesFor(contextOf(services, request), request.params.alertId) }),
  );
}

function splitRoute(app: ApiApp, services: ApiServices): void {
  app.post(
    '/alerts/:alertId/split',
    {
      config: { access },
      schema: {
        operationId: 'splitAlert',
        summary: 'It is not the incident it was merged into; it stands for itself once rules has heard of it',
        tags,
        params: AlertParams,
        body: DecisionBody,
        response,
      },
    },
    async (request) => {
      const { alert, split } = await splitAlert(contextOf(services, request), request.params.alertId, request.body.comment);
      services.decisions.publish(split);
      return alert;
    },
  );
}

/** What a desk does with an alert: decide, send, take in hand, remark. */
export function deskRoutes(app: ApiApp, services: ApiServices): void {
  decisionRoutes(app, services);
  noteRoutes(app, services);
  choiceRoutes(app, services);
  splitRoute(app, services);
}
