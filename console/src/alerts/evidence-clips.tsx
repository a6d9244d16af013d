import type { Alert } from '../api/types.js';
import { incidentWords } from '../incidents/incident-words.js';
import { preciseTime } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { earlierCamera } from './earlier-camera.js';
import { MaskedClip } from './masked-clip.js';
import { evidenceUrl, useOriginalsReason } from './originals.js';

/** Cases of the review are never opened by hand. */
type OpenedByHand = Partial<Pick<Alert, 'byHand'>>;

/** Failures of pictures and of clips come in one list; a clip's name says what it is. */
export function isClip(name: string): boolean {
  return name.startsWith('clip-');
}

/** The video around the alert's moments, masked, or with a reason as it was stored; nothing while there is none. */
export function EvidenceClips({ alert }: { alert: Pick<Alert, 'clips' | 'derivatives' | 'evidenceFailed'> & OpenedByHand }) {
  const { text, language } = useText();
  const reason = useOriginalsReason();
  const failed = alert.evidenceFailed.filter(({ moment }) => isClip(moment));
  if (alert.clips.length + failed.length === 0) return null;
  return (
    <section className="card evidence" aria-label={text.clips}>
      <header className="card-head">
        <h2>{text.clips}</h2>
      </header>
      <ul className="stills" data-count={alert.clips.length + failed.length}>
        {alert.clips.map((clip) => (
          <li key={clip.name}>
            <figure>
              {reason === null ? (
                <MaskedClip clip={clip} made={alert.derivatives.some(({ ofSha256 }) => ofSha256 === clip.sha256)} />
              ) : (
                <video
                  controls
                  muted
                  playsInline
                  preload="metadata"
                  src={evidenceUrl(clip.url, reason)}
                  width="100%"
                  data-testid={clip.name}
                />
              )}
              <figcaption title={`SHA-256 ${clip.sha256}`}>
                <time>{preciseTime(clip.fromMs, language)}</time> – <time>{preciseTime(clip.toMs, language)}</time>
                <EarlierCamera alert={alert} clip={clip.name} />
                {clip.masked && <span className="still-note">{text.clipMasked}</span>}
                {clip.gaps.length > 0 && <span className="still-note">{text.clipGaps(clip.gaps.length)}</span>}
              </figcaption>
            </figure>
          </li>
        ))}
        {failed.map(({ moment, reason }) => (
          <li key={moment} className="still-missing still-failed">
            <strong>✕ {text.clipFailed}</strong>
            <span className="code">{reason}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function EarlierCamera({ alert, clip }: { alert: OpenedByHand; clip: string }) {
  const { ofEarlierCamera } = useWords(incidentWords);
  const from = earlierCamera(alert, clip);
  return from === null ? null : <span className="still-note">{ofEarlierCamera(from)}</span>;
}
