import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Bilingual, problemsOf, worded } from '@safecity/contracts';
import { type Static, Type } from 'typebox';
import { failure } from '../../server/failure.js';

const Username = Type.String({
  pattern: worded('^[a-z0-9._-]{2,64}$', 'username-form', 'must be 2 to 64 small letters, digits, points, hyphens or underscores'),
});

/** The file that `SAFECITY_OIDC_FILE` names. */
export const ProviderFile = Type.Object(
  {
    issuer: Type.String({ minLength: 8, maxLength: 500, description: 'As the provider writes it in its tokens' }),
    clientId: Type.String({ minLength: 1, maxLength: 200 }),
    clientSecretFile: Type.String({ minLength: 1, description: 'Beside this file, or a whole path' }),
    name: { ...Bilingual, description: 'What stands on the button of the login page' },
    usernameClaim: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z_][A-Za-z0-9_.:/-]{0,99}$',
        description: 'Binds an account at its first sign-in when this claim is its user name; left out: by one-time links alone',
      }),
    ),
    passwordUsers: Type.Optional(
      Type.Array(Username, { uniqueItems: true, description: 'Who may still sign in with a password; left out: everybody who has one' }),
    ),
  },
  { additionalProperties: false },
);

/** How people sign in with the city's identity provider. */
export interface ProviderSettings extends Omit<Static<typeof ProviderFile>, 'clientSecretFile'> {
  clientSecret: string;
  /** Where the console is reached; the provider sends people back there. */
  publicUrl: string;
}

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

const invalid = (file: string, message: string, cause?: unknown) =>
  failure('API_CONFIG_INVALID', 500, `SAFECITY_OIDC_FILE (${file}): ${message}`, cause);

function readText(file: string, what: string, path = file): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw invalid(file, `${what} cannot be read: ${(cause as NodeJS.ErrnoException).code ?? 'unknown reason'}`, cause);
  }
}

function checkIssuer(file: string, issuer: string): void {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  const ok = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.includes(url.hostname));
  if (!ok) throw invalid(file, `issuer must be an https address; got "${issuer}"`);
}

function parse(file: string, text: string): Static<typeof ProviderFile> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(file, 'is no JSON', cause);
  }
  const problems = problemsOf(ProviderFile, value).map(({ path, message }) => (path ? `${path}: ${message}` : message));
  if (problems.length > 0) throw invalid(file, problems.join('; '));
  return value as Static<typeof ProviderFile>;
}

/** @throws SafecityError `API_CONFIG_INVALID` naming the key, or what is missing beside the file */
export function readProviderSettings(file: string, publicUrl: string | undefined): ProviderSettings {
  const { clientSecretFile, ...settings } = parse(file, readText(file, 'the file'));
  checkIssuer(file, settings.issuer);
  if (publicUrl === undefined) throw invalid(file, 'the provider sends people back to SAFECITY_PUBLIC_URL: set it');
  const clientSecret = readText(file, 'clientSecretFile', resolve(dirname(file), clientSecretFile)).trim();
  if (clientSecret === '') throw invalid(file, 'clientSecretFile is empty');
  return { ...settings, clientSecret, publicUrl };
}
