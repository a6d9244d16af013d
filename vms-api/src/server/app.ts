import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import websocket from '@fastify/websocket';
import fastify, { type FastifyBaseLogger, type FastifyReply, LogController } from 'fastify';
import { accountRoutes } from '../accounts/account-routes.js';
import { providerRoutes } from '../accounts/provider/provider-routes.js';
import { secondFactorRoutes } from '../accounts/second-factor-routes.js';
import { sessionRoutes } from '../accounts/session-routes.js';
import { findIdentity } from '../accounts/sessions.js';
import { tokenRoutes } from '../accounts/token-routes.js';
import { findTokenIdentity } from '../accounts/tokens.js';
import { userRoutes } from '../accounts/user-routes.js';
import { alertRoutes } from '../alerts/alert-routes.js';
import { auditRoutes } from '../audit/audit-routes.js';
import { cameraRoutes } from '../cameras/camera-routes.js';
import { importRoutes } from '../cameras/import-routes.js';
import { probeRoutes } from '../cameras/probe-routes.js';
import { referenceRoutes } from '../cameras/reference-routes.js';
import { versionRoutes } from '../cameras/version-routes.js';
import { destinationRoutes } from '../destinations/destination-routes.js';

import { dossierRoutes } from '../dossier/dossier-routes.js';
import { drillRoutes } from '../drills/drill-routes.js';
import { escalationRoutes } from '../escalation/escalation-routes.js';
import { flagRoutes } from '../flags/flag-routes.js';
import { handoverRoutes } from '../handover/handover-routes.js';
import { holdRoutes } from '../holds/hold-routes.js';
import { incidentRoutes } from '../incidents/incident-routes.js';
import { metadataRoutes } from '../interop/metadata-routes.js';
import { STREAM_MESSAGES, socketRoutes } from '../live/socket-routes.js';
import { stillRoutes } from '../live/still-routes.js';
import { plateRoutes } from '../plates/plate-routes.js';
import { recordingRoutes } from '../recording/recording-routes.js';
import { retentionRoutes } from '../retention/retention-routes.js';
import { legalRoutes } from '../review/legal-routes.js';
import { recordRoutes } from '../review/record-routes.js';
import { reviewerRoutes } from '../review/reviewer-routes.js';
import type { ApiServices } from '../services.js';
import { signalRoutes } from '../signals/signal-routes.js';
import { statisticsRoutes } from '../statistics/statistics-routes.js';
import { suppressionRoutes } from '../suppressions/suppression-routes.js';
import { backtestRoutes } from '../tracks/backtest-routes.js';
import { thumbnailRoutes } from '../tracks/thumbnail-routes.js';
import { trackRoutes } from '../tracks/track-routes.js';
import { unitRoutes } from '../units/unit-routes.js';
import { watchlistRoutes } from '../watchlists/watchlist-routes.js';
import { guardRoutes } from './access.js';
import type { ApiApp } from './app-types.js';
import { stateCommonAnswers } from './common-answers.js';
import { consoleFiles } from './console-files.js';
import { answerBrokenRequest, answerErrors, answerOf } from './error-answers.js';
import { metaRoutes } from './meta-routes.js';
import { finishOpenApi, openApiHead } from './openapi.js';
import { limitRates, limitUnknown, RATE_LIMITS, type RateLimits } from './rate-limits.js';
import { checkingSerializer, plainSerializer, validatorCompiler } from './validation.js';

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_SOCKET_MESSAGE_BYTES = 64 * 1024;

export interface AppOptions {
  /** Fails a request whose answer breaks its documented schema. For tests. */
  checkAnswers?: boolean;
  /** Other limits than `RATE_LIMITS`. For tests, and for measurements that ask as fast as they can. */
  rateLimits?: Partial<RateLimits>;
}

/** The console plays video from blobs it fills itself and talks to this server only. */
const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:', 'blob:'],
    mediaSrc: ["'self'", 'blob:'],
    connectSrc: ["'self'"],
    workerSrc: ["'self'", 'blob:'],
    fontSrc: ["'self'", 'data:'],
    objectSrc: ["'none'"],
    baseUri: ["'self'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
};

