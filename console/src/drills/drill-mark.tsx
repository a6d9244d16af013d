import type { Alert } from '../api/types.js';
import { useWords } from '../text/words.js';
import { drillWords } from './drill-words.js';

/** On the picture of an alert in the list. */
export function DrillTag() {
  return <span className="thumb-tag drill-tag">{useWords(drillWords).drill}</span>;
}

/** Across the page of an alert that is part of a drill. */
export function DrillOfAlert({ alert }: { alert: Alert }) {
  const words = useWords(drillWords);
  if (!alert.drill) return null;
  return (
    <p className="drill-banner" data-testid="alert-drill" role="note">
      <strong>{words.drill}</strong> {words.partOf(alert.drill.name)}
    </p>
  );
}
