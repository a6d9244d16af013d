import { subjects } from '@safecity/contracts';
import type { Bus } from '@safecity/platform';

/** Tells dispatch that deliveries wait. Only a wake-up: when NATS is away, dispatch finds them at its next look. */
export function wakeDispatch(bus: Bus): void {
  try {
    bus.publishJson(subjects.deliveriesWaiting, {});
  } catch {
    // The connection is closed: dispatch polls.
  }
}
