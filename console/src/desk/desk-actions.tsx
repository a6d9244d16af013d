import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';
import { FlagDialog } from '../flags/flag-dialog.js';
import { OpenIncidentDialog } from '../incidents/open-incident-dialog.js';
import { useMay } from '../session/abilities.js';

interface DeskActions {
  /** Asks what happened; null: no camera sees it. Does nothing for whoever may not open incidents. */
  openIncident: (cameraId: string | null) => void;
  /** Asks why a camera is to be watched. Does nothing for whoever may not flag cameras. */
  flagCamera: (cameraId: string) => void;
}

type Asked = { what: 'incident'; cameraId: string | null } | { what: 'flag'; cameraId: string };

const DeskContext = createContext<DeskActions | null>(null);

/** What can be done from every page of the desk. */
export function useDeskActions(): DeskActions {
  const actions = useContext(DeskContext);
  if (!actions) throw new Error('useDeskActions needs a DeskActionsProvider above it');
  return actions;
}

/** Holds the dialogs that any page may open. */
export function DeskActionsProvider({ children }: { children: ReactNode }) {
  const may = useMay();
  const [opens, flags] = [may('alerts:open'), may('cameras:flag')];
  const [asked, setAsked] = useState<Asked | null>(null);
  const actions = useMemo<DeskActions>(
    () => ({
      openIncident: (cameraId) => opens && setAsked({ what: 'incident', cameraId }),
      flagCamera: (cameraId) => flags && setAsked({ what: 'flag', cameraId }),
    }),
    [opens, flags],
  );
  const leave = () => setAsked(null);
  return (
    <DeskContext value={actions}>
      {children}
      {asked?.what === 'incident' && <OpenIncidentDialog cameraId={asked.cameraId} onLeave={leave} />}
      {asked?.what === 'flag' && <FlagDialog cameraId={asked.cameraId} onLeave={leave} />}
    </DeskContext>
  );
}
