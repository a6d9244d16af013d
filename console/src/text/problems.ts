import type { Language } from './language.js';

/**
 * Why a camera is not online, in Vietnamese. The server words its problems in English with the particulars; an
 * operator needs what is wrong and what to do. Codes without an entry show the server's words.
 */
const VIETNAMESE: Record<string, string> = {
  INGEST_FFMPEG_MISSING: 'Máy chủ thiếu chương trình ffmpeg: cần cài đặt.',
  INGEST_CAMERA_HOST_UNKNOWN: 'Không tìm thấy tên máy của camera: sửa địa chỉ hoặc máy chủ tên miền.',
  INGEST_CAMERA_ADDRESS_REFUSED:
    'Địa chỉ nằm ngoài mạng camera được phép: sửa địa chỉ, hoặc nhờ quản trị máy chủ thêm mạng vào SAFECITY_CAMERA_NETWORKS.',
  INGEST_CAMERA_REDIRECTED: 'Camera chuyển sang một địa chỉ khác chưa được phép: nhập thẳng địa chỉ của luồng.',
  INGEST_CAMERA_TEST_TIMEOUT: 'Thử 15 giây mà chưa có hình: kiểm tra mạng tới camera, hoặc thử luồng phụ.',
  INGEST_ONVIF_UNAUTHORIZED: 'Camera từ chối tài khoản hoặc mật khẩu ONVIF: nhiều camera có tài khoản ONVIF riêng.',
  INGEST_ONVIF_REFUSED: 'Không có dịch vụ ONVIF ở cổng này: sửa số cổng hoặc bật ONVIF trên camera.',
  INGEST_ONVIF_NO_ANSWER: 'Camera không trả lời: kiểm tra nguồn điện, cáp mạng và địa chỉ.',
  INGEST_ONVIF_INVALID: 'Máy ở địa chỉ này không phải camera ONVIF, hoặc trả lời không dùng được: nhập địa chỉ luồng bằng tay.',
  API_PROBES_BUSY: 'Đang thử các camera khác: đợi vài giây rồi thử lại.',
  API_NO_INGEST: 'Bộ thu hình không chạy hoặc không trả lời: kiểm tra dịch vụ thu hình.',
  INGEST_CAMERA_UNREACHABLE: 'Camera không trả lời: kiểm tra nguồn điện, cáp mạng, địa chỉ và tường lửa.',
  INGEST_CAMERA_REFUSED: 'Máy trả lời nhưng không mở cổng RTSP: sửa số cổng hoặc bật RTSP trên camera.',
  INGEST_CAMERA_UNAUTHORIZED: 'Camera từ chối tài khoản hoặc mật khẩu: nhập lại cho đúng.',
  INGEST_CAMERA_NOT_FOUND: 'Camera không có luồng ở đường dẫn này: sửa đường dẫn trong địa chỉ.',
  INGEST_CAMERA_TRANSPORT: 'Camera không hỗ trợ kiểu truyền đã chọn: đổi giữa TCP và UDP.',
  INGEST_CAMERA_NOT_RTSP: 'Máy ở địa chỉ này không nói giao thức RTSP: sửa địa chỉ hoặc số cổng.',
  INGEST_CAMERA_NO_VIDEO: 'Luồng này không có hình: chọn luồng khác của camera.',
  INGEST_CAMERA_CODEC_UNSUPPORTED: 'Hình không phải H.264 hay H.265: chọn một trong hai trên camera.',
  INGEST_CAMERA_STREAM_CORRUPT: 'Luồng hình hỏng: kiểm tra mạng tới camera rồi khởi động lại camera.',
  INGEST_CAMERA_STALLED: 'Camera vẫn nối nhưng không gửi hình: đang tự nối lại, khởi động lại camera nếu lặp lại.',
  INGEST_CAMERA_ENDED: 'Camera đã ngắt luồng hình: đang tự nối lại.',
  INGEST_CREDENTIALS_UNREADABLE: 'Không mở được tài khoản camera đã lưu: nhập lại.',
  INGEST_CONFIG_INVALID: 'Cấu hình camera không hợp lệ: cấu hình tốt gần nhất vẫn được dùng.',
  INGEST_MODEL_UNAVAILABLE: 'Không có nút suy luận nào phục vụ mô hình của camera này.',
  INGEST_MODEL_FAILED: 'Nút suy luận không chạy được mô hình của camera này.',
  INGEST_INFERENCE_UNAVAILABLE: 'Nút suy luận không trả lời: hình chưa được phân tích.',
  INGEST_DECODER_FAILED: 'Không giải mã được hình của camera: đang thử lại.',
  INGEST_PICTURES_DAMAGED: 'Nhiều hình nhận được bị hỏng: kiểm tra mạng tới camera, hoặc đổi UDP sang TCP.',
  INGEST_RECORDING_DISK_FULL: 'Đĩa đầy nên đã ngừng ghi hình: dọn chỗ hoặc bỏ khóa đoạn ghi; có chỗ thì tự ghi tiếp.',
  INGEST_RECORDING_UNWRITABLE: 'Không ghi được lên đĩa nên đã ngừng ghi hình: kiểm tra đĩa.',
  INGEST_BUS_SLOW: 'Lưu kết quả phân tích không kịp: một số hình bị bỏ qua.',
  INGEST_MP4_CORRUPT: 'Luồng hình sai định dạng: đang tự nối lại.',
  API_NO_INGEST_STATUS: 'Không nhận được tin của camera từ bộ thu hình quá 15 giây: kiểm tra dịch vụ thu hình.',
};

/** A camera's problem in the operator's language. */
export function problemInWords(problem: { code: string; message: string }, language: Language): string {
  return (language === 'vi' ? VIETNAMESE[problem.code] : undefined) ?? problem.message;
}
