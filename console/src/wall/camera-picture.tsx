import { useState } from 'react';
import type { CameraView } from '../api/types.js';
import { LivePicture } from '../live/live-picture.js';
import type { PictureView } from '../live/picture-session.js';
import { problemInWords } from '../refusals/refusal.js';
import { useCameraState } from '../session/streams.js';
import { duration, timeOfDay } from '../text/format.js';
import { useText } from '../text/language.js';
import type { Dictionary } from '../text/vi.js';

const SIGNS: Record<PictureView['label'], string> = {
  live: '●',
  simulated: '▧',
  stills: '▣',
  stale: '⚠',
  noPicture: '…',
  switchedOff: '○',
};

/** What the picture is: live, simulated, stills, old. A recording never says live. */
export function PictureLabel({ view }: { view: PictureView | null }) {
  const { text } = useText();
  const label = view?.label ?? 'noPicture';
  const words: Record<PictureView['label'], string> = {
    live: text.live,
    simulated: text.simulated,
    stills: text.stills,
    stale: text.stale,
    noPicture: text.noPicture,
    switchedOff: text.switchedOff,
  };
  return (
    <span className={`chip picture-label picture-label-${label}`} data-label={label}>
      <span aria-hidden="true">{SIGNS[label]}</span> {words[label]}
    </span>
  );
}

/** A camera's picture with everything that must be said on it: its age when it is old, why, and when it was taken. */
export function CameraPicture(props: {
  item: CameraView;
  showGeometry: boolean;
  /** Says what the picture is on the picture itself, where nothing beside it does. */
  labelled?: boolean;
  onView?: (view: PictureView) => void;
}) {
  const { item, showGeometry, labelled, onView } = props;
  const { text, language } = useText();
  const [view, setView] = useState<PictureView | null>(null);
  const [show] = useState(() => (next: PictureView) => {
    setView(next);
    onView?.(next);
  });
  return (
    <LivePicture camera={item.camera} view={view} showGeometry={showGeometry} onView={show}>
      {labelled && <PictureLabel view={view} />}
      {view?.unplayableCodec && <span className="picture-note">{text.stillsExplained(codecName(view.unplayableCodec))}</span>}
      {view?.transcodedFrom && <span className="picture-note">{text.transcodedExplained(codecName(view.transcodedFrom))}</span>}
      {view?.shownSecondMs != null && <time className="picture-time">{timeOfDay(view.shownSecondMs, language)}</time>}
      <PictureTrouble item={item} view={view} text={text} />
      <HealthNotice item={item} text={text} />
    </LivePicture>
  );
}

/** At which preset the camera stands, what is wrong with its picture, and that rules are paused for it. */
function HealthNotice({ item, text }: { item: CameraView; text: Dictionary }) {
  const { language } = useText();
  const { camera } = item;
  const health = useCameraState(camera.id, item.status)?.health;
  const troubles = health?.troubles.filter(({ kind }) => kind !== 'offline') ?? [];
  const preset = camera.presets?.find(({ id }) => id === health?.presetId);
  const isOffPreset = !preset && health?.presetId !== undefined;
  if (!camera.enabled || (troubles.length === 0 && !preset && !isOffPreset)) return null;
  const calm = troubles.length === 0 && preset ? ' picture-health-calm' : '';
  return (
    <div className={`picture-health${calm}`} role="status" data-testid={`tile-health-${camera.id}`}>
      {preset && <span>{preset.name}</span>}
      {troubles.map(({ kind, reason }) => (
        <span key={kind} title={reason.text[language]}>
          ⚠ {text.cameraTrouble[kind]}
        </span>
      ))}
      {health?.rulesPaused ? <span>{text.rulesPaused}</span> : isOffPreset && <span>{text.offPreset}</span>}
    </div>
  );
}

function codecName(codec: string): string {
  if (/^(hvc1|hev1)/.test(codec)) return 'H.265';
  return /^avc/.test(codec) ? 'H.264' : codec;
}

/** Says on the picture itself that it is old or missing, and why. */
function PictureTrouble({ item, view, text }: { item: CameraView; view: PictureView | null; text: Dictionary }) {
  const { language } = useText();
  const { camera } = item;
  const state = useCameraState(camera.id, item.status);
  const missing = view === null || view.shownSecondMs === null;
  if (view?.staleMs == null && !missing) return null;
  const problem = camera.enabled && state?.problem ? problemInWords(state.problem, language) : null;
  const waiting = camera.enabled ? text.waitingForPicture : text.switchedOff;
  return (
    <div className="picture-trouble" role="status">
      {view?.staleMs != null ? (
        <strong data-testid={`tile-age-${camera.id}`}>{text.pictureAge(duration(view.staleMs, language))}</strong>
      ) : (
        <span>{waiting}</span>
      )}
      {problem && <span className="picture-problem">{problem}</span>}
    </div>
  );
}
