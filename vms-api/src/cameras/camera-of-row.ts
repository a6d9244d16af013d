import { type CameraConfig, checkCamera, type Problem } from '@safecity/contracts';
import type { CsvColumn, CsvRow } from './camera-csv.js';
import type { CameraCredentials } from './camera-write.js';

/** What is wrong with a row: at which column, or with all of it; `path` is the key of the camera that no column fills. */
export interface RowProblem extends Problem {
  column: CsvColumn | null;
}

/** Something wrong with a cell. */
export const atColumn = (column: CsvColumn, problem: CellProblem): RowProblem => ({ path: '', ...problem, column });
export type CellProblem = Omit<Problem, 'path'>;

/** What a row makes of a camera. `credentials` absent leaves what is stored, null removes it. */
export interface RowCamera {
  camera: CameraConfig | null;
  credentials?: CameraCredentials | null;
  problems: RowProblem[];
}

/** Written into a cell to remove what is stored. An empty cell leaves it. */
const REMOVE = '-';
const YES = ['true', 'yes', '1', 'x', 'có', 'bật'];
const NO = ['false', 'no', '0', 'không', 'tắt'];

type Draft = Record<string, unknown>;
type Read = (text: string, draft: Draft) => CellProblem | undefined;

function numberOf(text: string): number {
  return /^[+-]?\d+([.,]\d+)?$/.test(text) ? Number(text.replace(',', '.')) : Number.NaN;
}

/** Writes a number; the word of what is wrong with it otherwise. */
function number(key: string): Read {
  return (text, draft) => {
    const value = numberOf(text);
    if (Number.isNaN(value)) {
      const given = text.slice(0, 40);
      return { code: 'number', params: { given }, message: `must be a number such as 10.9804; got "${given}"` };
    }
    draft[key] = value;
    return undefined;
  };
}

const inSource =
  (key: string): Read =>
  (text, draft) => {
    // A password may be in it: what was written is not repeated.
    if (text.includes('@'))
      return { code: 'credentials-in-address', message: 'holds user name or password: give them in the columns username and password' };
    draft['source'] = { ...(draft['source'] as object | undefined), [key]: text };
    return undefined;
  };

const inLocation =
  (key: string): Read =>
  (text, draft) => {
    const location: Draft = { ...(draft['location'] as object | undefined) };
    const problem = key === 'address' ? undefined : number(key)(text, location);
    if (problem) return problem;
    draft['location'] = key === 'address' ? { ...location, address: text } : location;
    return undefined;
  };

function enabled(text: string, draft: Draft): CellProblem | undefined {
  const word = text.toLowerCase();
  if (![...YES, ...NO].includes(word)) {
    const given = text.slice(0, 40);
    return { code: 'yes-no', params: { given }, message: `must be true or false; got "${given}"` };
  }
  draft['enabled'] = YES.includes(word);
  return undefined;
}

const plain =
  (key: string): Read =>
  (text, draft) => {
    draft[key] = text;
    return undefined;
  };

function groups(text: string, draft: Draft): undefined {
  const names = text.split('|').map((group) => group.trim());
  draft['groups'] = [...new Set(names.filter(Boolean))];
}

const READERS: Partial<Record<CsvColumn, Read>> = {
  name: plain('name'),
  unit: plain('unitId'),
  url: inSource('url'),
  detectUrl: inSource('detectUrl'),
  transport: (text, draft) => inSource('transport')(text.toLowerCase(), draft),
  latitude: inLocation('latitude'),
  longitude: inLocation('longitude'),
  address: inLocation('address'),
  direction: number('directionDegrees'),
  groups,
  enabled,
};

/** What `-` takes away. */
const REMOVERS: Partial<Record<CsvColumn, (draft: Draft) => void>> = {
  detectUrl: (draft) => {
    const { detectUrl: _gone, ...source } = draft['source'] as Draft;
    draft['source'] = source;
  },
  latitude: (draft) => void delete draft['location'],
  longitude: (draft) => void delete draft['location'],
  address: (draft) => void delete draft['location'],
  direction: (draft) => void delete draft['directionDegrees'],
  groups: (draft) => void delete draft['groups'],
};

const COLUMN_OF_PATH: [RegExp, CsvColumn][] = [
  [/^id$/, 'id'],
  [/^name$/, 'name'],
  [/^unitId$/, 'unit'],
  [/^source\/url$/, 'url'],
  [/^source\/detectUrl$/, 'detectUrl'],
  [/^source\/transport$/, 'transport'],
  [/^location\/latitude$/, 'latitude'],
  [/^location\/longitude$/, 'longitude'],
  [/^location\/address$/, 'address'],
  [/^directionDegrees$/, 'direction'],
  [/^groups(\/|$)/, 'groups'],
];

const columnOfPath = (path: string): CsvColumn | null => COLUMN_OF_PATH.find(([pattern]) => pattern.test(path))?.[1] ?? null;

function credentialsOf({ username = '', password = '' }: CsvRow['cells']): Pick<RowCamera, 'credentials'> & { problem?: RowProblem } {
  if (username === REMOVE) return { credentials: null };
  if (username === '') {
    const message = 'a password without a user name: give both, or neither';
    return password === '' ? {} : { problem: atColumn('username', { code: 'password-without-user', message }) };
  }
  if (username.includes(':')) return { problem: atColumn('username', { code: 'no-colon', message: 'must not hold a colon' }) };
  return { credentials: { username, password } };
}

/** A place needs both coordinates; without an address it has an empty one. */
function placeProblems(draft: Draft): RowProblem[] {
  const location = draft['location'] as Draft | undefined;
  if (!location) return [];
  location['address'] ??= '';
  return (['latitude', 'longitude'] as const)
    .filter((column) => location[column] === undefined)
    .map((column) => atColumn(column, { code: 'place-incomplete', message: 'is missing: a place needs latitude and longitude' }));
}

/**
 * The camera that a row asks for: its cells over what is stored, or over a new one. Cells that are empty leave what is stored,
 * `-` removes it.
 */
export function cameraOfRow({ cells }: CsvRow, stored: CameraConfig | null): RowCamera {
  const draft: Draft = stored ? structuredClone(stored) : {};
  draft['id'] = cells.id;
  const problems: RowProblem[] = [];
  for (const [name, text] of Object.entries(cells)) {
    const column = name as CsvColumn;
    if (text === '') continue;
    if (text === REMOVE && REMOVERS[column]) REMOVERS[column](draft);
    else {
      const problem = READERS[column]?.(text, draft);
      if (problem) problems.push(atColumn(column, problem));
    }
  }
  const { credentials, problem } = credentialsOf(cells);
  if (problem) problems.push(problem);
  if (!stored) {
    if (!cells.name) problems.push(atColumn('name', { code: 'needed', message: 'is missing: a new camera needs a name' }));
    if (!cells.url) problems.push(atColumn('url', { code: 'needed', message: 'is missing: a new camera needs its RTSP address' }));
  }
  problems.push(...placeProblems(draft));
  const checked = problems.length > 0 ? null : checkCamera(draft);
  if (checked && !checked.ok) problems.push(...checked.problems.map(ofRow));
  return { camera: checked?.ok ? checked.camera : null, ...(credentials === undefined ? {} : { credentials }), problems };
}

function ofRow(problem: Problem): RowProblem {
  const { path, message } = problem;
  const column = columnOfPath(path);
  return { ...problem, path: column ? '' : path, column, message: column || path === '' ? message : `${path}: ${message}` };
}
