import { useState } from 'react';
import type { Alert, Still } from '../api/types.js';
import { incidentWords } from '../incidents/incident-words.js';
import { useShortcuts } from '../shell/shortcuts.js';
import { preciseTime } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { DerivedPicture } from './derived-pictures.js';
import { earlierCamera } from './earlier-camera.js';
import { isClip } from './evidence-clips.js';
import { momentName } from './moment-name.js';
import { evidenceUrl, OriginalsControl, useOriginalsReason } from './originals.js';
import { MarkedStill } from './still.js';
import { StillViewer } from './still-viewer.js';

/** The evidence side by side, in the order of time; a picture that could not be cut says so in its place. */
export function EvidenceStills({ alert }: { alert: Alert }) {
  const { text } = useText();
  const words = useWords(incidentWords);
  const [marked, setMarked] = useState(true);
  const [enlarged, setEnlarged] = useState<number | null>(null);
  // What comes from a camera that was named by mistake stands last.
  const misnamed = (still: Still) => Number(earlierCamera(alert, still.moment) !== null);
  const stills = [...alert.evidence].sort((a, b) => misnamed(a) - misnamed(b) || a.capturedAtMs - b.capturedAtMs);
  const failed = alert.evidenceFailed.filter(({ moment }) => !isClip(moment));
  const expected = new Set([...alert.findings.flatMap(({ moments }) => moments.map(({ name }) => name)), ...(alert.byHand?.moments ?? [])]);
  const pending = [...expected].filter((name) => ![...alert.evidence, ...alert.evidenceFailed].some((one) => one.moment === name));
  useShortcuts({ m: () => setMarked((on) => !on) });
  return (
    <section className="card evidence" aria-label={text.pictures}>
      <header className="card-head">
        <h2>{text.pictures}</h2>
        {stills.length > 0 && (
          <button type="button" className="button button-small" aria-pressed={marked} onClick={() => setMarked((on) => !on)}>
            {text.markSubject} <kbd>M</kbd>
          </button>
        )}
      </header>
      {stills.length + alert.clips.length > 0 && <OriginalsControl kind={alert.kind} />}
      {stills.length + pending.length + failed.length === 0 && (
        <p className="hint">{alert.cameraId === null ? words.noCameraNoPictures : text.pictureMissing}</p>
      )}
      <ul className="stills" data-count={stills.length + pending.length + failed.length}>
        {stills.map((still, index) => (
          <li key={still.moment}>
            <StillFigure still={still} from={earlierCamera(alert, still.moment)} marked={marked} onEnlarge={() => setEnlarged(index)} />
          </li>
        ))}
        {pending.map((name) => (
          <li key={name} className="still-missing">
            <strong>{momentName(text, name)}</strong>
            {text.pictureComing}
          </li>
        ))}
        {failed.map(({ moment, reason }) => (
          <li key={moment} className="still-missing still-failed" data-testid={`still-failed-${moment}`}>
            <strong>✕ {text.pictureFailed(momentName(text, moment))}</strong>
            <span className="code">{reason}</span>
          </li>
        ))}
      </ul>
      <DerivedPicture alert={alert} kind="plate" />
      <DerivedPicture alert={alert} kind="overview" />
      {enlarged !== null && <StillViewer stills={stills} start={enlarged} onLeave={() => setEnlarged(null)} />}
    </section>
  );
}

function StillFigure(props: { still: Still; from: string | null; marked: boolean; onEnlarge: () => void }) {
  const { still, from, marked, onEnlarge } = props;
  const { text, language, pick } = useText();
  const words = useWords(incidentWords);
  const name = momentName(text, still.moment);
  const reason = useOriginalsReason();
  const cropUrl = still.crop && evidenceUrl(still.crop.url, reason);
  return (
    <figure>
      <button type="button" className="still-button" onClick={onEnlarge} aria-label={text.enlarge(name)}>
        <MarkedStill still={still} label={name} marked={marked} testId={`still-${still.moment}`} />
      </button>
      {still.crop && cropUrl && (
        <a className="still-crop" href={cropUrl} target="_blank" rel="noreferrer" title={`SHA-256 ${still.crop.sha256}`}>
          <img src={cropUrl} alt={text.crop(name)} loading="lazy" data-testid={`crop-${still.moment}`} />
        </a>
      )}
      <figcaption>
        <strong>{name}</strong>
        <time>{preciseTime(still.capturedAtMs, language)}</time>
        {from !== null && <span className="still-note">{words.ofEarlierCamera(from)}</span>}
        {still.note && <span className="still-note">{pick(still.note)}</span>}
        <span className="still-size" title={`SHA-256 ${still.sha256}`}>
          {still.widthPx}×{still.heightPx}
        </span>
      </figcaption>
    </figure>
  );
}
