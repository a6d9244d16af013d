import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { SeverityIcon } from '../alerts/severity.js';
import { answerOf, api } from '../api/client.js';
import type { Escalation, Severity } from '../api/types.js';
import { dateOf, duration, roughDuration } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { EscalationDialog, InheritDialog } from './escalation-dialogs.js';
import { escalationWords } from './escalation-words.js';
import { Loaded, PageHead } from './parts.js';
import { useDestinations, useUnits } from './queries.js';
import { treeOf } from './unit-tree.js';

/** Columns of the table, the gravest first. */
const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low'];
/** A level is taken within a second; what waits is asked for about as often as somebody looks. */
const REFRESH_MS = 3000;

type Doing = { what: 'change' | 'inherit'; setting: Escalation };

/** After how long alerts that nobody acknowledges are escalated, unit by unit, and who is told. */
export function EscalationPage() {
  const words = useWords(escalationWords);
  const { language } = useText();
  const units = useUnits();
  const nameOf = (unitId: string) => units.data?.find(({ id }) => id === unitId)?.name[language] ?? unitId;
  const [doing, setDoing] = useState<Doing | null>(null);
  const query = useQuery({
    queryKey: ['escalation'],
    queryFn: async () => (await answerOf(api.GET('/api/v1/escalation'))).units,
    refetchInterval: REFRESH_MS,
  });
  const dialog = doing && { setting: doing.setting, unit: nameOf(doing.setting.unitId), onLeave: () => setDoing(null) };
  return (
    <div className="page">
      <PageHead title={words.title} about={words.about} />
      <Loaded query={units}>
        {(known) => (
          <Loaded query={query}>
            {(settings) => (
              <EscalationTable
                settings={treeOf(known, language).flatMap(({ id, depth }) => {
                  const setting = settings.find(({ unitId }) => unitId === id);
                  return setting ? [{ ...setting, depth }] : [];
                })}
                nameOf={nameOf}
                onDo={setDoing}
              />
            )}
          </Loaded>
        )}
      </Loaded>
      {dialog && doing.what === 'change' && <EscalationDialog {...dialog} />}
      {dialog && doing.what === 'inherit' && <InheritDialog {...dialog} />}
    </div>
  );
}

type Row = Escalation & { depth: number };

function EscalationTable(props: { settings: Row[]; nameOf: (unitId: string) => string; onDo: (doing: Doing) => void }) {
  const { text } = useText();
  const words = useWords(escalationWords);
  if (props.settings.length === 0) return <p className="page-note">{words.none}</p>;
  return (
    <>
      <p className="hint">{words.legend}</p>
      <table className="table escalation-table" data-testid="escalation">
        <thead>
          <tr>
            <th scope="col">{words.unit}</th>
            {SEVERITIES.map((severity) => (
              <th key={severity} scope="col">
                <SeverityIcon severity={severity} /> {text.severity[severity]}
              </th>
            ))}
            <th scope="col">{words.told}</th>
            <th scope="col">{words.from}</th>
            <th scope="col">{words.changed}</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {props.settings.map((setting) => (
            <UnitRow key={setting.unitId} {...{ setting, nameOf: props.nameOf, onDo: props.onDo }} />
          ))}
        </tbody>
      </table>
    </>
  );
}

function UnitRow({ setting, nameOf, onDo }: { setting: Row; nameOf: (unitId: string) => string; onDo: (doing: Doing) => void }) {
  const { language } = useText();
  const words = useWords(escalationWords);
  const destinations = useDestinations().data ?? [];
  const { unitId, fromUnitId, destinationId, changedBy, changedAtMs } = setting;
  const isOwn = fromUnitId === unitId;
  const told = destinations.find(({ id }) => id === destinationId)?.name ?? destinationId;
  const origin = isOwn ? words.here : fromUnitId === null ? words.standard : words.inherited(nameOf(fromUnitId));
  return (
    <tr className={isOwn ? undefined : 'row-inherited'} data-testid={`escalation-${unitId}`} data-from={fromUnitId ?? ''}>
      <th scope="row" style={{ paddingLeft: `${10 + setting.depth * 20}px` }}>
        {nameOf(unitId)}
      </th>
      {SEVERITIES.map((severity) => (
        <td key={severity}>
          <Steps setting={setting} severity={severity} />
        </td>
      ))}
      <td className="inheritable">{told ?? words.nobody}</td>
      <td className="inheritable">{origin}</td>
      <td className="inheritable">{changedBy !== null && changedAtMs !== null && `${changedBy}, ${dateOf(changedAtMs, language)}`}</td>
      <td className="row-acts">
        <button
          type="button"
          className="button button-small"
          data-testid={`change-${unitId}`}
          onClick={() => onDo({ what: 'change', setting })}
        >
          {words.change}
        </button>
        {isOwn && (
          <button
            type="button"
            className="button button-small"
            data-testid={`inherit-${unitId}`}
            onClick={() => onDo({ what: 'inherit', setting })}
          >
            {words.inherit}
          </button>
        )}
      </td>
    </tr>
  );
}

/** The times of one severity, and what waits of it in the unit now. */
function Steps({ setting, severity }: { setting: Escalation; severity: Severity }) {
  const { language } = useText();
  const words = useWords(escalationWords);
  const steps = setting.afterSeconds[severity];
  const timeOf = (seconds: number) => (seconds % 60 === 0 ? roughDuration : duration)(seconds * 1000, language);
  const waiting = setting.waiting[severity];
  return (
    <>
      <span className="inheritable">{steps.length === 0 ? words.never : steps.map((seconds) => timeOf(seconds)).join(' → ')}</span>
      {waiting > 0 && <small className="escalation-waiting">{words.waiting(waiting, setting.escalated[severity])}</small>}
    </>
  );
}
