import { useEffect, useRef, useState } from 'react';
import { ApiError, answerOf, api } from '../api/client.js';
import type { Alert } from '../api/types.js';
import { Refused } from '../refusals/refused.js';
import { useMay } from '../session/abilities.js';
import { useText } from '../text/language.js';
import { defineWords, useWords } from '../text/words.js';
import { useMayShowOriginals } from './originals.js';

const words = defineWords({
  vi: {
    unmasked: 'Kèm bản gốc chưa che (cho toà án, cơ quan điều tra)',
    masking: 'Đang che đoạn phim của hồ sơ: mất vài phút, hồ sơ sẽ tự tải về khi xong.',
  },
  en: {
    unmasked: 'With the unmasked originals (for courts and investigators)',
    masking: 'The clip of the dossier is being masked: that takes some minutes, then the dossier is downloaded.',
  },
});

const ASK_AGAIN_MS = 3000;

function save(bytes: Blob, name: string): void {
  const url = URL.createObjectURL(bytes);
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
}

/** Takes the case out as one zip that can be checked offline; the reason stands in it and in the audit log. */
export function DossierExport({ alert }: { alert: Alert }) {
  const { text } = useText();
  const exportsEvidence = useMay()('evidence:export');
  const showsOriginals = useMayShowOriginals(alert.kind);
  const { unmasked: unmaskedLabel, masking } = useWords(words);
  const [reason, setReason] = useState('');
  const [unmasked, setUnmasked] = useState(false);
  const [state, setState] = useState<'ready' | 'busy' | 'masking' | ApiError>('ready');
  const again = useRef<ReturnType<typeof setTimeout>>(undefined);
  const left = useRef(false);
  useEffect(() => {
    left.current = false;
    return () => {
      left.current = true;
      clearTimeout(again.current);
    };
  }, []);
  if (!exportsEvidence) return null;
  const take = async () => {
    setState((before) => (before === 'masking' ? before : 'busy'));
    try {
      const call = api.POST('/api/v1/alerts/{alertId}/dossier', {
        params: { path: { alertId: alert.id } },
        body: { reason: reason.trim(), unmasked },
        parseAs: 'blob',
      });
      save((await answerOf<unknown>(call)) as Blob, `safecity-${alert.id}.zip`);
      setState('ready');
    } catch (error) {
      if (error instanceof ApiError && error.code === 'API_CLIP_MASK_PENDING') {
        setState('masking');
        if (!left.current) again.current = setTimeout(() => void take(), ASK_AGAIN_MS);
        return;
      }
      setState(error instanceof ApiError ? error : new ApiError('CONSOLE_UNREACHABLE', '', 0));
    }
  };
  return (
    <section className="card">
      <h2>{text.dossier}</h2>
      <label className="field">
        {text.dossierReason}
        <input value={reason} maxLength={500} data-testid="dossier-reason" onChange={(event) => setReason(event.target.value)} />
      </label>
      {showsOriginals && (
        <label className="check">
          <input
            type="checkbox"
            checked={unmasked}
            data-testid="dossier-unmasked"
            onChange={(event) => setUnmasked(event.target.checked)}
          />
          {unmaskedLabel}
        </label>
      )}
      <button
        type="button"
        className="button"
        data-testid="dossier-export"
        disabled={reason.trim().length < 3 || state === 'busy' || state === 'masking'}
        onClick={() => void take()}
      >
        {state === 'busy' ? text.loading : text.dossierExport}
      </button>
      {state === 'masking' && <p role="status">{masking}</p>}
      <Refused error={state instanceof ApiError ? state : null} />
      <p className="hint">{text.dossierHint}</p>
    </section>
  );
}
