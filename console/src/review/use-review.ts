import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, answerOf, api } from '../api/client.js';
import type { RejectReason, ReviewCase } from '../api/types.js';

/** The case in front and the one after it. */
const HELD = 2;
const ASK_AGAIN_MS = 5000;
const RENEW_EVERY_MS = 20_000;

/** What a reviewer says. */
export type Verdict =
  | { action: 'confirm'; plate?: string; provisionId?: string }
  | { action: 'reject'; reasonCode: RejectReason }
  | { action: 'send-back'; comment: string };

export interface Review {
  current: ReviewCase | null;
  loaded: boolean;
  /** Where the decided case stands; null while it is open. */
  decided: string | null;
  /** Why the decision was refused. */
  problem: ApiError | null;
  /** Why no case could be taken. */
  queueProblem: ApiError | null;
  busy: boolean;
  decidedAtMs: number[];
  decide(verdict: Verdict): Promise<void>;
  next(): void;
}

/** The pictures are in the browser's cache before the case comes in front. */
function preload({ evidence }: ReviewCase): void {
  for (const { url, crop } of evidence) {
    new Image().src = url;
    if (crop) new Image().src = crop.url;
  }
}

async function send(caseId: string, verdict: Verdict): Promise<string> {
  const params = { path: { caseId } };
  const { action, ...body } = verdict;
  if (action === 'confirm') return (await answerOf(api.POST('/api/v1/review/cases/{caseId}/confirm', { params, body }))).state;
  if (action === 'reject') {
    const { reasonCode } = verdict;
    return (await answerOf(api.POST('/api/v1/review/cases/{caseId}/reject', { params, body: { reasonCode } }))).state;
  }
  return (await answerOf(api.POST('/api/v1/review/cases/{caseId}/send-back', { params, body: { comment: verdict.comment } }))).state;
}

/** Keeps a case in front and the next one ready. `escalated`: what was sent to shift leads. */
export function useReview(escalated: boolean): Review {
  const [cases, setCases] = useState<ReviewCase[]>([]);
  const [loaded, setLoaded] = useState(false);
  const [decided, setDecided] = useState<string | null>(null);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const [queueProblem, setQueueProblem] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const [decidedAtMs, setDecidedAtMs] = useState<number[]>([]);
  const filling = useRef(false);

  const fill = useCallback(
    async (held: number) => {
      if (filling.current || held >= HELD) return;
      filling.current = true;
      try {
        const { case: taken } = await answerOf(api.POST('/api/v1/review/claims', { body: { escalated } }));
        if (taken) {
          preload(taken);
          setCases((now) => [...now, taken]);
        }
        setQueueProblem(null);
      } catch (error) {
        if (error instanceof ApiError) setQueueProblem(error);
      } finally {
        filling.current = false;
        setLoaded(true);
      }
    },
    [escalated],
  );

  useEffect(() => {
    let gone = false;
    answerOf(api.GET('/api/v1/review/claims'))
      .then(({ cases: held }) => {
        const mine = held.filter(({ stage }) => (stage === 'escalated') === escalated);
        for (const one of mine) preload(one);
        if (!gone) setCases(mine);
        if (mine.length > 0) setLoaded(true);
        return fill(mine.length);
      })
      .catch((error: unknown) => error instanceof ApiError && setQueueProblem(error));
    return () => {
      gone = true;
    };
  }, [escalated, fill]);

  useEffect(() => {
    if (!loaded || cases.length >= HELD) return;
    if (cases.length > 0) void fill(cases.length);
    const timer = setInterval(() => void fill(cases.length), ASK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [cases.length, loaded, fill]);

  useEffect(() => {
    const ids = cases.slice(decided === null ? 0 : 1).map(({ id }) => id);
    const renew = async (caseId: string) => {
      try {
        await answerOf(api.POST('/api/v1/review/cases/{caseId}/renew', { params: { path: { caseId } } }));
      } catch (error) {
        // Somebody else has it by now: it must not stay on this screen.
        if (error instanceof ApiError && error.status === 409) setCases((now) => now.filter(({ id }) => id !== caseId));
      }
    };
    const timer = setInterval(() => ids.forEach((id) => void renew(id)), RENEW_EVERY_MS);
    return () => clearInterval(timer);
  }, [cases, decided]);

  const current = cases[0] ?? null;
  async function decide(verdict: Verdict): Promise<void> {
    if (!current || busy || decided !== null) return;
    setBusy(true);
    try {
      setDecided(await send(current.id, verdict));
      setDecidedAtMs((times) => [...times, Date.now()]);
      setProblem(null);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error);
      if (error.code === 'API_REVIEW_NOT_HELD') setCases((now) => now.slice(1));
    } finally {
      setBusy(false);
    }
  }
  function next(): void {
    if (decided === null) return;
    setDecided(null);
    setProblem(null);
    setCases((now) => now.slice(1));
  }
  return { current, loaded, decided, problem, queueProblem, busy, decidedAtMs, decide, next };
}