async function documentation(app: ApiApp, services: ApiServices): Promise<void> {
  await app.register(swagger, {
    openapi: openApiHead(services.settings.version) as NonNullable<FastifyDynamicSwaggerOptions['openapi']>,
    convertConstToEnum: false,
    transformObject: (document) => finishOpenApi('openapiObject' in document ? document.openapiObject : {}, STREAM_MESSAGES) as never,
  });
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });
}

async function protections(app: ApiApp, services: ApiServices, options: AppOptions): Promise<void> {
  await app.register(cookie);
  await app.register(helmet, {
    contentSecurityPolicy,
    strictTransportSecurity: services.settings.secureCookies,
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'same-origin' },
  });
  const limits = { ...RATE_LIMITS, ...options.rateLimits };
  await limitRates(app, limits);
  await app.register(websocket, { options: { maxPayload: MAX_SOCKET_MESSAGE_BYTES } });
  guardRoutes(app, {
    findIdentity: (token) => findIdentity(services.sql, token, services.nowMs()),
    findTokenIdentity: (secret) => findTokenIdentity(services.sql, secret, services.nowMs()),
    refusedUnknown: limitUnknown(app, limits),
  });
}

function apiRoutes(app: ApiApp, services: ApiServices): void {
  sessionRoutes(app, services);
  providerRoutes(app, services);
  secondFactorRoutes(app, services);
  accountRoutes(app, services);
  metaRoutes(app, services);
  cameraRoutes(app, services);
  versionRoutes(app, services);
  referenceRoutes(app, services);
  probeRoutes(app, services);
  importRoutes(app, services);
  stillRoutes(app, services);
  recordingRoutes(app, services);
  alertRoutes(app, services);
  incidentRoutes(app, services);
  drillRoutes(app, services);
  flagRoutes(app, services);
  handoverRoutes(app, services);
  suppressionRoutes(app, services);
  dossierRoutes(app, services);
  holdRoutes(app, services);
  retentionRoutes(app, services);
  signalRoutes(app, services);
  reviewerRoutes(app, services);
  recordRoutes(app, services);
  legalRoutes(app, services);
  trackRoutes(app, services);
  thumbnailRoutes(app, services);
  backtestRoutes(app, services);
  statisticsRoutes(app, services);
  watchlistRoutes(app, services);
  plateRoutes(app, services);
  auditRoutes(app, services);
  destinationRoutes(app, services);
  unitRoutes(app, services);
  escalationRoutes(app, services);
  userRoutes(app, services);
  tokenRoutes(app, services);
  socketRoutes(app, services);
  metadataRoutes(app, services);
}

/** Builds the app with every route; it listens to nothing yet. Refuses routes that do not declare their access. */
export async function buildApp(services: ApiServices, options: AppOptions = {}): Promise<ApiApp> {
  const app: ApiApp = fastify({
    loggerInstance: services.logger as unknown as FastifyBaseLogger,
    bodyLimit: MAX_BODY_BYTES,
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: 30_000,
    forceCloseConnections: true,
    trustProxy: services.settings.trustedProxies ? [...services.settings.trustedProxies] : false,
    clientErrorHandler: answerBrokenRequest,
    // What is no URL never reaches a route; its answer looks like every other.
    frameworkErrors: (error, _request, reply) => {
      const { status, code, message } = answerOf(error);
      void (reply as FastifyReply).status(status).send({ code, message });
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.setValidatorCompiler(validatorCompiler as never);
  app.setSerializerCompiler((options.checkAnswers ? checkingSerializer : plainSerializer) as never);
  // JSON is what this API speaks; anything else is answered with 415.
  app.removeContentTypeParser('text/plain');
  answerErrors(app);
  stateCommonAnswers(app);
  await protections(app, services, options);
  await documentation(app, services);
  await app.register(async (scope) => apiRoutes(scope as ApiApp, services), { prefix: '/api/v1' });
  await consoleFiles(app, services.settings.consoleDirectory);
  return app;
}
