import { useRoute } from 'wouter';
import { lifeWords } from '../alerts/life-words.js';
import { flagWords } from '../flags/flag-words.js';
import { incidentWords } from '../incidents/incident-words.js';
import { words as playbackWords } from '../playback/words.js';
import { useMay } from '../session/abilities.js';
import { useText } from '../text/language.js';
import { useWords } from '../text/words.js';
import { Dialog } from './dialog.js';
import { useShortcuts } from './shortcuts.js';

/** The list of keys. */
export function KeysDialog({ onLeave }: { onLeave: () => void }) {
  const { text } = useText();
  const words = { ...useWords(lifeWords), ...useWords(flagWords), ...useWords(incidentWords) };
  useShortcuts({ '?': onLeave }, { inDialog: true });
  const reviews = useMay()('review:work');
  const reviewing: [string, string][] = [
    ['C', text.reviewConfirm],
    ['R 1–9', text.reviewReject],
    ['S', text.reviewSendBack],
    ['↵', text.reviewNext],
    ['P', text.keyPlate],
    ['L', text.keyLaw],
    ['M', text.markSubject],
    ['?', text.keyHelp],
  ];
  const operating: [string, string][] = [
    ['J ↓', text.keyNext],
    ['K ↑', text.keyPrevious],
    ['A', words.steps.acknowledge],
    ['V', words.steps.confirm],
    ['P', words.steps.dispatch],
    ['R', words.steps.resolve],
    ['F', words.steps['false-alarm']],
    ['T', words.take],
    ['N', words.comment],
    ['H', text.suppressHere],
    ['E', words.editTitle],
    ['D', text.keyDigest],
    ['↵', text.keyOpen],
    ['C', text.keyAlertCamera],
    ['M', text.markSubject],
    ['G', words.flag],
    ['I', words.open],
    ['B', words.phoneCall],
    ['Z', text.keyZones],
    ['1 – 9', text.keyCamera],
    ['Esc', text.keyWall],
    ['?', text.keyHelp],
  ];
  const playback = useWords(playbackWords);
  const [playsBack] = useRoute('/playback/:id');
  const playing: [string, string][] = [
    ['␣', `${playback.play} / ${playback.pause}`],
    ['←', playback.back],
    ['→', playback.forward],
    ['J', playback.slower],
    ['K', playback.pause],
    ['L', playback.faster],
    ['P', playback.previousAlert],
    ['N', playback.nextAlert],
    ['[', playback.markIn],
    [']', playback.markOut],
    ['M', playback.bookmark],
    ['?', text.keyHelp],
  ];
  const keys = playsBack ? playing : reviews ? reviewing : operating;
  return (
    <Dialog label={text.keys} onLeave={onLeave}>
      <h2>{text.keys}</h2>
      <dl className="keys">
        {keys.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <button type="button" className="button" onClick={onLeave}>
        {text.close} <kbd>Esc</kbd>
      </button>
    </Dialog>
  );
}
