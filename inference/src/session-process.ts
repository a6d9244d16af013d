import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { Engine } from './engine.js';
import { serveHttp } from './http-connection.js';
import { inferenceHandler } from './inference-http.js';
import { SessionError } from './session-error.js';
import type { ListenAddress, SessionOrder, SessionProcessConfig, SessionReport } from './session-messages.js';
import { SharedRegions } from './shared-regions.js';

/*
 * Entry of a session process: one thread for I/O (this one), one that runs models. Forked by the node; its only
 * argument is a SessionProcessConfig as JSON. Ends when told to, when the node is gone, or at SIGTERM.
 */

function report(message: SessionReport): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

function listen(server: Server, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    const where = 'socketPath' in address ? address.socketPath : `${address.host}:${address.port}`;
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(new SessionError('INFERENCE_LISTEN_FAILED', `cannot listen at ${where}: ${cause.code ?? cause.message}`, { cause })),
    );
    if (!('socketPath' in address)) {
      server.listen(address.port, address.host, resolve);
      return;
    }
    rmSync(address.socketPath, { force: true });
    server.listen(address.socketPath, () => {
      chmodSync(address.socketPath, 0o600);
      resolve();
    });
  });
}

/** Ends without unwinding: leaving in mid-run any other way aborts in native code. */
function endNow(): void {
  process.kill(process.pid, 'SIGKILL');
}

async function main(config: SessionProcessConfig): Promise<void> {
  let isReady = false;
  const engine = new Engine({
    ...config,
    onLoading: (modelPath) => report({ type: 'loading', modelPath }),
    onDeath: (cause) => {
      report({ type: 'failed', code: 'INFERENCE_SESSION_FAILED', message: (cause as Error).message });
      setImmediate(endNow);
    },
  });
  const server = createServer({ pauseOnConnect: true });
  // Over the network there is no authentication, and no memory to share.
  const regions = 'socketPath' in config.listen ? new SharedRegions() : undefined;
  const connections = serveHttp(server, inferenceHandler(engine, regions));
  const beat = setInterval(() => report({ type: 'beat', queueDepth: engine.queueDepth, ...engine.progress }), config.beatMs);
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    if (!isReady) endNow();
    setTimeout(endNow, config.hungRunMs).unref();
    server.close();
    connections.finish();
    await engine.close();
    clearInterval(beat);
    if (process.connected) process.disconnect();
  };
  process.on('message', (order: SessionOrder) => void (order.type === 'stop' && stop()));
  process.on('disconnect', () => void stop());
  process.on('SIGTERM', () => void stop());
  // Ctrl-C reaches the whole process group; the node decides when its sessions end.
  process.on('SIGINT', () => undefined);

  const { provider, providerProblem, models, refused } = await engine.ready;
  if (models.length > 0) await listen(server, config.listen);
  isReady = true;
  const facts = models.map((model) => model.facts);
  report({ type: 'ready', provider, ...(providerProblem === undefined ? {} : { providerProblem }), models: facts, refused });
}

main(JSON.parse(process.argv[2] ?? '{}') as SessionProcessConfig).catch((error: unknown) => {
  const code = error instanceof SessionError ? error.code : 'INFERENCE_SESSION_FAILED';
  report({ type: 'failed', code, message: (error as Error).message });
  setImmediate(endNow);
});
