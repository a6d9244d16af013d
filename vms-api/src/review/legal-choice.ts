import { type Bilingual, CLASS_GROUPS, type ObjectClass } from '@safecity/contracts';
import { dayOf } from './deadlines.js';
import type { Provision, Vehicle } from './legal-schemas.js';

const isOneOf = (classes: readonly ObjectClass[], given: ObjectClass | undefined) => given !== undefined && classes.includes(given);

/** The kind of vehicle that the law speaks of; null for what is neither car nor motorcycle. */
export function vehicleOf(seen: ObjectClass | undefined): Vehicle | null {
  if (isOneOf(CLASS_GROUPS.vehicle, seen)) return 'car';
  return seen === 'motorcycle' ? 'motorcycle' : null;
}

/** Whether a row is in force on the day of Viet Nam in which `atMs` lies; the last day is not (exclusive). */
export function isInForce({ validFrom, validUntil }: Pick<Provision, 'validFrom' | 'validUntil'>, atMs: number): boolean {
  const day = dayOf(atMs);
  return validFrom <= day && (validUntil === null || day < validUntil);
}

/** Which law a case falls under: what may be chosen, what is taken by itself, and why nothing is. */
export interface LegalChoice {
  candidates: Provision[];
  chosen: Provision | null;
  problem: { code: 'vehicle' | 'gap' | 'conflict' | 'choose'; text: Bilingual } | null;
}

const PROBLEMS = {
  vehicle: { vi: 'Chưa biết loại phương tiện mà luật phân biệt', en: 'The kind of vehicle that the law tells apart is not known' },
  gap: { vi: 'Không có quy định nào có hiệu lực vào ngày vi phạm', en: 'No provision was in force on the day of the violation' },
  conflict: { vi: 'Nhiều quy định cùng có hiệu lực cho một hành vi', en: 'More than one provision was in force for the same act' },
  choose: { vi: 'Phải chọn hành vi theo quy định', en: 'The act must be chosen' },
} as const;

/**
 * Chooses the provision by the time of the violation, never by today. Two rows for one act are a conflict that nobody may
 * decide by hand; several acts are left to the reviewer.
 * @param rows the catalogue's rows of the type, whenever in force
 * @param wantedId the reviewer's choice; it must be a candidate
 */
export function chooseProvision(
  rows: readonly Provision[],
  at: { violationAtMs: number; vehicle: Vehicle | null; wantedId?: string | undefined },
): LegalChoice {
  const none = (code: keyof typeof PROBLEMS, candidates: Provision[] = []): LegalChoice => ({
    candidates,
    chosen: null,
    problem: { code, text: PROBLEMS[code] },
  });
  if (at.vehicle === null) return none('vehicle');
  const candidates = rows.filter((row) => row.vehicle === at.vehicle && isInForce(row, at.violationAtMs));
  if (candidates.length === 0) return none('gap');
  if (new Set(candidates.map(({ variant }) => variant)).size < candidates.length) return none('conflict', candidates);
  const chosen = candidates.find((row) => (at.wantedId === undefined ? row.variant === '' : row.id === at.wantedId));
  return chosen ? { candidates, chosen, problem: null } : none('choose', candidates);
}
