import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@safecity/platform/testing';
import { afterAll, expect, it } from 'vitest';
import { readProviderSettings } from './provider-settings.js';

const directory = temporaryDirectory('provider');
afterAll(() => directory.remove());
writeFileSync(join(directory.path, 'secret'), 'kept apart\n');
writeFileSync(join(directory.path, 'empty'), '\n');
const valid = {
  issuer: 'https://sso.example.vn/realms/city',
  clientId: 'safecity',
  clientSecretFile: 'secret',
  name: { vi: 'Cổng định danh', en: 'City sign-in' },
};

function read(changes: object, publicUrl: string | undefined = 'https://safecity.example.vn') {
  const file = join(directory.path, 'oidc.json');
  writeFileSync(file, JSON.stringify({ ...valid, ...changes }));
  return readProviderSettings(file, publicUrl);
}

it('reads the file and the secret beside it', () => {
  const settings = read({ passwordUsers: ['admin'] });
  expect(settings).toMatchObject({ issuer: valid.issuer, clientSecret: 'kept apart', passwordUsers: ['admin'] });
  expect(settings).not.toHaveProperty('clientSecretFile');
});

it.each<[string, object, RegExp]>([
  ['an issuer without TLS', { issuer: 'http://sso.example.vn' }, /issuer must be an https address; got "http:\/\/sso\.example\.vn"/],
  ['a key that does not exist', { rolesClaim: 'groups' }, /rolesClaim/],
  ['no client id', { clientId: undefined }, /clientId/],
  ['a secret that is not there', { clientSecretFile: 'nowhere' }, /clientSecretFile cannot be read: ENOENT/],
  ['an empty secret', { clientSecretFile: 'empty' }, /clientSecretFile is empty/],
])('refuses %s', (_name, changes, message) => {
  expect(() => read(changes)).toThrow(message);
});

it('needs an address to come back to', () => {
  expect(() => readProviderSettings(join(directory.path, 'oidc.json'), undefined)).toThrow(/SAFECITY_PUBLIC_URL/);
});
