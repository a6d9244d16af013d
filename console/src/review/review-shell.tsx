import type { ReactNode } from 'react';
import { useState } from 'react';
import { KeysDialog } from '../shell/keys-dialog.js';
import { useShortcuts } from '../shell/shortcuts.js';
import { TopBar } from '../shell/top-bar.js';

/** The frame of traffic police's pages: no wall, no list of alerts, which are none of their work. */
export function ReviewShell({ children }: { children: ReactNode }) {
  const [keysShown, showKeys] = useState(false);
  useShortcuts({ '?': () => showKeys(true) });
  return (
    <div className="review-shell">
      <TopBar onKeys={() => showKeys(true)} />
      <main className="main">{children}</main>
      {keysShown && <KeysDialog onLeave={() => showKeys(false)} />}
    </div>
  );
}
