import { Type } from 'typebox';
import type { AttributeName } from './attributes.js';
import type { ObjectClass } from './classes.js';

/** How much an alert matters, gravest first. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
export type Severity = (typeof SEVERITIES)[number];
export const SeveritySchema = Type.Enum([...SEVERITIES]);

/** What an alert is, which decides who handles it: EOC and operators, traffic police, operators, administrators. */
export const ALERT_KINDS = ['incident', 'violation', 'security', 'camera'] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** CAP 1.2 `category` values. */
export type CapCategory =
  | 'Geo'
  | 'Met'
  | 'Safety'
  | 'Security'
  | 'Rescue'
  | 'Fire'
  | 'Health'
  | 'Env'
  | 'Transport'
  | 'Infra'
  | 'CBRNE'
  | 'Other';

/** What is fixed about one rule type. */
export interface RuleTypeFacts {
  kind: AlertKind;
  defaultSeverity: Severity;
  name: { vi: string; en: string };
  /** CAP categories; at least one. */
  capCategories: [CapCategory, ...CapCategory[]];
  /** APCO/NENA 2.103 code, where one fits. */
  apcoCode?: string;
  /** Classes of which the camera's model must give at least one, or the rule finds nothing; absent where every model will do. */
  needsClasses?: readonly ObjectClass[];
  /** Attribute that a model must tell of a track, or the rule finds nothing. */
  needsAttribute?: AttributeName;
}

/**
 * Rule and incident types by id. Ids are a contract: they go on the wire and into CAP as
 * `urn:safecity:incident-type`. A type is listed here once a rule for it exists.
 */
export const RULE_TYPES = {
  'crowd-occupancy': {
    kind: 'incident',
    defaultSeverity: 'high',
    name: { vi: 'Đám đông vượt ngưỡng', en: 'Crowd over limit' },
    capCategories: ['Safety'],
    apcoCode: 'CIVDIS',
  },
  'stalled-vehicle': {
    kind: 'incident',
    defaultSeverity: 'high',
    name: { vi: 'Xe dừng bất thường', en: 'Stalled vehicle' },
    capCategories: ['Transport'],
    apcoCode: 'DISVEH',
  },
  intrusion: {
    kind: 'security',
    defaultSeverity: 'medium',
    name: { vi: 'Xâm nhập khu vực', en: 'Intrusion' },
    capCategories: ['Security'],
    apcoCode: 'TRESPASS',
  },
  'wrong-way': {
    kind: 'violation',
    defaultSeverity: 'high',
    name: { vi: 'Đi ngược chiều', en: 'Wrong way' },
    capCategories: ['Transport'],
  },
  'wrong-way-driver': {
    kind: 'incident',
    defaultSeverity: 'critical',
    name: { vi: 'Xe đi ngược chiều nguy hiểm', en: 'Wrong-way driver' },
    capCategories: ['Transport', 'Safety'],
    apcoCode: 'RECKDRV',
  },
  'red-light': { kind: 'violation', defaultSeverity: 'medium', name: { vi: 'Vượt đèn đỏ', en: 'Red light' }, capCategories: ['Transport'] },
  'emergency-lane': {
    kind: 'violation',
    defaultSeverity: 'medium',
    name: { vi: 'Đi vào làn khẩn cấp', en: 'Emergency lane' },
    capCategories: ['Transport'],
  },
  'pavement-riding': {
    kind: 'violation',
    defaultSeverity: 'low',
    name: { vi: 'Đi xe trên vỉa hè', en: 'Riding on the pavement' },
    capCategories: ['Transport'],
  },
  'no-helmet': {
    kind: 'violation',
    defaultSeverity: 'low',
    name: { vi: 'Không đội mũ bảo hiểm', en: 'No helmet' },
    capCategories: ['Transport'],
    needsAttribute: 'helmet',
  },
  'illegal-stop': {
    kind: 'violation',
    defaultSeverity: 'low',
    name: { vi: 'Dừng, đỗ sai quy định', en: 'Illegal stop' },
    capCategories: ['Transport'],
  },
  'stop-line': {
    kind: 'violation',
    defaultSeverity: 'low',
    name: { vi: 'Đè vạch dừng', en: 'Over the stop line' },
    capCategories: ['Transport'],
  },
  'illegal-turn': {
    kind: 'violation',
    defaultSeverity: 'medium',
    name: { vi: 'Rẽ, quay đầu trái phép', en: 'Illegal turn' },
    capCategories: ['Transport'],
  },
  'wrong-lane': { kind: 'violation', defaultSeverity: 'low', name: { vi: 'Đi sai làn', en: 'Wrong lane' }, capCategories: ['Transport'] },
  speeding: { kind: 'violation', defaultSeverity: 'medium', name: { vi: 'Chạy quá tốc độ', en: 'Speeding' }, capCategories: ['Transport'] },
  'camera-offline': {
    kind: 'camera',
    defaultSeverity: 'medium',
    name: { vi: 'Camera mất kết nối', en: 'Camera offline' },
    capCategories: ['Infra'],
  },
  'camera-frozen': {
    kind: 'camera',
    defaultSeverity: 'medium',
    name: { vi: 'Hình camera đứng yên', en: 'Camera picture frozen' },
    capCategories: ['Infra'],
  },
  'camera-covered': {
    kind: 'camera',
    defaultSeverity: 'high',
    name: { vi: 'Camera bị che', en: 'Camera covered' },
    capCategories: ['Infra'],
  },
  'camera-defocused': {
    kind: 'camera',
    defaultSeverity: 'medium',
    name: { vi: 'Camera bị mờ nét', en: 'Camera out of focus' },
    capCategories: ['Infra'],
  },
  'camera-moved': {
    kind: 'camera',
    defaultSeverity: 'high',
    name: { vi: 'Camera bị xoay lệch', en: 'Camera moved' },
    capCategories: ['Infra'],
  },
  'camera-signal-disagreement': {
    kind: 'camera',
    defaultSeverity: 'medium',
    name: { vi: 'Nguồn đèn tín hiệu không khớp', en: 'Signal sources disagree' },
    capCategories: ['Infra'],
  },
  'line-count': { kind: 'incident', defaultSeverity: 'low', name: { vi: 'Đếm qua vạch', en: 'Line count' }, capCategories: ['Other'] },
  occupancy: { kind: 'incident', defaultSeverity: 'low', name: { vi: 'Đếm trong vùng', en: 'Occupancy' }, capCategories: ['Other'] },
  'crowd-density': {
    kind: 'incident',
    defaultSeverity: 'high',
    name: { vi: 'Mật độ đám đông cao', en: 'Crowd density' },
    capCategories: ['Safety'],
    apcoCode: 'CIVDIS',
  },
  'crowd-surge': {
    kind: 'incident',
    defaultSeverity: 'high',
    name: { vi: 'Đám đông tăng nhanh', en: 'Crowd surge' },
    capCategories: ['Safety'],
  },
  'crowd-dispersal': {
    kind: 'incident',
    defaultSeverity: 'high',
    name: { vi: 'Đám đông bỏ chạy', en: 'Crowd dispersal' },
    capCategories: ['Safety', 'Security'],
  },
  loitering: { kind: 'security', defaultSeverity: 'low', name: { vi: 'Lảng vảng', en: 'Loitering' }, capCategories: ['Security'] },
  queue: { kind: 'incident', defaultSeverity: 'low', name: { vi: 'Hàng chờ dài', en: 'Queue' }, capCategories: ['Infra'] },
  collision: {
    kind: 'incident',
    defaultSeverity: 'critical',
    name: { vi: 'Va chạm giao thông', en: 'Collision' },
    capCategories: ['Transport', 'Rescue'],
    apcoCode: 'MVAUNK',
  },
  'pedestrian-on-road': {
    kind: 'incident',
    defaultSeverity: 'medium',
    name: { vi: 'Người đi bộ trên lòng đường', en: 'Pedestrian on road' },
    capCategories: ['Transport', 'Safety'],
  },
  congestion: { kind: 'incident', defaultSeverity: 'medium', name: { vi: 'Ùn tắc', en: 'Congestion' }, capCategories: ['Transport'] },
  'person-down': {
    kind: 'incident',
    defaultSeverity: 'high',
    name: { vi: 'Người nằm', en: 'Person down' },
    capCategories: ['Health', 'Rescue'],
  },
  'abandoned-object': {
    kind: 'security',
    defaultSeverity: 'medium',
    name: { vi: 'Đồ vật bỏ lại', en: 'Abandoned object' },
    capCategories: ['Security'],
    needsClasses: ['backpack', 'handbag', 'suitcase'],
  },
  fire: {
    kind: 'incident',
    defaultSeverity: 'critical',
    name: { vi: 'Cháy', en: 'Fire' },
    capCategories: ['Fire'],
    needsClasses: ['fire'],
  },
  smoke: {
    kind: 'incident',
    defaultSeverity: 'high',
    name: { vi: 'Khói', en: 'Smoke' },
    capCategories: ['Fire'],
    needsClasses: ['smoke'],
  },
  'plate-watchlist': {
    kind: 'security',
    defaultSeverity: 'high',
    name: { vi: 'Biển số trong danh sách', en: 'Plate on a watchlist' },
    capCategories: ['Security'],
  },
  tripwire: { kind: 'security', defaultSeverity: 'medium', name: { vi: 'Vượt vạch cấm', en: 'Tripwire' }, capCategories: ['Security'] },
} as const satisfies Record<string, RuleTypeFacts>;
export type RuleTypeId = keyof typeof RULE_TYPES;
export const RULE_TYPE_IDS = Object.keys(RULE_TYPES) as RuleTypeId[];

