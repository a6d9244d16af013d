import type { Alert } from '../api/types.js';
import { useMay } from '../session/abilities.js';
import { useText } from '../text/language.js';
import { canBeSuppressed, isOpen } from './alert-book.js';
import { useAlertDesk } from './alert-desk.js';

/** Acknowledge, false alarm and suppress here, with their keys, as far as the alert's state and the role allow. */
export function DecisionButtons({ alert }: { alert: Alert }) {
  const { text } = useText();
  const desk = useAlertDesk();
  const may = useMay();
  const decidesAlerts = may('alerts:decide');
  const suppresses = may('alerts:suppress');
  if (!decidesAlerts) return null;
  return (
    <>
      <button
        type="button"
        className="button button-primary"
        data-testid="ack-button"
        disabled={alert.state !== 'new'}
        onClick={() => desk.acknowledge(alert.id)}
      >
        {text.acknowledge} <kbd>A</kbd>
      </button>
      <button
        type="button"
        className="button"
        data-testid="false-alarm-button"
        disabled={!isOpen(alert.state) || alert.kind === 'violation'}
        title={alert.kind === 'violation' ? text.reviewOnly : undefined}
        onClick={() => desk.askFalseAlarm(alert.id)}
      >
        {text.falseAlarm} <kbd>F</kbd>
      </button>
      {suppresses && canBeSuppressed(alert) && (
        <button type="button" className="button" data-testid="suppress-button" onClick={() => desk.askSuppress(alert.id)}>
          {text.suppressHere} <kbd>H</kbd>
        </button>
      )}
    </>
  );
}
