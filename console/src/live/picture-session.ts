import { serverClock } from '../api/server-clock.js';
import type { Camera } from '../api/types.js';
import { LivePlayer, type StreamFacts } from './live-player.js';
import type { OverlayHub } from './overlay-hub.js';
import { type OverlayWords, paintOverlay } from './overlay-painter.js';
import { fitRect, geometryInView } from './picture-geometry.js';
import { type PictureState, pictureState } from './picture-state.js';
import { announceShown } from './shown-moments.js';
import { pollStills, type ShownStill } from './stills.js';

/** What a tile tells in words about its picture; changes about once a second. */
export interface PictureView extends PictureState {
  /** Capture time of the picture shown, rounded down to the second, epoch ms. */
  shownSecondMs: number | null;
  stillAddress: string | null;
  /** Set when stills are shown because the browser cannot play this codec. */
  unplayableCodec: string | null;
  /** Set when this codec is shown transcoded. */
  transcodedFrom: string | null;
  simulated: boolean;
}

/** What is drawn besides tracks; may change while the picture runs. */
export interface OverlayOptions {
  showGeometry: boolean;
  words: OverlayWords;
}

interface SessionOptions {
  video: HTMLVideoElement;
  /** Transcoded pictures are painted on `screen`, boxes on `canvas` above it. */
  screen: HTMLCanvasElement;
  canvas: HTMLCanvasElement;
  camera: Camera;
  hub: OverlayHub;
  overlay: OverlayOptions;
  onView: (view: PictureView) => void;
}

const LOOK_EVERY_MS = 250;
const STILL_WIDTH_PX = 960;

/** One camera's picture on the screen: live video or stills, with boxes that fit the very frame shown. */
export class PictureSession {
  private readonly options: SessionOptions;
  private readonly player: LivePlayer;
  private readonly endings: (() => void)[] = [];
  private stream: StreamFacts | null = null;
  private still: ShownStill | null = null;
  private stopStills: (() => void) | null = null;
  private shownCaptureMs: number | null = null;
  private view: PictureView | null = null;

  constructor(options: SessionOptions) {
    this.options = options;
    const { video, screen, canvas, camera, hub } = options;
    this.player = new LivePlayer({
      video,
      screen,
      cameraId: camera.id,
      onStream: (facts) => this.began(facts),
      onTranscodedPicture: (captureMs) => this.shown(captureMs),
    });
    this.endings.push(announceShown(camera.id, () => this.shownCaptureMs));
    this.endings.push(hub.onTracks(camera.id, ({ capturedAtMs }) => this.player.noteTracks(capturedAtMs)));
    const timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    const resized = new ResizeObserver(() => this.paint());
    resized.observe(canvas);
    this.endings.push(
      () => clearInterval(timer),
      () => resized.disconnect(),
    );
    if ('requestVideoFrameCallback' in video) this.followFrames(video);
    this.look();
  }

  /** Changes what is drawn from the next picture on. */
  setOverlay(overlay: OverlayOptions): void {
    this.options.overlay = overlay;
    this.paint();
  }

  close(): void {
    for (const end of this.endings) end();
    this.stopStills?.();
    this.player.close();
  }

  private began(facts: StreamFacts): void {
    this.stream = facts;
    const stills = facts.shownAs === 'stills';
    if (stills && !this.stopStills) {
      this.stopStills = pollStills(this.options.camera.id, STILL_WIDTH_PX, (still) => {
        this.still = still;
        this.shownCaptureMs = still.capturedAtMs;
        this.look();
      });
    } else if (!stills && this.stopStills) {
      this.stopStills();
      this.stopStills = null;
      this.still = null;
    }
  }

  private followFrames(video: HTMLVideoElement): void {
    let handle = 0;
    const follow: VideoFrameRequestCallback = (_now, { mediaTime }) => {
      this.shown(this.player.captureAt(mediaTime) ?? this.shownCaptureMs);
      handle = video.requestVideoFrameCallback(follow);
    };
    handle = video.requestVideoFrameCallback(follow);
    this.endings.push(() => video.cancelVideoFrameCallback(handle));
  }

  private shown(captureMs: number | null): void {
    this.shownCaptureMs = captureMs;
    // The first picture, or the first after a break, takes the words off at once.
    if (this.view?.shownSecondMs === null || this.view?.staleMs !== null) this.look();
    this.paint();
  }

  /** Several times a second: brings the words up to date, and the boxes where the browser does not announce frames. */
  private look(): void {
    const { video, camera } = this.options;
    const announced = 'requestVideoFrameCallback' in video && !document.hidden;
    if (!announced && !this.still) this.shownCaptureMs = this.player.captureAt(video.currentTime) ?? this.shownCaptureMs;
    const simulated = camera.simulated || this.stream?.simulated === true;
    const state = pictureState({
      simulated,
      enabled: camera.enabled,
      stills: this.still !== null,
      shownCaptureMs: this.shownCaptureMs,
      nowMs: serverClock.nowMs(),
    });
    this.show({
      label: state.label,
      staleMs: state.staleMs === null ? null : Math.floor(state.staleMs / 1000) * 1000,
      shownSecondMs: this.shownCaptureMs === null ? null : Math.floor(this.shownCaptureMs / 1000) * 1000,
      stillAddress: this.still?.address ?? null,
      unplayableCodec: this.stream?.shownAs === 'stills' ? this.stream.codec : null,
      transcodedFrom: this.stream?.shownAs === 'transcoded' ? this.stream.codec : null,
      simulated,
    });
    if (!announced || this.still || state.staleMs !== null || this.shownCaptureMs === null) this.paint();
  }

  private show(view: PictureView): void {
    const before = this.view;
    if (before && (Object.keys(view) as (keyof PictureView)[]).every((key) => before[key] === view[key])) return;
    this.view = view;
    this.options.onView(view);
  }

  private paint(): void {
    const { canvas, video, camera, hub, overlay } = this.options;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    const context = canvas.getContext('2d');
    if (!context || width === 0) return;
    const scale = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
    if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    // A box on an old picture would look alive, so there is none.
    const current = this.view?.staleMs === null && this.shownCaptureMs !== null;
    const tracks = current ? hub.tracksOf(camera.id).at(this.shownCaptureMs as number) : [];
    const picture = { width: this.stream?.widthPx || video.videoWidth, height: this.stream?.heightPx || video.videoHeight };
    const geometry = overlay.showGeometry ? geometryInView(camera, hub.stateOf(camera.id)?.health?.presetId) : null;
    paintOverlay(context, { rect: fitRect({ width, height }, picture), tracks, geometry, words: overlay.words });
    const count = String(tracks.length);
    if (canvas.dataset['trackCount'] !== count) canvas.dataset['trackCount'] = count;
  }
}