/** Types from the gravest to the mildest: which of several findings of one severity leads. Types not listed come last. */
export const GRAVITY_ORDER: readonly RuleTypeId[] = [
  'fire',
  'collision',
  'wrong-way-driver',
  'person-down',
  'smoke',
  'crowd-dispersal',
  'crowd-surge',
  'crowd-density',
  'crowd-occupancy',
  'stalled-vehicle',
  'pedestrian-on-road',
  'congestion',
  'queue',
  'line-count',
  'occupancy',
  'wrong-way',
  'red-light',
  'speeding',
  'illegal-turn',
  'emergency-lane',
  'wrong-lane',
  'stop-line',
  'pavement-riding',
  'no-helmet',
  'illegal-stop',
];

/** What makes one finding graver than another. */
export interface Gravity {
  type: RuleTypeId;
  severity: Severity;
}

/**
 * Orders findings gravest first: an incident before a violation, because whoever was told of an incident must not lose
 * sight of it, then the severity of the rule, then `GRAVITY_ORDER`.
 */
export function compareGravity(a: Gravity, b: Gravity): number {
  const rankOf = ({ type }: Gravity) => (GRAVITY_ORDER.includes(type) ? GRAVITY_ORDER.indexOf(type) : GRAVITY_ORDER.length);
  return (
    ALERT_KINDS.indexOf(RULE_TYPES[a.type].kind) - ALERT_KINDS.indexOf(RULE_TYPES[b.type].kind) ||
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    rankOf(a) - rankOf(b)
  );
}

/** The facts of one rule type, with optional members visible to the type checker. */
export function ruleTypeFacts(type: RuleTypeId): RuleTypeFacts {
  return RULE_TYPES[type];
}
