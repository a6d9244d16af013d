import type { Alert } from '../api/types.js';
import { useMeta } from '../session/meta.js';
import { timeOfDay } from '../text/format.js';
import { useText } from '../text/language.js';
import { shownPlate } from '../text/plate.js';

/** Every time a rule was met that became part of this alert. */
export function Findings({ findings }: { findings: Alert['findings'] }) {
  const { text, language, pick } = useText();
  const { classes } = useMeta();
  const subjectOf = (finding: Alert['findings'][number]) => {
    const known = classes.find(({ id }) => id === finding.class);
    if (finding.subject.kind === 'zone') return text.wholeZone;
    if (finding.subject.kind === 'camera') return text.camera;
    const plate = finding.plate ? ` · ${finding.plate.text === null ? text.plateUnread : shownPlate(finding.plate)}` : '';
    return `${known ? pick(known.name) : (finding.class ?? '')} ${finding.subject.id.slice(-6)}${plate}`.trim();
  };
  return (
    <section className="card">
      <h2>
        {text.findings} <span className="count">{findings.length}</span>
      </h2>
      <ul className="lines">
        {findings.map((finding) => (
          <li key={finding.id}>
            <time>{timeOfDay(finding.raisedAtMs, language)}</time>
            <span>
              <strong>{finding.ruleName}</strong> · {subjectOf(finding)}
              <small>{pick(finding.reason.text)}</small>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
