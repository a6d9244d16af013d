import { randomInt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The demo's accounts. There is no default password: each site makes its own. */
export const DEMO_USERS = [
  { username: 'admin', displayName: 'Quản trị', role: 'administrator', unitId: 'hcmc' },
  { username: 'truc', displayName: 'Trực ban phường Phú Lợi', role: 'operator', unitId: 'phu-loi' },
] as const;

/** Letters and digits that nobody confuses when reading them off a terminal. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';

function makePassword(): string {
  const group = () => Array.from({ length: 4 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return [group(), group(), group()].join('-');
}

/** Password by user name, kept (mode 0600) in the data directory and made on the first start. */
export function demoPasswords(dataDir: string): Record<string, string> {
  const file = join(dataDir, 'demo-passwords.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const passwords = Object.fromEntries(DEMO_USERS.map(({ username }) => [username, makePassword()]));
  writeFileSync(file, `${JSON.stringify(passwords, null, 2)}\n`, { mode: 0o600 });
  return passwords;
}
