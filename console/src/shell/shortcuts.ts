import { useEffect, useRef } from 'react';
import { pressedKey } from './pressed-key.js';

/** What each key does, by `KeyboardEvent.key` in lower case (`j`, `arrowdown`, `escape`). */
export type Shortcuts = Record<string, (event: KeyboardEvent) => void>;

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));
}

/** Enter and space belong to a focused button or link, not to the page. */
function isPressing(event: KeyboardEvent): boolean {
  return (
    (event.key === 'Enter' || event.key === ' ') &&
    event.target instanceof HTMLElement &&
    event.target.closest('a, button, summary') !== null
  );
}

/**
 * Single-key commands of the page. They rest while somebody types, while a dialog is open (unless `inDialog`), and
 * with Ctrl, Alt or Meta held, which belong to the browser. A held key does not repeat. With `first` they come before those of
 * what stays on the screen (the alert list takes J and K).
 */
export function useShortcuts(shortcuts: Shortcuts, options: { inDialog?: boolean; first?: boolean } = {}): void {
  const current = useRef(shortcuts);
  current.current = shortcuts;
  const inDialog = options.inDialog === true;
  const capture = options.first === true;
  useEffect(() => {
    function pressed(event: KeyboardEvent): void {
      if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
      if (isTyping(event.target) || isPressing(event)) return;
      if (!inDialog && document.querySelector('dialog[open]')) return;
      const key = pressedKey(event);
      const act = current.current[key];
      if (!act) return;
      const moves = key === 'j' || key === 'k' || key.startsWith('arrow');
      event.preventDefault();
      if (!event.repeat || moves) act(event);
    }
    window.addEventListener('keydown', pressed, { capture });
    return () => window.removeEventListener('keydown', pressed, { capture });
  }, [inDialog, capture]);
}
