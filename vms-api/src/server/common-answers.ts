import type { FastifyInstance, RouteOptions } from 'fastify';
import { errorAnswers } from './schemas.js';

/** Methods with which no body is read. */
const BODILESS = new Set(['GET', 'HEAD']);

/** Answers that any route can give, whatever it does: the limits, the parsers and the server give them. */
function commonAnswers({ method }: RouteOptions): object {
  const methods = Array.isArray(method) ? method : [method];
  const ofBodies = methods.every((one) => BODILESS.has(one)) ? {} : errorAnswers(413, 415);
  return { ...ofBodies, ...errorAnswers(429, 500, 503) };
}

/** Documents them on every operation registered from here on; what a route says itself of a status stands. */
export function stateCommonAnswers(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const { schema } = route;
    if (schema?.operationId === undefined) return;
    route.schema = { ...schema, response: { ...commonAnswers(route), ...(schema.response as object | undefined) } };
  });
}
