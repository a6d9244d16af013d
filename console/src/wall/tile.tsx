import { useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { SeverityIcon } from '../alerts/severity.js';
import type { CameraView, Severity } from '../api/types.js';
import type { PictureView } from '../live/picture-session.js';
import { words as playbackWords } from '../playback/words.js';
import { useMay } from '../session/abilities.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { CameraPicture, PictureLabel } from './camera-picture.js';

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
export function Tile(props: { item: CameraView; place: number; showGeometry: boolean; newAlerts: number; worst: Severity | null }) {
  const { item, place, showGeometry, newAlerts, worst } = props;
  const { camera } = item;
  const { text } = useText();
  const [view, setView] = useState<PictureView | null>(null);
  const [element, onScreen] = useOnScreen();
  const watches = useMay()('recording:watch');
  const playback = useWords(playbackWords);
  return (
    <article
      className={`tile${worst ? ` tile-alerting severity-${worst}` : ''}`}
      data-testid={`tile-${camera.id}`}
      data-label={view?.label ?? 'noPicture'}
      data-stale={view?.staleMs != null}
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
        </div>
      </Link>
      {watches && (
        <Link
          href={`/playback/${camera.id}`}
          className="tile-playback"
          data-testid={`playback-${camera.id}`}
          aria-label={playback.ofCamera(camera.name)}
        >
          ↺ {playback.title}
        </Link>
      )}
    </article>
  );
}
