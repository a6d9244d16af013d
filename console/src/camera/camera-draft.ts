/** What an administrator types to add a camera. */
export interface CameraDraft {
  id: string;
  name: string;
  url: string;
  transport: 'tcp' | 'udp';
  username: string;
  password: string;
  /** Sub-stream that is analysed; empty: the main stream is. */
  detectUrl: string;
  /** Name of the place that several cameras look at; empty: none. */
  area: string;
  readsPlates: boolean;
  /** Whose plates: two letters, or `any`. */
  country: string;
  recording: 'off' | 'continuous' | 'on-alert';
  /** Columns by rows; empty: the picture goes whole. */
  tiles: '' | '2x1' | '2x2';
  /** Unit that it belongs to; empty: that of who adds it. */
  unitId: string;
  /** Names divided by commas. */
  groups: string;
  address: string;
  latitude: string;
  longitude: string;
  /** Degrees clockwise from north. */
  direction: string;
  /** Empty: no certificate. Days as `2026-03-31`. */
  certificateNumber: string;
  certificateIssuer: string;
  certificateIssuedOn: string;
  certificateValidUntil: string;
  certificateFile: string;
  /** Why the camera is changed. */
  comment: string;
}

/** Fields about the place and the groups of a camera, and those of its certificate: each folded away by itself. */
export const PLACE_FIELDS = ['unitId', 'groups', 'address', 'latitude', 'longitude', 'direction'] as const satisfies (keyof CameraDraft)[];
export const CERTIFICATE_FIELDS = [
  'certificateNumber',
  'certificateIssuer',
  'certificateIssuedOn',
  'certificateValidUntil',
  'certificateFile',
] as const satisfies (keyof CameraDraft)[];

/** Fields that only some cameras need: the form keeps them folded away. */
export const ADVANCED_FIELDS = [
  'detectUrl',
  'area',
  'readsPlates',
  'country',
  'recording',
  'tiles',
] as const satisfies (keyof CameraDraft)[];

/** Fields that are filled in as text. */
export type TextField = Exclude<keyof CameraDraft, 'transport' | 'readsPlates' | 'recording' | 'tiles'>;

/** Fields of the form, and what can be wrong with each. */
export type DraftProblem = 'missing' | 'bad-number' | 'bad-id' | 'bad-url' | 'bad-country' | 'user-without-password';
export type DraftProblems = Partial<Record<keyof CameraDraft, DraftProblem>>;

/** An id made from a name: Vietnamese letters without their marks, everything else a hyphen. */
export function idFromName(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/đ/g, 'd')
    .replace(/Đ/g, 'D')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64);
}

/** Takes user and password out of an address such as `rtsp://user:pa%40ss@host/path`, so that neither is stored in it. */
export function splitAddress(address: string): { url: string; username?: string; password?: string } {
  const parts = /^(rtsps?:\/\/)([^/?#]*)@(.*)$/i.exec(address.trim());
  if (!parts) return { url: address.trim() };
  const [, scheme = '', userInfo = '', rest = ''] = parts;
  const colon = userInfo.indexOf(':');
  const username = colon < 0 ? userInfo : userInfo.slice(0, colon);
  return { url: `${scheme}${rest}`, username: decoded(username), password: colon < 0 ? '' : decoded(userInfo.slice(colon + 1)) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A bare percent sign is part of the password itself.
    return text;
  }
}

/** A number with a point or a comma; null for what is none. */
export function numberOf(text: string): number | null {
  return /^[+-]?\d+([.,]\d+)?$/.test(text.trim()) ? Number(text.trim().replace(',', '.')) : null;
}

const ID = /^[A-Za-z0-9_-]{1,64}$/;
const STREAM_URL = /^rtsps?:\/\/[^\s/@:]+(:\d+)?(\/\S*)?$/i;

/** What is wrong before the server is asked; empty when nothing is. */
export function draftProblems(draft: CameraDraft): DraftProblems {
  const problems: DraftProblems = {};
  if (draft.name.trim() === '') problems.name = 'missing';
  if (draft.id === '') problems.id = 'missing';
  else if (!ID.test(draft.id)) problems.id = 'bad-id';
  if (draft.url.trim() === '') problems.url = 'missing';
  else if (!STREAM_URL.test(draft.url.trim())) problems.url = 'bad-url';
  if (draft.detectUrl.trim() !== '' && !STREAM_URL.test(draft.detectUrl.trim())) problems.detectUrl = 'bad-url';
  if (draft.area !== '' && !ID.test(draft.area)) problems.area = 'bad-id';
  if ((draft.latitude.trim() === '') !== (draft.longitude.trim() === ''))
    problems[draft.latitude.trim() === '' ? 'latitude' : 'longitude'] = 'missing';
  for (const field of ['latitude', 'longitude', 'direction'] as const) {
    if (draft[field].trim() !== '' && numberOf(draft[field]) === null) problems[field] = 'bad-number';
  }
  if (draft.address.trim() !== '' && draft.latitude.trim() === '' && draft.longitude.trim() === '') problems.latitude = 'missing';
  if (draft.certificateNumber.trim() !== '') {
    for (const field of ['certificateIssuer', 'certificateIssuedOn', 'certificateValidUntil'] as const) {
      if (draft[field].trim() === '') problems[field] = 'missing';
    }
  }
  if (draft.readsPlates && !/^([A-Z]{2}|any)$/.test(draft.country)) problems.country = 'bad-country';
  if (draft.password !== '' && draft.username === '') problems.username = 'user-without-password';
  return problems;
}

/** Keys of the server, each with the field that shows it. */
const FIELD_OF_KEY: Record<string, keyof CameraDraft> = {
  id: 'id',
  name: 'name',
  'source/url': 'url',
  'source/detectUrl': 'detectUrl',
  'source/transport': 'transport',
  area: 'area',
  'plates/country': 'country',
  unitId: 'unitId',
  groups: 'groups',
  'credentials/username': 'username',
  'credentials/password': 'password',
  credentials: 'username',
  comment: 'comment',
  'location/latitude': 'latitude',
  'location/longitude': 'longitude',
  'location/address': 'address',
  directionDegrees: 'direction',
  'certificate/number': 'certificateNumber',
  'certificate/issuer': 'certificateIssuer',
  'certificate/issuedOn': 'certificateIssuedOn',
  'certificate/validUntil': 'certificateValidUntil',
  'certificate/fileSha256': 'certificateFile',
};

/** The field that shows a key of the server; a part of a list is shown by the field of the list. */
export const draftField = (path: string): keyof CameraDraft | null =>
  FIELD_OF_KEY[path] ?? FIELD_OF_KEY[path.replace(/\/\d+$/, '')] ?? null;
