import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { answerOf, api } from '../api/client.js';
import { useCameras } from '../api/queries.js';
import { serverClock } from '../api/server-clock.js';
import type { Drill, IncidentBody, Severity } from '../api/types.js';
import { randomId } from '../desk/random-id.js';
import { UnitField } from '../desk/unit-field.js';
import { liesIn, useOpenUnits } from '../desk/units.js';
import { useDrillsNow } from '../drills/use-drills.js';
import { shownMomentOf } from '../live/shown-moments.js';
import { fieldIn } from '../refusals/refusal.js';
import { useRefusal } from '../refusals/refused.js';
import { useMeta } from '../session/meta.js';
import { useSession } from '../session/session.js';
import { useStreams } from '../session/streams.js';
import { Dialog } from '../shell/dialog.js';
import { timeOfDay } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { type IncidentDraft, incidentBody } from './incident-draft.js';
import { IncidentFields, isBadCoordinates } from './incident-fields.js';
import { incidentWords } from './incident-words.js';

/** An older picture is nothing that is seen now. */
const OLDEST_MS = 24 * 3_600_000;
const FIELDS = ['type', 'severity', 'place', 'location', 'unitId', 'description', 'drillId'];

interface Asked {
  /** Null: nobody's camera sees it, it was told by telephone. */
  cameraId: string | null;
  onLeave: () => void;
}

/** The drills of which something in a unit can be part; the first is meant unless somebody says otherwise. */
function useDrillsOf(unitId: string): Drill[] {
  const units = useOpenUnits();
  return useDrillsNow().filter((drill) => liesIn(units, unitId, drill.unitId));
}

/** What is typed, and what follows from it: a type brings its severity. */
function useDraft(unitId: string, drillId: string) {
  const { incidentTypes } = useMeta();
  const [draft, setDraft] = useState<IncidentDraft>(() => ({
    ...{ type: 'medical', severity: severityOf('medical'), place: '', coordinates: '', unitId, description: '', drillId },
  }));
  function severityOf(type: IncidentBody['type']): Severity {
    return incidentTypes.find(({ id }) => id === type)?.defaultSeverity ?? 'high';
  }
  const change = (part: Partial<IncidentDraft>) =>
    setDraft({ ...draft, ...(part.type === undefined ? {} : { severity: severityOf(part.type) }), ...part });
  return { draft, change };
}

/** When the picture on the screen was captured; without one, now. */
function seenNow(cameraId: string | null): number {
  const nowMs = serverClock.nowMs();
  const shownMs = cameraId === null ? null : shownMomentOf(cameraId);
  return shownMs === null || shownMs < nowMs - OLDEST_MS ? nowMs : Math.min(shownMs, nowMs);
}

/** Opens an incident: from a picture, or from what a caller says. */
export function OpenIncidentDialog({ cameraId, onLeave }: Asked) {
  const words = useWords(incidentWords);
  const { language } = useText();
  const { alerts } = useStreams();
  const [, navigate] = useLocation();
  const { cameras } = useCameras();
  const camera = cameras.find((item) => item.camera.id === cameraId)?.camera;
  const ownUnitId = useSession().session.user.unitId;
  const unitOfCamera = camera?.unitId ?? ownUnitId;
  const [first] = useDrillsOf(unitOfCamera);
  const { draft, change } = useDraft(ownUnitId, first?.id ?? '');
  const drills = useDrillsOf(cameraId === null ? draft.unitId : unitOfCamera);
  const drill = drills.find(({ id }) => id === draft.drillId);
  // What was on the screen when the dialog opened is what was seen: typing takes time.
  const [{ id, seenAtMs }] = useState(() => ({ id: randomId(), seenAtMs: seenNow(cameraId) }));
  const open = useMutation({
    mutationFn: () => {
      const body = incidentBody({ ...draft, drillId: drill?.id ?? '' }, { id, cameraId, seenAtMs });
      return answerOf(api.POST('/api/v1/incidents', { body }));
    },
    onSuccess: (alert) => {
      alerts.take(alert);
      onLeave();
      navigate(`/alerts/${alert.id}`);
    },
  });
  const refused = useRefusal(open.error, fieldIn(FIELDS));
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (!isBadCoordinates(draft)) open.mutate();
  }
  return (
    <Dialog label={words.title} className="dialog dialog-wide" onLeave={onLeave}>
      <form className="incident-form" onSubmit={submit} data-testid="incident-form">
        <h2>{words.title}</h2>
        <p className="dialog-subject">{camera ? words.at(camera.name, timeOfDay(seenAtMs, language)) : words.phoneCall}</p>
        <IncidentFields {...{ told: draft, change, refused }} byPhone={cameraId === null} placeOfCamera={camera?.location?.address}>
          {cameraId === null && (
            <UnitField
              label={words.unit}
              value={draft.unitId}
              onChange={(unitId) => change({ unitId })}
              problem={refused.fields['unitId']}
            />
          )}
        </IncidentFields>
        {drills.length > 0 && <DrillChoice drills={drills} chosen={drill?.id ?? ''} onChoose={(drillId) => change({ drillId })} />}
        {refused.general && (
          <p className="message message-error" role="alert">
            {refused.general}
          </p>
        )}
        <p className="hint">{words.sentTo}</p>
        <button type="submit" className="button button-primary" data-testid="open-incident" disabled={open.isPending}>
          {drill ? words.submitDrill : words.submit}
        </button>
      </form>
    </Dialog>
  );
}

/** During a drill it must be said which it is: part of the drill, or real. */
function DrillChoice({ drills, chosen, onChoose }: { drills: Drill[]; chosen: string; onChoose: (drillId: string) => void }) {
  const words = useWords(incidentWords);
  const choices = [...drills.map(({ id, name }) => ({ id, label: words.asDrill(name) })), { id: '', label: words.real }];
  return (
    <fieldset className="drill-choice">
      {choices.map(({ id, label }) => (
        <label key={id} className={id === '' ? 'drill-real' : undefined}>
          <input
            type="radio"
            name="drill"
            data-testid={`as-${id === '' ? 'real' : 'drill'}`}
            checked={chosen === id}
            onChange={() => onChoose(id)}
          />
          {label}
        </label>
      ))}
    </fieldset>
  );
}
