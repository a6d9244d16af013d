import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, answerOf, api } from '../api/client.js';
import type { Clip } from '../api/types.js';
import { refusalOf } from '../refusals/refusal.js';
import { useText } from '../text/language.js';
import { defineWords, useWords } from '../text/words.js';

const words = defineWords({
  vi: {
    ask: 'Xem đoạn phim đã che',
    takes: 'Lần đầu xem, mặt người và biển số được che trong từng hình: mất vài phút.',
    waiting: (before: number) => (before === 0 ? 'Sắp bắt đầu che đoạn phim…' : `Đang chờ che: còn ${before} đoạn phim khác trước đó.`),
    making: (percent: number) => `Đang che từng hình: ${percent} %`,
    failed: 'Không tạo được bản che, nên không chiếu đoạn phim.',
    again: 'Thử lại',
  },
  en: {
    ask: 'Show the masked clip',
    takes: 'The first time, faces and plates are masked in every picture: that takes some minutes.',
    waiting: (before: number) =>
      before === 0 ? 'Masking begins in a moment…' : `Waiting to be masked: ${before} other clips come before it.`,
    making: (percent: number) => `Masking every picture: ${percent} %`,
    failed: 'The masked copy cannot be made, so the clip is not shown.',
    again: 'Try again',
  },
});

const ASK_AGAIN_MS = 2000;
/** What lies in the clip stays so. */
const FOR_GOOD = ['API_CLIP_UNREADABLE', 'API_CLIP_TOO_LONG'];

/** Last parts of a clip's address: `…/alerts/<alertId>/clips/<file>`. */
function partsOf(url: string): { alertId: string; file: string } {
  const [alertId = '', , file = ''] = url.split('/').slice(-3);
  return { alertId, file };
}

/** Plays the masked copy of a clip; before the first time it is asked for, and shown how far it is, or why it cannot be made. */
export function MaskedClip({ clip, made }: { clip: Clip; made: boolean }) {
  const text = useWords(words);
  const { language } = useText();
  const [asked, setAsked] = useState(false);
  const query = useQuery({
    queryKey: ['masked-clip', clip.url],
    queryFn: () => answerOf(api.POST('/api/v1/alerts/{alertId}/clips/{file}/masked', { params: { path: partsOf(clip.url) } })),
    enabled: asked && !made,
    retry: false,
    refetchInterval: ({ state: { data } }) => (data?.state === 'ready' || data?.state === 'failed' ? false : ASK_AGAIN_MS),
  });
  const { data, error } = query;
  if (made || data?.state === 'ready') {
    return <video controls muted playsInline preload="metadata" src={clip.url} width="100%" data-testid={clip.name} />;
  }
  const problem = error ?? (data?.state === 'failed' ? new ApiError(data.code ?? '', data.reason ?? '', 0) : null);
  if (problem !== null) {
    const { code, general } = refusalOf(problem, language);
    return (
      <div className="clip-unmade" role="alert" data-testid={`${clip.name}-failed`}>
        <strong>{text.failed}</strong>
        <span>{general}</span>
        <span className="code">{code}</span>
        {!FOR_GOOD.includes(code) && (
          <button type="button" className="button button-small" onClick={() => void query.refetch()}>
            {text.again}
          </button>
        )}
      </div>
    );
  }
  if (!asked) {
    return (
      <div className="clip-unmade">
        <button type="button" className="button" onClick={() => setAsked(true)} data-testid={`${clip.name}-ask`}>
          {text.ask}
        </button>
        <span>{text.takes}</span>
      </div>
    );
  }
  const percent = Math.round((data?.progress ?? 0) * 100);
  const told = data?.state === 'making' ? text.making(percent) : text.waiting(data?.before ?? 0);
  return (
    <div className="clip-unmade" data-testid={`${clip.name}-making`}>
      <span role="status">{told}</span>
      <progress max={100} value={percent} aria-label={told} />
    </div>
  );
}
