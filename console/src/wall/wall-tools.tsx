import type { ReactNode } from 'react';
import { useDeskActions } from '../desk/desk-actions.js';
import { flagWords } from '../flags/flag-words.js';
import { incidentWords } from '../incidents/incident-words.js';
import { useMay } from '../session/abilities.js';
import { useWords } from '../text/words.js';

/** Above the pictures: which of them are shown, and what is opened without one. */
export function WallTools(props: { flagged: number; flaggedOnly: boolean; onToggle: () => void; children?: ReactNode }) {
  const { flagged, flaggedOnly, onToggle, children } = props;
  const words = { ...useWords(flagWords), ...useWords(incidentWords) };
  const { openIncident } = useDeskActions();
  const may = useMay();
  return (
    <div className="wall-tools">
      <button type="button" className="button button-small" aria-pressed={flaggedOnly} data-testid="flagged-only" onClick={onToggle}>
        ⚑ {words.onlyFlagged} <span className="count">{flagged}</span>
      </button>
      {children}
      {may('alerts:open') && (
        <button type="button" className="button button-small" data-testid="phone-call" onClick={() => openIncident(null)}>
          ☎ {words.phoneCall} <kbd>B</kbd>
        </button>
      )}
    </div>
  );
}

/** On a picture, while it is pointed at: flag it, open an incident from it, and what else there is. */
export function TileActions({ cameraId, children }: { cameraId: string; children?: ReactNode }) {
  const words = { ...useWords(flagWords), ...useWords(incidentWords) };
  const { openIncident, flagCamera } = useDeskActions();
  const may = useMay();
  return (
    <div className="tile-actions">
      {children}
      {may('cameras:flag') && (
        <button type="button" className="button button-small" data-testid={`flag-button-${cameraId}`} onClick={() => flagCamera(cameraId)}>
          ⚑ {words.flag} <kbd>G</kbd>
        </button>
      )}
      {may('alerts:open') && (
        <button
          type="button"
          className="button button-small"
          data-testid={`incident-button-${cameraId}`}
          onClick={() => openIncident(cameraId)}
        >
          {words.open} <kbd>I</kbd>
        </button>
      )}
    </div>
  );
}
