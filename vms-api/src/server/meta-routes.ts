import {
  ALERT_KINDS,
  ALERT_TYPE_IDS,
  alertTypeFacts,
  Bilingual,
  CLASS_NAMES,
  OBJECT_CLASSES,
  OPENED_BY_HAND,
  RULE_TYPE_IDS,
  ruleTypeFacts,
  SeveritySchema,
} from '@safecity/contracts';
import { Type } from 'typebox';
import type { ApiServices } from '../services.js';
import type { ApiApp } from './app-types.js';
import { errorAnswers, named } from './schemas.js';

const Meta = named(
  'Meta',
  Type.Object({
    version: Type.String(),
    demo: Type.Boolean(),
    ruleTypes: Type.Array(
      Type.Object({
        id: Type.Enum([...RULE_TYPE_IDS]),
        kind: Type.Enum([...ALERT_KINDS]),
        defaultSeverity: SeveritySchema,
        name: Bilingual,
      }),
    ),
    incidentTypes: Type.Array(Type.Object({ id: Type.Enum([...ALERT_TYPE_IDS]), defaultSeverity: SeveritySchema, name: Bilingual }), {
      description: 'What can be opened by hand',
    }),
    classes: Type.Array(Type.Object({ id: Type.Enum([...OBJECT_CLASSES]), name: Bilingual })),
  }),
);

const Health = named('Health', Type.Object({ ok: Type.Boolean(), checks: Type.Object({ database: Type.Boolean(), bus: Type.Boolean() }) }));

const ruleTypes = RULE_TYPE_IDS.map((id) => {
  const { kind, defaultSeverity, name } = ruleTypeFacts(id);
  return { id, kind, defaultSeverity, name };
});
const incidentTypes = OPENED_BY_HAND.map((id) => {
  const { defaultSeverity, name } = alertTypeFacts(id);
  return { id, defaultSeverity, name };
});
const classes = OBJECT_CLASSES.map((id) => ({ id, name: CLASS_NAMES[id] }));

const HEALTH_TIMEOUT_MS = 2000;

async function answers(work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), HEALTH_TIMEOUT_MS);
  });
  const done = work.then(
    () => true,
    () => false,
  );
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}

async function healthChecks({ sql, bus }: ApiServices): Promise<{ database: boolean; bus: boolean }> {
  const [database, busAnswers] = await Promise.all([answers(sql`SELECT 1`), answers(bus.nc.flush())]);
  return { database, bus: busAnswers };
}

/** What the console needs to know about this site's software, and whether the service is well. */
export function metaRoutes(app: ApiApp, services: ApiServices): void {
  app.get(
    '/meta',
    {
      config: { access: 'session' },
      schema: {
        operationId: 'getMeta',
        summary: 'Version, rule types, incidents that can be opened by hand, classes',
        tags: ['meta'],
        response: { 200: Meta, ...errorAnswers(401) },
      },
    },
    async () => ({ version: services.settings.version, demo: services.settings.demo, ruleTypes, incidentTypes, classes }),
  );
  app.get(
    '/health',
    {
      config: { access: 'public' },
      schema: { operationId: 'getHealth', summary: 'Is the service well', tags: ['meta'], response: { 200: Health, 503: Health } },
    },
    async (_request, reply) => {
      const checks = await healthChecks(services);
      const ok = checks.database && checks.bus;
      return reply.status(ok ? 200 : 503).send({ ok, checks });
    },
  );
}
