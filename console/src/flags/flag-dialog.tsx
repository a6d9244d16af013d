import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { answerOf, api } from '../api/client.js';
import { useCameras } from '../api/queries.js';
import { serverClock } from '../api/server-clock.js';
import { Field } from '../camera/field.js';
import { fromLocalInput, toLocalInput } from '../desk/local-time.js';
import { fieldIn } from '../refusals/refusal.js';
import { useRefusal } from '../refusals/refused.js';
import { Dialog } from '../shell/dialog.js';
import { useNowMs } from '../shell/ticking.js';
import { moment } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { useFlagLine } from './flag-mark.js';
import { flagWords } from './flag-words.js';
import { useFlagList, useFlags } from './use-flags.js';

const MINUTE_MS = 60_000;
const FIELDS = ['reason', 'untilMs'];
const CHOICES = ['quarter', 'hour', 'shift', 'date'] as const;
type Choice = (typeof CHOICES)[number];

/** Asks why a camera is to be watched and until when; shows the marks that it has. */
export function FlagDialog({ cameraId, onLeave }: { cameraId: string; onLeave: () => void }) {
  const words = useWords(flagWords);
  const client = useQueryClient();
  const camera = useCameras().cameras.find((item) => item.camera.id === cameraId)?.camera;
  const shiftEndsMs = useFlagList().data?.shiftEndsMs ?? serverClock.nowMs() + 8 * 60 * MINUTE_MS;
  const [reason, setReason] = useState('');
  const [choice, setChoice] = useState<Choice>('hour');
  const [date, setDate] = useState(() => toLocalInput(serverClock.nowMs() + 24 * 60 * MINUTE_MS));
  const flag = useMutation({
    mutationFn: () => {
      const nowMs = serverClock.nowMs();
      const ends = { quarter: nowMs + 15 * MINUTE_MS, hour: nowMs + 60 * MINUTE_MS, shift: shiftEndsMs, date: fromLocalInput(date) ?? 0 };
      const body = { reason: reason.trim(), untilMs: ends[choice] };
      return answerOf(api.POST('/api/v1/cameras/{cameraId}/flags', { params: { path: { cameraId } }, body }));
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['flags'] });
      onLeave();
    },
  });
  const refused = useRefusal(flag.error, fieldIn(FIELDS));
  function submit(event: FormEvent): void {
    event.preventDefault();
    flag.mutate();
  }
  return (
    <Dialog label={words.title} onLeave={onLeave}>
      <form className="incident-form" onSubmit={submit} data-testid="flag-form">
        <h2>{words.title}</h2>
        <p className="dialog-subject">{camera?.name ?? cameraId}</p>
        <FlagsOf cameraId={cameraId} />
        <Field
          label={words.reason}
          value={reason}
          onChange={setReason}
          problem={refused.fields['reason']}
          hint={words.explained}
          testId="flag-reason"
        />
        <Until {...{ choice, setChoice, date, setDate, shiftEndsMs }} problem={refused.fields['untilMs']} />
        {refused.general && (
          <p className="message message-error" role="alert">
            {refused.general}
          </p>
        )}
        <button type="submit" className="button button-primary" data-testid="flag-camera" disabled={flag.isPending}>
          ⚑ {words.submit} <kbd>↵</kbd>
        </button>
      </form>
    </Dialog>
  );
}

function Until(props: {
  choice: Choice;
  setChoice: (choice: Choice) => void;
  date: string;
  setDate: (date: string) => void;
  shiftEndsMs: number;
  problem: string | undefined;
}) {
  const words = useWords(flagWords);
  const { language } = useText();
  const nowMs = useNowMs();
  const names: Record<Choice, string> = { ...words.choices, shift: words.choices.shift(moment(props.shiftEndsMs, nowMs, language)) };
  return (
    <fieldset className="flag-until">
      <legend>{words.until}</legend>
      {CHOICES.map((one) => (
        <label key={one}>
          <input
            type="radio"
            name="until"
            data-testid={`until-${one}`}
            checked={props.choice === one}
            onChange={() => props.setChoice(one)}
          />
          {names[one]}
        </label>
      ))}
      {props.choice === 'date' && (
        <input
          type="datetime-local"
          aria-label={words.choices.date}
          value={props.date}
          onChange={(event) => props.setDate(event.target.value)}
        />
      )}
      {props.problem && <small className="problem">{props.problem}</small>}
    </fieldset>
  );
}

/** The marks that a camera has; those of people can be taken away. */
function FlagsOf({ cameraId }: { cameraId: string }) {
  const words = useWords(flagWords);
  const line = useFlagLine();
  const client = useQueryClient();
  const flags = useFlags().get(cameraId) ?? [];
  const lift = useMutation({
    mutationFn: (flagId: string) => answerOf(api.POST('/api/v1/flags/{flagId}/lift', { params: { path: { flagId } } })),
    onSettled: () => void client.invalidateQueries({ queryKey: ['flags'] }),
  });
  if (flags.length === 0) return null;
  return (
    <ul className="lines flag-list">
      {flags.map((flag) => {
        const { why, who } = line(flag);
        return (
          <li key={flag.id}>
            <span>
              <strong>⚑ {why}</strong>
              <small>{who}</small>
            </span>
            {flag.source === 'person' && (
              <button
                type="button"
                className="button button-small end"
                data-testid={`lift-flag-${flag.id}`}
                disabled={lift.isPending}
                onClick={() => lift.mutate(flag.id)}
              >
                {words.lift}
              </button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
