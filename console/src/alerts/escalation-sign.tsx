import type { Alert } from '../api/types.js';
import { useWords } from '../text/words.js';
import { lifeWords } from './life-words.js';
import { isEscalated } from './next-step.js';

/** That nobody has looked at an alert although its time is over; nothing otherwise. */
export function EscalationSign({ alert }: { alert: Alert }) {
  const words = useWords(lifeWords);
  if (!isEscalated(alert)) return null;
  return (
    <span
      className="escalation-sign"
      data-testid={`escalated-${alert.id}`}
      data-level={alert.escalationLevel}
      title={words.escalatedExplained(alert.escalationLevel)}
    >
      {'▲'.repeat(alert.escalationLevel)} {words.escalated}
    </span>
  );
}
