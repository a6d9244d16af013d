import { Type } from 'typebox';
import type { ApiApp } from '../server/app-types.js';
import { errorAnswers, named, nullable } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { listTemplates } from './form-templates.js';
import {
  ApprovalBody,
  Day,
  DraftBody,
  EndBody,
  NewProvision,
  Provision,
  ProvisionParams,
  TemplateBody,
  TemplateParams,
} from './legal-schemas.js';
import { addProvision, approveLegal, changeDraft, endProvision, listProvisions } from './legal-store.js';
import { reviewContext } from './review-context.js';

const tags = ['law'];

const Template = named(
  'FormTemplate',
  Type.Object({
    id: Type.String(),
    form: Type.Enum(['02', '03']),
    body: TemplateBody,
    source: Type.String(),
    validFrom: Day,
    validUntil: nullable(Day),
    approvedBy: nullable(Type.String()),
  }),
);

function readRoutes(app: ApiApp, services: ApiServices): void {
  const config = { access: 'review:read' } as const;
  app.get(
    '/law/provisions',
    {
      config,
      schema: {
        operationId: 'listProvisions',
        summary: 'The catalogue of acts and sanctions, each with its source and the days on which it is in force',
        tags,
        querystring: Type.Object({ type: Type.Optional(Type.String({ maxLength: 41 })) }, { additionalProperties: false }),
        response: { 200: Type.Object({ provisions: Type.Array(Provision) }), ...errorAnswers(400, 401, 403) },
      },
    },
    async (request) => ({ provisions: await listProvisions(services.sql, request.query.type) }),
  );
  app.get(
    '/law/templates',
    {
      config,
      schema: {
        operationId: 'listTemplates',
        summary: 'The templates of forms 02 and 03',
        tags,
        response: { 200: Type.Object({ templates: Type.Array(Template) }), ...errorAnswers(401, 403) },
      },
    },
    async () => ({ templates: await listTemplates(services.sql) }),
  );
}

function writeRoutes(app: ApiApp, services: ApiServices): void {
  const config = { access: 'legal:write' } as const;
  app.post(
    '/law/provisions',
    {
      config,
      schema: {
        operationId: 'addProvision',
        summary: 'Add a row, as a draft; one in force for the same act is ended first',
        tags,
        body: NewProvision,
        response: { 201: Provision, ...errorAnswers(400, 401, 403, 409) },
      },
    },
    async (request, reply) => {
      const provision = await addProvision(reviewContext(services, request), request.body);
      reply.status(201);
      return provision;
    },
  );
  app.put(
    '/law/provisions/:provisionId',
    {
      config,
      schema: {
        operationId: 'changeDraftProvision',
        summary: 'Edit a draft: a row that nobody has approved and no decision rests on',
        tags,
        params: ProvisionParams,
        body: DraftBody,
        response: { 200: Provision, ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    (request) => changeDraft(reviewContext(services, request), request.params.provisionId, request.body),
  );
  app.post(
    '/law/provisions/:provisionId/end',
    {
      config,
      schema: {
        operationId: 'endProvision',
        summary: 'Say on which day it is no longer in force',
        tags,
        params: ProvisionParams,
        body: EndBody,
        response: { 200: Provision, ...errorAnswers(400, 401, 403, 404, 409) },
      },
    },
    (request) => endProvision(reviewContext(services, request), request.params.provisionId, request.body.validUntil),
  );
}

function approvalRoutes(app: ApiApp, services: ApiServices): void {
  const config = { access: 'review:lead' } as const;
  const response = { 204: Type.Null({ description: 'Approved' }), ...errorAnswers(400, 401, 403, 404, 409) };
  app.post(
    '/law/provisions/:provisionId/approve',
    {
      config,
      schema: {
        operationId: 'approveProvision',
        summary: 'Enter the officer who answers for the row; until then forms that rest on it say BẢN NHÁP',
        tags,
        params: ProvisionParams,
        body: ApprovalBody,
        response,
      },
    },
    async (request, reply) => {
      await approveLegal(reviewContext(services, request), { table: 'legal_provisions', id: request.params.provisionId }, request.body);
      reply.status(204);
      return null;
    },
  );
  app.post(
    '/law/templates/:templateId/approve',
    {
      config,
      schema: {
        operationId: 'approveTemplate',
        summary: 'Enter the officer who answers for the template',
        tags,
        params: TemplateParams,
        body: ApprovalBody,
        response,
      },
    },
    async (request, reply) => {
      await approveLegal(reviewContext(services, request), { table: 'form_templates', id: request.params.templateId }, request.body);
      reply.status(204);
      return null;
    },
  );
}

/** The law as data: read, add, end, approve. */
export function legalRoutes(app: ApiApp, services: ApiServices): void {
  readRoutes(app, services);
  writeRoutes(app, services);
  approvalRoutes(app, services);
}
