import { type ProblemError, problem } from '@ticket-queue/service-kit'
import type { UpstreamName } from '../domain/upstreams.ts'
import { errors } from '../errors.ts'

/** What is said to people while a service is away (GW-017). For payments: that money may have moved already. */
const explanations: Record<UpstreamName, { ko: string; en: string }> = {
  user: {
    ko: '지금은 로그인과 회원 기능을 이용할 수 없습니다. 잠시 후 다시 시도해 주세요.',
    en: 'Log-in and accounts are not available right now. Please try again shortly.',
  },
  event: {
    ko: '지금은 공연 정보를 불러올 수 없습니다. 잠시 후 다시 시도해 주세요.',
    en: 'Event information cannot be loaded right now. Please try again shortly.',
  },
  queue: {
    ko: '대기열에 잠시 연결할 수 없습니다. 대기 순서는 유지되니 이 화면을 닫지 마세요.',
    en: 'The waiting room cannot be reached for a moment. You keep your place: please leave this page open.',
  },
  reservation: {
    ko: '지금은 예매를 진행할 수 없습니다. 잠시 후 다시 시도해 주세요.',
    en: 'Reservations cannot be made right now. Please try again shortly.',
  },
  payment: {
    ko: '결제 결과를 확인하고 있습니다. 이미 결제되었을 수 있으니 다시 결제하지 마시고, 예매 내역에서 결과를 확인해 주세요.',
    en: 'We are still finding out what became of your payment. You may already have been charged: do not pay again, and check the result under your reservations.',
  },
}

const unavailable = {
  user: 'USER_UNAVAILABLE',
  event: 'EVENT_UNAVAILABLE',
  queue: 'QUEUE_UNAVAILABLE',
  reservation: 'RESERVATION_UNAVAILABLE',
  payment: 'PAYMENT_UNAVAILABLE',
} as const

/** Gives the 503 for a service that is not reached; `retryAfterSeconds` says when it is worth trying again. */
export function unavailableProblem(upstream: UpstreamName, retryAfterSeconds: number, cause?: unknown): ProblemError {
  return problem(errors, unavailable[upstream], { ...extra(upstream, retryAfterSeconds), cause })
}

/** Gives the 504 for a service that did not answer in time (GW-007): whether it did what was asked is unknown. */
export function timeoutProblem(upstream: UpstreamName, cause?: unknown): ProblemError {
  return problem(errors, 'UPSTREAM_TIMEOUT', { ...extra(upstream, 5), cause })
}

function extra(upstream: UpstreamName, retryAfterSeconds: number) {
  const { ko, en } = explanations[upstream]
  return {
    detail: `${ko} ${en}`,
    messages: { ko, en },
    headers: { 'retry-after': String(retryAfterSeconds) },
  }
}
