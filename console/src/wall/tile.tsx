import { useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { SeverityIcon } from '../alerts/severity.js';
import type { CameraView, Severity } from '../api/types.js';
import { FlagMark } from '../flags/flag-mark.js';
import type { ShownFlag } from '../flags/flags.js';
import type { PictureView } from '../live/picture-session.js';
import { words as playbackWords } from '../playback/words.js';
import { useMay } from '../session/abilities.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { CameraPicture, PictureLabel } from './camera-picture.js';
import { TileActions } from './wall-tools.js';

/** True while the element is on the screen or about to be: cameras scrolled far away are not played. */
function useOnScreen(): [React.RefObject<HTMLDivElement | null>, boolean] {
  const element = useRef<HTMLDivElement>(null);
  const [onScreen, setOnScreen] = useState(false);
  useEffect(() => {
    if (!element.current) return;
    const watcher = new IntersectionObserver((entries) => setOnScreen(entries.some(({ isIntersecting }) => isIntersecting)), {
      rootMargin: '200px',
    });
    watcher.observe(element.current);
    return () => watcher.disconnect();
  }, []);
  return [element, onScreen];
}

/** One camera of the wall. Its border tells of alerts that nobody has acknowledged. */
export function Tile(props: {
  item: CameraView;
  place: number;
  showGeometry: boolean;
  newAlerts: number;
  worst: Severity | null;
  flags: ShownFlag[];
  /** Called when the pointer or the focus comes, or goes. */
  onPoint: (pointed: boolean) => void;
}) {
  const { item, place, showGeometry, newAlerts, worst, flags, onPoint } = props;
  const { camera } = item;
  const { text } = useText();
  const [view, setView] = useState<PictureView | null>(null);
  const [element, onScreen] = useOnScreen();
  const watches = useMay()('recording:watch');
  const playback = useWords(playbackWords);
  return (
    <article
      className={`tile${worst ? ` tile-alerting severity-${worst}` : ''}${flags.length > 0 ? ' tile-flagged' : ''}`}
      data-testid={`tile-${camera.id}`}
      data-label={view?.label ?? 'noPicture'}
      data-stale={view?.staleMs != null}
      data-flagged={flags.length > 0}
      onPointerEnter={() => onPoint(true)}
      onPointerLeave={() => onPoint(false)}
      onFocus={() => onPoint(true)}
      onBlur={() => onPoint(false)}
    >
      <Link href={`/cameras/${camera.id}`} className="tile-link" aria-label={text.openCamera(camera.name)}>
        <header className="tile-head">
          {place <= 9 && <kbd>{place}</kbd>}
          <span className="tile-name">{camera.name}</span>
          {worst && (
            <span className={`tile-alerts severity-${worst}`} title={text.newAlertsHere(newAlerts)}>
              <SeverityIcon severity={worst} size={12} /> {newAlerts}
            </span>
          )}
          <PictureLabel view={view} />
        </header>
        <div className="tile-body" ref={element}>
          {onScreen && <CameraPicture item={item} showGeometry={showGeometry} onView={setView} />}
          <FlagMark flags={flags} />
        </div>
      </Link>
      <TileActions cameraId={camera.id}>
        {watches && (
          <Link
            href={`/playback/${camera.id}`}
            className="button button-small"
            data-testid={`playback-${camera.id}`}
            aria-label={playback.ofCamera(camera.name)}
          >
            ↺ {playback.title}
          </Link>
        )}
      </TileActions>
    </article>
  );
}
