import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiApp } from './app-types.js';
import { notFound } from './failure.js';

/** Vite puts a hash into the names of what lies here, so it never changes. */
const HASHED = '/assets/';

function answerMissing(request: FastifyRequest): never {
  throw notFound('path', request.url.split('?')[0] as string);
}

async function sendFile(request: FastifyRequest<{ Params: { '*': string } }>, reply: FastifyReply): Promise<FastifyReply> {
  const path = request.params['*'];
  const isFile = /\.[a-z0-9]+$/i.test(path);
  if (path.startsWith('api/')) answerMissing(request);
  if (isFile) return reply.sendFile(path, { maxAge: `/${path}`.startsWith(HASHED) ? '365d' : 0, immutable: `/${path}`.startsWith(HASHED) });
  // Pages are the console's own affair: each of its addresses is answered with the page that holds it.
  return reply.sendFile('index.html', { maxAge: 0 });
}

/** Serves the console's built files; anything that is not a file gets its page. Without a directory: 404. */
export async function consoleFiles(app: ApiApp, directory: string | undefined): Promise<void> {
  app.setNotFoundHandler(answerMissing);
  if (directory === undefined) return;
  await app.register(fastifyStatic, { root: directory, serve: false, index: false });
  app.get('/*', { config: { access: 'public' }, schema: { hide: true } }, sendFile as never);
}
