import { Type } from 'typebox';
import type { ApiApp } from '../server/app-types.js';
import { AlertId, binaryAnswer, errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { getCase, listCases, listForms } from './case-records.js';
import { eraseEvidence } from './erase.js';
import { issueForm, readForm } from './issue-form.js';
import { reviewContext } from './review-context.js';
import {
  CaseForm,
  CaseParams,
  CaseQuery,
  CaseRecord,
  EraseBody,
  ErasureRecord,
  IssueBody,
  IssuedForm,
  IssuedQuery,
  ReviewSettings,
  SettingsBody,
  Statistics,
  StatisticsQuery,
} from './review-schemas.js';
import { listSettings, setSettings } from './settings.js';
import { readStatistics } from './statistics.js';

const tags = ['review'];

function readRoutes(app: ApiApp, services: ApiServices): void {
  const config = { access: 'review:read' } as const;
  app.get(
    '/review/cases',
    {
      config,
      schema: {
        operationId: 'listCases',
        summary: 'Cases of violations with decisions, time limits and forms, newest first',
        tags,
        querystring: CaseQuery,
        response: { 200: Type.Object({ cases: Type.Array(CaseRecord) }), ...errorAnswers(400, 401, 403) },
      },
    },
    async (request) => ({ cases: await listCases(reviewContext(services, request), request.query) }),
  );
  app.get(
    '/review/cases/:caseId',
    {
      config,
      schema: {
        operationId: 'getCase',
        summary: 'The record of one case',
        tags,
        params: CaseParams,
        response: { 200: CaseRecord, ...errorAnswers(400, 401, 403, 404) },
      },
    },
    (request) => getCase(reviewContext(services, request), request.params.caseId),
  );
  app.get(
    '/review/forms',
    {
      config,
      schema: {
        operationId: 'listIssuedForms',
        summary: 'Forms that were issued, newest first',
        tags,
        querystring: IssuedQuery,
        response: { 200: Type.Object({ forms: Type.Array(IssuedForm) }), ...errorAnswers(400, 401, 403) },
      },
    },
    async (request) => ({ forms: await listForms(reviewContext(services, request), request.query) }),
  );
  app.get(
    '/review/statistics',
    {
      config,
      schema: {
        operationId: 'getReviewStatistics',
        summary: 'What was decided from fromMs (inclusive) to toMs (exclusive), by reviewer, type and reason',
        tags,
        querystring: StatisticsQuery,
        response: { 200: Statistics, ...errorAnswers(400, 401, 403) },
      },
    },
    (request) => readStatistics(reviewContext(services, request), request.query),
  );
}

function settingsRoutes(app: ApiApp, services: ApiServices): void {
  const response = { 200: Type.Object({ settings: Type.Array(ReviewSettings) }), ...errorAnswers(400, 401, 403, 404) };
  app.get(
    '/review/settings',
    {
      config: { access: 'review:read' },
      schema: { operationId: 'listReviewSettings', summary: 'Four eyes, planted share and claim time of the own units', tags, response },
    },
    async (request) => ({ settings: await listSettings(services.sql, request.identity.unitIds) }),
  );
  app.put(
    '/review/settings',
    {
      config: { access: 'review:lead' },
      schema: { operationId: 'setReviewSettings', summary: 'Set them for a unit and what is below it', tags, body: SettingsBody, response },
    },
    async (request) => ({ settings: await setSettings(reviewContext(services, request), request.body) }),
  );
}

function formRoutes(app: ApiApp, services: ApiServices): void {
  app.post(
    '/review/cases/:caseId/forms',
    {
      config: { access: 'review:lead' },
      schema: {
        operationId: 'issueForm',
        summary: 'Issue form 02 (notice to the owner) or 03 (transfer to the police of the commune) of a confirmed case',
        tags,
        params: CaseParams,
        body: IssueBody,
        response: { 201: CaseForm, ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const form = await issueForm(reviewContext(services, request), services.evidence, request.params.caseId, request.body);
      reply.status(201);
      return form;
    },
  );
  app.get(
    '/review/cases/:caseId/forms/:formId',
    {
      config: { access: 'review:read' },
      schema: {
        operationId: 'getForm',
        summary: 'A form as it was issued; each view is recorded',
        tags,
        params: Type.Object({ caseId: AlertId, formId: AlertId }),
        response: { 200: binaryAnswer('application/pdf', 'The form'), ...errorAnswers(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { caseId, formId } = request.params;
      const pdf = await readForm(reviewContext(services, request), caseId, formId);
      reply.type('application/pdf').header('cache-control', 'private, no-store');
      return reply.header('content-disposition', `inline; filename="${formId}.pdf"`).send(pdf);
    },
  );
}

function erasureRoutes(app: ApiApp, services: ApiServices): void {
  app.post(
    '/review/cases/:caseId/erasure',
    {
      config: { access: 'review:lead' },
      schema: {
        operationId: 'eraseCaseEvidence',
        summary: "Erase pictures and clips of a decided case on an officer's order, which is signed and kept",
        tags,
        params: CaseParams,
        body: EraseBody,
        response: { 200: ErasureRecord, ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    async (request) => eraseEvidence(reviewContext(services, request), services.evidence, request.params.caseId, request.body),
  );
}

/** What shift leads and auditors do with cases: read, count, send forms, set, erase. */
export function recordRoutes(app: ApiApp, services: ApiServices): void {
  readRoutes(app, services);
  settingsRoutes(app, services);
  formRoutes(app, services);
  erasureRoutes(app, services);
}
