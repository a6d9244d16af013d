import type { Alert } from '../api/types.js';
import { useNowMs } from '../shell/ticking.js';
import { moment, timeOfDay } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { lifeWords } from './life-words.js';

const SIGNS = { sent: '✓', waiting: '…', failed: '✕' } as const;

/** To whom operators have sent the alert, when, and the receipt as it comes; nothing while it was sent to nobody. */
export function Dispatches({ alert }: { alert: Alert }) {
  const { language } = useText();
  const words = useWords(lifeWords);
  const nowMs = useNowMs();
  if (alert.dispatches.length === 0) return null;
  const states = { sent: words.received, waiting: words.onItsWay, failed: words.refused };
  return (
    <section className="card" data-testid="dispatches">
      <h2>{words.dispatches}</h2>
      <ul className="lines">
        {alert.dispatches.map(({ destinationId, destination, by, atMs, state, receipt, deliveredMs, lastError }) => (
          <li key={destinationId} data-testid={`dispatched-${destinationId}`} data-state={state}>
            {state && (
              <span className={`chip delivery-${state}`}>
                {SIGNS[state]} {states[state]}
              </span>
            )}
            <span>
              <strong>{destination}</strong>
              <small>{words.by(by, moment(atMs, nowMs, language))}</small>
              {receipt && (
                <small className="code">
                  {words.receipt(receipt)}
                  {deliveredMs !== null && ` · ${timeOfDay(deliveredMs, language)}`}
                </small>
              )}
              {lastError && state !== 'sent' && <small className="code problem">{lastError}</small>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
