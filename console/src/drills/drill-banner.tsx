import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../api/client.js';
import type { Drill } from '../api/types.js';
import { useOpenUnits } from '../desk/units.js';
import { useRefusal } from '../refusals/refused.js';
import { useMay } from '../session/abilities.js';
import { Dialog } from '../shell/dialog.js';
import { useNowMs } from '../shell/ticking.js';
import { moment } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { drillWords } from './drill-words.js';
import { useDrillsNow } from './use-drills.js';

/** Over every page while a drill lasts: nobody may take a drill for an emergency, or an emergency for a drill. */
export function DrillBanner() {
  const drills = useDrillsNow();
  return (
    <>
      {drills.map((drill) => (
        <OneDrill key={drill.id} drill={drill} />
      ))}
    </>
  );
}

function OneDrill({ drill }: { drill: Drill }) {
  const words = useWords(drillWords);
  const { language, pick } = useText();
  const nowMs = useNowMs();
  const may = useMay();
  const units = useOpenUnits();
  const [ending, setEnding] = useState(false);
  const unit = units.find(({ id }) => id === drill.unitId);
  return (
    <div className="drill-banner" role="status" data-testid={`drill-${drill.id}`}>
      <strong>{words.drill}</strong>
      <span className="drill-what">
        {drill.name} · {unit ? pick(unit.name) : drill.unitId} · {words.until(moment(drill.untilMs, nowMs, language))} · {drill.exercises}
      </span>
      {may('drills:declare') && unit && (
        <button type="button" className="button button-small" data-testid={`end-${drill.id}`} onClick={() => setEnding(true)}>
          {words.end}
        </button>
      )}
      {ending && <EndDialog drill={drill} onLeave={() => setEnding(false)} />}
    </div>
  );
}

function EndDialog({ drill, onLeave }: { drill: Drill; onLeave: () => void }) {
  const words = useWords(drillWords);
  const client = useQueryClient();
  const end = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/drills/{drillId}/end', { params: { path: { drillId: drill.id } } })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['drills'] });
      onLeave();
    },
  });
  const { general } = useRefusal(end.error);
  return (
    <Dialog label={words.endTitle} onLeave={onLeave}>
      <h2>{words.endTitle}</h2>
      <p className="dialog-subject">{drill.name}</p>
      <p>{words.endExplained}</p>
      {general && (
        <p className="message message-error" role="alert">
          {general}
        </p>
      )}
      <div className="buttons">
        <button
          type="button"
          className="button button-primary"
          data-testid="end-drill"
          disabled={end.isPending}
          onClick={() => end.mutate()}
        >
          {words.end}
        </button>
        <button type="button" className="button" onClick={onLeave}>
          {words.cancel} <kbd>Esc</kbd>
        </button>
      </div>
    </Dialog>
  );
}
