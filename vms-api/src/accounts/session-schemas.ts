import { Id } from '@safecity/contracts';
import { Type } from 'typebox';
import { named } from '../server/schemas.js';
import { ROLES } from './roles.js';

export const SessionAnswer = named(
  'Session',
  Type.Object({
    user: Type.Object({
      id: Type.String(),
      username: Type.String(),
      displayName: Type.String(),
      role: Type.Enum([...ROLES]),
      unitId: Id,
    }),
    csrfToken: Type.String({ description: 'Goes into the header x-csrf-token of every request that changes something' }),
    demo: Type.Boolean({ description: 'The site is a demonstration' }),
  }),
);

export const LoginBody = Type.Object(
  { username: Type.String({ minLength: 1, maxLength: 64 }), password: Type.String({ minLength: 1, maxLength: 1024 }) },
  { additionalProperties: false },
);
