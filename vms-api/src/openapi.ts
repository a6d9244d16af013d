import { createLogger } from '@safecity/platform';
import { buildApp } from './server/app.js';
import type { ApiServices } from './services.js';
import { version } from './version.js';

/** Services that are named while routes are registered and never used. */
function noServices(): ApiServices {
  const settings = { version, demo: false, secureCookies: false };
  return { settings, logger: createLogger('api', { write: () => undefined }), nowMs: Date.now } as unknown as ApiServices;
}

/** The OpenAPI 3.1 document of the API, from the schemas that validate requests. Needs no database. */
export async function buildOpenApi(): Promise<object> {
  const app = await buildApp(noServices());
  await app.ready();
  const document = app.swagger();
  await app.close();
  return document;
}
