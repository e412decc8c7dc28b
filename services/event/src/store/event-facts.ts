import { type RawBuilder, sql } from 'kysely'
import { scheduleChangeMs, scheduleStatusNow } from './schedule-facts.ts'

/**
 * A lateral subquery over the schedules of event `e`: `status` as it is shown (EVT-007: ONGOING as soon as one schedule is on
 * sale, ENDED when all are over), the times of the first and last show, and when any of it will change.
 */
export const scheduleSummary: RawBuilder<unknown> = sql`
  select
    case
      when e.status in ('PREPARING', 'CANCELLED', 'ENDED') then e.status
      when count(*) > 0 and bool_and(schedule.status = 'CANCELLED') then 'CANCELLED'
      when count(*) > 0 and bool_and(schedule.status in ('ENDED', 'CANCELLED')) then 'ENDED'
      when bool_or(schedule.status = 'ONGOING') then 'ONGOING'
      else 'UPCOMING'
    end as status,
    min(schedule.event_start_at) as start_date,
    max(schedule.event_end_at) as end_date,
    min(schedule.change_ms) as change_ms
  from (
    select ${scheduleStatusNow('s')} as status, s.event_start_at, s.event_end_at, ${scheduleChangeMs('s')} as change_ms
    from event_schedules s
    where s.event_id = e.id
  ) as schedule`
