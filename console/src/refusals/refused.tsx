import { useText } from '../text/language.js';
import { fieldIn, type Place, type Refusal, refusalOf } from './refusal.js';

/** What was refused, in the language of the workstation: at the fields that `place` names, and in general. */
export function useRefusal(error: unknown, place?: Place, silent?: string): Refusal {
  return refusalOf(error, useText().language, place, silent);
}

/** A refusal in general words, with what is wrong at keys other than `shown`; nothing when there is none. `silent` as in `refusalOf`. */
export function Refused({ error, shown = [], silent }: { error: unknown; shown?: readonly string[]; silent?: string }) {
  const { general } = useRefusal(error, fieldIn(shown), silent);
  return general === null ? null : (
    <p className="message message-error refusal" role="alert">
      {general}
    </p>
  );
}
