import { createContext, useContext } from 'react';
import type { Meta } from '../api/types.js';

const EMPTY: Meta = { version: '', demo: false, ruleTypes: [], incidentTypes: [], classes: [] };

/** Holds the names that the server gives once per session. */
export const MetaContext = createContext<Meta>(EMPTY);

/** Names of rule types and classes. */
export function useMeta(): Meta {
  return useContext(MetaContext);
}
