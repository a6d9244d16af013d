import { Id } from '@safecity/contracts';
import { Type } from 'typebox';
import { named } from '../server/schemas.js';
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
    }),
    csrfToken: Type.String({ description: 'Goes into the header x-csrf-token of every request that changes something' }),
    demo: Type.Boolean({ description: 'The site is a demonstration' }),
  }),
);

/** Six digits of an authenticator app, or a recovery code. */
export const CODE = Type.String({ pattern: '^(\\d{6}|[0-9a-fA-F]{5}(-?[0-9a-fA-F]{5}){3})$' });

export const LoginBody = Type.Object(
  {
    username: Type.String({ minLength: 1, maxLength: 64 }),
    password: Type.String({ minLength: 1, maxLength: 1024 }),
    code: Type.Optional({ ...CODE, description: 'Code of the second factor, when API_LOGIN_CODE asks for it' }),
  },
  { additionalProperties: false },
);
