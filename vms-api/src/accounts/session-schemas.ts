import { Bilingual, Id, worded } from '@safecity/contracts';
import { Type } from 'typebox';
import { named, nullable } from '../server/schemas.js';
import { PERMISSIONS, ROLES } from './roles.js';

export const SessionAnswer = named(
  'Session',
  Type.Object({
    user: Type.Object({
      id: Type.String(),
      username: Type.String(),
      displayName: Type.String(),
      role: Type.Enum([...ROLES]),
      unitId: Id,
      permissions: Type.Array(Type.Enum([...PERMISSIONS]), { description: 'What any of the roles held now allows, somewhere' }),
      byProvider: Type.Boolean({ description: "Signed in with the city's identity provider" }),
    }),
    csrfToken: Type.String({ description: 'Goes into the header x-csrf-token of every request that changes something' }),
    demo: Type.Boolean({ description: 'The site is a demonstration' }),
  }),
);

export const SignedOut = named(
  'SignedOut',
  Type.Object({ signOutUrl: Type.String({ description: 'Signed out here; go there to sign out at the identity provider too' }) }),
);

export const SignInOptions = named(
  'SignInOptions',
  Type.Object({
    provider: nullable(Type.Object({ name: Bilingual })),
    passwords: Type.Enum(['everybody', 'some'], { description: 'Who may sign in with a password' }),
  }),
);

/** Six digits of an authenticator app, or a recovery code. */
export const CODE = Type.String({
  pattern: worded('^(\\d{6}|[0-9a-fA-F]{5}(-?[0-9a-fA-F]{5}){3})$', 'sign-in-code', 'must be the 6 digits of the app, or a recovery code'),
});

export const LoginBody = Type.Object(
  {
    username: Type.String({ minLength: 1, maxLength: 64 }),
    password: Type.String({ minLength: 1, maxLength: 1024 }),
    code: Type.Optional({ ...CODE, description: 'Code of the second factor, when API_LOGIN_CODE asks for it' }),
  },
  { additionalProperties: false },
);
