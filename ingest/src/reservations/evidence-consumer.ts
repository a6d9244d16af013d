import { type EvidenceWanted, EvidenceWanted as EvidenceWantedSchema, matches, streams, subjects } from '@safecity/contracts';
import type { Bus, Logger } from '@safecity/platform';

/** A request older than this is of no use: its pictures have left every ring. */
const REPLAY_MS = 60_000;
const ACK_WAIT_NS = 30_000_000_000;

type ConsumerConfig = Parameters<Bus['jsm']['consumers']['add']>[1];

/**
 * Feeds every evidence request of the stream to `take`, oldest first, with a durable consumer of this worker: what
 * came while it was down is delivered after its start. `take` ignores other workers' cameras.
 */
export async function consumeEvidence(
  bus: Bus,
  workerId: string,
  take: (wanted: EvidenceWanted) => Promise<void>,
  logger: Logger,
): Promise<{ close(): Promise<void> }> {
  const { name } = streams.evidence;
  const durable = `ingest-${workerId}`;
  const config = {
    durable_name: durable,
    filter_subject: subjects.allEvidenceWanted,
    ack_policy: 'explicit',
    ack_wait: ACK_WAIT_NS,
    deliver_policy: 'by_start_time',
    opt_start_time: new Date(Date.now() - REPLAY_MS).toISOString(),
    max_ack_pending: 256,
  } as ConsumerConfig;
  await bus.jsm.consumers.info(name, durable).catch(() => bus.jsm.consumers.add(name, config));
  const consumer = await bus.js.consumers.get(name, durable);
  const messages = await consumer.consume();
  const run = async () => {
    for await (const message of messages) {
      const wanted = decode(message.data);
      if (!wanted) {
        logger.warn({ subject: message.subject }, 'an evidence request does not match its schema and is left out');
        message.term();
        continue;
      }
      await take(wanted).then(
        () => message.ack(),
        (error: unknown) => {
          logger.error({ reservationId: wanted.reservationId, err: error }, 'evidence cannot be set aside: check the data directory');
          message.nak(1000);
        },
      );
    }
  };
  const done = run();
  return {
    close: async () => {
      await messages.close();
      await done;
    },
  };
}

function decode(data: Uint8Array): EvidenceWanted | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(data));
    return matches(EvidenceWantedSchema, value) ? value : null;
  } catch {
    return null;
  }
}
