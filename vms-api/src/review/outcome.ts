import type { CaseState } from './review-schemas.js';

/** Which way a decision goes. */
export type CaseAction = 'confirm' | 'reject' | 'send-back';

/** What a confirmation says beyond yes. */
export interface Confirmed {
  plate: string | null;
  provisionId: string | null;
}

interface Turn {
  state: CaseState;
  action: CaseAction;
  fourEyes: boolean;
  now: Confirmed;
  /** The first confirmation, at the second one. */
  before: Confirmed | null;
}

/**
 * Where a decision leads; null when it is not possible from that state. Two who do not say the same send the case to a shift
 * lead, who settles it alone.
 */
export function outcomeOf({ state, action, fourEyes, now, before }: Turn): CaseState | null {
  if (state === 'waiting') {
    if (action === 'confirm') return fourEyes ? 'second' : 'confirmed';
    return action === 'reject' ? 'rejected' : 'escalated';
  }
  if (state === 'second') {
    const agreed = action === 'confirm' && before?.plate === now.plate && before?.provisionId === now.provisionId;
    return agreed ? 'confirmed' : 'escalated';
  }
  if (state !== 'escalated' || action === 'send-back') return null;
  return action === 'confirm' ? 'confirmed' : 'rejected';
}
