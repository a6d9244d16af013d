import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** Who may import whom (docs/architecture.md). `console` may use contracts alone; tests may also use fixtures. */
const ALLOWED: Record<string, string[]> = {
  contracts: [],
  platform: ['contracts'],
  ingest: ['contracts', 'platform'],
  inference: ['contracts', 'platform'],
  rules: ['contracts', 'platform'],
  'vms-api': ['contracts', 'platform'],
  console: ['contracts'],
  models: ['contracts', 'platform'],
  fixtures: ['contracts', 'platform'],
  bench: ['contracts', 'platform', 'ingest', 'inference', 'rules', 'models', 'fixtures'],
  cli: ['contracts', 'platform', 'ingest', 'inference', 'rules', 'vms-api', 'models', 'fixtures', 'bench', 'console'],
};

function sourceFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'dist'].includes(entry.name) ? [] : sourceFiles(path);
    return /\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

/** Packages of the project that a source text imports, and relative imports that leave their own folder. */
function forbiddenImports(folder: string, path: string, source: string): string[] {
  const isTest = /\.test\.tsx?$/.test(path) || path.includes('/test/');
  const allowed = [...(ALLOWED[folder] ?? []), folder, ...(isTest ? ['fixtures', 'contracts', 'platform'] : [])];
  const depth = path.slice(path.indexOf(`/${folder}/`) + folder.length + 2).split('/').length - 1;
  const imports = [...source.matchAll(/(?:from|import\(|resolve\(|import)\s*['"]([^'"]+)['"]/g)].map((match) => match[1] as string);
  return imports.filter((name) => {
    if (name.startsWith('@safecity/')) return !allowed.includes(name.split('/')[1] as string);
    const up = name.match(/^(\.\.\/)+/)?.[0].length ?? 0;
    return up / 3 > depth;
  });
}

describe('services import contracts, platform and themselves, never each other', () => {
  test.each(Object.keys(ALLOWED))('%s', (folder) => {
    const files = [...sourceFiles(join(root, folder, 'src')), ...sourceFiles(join(root, folder, 'test'))];
    expect(files.length).toBeGreaterThan(0);
    const found = files.flatMap((file) =>
      forbiddenImports(folder, file, readFileSync(file, 'utf8')).map((name) => `${file.slice(root.length + 1)} imports ${name}`),
    );
    expect(found).toEqual([]);
  });

  test.each([
    ['rules', '/x/rules/src/a.ts', "import { x } from '@safecity/ingest';", ['@safecity/ingest']],
    ['rules', '/x/rules/src/a.ts', "import { x } from '../../ingest/src/a.js';", ['../../ingest/src/a.js']],
    ['rules', '/x/rules/src/deep/a.ts', "import { x } from '../b.js';", []],
    ['ingest', '/x/ingest/src/a.test.ts', "import { x } from '@safecity/fixtures';", []],
    ['ingest', '/x/ingest/src/a.ts', "import { x } from '@safecity/fixtures';", ['@safecity/fixtures']],
  ])('the rule itself: %s %s', (folder, path, source, expected) => {
    expect(forbiddenImports(folder, path, source)).toEqual(expected);
  });
});
