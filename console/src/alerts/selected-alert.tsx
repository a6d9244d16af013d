import { useText } from '../text/language.js';
import { useAlertDesk } from './alert-desk.js';
import { AlertTitle } from './alert-title.js';
import { DecisionButtons } from './decision-buttons.js';

/**
 * What can be done with the alert in hand. It stands at a fixed place below the list, so that a button never moves
 * away under the pointer while alerts arrive.
 */
export function SelectedAlert({ onOpen }: { onOpen: (id: string) => void }) {
  const { text, pick } = useText();
  const { alerts, selectedId } = useAlertDesk();
  const alert = alerts.find(({ id }) => id === selectedId);
  if (!alert) return null;
  return (
    <section className="selected-alert" aria-live="polite">
      <p className="selected-title">
        <AlertTitle alert={alert} />
      </p>
      <p className="selected-reason">{pick(alert.reason.text)}</p>
      <div className="buttons">
        <DecisionButtons alert={alert} />
        <button type="button" className="button" onClick={() => onOpen(alert.id)}>
          {text.details} <kbd>↵</kbd>
        </button>
      </div>
    </section>
  );
}
