import type { Problem } from '../problem.js';
/** Allowed values and shapes of CAP 1.2 (OASIS Common Alerting Protocol). Lists are in the order of the schema. */

/** The namespace every element is in. */
export const CAP_NAMESPACE = 'urn:oasis:names:tc:emergency:cap:1.2';

export const CAP_STATUSES = ['Actual', 'Exercise', 'System', 'Test', 'Draft'] as const;
export type CapStatus = (typeof CAP_STATUSES)[number];

export const CAP_MESSAGE_TYPES = ['Alert', 'Update', 'Cancel', 'Ack', 'Error'] as const;
export type CapMessageType = (typeof CAP_MESSAGE_TYPES)[number];

export const CAP_SCOPES = ['Public', 'Restricted', 'Private'] as const;
export type CapScope = (typeof CAP_SCOPES)[number];

export const CAP_CATEGORIES = [
  'Geo',
  'Met',
  'Safety',
  'Security',
  'Rescue',
  'Fire',
  'Health',
  'Env',
  'Transport',
  'Infra',
  'CBRNE',
  'Other',
] as const;

export const CAP_RESPONSE_TYPES = ['Shelter', 'Evacuate', 'Prepare', 'Execute', 'Avoid', 'Monitor', 'Assess', 'AllClear', 'None'] as const;
export type CapResponseType = (typeof CAP_RESPONSE_TYPES)[number];

export const CAP_URGENCIES = ['Immediate', 'Expected', 'Future', 'Past', 'Unknown'] as const;
export type CapUrgency = (typeof CAP_URGENCIES)[number];

export const CAP_SEVERITIES = ['Extreme', 'Severe', 'Moderate', 'Minor', 'Unknown'] as const;
export type CapSeverity = (typeof CAP_SEVERITIES)[number];

export const CAP_CERTAINTIES = ['Observed', 'Likely', 'Possible', 'Unlikely', 'Unknown'] as const;
export type CapCertainty = (typeof CAP_CERTAINTIES)[number];

/** `valueName` and `value` of an event code, parameter or geocode. */
export interface CapNamedValue {
  valueName: string;
  value: string;
}

/** One earlier message that this one is about; three parts joined by commas on the wire. */
export interface CapReference {
  sender: string;
  identifier: string;
  sent: string;
}

/** A file that belongs to the message. `digest` is SHA-1 in hex; SHA-256 goes into a parameter. */
export interface CapResource {
  resourceDesc: string;
  mimeType: string;
  sizeBytes?: number;
  uri?: string;
  derefUri?: string;
  digest?: string;
}

/** Where. Polygons and circles are written latitude first, WGS 84. */
export interface CapArea {
  areaDesc: string;
  /** Corners `[latitude, longitude]`, first and last equal. */
  polygons: [number, number][][];
  circles: { latitude: number; longitude: number; radiusKm: number }[];
  geocodes: CapNamedValue[];
  /** Feet above mean sea level, as CAP has it. */
  altitude?: number;
  ceiling?: number;
}

/** What, in one language. */
export interface CapInfo {
  language: string;
  categories: (typeof CAP_CATEGORIES)[number][];
  event: string;
  responseTypes: CapResponseType[];
  urgency: CapUrgency;
  severity: CapSeverity;
  certainty: CapCertainty;
  audience?: string;
  eventCodes: CapNamedValue[];
  effective?: string;
  onset?: string;
  expires?: string;
  senderName?: string;
  headline?: string;
  description?: string;
  instruction?: string;
  web?: string;
  contact?: string;
  parameters: CapNamedValue[];
  resources: CapResource[];
  areas: CapArea[];
}

/** One CAP 1.2 message. Times stay as written, because the offset is part of the statement. */
export interface CapAlert {
  identifier: string;
  sender: string;
  sent: string;
  status: CapStatus;
  msgType: CapMessageType;
  source?: string;
  scope: CapScope;
  restriction?: string;
  addresses: string[];
  codes: string[];
  note?: string;
  references: CapReference[];
  incidents: string[];
  infos: CapInfo[];
}

/** One thing wrong with a CAP message: where (`info/0/severity`), and what with its mend. */
export type CapProblem = Pick<Problem, 'path' | 'message'>;
