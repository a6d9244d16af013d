import {
  circleText,
  decimalText,
  digestText,
  identifierText,
  languageText,
  mimeTypeText,
  notBlank,
  oneOf,
  polygonText,
  referencesText,
  sizeText,
  type TextCheck,
  timeText,
  uriText,
} from './checks.js';
import {
  CAP_CATEGORIES,
  CAP_CERTAINTIES,
  CAP_MESSAGE_TYPES,
  CAP_RESPONSE_TYPES,
  CAP_SCOPES,
  CAP_SEVERITIES,
  CAP_STATUSES,
  CAP_URGENCIES,
} from './model.js';

/** One place in CAP's fixed sequence: a text with its check, or an element with its own sequence. */
export interface ElementRule {
  name: string;
  min: 0 | 1;
  max: 1 | typeof Number.POSITIVE_INFINITY;
  check?: TextCheck;
  children?: ElementRule[];
  /** Why it is wanted, when the schema alone would let it go. */
  hint?: string;
}

const many = Number.POSITIVE_INFINITY;
const required = (name: string, check: TextCheck = notBlank): ElementRule => ({ name, min: 1, max: 1, check });
const optional = (name: string, check: TextCheck = notBlank): ElementRule => ({ name, min: 0, max: 1, check });
const repeated = (name: string, min: 0 | 1, check: TextCheck = notBlank): ElementRule => ({ name, min, max: many, check });
const group = (name: string, children: ElementRule[]): ElementRule => ({ name, min: 0, max: many, children });
const namedValue = (name: string): ElementRule => group(name, [required('valueName'), required('value')]);

const resource = group('resource', [
  required('resourceDesc'),
  required('mimeType', mimeTypeText),
  optional('size', sizeText),
  optional('uri', uriText),
  optional('derefUri'),
  optional('digest', digestText),
]);

const area = group('area', [
  required('areaDesc'),
  repeated('polygon', 0, polygonText),
  repeated('circle', 0, circleText),
  namedValue('geocode'),
  optional('altitude', decimalText),
  optional('ceiling', decimalText),
]);

const info = group('info', [
  { ...required('language', languageText), hint: 'without it the text counts as en-US: write vi-VN' },
  repeated('category', 1, oneOf(CAP_CATEGORIES)),
  required('event'),
  repeated('responseType', 0, oneOf(CAP_RESPONSE_TYPES)),
  required('urgency', oneOf(CAP_URGENCIES)),
  required('severity', oneOf(CAP_SEVERITIES)),
  required('certainty', oneOf(CAP_CERTAINTIES)),
  optional('audience'),
  namedValue('eventCode'),
  optional('effective', timeText),
  optional('onset', timeText),
  optional('expires', timeText),
  optional('senderName'),
  optional('headline'),
  optional('description'),
  optional('instruction'),
  optional('web', uriText),
  optional('contact'),
  namedValue('parameter'),
  resource,
  area,
]);

/** Elements of `alert` in CAP 1.2's order. */
export const ALERT_SEQUENCE: ElementRule[] = [
  required('identifier', identifierText),
  required('sender', identifierText),
  required('sent', timeText),
  required('status', oneOf(CAP_STATUSES)),
  required('msgType', oneOf(CAP_MESSAGE_TYPES)),
  optional('source'),
  required('scope', oneOf(CAP_SCOPES)),
  optional('restriction'),
  optional('addresses'),
  repeated('code', 0),
  optional('note'),
  optional('references', referencesText),
  optional('incidents'),
  info,
];
