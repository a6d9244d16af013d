/** The numbers and names of what is wrong. */
export type Params = Readonly<Record<string, string | number | readonly string[] | undefined>>;
/** Vietnamese words of a code. */
export type Say = string | ((params: Params) => string);

const list = (value: Params[string]): string => (Array.isArray(value) ? value.join(', ') : String(value ?? ''));
const quoted = (value: Params[string]): string => `“${list(value)}”`;

const FORMATS: Record<string, string> = { date: 'ngày có trong lịch, ví dụ 2026-03-31' };
const TYPES: Record<string, string> = {
  ...{ string: 'chữ', number: 'số', integer: 'số nguyên', boolean: 'có hoặc không', array: 'danh sách', object: 'nhóm giá trị' },
  null: 'để trống',
};
const typeWords = (type: Params[string]) => (Array.isArray(type) ? type : [String(type)]).map((one) => TYPES[one] ?? one).join(' hoặc ');

/** Keywords of schemas, beside any field. */
export const SCHEMA_WORDS: Record<string, Say> = {
  additionalProperties: ({ names }) => `không nhận mục ${list(names)}: bỏ đi hoặc sửa tên`,
  anyOf: 'không đúng dạng nào được nhận',
  const: ({ values }) => `chỉ nhận ${list(values)}`,
  enum: ({ values }) => `chỉ nhận một trong: ${list(values)}`,
  exclusiveMaximum: ({ limit }) => `phải nhỏ hơn ${limit}`,
  exclusiveMinimum: ({ limit }) => `phải lớn hơn ${limit}`,
  format: ({ format }) => `phải là ${FORMATS[String(format)] ?? String(format)}`,
  maxItems: ({ limit }) => `nhiều nhất ${limit} mục`,
  maxLength: ({ limit }) => `nhiều nhất ${limit} ký tự`,
  maxProperties: ({ limit }) => `nhiều nhất ${limit} mục`,
  maximum: ({ limit }) => `không được lớn hơn ${limit}`,
  minItems: ({ limit }) => `cần ít nhất ${limit} mục`,
  minLength: ({ limit }) => (limit === 1 ? 'không được để trống' : `cần ít nhất ${limit} ký tự`),
  minProperties: ({ limit }) => `cần ít nhất ${limit} mục`,
  minimum: ({ limit }) => `không được nhỏ hơn ${limit}`,
  multipleOf: ({ multipleOf }) => `phải là bội số của ${multipleOf}`,
  pattern: 'có ký tự không được nhận, hoặc không đúng dạng',
  required: 'chưa điền',
  type: ({ type }) => `phải là ${typeWords(type)}`,
  uniqueItems: 'có mục lặp lại: bỏ bớt',
};

const SHAPES: Record<string, string> = {
  zones: 'vùng',
  lines: 'vạch',
  lanes: 'làn',
  signals: 'đèn tín hiệu',
};
/** Names of keys that another key is compared with. */
const KEYS: Record<string, string> = {
  ...{ fromMs: 'thời điểm bắt đầu', now: 'bây giờ', validFrom: 'ngày có hiệu lực', validFromMs: 'thời điểm có hiệu lực' },
  ...{ fineMinVnd: 'mức phạt thấp nhất', issuedOn: 'ngày cấp', plateDistance: 'số ký tự sai khác' },
};
const key = (value: Params[string]) => KEYS[String(value)] ?? String(value);
const named = ({ name }: Params) => (name === undefined ? '' : `${quoted(name)} `);

