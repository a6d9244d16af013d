import { useState } from 'react';
import type { Still } from '../api/types.js';
import { Dialog } from '../shell/dialog.js';
import { useShortcuts } from '../shell/shortcuts.js';
import { preciseTime } from '../text/format.js';
import { useText } from '../text/language.js';
import { momentName } from './moment-name.js';
import { MarkedStill } from './still.js';

/** One still as large as the screen; arrows go through the moments, M takes the mark off. */
export function StillViewer({ stills, start, onLeave }: { stills: Still[]; start: number; onLeave: () => void }) {
  const { text, language, pick } = useText();
  const [at, setAt] = useState(start);
  const [marked, setMarked] = useState(true);
  const go = (by: number) => setAt((now) => (now + by + stills.length) % stills.length);
  useShortcuts({ arrowright: () => go(1), arrowleft: () => go(-1), m: () => setMarked((on) => !on) }, { inDialog: true });
  const still = stills[at];
  if (!still) return null;
  const name = momentName(text, still.moment);
  return (
    <Dialog label={name} className="viewer" onLeave={onLeave}>
      <MarkedStill still={still} label={name} marked={marked} />
      <footer>
        <button type="button" className="button" onClick={() => go(-1)} aria-label="←">
          <kbd>←</kbd>
        </button>
        <span>
          <strong>
            {at + 1}/{stills.length} · {name}
          </strong>{' '}
          {preciseTime(still.capturedAtMs, language)} {still.note && pick(still.note)}
        </span>
        <button type="button" className="button" aria-pressed={marked} onClick={() => setMarked((on) => !on)}>
          {text.markSubject} <kbd>M</kbd>
        </button>
        <button type="button" className="button" onClick={onLeave}>
          {text.close} <kbd>Esc</kbd>
        </button>
        <button type="button" className="button" onClick={() => go(1)} aria-label="→">
          <kbd>→</kbd>
        </button>
      </footer>
    </Dialog>
  );
}
