import { useRefusal } from '../refusals/refused.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { lifeWords } from './life-words.js';
import type { Refusal } from './use-alerts.js';

/** Why the last decision was not taken. */
export function RefusalWords({ refusal }: { refusal: Refusal }) {
  const { text } = useText();
  const words = useWords(lifeWords);
  const { general } = useRefusal(refusal.kind === 'refused' ? refusal.error : null);
  if (refusal.kind === 'moved') return words.decidedMeanwhile(text.state[refusal.state], refusal.actor);
  if (refusal.error.code === 'API_ASSIGNED') return words.assignedElsewhere;
  return general;
}
