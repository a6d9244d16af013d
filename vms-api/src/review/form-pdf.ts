import { createRequire } from 'node:module';
import PDFDocument from 'pdfkit';
import { dayParts } from './deadlines.js';

const { resolve } = createRequire(import.meta.url);
/** Tinos has the metrics of Times New Roman, in which the administration writes, and every Vietnamese letter. */
const FONTS = {
  regular: resolve('@expo-google-fonts/tinos/400Regular/Tinos_400Regular.ttf'),
  bold: resolve('@expo-google-fonts/tinos/700Bold/Tinos_700Bold.ttf'),
  italic: resolve('@expo-google-fonts/tinos/400Regular_Italic/Tinos_400Regular_Italic.ttf'),
};

/** Points of 1/72 inch; the margins of Vietnamese official paper. */
const MARGINS = { top: 57, bottom: 57, left: 85, right: 45 };
const SIZE = 12;

/** One picture that goes with a form. */
export interface FormPicture {
  caption: string;
  sha256: string;
  jpeg: Uint8Array;
}

/** What a form says, worded to the last letter. */
export interface FormPage {
  formName: string;
  number: string;
  office: string;
  place: string;
  issuedAtMs: number;
  title: string;
  subtitle: string;
  recipient: string;
  paragraphs: string[];
  enclosed: string;
  pictures: FormPicture[];
  recipients: string[];
  signerTitle: string;
  signer: string;
  /** Prints BẢN NHÁP over every page. */
  draft: boolean;
}

type Document = InstanceType<typeof PDFDocument>;

function writeHead(doc: Document, page: FormPage): void {
  const { left } = MARGINS;
  const width = doc.page.width - MARGINS.left - MARGINS.right;
  const [half, right] = [width * 0.42, left + width * 0.44];
  const rest = width * 0.56;
  doc.font('italic').fontSize(10).text(page.formName, left, 32, { width, align: 'right' });
  doc.font('bold').fontSize(SIZE).text(page.office.toLocaleUpperCase('vi'), left, 57, { width: half, align: 'center' });
  doc.font('regular').text(`Số: ${page.number}`, { width: half, align: 'center' });
  const below = doc.y;
  doc.font('bold').text('CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', right, 57, { width: rest, align: 'center' });
  doc.text('Độc lập - Tự do - Hạnh phúc', { width: rest, align: 'center', underline: true });
  const { day, month, year } = dayParts(page.issuedAtMs);
  doc.moveDown(0.4).font('italic').text(`${page.place}, ngày ${day} tháng ${month} năm ${year}`, { width: rest, align: 'center' });
  doc.y = Math.max(below, doc.y) + 14;
  doc.x = left;
}

function writeBody(doc: Document, page: FormPage): void {
  doc.font('bold').fontSize(14).text(page.title, { align: 'center' });
  doc.fontSize(SIZE).text(page.subtitle, { align: 'center' }).moveDown(0.8);
  doc.font('bold').text(page.recipient, { align: 'center' }).moveDown(0.6);
  doc.font('regular');
  for (const paragraph of page.paragraphs) doc.text(paragraph, { align: 'justify', lineGap: 1.5 }).moveDown(0.35);
  doc.text(page.enclosed);
  for (const { caption, sha256 } of page.pictures) {
    doc.text(`- ${caption}`);
    doc.fontSize(8).text(`SHA-256 ${sha256}`).fontSize(SIZE);
  }
}

function writeFoot(doc: Document, page: FormPage): void {
  const width = doc.page.width - MARGINS.left - MARGINS.right;
  if (doc.y > doc.page.height - MARGINS.bottom - 130) doc.addPage();
  doc.moveDown(1);
  const top = doc.y;
  doc
    .font('italic')
    .fontSize(10)
    .text('Nơi nhận:', MARGINS.left, top, { width: width * 0.45 });
  doc.font('regular');
  for (const recipient of page.recipients) doc.text(`- ${recipient};`, { width: width * 0.45 });
  const right = MARGINS.left + width * 0.5;
  doc
    .font('bold')
    .fontSize(SIZE)
    .text(page.signerTitle.toLocaleUpperCase('vi'), right, top, { width: width * 0.5, align: 'center' });
  doc.font('italic').text('(Ký, ghi rõ họ tên, đóng dấu)', { width: width * 0.5, align: 'center' });
  doc
    .moveDown(3.5)
    .font('bold')
    .text(page.signer, { width: width * 0.5, align: 'center' });
}

function writePictures(doc: Document, pictures: FormPicture[]): void {
  const width = doc.page.width - MARGINS.left - MARGINS.right;
  const height = 205;
  for (const [index, { caption, jpeg }] of pictures.entries()) {
    if (index % 3 === 0) doc.addPage();
    const top = MARGINS.top + (index % 3) * (height + 34);
    doc.image(Buffer.from(jpeg), MARGINS.left, top, { fit: [width, height], align: 'center', valign: 'center' });
    doc
      .font('italic')
      .fontSize(10)
      .text(caption, MARGINS.left, top + height + 4, { width, align: 'center' });
  }
}

function markDraft(doc: Document): void {
  const { start, count } = doc.bufferedPageRange();
  for (let at = start; at < start + count; at++) {
    doc.switchToPage(at);
    const { width, height } = doc.page;
    doc.save().rotate(-45, { origin: [width / 2, height / 2] });
    doc.font('bold').fontSize(90).fillColor('#c00000', 0.22);
    doc.text('BẢN NHÁP', 0, height / 2 - 50, { width, align: 'center', lineBreak: false });
    doc.restore().fillColor('#000000', 1);
  }
}

/** The form as PDF, A4, in Vietnamese. */
export function formPdf(page: FormPage): Promise<Buffer> {
  const doc = new PDFDocument({
    size: 'A4',
    margins: MARGINS,
    bufferPages: true,
    lang: 'vi-VN',
    info: { Title: `${page.title} ${page.number}` },
  });
  for (const [name, file] of Object.entries(FONTS)) doc.registerFont(name, file);
  const chunks: Buffer[] = [];
  const done = new Promise<Buffer>((resolved, rejected) => {
    doc.on('data', (chunk: Buffer) => chunks.push(chunk));
    doc.on('end', () => resolved(Buffer.concat(chunks)));
    doc.on('error', rejected);
  });
  writeHead(doc, page);
  writeBody(doc, page);
  writeFoot(doc, page);
  writePictures(doc, page.pictures);
  if (page.draft) markDraft(doc);
  doc.end();
  return done;
}