/** What can be wrong beyond schemas. */
export const PROBLEM_WORDS: Record<string, Say> = {
  'id-form': '1 đến 64 chữ không dấu, số, gạch nối hoặc gạch dưới',
  'username-form': '2 đến 64 chữ thường không dấu, số, dấu chấm, gạch nối hoặc gạch dưới',
  'not-blank': 'không được để trống',
  'http-address': 'địa chỉ bắt đầu bằng http:// hoặc https://, không chứa tên và mật khẩu',
  'rtsp-address': 'địa chỉ bắt đầu bằng rtsp:// hoặc rtsps://; tên và mật khẩu điền ở ô riêng',
  'onvif-address': 'địa chỉ ONVIF bắt đầu bằng http:// và có tên máy',
  'sign-in-code': 'mã gồm 6 chữ số; mã khôi phục gồm 20 ký tự',
  'law-id': '1 đến 80 chữ không dấu, số, dấu chấm, gạch nối hoặc gạch dưới',
  'group-name': '1 đến 60 ký tự, không chứa | ; và dấu phẩy',
  'day-time': 'giờ phút dạng HH:MM, từ 00:00 đến 24:00',
  sha256: 'mã SHA-256 gồm 64 ký tự 0-9, a-f',
  'country-code': 'hai chữ hoa của nước, ví dụ VN, hoặc any',
  'no-letter': 'cần ít nhất một chữ hoặc số',
  'text-characters': 'có ký tự không lưu được: gõ lại',

  number: ({ given }) => `phải là số, ví dụ 10,9804; nhận được ${quoted(given)}`,
  'yes-no': ({ given }) => `chỉ nhận true hoặc false; nhận được ${quoted(given)}`,
  after: ({ other }) => `phải sau ${key(other)}`,
  'not-below': ({ other }) => `không được thấp hơn ${key(other)}`,
  future: 'phải là thời điểm sau bây giờ',
  'within-days': ({ days }) => `phải sau bây giờ, nhiều nhất ${days} ngày`,
  'within-hours': ({ hours }) => `phải trong ${hours} giờ vừa qua`,
  'span-at-most': ({ days, minutes }) => `khoảng thời gian nhiều nhất ${days === undefined ? `${minutes} phút` : `${days} ngày`}`,
  'many-steps': ({ most }) => `quá nhiều điểm (nhiều nhất ${most}): chọn bước dài hơn hoặc khoảng ngắn hơn`,
  'many-rows': ({ cameras, steps, most }) =>
    `${cameras} camera với ${steps} bước vượt quá ${most} dòng: chọn bước dài hơn, khoảng ngắn hơn hoặc một đơn vị`,
  'days-between': ({ min, max }) => `từ ${min} đến ${max} ngày`,
  'level-order': 'lần 2 phải sau lần 1',

  'id-fixed': ({ id }) => `mã không đổi được: giữ ${quoted(id)}`,
  'no-colon': 'không được chứa dấu hai chấm',
  'credentials-again': 'camera đã đổi sang máy khác: nhập lại tên và mật khẩu',
  'credentials-sealed': 'không nhận mật khẩu đã mã hóa: nhập tên và mật khẩu',
  'credentials-in-address': 'địa chỉ chứa tên hoặc mật khẩu: điền ở cột username và password',
  'password-without-user': 'có mật khẩu mà không có tên: điền cả hai, hoặc bỏ cả hai',
  'address-form': 'không đọc được tên máy: viết dạng máy hoặc máy:cổng',
  'camera-to-try': 'cho một địa chỉ, hoặc chọn một camera đã có',
  'used-twice': ({ name }) => `${quoted(name)} dùng hai lần: đặt tên khác hoặc bỏ bớt`,
  'missing-part': ({ id, list: of, known }) =>
    `${quoted(id)} không có trong các ${SHAPES[String(of)] ?? String(of)} của camera${list(known) === '' ? '' : ` (đang có: ${list(known)})`}`,
  'unknown-kind': ({ given, values }) => `không có loại ${quoted(given)}: chọn một trong ${list(values)}`,
  'not-object': 'phải là một nhóm giá trị có loại',
  'no-area': (params) => `${named(params)}không có diện tích: các góc nằm trên một đường thẳng`,
  'no-length': (params) => `${named(params)}có đoạn dài bằng không: dời điểm ra xa nhau`,
  'same-corner': (params) => `${named(params)}có góc ${params['first']} trùng góc ${params['second']}: bỏ một góc`,
  'self-crossing': (params) => `${named(params)}có cạnh ${params['first']} cắt cạnh ${params['second']}: dời các góc`,
  'same-kind': 'nguồn kiểm tra cùng loại với nguồn chính: chọn loại khác',
  'nothing-to-check': 'đèn theo kịch bản là mô phỏng, không có gì để kiểm tra',
  'never-matches': 'khoảng thời gian này không bao giờ đúng: sửa giờ bắt đầu hoặc kết thúc',
  'time-zone': ({ given }) => `${quoted(given)} không phải múi giờ: dùng tên như Asia/Ho_Chi_Minh`,
  'one-end': 'nêu đúng một vạch hoặc một vùng ở mỗi đầu',
  'same-place': 'đầu vào và đầu ra là một chỗ: chọn hai chỗ khác nhau',
  'lane-without': ({ name }) => `làn ${quoted(name)} thiếu dữ liệu mà luật cần: bổ sung, hoặc bỏ làn khỏi luật`,
  'own-stop-line': 'đầu ra là chính vạch dừng: chọn vạch nơi xe rời đi',
  'allows-everybody': 'ngoại lệ không có điều kiện: nêu làn, vạch ra hoặc loại xe',
  'needs-plates': 'luật cần biển số mà camera không đọc: bật đọc biển số',
  'needs-calibration': 'luật đo km/h mà camera chưa hiệu chuẩn: thêm hiệu chuẩn từ bốn điểm trở lên',
  'presets-at-once': ({ names }) => `luật cần cùng lúc các vị trí đặt sẵn ${list(names)}: tách thành mỗi vị trí một luật`,
  'unknown-preset': ({ id }) => `${quoted(id)} không phải vị trí đặt sẵn của camera`,
  'same-point': 'có hai điểm hiệu chuẩn trùng nhau: mỗi điểm một chỗ',
  'on-one-line': 'từ ba điểm hiệu chuẩn nằm trên một đường thẳng: chọn các điểm trải rộng',
  'no-view': 'không góc nhìn nào cho các điểm như vậy: kiểm tra từng cặp điểm trên hình và mặt đường',

  'csv-empty': 'Tệp rỗng: dòng đầu phải nêu tên các cột.',
  'csv-not-utf8': 'Tệp không phải UTF-8: lưu dạng “CSV UTF-8” trong bảng tính.',
  'csv-column': ({ given, values }) => `Không có cột ${quoted(given)}: các cột là ${list(values)}.`,
  'csv-column-twice': ({ given }) => `Cột ${quoted(given)} có hai lần: bỏ một.`,
  'csv-no-id': 'Thiếu cột id: cột này nêu camera của mỗi dòng.',
  'csv-many': ({ given, most }) => `Tệp có ${given} camera, mỗi lần nhiều nhất ${most}: chia nhỏ tệp.`,
  'csv-cells': ({ line, given, wanted }) => `Dòng ${line} có ${given} ô, dòng đầu có ${wanted}: đặt ô chứa dấu phân cách trong ngoặc kép.`,
  'csv-long': ({ line }) => `Dòng ${line} quá dài: kiểm tra dấu ngoặc kép.`,
  'csv-quotes': ({ line }) => `Dòng ${line} có dấu ngoặc kép không khớp: dấu ngoặc kép bên trong viết hai lần.`,
  'csv-refused': ({ refused, rows }) =>
    `${refused} trên ${rows} dòng bị từ chối nên không có gì thay đổi: sửa, hoặc chỉ nhập các dòng đúng.`,
  'row-twice': ({ line }) => `đã có ở dòng ${line}: mỗi camera một dòng`,
  'other-unit': 'là mã camera của đơn vị khác: chọn mã khác',
  needed: 'camera mới phải có mục này',
  'place-incomplete': 'vị trí cần cả vĩ độ và kinh độ',

  'plate-form': 'biển số gồm 4 đến 12 chữ và số, có ít nhất một chữ số',
  'plate-pattern': '2 đến 12 chữ, số, dấu ? hoặc *',
  'plate-wide': 'khớp quá nhiều xe: cần ít nhất 3 chữ hoặc số',
  'plate-signs': 'chỉ gồm chữ, số, dấu * và ?',
  'plate-pieces': 'cần ba ký tự liền nhau, hoặc hai ký tự ở đầu hay cuối',
  'plate-short': ({ least }) => `tìm gần đúng cần ít nhất ${least} ký tự`,
  'plate-exact': 'tìm gần đúng không dùng dấu * và ?',
  'plate-needed': 'cần nêu biển số',
  'camera-needed': 'cần chọn camera: vùng là của từng camera',
  'other-reality': 'camera mô phỏng và sự việc thật không đi với nhau: chọn camera khác, hoặc bỏ trống',
  'unit-of-camera': 'sự việc thuộc đơn vị của camera: bỏ trống',
  'unit-needed': 'không có camera thì phải chọn đơn vị',
  'place-needed': 'không có camera thì phải ghi nơi xảy ra',
  'password-needed': 'phải có mật khẩu: hệ thống chưa nối với cổng định danh',
  'appear-at-needed': 'mẫu 02 phải ghi nơi đến làm việc',
  'names-itself': 'đơn vị không kế thừa chính nó',
  'webhook-only': 'chỉ webhook mới có khóa ký',
  'polygon-needed': 'Cảnh báo không gắn với chỗ nào trong hình: vẽ vùng, hoặc sửa camera.',
  'rule-needed': 'Cảnh báo này không do luật của camera sinh ra nên không ẩn ở đây được.',

  'own-rights': 'Không ai đổi quyền của chính mình: nhờ quản trị khác.',
  'rights-elsewhere': ({ name }) => `${quoted(name)} còn vai trò ở đơn vị ngoài phạm vi của bạn: nhờ quản trị của cả hai.`,
  'controller-elsewhere': ({ name }) =>
    `Tủ điều khiển ${quoted(name)} có camera của đơn vị khác dùng: nhờ người quản trị của cả hai đơn vị.`,
  'whole-site': 'Việc này chung cho toàn hệ thống: nhờ người có vai trò trong toàn hệ thống.',
  successors: ({ units }) =>
    list(units) === '' ? 'Đơn vị đã đóng, không có đơn vị kế thừa.' : `Đơn vị đã đóng: chọn đơn vị kế thừa ${list(units)}.`,
  unowned: ({ alerts, more }) =>
    `Chưa ai nhận xử lý: ${list(alerts)}${Number(more) > 0 ? ` và ${more} cảnh báo khác` : ''}. Giao cho từng người rồi ký.`,
  'try-again-in': ({ seconds }) => `Quá nhiều lần: thử lại sau ${seconds} giây.`,
};
