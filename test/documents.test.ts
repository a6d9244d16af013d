import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

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

function errorCodes(): string[] {
  return folders.flatMap((folder) => {
    const file = join(root, folder, 'src', 'errors.ts');
    return existsSync(file)
      ? [...readFileSync(file, 'utf8').matchAll(/^ {2}([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+):/gm)].map((match) => match[1] as string)
      : [];
  });
}

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

describe('documents', () => {
  test.each(markdownFiles().map((file) => [file.slice(root.length + 1), file]))('links of %s lead somewhere', (_name, file) => {
    const targets = [...readFileSync(file, 'utf8').matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map((match) => match[1] as string);
    expect(targets.filter((target) => !existsSync(join(dirname(file), target)))).toEqual([]);
  });

  test('every error code is documented, raised somewhere, and no other is documented', () => {
    const codes = errorCodes();
    const documented = [...readFileSync(join(root, 'docs', 'operations.md'), 'utf8').matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(
      (match) => match[1] as string,
    );
    expect(codes.length).toBeGreaterThan(10);
    expect(documented.toSorted()).toEqual(codes.toSorted());
    const source = sourceText();
    expect(codes.filter((code) => !source.includes(`'${code}'`))).toEqual([]);
  });

  test('the table of error codes is the one that scripts/error-table.mjs writes', async () => {
    const { errorTable } = (await import('../scripts/error-table.mjs')) as { errorTable(): Promise<string> };
    expect(readFileSync(join(root, 'docs', 'operations.md'), 'utf8')).toContain(await errorTable());
  });

  test('the lock file names no download address', () => {
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved": *"https?:/);
  });
});
