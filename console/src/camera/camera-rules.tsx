import { SeverityIcon } from '../alerts/severity.js';
import type { Camera, Severity } from '../api/types.js';
import { useMeta } from '../session/meta.js';
import { useStreams } from '../session/streams.js';
import { useNowMs } from '../shell/ticking.js';
import { useText } from '../text/language.js';
import { ruleInWords } from './rule-words.js';

/** What the camera watches for. */
export function RulesCard({ camera }: { camera: Camera }) {
  const { text, language, pick } = useText();
  const { ruleTypes, classes } = useMeta();
  const names = {
    zones: camera.zones,
    lines: camera.lines,
    signals: camera.signals,
    lanes: camera.lanes,
    classNames: Object.fromEntries(classes.map(({ id, name }) => [id, pick(name)])),
  };
  return (
    <section className="card">
      <h2>{text.rules}</h2>
      {camera.rules.length === 0 && <p className="hint">{text.noRules}</p>}
      <ul className="lines">
        {camera.rules.map((rule) => {
          const type = ruleTypes.find(({ id }) => id === rule.type);
          const severity = (rule.severity ?? type?.defaultSeverity ?? 'low') as Severity;
          return (
            <li key={rule.id} className={rule.enabled ? undefined : 'rule-off'}>
              <SeverityIcon severity={severity} />
              <span>
                <strong>{rule.name}</strong> {!rule.enabled && <span className="chip">{text.ruleOff}</span>}
                <small>{ruleInWords(rule, names, language)}</small>
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

const SIGNAL_SIGNS: Record<string, string> = { red: '⬤', yellow: '⬤', green: '⬤' };

/** Zones with how many are inside now, lines, privacy masks, and what the traffic lights show. */
export function GeometryCard({ camera }: { camera: Camera }) {
  const { text, pick } = useText();
  const { overlay } = useStreams();
  useNowMs();
  const newest = overlay.tracksOf(camera.id).newest;
  const masks = camera.privacyMasks ?? [];
  const empty = camera.zones.length + camera.lines.length + masks.length === 0;
  return (
    <section className="card">
      <h2>{text.zonesAndLines}</h2>
      {empty && <p className="hint">{text.noZones}</p>}
      <ul className="lines">
        {camera.zones.map((zone) => (
          <li key={zone.id}>
            <span className="geometry-sign" aria-hidden="true">
              ▱
            </span>
            <span>{zone.name}</span>
            <span className="end">{newest && text.insideNow(newest.occupancy[zone.id] ?? 0)}</span>
          </li>
        ))}
        {camera.lines.map((line) => (
          <li key={line.id}>
            <span className="geometry-sign" aria-hidden="true">
              ⟶
            </span>
            <span>{line.name}</span>
            <span className="end hint">A → B</span>
          </li>
        ))}
        {masks.map((mask) => (
          <li key={mask.id}>
            <span className="geometry-sign" aria-hidden="true">
              ■
            </span>
            <span>{mask.name}</span>
            <span className="end hint">{text.privacyMask}</span>
          </li>
        ))}
        {camera.signals.map((signal) => {
          const state = newest?.signals[signal.id] ?? 'unknown';
          const doubt = newest?.signalDoubts?.[signal.id];
          return (
            <li key={signal.id} className="wraps">
              <span className={`signal signal-${state}`} aria-hidden="true">
                {SIGNAL_SIGNS[state] ?? '◯'}
              </span>
              <span>{signal.name}</span>
              <span className="end">{text.signal[state] ?? state}</span>
              {doubt && (
                <span className="hint doubt" role="status">
                  {pick(doubt)}
                </span>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
