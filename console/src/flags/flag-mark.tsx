import { useTypeName } from '../alerts/alert-title.js';
import { useNowMs } from '../shell/ticking.js';
import { moment } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { flagWords } from './flag-words.js';
import type { ShownFlag } from './flags.js';

/** Why, by whom and until when, in one line. */
export function useFlagLine(): (flag: ShownFlag) => { why: string; who: string } {
  const words = useWords(flagWords);
  const { language, pick } = useText();
  const typeName = useTypeName();
  const nowMs = useNowMs();
  return ({ reason, alert, setBy, untilMs }) => {
    const until = untilMs === null ? words.untilHandled : words.untilTime(moment(untilMs, nowMs, language));
    return {
      why: alert ? `${typeName(alert.type)}: ${pick(reason)}` : pick(reason),
      who: `${setBy === null ? words.byAlert : words.by(setBy)} · ${until}`,
    };
  };
}

/** On the picture of a flagged camera. */
export function FlagMark({ flags }: { flags: ShownFlag[] }) {
  const words = useWords(flagWords);
  const line = useFlagLine();
  const [newest, ...rest] = flags;
  if (!newest) return null;
  const { why, who } = line(newest);
  return (
    <div
      className="flag-mark"
      data-testid={`flag-${newest.cameraId}`}
      title={flags.map((flag) => Object.values(line(flag)).join(' · ')).join('\n')}
    >
      <strong>
        <span aria-hidden="true">⚑</span>
        <span className="visually-hidden">{words.flagged}</span> {why}
      </strong>
      <span>
        {who}
        {rest.length > 0 && ` · ${words.more(rest.length)}`}
      </span>
    </div>
  );
}
