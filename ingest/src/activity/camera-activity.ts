import type { DecodeMode, DetectionsFrame } from '@safecity/contracts';
import type { RingFragment } from '../ring/ring-fragment.js';
import { LivelyDetections } from './lively-detections.js';
import { PacketMotion } from './packet-motion.js';
import { PictureMotion } from './picture-motion.js';

/** After the last reason a camera stays active for so long, so that it does not flap. */
const HOLD_MS = 5000;
/** Attention for longer than this beyond the newest reason is not believed. */
const LONGEST_ATTENTION_MS = 60_000;
/** A wake that showed nothing raises what the next needs; one that showed something, and time, lower it again. */
const SENSITIVITY = { raise: 1.3, most: 4, calm: 0.9 };
/** Quiet time after which the need is lowered a step. */
const CALM_MS = 60_000;

export interface ActivitySettings {
  decode: DecodeMode;
  minScore: number;
}

/**
 * When a camera is idle and when it is active; all times are capture times, so that it holds for pictures that are
 * decoded late as well. Reasons to be active: attention from rules; while none is in force, ingest's own detections of
 * something new or moving; motion in an idle stream. Holds no process and no clock.
 */
export class CameraActivity {
  readonly #settings: () => ActivitySettings;
  readonly #packets = new PacketMotion();
  readonly #pictures = new PictureMotion();
  readonly #lively = new LivelyDetections();
  #activeUntilMs = Number.NEGATIVE_INFINITY;
  #attentionUntilMs = Number.NEGATIVE_INFINITY;
  #sensitivity = 1;
  #calmSinceMs: number | null = null;
  /** Something more than motion kept it active since it woke. */
  #isBorneOut = false;
  #wokeByMotion = false;
  #wasActive = false;

  constructor(settings: () => ActivitySettings) {
    this.#settings = settings;
  }

  /** A stream begins, or goes on after a break: watched in full for a while, and its quiet is learnt anew. */
  begin(atMs: number): void {
    this.#packets.reset();
    this.#pictures.reset();
    this.#isBorneOut = false;
    this.#wokeByMotion = false;
    this.#keepActive(atMs + HOLD_MS);
  }

  /** True while every picture at `atMs` is to be decoded. */
  isActive(atMs: number): boolean {
    const { decode } = this.#settings();
    return decode === 'always' || (decode === 'adaptive' && atMs < this.#activeUntilMs);
  }

  /** Rules ask for a camera to stay active until `untilMs`. */
  attend(untilMs: number, nowMs: number): void {
    const believedMs = Math.min(untilMs, nowMs + LONGEST_ATTENTION_MS);
    this.#attentionUntilMs = Math.max(this.#attentionUntilMs, believedMs);
    this.#isBorneOut = true;
    this.#keepActive(believedMs);
  }

  /** Takes a fragment in, in order, each once; motion in it makes an idle camera active. */
  takeFragment(fragment: RingFragment): void {
    const atMs = fragment.firstCaptureMs;
    const active = this.isActive(atMs);
    if (this.#wasActive && !active) this.#settle(atMs);
    this.#wasActive = active;
    const moved = this.#packets.take(fragment.media, this.#sensitivity, !active || !this.#isBorneOut);
    if (active) return;
    this.#calm(atMs);
    if (moved) this.#wake(fragment.lastCaptureMs);
  }

  /** Takes the picture of a keyframe in that was decoded while idle. */
  takeKeyframe(rgb: Buffer, input: { widthPx: number; heightPx: number }, capturedAtMs: number): void {
    if (this.#pictures.take(rgb, input, this.#sensitivity) && !this.isActive(capturedAtMs)) this.#wake(capturedAtMs);
  }

  /** Takes a result in; counts as a reason unless rules look after the camera. */
  takeDetections({ detections, capturedAtMs }: DetectionsFrame): void {
    const isLively = this.#lively.take(detections, this.#settings().minScore, capturedAtMs);
    if (!isLively || capturedAtMs < this.#attentionUntilMs) return;
    this.#isBorneOut = true;
    this.#keepActive(capturedAtMs + HOLD_MS);
  }

  #wake(atMs: number): void {
    this.#isBorneOut = false;
    this.#wokeByMotion = true;
    this.#keepActive(atMs + HOLD_MS);
  }

  #keepActive(untilMs: number): void {
    this.#activeUntilMs = Math.max(this.#activeUntilMs, untilMs);
  }

  #settle(atMs: number): void {
    this.#calmSinceMs = atMs;
    this.#pictures.reset();
    if (this.#isBorneOut) this.#sensitivity = 1;
    else if (this.#wokeByMotion) this.#sensitivity = Math.min(SENSITIVITY.most, this.#sensitivity * SENSITIVITY.raise);
  }

  #calm(atMs: number): void {
    this.#calmSinceMs ??= atMs;
    if (atMs - this.#calmSinceMs < CALM_MS) return;
    this.#calmSinceMs = atMs;
    this.#sensitivity = Math.max(1, this.#sensitivity * SENSITIVITY.calm);
  }
}
