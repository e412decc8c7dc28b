-- What the public is told when something of a show on sale moves (EVT-002).
CREATE TABLE event_service.event_announcements (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  event_id uuid NOT NULL REFERENCES event_service.events (id),
  event_schedule_id uuid REFERENCES event_service.event_schedules (id) ON DELETE CASCADE,
  body text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX event_announcements_event ON event_service.event_announcements (event_id, id DESC);
CREATE INDEX event_announcements_schedule ON event_service.event_announcements (event_schedule_id);
