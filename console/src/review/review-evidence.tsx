import { useState } from 'react';
import { DerivedPicture } from '../alerts/derived-pictures.js';
import { EvidenceClips } from '../alerts/evidence-clips.js';
import { momentName } from '../alerts/moment-name.js';
import { evidenceUrl, OriginalsControl, OriginalsProvider, useOriginalsReason } from '../alerts/originals.js';
import { MarkedStill, StillThumb } from '../alerts/still.js';
import type { ReviewCase } from '../api/types.js';
import { useShortcuts } from '../shell/shortcuts.js';
import { preciseTime } from '../text/format.js';
import { useText } from '../text/language.js';
import { defineWords, useWords } from '../text/words.js';

const words = defineWords({
  vi: { purpose: (id: string) => `Xét duyệt vụ việc ${id}` },
  en: { purpose: (id: string) => `Review of case ${id}` },
});

/** The proof: every moment large, the vehicle marked, then a cut of it and the film. */
export function ReviewEvidence({ shown }: { shown: ReviewCase }) {
  return (
    <OriginalsProvider key={shown.id}>
      <Proof shown={shown} />
    </OriginalsProvider>
  );
}

function Proof({ shown }: { shown: ReviewCase }) {
  const { text, language, pick } = useText();
  const { purpose } = useWords(words);
  const reason = useOriginalsReason();
  const [marked, setMarked] = useState(true);
  useShortcuts({ m: () => setMarked((on) => !on) });
  const stills = [...shown.evidence].sort((a, b) => a.capturedAtMs - b.capturedAtMs);
  const closest = stills.reduce<(typeof stills)[number] | null>((best, still) => (areaOf(still) > areaOf(best) ? still : best), null);
  return (
    <section className="review-evidence" aria-label={text.pictures}>
      <OriginalsControl kind="violation" suggested={purpose(shown.id)} />
      <ul className="review-stills" data-count={stills.length}>
        {stills.map((still) => {
          const name = momentName(text, still.moment);
          return (
            <li key={still.moment}>
              <MarkedStill still={still} label={name} marked={marked} testId={`review-still-${still.moment}`} />
              <p className="review-caption">
                <strong>{name}</strong> <time>{preciseTime(still.capturedAtMs, language)}</time>{' '}
                {still.note && <span className="still-note">{pick(still.note)}</span>}
              </p>
            </li>
          );
        })}
        {closest?.box && (
          <li>
            {closest.crop ? (
              <img className="review-crop" src={evidenceUrl(closest.crop.url, reason)} alt={text.reviewCloseUp} />
            ) : (
              <StillThumb still={closest} label={text.reviewCloseUp} />
            )}
            <p className="review-caption">
              <strong>{text.reviewCloseUp}</strong>
            </p>
          </li>
        )}
      </ul>
      <DerivedPicture alert={shown} kind="overview" />
      <EvidenceClips alert={shown} />
    </section>
  );
}

function areaOf(still: ReviewCase['evidence'][number] | null): number {
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = still?.box ?? [];
  return (x2 - x1) * (y2 - y1);
}
