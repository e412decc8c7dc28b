-- Terms by version and language; the highest version is the one in force. Texts are never edited, only superseded.
CREATE TABLE user_service.terms (
  id text NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  language text NOT NULL CHECK (language IN ('ko', 'en')),
  title text NOT NULL,
  body text NOT NULL,
  required boolean NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, version, language)
);

-- What a person agreed to, with version and time (AUTH-002).
CREATE TABLE user_service.consents (
  user_id uuid NOT NULL REFERENCES user_service.users (id) ON DELETE CASCADE,
  terms_id text NOT NULL,
  version integer NOT NULL,
  agreed_at timestamptz NOT NULL DEFAULT now(),
  withdrawn_at timestamptz,
  PRIMARY KEY (user_id, terms_id, version)
);
