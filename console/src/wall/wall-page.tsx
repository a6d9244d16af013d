import { useEffect, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useAlertDesk } from '../alerts/alert-desk.js';
import { useCameras } from '../api/queries.js';
import type { Alert, Severity } from '../api/types.js';
import { useDeskActions } from '../desk/desk-actions.js';
import { flagWords } from '../flags/flag-words.js';
import { flaggedFirst, type ShownFlag } from '../flags/flags.js';
import { useFlaggedOnly, useFlags } from '../flags/use-flags.js';
import { useMay } from '../session/abilities.js';
import { useShortcuts } from '../shell/shortcuts.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { wallGrid } from './grid.js';
import { GroupFilter, useWallGroup } from './group-filter.js';
import { Tile } from './tile.js';
import { useGeometryShown } from './use-geometry-shown.js';
import { WallTools } from './wall-tools.js';

const NO_FLAGS: ShownFlag[] = [];
const GAP_PX = 6;
const STRIP_PX = 28;
const GRAVEST_FIRST: Severity[] = ['critical', 'high', 'medium', 'low'];

/** Alerts that nobody has acknowledged, by camera; without those that must not interrupt. */
function newAlertsByCamera(alerts: readonly Alert[], gathered: ReadonlySet<string>): Map<string, { count: number; worst: Severity }> {
  const byCamera = new Map<string, { count: number; worst: Severity }>();
  for (const { id, cameraId, severity, state } of alerts) {
    if (cameraId === null || state !== 'new' || gathered.has(id)) continue;
    const known = byCamera.get(cameraId);
    const worst = known && GRAVEST_FIRST.indexOf(known.worst) <= GRAVEST_FIRST.indexOf(severity) ? known.worst : severity;
    byCamera.set(cameraId, { count: (known?.count ?? 0) + 1, worst });
  }
  return byCamera;
}

function useSize(): [React.RefObject<HTMLDivElement | null>, { widthPx: number; heightPx: number }] {
  const element = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ widthPx: 0, heightPx: 0 });
  useEffect(() => {
    if (!element.current) return;
    const watcher = new ResizeObserver(([entry]) => {
      if (entry) setSize({ widthPx: entry.contentRect.width, heightPx: entry.contentRect.height });
    });
    watcher.observe(element.current);
    return () => watcher.disconnect();
  }, []);
  return [element, size];
}

/** The wall: every camera at once, as large as the screen allows. */
export function WallPage() {
  const { text } = useText();
  const [, navigate] = useLocation();
  const { cameras: all, loaded, failed } = useCameras();
  const { shown, ...filter } = useWallGroup(all);
  const flags = useFlags();
  const [flaggedOnly, toggleFlaggedOnly] = useFlaggedOnly();
  const cameras = flaggedFirst(shown, flags).filter(({ camera }) => !flaggedOnly || flags.has(camera.id));
  const { openIncident, flagCamera } = useDeskActions();
  const pointed = useRef<string | null>(null);
  const { alerts, gathered } = useAlertDesk();
  const addsCameras = useMay()('cameras:write');
  const [showGeometry, toggleGeometry] = useGeometryShown(false);
  const [element, size] = useSize();
  const grid = wallGrid({ count: cameras.length, ...size, gapPx: GAP_PX, stripPx: STRIP_PX });
  const waiting = newAlertsByCamera(alerts, gathered);
  const byNumber = cameras.slice(0, 9).map(({ camera }, index) => [String(index + 1), () => navigate(`/cameras/${camera.id}`)] as const);
  useShortcuts({
    z: toggleGeometry,
    g: () => pointed.current !== null && flagCamera(pointed.current),
    i: () => openIncident(pointed.current),
    b: () => openIncident(null),
    ...Object.fromEntries(byNumber),
  });
  const point = (cameraId: string, isPointed: boolean) => {
    if (isPointed) pointed.current = cameraId;
    else if (pointed.current === cameraId) pointed.current = null;
  };
  return (
    <div className="wall-frame">
      <h1 className="visually-hidden">{text.wall}</h1>
      <WallTools flagged={flags.size} flaggedOnly={flaggedOnly} onToggle={toggleFlaggedOnly}>
        <GroupFilter {...filter} />
      </WallTools>
      <div className="wall" ref={element}>
        {size.widthPx > 0 && cameras.length > 0 && (
          <div className="wall-grid" style={{ gridTemplateColumns: `repeat(${grid.columns}, ${grid.tileWidthPx}px)`, gap: GAP_PX }}>
            {cameras.map((item, index) => {
              const mine = waiting.get(item.camera.id);
              return (
                <Tile
                  key={item.camera.id}
                  item={item}
                  place={index + 1}
                  showGeometry={showGeometry}
                  newAlerts={mine?.count ?? 0}
                  worst={mine?.worst ?? null}
                  flags={flags.get(item.camera.id) ?? NO_FLAGS}
                  onPoint={(isPointed) => point(item.camera.id, isPointed)}
                />
              );
            })}
          </div>
        )}
        {loaded && all.length > 0 && cameras.length === 0 && <NoneFlagged />}
        {loaded && all.length === 0 && (
          <div className="page-note">
            <strong>{text.noCameras}</strong>
            {addsCameras && (
              <>
                <p>{text.noCamerasExplained}</p>
                <Link href="/add-camera" className="button button-primary">
                  {text.addCamera}
                </Link>
              </>
            )}
          </div>
        )}
        {!loaded && <p className="page-note">{failed ? text.unreachable : text.loading}</p>}
      </div>
    </div>
  );
}

function NoneFlagged() {
  const words = useWords(flagWords);
  return (
    <div className="page-note" data-testid="none-flagged">
      <strong>{words.noneFlagged}</strong>
      <p>{words.noneFlaggedExplained}</p>
    </div>
  );
}
