import { DEFAULT_NOISE, type KalmanNoise } from './kalman.js';

/** How tracks are made, held and let go. Every duration is in capture time. */
export interface TrackerOptions {
  /** Detections of this score or more may match any track in the first round (inclusive). */
  highScore: number;
  /** Detections of this score or more may begin a track (inclusive). */
  newTrackScore: number;
  /** Detections below this are not looked at. Between it and `highScore` they only keep tracks alive. */
  lowScore: number;
  /** Least similarity 0..1 for a match in the first round; see `similarity.ts`. */
  minSimilarity: number;
  /** The same for a tentative track, whose speed nobody knows yet. */
  minTentativeSimilarity: number;
  /** The same for a track that was not seen in the frame before. */
  minLostSimilarity: number;
  /** Least IoU for a match with a low-score detection. */
  minLowScoreIou: number;
  /** The same for a person: in a crowd a doubtful box is easily a neighbour's. */
  minLowScorePersonIou: number;
  /** Share of the similarity that closeness alone can give where boxes do not overlap, 0..1. */
  closenessShare: number;
  /** Least IoU between the place of a lost standing object and a detection that brings it back. */
  minStandingIou: number;
  /** A track is confirmed by its third detection, or by its second when it is this old, ms. */
  confirmMs: number;
  /** Or by its second when its mean score is this or more (inclusive). */
  confirmScore: number;
  /** A tentative track not seen for longer is dropped (at least 2.5 frame intervals). */
  tentativeLostMs: number;
  /**
   * A moving track not seen for longer is dropped (at least 3.5 frame intervals, or twice the time it kept its place,
   * though no more than `standingLostMs`). A person who stood is then looked for at that place only.
   */
  movingLostMs: number;
  /**
   * A standing track not seen for longer, while its place could be seen, is dropped; and no later than twice as
   * long as it had stood (at least `movingLostMs`): who stood for three seconds at a light does not wait a minute for the next car.
   */
  standingLostMs: number;
  /** A standing track not seen for longer is dropped even when something hides its place. */
  hiddenLostMs: number;
  /** An object that kept its place for this long is standing (inclusive). */
  standingAfterMs: number;
  noise: KalmanNoise;
}

export const DEFAULT_TRACKER_OPTIONS: TrackerOptions = {
  highScore: 0.67,
  newTrackScore: 0.6,
  lowScore: 0.1,
  minSimilarity: 0.18,
  minTentativeSimilarity: 0.12,
  minLostSimilarity: 0.25,
  minLowScoreIou: 0.5,
  minLowScorePersonIou: 0.59,
  closenessShare: 0.35,
  minStandingIou: 0.4,
  confirmMs: 500,
  confirmScore: 0.86,
  tentativeLostMs: 500,
  movingLostMs: 2000,
  standingLostMs: 60_000,
  hiddenLostMs: 600_000,
  standingAfterMs: 3000,
  noise: DEFAULT_NOISE,
};
