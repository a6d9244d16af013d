import type { CameraConfig, ProblemCode, ProblemParams } from '@safecity/contracts';
import { CsvError, parse } from 'csv-parse/sync';
import { csvText, unmarked } from '../server/csv.js';
import { refusal } from '../server/failure.js';

/** Columns of a list of cameras, in the order in which they are exported. `password` is read and never written. */
export const CSV_COLUMNS = [
  ...(['id', 'name', 'unit', 'url', 'detectUrl', 'username', 'password', 'transport'] as const),
  ...(['latitude', 'longitude', 'address', 'direction', 'groups', 'enabled'] as const),
] as const;
export type CsvColumn = (typeof CSV_COLUMNS)[number];

/** One camera of a list: cells as they stand, without spaces around them. A column that the file lacks is absent. */
export interface CsvRow {
  /** Line of the file on which it ends, from 1. */
  line: number;
  cells: Partial<Record<CsvColumn, string>>;
}

/** Most cameras of one list: they are stored in one transaction. */
export const MOST_ROWS = 1000;
const MOST_CELLS_BYTES = 16 * 1024;
const SEPARATORS = [',', ';', '\t'];

const columnOf = (name: string): CsvColumn | undefined => CSV_COLUMNS.find((column) => column.toLowerCase() === name.trim().toLowerCase());

const invalid = (code: ProblemCode, message: string, params: ProblemParams = {}) =>
  refusal('API_IMPORT_INVALID', 400, [{ path: '', code, params, message }]);

/** The separator that gives the most known columns: spreadsheets of many countries write semicolons. */
function separatorOf(text: string): string {
  const header = text.slice(0, text.search(/[\r\n]|$/));
  const known = (separator: string) => header.split(separator).filter((name) => columnOf(name.replace(/^"|"$/g, ''))).length;
  return SEPARATORS.reduce((best, separator) => (known(separator) > known(best) ? separator : best));
}

function headerOf(names: string[]): CsvColumn[] {
  const columns = names.map((name) => {
    const column = columnOf(name);
    if (!column) {
      const given = name.slice(0, 40);
      throw invalid('csv-column', `column "${given}" is not known: the columns are ${CSV_COLUMNS.join(', ')}`, {
        given,
        values: CSV_COLUMNS,
      });
    }
    return column;
  });
  const twice = columns.find((column, index) => columns.indexOf(column) < index);
  if (twice) throw invalid('csv-column-twice', `column ${twice} is there twice: remove one`, { given: twice });
  if (!columns.includes('id')) throw invalid('csv-no-id', 'column id is missing: it names the camera of each row');
  return columns;
}

/** A cell as it was meant. Passwords are taken as they stand: they may begin and end with anything. */
function cell(column: CsvColumn, text: string): string {
  if (column === 'password' || column === 'username') return text;
  return unmarked(text.trim());
}

function readable(csv: string): string {
  const text = csv.replace(/^\uFEFF/, '').replace(/^sep=.\r?\n/i, '');
  if (text.includes('\uFFFD')) throw invalid('csv-not-utf8', 'the file is not UTF-8: save it as "CSV UTF-8" in the spreadsheet');
  if (text.trim() === '') throw invalid('csv-empty', 'the file is empty: its first line names the columns');
  return text;
}

/**
 * Reads a list of cameras: UTF-8 with or without a byte order mark, separated by comma, semicolon or tab, quotes as in RFC 4180.
 * @throws SafecityError `API_IMPORT_INVALID` for what is no such list, with the line
 */
export function readCameraCsv(csv: string): CsvRow[] {
  const text = readable(csv);
  const records = parsed(text);
  const [names, ...rows] = records;
  const columns = headerOf(names?.record ?? []);
  const given = rows.length;
  if (given > MOST_ROWS)
    throw invalid('csv-many', `the file has ${given} cameras, the most at once are ${MOST_ROWS}: divide it`, { given, most: MOST_ROWS });
  return rows.map(({ record, line }) => {
    if (record.length !== columns.length) {
      const message = `line ${line}: has ${record.length} cells, the first line names ${columns.length}: put cells with separators in quotes`;
      throw invalid('csv-cells', message, { line, given: record.length, wanted: columns.length });
    }
    return { line, cells: Object.fromEntries(columns.map((column, index) => [column, cell(column, record[index] ?? '')])) };
  });
}

function parsed(text: string): { record: string[]; line: number }[] {
  try {
    const records = parse(text, {
      delimiter: separatorOf(text),
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      max_record_size: MOST_CELLS_BYTES,
    }) as unknown as { record: string[]; info: { lines: number } }[];
    return records.map(({ record, info }) => ({ record, line: info.lines }));
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    // The library's own words would repeat cells, a password among them.
    const line = /at line (\d+)/.exec(cause.message)?.[1] ?? '?';
    const isLong = cause.code === 'CSV_MAX_RECORD_SIZE';
    const what = isLong ? 'is too long' : 'has quotes that do not match';
    const message = `line ${line}: ${what}: write a quote inside of quotes twice, and close them`;
    throw invalid(isLong ? 'csv-long' : 'csv-quotes', message, { line });
  }
}

type Cells = Record<CsvColumn, string | number>;

function cellsOf(camera: CameraConfig): Cells {
  const { source, location } = camera;
  return {
    ...{ id: camera.id, name: camera.name, unit: camera.unitId ?? '', url: source.url, detectUrl: source.detectUrl ?? '' },
    // Empty cells leave what is stored as it is.
    ...{ username: '', password: '', transport: source.transport },
    ...{ latitude: location?.latitude ?? '', longitude: location?.longitude ?? '', address: location?.address ?? '' },
    ...{ direction: camera.directionDegrees ?? '', groups: (camera.groups ?? []).join('|'), enabled: String(camera.enabled) },
  };
}

/** Cameras as a list that spreadsheets open and `readCameraCsv` reads: with a byte order mark, without secrets, harmless as formulas. */
export function writeCameraCsv(cameras: readonly CameraConfig[]): string {
  const columns = CSV_COLUMNS.map((name) => [name, (cells: Cells) => cells[name]] as const);
  return `\uFEFF${csvText(columns, cameras.map(cellsOf))}`;
}
