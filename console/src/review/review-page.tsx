import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { DerivedPicture } from '../alerts/derived-pictures.js';
import { answerOf, api } from '../api/client.js';
import type { ReviewCase } from '../api/types.js';
import { Refused, useRefusal } from '../refusals/refused.js';
import { useMay } from '../session/abilities.js';
import { useMeta } from '../session/meta.js';
import { useShortcuts } from '../shell/shortcuts.js';
import { useNowMs } from '../shell/ticking.js';
import { useText } from '../text/language.js';
import { PlateField } from './plate-field.js';
import { ReviewEvidence } from './review-evidence.js';
import { ReviewBars, ReviewFacts, ReviewLaw } from './review-facts.js';
import { rateOf } from './review-rate.js';
import { type Review, useReview } from './use-review.js';
import { RejectDialog, SendBackDialog } from './verdict-dialogs.js';

/** One violation at a time, decided from the keyboard. */
export function ReviewPage() {
  const { text } = useText();
  const [escalated, setEscalated] = useState(false);
  const leadsReview = useMay()('review:lead');
  const review = useReview(escalated);
  const { general: queueProblem } = useRefusal(review.queueProblem);
  return (
    <div className="review" data-testid="review">
      <header className="review-head">
        <h1 className="visually-hidden">{text.reviewTitle}</h1>
        <Progress review={review} />
        {leadsReview && (
          <button type="button" className="button button-small" aria-pressed={escalated} onClick={() => setEscalated((on) => !on)}>
            {text.reviewEscalated}
          </button>
        )}
      </header>
      {review.current ? (
        <CaseDesk key={review.current.id} review={review} shown={review.current} />
      ) : (
        <p className="page-note" data-testid="review-empty">
          {queueProblem ?? (review.loaded ? text.reviewEmpty : text.loading)}
        </p>
      )}
    </div>
  );
}

const QUEUE_EVERY_MS = 30_000;

function Progress({ review }: { review: Review }) {
  const { text } = useText();
  const nowMs = useNowMs();
  const [sinceMs] = useState(() => Date.now());
  const { data } = useQuery({
    queryKey: ['review-queue'],
    queryFn: () => answerOf(api.GET('/api/v1/review/queue')),
    refetchInterval: QUEUE_EVERY_MS,
  });
  const { decided, perHour } = rateOf(review.decidedAtMs, sinceMs, nowMs);
  return (
    <p className="review-progress">
      <span>{text.reviewWaiting(data?.waiting ?? 0)}</span>
      <span data-testid="review-rate">{text.reviewDecided(decided)}</span>
      {perHour !== null && <span>{text.reviewPerHour(perHour)}</span>}
    </p>
  );
}

function CaseDesk({ review, shown }: { review: Review; shown: ReviewCase }) {
  const { text, pick } = useText();
  const { ruleTypes } = useMeta();
  const [asking, setAsking] = useState<'reject' | 'send-back' | null>(null);
  const [typed, setTyped] = useState('');
  const [chosenId, setChosenId] = useState(shown.law.chosenId);
  const field = useRef<HTMLInputElement>(null);
  const confirm = () =>
    void review.decide({
      action: 'confirm',
      ...(typed.trim() ? { plate: typed.trim() } : {}),
      ...(chosenId === null ? {} : { provisionId: chosenId }),
    });
  const open = review.decided === null;
  useShortcuts({
    c: () => open && confirm(),
    r: () => open && setAsking('reject'),
    s: () => open && setAsking('send-back'),
    p: () => field.current?.focus(),
    l: () => document.getElementById('review-law')?.focus(),
    enter: () => review.next(),
  });
  // The keys of the page must work at once, whatever had the focus in the case before.
  useEffect(() => (document.activeElement as HTMLElement | null)?.blur(), []);
  const type = ruleTypes.find(({ id }) => id === shown.type);
  return (
    <article className="review-case" data-testid="review-case" data-case-id={shown.id}>
      <ReviewEvidence shown={shown} />
      <aside className="review-side">
        <h1>
          {type ? pick(type.name) : shown.type} {shown.stage === 'second' && <span className="chip">{text.reviewSecond}</span>}
        </h1>
        <ReviewBars shown={shown} />
        <DerivedPicture alert={shown} kind="plate" />
        <PlateField
          plate={shown.plate}
          typed={typed}
          field={field}
          onType={setTyped}
          onDone={() => {
            field.current?.blur();
            if (open) confirm();
          }}
        />
        <ReviewLaw shown={shown} chosenId={chosenId} onChoose={setChosenId} />
        <ReviewFacts shown={shown} />
        <Earlier shown={shown} />
      </aside>
      <Verdicts review={review} shown={shown} onConfirm={confirm} onAsk={setAsking} />
      {asking === 'reject' && (
        <RejectDialog
          onLeave={() => setAsking(null)}
          onChoose={(reasonCode) => {
            setAsking(null);
            void review.decide({ action: 'reject', reasonCode });
          }}
        />
      )}
      {asking === 'send-back' && (
        <SendBackDialog
          onLeave={() => setAsking(null)}
          onSend={(comment) => {
            setAsking(null);
            void review.decide({ action: 'send-back', comment });
          }}
        />
      )}
    </article>
  );
}

/** What the reviewers before said; the server tells it to shift leads alone. */
function Earlier({ shown }: { shown: ReviewCase }) {
  const { text } = useText();
  if (shown.decisions.length === 0) return null;
  return (
    <section className="card">
      <h2>{text.history}</h2>
      <ul className="lines">
        {shown.decisions.map((decision) => (
          <li key={decision.atMs}>
            <span>
              {decision.reviewer}: {text.reviewActions[decision.action]} {decision.plate} {decision.comment}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Verdicts(props: { review: Review; shown: ReviewCase; onConfirm: () => void; onAsk: (what: 'reject' | 'send-back') => void }) {
  const { text } = useText();
  const { review, shown } = props;
  const barred = shown.bars.some(({ mendable }) => !mendable);
  if (review.decided !== null) {
    return (
      <footer className="review-verdicts" data-testid="review-decided" data-state={review.decided}>
        <strong>{text.caseStates[review.decided] ?? review.decided}</strong>
        <button type="button" className="button" data-testid="review-next" onClick={review.next}>
          {text.reviewNext} <kbd>↵</kbd>
        </button>
      </footer>
    );
  }
  return (
    <footer className="review-verdicts">
      <Refused error={review.problem} silent={text.reviewSilent} />
      <button type="button" className="button" data-testid="review-confirm" disabled={barred || review.busy} onClick={props.onConfirm}>
        {text.reviewConfirm} <kbd>C</kbd>
      </button>
      <button type="button" className="button" data-testid="review-reject" disabled={review.busy} onClick={() => props.onAsk('reject')}>
        {text.reviewReject} <kbd>R</kbd>
      </button>
      <button
        type="button"
        className="button"
        data-testid="review-send-back"
        disabled={review.busy}
        onClick={() => props.onAsk('send-back')}
      >
        {text.reviewSendBack} <kbd>S</kbd>
      </button>
    </footer>
  );
}
