/** A column of a file: its heading and what stands in it. */
export type CsvColumn<Row> = readonly [name: string, textOf: (row: Row) => string | number | null];

/** RFC 4180. What a spreadsheet takes for a formula is quoted by an apostrophe; numbers are no text and stay. */
function cell(value: string | number | null): string {
  if (typeof value !== 'string') return value === null ? '' : String(value);
  const safe = /^[-+=@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows as CSV with a line of headings. */
export function csvText<Row>(columns: readonly CsvColumn<Row>[], rows: readonly Row[]): string {
  const lines = [columns.map(([name]) => name), ...rows.map((row) => columns.map(([, textOf]) => cell(textOf(row))))];
  return lines.map((cells) => `${cells.join(',')}\r\n`).join('');
}
