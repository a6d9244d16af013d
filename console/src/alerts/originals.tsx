import { createContext, type FormEvent, type ReactNode, useContext, useState } from 'react';
import type { Alert } from '../api/types.js';
import { useMay } from '../session/abilities.js';
import { defineWords, useWords } from '../text/words.js';

const words = defineWords({
  vi: {
    masked: 'Mặt người và biển số của người khác đã được che.',
    show: 'Xem bản gốc…',
    reason: 'Lý do xem bản gốc (ghi vào nhật ký)',
    confirm: 'Xem bản gốc',
    showing: (reason: string) => `Đang xem bản gốc: ${reason}`,
    hide: 'Che lại',
    noRight: 'Vai trò của anh/chị chỉ xem được bản đã che.',
  },
  en: {
    masked: 'Faces and plates of others are masked.',
    show: 'Show the originals…',
    reason: 'Why the originals are needed (recorded)',
    confirm: 'Show the originals',
    showing: (reason: string) => `Originals shown: ${reason}`,
    hide: 'Mask again',
    noRight: 'Your role sees the masked copies only.',
  },
});

interface Originals {
  /** Why the originals are shown; null: the masked copies are. */
  reason: string | null;
  setReason: (reason: string | null) => void;
}

const Context = createContext<Originals>({ reason: null, setReason: () => undefined });

/** One decision for all the evidence inside: masked, or as it was stored and why. */
export function OriginalsProvider({ children }: { children: ReactNode }) {
  const [reason, setReason] = useState<string | null>(null);
  return <Context.Provider value={{ reason, setReason }}>{children}</Context.Provider>;
}

/** The reason for which the originals are shown, or null. */
export const useOriginalsReason = (): string | null => useContext(Context).reason;

/** Whether the server will show the originals of such an alert: those of a violation to who reviews or checks it alone. */
export function useMayShowOriginals(kind: Alert['kind']): boolean {
  const may = useMay();
  return may('evidence:original') && (kind !== 'violation' || may('review:work') || may('review:read'));
}

/** Address of a piece of evidence: the masked copy, or with a reason the original. */
export function evidenceUrl(url: string, reason: string | null): string {
  return reason === null ? url : `${url}?reason=${encodeURIComponent(reason)}`;
}

/** Says what is shown, and asks for a reason before the originals are. @param suggested a reason that one press gives */
export function OriginalsControl({ kind, suggested }: { kind: Alert['kind']; suggested?: string }) {
  const text = useWords(words);
  const mayShow = useMayShowOriginals(kind);
  const { reason, setReason } = useContext(Context);
  const [asking, setAsking] = useState(false);
  const [typed, setTyped] = useState('');
  if (!mayShow) return <p className="originals hint">{`${text.masked} ${text.noRight}`}</p>;
  if (reason !== null) {
    return (
      <p className="originals originals-shown" data-testid="originals-shown">
        <strong>{text.showing(reason)}</strong>
        <button type="button" className="button button-small" onClick={() => setReason(null)}>
          {text.hide}
        </button>
      </p>
    );
  }
  const send = (event: FormEvent) => {
    event.preventDefault();
    setReason(typed.trim());
    setAsking(false);
  };
  if (!asking) {
    return (
      <p className="originals hint">
        {text.masked}
        <button
          type="button"
          className="button button-small"
          data-testid="originals-ask"
          onClick={() => (suggested === undefined ? setAsking(true) : setReason(suggested))}
        >
          {text.show}
        </button>
      </p>
    );
  }
  return (
    <form className="originals" onSubmit={send}>
      <label className="field">
        {text.reason}
        {/* biome-ignore lint/a11y/noAutofocus: the field was asked for by the press before */}
        <input value={typed} maxLength={500} autoFocus data-testid="originals-reason" onChange={(event) => setTyped(event.target.value)} />
      </label>
      <button type="submit" className="button button-small" data-testid="originals-show" disabled={typed.trim().length < 3}>
        {text.confirm}
      </button>
    </form>
  );
}
