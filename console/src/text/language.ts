import { useSyncExternalStore } from 'react';
import type { Bilingual } from '../api/types.js';
import { en } from './en.js';
import { type Dictionary, vi } from './vi.js';

/** Languages of the console, first language first. */
export type Language = 'vi' | 'en';

const KEY = 'safecity.language';
const dictionaries: Record<Language, Dictionary> = { vi, en };
const listeners = new Set<() => void>();

function remembered(): Language {
  try {
    return localStorage.getItem(KEY) === 'en' ? 'en' : 'vi';
  } catch {
    // Storage can be forbidden by policy; the choice then lasts as long as the page.
    return 'vi';
  }
}

let current: Language = remembered();
document.documentElement.lang = current;

/** Switches the language and remembers the choice on this workstation. */
export function setLanguage(language: Language): void {
  current = language;
  document.documentElement.lang = language;
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // See above.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The language now, its texts, and a way to pick the right half of a text that the server sends in both. */
export function useText(): { language: Language; text: Dictionary; pick: (both: Bilingual) => string } {
  const language = useSyncExternalStore(subscribe, () => current);
  return { language, text: dictionaries[language], pick: (both) => both[language] };
}
