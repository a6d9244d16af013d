import { answerOf, api } from '../api/client.js';
import type { Escalation, Severity } from '../api/types.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { escalationWords } from './escalation-words.js';
import { Choice, Entry, FormDialog, ReasonEntry, textOf, useSend } from './parts.js';
import { partsWords } from './parts-words.js';
import { useDestinations } from './queries.js';

const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low'];
/** Longest time of a level: a day. */
const LONGEST_S = 86_400;

interface DialogProps {
  setting: Escalation;
  unit: string;
  onLeave: () => void;
}

const stepName = (severity: Severity, level: 0 | 1) => `afterSeconds/${severity}/${level}`;

/** The times that a form holds; a level left empty is none. */
function stepsOf(fields: FormData, severity: Severity): number[] {
  return ([0, 1] as const)
    .map((level) => textOf(fields, stepName(severity, level)))
    .filter((text) => text !== '')
    .map(Number);
}

/** What a unit says itself: times per severity, whom the second level tells, and why. */
export function EscalationDialog({ setting, unit, onLeave }: DialogProps) {
  const words = useWords(escalationWords);
  const { save } = useWords(partsWords);
  const { text } = useText();
  const destinations = useDestinations().data ?? [];
  const params = { path: { unitId: setting.unitId } };
  const send = useSend(
    (fields: FormData) => {
      const afterSeconds = Object.fromEntries(SEVERITIES.map((severity) => [severity, stepsOf(fields, severity)])) as Record<
        Severity,
        number[]
      >;
      const body = { afterSeconds, destinationId: textOf(fields, 'destinationId') || null, reason: textOf(fields, 'reason') };
      return answerOf(api.PUT('/api/v1/units/{unitId}/escalation', { params, body }));
    },
    ['escalation'],
    onLeave,
  );
  const { error } = send;
  const step = (severity: Severity, level: 0 | 1) => (
    <Entry
      {...{ name: stepName(severity, level), label: level === 0 ? words.first : words.second, error, type: 'number', required: false }}
      {...{ min: 1, max: LONGEST_S, step: 1, defaultValue: setting.afterSeconds[severity][level] ?? '' }}
    />
  );
  return (
    <FormDialog
      {...{ title: words.changeTitle(unit), about: words.changeAbout, submit: save, busy: send.isPending, error, onLeave }}
      onSubmit={(fields) => send.mutate(fields)}
    >
      {SEVERITIES.map((severity) => (
        <fieldset key={severity} className="field-pair escalation-steps">
          <legend>{text.severity[severity]}</legend>
          {step(severity, 0)}
          {step(severity, 1)}
        </fieldset>
      ))}
      <small className="hint">{words.emptyIsNever}</small>
      <Choice
        name="destinationId"
        label={words.destination}
        hint={words.destinationHint}
        defaultValue={setting.destinationId ?? ''}
        options={[['', words.nobody], ...destinations.map(({ id, name }) => [id, name] as const)]}
      />
      <ReasonEntry error={error} />
    </FormDialog>
  );
}

/** Takes away what a unit says itself. */
export function InheritDialog({ setting, unit, onLeave }: DialogProps) {
  const words = useWords(escalationWords);
  const send = useSend(
    (fields: FormData) => {
      const params = { path: { unitId: setting.unitId }, query: { reason: textOf(fields, 'reason') } };
      return answerOf(api.DELETE('/api/v1/units/{unitId}/escalation', { params }));
    },
    ['escalation'],
    onLeave,
  );
  return (
    <FormDialog
      {...{ title: words.inheritTitle(unit), about: words.inheritAbout, submit: words.inherit }}
      {...{ busy: send.isPending, error: send.error, onLeave }}
      onSubmit={(fields) => send.mutate(fields)}
    >
      <ReasonEntry error={send.error} />
    </FormDialog>
  );
}
