// Everything that must hold before a change lands: format and lint, then every test. Types are checked by the build
// that the bootstrap has just done. Ends with the line "N passed, N failed, N skipped".
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const scratch = mkdtempSync(join(tmpdir(), 'safecity-tests-'));
const report = join(scratch, 'report.json');

/** Development material beside the checkout is used when it is there; the product itself knows no such place. */
function besideCheckout(name) {
  const path = join(dirname(ROOT), 'shared', name);
  return existsSync(path) ? path : undefined;
}

const env = { ...process.env };
for (const [variable, folder] of Object.entries({
  SAFECITY_FOOTAGE_DIR: 'footage',
  SAFECITY_MODELS_DIR: 'models',
  SAFECITY_STANDARDS_DIR: 'standards',
})) {
  const path = besideCheckout(folder);
  if (env[variable] === undefined && path !== undefined) env[variable] = path;
}

function run(...command) {
  return spawnSync(process.execPath, command, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], env }).status;
}

const lint = run('node_modules/@biomejs/biome/bin/biome', 'ci', '.', '--diagnostic-level=warn');
const tests = run(
  'node_modules/vitest/vitest.mjs',
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
);

let totals = { passed: 0, failed: 1, skipped: 0 };
if (existsSync(report)) {
  const result = JSON.parse(readFileSync(report, 'utf8'));
  // A file that could not be loaded has no failed test of its own, and must not look like a pass.
  const brokenFiles = result.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  ).length;
  totals = {
    passed: result.numPassedTests,
    failed: result.numFailedTests + brokenFiles,
    skipped: result.numPendingTests + (result.numTodoTests ?? 0),
  };
}
if (lint !== 0) {
  totals.failed += 1;
  process.stderr.write('format or lint failed: run "npm run format" and look at what is left\n');
}
rmSync(scratch, { recursive: true, force: true });
process.stdout.write(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
process.exit(lint === 0 && tests === 0 && totals.failed === 0 && totals.passed > 0 ? 0 : 1);
