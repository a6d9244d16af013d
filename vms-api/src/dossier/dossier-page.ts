import { alertTypeFacts, type CameraConfig, certificateState } from '@safecity/contracts';
import { momentOfFile } from '../alerts/alert-record.js';
import type { DerivativeKind } from '../derivatives/derivative-rows.js';
import type { DossierRequest } from './dossier.js';

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const safe = (value: unknown) => String(value ?? '').replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');

function clock(ms: number | null): string {
  if (ms === null) return '–';
  const format = new Intl.DateTimeFormat('vi-VN', { timeZone: 'Asia/Ho_Chi_Minh', dateStyle: 'short', timeStyle: 'medium' });
  return `${format.format(ms)},${String(Math.floor(ms) % 1000).padStart(3, '0')} (UTC+7)`;
}

const row = (name: string, value: string) => `<tr><th>${name}</th><td>${value}</td></tr>`;

const KINDS: Record<DerivativeKind, string> = {
  masked: 'bản che mặt và biển số người khác',
  overview: 'toàn cảnh có vẽ đường đi',
  plate: 'biển số',
};

/** Every file of the dossier with its caption; the subject is marked on originals and on their masked copies alike. */
function shownFiles({ evidence, derived, unmasked }: DossierRequest) {
  return [
    ...derived.map(({ of, kind, ...file }) => ({
      ...file,
      link: `derived/${safe(file.file)}`,
      of,
      note: KINDS[kind],
      marked: kind === 'masked',
    })),
    ...(unmasked
      ? evidence.map((file) => ({ ...file, link: `evidence/${safe(file.file)}`, of: file.sha256, note: 'bản gốc', marked: true }))
      : []),
  ];
}

/** Said of what comes from a camera that was named by mistake. */
function wrongCamera({ byHand }: DossierRequest['alert'], moment: string): string {
  const camera = byHand?.earlier.find(({ moments }) => moments.includes(momentOfFile(moment)));
  return camera ? `; của ${safe(camera.cameraName)}, camera ghi nhầm` : '';
}

const corrected = ({ changes }: DossierRequest['alert']['history'][number]): string =>
  (changes ?? []).map(({ field, from, to }) => `<br>${field}: ${safe(from ?? '–')} → ${safe(to ?? '–')}`).join('');

function pictures(request: DossierRequest): string {
  const { evidence, alert, unmasked } = request;
  const shown = shownFiles(request).map(({ file, moment, capturedAtMs, sha256, link, of, note, marked }) => {
    const box = marked ? alert.evidence.find((item) => item.sha256 === of)?.box : null;
    const mark = box
      ? `<span class="mark" style="left:${box[0] * 100}%;top:${box[1] * 100}%;width:${(box[2] - box[0]) * 100}%;height:${(box[3] - box[1]) * 100}%"></span>`
      : '';
    const media = file.endsWith('.mp4')
      ? `<video controls src="${link}"></video>`
      : `<span class="still"><img src="${link}" alt="${safe(moment)}">${mark}</span>`;
    return `<figure>${media}<figcaption>${safe(moment)} (${note}${wrongCamera(alert, moment)}) · ${clock(capturedAtMs)}<br><code>${sha256}</code>${of === sha256 ? '' : `<br>Tạo từ tệp gốc <code>${of}</code>`}</figcaption></figure>`;
  });
  const missing = alert.evidenceFailed.map(
    ({ moment, reason }) => `<p class="missing">Thiếu khoảnh khắc ${safe(moment)}: ${safe(reason)}</p>`,
  );
  const withheld = unmasked
    ? []
    : evidence.map(
        ({ file, sha256, notMasked }) =>
          `<li>${safe(file)} <code>${sha256}</code>${notMasked ? ` (không có bản che: ${safe(notMasked)})` : ''}</li>`,
      );
  const list =
    withheld.length === 0
      ? ''
      : `<p>Tệp gốc không kèm theo (bảo vệ dữ liệu cá nhân); xin bản không che kèm lý do:</p><ul>${withheld.join('')}</ul>`;
  return [...shown, ...missing, list].join('\n');
}

/** Names of the privacy masks that the camera had; what they hide was hidden before anything was kept. */
function masks({ cameraVersion }: DossierRequest): string {
  const { privacyMasks = [] } = (cameraVersion ?? {}) as Pick<CameraConfig, 'privacyMasks'>;
  if (privacyMasks.length === 0) return '';
  const names = privacyMasks.map(({ name }) => safe(name)).join(', ');
  return row('Vùng che riêng tư', `${names}: được tô đen trước khi lưu; video đã mã hoá lại, không phải luồng bit gốc của camera`);
}

/** The calibration certificate that the camera had, and what it was worth when the case began. */
function certificateRow({ cameraVersion, alert }: DossierRequest): string {
  const { certificate } = (cameraVersion ?? {}) as Pick<CameraConfig, 'certificate'>;
  const state = certificateState(certificate, alert.startMs);
  if (!certificate) return row('Giấy chứng nhận kiểm định', 'không có');
  const { number, issuer, issuedOn, validUntil, fileSha256 } = certificate;
  const worth = state === 'expired' ? 'đã hết hạn' : state === 'not-yet' ? 'chưa có hiệu lực' : 'còn hiệu lực';
  const file = fileSha256 ? `; SHA-256 <code>${safe(fileSha256)}</code>` : '';
  return row('Giấy chứng nhận kiểm định', `${safe(number)}, ${safe(issuer)}, ${issuedOn} đến hết ${validUntil}: ${worth}${file}`);
}

