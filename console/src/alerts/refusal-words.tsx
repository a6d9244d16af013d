import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { lifeWords } from './life-words.js';
import type { Refusal } from './use-alerts.js';

/** Why the last decision was not taken, in the operator's language where it is about other people of the desk. */
export function RefusalWords({ refusal }: { refusal: Refusal }) {
  const { text } = useText();
  const words = useWords(lifeWords);
  if (refusal.kind === 'moved') return words.decidedMeanwhile(text.state[refusal.state], refusal.actor);
  if (refusal.error.code === 'API_ASSIGNED') return words.assignedElsewhere;
  return refusal.error.status === 0 ? text.unreachable : refusal.error.message;
}
