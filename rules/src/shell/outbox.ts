import type { Bus } from '@safecity/platform';
import type { CountedLog } from './counted-log.js';

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5000;

/**
 * Publishes to JetStream one message after the other, each until it is stored: alerts leave in the order in which they
 * were made, and none is lost while NATS is away.
 */
export class Outbox {
  private tail: Promise<void> = Promise.resolve();
  private waiting = 0;
  private isClosing = false;

  constructor(
    private readonly bus: Pick<Bus, 'publishDurable'>,
    private readonly log: CountedLog,
  ) {}

  /** Messages that are not stored yet. */
  get length(): number {
    return this.waiting;
  }

  /** Queues one message. `msgId` makes a repetition harmless within the stream's window. */
  push(subject: string, value: unknown, msgId: string): void {
    this.waiting++;
    this.tail = this.tail.then(() => this.send(subject, value, msgId)).finally(() => this.waiting--);
    this.tail.catch(() => undefined);
  }

  /** Resolves when everything queued so far is stored; rejects when `close` cut it short. */
  stored(): Promise<void> {
    return this.tail;
  }

  /** From now on a message that fails is not tried again. */
  close(): void {
    this.isClosing = true;
  }

  private async send(subject: string, value: unknown, msgId: string): Promise<void> {
    for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(LONGEST_RETRY_MS, waitMs * 2)) {
      try {
        return await this.bus.publishDurable(subject, value, msgId);
      } catch (error) {
        this.log.note('RULES_PUBLISH_FAILED', `cannot store ${msgId}: ${error instanceof Error ? error.message : String(error)}`, {
          subject,
        });
        if (this.isClosing) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}
