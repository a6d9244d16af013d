import type { WebSocket } from 'ws';
import type { Alert } from '../src/alerts/alert-schemas.js';
import type { Client } from './harness.js';

/** Somebody who follows the alert stream, after an event or from now on. */
export class Follower {
  readonly alerts: Alert[] = [];
  readonly #socket: WebSocket;
  constructor(client: Client, since?: number) {
    this.#socket = client.socket(`/alerts/stream${since === undefined ? '' : `?since=${since}`}`);
    this.#socket.on('message', (data: Buffer) => this.alerts.push((JSON.parse(data.toString()) as { alert: Alert }).alert));
  }
  opened(): Promise<unknown> {
    return new Promise((resolve) => this.#socket.once('open', resolve));
  }
  close(): void {
    this.#socket.close();
  }
}
