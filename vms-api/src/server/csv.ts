/** A column of a file: its heading and what stands in it. */
export type CsvColumn<Row> = readonly [name: string, textOf: (row: Row) => string | number | null];

/** What spreadsheets take for a formula when a cell begins with it; our own mark of that among them. */
const FORMULA = /^['=+\-@\t\r]/;
const MARKED = /^'(?=['=+\-@\t\r])/;

/** The text of a cell of ours as it was before it was marked. */
export const unmarked = (text: string): string => text.replace(MARKED, '');

/**
 * RFC 4180. What a spreadsheet takes for a formula is marked by an apostrophe; numbers are no text and stay. Whatever a program
 * may take for a separator, or cut off, stands in quotes.
 */
function cell(value: string | number | null): string {
  if (typeof value !== 'string') return value === null ? '' : String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",;\t\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows as CSV with a line of headings. */
export function csvText<Row>(columns: readonly CsvColumn<Row>[], rows: readonly Row[]): string {
  const lines = [columns.map(([name]) => name), ...rows.map((row) => columns.map(([, textOf]) => cell(textOf(row))))];
  return lines.map((cells) => `${cells.join(',')}\r\n`).join('');
}
