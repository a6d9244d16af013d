import { dayInWords, timeInWords } from './deadlines.js';
import type { Provision, Vehicle } from './legal-schemas.js';

const VEHICLE_WORDS: Record<Vehicle, string> = { car: 'xe ô tô', motorcycle: 'xe mô tô, xe gắn máy' };
const COLOUR_WORDS: Record<string, string> = { white: 'trắng', yellow: 'vàng', blue: 'xanh', red: 'đỏ' };

const money = (vnd: number) => `${vnd.toLocaleString('de-DE')} đồng`;

/** `điểm b khoản 9 Điều 6 Nghị định số 168/2024/NĐ-CP`. */
export function provisionInWords({ article, clause, point, document }: Provision): string {
  const ofPoint = point === '' ? '' : `điểm ${point} `;
  return `${ofPoint}khoản ${clause} Điều ${article} ${document.vi}`;
}

/** What the fields of a template are filled from. */
export interface FormFacts {
  recipient: string;
  recipientAddress: string;
  appearAt: string | null;
  appearBy: string | null;
  noShowDays: number;
  contact: string;
  unit: string;
  camera: string;
  cameraId: string;
  place: string | null;
  plate: string;
  plateColour: string | null;
  vehicle: Vehicle;
  violationAtMs: number;
  reason: string;
  provision: Provision;
}

/** The texts that stand for the `{{fields}}` of a template. */
export function formFields(facts: FormFacts): Record<string, string> {
  const { provision, appearBy, plateColour } = facts;
  return {
    recipient: facts.recipient,
    recipientAddress: facts.recipientAddress,
    appearAt: facts.appearAt ?? '…………',
    appearBy: appearBy === null ? '…………' : dayInWords(appearBy),
    noShowDays: String(facts.noShowDays),
    contact: facts.contact,
    unit: facts.unit,
    camera: facts.camera,
    cameraId: facts.cameraId,
    place: facts.place ?? facts.camera,
    plate: facts.plate,
    plateColour: COLOUR_WORDS[plateColour ?? ''] ?? 'chưa xác định',
    vehicle: VEHICLE_WORDS[facts.vehicle],
    violationTime: timeInWords(facts.violationAtMs),
    reason: facts.reason,
    act: provision.act.vi,
    provision: provisionInWords(provision),
    fine: `từ ${money(provision.fineMinVnd)} đến ${money(provision.fineMaxVnd)}`,
    points: provision.licencePoints === null ? 'chưa ghi trong danh mục' : `${provision.licencePoints} điểm`,
  };
}

/** Fills a line of a template. @throws Error for a field that does not exist */
export function fill(line: string, fields: Record<string, string>): string {
  return line.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = fields[name];
    if (value === undefined) throw new Error(`the template asks for {{${name}}}, which no form has`);
    return value;
  });
}
