import { RULE_TYPE_IDS, RULE_TYPES, type RuleTypeFacts, type RuleTypeId } from './rule-types.js';

/** What is fixed about a type of alert, whoever raises it. */
export type AlertTypeFacts = Pick<RuleTypeFacts, 'kind' | 'defaultSeverity' | 'name' | 'capCategories' | 'apcoCode'>;

/** Incidents that no rule finds: people open them by hand. APCO/NENA codes as for rule types. */
export const HAND_TYPES = {
  medical: {
    kind: 'incident',
    defaultSeverity: 'high',
    name: { vi: 'Cấp cứu y tế', en: 'Medical emergency' },
    capCategories: ['Health', 'Rescue'],
    apcoCode: 'SICK',
  },
  drowning: {
    kind: 'incident',
    defaultSeverity: 'critical',
    name: { vi: 'Đuối nước', en: 'Drowning' },
    capCategories: ['Rescue'],
    apcoCode: 'DROWN',
  },
  fight: {
    kind: 'incident',
    defaultSeverity: 'high',
    name: { vi: 'Đánh nhau', en: 'Fight' },
    capCategories: ['Security'],
    apcoCode: 'FIGHT',
  },
  weapon: {
    kind: 'incident',
    defaultSeverity: 'critical',
    name: { vi: 'Người mang vũ khí', en: 'Person with a weapon' },
    capCategories: ['Security'],
    apcoCode: 'WEAPON',
  },
  explosion: {
    kind: 'incident',
    defaultSeverity: 'critical',
    name: { vi: 'Nổ', en: 'Explosion' },
    capCategories: ['Fire', 'Rescue'],
    apcoCode: 'EXPLOS',
  },
  'gas-leak': {
    kind: 'incident',
    defaultSeverity: 'critical',
    name: { vi: 'Rò rỉ khí gas', en: 'Gas leak' },
    capCategories: ['CBRNE'],
    apcoCode: 'GASLEAK',
  },
  'hazardous-material': {
    kind: 'incident',
    defaultSeverity: 'critical',
    name: { vi: 'Hóa chất nguy hiểm', en: 'Hazardous material' },
    capCategories: ['CBRNE', 'Env'],
    apcoCode: 'HAZMAT',
  },
  flood: {
    kind: 'incident',
    defaultSeverity: 'medium',
    name: { vi: 'Ngập nước', en: 'Flooding' },
    capCategories: ['Met', 'Transport'],
    apcoCode: 'WATER',
  },
  'building-collapse': {
    kind: 'incident',
    defaultSeverity: 'critical',
    name: { vi: 'Sập công trình', en: 'Building collapse' },
    capCategories: ['Rescue', 'Infra'],
    apcoCode: 'BLDCLPSE',
  },
  'power-line': {
    kind: 'incident',
    defaultSeverity: 'high',
    name: { vi: 'Sự cố đường dây điện', en: 'Power line down' },
    capCategories: ['Infra'],
    apcoCode: 'WIRES',
  },
  other: { kind: 'incident', defaultSeverity: 'medium', name: { vi: 'Sự cố khác', en: 'Other incident' }, capCategories: ['Other'] },
} as const satisfies Record<string, AlertTypeFacts>;
export type HandTypeId = keyof typeof HAND_TYPES;

/** Type of an alert: what a rule finds, or what only a person tells. */
export type AlertTypeId = RuleTypeId | HandTypeId;
export const ALERT_TYPE_IDS: readonly AlertTypeId[] = [...RULE_TYPE_IDS, ...(Object.keys(HAND_TYPES) as HandTypeId[])];

/** The facts of one type of alert. */
export function alertTypeFacts(type: AlertTypeId): AlertTypeFacts {
  return type in HAND_TYPES ? HAND_TYPES[type as HandTypeId] : RULE_TYPES[type as RuleTypeId];
}

/** Rules of the kind incident that count and tell of no emergency. */
const COUNTING: readonly AlertTypeId[] = ['line-count', 'occupancy'];

/** What a person may open by hand: every incident, found by a rule or not. */
export const OPENED_BY_HAND: readonly AlertTypeId[] = ALERT_TYPE_IDS.filter(
  (type) => alertTypeFacts(type).kind === 'incident' && !COUNTING.includes(type),
);
