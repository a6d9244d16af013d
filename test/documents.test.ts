import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type RuleTypeId, subjects } from '@safecity/contracts';
import { describe, expect, test } from 'vitest';
import { topicOf } from '../vms-api/src/interop/onvif-topics.js';

const root = join(import.meta.dirname, '..');
const folders = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).workspaces as string[];

function markdownFiles(): string[] {
  const inFolder = (folder: string): string[] =>
    existsSync(folder)
      ? readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
          entry.isDirectory() ? inFolder(join(folder, entry.name)) : entry.name.endsWith('.md') ? [join(folder, entry.name)] : [],
        )
      : [];
  const top = readdirSync(root).filter((name) => name.endsWith('.md'));
  return [
    ...top.map((name) => join(root, name)),
    ...inFolder(join(root, 'docs')),
    ...folders.map((name) => join(root, name, 'README.md')).filter(existsSync),
  ];
}

const { errorTable } = (await import('../scripts/error-table.mjs')) as { errorTable(): Promise<string> };
const table = await errorTable();
const codesOf = (text: string) => [...text.matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map((match) => match[1] as string);

function sourceText(): string {
  const read = (folder: string): string =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.name !== 'errors.ts' && !entry.name.endsWith('.test.ts'))
      .map((entry) =>
        entry.isDirectory()
          ? read(join(folder, entry.name))
          : /\.tsx?$/.test(entry.name)
            ? readFileSync(join(folder, entry.name), 'utf8')
            : '',
      )
      .join('\n');
  return folders.map((folder) => read(join(root, folder, 'src'))).join('\n');
}

const source = sourceText();

describe('documents', () => {
  test.each(markdownFiles().map((file) => [file.slice(root.length + 1), file]))('links of %s lead somewhere', (_name, file) => {
    const targets = [...readFileSync(file, 'utf8').matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map((match) => match[1] as string);
    expect(targets.filter((target) => !existsSync(join(dirname(file), target)))).toEqual([]);
  });

  test('every error code is documented, as scripts/error-table.mjs writes it, and no other', () => {
    const documented = readFileSync(join(root, 'docs', 'operations.md'), 'utf8').split('## Error codes')[1] ?? '';
    expect(documented).toContain(table);
    expect(codesOf(documented)).toEqual(codesOf(table));
  });

  test.each(codesOf(table))('%s is raised somewhere', (code) => {
    expect(source).toContain(`'${code}'`);
  });

  test.each(['docs/architecture.md', 'docs/interop.md'])('every subject that %s names is one that there is', (file) => {
    const named = [...readFileSync(join(root, file), 'utf8').matchAll(/^\| `([a-z-]+\.[a-z-]+\.v1)[.`]/gm)].map(
      (match) => match[1] as string,
    );
    const known = Object.values(subjects).map((subject) => (typeof subject === 'string' ? subject : subject('x')));
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((subject) => !known.some((one) => one.startsWith(subject)))).toEqual([]);
  });

  test('the topics that docs/interop.md gives to types are those that are used', () => {
    const rows = [
      ...readFileSync(join(root, 'docs', 'interop.md'), 'utf8').matchAll(/^\| (`[a-z`, -]+) \| `((?:RuleEngine|VideoSource)[^`]+)` \|$/gm),
    ];
    const documented = rows.flatMap(([, types = '', topic]) => [...types.matchAll(/`([a-z-]+)`/g)].map(([, type]) => [type, topic]));
    expect(documented.length).toBeGreaterThan(10);
    expect(documented.map(([type]) => [type, topicOf(type as RuleTypeId).levels.join('/')])).toEqual(documented);
  });

  test('the lock file names no download address', () => {
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved": *"https?:/);
  });
});
