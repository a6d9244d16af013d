import type { ClientPathsWithMethod, MethodResponse } from 'openapi-fetch';
import type { api } from './client.js';
import type { components, paths } from './schema.generated';

/** What the client gives for a GET of the path. */
type Answer<Path extends ClientPathsWithMethod<typeof api, 'get'>> = MethodResponse<typeof api, 'get', Path>;

/** Who is signed in, the token that unsafe requests carry, and whether this is the demo. */
export type Session = Answer<'/api/v1/session'>;
/** What a role allows. */
export type Permission = Session['user']['permissions'][number];
/** Names of rule types and classes in both languages. */
export type Meta = Answer<'/api/v1/meta'>;
/** A camera with its state and the number of its open alerts. */
export type CameraView = Answer<'/api/v1/cameras'>['cameras'][number];
/** A camera as stored, without its credentials. */
export type Camera = CameraView['camera'];
/** State of a camera as ingest last reported it. */
export type CameraState = NonNullable<CameraView['status']>;
/** One configured check of a camera. */
export type Rule = Camera['rules'][number];
/** An alert as listed and streamed. */
export type Alert = Answer<'/api/v1/alerts'>['alerts'][number];
/** An alert with its history and deliveries. */
export type AlertDetail = Answer<'/api/v1/alerts/{alertId}'>;
/** One still of an alert. */
export type Still = Alert['evidence'][number];
/** One clip of an alert. */
export type Clip = Alert['clips'][number];
/** One number of a reason. */
export type Measure = Alert['reason']['measures'][number];
/** How much an alert matters. */
export type Severity = Alert['severity'];
/** Where an alert stands. */
export type AlertState = Alert['state'];
/** A text in both languages. */
export type Bilingual = Alert['reason']['text'];
/** Why an alert was called false. */
export type FalseAlarmReason =
  paths['/api/v1/alerts/{alertId}/false-alarm']['post']['requestBody']['content']['application/json']['reasonCode'];
/** What is hidden for a while, and how much of it there was. */
export type SuppressionView = Answer<'/api/v1/suppressions'>['suppressions'][number];
/** A camera between two capture times: recorded spans, gaps, motion, alerts, bookmarks, locks. */
export type Timeline = Answer<'/api/v1/cameras/{cameraId}/recording/timeline'>;
/** A moment of a recording that somebody wants to find again. */
export type Bookmark = Timeline['bookmarks'][number];
/** A message of the alert stream. */
export type AlertStreamMessage = components['schemas']['AlertStreamMessage'];
/** A message of the overlay stream. */
export type OverlayMessage = components['schemas']['OverlayMessage'];
/** Tracks of one frame. */
export type TracksFrame = components['schemas']['TracksFrame'];
/** A violation as the reviewer who holds it sees it. */
export type ReviewCase = Answer<'/api/v1/review/claims'>['cases'][number];
/** A row of the legal catalogue. */
export type Provision = ReviewCase['law']['candidates'][number];
/** Why a violation is rejected. */
export type RejectReason =
  paths['/api/v1/review/cases/{caseId}/reject']['post']['requestBody']['content']['application/json']['reasonCode'];
