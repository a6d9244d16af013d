import { useState } from 'react';
import type { Alert, Still } from '../api/types.js';
import { useText } from '../text/language.js';
import { evidenceUrl, useOriginalsReason } from './originals.js';
import { cropAround } from './still-crop.js';

const THUMB_ASPECT = 16 / 9;

/** The still that the server names to stand for the alert. */
export const listedStill = ({ evidence, listedStill: moment }: Alert): Still | undefined =>
  evidence.find((still) => still.moment === moment);

/** The mark around the subject, over a picture that itself stays untouched. */
function SubjectMark({ box }: { box: NonNullable<Still['box']> }) {
  const [x1 = 0, y1 = 0, x2 = 1, y2 = 1] = box;
  const rect = { x: x1, y: y1, width: Math.max(0, x2 - x1), height: Math.max(0, y2 - y1) };
  return (
    <svg className="subject-mark" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
      <rect className="subject-mark-shade" {...rect} />
      <rect className="subject-mark-line" {...rect} />
    </svg>
  );
}

/** The whole still, the subject marked when asked for. */
export function MarkedStill(props: { still: Still; label: string; marked: boolean; testId?: string }) {
  const { still, label, marked, testId } = props;
  const reason = useOriginalsReason();
  return (
    <span className="still" style={{ aspectRatio: `${still.widthPx} / ${still.heightPx}` }}>
      <img src={evidenceUrl(still.url, reason)} alt={label} data-testid={testId} />
      {marked && still.box && <SubjectMark box={still.box} />}
    </span>
  );
}

/** A small cut of the still around the subject. The first look may wait until faces and plates of others are hidden. */
export function StillThumb({ still, label }: { still: Still; label: string }) {
  const { text } = useText();
  const [shown, show] = useState(false);
  const window = cropAround(still.box, still, THUMB_ASPECT);
  const share = (value: number) => `${value * 100}%`;
  const place = {
    width: share(1 / window.width),
    height: share(1 / window.height),
    left: share(-window.x / window.width),
    top: share(-window.y / window.height),
  };
  return (
    <span className="thumb">
      <span className="thumb-picture" style={place}>
        <img src={still.url} alt={label} loading="lazy" decoding="async" onLoad={() => show(true)} />
        {shown && still.box && <SubjectMark box={still.box} />}
      </span>
      {!shown && <span className="thumb-empty thumb-waits">{text.pictureComing}</span>}
    </span>
  );
}
