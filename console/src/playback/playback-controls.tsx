import { Link } from 'wouter';
import { useMay } from '../session/abilities.js';
import { duration, number } from '../text/format.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import type { PlaybackActions } from './playback-actions.js';
import { RATES } from './playback-rates.js';
import type { PlaybackView } from './recording-player.js';
import { words } from './words.js';

/** What is asked in a dialog. */
export type Asking = 'download' | 'lock' | 'bookmark';

function Button(props: {
  label: string;
  sign?: string;
  keyName?: string;
  onPress: () => void;
  disabled?: boolean;
  testId?: string;
  title?: string;
}) {
  return (
    <button
      type="button"
      className="button"
      title={props.title ?? props.label}
      disabled={props.disabled}
      data-testid={props.testId}
      aria-label={props.label}
      onClick={(event) => {
        props.onPress();
        // The space bar belongs to the player, not to the button that was pressed last.
        event.currentTarget.blur();
      }}
    >
      {props.sign ?? props.label} {props.keyName && <kbd>{props.keyName}</kbd>}
    </button>
  );
}

const codecName = (codec: string): string => (/^(hvc1|hev1)/.test(codec) ? 'H.265' : codec);
const sizeName = (size: string): string => size.replace('x', '×');

/** The buttons under the picture. */
export function PlaybackControls(props: { cameraId: string; view: PlaybackView | null; actions: PlaybackActions }) {
  const { cameraId, view, actions } = props;
  const { language } = useText();
  const word = useWords(words);
  const playing = view?.state === 'playing' || view?.state === 'edge';
  return (
    <div className="playback-controls" data-testid="playback-controls">
      <Button label={word.previousAlert} sign="◀ !" keyName="P" onPress={() => actions.toAlert(-1)} testId="previous-alert" />
      <Button label={word.back} sign="◂|" keyName="←" onPress={() => actions.step(-1)} testId="step-back" />
      <Button
        label={playing ? word.pause : word.play}
        sign={playing ? `❚❚ ${word.pause}` : `▶ ${word.play}`}
        keyName={language === 'vi' ? 'Cách' : 'Space'}
        onPress={actions.toggle}
        testId="play"
      />
      <Button label={word.forward} sign="|▸" keyName="→" onPress={() => actions.step(1)} testId="step-forward" />
      <Button label={word.nextAlert} sign="! ▶" keyName="N" onPress={() => actions.toAlert(1)} testId="next-alert" />
      <fieldset className="playback-speed">
        <legend className="visually-hidden">{word.speed}</legend>
        <kbd title={word.slower}>J</kbd>
        {RATES.map((rate) => (
          <button
            key={rate}
            type="button"
            className="button button-small"
            aria-pressed={view?.rate === rate}
            data-testid={`rate-${rate}`}
            onClick={(event) => {
              actions.setRate(rate);
              event.currentTarget.blur();
            }}
          >
            ×{number(rate, language, 2)}
          </button>
        ))}
        <kbd title={word.faster}>L</kbd>
        {view?.pictures === 'keyframes' && <span className="hint">{word.keyframesOnly}</span>}
      </fieldset>
      {view?.transcoded && (
        <span className="hint" title={word.transcodedHint(codecName(view.transcoded.codec))} data-testid="playback-transcoded">
          {word.transcoded(codecName(view.transcoded.codec), sizeName(view.transcoded.size), sizeName(view.transcoded.recordedSize))}
        </span>
      )}
      <Link href={`/cameras/${cameraId}`} className="button playback-live" title={word.liveHint} data-testid="to-live">
        ● {word.live}
      </Link>
    </div>
  );
}

/** What is done with a stretch or a moment. */
export function SelectionControls(props: {
  selectedMs: number | null;
  hasMarks: boolean;
  actions: PlaybackActions;
  onAsk: (what: Asking) => void;
}) {
  const { selectedMs, hasMarks, actions, onAsk } = props;
  const { language } = useText();
  const word = useWords(words);
  const mayExport = useMay()('recording:export');
  const noSpan = selectedMs === null;
  const title = noSpan ? { title: word.needsSpan } : {};
  return (
    <div className="playback-controls">
      <Button label={word.markIn} keyName="[" onPress={() => actions.mark('in')} testId="mark-in" />
      <Button label={word.markOut} keyName="]" onPress={() => actions.mark('out')} testId="mark-out" />
      {hasMarks && <Button label={word.clearMarks} onPress={actions.clearMarks} />}
      <span className="hint" data-testid="selected">
        {noSpan ? word.needsSpan : word.selected(duration(selectedMs, language))}
      </span>
      {mayExport && (
        <Button
          label={word.download}
          sign={`↓ ${word.download}`}
          disabled={noSpan}
          {...title}
          onPress={() => onAsk('download')}
          testId="download"
        />
      )}
      <Button label={word.lock} disabled={noSpan} {...title} onPress={() => onAsk('lock')} testId="lock" />
      <Button label={word.bookmark} sign={`▲ ${word.bookmark}`} keyName="M" onPress={() => onAsk('bookmark')} testId="bookmark" />
    </div>
  );
}
