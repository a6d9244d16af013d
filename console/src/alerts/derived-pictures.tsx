import type { Alert } from '../api/types.js';
import { defineWords, useWords } from '../text/words.js';

const words = defineWords({
  vi: { overview: 'Toàn cảnh: đường đi và hình học của quy tắc', plate: 'Biển số, cắt từ ảnh gốc' },
  en: { overview: 'Overview: the track and the geometry of the rule', plate: 'Plate, cut from the original' },
});

/** Files made from the evidence once, each with a hash of its own; nothing while there is none. */
export function DerivedPicture({ alert, kind }: { alert: Pick<Alert, 'derivatives'>; kind: 'overview' | 'plate' }) {
  const text = useWords(words);
  const found = alert.derivatives.find((derivative) => derivative.kind === kind);
  if (!found) return null;
  return (
    <figure className={`derived derived-${kind}`}>
      <a href={found.url} target="_blank" rel="noreferrer" title={`SHA-256 ${found.sha256}`}>
        <img src={found.url} alt={text[kind]} loading="lazy" data-testid={`derived-${kind}`} />
      </a>
      <figcaption>{text[kind]}</figcaption>
    </figure>
  );
}
