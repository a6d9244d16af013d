import { type CameraConfig, deriveId, type Finding, type RuleConfig } from '@safecity/contracts';

type Subject = Finding['subject'];

/** Id of a finding: the same for the same camera, rule, subject and start, so a replay finds the same. */
export function findingId(cameraId: string, ruleId: string, subject: Subject, startMs: number): string {
  return deriveId('finding', cameraId, ruleId, `${subject.kind}:${subject.id}`, Math.round(startMs));
}

/** What a rule adds to what is already known from the rule and its camera. */
export type FindingFacts = Omit<Finding, 'id' | 'type' | 'ruleId' | 'ruleName' | 'cameraId' | 'configRevision'>;

/** A whole finding from a rule's facts. */
export function makeFinding(rule: RuleConfig, camera: CameraConfig, facts: FindingFacts): Finding {
  return {
    id: findingId(camera.id, rule.id, facts.subject, facts.startMs),
    type: rule.type,
    ruleId: rule.id,
    ruleName: rule.name,
    cameraId: camera.id,
    configRevision: camera.revision,
    ...facts,
  };
}
