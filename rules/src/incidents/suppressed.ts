import { type Finding, MAX_HIDDEN_TOLD, type Suppression, type SuppressionTally } from '@safecity/contracts';
import type { FindingChange } from '../catalogue/rule-machine.js';
import { anchorOf } from '../geometry/boxes.js';
import { isInPolygon } from '../geometry/polygon.js';

/** Suppressions of a camera and what they hide. Plain JSON. */
export interface SuppressedState {
  known: Suppression[];
  /** findingId → a hidden finding that goes on, and what hides it. */
  hidden: Record<string, { suppressionId: string; finding: Finding }>;
  /** Suppression → what it has hidden so far. */
  tallies: Record<string, SuppressionTally>;
}

/** What is left of a frame's changes, and the tallies that have grown. */
export interface Shown {
  changes: FindingChange[];
  tallies: SuppressionTally[];
}

/** State before the first suppression. */
export function newSuppressedState(): SuppressedState {
  return { known: [], hidden: {}, tallies: {} };
}

/** Remembers a suppression, or what has become of it. Mutates `state`. */
export function rememberSuppression(state: SuppressedState, suppression: Suppression): void {
  state.known = [...state.known.filter(({ id }) => id !== suppression.id), suppression];
}

function hides(suppression: Suppression, finding: Finding, nowMs: number): boolean {
  const { ruleId, fromMs, untilMs, polygon } = suppression;
  if (finding.ruleId !== ruleId || finding.class !== suppression.class || finding.startMs < fromMs || nowMs >= untilMs) return false;
  if (!finding.box) return false;
  const [x, y] = anchorOf(finding.box);
  return isInPolygon(polygon, [Math.min(1, Math.max(0, x)), Math.min(1, Math.max(0, y))]);
}

function count(state: SuppressedState, suppressionId: string, { id, raisedAtMs: atMs, box, reason }: Finding): SuppressionTally {
  const before = state.tallies[suppressionId] ?? { suppressionId, hidden: 0, lastAtMs: atMs, findings: [] };
  const told = { id, atMs, ...(box ? { box } : {}), text: reason.text };
  const tally = {
    suppressionId,
    hidden: before.hidden + 1,
    lastAtMs: atMs,
    findings: [...before.findings.slice(-(MAX_HIDDEN_TOLD - 1)), told],
  };
  state.tallies[suppressionId] = tally;
  return tally;
}

/** What is over hides nothing any more: what goes on behind it is raised now. */
function endSuppressions(state: SuppressedState, nowMs: number): FindingChange[] {
  const over = new Set(state.known.filter(({ untilMs }) => nowMs >= untilMs).map(({ id }) => id));
  if (over.size === 0) return [];
  const changes: FindingChange[] = [];
  for (const [id, { suppressionId, finding }] of Object.entries(state.hidden)) {
    if (!over.has(suppressionId)) continue;
    changes.push({ phase: 'raised', finding });
    delete state.hidden[id];
  }
  state.known = state.known.filter(({ id }) => !over.has(id));
  for (const id of over) delete state.tallies[id];
  return changes;
}

/**
 * Takes the findings that a suppression hides out of what the rules said. A finding that began before the suppression is not
 * touched; one that it hides stays hidden until it ends or the suppression does, and is raised then if it goes on. All times
 * are capture times, so a replay hides the same. Mutates `state`.
 */
export function hideSuppressed(state: SuppressedState, changes: readonly FindingChange[], nowMs: number): Shown {
  const shown: Shown = { changes: endSuppressions(state, nowMs), tallies: [] };
  for (const change of changes) {
    const { phase, finding } = change;
    const hidden = state.hidden[finding.id];
    if (hidden) {
      if (phase === 'ended') delete state.hidden[finding.id];
      else hidden.finding = finding;
      continue;
    }
    const suppression = phase === 'raised' || phase === 'candidate' ? state.known.find((one) => hides(one, finding, nowMs)) : undefined;
    if (!suppression) shown.changes.push(change);
    else if (phase === 'raised') {
      shown.tallies.push(count(state, suppression.id, finding));
      if (finding.endMs === undefined) state.hidden[finding.id] = { suppressionId: suppression.id, finding };
    }
  }
  return shown;
}