function history({ alert }: DossierRequest): string {
  const rows = alert.history.map(
    (entry) =>
      `<tr><td>${clock(entry.atMs)}</td><td>${safe(entry.actor)}</td><td>${safe(entry.action)}</td><td>${safe(entry.comment)}${corrected(entry)}</td></tr>`,
  );
  return `<table><tr><th>Thời gian</th><th>Người</th><th>Việc</th><th>Ghi chú</th></tr>${rows.join('')}</table>`;
}

/** What a time stamp proves and what not. The page is made before the stamp, so it speaks of both cases. */
function timeStampWords(wanted: boolean): string {
  const none = 'thời điểm lập hồ sơ chỉ theo đồng hồ của cơ quan lập hồ sơ';
  if (!wanted) return `<p>Hồ sơ không có dấu thời gian của bên thứ ba: ${none}.</p>`;
  return `<p>Nếu có tệp <code>manifest.tst</code>: đó là dấu thời gian (RFC 3161) do một tổ chức độc lập cấp. Nó chứng minh bản kê <code>manifest.json</code>, và qua đó mọi tệp được kê, đã có nguyên như vậy vào lúc đóng dấu; nó không chứng minh hình ảnh đúng sự thật, không chứng minh ai đã lập hồ sơ, và việc chứng thư bị thu hồi phải hỏi riêng tổ chức đó. Kiểm tra không cần mạng: <code>npx safecity evidence verify HOSO.zip --tsa-ca CA.pem</code> hoặc <code>openssl ts -verify -token_in -in manifest.tst -data manifest.json -CAfile CA.pem</code>. Nếu không có tệp này thì hồ sơ chưa được đóng dấu: ${none}. Tệp <code>ledger-stamps.json</code>, nếu có, chứa dấu thời gian của sổ cái: chứng cứ ghi trước mục được đóng dấu đã có vào lúc đó.</p>`;
}

/** The page that a reader opens first: the case in Vietnamese, its pictures with the subject marked, and how to check it. */
export function dossierPage(request: DossierRequest & { exportedAtMs: number; fingerprint: string; timeStamps?: boolean }): string {
  const { alert } = request;
  const measures = alert.reason.measures
    .map(({ name, value, comparison, threshold }) => `${safe(name)} ${value} ${safe(comparison)} ${threshold}`)
    .join('; ');
  const fineable =
    alert.fineable && !alert.fineable.value
      ? row('Không dùng để xử phạt', alert.fineable.reasons.map(({ vi }) => safe(vi)).join('; '))
      : '';
  return `<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><title>Hồ sơ ${safe(alert.id)}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#111}table{border-collapse:collapse}th,td{border:1px solid #bbb;padding:.3rem .6rem;text-align:left;vertical-align:top}figure{margin:1rem 0}.still{position:relative;display:inline-block}img,video{max-width:100%;display:block}.mark{position:absolute;outline:3px solid #f60}code{font-size:.75rem;word-break:break-all}.simulated,.missing{background:#fee;border:2px solid #c00;padding:.5rem}</style></head><body>
${alert.simulated ? '<p class="simulated"><strong>MÔ PHỎNG</strong>: hình ảnh phát lại, không phải sự việc thật.</p>' : ''}
${alert.drill ? `<p class="simulated"><strong>DIỄN TẬP</strong> (${safe(alert.drill.name)}): không phải sự việc thật.</p>` : ''}
<h1>Hồ sơ: ${safe(alertTypeFacts(alert.type).name.vi)}</h1>
<table>${row('Mã hồ sơ', `<code>${safe(alert.id)}</code>`)}${alert.cameraId === null ? '' : row('Camera', `${safe(alert.cameraName)} (${safe(alert.cameraId)})`)}${row('Địa điểm', safe(alert.place))}${row('Bắt đầu', clock(alert.startMs))}${row('Kết thúc', clock(alert.endMs))}${row('Lý do', safe(alert.reason.text.vi))}${row('Số đo', measures)}${row('Trạng thái', safe(alert.state))}${masks(request)}${alert.kind === 'violation' ? certificateRow(request) : ''}${fineable}${row('Xuất hồ sơ', `${clock(request.exportedAtMs)}, ${safe(request.exportedBy)}: ${safe(request.reason)}`)}</table>
<h2>Chứng cứ</h2>
${pictures(request)}
<h2>Quá trình xử lý</h2>
${history(request)}
<h2>Kiểm tra tính toàn vẹn</h2>
<p>Chạy <code>node verify.mjs</code> trong thư mục này (không cần mạng), hoặc <code>npx safecity evidence verify</code> với tệp zip. Khung màu cam được vẽ khi hiển thị; tệp ảnh gốc không bị sửa.</p>
${timeStampWords(request.timeStamps === true)}
<p>Vân tay khoá (đối chiếu với bản do cơ quan công bố): <code>${safe(request.fingerprint)}</code></p>
</body></html>
`;
}
