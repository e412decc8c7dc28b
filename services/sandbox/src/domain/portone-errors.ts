/** PortOne V2's error types with the HTTP status each comes with (schema v2.openapi.json, API 1.16.0). */
export const portoneErrors = {
  INVALID_REQUEST: { status: 400, message: '요청된 입력 정보가 유효하지 않습니다.' },
  INVALID_PAYMENT_TOKEN: { status: 400, message: '유효하지 않은 결제 토큰입니다.' },
  NEGATIVE_PROMOTION_ADJUSTED_CANCEL_AMOUNT: {
    status: 400,
    message: '프로모션 적용 취소 금액이 음수인 부분 취소를 시도했습니다.',
  },
  PROMOTION_DISCOUNT_RETAIN_OPTION_SHOULD_NOT_BE_CHANGED: {
    status: 400,
    message: '프로모션 할인율 유지 옵션을 이전 부분 취소 시의 옵션과 다르게 선택할 수 없습니다.',
  },
  MAX_WEBHOOK_RETRY_COUNT_REACHED: { status: 400, message: '동일한 웹훅의 수동 재시도 횟수가 최대에 도달했습니다.' },
  UNAUTHORIZED: { status: 401, message: '인증 정보가 올바르지 않습니다.' },
  FORBIDDEN: { status: 403, message: '요청이 거절되었습니다.' },
  PAYMENT_NOT_FOUND: { status: 404, message: '결제 건이 존재하지 않습니다.' },
  WEBHOOK_NOT_FOUND: { status: 404, message: '웹훅 내역이 존재하지 않습니다.' },
  IDENTITY_VERIFICATION_NOT_FOUND: { status: 404, message: '요청된 본인인증 건이 존재하지 않습니다.' },
  ALREADY_PAID: { status: 409, message: '결제가 이미 완료되었습니다.' },
  INFORMATION_MISMATCH: { status: 409, message: '정보가 일치하지 않습니다.' },
  IDEMPOTENCY_OUTSTANDING_REQUEST: { status: 409, message: '같은 멱등 키의 요청이 처리 중입니다.' },
  PAYMENT_NOT_PAID: { status: 409, message: '결제가 완료되지 않았습니다.' },
  PAYMENT_ALREADY_CANCELLED: { status: 409, message: '결제가 이미 취소되었습니다.' },
  CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN: { status: 409, message: '취소 가능 잔액 검증에 실패했습니다.' },
  CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT: {
    status: 409,
    message: '결제 취소 금액이 취소 가능 금액을 초과했습니다.',
  },
  SUM_OF_PARTS_EXCEEDS_CANCEL_AMOUNT: {
    status: 409,
    message: '면세 금액 등 하위 항목들의 합이 전체 취소 금액을 초과했습니다.',
  },
  CANCEL_TAX_FREE_AMOUNT_EXCEEDS_CANCELLABLE_TAX_FREE_AMOUNT: {
    status: 409,
    message: '취소 면세 금액이 취소 가능한 면세 금액을 초과했습니다.',
  },
  CANCEL_TAX_AMOUNT_EXCEEDS_CANCELLABLE_TAX_AMOUNT: {
    status: 409,
    message: '취소 과세 금액이 취소 가능한 과세 금액을 초과했습니다.',
  },
  MAX_CANCEL_COUNT_REACHED: { status: 409, message: '취소 시도 횟수를 초과했습니다.' },
  PG_PROVIDER: { status: 502, message: 'PG사에서 오류를 전달했습니다.' },
  SANDBOX_FULL: { status: 503, message: 'The sandbox keeps no more: POST /sandbox/reset.' },
  SANDBOX_FAILED: { status: 500, message: 'The sandbox itself failed.' },
} as const

export type PortoneErrorType = keyof typeof portoneErrors

export interface PortoneErrorBody {
  readonly type: PortoneErrorType
  readonly message: string
  readonly pgCode?: string
  readonly pgMessage?: string
}

/** PortOne's error body; PG_PROVIDER carries the card processor's own code and sentence too. */
export function portoneErrorBody(
  type: PortoneErrorType,
  details: { message?: string | undefined; pgCode?: string; pgMessage?: string } = {},
): PortoneErrorBody {
  const message = details.message ?? portoneErrors[type].message
  if (type !== 'PG_PROVIDER') return { type, message }
  const { pgCode = 'FAILED_INTERNAL_SYSTEM_PROCESSING', pgMessage = '내부 시스템 처리 작업이 실패했습니다.' } = details
  return { type, message, pgCode, pgMessage }
}
