#!/usr/bin/env node
// Prepares a bare clone: Node version, packages, system programs, build, default model. No dependencies, because it
// runs before there are any. A second run finds everything in place and takes well under two seconds.
//
//   node scripts/bootstrap.mjs [--for demo|test]
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const CACHE = process.env.SAFECITY_CACHE_DIR ?? join(homedir(), '.cache', 'safecity');
const MINIMUM_NODE = [20, 19];
const MINIMUM_FFMPEG = 5;
/** Debian installs nats-server into a folder that is not on every user's PATH. */
const PATH = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;

const purpose = process.argv.includes('--for') ? process.argv[process.argv.indexOf('--for') + 1] : 'demo';
if (!['demo', 'test'].includes(purpose)) stop('usage: node scripts/bootstrap.mjs [--for demo|test]', 2);

function stop(message, code = 1) {
  process.stderr.write(`safecity bootstrap: ${message}\n`);
  process.exit(code);
}

function say(message) {
  process.stderr.write(`safecity bootstrap: ${message}\n`);
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 2, 2], env: { ...process.env, PATH }, ...options });
  return result.status === 0;
}

function output(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, PATH } });
  return result.status === 0 ? result.stdout : undefined;
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1])) return;
  stop(`Node ${process.versions.node} is too old: install Node ${MINIMUM_NODE.join('.')} or newer`);
}

function programs() {
  const needed = [
    {
      name: `ffmpeg ${MINIMUM_FFMPEG} or newer`,
      package: 'ffmpeg',
      found: () => Number(/version n?(\d+)/.exec(output('ffmpeg', ['-version']) ?? '')?.[1] ?? 0) >= MINIMUM_FFMPEG,
    },
    { name: 'nats-server', package: 'nats-server', found: () => output('nats-server', ['--version']) !== undefined },
  ];
  if (purpose === 'test') needed.push({ name: 'chromium', package: 'chromium', found: () => existsSync('/usr/bin/chromium') });
  return needed;
}

function installer() {
  if (output('apt-get', ['--version']) === undefined) return undefined;
  if (process.getuid?.() === 0) return { command: 'apt-get', prefix: [] };
  return output('sudo', ['-n', 'true']) === undefined
    ? undefined
    : { command: 'sudo', prefix: ['-n', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'] };
}

function installPrograms() {
  const missing = programs().filter((program) => !program.found());
  if (missing.length === 0) return;
  const packages = missing.map((program) => program.package);
  const byHand = `run: sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  const apt = installer();
  if (!apt) stop(`missing: ${missing.map((program) => program.name).join(', ')}. ${byHand}`);
  say(`installing ${packages.join(', ')}`);
  const lock = ['-o', 'DPkg::Lock::Timeout=900', '-qq'];
  const env = { ...process.env, PATH, DEBIAN_FRONTEND: 'noninteractive' };
  run(apt.command, [...apt.prefix, ...lock, 'update'], { env });
  run(apt.command, [...apt.prefix, ...lock, 'install', '-y', '--no-install-recommends', ...packages], { env });
  const still = missing.filter((program) => !program.found());
  if (still.length > 0) stop(`still missing: ${still.map((program) => program.name).join(', ')}. ${byHand}`);
}

/** The recording that everybody can get lies in a Debian package, which a machine with empty package lists cannot find. */
function refreshPackageLists() {
  const clips = join(CACHE, 'clips');
  const haveRecording = existsSync(clips) && readdirSync(clips).some((name) => name.startsWith('vtest-'));
  if (haveRecording || output('apt-get', ['--version']) === undefined || output('apt-cache', ['show', 'opencv-doc']) !== undefined) return;
  const apt = installer();
  if (apt) run(apt.command, [...apt.prefix, '-o', 'DPkg::Lock::Timeout=900', '-qq', 'update']);
  else say("Debian's package lists are empty, so the recording vtest cannot be found: run sudo apt-get update");
}

function walk(folder, visit) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    // What the build itself writes says nothing about its sources.
    if (['node_modules', 'dist', '.git'].includes(entry.name) || /\.tsbuildinfo$|\.generated\./.test(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) walk(path, visit);
    else visit(path);
  }
}

/** A digest over names, sizes and times of a set of files: enough to see that one was edited, and quick. */
function fingerprint(paths) {
  const hash = createHash('sha256');
  const add = (path) => {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path}\0${size}\0${mtimeMs}\n`);
  };
  for (const path of paths) {
    if (!existsSync(path)) continue;
    if (statSync(path).isDirectory()) walk(path, add);
    else add(path);
  }
  return hash.digest('hex');
}

/** Runs `work` unless it ran before with the same fingerprint. */
function once(name, print, work) {
  const stamp = join(ROOT, 'node_modules', `.safecity-${name}`);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === print) return;
  work();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, print);
}

function manifests() {
  const own = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const patches = readdirSync(join(ROOT, 'patches')).map((name) => join('patches', name));
  const packages = own.workspaces.map((name) => join(name, 'package.json'));
  return ['package-lock.json', 'package.json', '.npmrc', ...patches, ...packages].map((name) => join(ROOT, name));
}

function installPackages() {
  // Content, not times: an untouched clone that was moved or restored needs no new install.
  const print = createHash('sha256')
    .update(
      manifests()
        .map((file) => readFileSync(file, 'utf8'))
        .join('\0'),
    )
    .digest('hex');
  once('packages', print, () => {
    say('installing npm packages (about 30 s)');
    const env = { ...process.env, PATH, ONNXRUNTIME_NODE_INSTALL: 'skip' };
    if (!run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { env }))
      stop('npm ci failed: see the lines above; the npm registry must be reachable');
  });
}

function build() {
  const folders = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).workspaces.map((name) => join(ROOT, name));
  once('build', fingerprint([...folders, join(ROOT, 'tsconfig.base.json'), join(ROOT, 'tsconfig.json')]), () => {
    say('building');
    if (!run('npm', ['run', '--silent', 'build'])) stop('the build failed: see the lines above');
  });
}

function fetchModel() {
  const prepared = join(CACHE, 'models', 'nanodet-g-640x384.onnx');
  const pull = () => {
    if (!run(process.execPath, ['cli/bin/safecity.mjs', 'models', 'pull', 'nanodet-g']))
      stop('the default model could not be fetched and converted: see the lines above');
  };
  if (!existsSync(prepared)) rmSync(join(ROOT, 'node_modules', '.safecity-model'), { force: true });
  once('model', `${fingerprint([join(ROOT, 'models', 'src')])} ${CACHE}`, pull);
}

checkNode();
installPrograms();
installPackages();
refreshPackageLists();
build();
fetchModel();
