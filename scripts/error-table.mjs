// Writes the table of error codes in docs/operations.md from the errors.ts of every folder. Needs a build.
//   node scripts/error-table.mjs
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const BEGIN = '<!-- error codes: written by scripts/error-table.mjs -->\n';
const END = '<!-- end of error codes -->';

/** The table as Markdown, sorted by folder and code. */
export async function errorTable() {
  const rows = [];
  for (const folder of JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).workspaces) {
    const file = join(ROOT, folder, 'dist', 'errors.js');
    if (!existsSync(file)) continue;
    for (const table of Object.values(await import(pathToFileURL(file).href))) {
      if (typeof table === 'object') rows.push(...Object.entries(table).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`));
    }
  }
  return ['| code | what it means and how to mend it |', '|---|---|', ...rows.toSorted()].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = join(ROOT, 'docs', 'operations.md');
  const text = readFileSync(path, 'utf8');
  const table = await errorTable();
  writeFileSync(path, `${text.slice(0, text.indexOf(BEGIN) + BEGIN.length)}\n${table}\n\n${text.slice(text.indexOf(END))}`);
}
