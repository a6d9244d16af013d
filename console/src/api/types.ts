import type { ClientPathsWithMethod, MethodResponse } from 'openapi-fetch';
import type { api } from './client.js';
import type { components, paths } from './schema.generated';

/** What the client gives for a GET of the path. */
type Answer<Path extends ClientPathsWithMethod<typeof api, 'get'>> = MethodResponse<typeof api, 'get', Path>;

/** Who is signed in, the token that unsafe requests carry, and whether this is the demo. */
export type Session = Answer<'/api/v1/session'>;
/** How people can sign in. */
export type SignInOptions = Answer<'/api/v1/session/options'>;
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
/** What a desk shows beside alerts. */
export type DeskPart = Extract<AlertStreamMessage, { changed: unknown }>['changed'];
/** A drill: who declared it, where and until when. */
export type Drill = Answer<'/api/v1/drills'>['drills'][number];
/** What is open on the desk of a unit. */
export type Desk = Answer<'/api/v1/units/{unitId}/desk'>;
/** One hand-over of a shift. */
export type Handover = Answer<'/api/v1/handovers'>['handovers'][number];
/** A mark of a camera for the wall. */
export type CameraFlag = Answer<'/api/v1/flags'>['flags'][number];
/** What a person tells who opens an incident. */
export type IncidentBody = paths['/api/v1/incidents']['post']['requestBody']['content']['application/json'];
/** What a person corrects of an incident. */
export type CorrectionBody = paths['/api/v1/incidents/{alertId}']['patch']['requestBody']['content']['application/json'];
/** A message of the overlay stream. */
export type OverlayMessage = components['schemas']['OverlayMessage'];
/** Tracks of one frame. */
export type TracksFrame = components['schemas']['TracksFrame'];
/** A legal hold on an alert. */
export type Hold = Answer<'/api/v1/alerts/{alertId}/holds'>['holds'][number];
/** How long data are kept. */
export type RetentionOverview = Answer<'/api/v1/retention'>;
/** The record of a deletion. */
export type RetentionRun = Answer<'/api/v1/retention/runs'>['runs'][number];
/** A violation as the reviewer who holds it sees it. */
export type ReviewCase = Answer<'/api/v1/review/claims'>['cases'][number];
/** A row of the legal catalogue. */
export type Provision = ReviewCase['law']['candidates'][number];
/** Why a violation is rejected. */
export type RejectReason =
  paths['/api/v1/review/cases/{caseId}/reject']['post']['requestBody']['content']['application/json']['reasonCode'];
/** The own account, and where it is signed in. */
export type OwnAccount = Answer<'/api/v1/account'>;
/** An administrative body. */
export type Unit = Answer<'/api/v1/units'>['units'][number];
/** When alerts of a unit are escalated, from which unit that comes, and what waits there. */
export type Escalation = Answer<'/api/v1/escalation'>['units'][number];
/** Somebody who belongs to the own units, with their roles. */
export type Person = Answer<'/api/v1/users'>['users'][number];
/** A role, where and until when, as it is given. */
export type GrantInput = paths['/api/v1/users/{username}/grants']['post']['requestBody']['content']['application/json'];
/** A token of another system. */
export type Token = Answer<'/api/v1/tokens'>['tokens'][number];
/** Another centre that is told of alerts. */
export type Destination = Answer<'/api/v1/destinations'>['destinations'][number];
/** The same, as it is added. */
export type DestinationInput = paths['/api/v1/destinations']['post']['requestBody']['content']['application/json'];
/** What of it is changed. */
export type DestinationChange = paths['/api/v1/destinations/{destinationId}']['patch']['requestBody']['content']['application/json'];
/** An entry of the audit log. */
export type AuditEntry = Answer<'/api/v1/audit'>['entries'][number];
/** Which entries of it are looked for. */
export type AuditFilter = Omit<NonNullable<paths['/api/v1/audit']['get']['parameters']['query']>, 'limit' | 'beforeSeq'>;
/** A row of the legal catalogue as it is added. */
export type NewProvision = paths['/api/v1/law/provisions']['post']['requestBody']['content']['application/json'];
/** A template of form 02 or 03. */
export type FormTemplate = Answer<'/api/v1/law/templates'>['templates'][number];
/** A violation as its record has it. */
export type CaseRecord = Answer<'/api/v1/review/cases'>['cases'][number];
/** A form that was issued. */
export type IssuedForm = Answer<'/api/v1/review/forms'>['forms'][number];
/** How a unit reviews a type of violation. */
export type ReviewSettings = Answer<'/api/v1/review/settings'>['settings'][number];
/** The same, as it is set. */
export type ReviewSettingsInput = paths['/api/v1/review/settings']['put']['requestBody']['content']['application/json'];
/** What was decided in a time. */
export type ReviewStatistics = Answer<'/api/v1/review/statistics'>;
/** How many violations wait, and where. */
export type ReviewQueue = Answer<'/api/v1/review/queue'>;
/** Which of them are counted. */
export type QueueFilter = NonNullable<paths['/api/v1/review/queue']['get']['parameters']['query']>;
