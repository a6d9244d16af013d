import type { AlertDetail } from '../api/types.js';
import { useNowMs } from '../shell/ticking.js';
import { duration, timeOfDay } from '../text/format.js';
import { useText } from '../text/language.js';

type Delivery = AlertDetail['deliveries'][number];

const SIGNS = { sent: '✓', waiting: '…', failed: '✕' } as const;

/** Where the alert was sent, with the receipt, or when it is tried again. */
export function Deliveries({ deliveries }: { deliveries: AlertDetail['deliveries'] | null }) {
  const { text, language } = useText();
  const nowMs = useNowMs();
  const progress = ({ state, deliveredMs, attempts, nextAttemptMs }: Delivery): string[] => {
    const waitMs = state === 'waiting' && nextAttemptMs !== null ? nextAttemptMs - nowMs : 0;
    return [
      ...(deliveredMs !== null ? [timeOfDay(deliveredMs, language)] : []),
      ...(attempts > 0 ? [text.attempts(attempts)] : []),
      ...(waitMs >= 1000 ? [text.nextTry(duration(waitMs, language))] : []),
    ];
  };
  return (
    <section className="card">
      <h2>{text.deliveries}</h2>
      {deliveries?.length === 0 && <p className="hint">{text.noDeliveries}</p>}
      <ul className="lines">
        {(deliveries ?? []).map((delivery, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: deliveries are only ever added at the end
          <li key={`${delivery.destination}-${delivery.messageType}-${index}`} data-testid="delivery" data-state={delivery.state}>
            <span className={`chip delivery-${delivery.state}`}>
              {SIGNS[delivery.state]} {text.deliveryState[delivery.state]}
            </span>
            <span>
              <strong>{delivery.destination}</strong> · {text.messageType[delivery.messageType]}
              <small>{progress(delivery).join(' · ')}</small>
              {delivery.receipt && (
                <small className="code">
                  {text.receipt} {delivery.receipt}
                </small>
              )}
              {delivery.lastError && delivery.state !== 'sent' && <small className="code problem">{delivery.lastError}</small>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
