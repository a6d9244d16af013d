import { HourlyViews } from '../audit/hourly-views.js';
import type { ApiApp } from '../server/app-types.js';
import { errorAnswers } from '../server/schemas.js';
import type { ApiServices } from '../services.js';
import { AlertDetail, AlertParams } from './alert-schemas.js';
import { alertScopeOf } from './alert-scope.js';
import { searchRoutes } from './alert-search-routes.js';
import { getAlert } from './alert-store.js';
import { clipRoutes } from './clip-routes.js';
import { deskRoutes } from './desk-routes.js';
import { evidenceRoute } from './evidence-route.js';

const tags = ['alerts'];

function readRoutes(app: ApiApp, services: ApiServices): void {
  app.get(
    '/alerts/:alertId',
    {
      config: { access: 'alerts:read' },
      schema: {
        operationId: 'getAlert',
        summary: 'One alert with its history and deliveries',
        tags,
        params: AlertParams,
        response: { 200: AlertDetail, ...errorAnswers(400, 401, 403, 404) },
      },
    },
    (request) => getAlert(services.sql, alertScopeOf(request.identity), request.params.alertId),
  );
}

/** Alerts: list, detail, what a desk does with them, pictures. */
export function alertRoutes(app: ApiApp, services: ApiServices): void {
  searchRoutes(app, services);
  readRoutes(app, services);
  deskRoutes(app, services);
  const views = new HourlyViews();
  clipRoutes(app, services, views);
  evidenceRoute(app, services, views);
}
